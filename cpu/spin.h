/*
 * spin.h - loops that wait. A loop that comes back to where it was with the same registers and the
 * same memory, and has read nothing but memory and ports that answer the same for a while, will do
 * exactly the same again: until the slice ends, or one of the ports answers otherwise. Then its
 * rounds are counted instead of being executed.
 *
 * This is found out by watching: for some hundred instructions at the start of a slice, behind an
 * interrupt, or when one port is read again and again, each is executed by itself, on the complete
 * way (access.c), and what it reads and writes is noted here.
 * Watching changes nothing, so a guest cannot tell it from a run without it, and what was skipped
 * is, to the last bit, what would have been executed (`-spin exec` does that). Nothing in here is
 * state.
 *
 * What may be in such a loop is decided in waiting.c: no x87, MMX, SSE, no REP, nothing that has to
 * do with control registers; IN only from ports that say for how long they answer the same
 * (cpu_bus.port_steady); OUT only where it chooses what they answer (cpu_bus.out_chooses), when the
 * round leaves the same chosen as the one before; RDTSC, and what changes from round to round, as
 * drift.c allows, or what is a count that a clock drives, as varied.c does.
 */
#ifndef FERRITE_CPU_SPIN_H
#define FERRITE_CPU_SPIN_H

#include "cpu/cpu.h"
#include "cpu/op.h"
#include "cpu/varied.h"
#include "hw/base/byte_set.h"

/* Accesses to ports in a round. */
enum { SPIN_ACCESSES = 16 };

/*
 * A loop does what the bytes that it reads make it do; when it reads one before it looks at AL,
 * then whatever AL held. Rounds with different bytes from one port that lead back to the same
 * place, but for AL, and take the same time, can therefore follow each other in any order: a loop
 * that waits for the retrace goes round with each byte that the status can be between two retraces.
 * These are the bytes that have been seen to do so, and what they leave in AL; all else that the
 * rounds do to ports is the same.
 */
struct spin_bytes {
    struct byte_set met;
    u8 al[256];
    u64 instructions, ticks; /* of a round, with the stalls; 0: nothing is known */
    struct cpu_port_access access[SPIN_ACCESSES];
    unsigned accesses, index; /* which of them the bytes are of */
    bool differ;              /* there are two of them at least */
};

/* What a device had chosen when a round ended (bus.chosen). */
struct spin_choice {
    u16 port;
    u64 is;
};

/* Registers, flags, segments: all that a round may change beside memory. */
struct spin_place {
    u32 gpr[8], eip, eflags, fl;
    struct seg seg[SEG_COUNT];
    u16 tr, ldtr;
    u8 cpl;
    bool nmi_blocked;
    u32 fills;    /* of the TLB: a walk may set A and D */
    u64 executed; /* instructions up to here */
    u64 ticks;    /* what they took */
    s64 stall;    /* and what the bus has kept the processor waiting, in ticks */
};

enum { SPIN_STORES = 32, SPIN_PORTS = 8 };

/* What was found out about instructions that are watched again and again. */
enum { SPIN_KNOWN = 2048 };
struct spin_known {
    struct op op; /* all but its function */
    bool repeats, reads_ax;
    u64 reads, writes; /* R_* */
};

/*
 * A loop may count as well, and need not ask a port: down from a limit, or by what RDTSC says. Its
 * rounds are then alike but for some registers and words of memory, each of which grows by the same
 * step from round to round (drift.c). What a round was like that has been seen is tried on the next
 * one: whatever the round computes of those has to be of that kind again, at the round's end by the
 * same step; and for how many rounds everything that depends on them stays as it is (a carry, a
 * branch) is known from where they are and their steps.
 */
enum { DRIFT_CELLS = 12, DRIFT_TOUCHES = 8 };
struct drift_cell {
    u32 step;
    u8 *at; /* four bytes */
};
struct drift_round {
    u32 step[8]; /* of registers */
    struct drift_cell cell[DRIFT_CELLS];
    unsigned cells;
};
struct drift_value {
    u32 is, step;
};
struct drift {
    /* The hypothesis: rounds from this place take so long, and end so much farther. */
    bool wanted, known;
    u8 failures; /* since the last time that it held */
    u32 lin;
    u64 instructions, length;
    struct drift_round round;
    /* The round that it is tried on. */
    bool trying, failed;
    struct drift_round now; /* how much each would differ one round later */
    u32 tsc_step;           /* 0: RDTSC is not of that kind */
    u32 vague;              /* flags (PF, AF) that are not the same in each round */
    bool made;              /* by this, rather than before the round */
    struct drift_value a, b, result;
    u64 most; /* rounds behind this one that go the same way */
    /* The present instruction: before it, and what it touches in memory. */
    const struct spin_known *is;
    u32 gpr[8], fl;
    u8 shift, made_shift; /* 16: of 16 bits, which are looked at as the upper half; of the flags */
    struct drift_touch {
        u32 was; /* of four bytes, what was there */
        u8 *at;  /* NULL: no memory */
        u8 size;
        bool write;
    } touch[DRIFT_TOUCHES];
    unsigned touches;
};

