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

/*
 * The ALSA sequencer's other direction: what comes from a port. NULL + err; what has come by now,
 * whole messages, 0 when there is nothing more.
 */
void *midi_alsa_listen(const char *address, struct err *e);
size_t midi_alsa_heard(void *self, u8 *data, size_t max);
void midi_alsa_deaf(void *self); /* NULL: nothing */

extern const struct midi_kind midi_file_kind, midi_fluid_kind, midi_alsa_kind;

#endif
