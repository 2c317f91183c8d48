/*
 * profile.h - what the guest executes, counted exactly: how often each basic block ran, and in
 * which chain of calls each instruction did.
 *
 * While a profile is attached, each block (cpu/blocks/) begins with a record that counts it
 * (exec_profile), as exec_inspect does for breakpoints: it is no instruction, and neither the
 * budget nor the guest sees it. Without one the blocks are as they always were. Machine code does
 * the same behind its head (cpu/translate/x64_profile.c).
 *
 * Places: a place is a block at one linear address; entries are counted, and where it was left
 * before its end (a fault, the end of the budget), so that an instruction's count is the number of
 * times that it was completed.
 *
 * Calls: the chain of calls is followed on the side (callstack.c). Instructions are charged to the
 * present chain whenever it changes, by the difference of cpu_executed(): the sum is the number of
 * instructions executed, whatever the chain was believed to be.
 *
 * Nothing here is part of the machine's state.
 */
#ifndef FERRITE_CPU_PROFILE_H
#define FERRITE_CPU_PROFILE_H

#include "cpu/op.h"

/* Bounds: behind them code, or further chains, are counted with what is known already. */
enum { PROFILE_PLACES = 1 << 20, PROFILE_NODES = 1 << 20, PROFILE_DEPTH = 500, PROFILE_WAYS = 4 };

/* How control leaves a block at its end, as far as calls go. */
enum place_end {
    END_PLAIN,
    END_CALL,
    END_RET,
    END_FAR_CALL,
    END_FAR_JMP,
    END_FAR_RET,
    END_IRET,
    END_INT,
    END_SYSENTER,
    END_SYSEXIT
};

struct cpu_place {
    u32 symbol; /* what the owner calls the code here, 0: nothing */
    u32 after;  /* what `expect` is behind it: its symbol, or its number with PROFILE_TURN */
    u32 lin, phys;
    u64 hits;    /* entries */
    u64 *early;  /* [n]: left with n instructions not completed, 1 to count; NULL: never */
    u32 number;  /* of the place */
    u32 entered; /* number of its function, when it was called; 0: was not yet */
    struct profile_node *caller, *called; /* the one that it was called from last, and led to */
    struct cpu_place *next;
    u32 pop; /* what a return takes off the stack, up to 64 KiB and its address */
    u16 bytes;
    u8 count, end, vector; /* instructions; enum place_end; of END_INT */
    u8 mode;               /* MODE_*, the low eight bits, of the first entry */
    const u8 *start;       /* offset of each instruction */
};
#define PROFILE_TURN 0x80000000u

struct profile_function {
    u32 symbol; /* 0: known by its address only */
    u32 lin;    /* of its entry; with a symbol, of the first one that was met */
    u16 cs;     /* CS as it was then */
    bool real;  /* real or virtual-8086 mode: CS:IP is how people write it */
    s16 vector; /* an interrupt led there first; -1: something else */
};

struct profile_node {
    u32 number, parent, function;
    u32 symbol; /* the function's */
    u64 self;   /* instructions */
    u64 calls;  /* times that it was called */
    u32 depth;
    /* Where calls led to from here, by profile_way() of the linear address. NO_WAY: not known. */
    u32 to[PROFILE_WAYS];
    struct profile_node *way[PROFILE_WAYS];
};
#define NO_WAY 0xffffffffu
static inline unsigned profile_way(u32 lin)
{
    return (lin >> 4 ^ lin >> 7) % PROFILE_WAYS;
}

/* A call that has not returned. */
struct profile_frame {
    u64 slot; /* linear address of where the return address lies on the stack; NO_SLOT: no call */
    struct profile_node *node; /* where the call was made */
    u32 ret;                   /* linear address to return to; 0: not known */
    s32 kind;                  /* one of NOTE_*; behind `ret`, whose sign machine code lets it be */
    u32 esp;                   /* of the interrupted code, with NOTE_INNER */
};
enum {
    NOTE_CALL = 0, /* and below */
    NOTE_BOTTOM,   /* the first one of a stack: those before it lie on others */
    NOTE_INNER     /* likewise: the processor changed to the stack of an inner ring */
};
#define NO_SLOT (~(u64)0)
enum { PROFILE_NEAR = 4096 }; /* two notes of one stack lie within it */

