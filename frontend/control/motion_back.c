/*
 * motion_back.c - motions backwards (motion.h), by the timeline.
 *
 * A step goes to the instruction before this one. When that is the end of a function, reverse-next
 * wants to be before its CALL: that is what wrote the return address which RET takes, so the last
 * write there is looked for. A handler of an interrupt is gone over the same way, by both: when the
 * return address of its IRET was written, an interrupt was due.
 *
 * What called the function that one is in has left a return address which has not been taken yet.
 * The instructions before this one are gone through one by one, more and more of them, with a list
 * of calls and deliveries whose stack is still there; the last one of the list is it. On another
 * stack (a task, a ring) nothing is known to have returned.
 */
#include "frontend/control/motion_back.h"

#include "frontend/control/control.h"
#include "frontend/timeline/timeline.h"
#include "hw/machine/vm_instruction.h"

#include <stdio.h>
#include <string.h>

enum { WRITER_STRETCHES = 16, FIRST_WINDOW = 1 << 12, WINDOW_GROWS = 16, SINGLES = 20000 };
#define WIDEST_WINDOW (1ull << 24)
/* Stacks that are farther apart are not the same one. */
#define SAME_STACK (1u << 20)

static bool go_to(struct control *c, u64 instructions)
{
    struct err e;
    if (look_back_go(c->vm, c->timeline, instructions, &e))
        return true;
    snprintf(c->reason, sizeof(c->reason), "%.190s", e.text);
    return false;
}

static void no_points(struct control *c)
{
    struct motion *m = &c->motion;
    if (m->point_set)
        vm_point_clear(c->vm, &m->point);
    m->point_set = false;
}

/* Linear, of the top of the stack. */
static u32 stack_place(struct vm *vm)
{
    struct vm_registers r;
    vm_registers(vm, &r);
    return r.seg[VM_SS].base + (r.gpr[VM_ESP] & (r.stack32 ? 0xffffffffu : 0xffffu));
}

/* ---- ends ---- */

static void over_at(struct control *c, u64 instructions)
{
    no_points(c);
    go_to(c, instructions);
    motion_over(c);
}

static void at_the_beginning(struct control *c)
{
    struct instant earliest;
    const char *why;
    no_points(c);
    if (timeline_reach(c->timeline, &earliest, &why) && go_to(c, earliest.instructions))
        snprintf(c->reason, sizeof(c->reason), "as far back as is kept%s%.120s",
                 *timeline_before(c->timeline) ? ": " : "", timeline_before(c->timeline));
    motion_over(c);
}

void motion_back_abandon(struct control *c)
{
    no_points(c);
    go_to(c, c->motion.from);
}

/* ---- to what wrote a return address, and to points ---- */

static bool is_write(void *opaque, const struct vm_point_hit *h)
{
    const struct motion *m = opaque;
    bool data = h->point.kind == VM_POINT_WRITE || h->point.kind == VM_POINT_ACCESS;
    return data && h->write &&
           (h->lin - m->point.lin < m->point.len || m->point.lin - h->lin < h->len);
}

static bool is_place(void *opaque, const struct vm_point_hit *h)
{
    const struct motion *m = opaque;
    return h->point.kind == VM_POINT_EXECUTE && h->lin == m->point.lin;
}

static bool is_met(void *opaque, const struct vm_point_hit *h)
{
    struct control *c = opaque;
    unsigned number = 0;
    return points_verdict(c, h, &number) != POINTS_PASS;
}

static void look_for(struct control *c, enum motion_phase phase,
                     bool (*counts)(void *opaque, const struct vm_point_hit *h), void *opaque,
                     unsigned most)
{
    c->motion.phase = phase;
    look_back_begin(&c->motion.look, c->vm, c->timeline, counts, opaque, most);
}

static bool set_point(struct control *c, const struct vm_point *p)
{
    struct err e;
    no_points(c);
    c->motion.point = *p;
    c->motion.point_set = vm_point_set(c->vm, p, &e);
    return c->motion.point_set;
}

