/*
 * trace.c - which instructions are shown: filters and conditions. See trace.h; what a line looks
 * like is in trace/.
 */
#include "cpu/trace.h"

#include "cpu/trace/trace_form.h"

#include <stdlib.h>

/* ---- conditions ---- */

/* The log shows instructions exactly while they are to be shown. */
static void show(struct cpu *c, bool on)
{
    u32 wanted = on ? c->trace->categories : 0;
    c->log->mask = (c->log->mask & ~TRACE_CATEGORIES) | wanted;
}

void trace_look(struct cpu *c)
{
    struct cpu_trace *t = c->trace;
    const struct cpu_trace_filter *f = &t->filter;
    t->shadow = c->shadow != SHADOW_NONE;
    if (t->held)
        return;
    if (t->said) {
        show(c, t->on);
        return;
    }
    u64 now = cpu_executed(c);
    u32 lin = c->seg[SEG_CS].base + c->eip;
    bool in = now >= f->start && now < f->stop;
    if (in && f->has_to && t->between && lin == f->to)
        t->between = false;
    else if (in && f->has_from && lin == f->from)
        t->between = true;
    show(c, in && t->between);
}

u64 cpu_trace_limit(const struct cpu *c, u64 n)
{
    const struct cpu_trace *t = c->trace;
    u64 now = cpu_executed(c);
    if (!t || t->said || t->held)
        return n;
    if (now < t->filter.start && n > t->filter.start - now)
        n = t->filter.start - now;
    if (now < t->filter.stop && n > t->filter.stop - now)
        n = t->filter.stop - now;
    return n;
}

void cpu_trace_hold(struct cpu *c, bool on)
{
    if (c->trace)
        c->trace->held = on;
}

void cpu_trace_free(struct cpu *c)
{
    if (c->trace)
        free(c->trace->values);
    free(c->trace);
    c->trace = NULL;
}

/* ---- filters ---- */

static unsigned mode_bit(const struct cpu *c)
{
    if (c->mode & MODE_VM)
        return TRACE_V86;
    if (!(c->mode & MODE_PE))
        return TRACE_REAL;
    return c->mode & MODE_CS32 ? TRACE_PROT32 : TRACE_PROT16;
}

static bool wanted(const struct cpu *c)
{
    const struct cpu_trace_filter *f = &c->trace->filter;
    u32 lin = c->seg[SEG_CS].base + c->eip;
    bool in = !f->ranges;
    for (unsigned i = 0; i < f->ranges; i++)
        in |= lin >= f->range[i].first && lin <= f->range[i].last;
    return in && (!f->modes || f->modes & mode_bit(c)) && (!f->rings || f->rings >> c->cpl & 1);
}

/* ---- showing ---- */

static void plain(const struct cpu *c)
{
    char line[TRACE_LINE_TEXT];
    trace_plain(c, line, sizeof line);
    log_line(c->log, LOG_EXEC, "%s", line);
}

void trace_instruction(struct cpu *c)
{
    enum trace_format format = c->trace ? c->trace->filter.format : TRACE_PLAIN;
    bool exec = log_on(c->log, LOG_EXEC), cpu = log_on(c->log, LOG_CPU);
    if (c->trace) {
        c->trace->shown = wanted(c);
        if (!c->trace->shown)
            return;
    }
    if (format == TRACE_QEMU) {
        if (exec)
            trace_qemu_exec(c);
        if (cpu)
            trace_qemu_cpu(c, c->trace->shadow);
        return;
    }
    if (cpu && format == TRACE_BOCHS)
        trace_bochs_cpu(c);
    else if (cpu)
        trace_cpu(c);
    if (!exec)
        return;
    if (format == TRACE_VALUES)
        trace_values_before(c->trace->values, c);
    else if (format == TRACE_BOCHS)
        trace_bochs(c);
    else
        plain(c);
}

void trace_done(struct cpu *c)
{
    const struct cpu_trace *t = c->trace;
    if (t && t->shown && t->filter.format == TRACE_VALUES && log_on(c->log, LOG_EXEC))
        trace_values_after(t->values, c);
}
