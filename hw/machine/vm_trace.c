/*
 * vm_trace.c - folding the processor's registers into the trace hash. See vm_trace.h.
 *
 * Not in it: what the guest writes to memory and when. A run that goes wrong there shows it in a
 * register sooner or later, and the hash of the whole state (vm_state_hash) holds all memory.
 */
#include "hw/machine/vm_trace.h"

#include "cpu/cpu.h"

void trace_start(struct vm_trace *t, u64 instructions)
{
    t->on = true;
    t->hash = HASH_START;
    t->next = (instructions / TRACE_STEP + 1) * TRACE_STEP;
}

u64 trace_hash_registers(u64 h, struct cpu *c)
{
    for (unsigned i = 0; i < 8; i += 2)
        h = hash_u64(h, (u64)c->gpr[i] << 32 | c->gpr[i + 1]);
    h = hash_u64(h, (u64)c->eip << 32 | cpu_eflags(c));
    for (unsigned i = 0; i < SEG_COUNT; i++)
        h = hash_u64(h, (u64)c->seg[i].base << 32 | c->seg[i].sel);
    h = hash_u64(h, (u64)c->mmu.cr0 << 32 | c->mmu.cr3);
    h = hash_u64(h, (u64)c->cr2 << 32 | c->mmu.cr4);
    h = hash_bytes(h, c->fpu.st, sizeof c->fpu.st);
    h = hash_bytes(h, c->fpu.xmm, sizeof c->fpu.xmm);
    return h;
}

void trace_registers(struct vm_trace *t, struct cpu *c, u64 instructions, const struct log *log)
{
    if (!t->on || instructions < t->next)
        return;
    t->hash = trace_hash_registers(hash_u64(t->hash, instructions), c);
    t->next = (instructions / TRACE_STEP + 1) * TRACE_STEP;
    if (instructions % TRACE_LINE == 0)
        log_at(log, LOG_HASH, "%llu %016llx", (unsigned long long)instructions,
               (unsigned long long)t->hash);
}