/* A store that changed memory; at the round's end what was there must be there again. */
struct spin_store {
    u8 *at;
    u32 phys;
    u8 size;
    u8 old[8];
};

struct spin {
    struct spin_place place; /* where the round began that is being watched */
    unsigned steps, limit;   /* instructions since, and when to begin anew from the present place */
    unsigned rounds;         /* from the same place, of which none could be skipped */
    bool dirty;              /* something was done that the next round need not repeat */
    bool ax_read;            /* AX, before a port was */
    bool clock_read;         /* what the round does may depend on when it does it */
    bool at_port;            /* rounds begin where the port is read that is read again and again */
    u8 vain;                 /* not at a port: times that drift was tried in vain, one by one */
    /* Since watching began: instructions that were watched, and that were skipped. */
    u64 watched, gained;
    bool refused; /* a write to a port that no round may contain */
    struct cpu_port_access access[SPIN_ACCESSES];
    unsigned accesses, reads;                 /* reads: those that are */
    struct spin_choice choice[SPIN_ACCESSES]; /* of the round before, for each of its accesses */
    unsigned choices;
    struct spin_store store[SPIN_STORES];
    unsigned stores;
    struct spin_bytes bytes;
    s64 stall;    /* as in struct spin_place, since watching began */
    u64 next;     /* when to watch again, in instructions */
    u8 soon;      /* times to watch again in this slice, when a handler will have come to its end */
    u64 taken;    /* ticks, of what one is given */
    u64 interval; /* and how long not to when it leads to nothing */
    /* Ports that are read again and again: how often, and how often until one is watched for that.
     */
    struct spin_port {
        u16 port;
        u32 polls;
    } port[SPIN_PORTS];
    u32 patience;
    bool polled; /* watch now, or watching, because of that */
    u64 begun;   /* cpu_ticks() when the present instruction began */
    u64 skipped; /* instructions, ever */
    struct spin_known known[SPIN_KNOWN];
    struct drift drift;
    struct drift at_ports; /* while rounds are watched that begin elsewhere */
    struct varied varied;
};

/* ---- for accesses while c->watching ---- */

void spin_load(struct cpu *c, u32 phys, unsigned n);         /* within a page */
void spin_store(struct cpu *c, u32 phys, unsigned n, u64 v); /* before it is done; within a page */

/* bus.port_in(), with a note of it: always while there is a struct spin. */
u32 spin_port_in(struct cpu *c, u16 port, unsigned size);
/* bus.port_out(), likewise, while c->watching. */
void spin_port_out(struct cpu *c, u16 port, unsigned size, u32 value);

/* ---- for the run loop (waiting.c) ---- */

/* Rounds were skipped, and a few have to be executed before anybody may look (varied.h). */
static inline bool spin_unsettled(const struct cpu *c)
{
    return cpu_executed(c) < c->spin->varied.settled;
}

void spin_begin(struct cpu *c, u64 ticks); /* a slice begins: is it time to watch? */
void spin_polled(struct cpu *c);           /* a port is read again and again */
void spin_end(struct cpu *c, bool in_vain);
void spin_interrupted(struct cpu *c); /* an interrupt is about to be delivered */
struct block;
/* An instruction is about to be executed: one that no round may contain ends the watching. */
void spin_check(struct cpu *c, const struct block *b);
/* It was executed. Skips what can be skipped. */
void spin_look(struct cpu *c);

/* ---- rounds that are not quite the same (drift.c) ---- */

/* A round that began at s->place ends at the same instruction: can the next one be tried? */
bool drift_observe(struct cpu *c, u64 instructions, u64 length);
/* It begins: by what was observed last. */
void drift_begin(struct cpu *c);
/* Each instruction of it. false: there is one that nobody can tell the next rounds of. */
void drift_before(struct cpu *c, const struct spin_known *k, const struct block *b);
bool drift_after(struct cpu *c);
/* It has ended: how many rounds from now on go the same way? 0: none, or nobody knows. */
u64 drift_rounds(struct cpu *c, u64 instructions, u64 length);
void drift_pass(struct cpu *c, u64 rounds); /* so many have passed */

#endif
