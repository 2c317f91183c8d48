/*
 * varied_mind.h - a processor's registers, flags and memory as ranges, for varied.c, and what an
 * instruction makes of them (varied_ops.h).
 */
#ifndef FERRITE_CPU_VARIED_MIND_H
#define FERRITE_CPU_VARIED_MIND_H

#include "cpu/varied.h"

/*
 * A number of 8, 16 or 32 bits in each of the rounds. It differs by the same step from one to the
 * next (0: it is the same in all of them), or else is vague; a step of more than 8 bits is one of
 * all that the number may be part of. What is wrong is not as it should be in the first round that
 * is executed again.
 */
struct number {
    struct range in;
    u32 is;   /* in the round that was watched */
    u32 step; /* unless vague */
    bool vague, wrong;
};

/* A register: as a whole and in parts, of each of which the range is known for itself. */
struct mind_register {
    struct range whole, half, low, high;
    u32 is, step;
    u8 vague, wrong; /* a bit for each of the four bytes; what has a step has no vague one */
};

/* The flags (FL_*), of which those that are known are the same in each round. */
struct mind_flags {
    u32 known, is, wrong;
    /* What is known of a comparison beside its flags: less, less or equal, below or equal. */
    struct tri {
        bool known, is;
    } less, less_equal, below_equal;
};

struct mind_cell {
    u8 *at;
    u8 size;
    struct number n;
};

struct mind {
    struct cpu *c;
    u64 rounds; /* from the one that was watched on */
    u64 ns;     /* that they take */
    struct mind_register reg[8];
    struct mind_flags fl;
    struct mind_cell cell[VARIED_CELLS];
    unsigned cells;
    bool failed; /* nobody knows what they do */
    /* The instruction, and the state behind it. */
    const struct varied_step *s;
    const u32 *after;
    u32 fl_after;
    unsigned touches, accesses;
};

static inline u32 number_mask(unsigned size)
{
    return (u32)((1ull << (8 * size)) - 1);
}

static inline bool number_same(const struct number *n)
{
    return !n->vague && !n->step;
}

/* So far it goes in the mind's rounds: false when it passes an end. */
bool mind_reaches(const struct mind *m, u32 is, u32 step, unsigned size, struct range *in);
struct number mind_constant(u32 v);
/* A number that differs by a step, of 32 bits. */
struct number mind_stepping(const struct mind *m, u32 is, u32 step);

/* A register's size bytes, from its first byte on or (`high`) its second. */
struct number mind_get(const struct mind *m, unsigned reg, unsigned size, bool high);
void mind_set(struct mind *m, unsigned reg, unsigned size, bool high, struct number n);
struct mind_cell *mind_cell(struct mind *m, const u8 *at, unsigned size);

/* The present instruction is done in the mind. */
void mind_do(struct mind *m);

#endif
