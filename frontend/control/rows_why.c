/*
 * rows_why.c - commands that explain: how the machine came here, why it faulted, why it was reset,
 * why an interrupt does not come, why code is slow.
 */
#include "frontend/control/rows.h"

#include "frontend/control/branches.h"
#include "frontend/control/name_of.h"
#include "frontend/timeline/timeline.h"
#include "hw/machine/vm_look.h"

#include <stdlib.h>
#include <string.h>

/* ---- how it came here ---- */

/* " <main+4>", by the selector's base of now. */
static void branch_name(const struct control *c, u16 sel, u32 eip, char out[ADDRESS_NAME])
{
    char name[ADDRESS_NAME] = "";
    u32 base = 0;
    if (c->symbols && vm_selector_base(c->vm, sel, &base, NULL))
        name_of(c, base + eip, name);
    out[0] = 0;
    if (*name)
        snprintf(out, ADDRESS_NAME, " <%.90s>", name);
}

static enum command_state branches(struct call *call)
{
    struct control *c = call->control;
    unsigned want = (unsigned)call->request->arg[0].number, count = 0;
    struct branch *b = calloc(BRANCHES_MOST, sizeof(*b));
    if (!b)
        return call_fails(call, FAULT_HOST, "out of memory");
    if (!control_stands(c) || c->motion.kind != MOTION_NONE) {
        free(b);
        return call_fails(call, FAULT_HOST, "the machine runs; stop it first");
    }
    if (!branches_look(c->vm, c->timeline, want, b, &count, &call->error)) {
        free(b);
        return call_host_failed(call);
    }
    reply_map(call->reply, NULL);
    for (unsigned i = 0; i < count; i++) {
        char name[60 + 2 * ADDRESS_NAME], from[ADDRESS_NAME], to[ADDRESS_NAME];
        branch_name(c, b[i].from_sel, b[i].from, from);
        branch_name(c, b[i].to_sel, b[i].to, to);
        snprintf(name, sizeof(name), "%04x:%08x%s to %04x:%08x%s", b[i].from_sel, b[i].from, from,
                 b[i].to_sel, b[i].to, to);
        reply_text(call->reply, name, b[i].what);
    }
    reply_end(call->reply);
    free(b);
    return COMMAND_DONE;
}

/* ---- faults, resets ---- */

/*
 * The machine was taken back to a state, which knows nothing of the fault before it: on the way
 * here again from further back it meets it. Nearer ones first.
 */
static void fault_before(struct control *c, char *text, size_t size)
{
    static const u64 back[] = {1u << 20, 1u << 24, 400000000};
    struct journey j;
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(back) && !*text; i++) {
        if (!journey_begin(&j, c->vm, c->timeline, back[i], &e))
            return;
        enum vm_stop why = VM_SLICE;
        while (vm_instructions(c->vm) < j.from && why != VM_REPLAYED && why != VM_INTERRUPTED)
            why = vm_run_to(c->vm, UINT64_MAX, j.from);
        snprintf(text, size, "%s", vm_last_fault(c->vm));
        if (!journey_end(&j, &e))
            return;
    }
}

static void why_fault(struct call *call)
{
    struct control *c = call->control;
    struct vm *vm = c->vm;
    char text[1200];
    snprintf(text, sizeof(text), "%s", vm_last_fault(vm));
    if (!*text && c->timeline && control_stands(c) && c->motion.kind == MOTION_NONE)
        fault_before(c, text, sizeof(text));
    reply_text(call->reply, "fault",
               *text         ? text
               : c->timeline ? "none among what is kept, before this instant"
                             : "none since power-on, or since a state was loaded");
    if (strstr(text, "#PF")) {
        struct vm_registers r;
        vm_registers(vm, &r);
        reply_printf(call->reply, "look at", "page 0x%08x: what the tables say now", r.cr2);
    }
}

static void why_reset(struct call *call)
{
    char text[700];
    vm_last_reset(call->control->vm, text, sizeof(text));
    reply_text(call->reply, "reset", *text ? text : "none since power-on");
}

/* ---- interrupts ---- */

