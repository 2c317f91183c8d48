/*
 * vm_trace.h - a hash of what a guest did, to tell whether two runs were the same one.
 *
 * Folded in are the processor's registers after every TRACE_STEP instructions, and each port
 * access and interrupt with the number of instructions before it. None of these depends on how
 * blocks are built or dispatched or on where a slice ended, so the hash is the same in every
 * build, and in a run that was saved and loaded on the way. While it is off it costs a test for
 * each port access and each slice.
 */
#ifndef FERRITE_VM_TRACE_H
#define FERRITE_VM_TRACE_H

#include "hw/base/hash.h"
#include "hw/base/log.h"
#include "hw/base/types.h"

struct cpu;

enum { TRACE_STEP = 1 << 14, TRACE_LINE = 1 << 20 };

enum trace_kind { TRACE_IN = 1, TRACE_OUT, TRACE_INTERRUPT };

struct vm_trace {
    bool on;
    u64 hash;
    u64 next; /* number of instructions at which registers are folded in next */
};

/* From now on; so many instructions are behind the machine. */
void trace_start(struct vm_trace *t, u64 instructions);
/* The processor's registers folded into a hash. */
u64 trace_hash_registers(u64 h, struct cpu *c);
/* Registers, when their time has come; a line under -d hash now and then. */
void trace_registers(struct vm_trace *t, struct cpu *c, u64 instructions, const struct log *log);

static inline void trace_event(struct vm_trace *t, enum trace_kind kind, u64 instructions,
                               u32 where, u32 value)
{
    if (unlikely(t->on)) {
        t->hash = hash_u64(t->hash, instructions << 2 | (u64)kind);
        t->hash = hash_u64(t->hash, (u64)where << 32 | value);
    }
}

#endif
