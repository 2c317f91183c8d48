/*
 * midi_ports.h - the kinds of ports behind midi.h.
 */
#ifndef FERRITE_MIDI_PORTS_H
#define FERRITE_MIDI_PORTS_H

#include "frontend/midi/midi_message.h"
#include "hw/base/err.h"

/* What one kind does; `self` is its own. */
struct midi_kind {
    void (*message)(void *self, const struct midi_message *m);
    bool (*close)(void *self, struct err *e); /* frees self */
};

/* All return self, or NULL + err without the option's name. */
void *midi_file_open(const char *path, struct err *e);
void *midi_fluid_open(const char *soundfont, struct err *e); /* NULL: one that is installed */
void *midi_alsa_open(const char *address, struct err *e);

extern const struct midi_kind midi_file_kind, midi_fluid_kind, midi_alsa_kind;

#endif
