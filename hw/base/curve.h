/*
 * curve.h - what a counter shows that a clock drives: a number that grows or falls by the same step
 * with each tick. A device describes a port's answer by it (hw/bus/bus.h), so that others know
 * between what two values it will be for a while, without asking.
 */
#ifndef FERRITE_CURVE_H
#define FERRITE_CURVE_H

#include "hw/base/types.h"

struct curve {
    u64 at;    /* ns: when the number is taken: at the read, or when it was latched before it */
    u32 hz;    /* ticks happen at multiples of 1/hz s */
    u32 value; /* then */
    s32 step;  /* with each tick... */
    u64 left;  /* ...for so many, in which it does not overflow; nobody knows the next ones */
    u8 shift, bits; /* what is seen of it: 1 to 32 bits, from here on */
};

/* Ticks from the beginning of time until then. */
static inline u64 curve_ticks(u64 ns, u32 hz)
{
    return ns / NS_PER_SEC * hz + ns % NS_PER_SEC * hz / NS_PER_SEC;
}

struct range {
    u32 low, high;
};

/* `bits` of a number of this range, from bit `shift` on. */
static inline struct range range_part(struct range r, unsigned shift, unsigned bits)
{
    u32 mask = (u32)((1ull << bits) - 1);
    if ((u64)r.low >> (shift + bits) != (u64)r.high >> (shift + bits))
        return (struct range){0, mask};
    return (struct range){r.low >> shift & mask, r.high >> shift & mask};
}

/* What is seen up to so much later. false: nobody knows. */
static inline bool curve_within(const struct curve *c, u64 ns, struct range *r)
{
    u64 ticks = curve_ticks(c->at + ns, c->hz) - curve_ticks(c->at, c->hz);
    if (ticks > c->left)
        return false;
    u32 last = c->value + (u32)c->step * (u32)ticks;
    struct range all = {c->value, last};
    if (c->step < 0)
        all = (struct range){last, c->value};
    *r = range_part(all, c->shift, c->bits);
    return true;
}

#endif
