/*
 * vm_words.c - what a machine is doing, in words. See vm_words.h.
 *
 * Only what registers and lines show at this instant; what led there is the trace's matter.
 */
#include "hw/machine/vm_words.h"

#include <stdarg.h>
#include <stdio.h>

enum { EFLAGS_IF = 0x200, EFLAGS_VM = 0x20000, CR0_PROTECTED = 1 };

struct words {
    char *buf;
    size_t size, len;
};

static void say(struct words *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void say(struct words *w, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(w->buf + w->len, w->size - w->len, fmt, args);
    va_end(args);
    if (n > 0)
        w->len = w->len + (size_t)n < w->size ? w->len + (size_t)n : w->size - 1;
}

static bool interrupts_on(const struct cpu *c)
{
    return cpu_eflags(c) & EFLAGS_IF;
}

static void say_mode(struct words *w, const struct cpu *c)
{
    if (!(c->mmu.cr0 & CR0_PROTECTED))
        say(w, "real mode");
    else if (cpu_eflags(c) & EFLAGS_VM)
        say(w, "virtual-8086 mode");
    else
        say(w, "protected mode, ring %u", c->cpl);
}

/* Can any line of the interrupt controllers reach the processor? */
static bool all_masked(const struct pc *pc)
{
    return pc->pic->chip[0].imr == 0xff;
}

static void say_halted(struct words *w, const struct cpu *c, const struct pc *pc, u64 until_next)
{
    if (c->nmi && c->nmi_blocked)
        say(w, " in an NMI's handler (the next NMI waits for an IRET)");
    if (!interrupts_on(c)) {
        say(w, " with interrupts off: only %sa reset can wake it",
            c->nmi_blocked ? "" : "an NMI or ");
        return;
    }
    say(w, ", waiting for an interrupt");
    if (all_masked(pc))
        say(w, "; every line of the 8259 is masked");
    if (until_next == CLOCK_NEVER)
        say(w, "; no event is due");
    else
        say(w, "; the next event is due in %.6g ms", (double)until_next / 1e6);
}

void machine_words(const struct cpu *c, const struct pc *pc, u64 until_next, char *buf, size_t size)
{
    struct words w = {buf, size, 0};
    if (!size)
        return;
    *buf = 0;
    say(&w, "the processor %s at %04x:%08x (",
        c->shutdown ? "has shut down (triple fault)"
        : c->halted ? "is halted"
                    : "is running",
        c->seg[SEG_CS].sel, c->eip);
    say_mode(&w, c);
    say(&w, ")");
    if (c->shutdown)
        return;
    if (c->halted) {
        say_halted(&w, c, pc, until_next);
        return;
    }
    say(&w, " with interrupts %s", interrupts_on(c) ? "on" : "off");
    if (c->event.pending)
        say(&w, ", on its way to the handler of vector %02x", c->event.vector);
    else if (c->intr && interrupts_on(c))
        say(&w, ", the next interrupt comes before the last one's handler has run");
    else if (c->intr)
        say(&w, ", an interrupt is waiting");
}
