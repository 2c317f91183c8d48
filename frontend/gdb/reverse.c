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
 * Handlers of interrupts are gone through step by step.
 */
#include "frontend/gdb/internal.h"

#include "frontend/timeline/timeline.h"

/* Instructions in one piece: some hundredth of a second. */
#define PIECE 2000000ull

bool stub_reverses(const struct gdb_stub *g)
{
    return g->control->timeline != NULL;
}

/* Points are not looked at on the way. */
static bool go_to(struct gdb_stub *g, u64 instructions, struct err *e)
{
    vm_points_hold(g->control->vm, true);
    bool ok = timeline_goto(g->control->timeline, instructions, e);
    vm_points_hold(g->control->vm, false);
    return ok;
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

static bool possible(struct gdb_stub *g, struct instant *earliest)
{
    struct timeline *t = g->control->timeline;
    const char *why;
    struct err e;
    /* It looks by itself only while the machine runs: what GDB has written meanwhile counts. */
    if (!timeline_away(t) && !timeline_look(t, &e))
        stub_show_line(g, e.text);
    bool any = timeline_reach(t, earliest, &why);
    if (any && earliest->instructions < vm_instructions(g->control->vm))
        return true;
    stub_show_line(g, any ? timeline_before(t) : why);
    return false;
}

void stub_step_back(struct gdb_stub *g, const char *rest, size_t len)
{
    struct instant earliest;
    struct err e;
    (void)len;
    if (*rest || !stub_reverses(g)) {
        stub_say(g, "");
        return;
    }
    stub_stand(g); /* also where it would still run for a while, as `advance` said */
    g->waits = true;
    if (!possible(g, &earliest)) {
        stub_stopped(g, "T05thread:01;replaylog:begin;");
        return;
    }
    if (!go_to(g, vm_instructions(g->control->vm) - 1, &e))
        stub_show_line(g, e.text);
    stub_stopped(g, "T05thread:01;");
}

void stub_go_back(struct gdb_stub *g, const char *rest, size_t len)
{
    struct instant earliest;
    (void)len;
    if (*rest || !stub_reverses(g)) {
        stub_say(g, "");
        return;
    }
    stub_stand(g); /* also where it would still run for a while, as `advance` said */
    g->waits = true;
    if (!possible(g, &earliest)) {
        stub_stopped(g, "T05thread:01;replaylog:begin;");
        return;
    }
    struct instant now = vm_instant(g->control->vm);
    g->back = (struct stub_back){.busy = true, .from = now, .end = now};
}

/* ---- looking ---- */

static void note(struct gdb_stub *g)
{
    struct stub_back *b = &g->back;
    const struct vm_point_hit *h = vm_point_hit(g->control->vm);
    u64 at = vm_instructions(g->control->vm);
    if (h->point.kind != VM_POINT_EXECUTE)
        at--;
    if (at >= b->from.instructions)
        return;
    b->found = true;
    b->at = at;
    b->hit = *h;
}

/* One stretch has been run: to what was found in it, or on to the one before. */
static void stretch_over(struct gdb_stub *g)
{
    struct stub_back *b = &g->back;
    struct err e;
    b->inside = false;
    b->end = b->start;
    if (!b->found)
        return;
    b->busy = false;
    if (go_to(g, b->at, &e)) {
        stub_at_point(g, &b->hit);
    } else {
        stub_show_line(g, e.text);
        stub_stopped(g, "T05thread:01;");
    }
}

void stub_look_back(struct gdb_stub *g)
{
    struct stub_back *b = &g->back;
    struct vm *vm = g->control->vm;
    struct err e;
    if (!b->inside) {
        if (!timeline_goto_state_before(g->control->timeline, b->end, &b->start, &e)) {
            b->busy = false;
            at_the_beginning(g);
            return;
        }
        b->inside = true;
    }
    u64 now = vm_instructions(vm), left = b->end.instructions - now;
    if (now >= b->end.instructions) {
        stretch_over(g);
        return;
    }
    enum vm_stop why = vm_run_to(vm, UINT64_MAX, now + (left < PIECE ? left : PIECE));
    if (why == VM_POINT)
        note(g);
    else if (why == VM_REPLAYED)
        stretch_over(g);
}

void stub_look_no_more(struct gdb_stub *g)
{
    struct err e;
    if (!g->back.busy)
        return;
    g->back.busy = false;
    if (!go_to(g, g->back.from.instructions, &e))
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
