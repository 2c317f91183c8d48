/* motion.c - see motion.h: forwards, and how a motion begins and ends. */
#include "frontend/control/motion.h"

#include "frontend/control/control.h"
#include "frontend/control/motion_back.h"
#include "hw/machine/vm_instruction.h"

#include <stdio.h>

/* A call's frame is gone when the stack is not deeper than it was, and not elsewhere. INT 25h and
 * 26h of DOS leave a word. */
enum { NEAR = 1 << 16, SLACK = 2 };

/* ---- legs ---- */

static void end_leg(struct control *c)
{
    struct motion *m = &c->motion;
    if (m->point_set)
        vm_point_clear(c->vm, &m->point);
    m->point_set = false;
    m->leg = LEG_NONE;
    c->goal = CONTROL_NO_GOAL;
}

/* As `cont`: whoever has stopped the machine. A point at which a leg ends is met by the next. */
static void go_on(struct control *c)
{
    c->stopped &= STOPPED_OFF;
    c->go_until = 0;
}

static void leg_to_goal(struct control *c, enum motion_then then)
{
    c->motion.leg = LEG_GOAL;
    c->motion.then = then;
    c->goal = vm_instructions(c->vm) + 1;
    go_on(c);
}

static u32 stack_pointer(const struct vm_registers *r)
{
    return r->gpr[VM_ESP] & (r->stack32 ? 0xffffffffu : 0xffffu);
}

/* To the instruction at `lin`, with the stack as it is now. */
static void leg_to_point(struct control *c, const struct vm_registers *r, u32 lin,
                         enum motion_then then)
{
    struct motion *m = &c->motion;
    struct err e;
    m->point = (struct vm_point){.kind = VM_POINT_EXECUTE, .lin = lin};
    m->point_set = vm_point_set(c->vm, &m->point, &e);
    if (!m->point_set) { /* no room: then one by one */
        leg_to_goal(c, then);
        return;
    }
    m->framed = true;
    m->esp = stack_pointer(r);
    m->ss_base = r->seg[VM_SS].base;
    m->leg = LEG_POINT;
    m->then = then;
    go_on(c);
}

static bool in_frame(const struct control *c)
{
    const struct motion *m = &c->motion;
    struct vm_registers r;
    if (!m->framed)
        return true;
    vm_registers(c->vm, &r);
    return r.seg[VM_SS].base == m->ss_base && stack_pointer(&r) - m->esp + SLACK < NEAR;
}

static bool comes_back(enum vm_flow flow)
{
    return flow == VM_FLOW_CALL || flow == VM_FLOW_INTERRUPT || flow == VM_FLOW_REPEAT;
}

/* The end of a loop: a jump to what is before it. */
static bool goes_round(struct vm *vm, const struct vm_registers *r)
{
    struct vm_instruction i;
    return vm_instruction_now(vm, &i) && i.direct && i.target <= r->eip &&
           (i.flow == VM_FLOW_JUMP || i.flow == VM_FLOW_BRANCH);
}

/* From where the machine stands. */
static void next_leg(struct control *c)
{
    struct motion *m = &c->motion;
    struct vm_registers r;
    unsigned len;
    if (m->kind == MOTION_GO || m->kind == MOTION_UNTIL) {
        go_on(c);
        return;
    }
    vm_registers(c->vm, &r);
    u32 pc = r.seg[VM_CS].base + r.eip;
    if (!c->debug.interrupts && (vm_interrupt_due(c->vm) || r.halted)) {
        leg_to_point(c, &r, pc, THEN_ON);
        return;
    }
    enum vm_flow flow = vm_flow_now(c->vm, &len);
    enum motion_then then = m->kind == MOTION_FINISH ? THEN_ON : THEN_COUNT;
    if (m->kind != MOTION_STEP && comes_back(flow))
        leg_to_point(c, &r, pc + len, then);
    else if (m->kind == MOTION_LEAVE && goes_round(c->vm, &r))
        leg_to_point(c, &r, pc + len, then);
    else if (m->kind == MOTION_FINISH && (flow == VM_FLOW_RETURN || flow == VM_FLOW_IRET))
        leg_to_goal(c, THEN_OVER);
    else
        leg_to_goal(c, then);
}

/* ---- life ---- */

void motion_over(struct control *c)
{
    struct motion *m = &c->motion;
    end_leg(c);
    m->kind = MOTION_NONE;
    m->owner = NULL;
    c->go_until = 0;
    c->stopped |= (unsigned)STOPPED_CLIENT << m->client;
}

