/*
 * fault.c - recording an exception: vector, error code, and why, in words.
 *
 * Nothing is delivered here. A handler that faults leaves the run loop, which delivers c->event
 * (intr.c) with EIP at the faulting instruction.
 */
#include "cpu/exec.h"

#include <stdarg.h>
#include <stdio.h>

static enum op_status record(struct cpu *c, unsigned vector, bool has_error, u32 error,
                             const char *why, va_list ap)
{
    struct cpu_event *e = &c->event;
    e->pending = true;
    e->vector = (u8)vector;
    e->has_error = has_error;
    e->software = false;
    e->error = error;
    vsnprintf(e->why, sizeof e->why, why, ap);
    return OP_FAULT;
}

enum op_status cpu_fault(struct cpu *c, unsigned vector, const char *why, ...)
{
    va_list ap;
    va_start(ap, why);
    record(c, vector, false, 0, why, ap);
    va_end(ap);
    return OP_FAULT;
}

enum op_status cpu_fault_code(struct cpu *c, unsigned vector, u32 error, const char *why, ...)
{
    va_list ap;
    va_start(ap, why);
    record(c, vector, true, error, why, ap);
    va_end(ap);
    return OP_FAULT;
}

/* Page faults are everyday work for a guest: no text is formatted until somebody asks. */
enum op_status cpu_page_fault(struct cpu *c)
{
    struct cpu_event *e = &c->event;
    c->cr2 = c->mmu.fault_addr;
    e->pending = true;
    e->vector = VEC_PF;
    e->has_error = true;
    e->software = false;
    e->error = c->mmu.fault_error;
    e->why[0] = 0;
    return OP_FAULT;
}
