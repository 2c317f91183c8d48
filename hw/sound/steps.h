/*
 * steps.h - sound that is a level which jumps at exact instants: the speaker's line, converters
 * that are written to directly, square-wave generators. Each jump is put down band-limited, where
 * it happens between two samples, so that pulse widths and fast carriers sound as on the wire and
 * nothing is mirrored down from above the output's range.
 *
 * A device that sets the level when it is told to calls steps_set(). One that knows in advance when
 * its level will jump (a counter that runs by itself) has a function `walk`, which puts down with
 * steps_put() all jumps up to an instant; they are asked for in pieces, as they are needed.
 *
 * Through a capacitor, as these were connected: a level that stays falls to nothing, below
 * some 15 Hz.
 */
#ifndef FERRITE_STEPS_H
#define FERRITE_STEPS_H

#include "hw/sound/mixer.h"

/* Samples: one for every 24 clocks of the 8254. */
enum { STEPS_NUM = 1193182, STEPS_DEN = 24, STEPS_RING = 512 };

struct sound_steps {
    struct sound_source sound;
    /*
     * Put down all jumps at or before guest time `to`. false: none will follow until the device
     * calls steps_sync(). May be NULL.
     */
    bool (*walk)(void *dev, u64 to);
    void *dev;

    struct sound_frame level;    /* after the last jump */
    u64 next;                    /* sample: rendered up to here */
    s64 sum[2];                  /* of all that has been rendered: left, right */
    s64 middle[2];               /* where the capacitor is */
    s64 ring[2][STEPS_RING];     /* sample k in [k % STEPS_RING]: what it adds to the sum */
    bool pending;                /* the ring holds something */
    struct sound_filter *filter; /* made with the first jump that is heard */
};

/* In realize; in destroy. */
void steps_attach(struct device *d, struct sound_steps *st, const char *name,
                  bool (*walk)(void *dev, u64 to), void *dev);
void steps_free(struct sound_steps *st);
/* Before anything changes that `walk` goes by: all before this instant is put down and rendered. */
static inline void steps_sync(struct sound_steps *st)
{
    sound_source_sync(&st->sound);
}
/* From this instant on the level is that. */
void steps_set(struct sound_steps *st, s16 left, s16 right);
/* In `walk`: from guest time `at` on; not before what was put down before. */
void steps_put(struct sound_steps *st, u64 at, s16 left, s16 right);
/* Last in the device's state function. */
void steps_state(struct sound_steps *st, struct state *s);

#endif