/* One more is done; the machine is there. */
static void counted(struct control *c)
{
    no_points(c);
    if (--c->motion.left)
        c->motion.phase = BACK_BEGIN;
    else
        motion_over(c);
}

/* The machine is one instruction before where it was: is that what was wanted? */
static void stepped(struct control *c)
{
    struct motion *m = &c->motion;
    struct vm_instruction i;
    bool next = m->kind != MOTION_STEP;
    m->at = vm_instructions(c->vm);
    vm_instruction_now(c->vm, &i);
    bool returns = (i.flow == VM_FLOW_RETURN && next) ||
                   (i.flow == VM_FLOW_IRET && (next || !c->debug.interrupts));
    u32 lin = 0;
    for (unsigned k = 0; k < i.values; k++)
        if (i.value[k].memory)
            lin = i.value[k].lin;
    struct vm_point written = {.kind = VM_POINT_WRITE, .lin = lin, .len = 2};
    struct vm_registers r;
    vm_registers(c->vm, &r);
    struct vm_point here = {.kind = VM_POINT_EXECUTE, .lin = r.seg[VM_CS].base + r.eip};
    if (returns && i.values && set_point(c, &written))
        look_for(c, BACK_WRITER, is_write, m, WRITER_STRETCHES);
    else if (next && i.flow == VM_FLOW_REPEAT && set_point(c, &here))
        look_for(c, BACK_POINT, is_place, m, WRITER_STRETCHES);
    else
        counted(c);
}

static void step_back(struct control *c)
{
    u64 now = vm_instructions(c->vm);
    struct instant earliest;
    const char *why;
    if (!timeline_reach(c->timeline, &earliest, &why) || earliest.instructions >= now)
        at_the_beginning(c);
    else if (go_to(c, now - 1))
        stepped(c);
    else
        motion_over(c);
}

/*
 * The return address was written by the last instruction before `at`, or by a delivery after it:
 * then it is not on the stack yet.
 */
static void writer_found(struct control *c, bool known, u64 at)
{
    struct motion *m = &c->motion;
    u32 lin = m->point.lin;
    no_points(c);
    if (!known || !go_to(c, at)) {
        go_to(c, m->at);
        counted(c);
        return;
    }
    if (stack_place(c->vm) != lin) /* what was interrupted is what we are at */
        step_back(c);
    else if (go_to(c,
                   m->kind == MOTION_STEP ? m->at : at - 1)) /* a step goes into INT n's handler */
        counted(c);
    else
        motion_over(c);
}

static void looked(struct control *c, enum look_back_state state)
{
    struct motion *m = &c->motion;
    if (m->phase == BACK_WRITER) {
        writer_found(c, state == LOOK_BACK_FOUND, m->look.at + 1);
    } else if (m->kind != MOTION_UNTIL && m->kind != MOTION_GO) { /* REP's first pass */
        if (state == LOOK_BACK_FOUND)
            go_to(c, m->look.at);
        else
            go_to(c, m->at);
        counted(c);
    } else if (state == LOOK_BACK_NOWHERE) {
        at_the_beginning(c);
    } else {
        if (m->kind == MOTION_GO)
            points_hit_words(&m->look.hit, c->reason, sizeof(c->reason));
        over_at(c, m->look.at);
    }
}

/* ---- what called this ---- */

static void called(struct motion *m, u64 at, u32 sp)
{
    if (m->calls == MOTION_CALLS) {
        memmove(&m->frame[0], &m->frame[1], sizeof(m->frame) - sizeof(m->frame[0]));
        m->calls--;
    }
    m->frame[m->calls++] = (struct motion_frame){at, sp};
}

static void returned(struct motion *m, u32 sp)
{
    while (m->calls && sp - m->frame[m->calls - 1].sp < SAME_STACK)
        m->calls--;
}

