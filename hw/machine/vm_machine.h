/*
 * vm_machine.h - the machine itself, for the files that it is made of: vm.c (its life), vm_time.c,
 * vm_wires.c, vm_reset.c, vm_run.c, vm_replay.c, vm_snapshot.c, vm_show.c, vm_why.c. Whoever is
 * none of them has enough in vm.h, vm_replay.h or vm_parts.h.
 */
#ifndef FERRITE_VM_MACHINE_H
#define FERRITE_VM_MACHINE_H

#include "cpu/cpu.h"
#include "hw/machine/host_time.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm.h"
#include "hw/machine/vm_input.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_parts.h"
#include "hw/machine/vm_replay.h"
#include "hw/machine/vm_taps.h"
#include "hw/machine/vm_trace.h"
#include <stdatomic.h>

#define PS_PER_NS 1000ull
#define GOAL_NONE UINT64_MAX

struct vm {
    struct clock clock;
    struct pc *pc;
    struct cpu *cpu;
    struct vm_input input;
    struct vm_trace trace;
    struct vm_taps taps;
    struct journal journal; /* what enters from outside; of no journey back, no part of the state */
    struct instant replayed; /* a replay ends there */
    u64 barriers;            /* how often the machine became another one: vm_barriers() */
    struct log *log;
    unsigned loud; /* the log's mask, while it is quiet */

    double mhz;           /* of the time stamp counter when it is not the model's, else 0 */
    struct cpu_time time; /* its ns is clock.now; what was waited is of the present slice */
    u64 earlier_lives;    /* instructions executed before the last resets */
    bool running;         /* inside cpu_run() */
    bool forked;          /* vm_forked() */
    u64 goal;             /* vm_run_to(): instructions in all; GOAL_NONE */
    u64 slice_end;        /* ns */
    u64 slice_limit;      /* ns: not later than this, whatever events there are... */
    u64 slice_goal;       /* ...and not more instructions in all */

    struct host_time *host_time; /* samples; NULL: nobody counts */
    bool host_time_wanted;       /* from the next run on */
    bool inside, mixing;         /* vm_run(), the mixer: for samples */

    enum vm_stop request;    /* VM_SLICE = none */
    bool restart;            /* the processor alone is to be reset */
    atomic_bool interrupted; /* vm_interrupt() */
    u64 settled, ticked;     /* when the disks were last: the host's concern, no state */
    int exit_status;
    char disk_error[400];    /* what the machine stopped for last; "": nothing yet */
    struct vm_point_hit hit; /* of the last VM_POINT */
    struct vm_reset_note {   /* of the last reset, for people; no state */
        const char *why;     /* NULL: there was none */
        bool asked;          /* the machine is not reset yet */
        u16 cs;
        u32 eip;
        u64 instructions;
        char fault[500]; /* what led to a triple fault; "" */
    } reset_note;
    unsigned screen_watchers;
    bool screen_held, screen_written; /* no point looks at it; since it was looked at last */
};

/* ---- vm_time.c ---- */

u64 vm_live_time(void *owner); /* ns, in the middle of a slice */
/* Ticks until the first instruction that starts at or after `at`. */
u64 vm_ticks_until(const struct vm *vm, u64 at);
/* A clock's `earlier`: a timer was armed in the middle of a slice. */
void vm_time_earlier(void *owner, u64 at);
/* From within the processor's irq_ack(): the event where the running slice was to end has become
 * quiet. */
void vm_time_later(struct vm *vm);
/* The processor stopped: bring the clock to its time and fire what is due. */
void vm_finish_slice(struct vm *vm);
bool vm_choose_speed(struct vm *vm, double mips, struct err *e); /* 0: as usual */
/* The processor's clock, where one is chosen. */
void vm_speed_state(struct vm *vm, struct state *s);
bool vm_time_possible(const struct vm *vm); /* what a snapshot says */

/* ---- vm_wires.c ---- */

void vm_signals(struct vm *vm, struct pc_signals *s); /* what the board tells the machine */
void vm_bus(struct vm *vm, struct cpu_bus *b);        /* what the processor asks of it */
void vm_join(struct vm *vm);                          /* the board's lines to the processor */
void vm_stop_with(struct vm *vm, enum vm_stop why);   /* the first reason stays */

/* ---- vm_replay.c ---- */

/* Where the processor is, for the journal: a replay finds out whether it is there, too. */
void vm_note_check(struct vm *vm, unsigned why);

/* ---- vm_why.c ---- */

void vm_why(const struct vm *vm, FILE *out); /* where the host's time goes, in words */

/* ---- vm_reset.c ---- */

/* The board's lines, as struct irq has them. */
void vm_on_reset(void *opaque, int n, int level);
void vm_on_init(void *opaque, int n, int level);
void vm_on_message(void *opaque, int n, int level);
/* RESET, or INIT when something reached the processor only. */
void vm_reset_processor(struct vm *vm, bool init);
void vm_shut_down(struct vm *vm); /* a triple fault */
/* A debugger's point that was met as the machine was stopped by something else: not any more. */
void vm_forget_point(struct vm *vm);

#endif
