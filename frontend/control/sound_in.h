/*
 * sound_in.h - what a machine's recordings hear (-audio-in): a WAV file over and over, in guest
 * time, so that the same run hears the same; or what a window takes from the host's device.
 */
#ifndef FERRITE_SOUND_IN_H
#define FERRITE_SOUND_IN_H

#include "hw/base/err.h"
#include "hw/sound/sound.h"

struct sound_in;

/* Of the right form? Nothing is opened. */
bool sound_in_check(const char *from, struct err *e);
/*
 * `from`: "wav:FILE", whose first frame belongs to power-on and which begins again when it is over;
 * "sdl", whose sound comes by sound_in_captured(); "null", where somebody is plugged in and silent;
 * "none" or NULL: nobody, and *in is NULL. false + err: "-audio-in ...: why".
 */
bool sound_in_open(struct sound_in **in, const char *from, struct err *e);
/* For vm_config; of NULL, an inlet that is none. */
struct sound_inlet sound_in_inlet(struct sound_in *in);
/* Does a window have to take it from the host? Does it now: the guest has recorded. Any thread. */
bool sound_in_captures(const struct sound_in *in);
bool sound_in_wanted(const struct sound_in *in);
/* Another thread, one at a time: frames of SOUND_IN_RATE a second. */
void sound_in_captured(struct sound_in *in, const struct sound_frame *frames, unsigned count);
void sound_in_close(struct sound_in *in);

#endif
