/*
 * fault.c - recording an exception: vector, error code, and why, in words.
 *
 * Nothing is delivered here. A handler that faults leaves the run loop, which delivers c->event
 * (intr.c) with EIP at the faulting instruction.
 */
#include "cpu/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The directive at p (behind its '%'): flags and width are skipped; 's', 'L' (long long) or 'u'. */
static char kind_of(const char **p)
{
    *p += strspn(*p, "-0123456789.");
    bool wide = (*p)[0] == 'l' && (*p)[1] == 'l';
    *p += wide ? 3 : 1;
    return wide ? 'L' : (*p)[-1];
}

static void append(char *out, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
static void append(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list ap;
    va_start(ap, format);
    vsnprintf(out + used, size - used, format, ap);
    va_end(ap);
}

void cpu_event_text(const struct cpu_event *e, char *out, size_t size)
{
    unsigned n = 0;
    out[0] = 0;
    for (const char *p = e->why ? e->why : ""; *p;) {
        size_t plain = strcspn(p, "%");
        append(out, size, "%.*s", (int)plain, p);
        p += plain;
        if (!*p)
            break;
        const char *start = p++;
        char kind = kind_of(&p), one[16] = "";
        memcpy(one, start, (size_t)(p - start) < sizeof one ? (size_t)(p - start) : sizeof one - 1);
        /* The directives are those of our own messages. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        if (kind == '%')
            append(out, size, "%%");
        else if (kind == 's')
            append(out, size, one, (const char *)(uintptr_t)e->arg[n++]);
        else if (kind == 'L')
            append(out, size, one, (unsigned long long)e->arg[n++]);
        else
            append(out, size, one, (unsigned)e->arg[n++]);
#pragma GCC diagnostic pop
    }
}

static enum op_status record(struct cpu *c, unsigned vector, bool has_error, u32 error,
                             const char *why)
{
    struct cpu_event *e = &c->event;
    e->pending = true;
    e->vector = (u8)vector;
    e->has_error = has_error;
    e->software = false;
    e->error = error;
    e->why = why;
    return OP_FAULT;
}

enum op_status cpu_raise(struct cpu *c, unsigned vector, const char *why)
{
    return record(c, vector, false, 0, why);
}

enum op_status cpu_raise_code(struct cpu *c, unsigned vector, u32 error, const char *why)
{
    return record(c, vector, true, error, why);
}

enum op_status cpu_page_fault(struct cpu *c)
{
    static const char *const level[] = {"PDPTE", "PDE", "PTE"};
    const struct mmu_refusal *r = &c->mmu.refusal;
    struct cpu_event *e = &c->event;
    u32 error = c->mmu.fault_error;
    c->cr2 = c->mmu.fault_addr;
    e->pending = true;
    e->vector = VEC_PF;
    e->has_error = true;
    e->software = false;
    e->error = error;
    e->why = "%s by %s at linear %08x: %s %03x at physical %08x is %llx: %s";
    e->arg[0] = (uintptr_t)(r->access == MMU_WRITE  ? "write"
                            : r->access == MMU_EXEC ? "fetch"
                                                    : "read");
    e->arg[1] = (uintptr_t)(error & PF_USER ? "user code" : "the supervisor");
    e->arg[2] = c->cr2;
    e->arg[3] = (uintptr_t)level[r->level];
    e->arg[4] = r->index;
    e->arg[5] = r->at;
    e->arg[6] = r->entry;
    e->arg[7] = (uintptr_t)(r->reason == MMU_NOT_PRESENT  ? "not present"
                            : r->reason == MMU_RESERVED   ? "a reserved bit is set"
                            : r->reason == MMU_SUPERVISOR ? "for the supervisor only (U/S 0)"
                            : error & PF_USER             ? "read-only (R/W 0)"
                                                          : "read-only (R/W 0), and CR0.WP is 1");
    return OP_FAULT;
}
