/*
 * trace.h - -d exec and -d cpu: what runs, instruction by instruction; which of it, in which form.
 *
 * While something is shown the run loop goes instruction by instruction; while a condition is
 * awaited blocks run as ever. An address that is awaited is found as a debugger's breakpoint is
 * (inspect.h): a block that begins there asks, and no block goes past it.
 */
#ifndef FERRITE_CPU_TRACE_H
#define FERRITE_CPU_TRACE_H

#include "cpu/cpu.h"

#define TRACE_CATEGORIES (LOG_EXEC | LOG_CPU)

struct trace_values;

enum trace_format { TRACE_VALUES, TRACE_PLAIN, TRACE_QEMU, TRACE_BOCHS };

/* Bits of `modes`. */
enum { TRACE_REAL = 1, TRACE_V86 = 2, TRACE_PROT16 = 4, TRACE_PROT32 = 8 };

enum { TRACE_RANGES = 16 };

struct cpu_trace_filter {
    u8 format; /* enum trace_format */
    u8 modes;  /* only in these; 0: in all */
    u8 rings;  /* bit n: at privilege level n; 0: at all */
    unsigned ranges;
    struct {
        u32 first, last; /* linear */
    } range[TRACE_RANGES];
    u64 start, stop;       /* cpu_executed() */
    bool has_from, has_to; /* linear addresses */
    u32 from, to;
};

struct cpu_trace {
    struct cpu_trace_filter filter;
    u32 categories;              /* of the log, that are shown */
    bool between;                /* `from` was met, and `to` was not yet */
    bool said;                   /* on or off by command: conditions are not looked at */
    bool on;                     /* with `said` */
    bool held;                   /* the log is quiet */
    bool shadow;                 /* interrupts are held for the present instruction */
    bool shown;                  /* the present instruction is among those that are wanted */
    struct trace_values *values; /* of the instruction that is about to be shown */
};

/* ---- for whoever wants to see ---- */

/* From now on. The log's exec and cpu categories are what is shown. false: no memory. (cpu.c) */
bool cpu_trace_set(struct cpu *c, const struct cpu_trace_filter *filter);
/* Show, or no more, whatever the conditions say. false: no memory. (cpu.c) */
bool cpu_trace_say(struct cpu *c, bool on);
/* The log is quiet for a while, whatever is met. */
void cpu_trace_hold(struct cpu *c, bool on);
/* At most how many of n instructions may run before something has to be looked at? */
u64 cpu_trace_limit(const struct cpu *c, u64 n);
void cpu_trace_free(struct cpu *c);

/* ---- for the processor ---- */

/* Is the instruction at CS:EIP where something begins or ends? Before it, in the run loop. */
void trace_look(struct cpu *c);
/* Before the instruction at CS:EIP runs. */
void trace_instruction(struct cpu *c);
/* Behind it. */
void trace_done(struct cpu *c);

static inline bool trace_waits(const struct cpu_trace *t)
{
    return t && t->filter.has_from && !t->between && !t->said && !t->held;
}
/* Has a block to begin at this offset of a page? */
static inline bool trace_guards(const struct cpu_trace *t, u32 offset)
{
    return unlikely(t != NULL) && t->filter.has_from &&
           ((t->filter.from ^ offset) & PAGE_MASK) == 0;
}
/* Does something begin at this linear address? Then the run loop has to look. */
static inline bool trace_reached(const struct cpu *c, u32 lin)
{
    const struct cpu_trace *t = c->trace;
    return unlikely(trace_waits(t)) && t->filter.from == lin &&
           cpu_executed(c) >= t->filter.start && cpu_executed(c) < t->filter.stop;
}

#endif
