/*
 * midi.h - where a machine's MIDI OUT leads: a file, a synthesiser, another program, or nowhere.
 *
 * Nothing here comes back into the machine: what listens, and whether, changes no run.
 */
#ifndef FERRITE_MIDI_OUT_H
#define FERRITE_MIDI_OUT_H

#include "hw/base/err.h"
#include "hw/base/midi.h"

struct midi_port;

/*
 * `to`: "none", "file:PATH" (a Standard MIDI File with guest times), "fluidsynth" or
 * "fluidsynth:FILE.sf2", "alsa:CLIENT:PORT"; NULL: the synthesiser if there is one and `heard` (a
 * person sits in front of the machine), else nowhere. *port is NULL when it leads nowhere. false +
 * err: "-midi ...: why".
 */
bool midi_port_open(struct midi_port **port, const char *to, bool heard, struct err *e);
/* Of the right form? Nothing is opened. */
bool midi_port_check(const char *to, struct err *e);
/* For vm_config; of NULL, a sink that is none. */
struct midi_sink midi_port_sink(struct midi_port *port);
/* Writes what is to be written, ends what sounds. false + err: the file could not be written. */
bool midi_port_close(struct midi_port *port, struct err *e);

#endif