struct cpu_profile_config {
    void *owner;
    /* The number of what lies at a linear address, below PROFILE_TURN; 0: nothing known. NULL: no
     * symbols. */
    u32 (*symbol)(void *owner, u32 lin);
};

struct cpu_profile;

/* ---- for whoever wants to know ---- */

struct cpu_profile *cpu_profile_new(const struct cpu_profile_config *config); /* NULL: no memory */
void cpu_profile_free(struct cpu_profile *p);
/* From now on, or no more; what was counted stays. Not while cpu_run() is under way. (cpu.c) */
void cpu_profile_attach(struct cpu *c, struct cpu_profile *p);
void cpu_profile_detach(struct cpu *c);
/* Forget what was counted. */
void cpu_profile_clear(struct cpu *c, struct cpu_profile *p);

u32 profile_places(const struct cpu_profile *p);
const struct cpu_place *profile_place(const struct cpu_profile *p, u32 i);
/* How often was instruction i of a place completed? */
u64 place_completed(const struct cpu_place *k, unsigned i);
/* Node 0 is the root, which is no function's; a parent has a smaller number than its children. */
u32 profile_nodes(const struct cpu_profile *p);
const struct profile_node *profile_node(const struct cpu_profile *p, u32 i);
u32 profile_functions(const struct cpu_profile *p);
const struct profile_function *profile_function(const struct cpu_profile *p, u32 i);
/* Instructions that were counted in all. */
u64 profile_total(const struct cpu_profile *p);
/* Is something left out for the bounds above, or memory? */
bool profile_full(const struct cpu_profile *p);

/* ---- for the processor ---- */

/* The record in front of a block, where the place lies that it counts. */
static inline struct cpu_place *op_place(const struct op *o)
{
    struct cpu_place *k;
    __builtin_memcpy(&k, &o->disp, sizeof k);
    return k;
}
static inline void op_set_place(struct op *o, struct cpu_place *k)
{
    __builtin_memcpy(&o->disp, &k, sizeof k);
}
_Static_assert(offsetof(struct op, imm) == offsetof(struct op, disp) + 4, "room for a pointer");

/* A block was decoded: its place, or NULL when it cannot be counted. */
struct cpu_place *profile_built(struct cpu *c, u32 lin, u32 phys, const struct op *op,
                                unsigned count, u32 bytes);
/* Into a block whose place is not the usual one, or behind a call, a return and so on. */
void profile_turn(struct cpu *c, struct op *record);
/* The counted block that was entered last is left at this instruction; its last part is not done.
 */
void profile_early(struct cpu *c, const struct op *o, enum op_status status);
/* Instructions up to now belong to where we were; a call or return that was the last one is done.
 */
void profile_settle(struct cpu *c);
/* The fetch of the next instruction faults, which is charged to where it was to be. */
static inline void fetch_faulted(struct cpu *c)
{
    if (unlikely(c->profile != NULL))
        profile_settle(c);
    c->budget--; /* it takes its time, too */
}
/* Around the delivery of an exception or an interrupt by the run loop. */
void profile_before_delivery(struct cpu *c);
void profile_delivered(struct cpu *c, u8 vector);
/* What the owner calls the code at this linear address. */
u32 profile_symbol(const struct cpu *c, u32 lin);
/* Instructions up to now belong to where we were. */
void profile_flush(struct cpu *c);
/* RESET, INIT: nothing is on any stack. */
void profile_restart(struct cpu *c);
/* The processor is in another state, perhaps after another number of instructions. */
void profile_loaded(struct cpu *c);

#endif
