/*
 * rows_map.c - the machine's memory as a map, which pages of it were touched lately, and its time
 * as a line: what happened when, and to which instants one can go.
 */
#include "frontend/control/rows.h"

#include "frontend/timeline/timeline.h"
#include "hw/machine/vm_chain.h"
#include "hw/machine/vm_map.h"

/* ---- map ---- */

static enum command_state map(struct call *call)
{
    struct vm *vm = call->control->vm;
    struct reply *out = call->reply;
    struct vm_map_range m;
    u32 phys = 0;
    if (vm_code_place(vm, &phys))
        reply_printf(out, "code at", "%08x", phys);
    if (vm_stack_place(vm, &phys))
        reply_printf(out, "stack at", "%08x", phys);
    reply_list(out, "ranges");
    for (u64 at = 0; vm_map_next(vm, &at, &m);) {
        reply_map(out, NULL);
        reply_printf(out, "first", "%08x", m.first);
        reply_printf(out, "last", "%08x", m.last);
        reply_text(out, "kind", m.kind);
        if (*m.name)
            reply_text(out, "name", m.name);
        reply_int(out, "pages", (s64)(((u64)m.last + 1 - m.first) / VM_PAGE));
        if (m.code)
            reply_int(out, "pages with code", m.code);
        reply_end(out);
    }
    reply_end(out);
    return COMMAND_DONE;
}

/* ---- touched ---- */

static enum command_state touched(struct call *call)
{
    enum { MOST = 4096 };
    const struct value *since = &call->request->arg[0];
    struct vm *vm = call->control->vm;
    struct reply *out = call->reply;
    struct vm_touched t;
    u64 from, now = vm_instructions(vm);
    u64 then = since->given ? (u64)since->number : UINT64_MAX;
    u32 interval;
    unsigned shown = 0;
    bool more = false;
    if (!vm_touched_look(vm, then, &from, &interval))
        return call_fails(call, FAULT_HOST, "out of memory");
    reply_int(out, "since", (s64)from);
    reply_int(out, "until", (s64)now);
    reply_real(out, "seconds", (double)vm_now(vm) / 1e9);
    if (from == now)
        reply_text(out, "note", "it is noted from now on; ask again");
    reply_list(out, "ranges");
    for (u64 at = 0; (more = vm_touched_next(vm, interval, &at, &t)) && shown < MOST; shown++) {
        reply_map(out, NULL);
        reply_printf(out, "first", "%08x", t.first);
        reply_printf(out, "last", "%08x", t.last);
        reply_text(out, "kind", t.kind);
        reply_bool(out, "read", t.read);
        reply_bool(out, "written", t.written);
        reply_bool(out, "code", t.code);
        if (t.stack)
            reply_bool(out, "stack", true);
        reply_end(out);
    }
    reply_end(out);
    if (more)
        reply_text(out, "note", "there are more");
    return COMMAND_DONE;
}

/* ---- timeline ---- */

enum { EVENTS_SHOWN = 256 };

static void put_instant(struct reply *out, const char *name, struct instant at)
{
    reply_map(out, name);
    reply_int(out, "instructions", (s64)at.instructions);
    reply_real(out, "seconds", (double)at.ns / 1e9);
    reply_end(out);
}

static void put_states(struct reply *out, const struct timeline *t)
{
    struct instant at;
    reply_list(out, "states");
    for (unsigned i = 0; timeline_state_instant(t, i, &at); i++)
        put_instant(out, NULL, at);
    reply_end(out);
}

static void put_events(struct reply *out, const struct timeline *t)
{
    struct timeline_event e;
    size_t count = timeline_events(t);
    reply_list(out, "events");
    for (size_t i = count > EVENTS_SHOWN ? count - EVENTS_SHOWN : 0; timeline_event(t, i, &e);
         i++) {
        if (!*e.what)
            continue;
        reply_map(out, NULL);
        reply_text(out, "what", e.what);
        reply_int(out, "unit", e.unit);
        reply_int(out, "instructions", (s64)e.at.instructions);
        reply_real(out, "seconds", (double)e.at.ns / 1e9);
        reply_end(out);
    }
    reply_end(out);
}

static void put_interrupts(struct reply *out, struct vm *vm)
{
    struct vm_delivery d;
    reply_list(out, "interrupts");
    for (unsigned i = 0; vm_delivered(vm, i, &d); i++) {
        reply_map(out, NULL);
        reply_printf(out, "vector", "%02x", d.vector);
        reply_text(out, "cause",
                   d.how == VM_VECTOR_IRQ   ? "interrupt"
                   : d.how == VM_VECTOR_INT ? "instruction"
                                            : "exception");
        reply_int(out, "instructions", (s64)d.instructions);
        reply_end(out);
    }
    reply_end(out);
}

static enum command_state timeline(struct call *call)
{
    const struct control *c = call->control;
    struct reply *out = call->reply;
    const char *why = "nothing is kept to go back to; -rewind 128 keeps it";
    struct instant earliest = vm_instant(c->vm);
    bool back = c->timeline && timeline_reach(c->timeline, &earliest, &why);
    put_instant(out, "now", vm_instant(c->vm));
    put_instant(out, "earliest", back ? earliest : vm_instant(c->vm));
    put_instant(out, "latest", c->timeline ? timeline_latest(c->timeline) : vm_instant(c->vm));
    reply_bool(out, "away", c->timeline && timeline_away(c->timeline));
    reply_bool(out, "runs", !control_stands(c));
    if (!back)
        reply_text(out, "why not", why);
    if (c->timeline) {
        put_states(out, c->timeline);
        put_events(out, c->timeline);
    }
    put_interrupts(out, c->vm);
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {.name = "map",
     .aliases = "info map|info mtree",
     .help = "physical memory as a map: RAM, ROM, devices; where there is decoded code; where code "
             "and stack are now",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = map},
    {.name = "touched",
     .param = {{.name = "since",
                .kind = PARAM_INT,
                .optional = true,
                .what = "number of instructions",
                .min = 0,
                .max = INT64_MAX}},
     .help =
         "pages that were read and written since an instant, in instructions, or since this was "
         "asked last; noted from the first time on that it is asked",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = touched},
    {.name = "timeline",
     .help = "the run as a line: states that are kept, what came in from outside, the last "
             "interrupts, each with its instant; `goto` goes there",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = timeline},
};

const struct command_topic rows_map = {"Maps", rows, ARRAY_SIZE(rows)};
