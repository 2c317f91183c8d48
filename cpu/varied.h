/*
 * varied.h - loops that wait for a count (spin.h): each round reads another one, of which its
 * device has said how it goes on (hw/base/curve.h).
 *
 * A round that was watched is done once more in the mind, for all of the next rounds at once: each
 * register, flag and word of memory is a range of what it can be in any of them. When all branches
 * go the same way for certain, and all addresses and what is written to ports is one value, then
 * these rounds take the same instructions and the same time, whatever they compute meanwhile. What
 * that is need not be known, as long as the next rounds do not depend on it: they are skipped, and
 * one or two are executed behind them, which leave everything as it should be.
 */
#ifndef FERRITE_CPU_VARIED_H
#define FERRITE_CPU_VARIED_H

#include "cpu/op.h"
#include "hw/base/curve.h"

struct block;
struct cpu;

enum {
    VARIED_STEPS = 128,   /* instructions of a round */
    VARIED_TOUCHES = 128, /* what they do to memory */
    VARIED_CELLS = 24,    /* places of memory that they write to */
    VARIED_CURVES = 16    /* accesses to ports (SPIN_ACCESSES) */
};

/* An access to memory (spin.c notes them). */
struct varied_touch {
    u8 *at;    /* NULL: there are no bytes */
    u32 was;   /* there before, up to four bytes */
    u32 value; /* behind it */
    u8 size;
    bool write;
};

/* An instruction, and the registers before it. */
struct varied_step {
    struct op op;
    u64 reads, writes; /* R_* */
    u32 gpr[8], fl;
    u32 phys, phys2; /* where it is, in memory: the second page when it lies on two */
    u16 bytes;
    bool straddles;
    u8 touch, access; /* the first of each that it makes */
};

struct varied {
    bool wanted; /* since watching began a count was read that goes on in a known way */
    bool whole;  /* the present round has been recorded from its beginning */
    bool early;  /* a count was read that had been latched before the round began */
    u64 settled; /* cpu_executed() from which on everything is exact again */
    u64 began;   /* guest time when the round did, in ns */
    struct varied_step step[VARIED_STEPS];
    unsigned steps;
    struct varied_touch touch[VARIED_TOUCHES];
    unsigned touches;
    struct curve curve[VARIED_CURVES];
    bool curved[VARIED_CURVES]; /* this access read what a curve tells */
    bool any;                   /* there is one in this round */
};

/* A round begins, with no instruction of it done. */
void varied_begin(struct cpu *c);
/* Its next instruction is about to be executed. */
void varied_before(struct cpu *c, const struct block *b, u64 reads, u64 writes);

/*
 * The round has ended: of the `most` next ones, how many can be passed? 0: none. What drifts in
 * them (registers and words) has been moved on then, and *settle more rounds, which are possible
 * for certain, have to be executed before anybody looks.
 */
u64 varied_rounds(struct cpu *c, u64 most, u64 length, u64 *settle);

#endif
