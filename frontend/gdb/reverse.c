/*
 * reverse.c - backwards: one instruction (bs), or to the last point that was met (bc). See stub.h.
 *
 * There are no instructions that run backwards. The timeline restores a state of the past, from
 * which the machine does again what it did, to the last bit. A step goes to the number of
 * instructions before this one. To look for a point, the stretches between kept states are run one
 * after the other, the latest first, each to its end, for it is the last hit in it that counts;
 * then the machine goes there. It is at a breakpoint before the instruction, and at a watchpoint
 * before the one with the access, so that GDB sees the value that was.
 *
 * Looking may take long. It is done in pieces (stub_look_back()), between which GDB may interrupt.
 *
 * A step back that comes to an IRET may have come to the end of a handler, which a step forwards
 * does not show (run.c). The return address on the stack says so: when it was written last, was an
 * interrupt due? Then the step goes to the instruction before that instant. INT n, whose handler
 * ends the same way, is none.
 */
#include "frontend/gdb/internal.h"

#include "frontend/timeline/timeline.h"

bool stub_reverses(const struct gdb_stub *g)
{
    return g->control->timeline != NULL;
}

/* Points are not looked at on the way. */
static bool go_to(struct gdb_stub *g, u64 instructions, struct err *e)
{
    return look_back_go(g->control->vm, g->control->timeline, instructions, e);
}

/* As far as anything is kept. */
static void at_the_beginning(struct gdb_stub *g)
{
    struct timeline *t = g->control->timeline;
    struct instant earliest;
    const char *why;
    struct err e;
    if (timeline_reach(t, &earliest, &why) && !go_to(g, earliest.instructions, &e))
        stub_show_line(g, e.text);
    stub_stopped(g, "T05thread:01;replaylog:begin;");
}

static bool possible(struct gdb_stub *g)
{
    struct instant earliest;
    const char *why;
    if (look_back_possible(g->control->vm, g->control->timeline, &earliest, &why))
        return true;
    stub_show_line(g, why);
    return false;
}

/* Of the instruction at which the machine is, if it is an IRET: where its return address lies. */
static bool at_iret(struct gdb_stub *g, struct vm_point *pushed)
{
    struct vm_registers r;
    u8 code[2];
    vm_registers(g->control->vm, &r);
    if (vm_linear_read(g->control->vm, r.seg[VM_CS].base + r.eip, code, 2) != 2 ||
        (code[0] != 0xcf && (code[0] != 0x66 || code[1] != 0xcf)))
        return false;
    u32 esp = r.gpr[VM_ESP] & (r.stack32 ? 0xffffffffu : 0xffff);
    *pushed = (struct vm_point){.kind = VM_POINT_WRITE, .lin = r.seg[VM_SS].base + esp, .len = 2};
    return true;
}

static void stepped(struct gdb_stub *g, u64 to)
{
    struct err e;
    if (!go_to(g, to, &e))
        stub_show_line(g, e.text);
    stub_stopped(g, "T05thread:01;");
}

/* The return address was written here: by an interrupt? */
static void handler_begins(struct gdb_stub *g, bool known, u64 at)
{
    struct stub_back *b = &g->back;
    struct vm_registers r;
    struct err e;
    u64 to = b->end_of_handler;
    if (known && at && go_to(g, at, &e)) {
        vm_registers(g->control->vm, &r);
        if (vm_interrupt_due(g->control->vm) || r.halted)
            to = at - 1;
    }
    stepped(g, to);
}

static void stop_looking(struct gdb_stub *g)
{
    if (g->back.step)
        vm_point_clear(g->control->vm, &g->back.pushed);
    g->back.busy = g->back.step = false;
}

/* For the beginning of a handler only the write of its return address counts; else any point. */
static bool counts(void *opaque, const struct vm_point_hit *h)
{
    const struct stub_back *b = opaque;
    return !b->step || (h->point.kind == VM_POINT_WRITE && h->point.lin == b->pushed.lin);
}

/* A handler is not longer than two stretches. */
static void begin(struct gdb_stub *g)
{
    look_back_begin(&g->back.look, g->control->vm, g->control->timeline, counts, &g->back,
                    g->back.step ? 2 : 0);
}

/* false: there is an answer already. */
static bool may_go_back(struct gdb_stub *g, const char *rest)
{
    if (*rest || !stub_reverses(g)) {
        stub_say(g, "");
        return false;
    }
    stub_stand(g); /* also where it would still run for a while, as `advance` said */
    g->waits = true;
    if (possible(g))
        return true;
    stub_stopped(g, "T05thread:01;replaylog:begin;");
    return false;
}

void stub_step_back(struct gdb_stub *g, const char *rest, size_t len)
{
    struct vm *vm = g->control->vm;
    struct vm_point pushed;
    struct err e;
    (void)len;
    if (!may_go_back(g, rest))
        return;
    u64 to = vm_instructions(vm) - 1;
    if (g->control->debug.interrupts || !go_to(g, to, &e) || !at_iret(g, &pushed) ||
        !vm_point_set(vm, &pushed, &e)) {
        stepped(g, to);
        return;
    }
    g->back =
        (struct stub_back){.busy = true, .step = true, .pushed = pushed, .end_of_handler = to};
    begin(g);
}

void stub_go_back(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)len;
    if (!may_go_back(g, rest))
        return;
    g->back = (struct stub_back){.busy = true};
    begin(g);
}

/* ---- looking ---- */

void stub_look_back(struct gdb_stub *g)
{
    struct stub_back *b = &g->back;
    struct err e;
    enum look_back_state state = look_back_piece(&b->look);
    if (state == LOOK_BACK_ON)
        return;
    bool step = b->step;
    stop_looking(g);
    if (step) {
        handler_begins(g, state == LOOK_BACK_FOUND, b->look.at + 1);
    } else if (state == LOOK_BACK_NOWHERE) {
        at_the_beginning(g);
    } else if (go_to(g, b->look.at, &e)) {
        stub_at_point(g, &b->look.hit);
    } else {
        stub_show_line(g, e.text);
        stub_stopped(g, "T05thread:01;");
    }
}

void stub_forget_back(struct gdb_stub *g)
{
    if (g->back.busy)
        stop_looking(g);
}

void stub_look_no_more(struct gdb_stub *g)
{
    struct err e;
    if (!g->back.busy)
        return;
    u64 from = g->back.step ? g->back.end_of_handler + 1 : g->back.look.from.instructions;
    stop_looking(g);
    if (!go_to(g, from, &e))
        stub_show_line(g, e.text);
}

/*
 * What GDB writes is not in the timeline: nobody can go back beyond it. In the past, this becomes
 * the present, and what came after it is forgotten.
 */
void stub_alters(struct gdb_stub *g)
{
    if (g->control->timeline && timeline_away(g->control->timeline))
        timeline_live(g->control->timeline);
}
