/* look_back.c - see look_back.h. */
#include "frontend/control/look_back.h"

#include "frontend/timeline/timeline.h"

/* Instructions in one piece: some hundredth of a second. */
#define PIECE 2000000ull

bool look_back_go(struct vm *vm, struct timeline *t, u64 instructions, struct err *e)
{
    vm_points_hold(vm, true);
    bool ok = timeline_goto(t, instructions, e);
    vm_points_hold(vm, false);
    return ok;
}

bool look_back_possible(struct vm *vm, struct timeline *t, struct instant *earliest,
                        const char **why)
{
    struct err e;
    if (!t) {
        *why = "nothing is kept to go back to; -rewind 128 keeps it";
        return false;
    }
    /* It looks by itself only while the machine runs. A replay that went astray is told then. */
    if (!timeline_away(t))
        (void)timeline_look(t, &e);
    bool any = timeline_reach(t, earliest, why);
    if (any && earliest->instructions < vm_instructions(vm))
        return true;
    if (any)
        *why = *timeline_before(t) ? timeline_before(t) : "this is as far back as anything is kept";
    return false;
}

void look_back_begin(struct look_back *b, struct vm *vm, struct timeline *t,
                     bool (*counts)(void *opaque, const struct vm_point_hit *h), void *opaque,
                     unsigned most)
{
    struct instant now = vm_instant(vm);
    *b = (struct look_back){.vm = vm,
                            .timeline = t,
                            .counts = counts,
                            .opaque = opaque,
                            .most = most,
                            .from = now,
                            .end = now};
}

/* How many instructions before the machine stopped there lies what caused it. */
static u64 behind(const struct vm_point_hit *h)
{
    if (h->point.kind == VM_POINT_EXECUTE)
        return 0;
    return h->point.kind == VM_POINT_VECTOR && h->how != VM_VECTOR_INT ? 0 : 1;
}

static void note(struct look_back *b)
{
    const struct vm_point_hit *h = vm_point_hit(b->vm);
    u64 at = vm_instructions(b->vm) - behind(h);
    if (at >= b->from.instructions || !b->counts(b->opaque, h))
        return;
    b->found = true;
    b->at = at;
    b->hit = *h;
}

static enum look_back_state stretch_over(struct look_back *b)
{
    b->inside = false;
    b->end = b->start;
    b->stretches++;
    if (b->found)
        return LOOK_BACK_FOUND;
    return b->stretches == b->most ? LOOK_BACK_NOWHERE : LOOK_BACK_ON;
}

enum look_back_state look_back_piece(struct look_back *b)
{
    struct err e;
    if (!b->inside) {
        if (!timeline_goto_state_before(b->timeline, b->end, &b->start, &e))
            return LOOK_BACK_NOWHERE;
        b->inside = true;
    }
    u64 now = vm_instructions(b->vm), left = b->end.instructions - now;
    if (now >= b->end.instructions)
        return stretch_over(b);
    enum vm_stop why = vm_run_to(b->vm, UINT64_MAX, now + (left < PIECE ? left : PIECE));
    if (why == VM_POINT)
        note(b);
    else if (why == VM_REPLAYED)
        return stretch_over(b);
    return LOOK_BACK_ON;
}