static bool why_interrupt(struct call *call)
{
    struct reply *out = call->reply;
    struct vm_interrupts *in = malloc(sizeof(*in));
    if (!in)
        return err_set(&call->error, "out of memory");
    vm_interrupts(call->control->vm, in);
    reply_text(out, "interrupts", in->next);
    if (!in->enabled)
        reply_text(out, "IF", "0: nothing but an NMI comes in until STI, POPF or IRET sets it");
    if (in->held)
        reply_text(out, "held", "for one instruction, after STI or MOV SS");
    for (unsigned i = 0; i < VM_LINES; i++) {
        const struct vm_line *l = &in->line[i];
        char name[12];
        if (!l->requested)
            continue;
        snprintf(name, sizeof(name), "IRQ %u", i);
        reply_printf(out, name, "vector %02x: %s", l->vector, l->why[0] ? l->why : "comes next");
    }
    free(in);
    return true;
}

/* ---- speed ---- */

#define MEASURED 2000000ull /* instructions, after as many to warm up */

struct counts {
    u64 instructions, ns, ports, faults, interrupts, software, decoded, dropped, flushes;
};

/* Up to so many instructions; what is met is counted. */
static void count_to(struct vm *vm, u64 to, struct counts *n)
{
    struct vm_blocks b;
    u64 from = vm_instructions(vm), ns = vm_now(vm);
    vm_blocks(vm, &b);
    n->decoded -= b.decoded;
    n->dropped -= b.dropped;
    n->flushes -= b.flushes;
    while (vm_instructions(vm) < to) {
        enum vm_stop why = vm_run_to(vm, UINT64_MAX, to);
        const struct vm_point_hit *h = vm_point_hit(vm);
        if (why == VM_REPLAYED || why == VM_INTERRUPTED)
            break;
        if (why != VM_POINT)
            continue;
        n->ports += h->point.kind == VM_POINT_PORT;
        n->faults += h->point.kind == VM_POINT_VECTOR && h->how == VM_VECTOR_FAULT;
        n->interrupts += h->point.kind == VM_POINT_VECTOR && h->how == VM_VECTOR_IRQ;
        n->software += h->point.kind == VM_POINT_VECTOR && h->how == VM_VECTOR_INT;
    }
    vm_blocks(vm, &b);
    n->decoded += b.decoded;
    n->dropped += b.dropped;
    n->flushes += b.flushes;
    n->instructions += vm_instructions(vm) - from;
    n->ns += vm_now(vm) - ns;
}

static bool measure(struct control *c, struct counts *n, struct err *e)
{
    static const struct vm_point all[] = {
        {.kind = VM_POINT_VECTOR,
         .len = 256,
         .how = VM_VECTOR_FAULT | VM_VECTOR_IRQ | VM_VECTOR_INT},
        {.kind = VM_POINT_PORT, .len = 0x10000, .how = VM_PORT_IN | VM_PORT_OUT}};
    struct counts warm = {0};
    struct journey j;
    struct err back;
    if (!journey_begin(&j, c->vm, c->timeline, 2 * MEASURED, e))
        return false;
    bool first = vm_point_set(c->vm, &all[0], e), second = first && vm_point_set(c->vm, &all[1], e);
    if (second) {
        count_to(c->vm, (vm_instructions(c->vm) + j.from) / 2, &warm); /* code is decoded anew */
        count_to(c->vm, j.from, n);
        vm_point_clear(c->vm, &all[1]);
    }
    if (first)
        vm_point_clear(c->vm, &all[0]);
    return journey_end(&j, second ? e : &back) && second;
}

static void each(struct reply *out, const char *name, u64 n, const struct counts *k,
                 const char *what)
{
    if (n)
        reply_printf(out, name, "%llu, one in %llu instructions%s", (unsigned long long)n,
                     (unsigned long long)(k->instructions / n), what);
}

