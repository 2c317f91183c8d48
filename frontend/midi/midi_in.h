/*
 * midi_in.h - who plays into a machine's MIDI IN (-midi-in): a Standard MIDI File in guest time, or
 * a port of the ALSA sequencer.
 */
#ifndef FERRITE_MIDI_INPUT_H
#define FERRITE_MIDI_INPUT_H

#include "hw/base/err.h"
#include "hw/base/midi.h"

struct midi_input;

/* Of the right form? Nothing is opened. */
bool midi_input_check(const char *from, struct err *e);
/*
 * `from`: "file:PATH[,at=SECONDS]" (the file's beginning is so many seconds of guest time after
 * power-on), "alsa:CLIENT:PORT", "null" (a cable on which nothing comes), "none" or NULL: *in is
 * NULL. false + err: "-midi-in ...: why".
 */
bool midi_input_open(struct midi_input **in, const char *from, struct err *e);
/* For vm_config; of NULL, a source that is none. */
struct midi_source midi_input_source(struct midi_input *in);
void midi_input_close(struct midi_input *in);

#endif
