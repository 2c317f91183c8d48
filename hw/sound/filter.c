/*
 * filter.c - windowed sinc tables in integers. See filter.h; the arithmetic is the textbook's
 * (Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5): the ideal low-pass
 * sin(2 pi fc t) / (pi t) times Kaiser's window I0(b sqrt(1 - r^2)) / I0(b).
 */
#include "hw/sound/filter.h"

#include <assert.h>
#include <stdlib.h>

typedef unsigned __int128 u128;
typedef __int128 s128;

/* pi/2 * 2^61, and the fixed point of the series. */
#define HALF_PI_61 3622009729038561421ll
#define ONE_60 (1ll << 60)

static s64 mul60(s64 a, s64 b)
{
    return (s64)((s128)a * b >> 60);
}

s32 filter_sine(u32 turn)
{
    u32 quarter = turn >> 30, within = turn & 0x3fffffff;
    if (quarter & 1)
        within = 0x40000000 - within;               /* mirrored */
    s64 x = (s64)((s128)within * HALF_PI_61 >> 31); /* radians, 60 bits of fraction */
    s64 square = mul60(x, x), term = x, sum = x;
    for (s64 k = 2; k <= 18; k += 2) { /* x - x^3/3! + x^5/5! ... */
        term = -mul60(term, square) / (k * (k + 1));
        sum += term;
    }
    s32 v = (s32)((sum + (1ll << 29)) >> 30);
    return quarter & 2 ? -v : v;
}

/* I0(z) with q = z^2/4, 24 bits of fraction: the sum of q^k / k!^2. */
static u64 bessel_i0(u64 q)
{
    u64 term = 1ull << 40, sum = 0;
    for (u64 k = 1; term && k < 60; k++) {
        sum += term;
        term = (u64)((u128)term * q >> 24) / (k * k);
    }
    return sum;
}

s32 filter_window(u32 at, u32 half)
{
    /* beta^2/4 = 7.5^2/4, 24 bits of fraction; what bessel_i0() gives for it */
    static const u64 beta = 225ull << 20, whole = 294846480130605ull;
    if (at >= half)
        return 0;
    u64 r = ((u64)at << 24) / half;            /* 24 bits */
    u64 inside = (1ull << 24) - (r * r >> 24); /* 1 - r^2 */
    u64 q = beta * inside >> 24;
    return (s32)(((u128)bessel_i0(q) << 30) / whole);
}

/* 2 fc sinc(2 fc t) w(t), t in units of 1/2^16 sample, times 2^30. */
static s64 response(s64 t, unsigned cut)
{
    u64 fc = (46ull << 32) / 100 * cut / FILTER_CUTS; /* cycles a sample, 32 bits */
    u64 distance = (u64)(t < 0 ? -t : t);
    s64 window = filter_window((u32)distance, FILTER_TAPS / 2 << 16);
    if (!window)
        return 0;
    if (!distance)
        return (s64)(2 * fc >> 2);
    s64 sine = filter_sine((u32)(fc * distance >> 16)); /* sin(2 pi fc t) */
    /* / (pi t): half a turn is pi */
    s64 value = (s64)((s128)sine * (1ll << 60) / ((s128)HALF_PI_61 * (s64)distance >> 16));
    return (s64)((s128)value * window >> 30);
}

/* A phase's coefficients from its taps' weights: a level comes out as it was. */
static void put_phase(s16 *tap, const s64 *raw)
{
    s64 sum = 0;
    int rest = 1 << FILTER_BITS, largest = 0;
    for (int i = 0; i < FILTER_TAPS; i++)
        sum += raw[i];
    for (int i = 0; i < FILTER_TAPS; i++) {
        s64 v = raw[i] * (1 << FILTER_BITS), half = sum / 2;
        tap[i] = (s16)((v >= 0 ? v + half : v - half) / sum);
        rest -= tap[i];
        if (tap[i] > tap[largest])
            largest = i;
    }
    tap[largest] = (s16)(tap[largest] + rest);
}

/* Where tap i of phase p lies, from the middle of the response, in 1/FILTER_PHASES of a sample. */
static int place_of(int p, int i)
{
    return (i - (FILTER_TAPS / 2 - 1)) * FILTER_PHASES - p;
}

void filter_make(struct sound_filter *f, unsigned cut)
{
    /* The response is even, and places come again on the other side: each is computed once. */
    enum { FAR = FILTER_TAPS / 2 * FILTER_PHASES + 1 };
    s64 at[FAR];
    for (int k = 0; k < FAR; k++)
        at[k] = response((s64)k * (65536 / FILTER_PHASES), cut);
    for (int p = 0; p <= FILTER_PHASES; p++) {
        s64 raw[FILTER_TAPS];
        for (int i = 0; i < FILTER_TAPS; i++)
            raw[i] = at[abs(place_of(p, i))];
        put_phase(f->tap[p], raw);
    }
}

void filter_make_jump(struct sound_filter *f, unsigned cut)
{
    enum { EDGE = (FILTER_TAPS + 1) / 2 * FILTER_PHASES + FILTER_PHASES };
    static_assert(FILTER_PHASES % 2 == 0, "half a sample");
    s64 upto[2 * EDGE + 1]; /* the response added up to here */
    upto[0] = 0;
    for (int k = 1; k <= 2 * EDGE; k++)
        upto[k] = upto[k - 1] + response((s64)(k - 1 - EDGE) * (65536 / FILTER_PHASES), cut);
    for (int p = 0; p <= FILTER_PHASES; p++) {
        s64 raw[FILTER_TAPS];
        for (int i = 0; i < FILTER_TAPS; i++) {
            int k = EDGE + place_of(p, i);
            raw[i] = (upto[k + FILTER_PHASES / 2] - upto[k - FILTER_PHASES / 2]) / FILTER_PHASES;
        }
        put_phase(f->tap[p], raw);
    }
}