static void say_counts(struct call *call, const struct counts *n)
{
    struct reply *out = call->reply;
    double working = (double)n->instructions / (vm_mips(call->control->vm) / 1e3);
    double halted = n->ns ? 100 * (1 - working / (double)n->ns) : 0;
    reply_printf(out, "of the last", "%llu instructions, %.3f ms of guest time",
                 (unsigned long long)n->instructions, (double)n->ns / 1e6);
    if (halted >= 1)
        reply_printf(out, "halted", "%.0f %% of the time, or held by a device", halted);
    each(out, "port accesses", n->ports, n, ": a device answers each of them");
    each(out, "exceptions", n->faults, n, ": leaves the block, finds a handler");
    each(out, "interrupts", n->interrupts, n, "");
    each(out, "INT n", n->software, n, "");
    each(out, "blocks decoded", n->decoded, n,
         ": code that is new, or written to, or on pages that were mapped anew");
    if (n->dropped)
        reply_printf(out, "blocks dropped", "%llu: code was written to (self-modifying code)",
                     (unsigned long long)n->dropped);
    if (n->flushes)
        reply_printf(out, "caches emptied", "%llu times", (unsigned long long)n->flushes);
}

/* What makes each instruction slow, wherever it stands. */
static void say_state(struct call *call)
{
    struct control *c = call->control;
    struct vm_registers r;
    double mhz;
    unsigned watches = 0;
    vm_registers(c->vm, &r);
    for (unsigned i = 0; i < CONTROL_POINTS; i++)
        watches += c->point[i].used && c->point[i].point.kind >= VM_POINT_WRITE &&
                   c->point[i].point.kind <= VM_POINT_ACCESS;
    if (r.eflags & 0x100)
        reply_text(call->reply, "TF", "1: the guest traps after each instruction");
    if (r.dr[7] & 0xff)
        reply_printf(call->reply, "DR7",
                     "%08x: the guest has breakpoints of its own, so that "
                     "instructions are done one by one",
                     r.dr[7]);
    if (watches)
        reply_printf(call->reply, "watchpoints", "%u: all accesses to their pages are looked at",
                     watches);
    const char *clock = vm_processor_clock(c->vm, &mhz);
    if (clock)
        reply_printf(call->reply, "clock", "a %s of %g MHz is kept to", clock, mhz);
    else
        reply_printf(call->reply, "clock", "%g million instructions in a second of guest time",
                     vm_mips(c->vm));
}

static bool why_slow(struct call *call)
{
    struct counts n = {0};
    struct err e;
    say_state(call);
    if (!control_stands(call->control) || call->control->motion.kind != MOTION_NONE)
        return err_set(&call->error, "the machine runs; stop it first");
    if (measure(call->control, &n, &e))
        say_counts(call, &n);
    else
        reply_text(call->reply, "not measured", e.text);
    return true;
}

/* ---- the row ---- */

static const char *const questions[] = {"fault", "reset", "interrupt", "slow", NULL};

static enum command_state why(struct call *call)
{
    const struct value *v = &call->request->arg[0];
    bool ok = true;
    if (!v->given || v->number == 0)
        why_fault(call);
    if (!v->given || v->number == 1)
        why_reset(call);
    if (!v->given || v->number == 2)
        ok = why_interrupt(call);
    if (v->given && v->number == 3)
        ok = why_slow(call);
    return ok ? COMMAND_DONE : call_host_failed(call);
}

static const struct command rows[] = {
    {.name = "branches",
     .param = {{.name = "count",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "16",
                .what = "number of branches",
                .min = 1,
                .max = BRANCHES_MOST}},
     .help = "the last jumps, calls, returns and interrupts that led here, the latest at the end; "
             "found by doing the last instructions again (-rewind)",
     .flags = COMMAND_ANSWERS | COMMAND_TRAVELS,
     .run = branches},
    {.name = "why",
     .param = {{.name = "question", .kind = PARAM_WORD, .optional = true, .words = questions}},
     .help = "explains the last fault, the last reset, and what becomes of interrupts; `why slow`: "
             "what the last instructions did that takes time (-rewind)",
     .flags = COMMAND_ANSWERS | COMMAND_TRAVELS,
     .run = why},
};

const struct command_topic rows_why = {"Why", rows, ARRAY_SIZE(rows)};