/* From further back than last time; false: that is all there is. */
static bool widen(struct control *c)
{
    struct motion *m = &c->motion;
    struct instant earliest;
    const char *why;
    if (!timeline_reach(c->timeline, &earliest, &why))
        return false;
    u64 most = m->from - earliest.instructions;
    if (m->window >= most || m->window >= WIDEST_WINDOW)
        return false;
    m->window = m->window ? m->window * WINDOW_GROWS : FIRST_WINDOW;
    m->window = m->window < most ? m->window : most;
    m->calls = 0;
    m->inside = true;
    return go_to(c, m->from - m->window);
}

static void callers_known(struct control *c)
{
    struct motion *m = &c->motion;
    m->inside = false;
    if (m->calls) {
        over_at(c, m->frame[m->calls - 1].at);
    } else if (!widen(c)) {
        no_points(c);
        go_to(c, m->from);
        snprintf(c->reason, sizeof(c->reason),
                 "what called this is not among the last %llu instructions that are kept",
                 (unsigned long long)m->window);
        motion_over(c);
    }
}

/* Some instructions, one by one. Deliveries are met by a point. */
static void go_through(struct control *c)
{
    struct motion *m = &c->motion;
    if (!m->inside && !widen(c)) {
        callers_known(c);
        return;
    }
    for (unsigned i = 0; i < SINGLES; i++) {
        u64 now = vm_instructions(c->vm);
        unsigned len;
        if (now >= m->from) {
            callers_known(c);
            return;
        }
        u32 sp = stack_place(c->vm);
        bool call = vm_flow_now(c->vm, &len) == VM_FLOW_CALL;
        enum vm_stop why = vm_run_to(c->vm, UINT64_MAX, now + 1);
        const struct vm_point_hit *h = vm_point_hit(c->vm);
        if (why == VM_POINT && h->point.kind == VM_POINT_VECTOR) {
            called(m, h->how == VM_VECTOR_INT ? vm_instructions(c->vm) - 1 : vm_instructions(c->vm),
                   sp);
        } else if (why == VM_GOAL || why == VM_POINT) {
            returned(m, stack_place(c->vm));
            if (call && vm_instructions(c->vm) > now)
                called(m, now, sp);
        } else if (why == VM_REPLAYED) {
            callers_known(c);
            return;
        }
    }
}

/* ---- all ---- */

bool motion_back_begin(struct control *c, struct err *e)
{
    struct motion *m = &c->motion;
    struct instant earliest;
    const char *why;
    c->stopped |= (unsigned)STOPPED_CLIENT << m->client;
    c->go_until = 0;
    if (!look_back_possible(c->vm, c->timeline, &earliest, &why))
        return err_set(e, "%.300s", why);
    m->from = m->at = vm_instructions(c->vm);
    m->window = 0;
    m->inside = false;
    m->calls = 0;
    m->phase = BACK_BEGIN;
    if (m->kind == MOTION_UNTIL) {
        look_for(c, BACK_POINT, is_place, m, 0);
    } else if (m->kind == MOTION_GO) {
        look_for(c, BACK_POINT, is_met, c, 0);
    } else if (m->kind == MOTION_FINISH) {
        struct vm_point all = {.kind = VM_POINT_VECTOR,
                               .len = 256,
                               .how = VM_VECTOR_FAULT | VM_VECTOR_IRQ | VM_VECTOR_INT};
        m->phase = BACK_CALLER;
        return set_point(c, &all) || err_set(e, "there are too many points");
    }
    return true;
}

void motion_work(struct control *c)
{
    struct motion *m = &c->motion;
    enum look_back_state state;
    if (!motion_busy(c))
        return;
    switch (m->phase) {
    case BACK_BEGIN:
        step_back(c);
        break;
    case BACK_CALLER:
        go_through(c);
        break;
    default:
        state = look_back_piece(&m->look);
        if (state != LOOK_BACK_ON)
            looked(c, state);
        break;
    }
}
