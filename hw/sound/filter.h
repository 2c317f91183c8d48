/*
 * filter.h - the low-pass between two sample rates: a windowed sinc (Kaiser window), computed in
 * integers, so that every host has the same table.
 */
#ifndef FERRITE_SOUND_FILTER_H
#define FERRITE_SOUND_FILTER_H

#include "hw/base/types.h"

enum {
    FILTER_TAPS = 32,
    FILTER_PHASES = 256,
    FILTER_BITS = 15, /* coefficients of a phase add up to 1 << FILTER_BITS exactly */
    FILTER_CUTS = 32
};

/*
 * tap[p] is for a point that lies p/FILTER_PHASES of a sample behind tap FILTER_TAPS/2 - 1.
 */
struct sound_filter {
    s16 tap[FILTER_PHASES + 1][FILTER_TAPS];
};

/* Cut-off (-6 dB) at 0.46 * cut / FILTER_CUTS of the sampling rate; cut: 1 to FILTER_CUTS. */
void filter_make(struct sound_filter *f, unsigned cut);

/* The sum of the past weighted by one phase's taps. */
static inline s32 filter_sum(const s16 *past, const s16 *tap)
{
    s32 sum = 0;
    for (int i = 0; i < FILTER_TAPS; i++)
        sum += past[i] * tap[i];
    return sum;
}

/*
 * The value at a point that lies `place` / 2^24 of a sample behind past[FILTER_TAPS / 2 - 1],
 * interpolated between two phases; not clipped.
 */
static inline s32 filter_at(const s16 *past, const struct sound_filter *f, u32 place)
{
    u32 phase = place >> 16;
    s32 part = (s32)(place & 0xffff);
    s64 a = filter_sum(past, f->tap[phase]), b = filter_sum(past, f->tap[phase + 1]);
    s64 v = a * 65536 + (b - a) * part;
    return (s32)((v + (1ll << (FILTER_BITS + 15))) >> (FILTER_BITS + 16));
}

/*
 * The same for what is added up afterwards to give a jump: each tap is the average over a sample,
 * for a sum over samples is one that runs ahead of an integral at high frequencies.
 */
void filter_make_jump(struct sound_filter *f, unsigned cut);

/* sin(2 pi turn / 2^32) * 2^30, to the last two bits or so. */
s32 filter_sine(u32 turn);

/*
 * Kaiser window with beta 7.5 (-78 dB) at distance `at` of `half` from the middle, times 2^30; 0
 * outside.
 */
s32 filter_window(u32 at, u32 half);

#endif