bool motion_begin(struct control *c, struct call *call, enum motion_kind kind, bool back, u64 count,
                  const struct vm_point *p)
{
    struct motion *m = &c->motion;
    if (m->kind != MOTION_NONE &&
        m->client == call->client) /* what it wanted before is forgotten */
        motion_stop(c, m->owner, "");
    if (m->kind != MOTION_NONE)
        return err_set(&call->error, "the machine is under way for another command; stop ends it");
    if (c->stopped & STOPPED_OFF)
        return err_set(&call->error, "the power is off; reset starts the machine");
    if (c->stopped & STOPPED_DISK)
        return err_set(&call->error, "the machine is stopped for a disk; cont lets it go on");
    struct vm_registers r;
    vm_registers(c->vm, &r);
    m->begun_esp = stack_pointer(&r);
    m->begun_ss = r.seg[VM_SS].base;
    c->reason[0] = 0;
    m->kind = kind;
    m->back = back;
    m->owner = call;
    m->client = call->client;
    m->left = count;
    m->end = 0;
    m->leg = LEG_NONE;
    m->point_set = m->framed = false;
    if (p) {
        m->point = *p;
        m->point_set = vm_point_set(c->vm, p, &call->error);
        m->leg = LEG_POINT;
        m->then = THEN_OVER;
    }
    bool ok = !p || m->point_set;
    if (ok && back)
        ok = motion_back_begin(c, &call->error);
    if (!ok) {
        end_leg(c);
        m->kind = MOTION_NONE;
        m->owner = NULL;
        return false;
    }
    if (!back) {
        vm_points_pass(c->vm);
        next_leg(c);
    }
    return true;
}

bool motion_goes(const struct control *c, const struct call *call)
{
    return c->motion.kind != MOTION_NONE && c->motion.owner == call;
}

bool motion_busy(const struct control *c)
{
    return c->motion.kind != MOTION_NONE && c->motion.back;
}

void motion_stop(struct control *c, const struct call *call, const char *reason)
{
    if (!motion_goes(c, call))
        return;
    if (motion_busy(c))
        motion_back_abandon(c);
    snprintf(c->reason, sizeof(c->reason), "%s", reason);
    motion_over(c);
}

void motion_halted(struct control *c)
{
    struct motion *m = &c->motion;
    if (m->kind != MOTION_NONE && !m->back && control_stands(c))
        motion_over(c);
}

/* ---- stops ---- */

/* Why it stopped, at a point of this number in the list. */
void motion_reason(struct control *c, unsigned number)
{
    char words[160];
    points_hit_words(vm_point_hit(c->vm), words, sizeof(words));
    if (number)
        snprintf(c->reason, sizeof(c->reason), "at %u: %s", number, words);
    else
        snprintf(c->reason, sizeof(c->reason), "%s", words);
}

/* RET is also a way to jump, to an address that was pushed for it: the stack is as deep as before.
 */
static bool has_returned(const struct control *c)
{
    const struct motion *m = &c->motion;
    struct vm_registers r;
    vm_registers(c->vm, &r);
    return r.seg[VM_SS].base != m->begun_ss || (s32)(stack_pointer(&r) - m->begun_esp) > 0;
}

/* The present leg is at its end. */
static void arrived(struct control *c)
{
    struct motion *m = &c->motion;
    enum motion_then then = m->then;
    end_leg(c);
    if (m->kind == MOTION_FINISH && then == THEN_OVER && !has_returned(c))
        then = THEN_ON;
    if (then == THEN_ON || (then == THEN_COUNT && --m->left))
        next_leg(c);
    else
        motion_over(c);
}

bool motion_met(struct control *c, enum vm_stop why)
{
    struct motion *m = &c->motion;
    const struct vm_point_hit *h = vm_point_hit(c->vm);
    unsigned number = 0;
    if (m->kind == MOTION_NONE || m->back)
        return false;
    if (why == VM_GOAL) {
        arrived(c);
        return true;
    }
    bool mine = m->leg == LEG_POINT && vm_point_same(&m->point, &h->point);
    enum points_verdict verdict = points_verdict(c, h, &number);
    if (verdict == POINTS_STOP || (verdict == POINTS_OTHERS && !mine)) {
        motion_reason(c, number);
        motion_over(c);
    } else if (mine && in_frame(c)) {
        arrived(c);
    } else {
        vm_points_pass(c->vm);
    }
    return true;
}
