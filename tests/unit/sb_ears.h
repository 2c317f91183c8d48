/*
 * sb_ears.h - what a Sound Blaster plays, as it is heard, and short words for the tests that
 * listen.
 */
#ifndef SB_EARS_H
#define SB_EARS_H

#include "sb_rig.h"

enum { BUFFER = 0x10000, MAX_HEARD = 1 << 22 };

/* ---- ears ---- */

static struct mixer *ears;
static struct sound_frame *heard;
static size_t heard_count;

static inline void take(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    (void)opaque;
    (void)first;
    for (unsigned i = 0; i < count && heard_count < MAX_HEARD; i++)
        heard[heard_count++] = frames[i];
}

/* At the rate of the transfer itself, every sample arrives as it was. */
static inline void listen(u32 rate)
{
    static const struct sound_sink sink = {take, NULL};
    ears = (struct mixer *)device_new(&mixer_class, NULL);
    ears->rate = rate;
    struct err e;
    ck_assert(device_realize(&ears->dev, &b.board, &e));
    mixer_add(ears, &sb->sound);
    mixer_listen(ears, &sink);
    heard = malloc(MAX_HEARD * sizeof(*heard));
    ck_assert_ptr_nonnull(heard);
    heard_count = 0;
}

static inline void go_deaf(void)
{
    sound_detach(&sb->sound);
    device_free(&ears->dev);
    free(heard);
    ears = NULL;
}

static inline void hear_for(u64 ns)
{
    u64 end = b.clock.now + ns;
    while (b.clock.now < end) {
        run_for(&b, 5 * NS_PER_MS);
        mixer_pull(ears);
        in8(&b, 0x22e);
        in8(&b, 0x22f);
    }
}

static inline void set_tc(unsigned us)
{
    DSP(0x40, (u8)(256 - us));
}

static inline void set_rate(unsigned hz)
{
    DSP(0x41, (u8)(hz >> 8), (u8)hz);
}

static inline void put(u32 at, u8 v)
{
    phys_write(&b.phys, BUFFER + at, &v, 1);
}

#endif
