/*
 * speaker.h - the loudspeaker of a PC: OUT of timer counter 2 and bit 1 of port 61h through an AND
 * gate (IBM PC/AT Technical Reference, "Speaker Interface").
 */
#ifndef FERRITE_SPEAKER_H
#define FERRITE_SPEAKER_H

#include "hw/chipset/i8254.h"
#include "hw/sound/steps.h"

struct speaker {
    struct device dev;
    struct i8254 *pit; /* set by the board before realize */
    bool data;         /* bit 1 of port 61h */
    struct sound_steps steps;

    /*
     * Counter 2, walked on ahead of the chip's own, which stands where it was last asked. To be
     * copied again when the chip may have been written to.
     */
    struct i8254_counter ahead;
    bool stale;
    u64 walked; /* guest ns up to which jumps have been put down */
};

extern const struct device_class speaker_class;

/* Lines from port 61h, and from the 8254 before counter 2 changes; opaque is the speaker. */
void speaker_data(void *opaque, int n, int level);
void speaker_before_timer(void *opaque);

#endif
