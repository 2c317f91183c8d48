/* branches.c - see branches.h. */
#include "frontend/control/branches.h"

#include "frontend/control/look_back.h"
#include "frontend/control/points.h"
#include "frontend/timeline/timeline.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_WINDOW = 512, WINDOW_GROWS = 8, WIDEST_WINDOW = 65536 };

static const struct vm_point deliveries = {
    .kind = VM_POINT_VECTOR, .len = 256, .how = VM_VECTOR_FAULT | VM_VECTOR_IRQ | VM_VECTOR_INT};

/* ---- there and back ---- */

bool journey_begin(struct journey *j, struct vm *vm, struct timeline *t, u64 back, struct err *e)
{
    struct instant earliest;
    struct vm_registers r;
    const char *why;
    if (!look_back_possible(vm, t, &earliest, &why))
        return err_set(e, "%.300s", why);
    vm_registers(vm, &r);
    *j = (struct journey){.vm = vm,
                          .timeline = t,
                          .from = vm_instructions(vm),
                          .away = timeline_away(t),
                          .sel = r.seg[VM_CS].sel,
                          .eip = r.eip};
    u64 most = j->from - earliest.instructions;
    return look_back_go(vm, t, j->from - (back < most ? back : most), e);
}

bool journey_end(struct journey *j, struct err *e)
{
    struct vm_registers r;
    if (!j->away)
        return timeline_goto_latest(j->timeline, e);
    if (!look_back_go(j->vm, j->timeline, j->from, e))
        return false;
    vm_registers(j->vm, &r);
    if (r.seg[VM_CS].sel == j->sel && r.eip == j->eip)
        return true;
    /* An interrupt had been taken, and its handler had not begun. */
    if (vm_point_set(j->vm, &deliveries, e)) {
        vm_run_to(j->vm, UINT64_MAX, j->from + 1);
        vm_point_clear(j->vm, &deliveries);
    }
    return true;
}

/* ---- branches ---- */

struct ring {
    struct branch *entry;
    unsigned room;
    u64 count; /* ever */
};

static struct branch *next_entry(struct ring *r)
{
    return &r->entry[r->count++ % r->room];
}

static void note(struct ring *ring, struct vm *vm, const struct vm_registers *before, u64 at,
                 const char *what)
{
    struct vm_registers r;
    struct branch *b = next_entry(ring);
    vm_registers(vm, &r);
    b->from_sel = before->seg[VM_CS].sel;
    b->from = before->eip;
    b->to_sel = r.seg[VM_CS].sel;
    b->to = r.eip;
    b->at = at;
    snprintf(b->what, sizeof(b->what), "%s", what);
}

/* Did the instruction lead elsewhere than to the next one? A pass of REP that comes again did not.
 */
static bool led_away(struct vm *vm, const struct vm_registers *before, unsigned len)
{
    struct vm_registers r;
    vm_registers(vm, &r);
    u32 mask = before->code32 ? 0xffffffffu : 0xffffu;
    bool same =
        r.seg[VM_CS].sel == before->seg[VM_CS].sel && r.seg[VM_CS].base == before->seg[VM_CS].base;
    return !same || ((r.eip & mask) != ((before->eip + len) & mask) && r.eip != before->eip);
}

/* One instruction or one delivery. false: the past is over. */
static bool step(struct vm *vm, struct ring *ring)
{
    struct vm_registers before;
    struct vm_instruction i;
    char words[VM_DISASSEMBLY];
    unsigned len;
    u64 now = vm_instructions(vm);
    vm_registers(vm, &before);
    enum vm_flow flow = vm_flow_now(vm, &len);
    if (flow != VM_FLOW_NEXT && flow != VM_FLOW_REPEAT)
        vm_instruction_now(vm, &i);
    enum vm_stop why = vm_run_to(vm, UINT64_MAX, now + 1);
    const struct vm_point_hit *h = vm_point_hit(vm);
    if (why == VM_POINT && h->point.kind == VM_POINT_VECTOR) {
        points_hit_words(h, words, sizeof(words));
        note(ring, vm, &before, now, words);
    } else if (vm_instructions(vm) > now && flow != VM_FLOW_NEXT && flow != VM_FLOW_REPEAT &&
               led_away(vm, &before, len)) {
        note(ring, vm, &before, now, i.text);
    }
    return why != VM_REPLAYED && why != VM_INTERRUPTED;
}

/* The oldest first. */
static void straighten(struct ring *r, struct branch *out, unsigned *count)
{
    struct branch all[BRANCHES_MOST];
    unsigned n = r->count < r->room ? (unsigned)r->count : r->room;
    for (unsigned k = 0; k < n; k++)
        all[k] = r->entry[(r->count - n + k) % r->room];
    memcpy(out, all, n * sizeof(*out));
    *count = n;
}

bool branches_look(struct vm *vm, struct timeline *t, unsigned want, struct branch *out,
                   unsigned *count, struct err *e)
{
    struct journey j;
    struct err back;
    want = want < BRANCHES_MOST ? want : BRANCHES_MOST;
    *count = 0;
    for (u64 window = FIRST_WINDOW; window <= WIDEST_WINDOW; window *= WINDOW_GROWS) {
        struct ring ring = {.entry = out, .room = want};
        if (!journey_begin(&j, vm, t, window, e))
            return false;
        u64 begun = vm_instructions(vm);
        bool ok = vm_point_set(vm, &deliveries, e);
        while (ok && vm_instructions(vm) < j.from && step(vm, &ring))
            ;
        if (ok)
            vm_point_clear(vm, &deliveries);
        if (!journey_end(&j, ok ? e : &back) || !ok)
            return false;
        straighten(&ring, out, count);
        if (ring.count >= want || j.from - begun < window)
            break;
    }
    return true;
}
