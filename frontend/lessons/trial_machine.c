/* trial_machine.c - see trial_machine.h. */
#include "frontend/lessons/trial_machine.h"

#include "frontend/lessons/answer.h"
#include "hw/machine/vm_inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BOOT_LIMIT = 2000000, /* instructions of the BIOS; it takes some 400,000 */
    BUDGET = 60000000,    /* instructions in all */
    PATIENCE = 120,       /* seconds of guest time for a step: a halted machine takes no
                             instructions */
    IF = 1 << 9,
};

#define SLICE NS_PER_MS

bool trial_machine_open(struct trial_machine *m, const struct lesson *l, u64 seed,
                        const char *answer, const u8 *disk, struct err *e)
{
    *m = (struct trial_machine){
        .log = {.mask = LOG_HASH},
        .budget = BUDGET,
        .values = {.lesson = l, .seed = seed, .answer = answer},
    };
    struct vm_config config = {.cpu = *l->cpu ? l->cpu : NULL,
                               .ram_mb = l->memory,
                               .mips = l->mips,
                               .boot = "a",
                               .snapshot = true,
                               .sound = "none",
                               .log = &m->log};
    if (disk)
        config.floppy[0] = (struct media){.bytes = disk, .size = ANSWER_DISK};
    m->vm = vm_new(&config, e);
    if (!m->vm)
        return false;
    /* The hash is kept, its lines are not wanted. */
    m->log.mask = 0;
    control_init(&m->control, m->vm);
    reply_init(&m->seen);
    m->values.seen = &m->seen;
    m->values.vm = m->vm;
    return true;
}

void trial_machine_close(struct trial_machine *m)
{
    struct err e;
    struct vm *vm = m->vm;
    reply_free(&m->seen);
    points_delete_all(&m->control);
    control_free(&m->control);
    vm_free(vm, &e); /* it writes to no file */
    m->vm = NULL;
}

/* ---- running ---- */

static bool is_halted_for_good(const struct trial_machine *m)
{
    struct vm_registers r;
    vm_registers(m->vm, &r);
    return r.halted && !(r.eflags & IF);
}

/* A point was met. TRIAL_MET: it is that of this number; TRIAL_LIMIT: on. */
static enum trial_end met(struct trial_machine *m, unsigned wanted)
{
    const struct vm_point_hit *hit = vm_point_hit(m->vm);
    unsigned number = 0;
    enum points_verdict verdict = points_verdict(&m->control, hit, &number);
    if (verdict == POINTS_PASS) {
        vm_points_pass(m->vm);
        return TRIAL_LIMIT;
    }
    unsigned watching = verdict == POINTS_STOP ? m->watching[number] : 0;
    if (number != wanted &&
        !watching) { /* one that a command of the lesson has set, or a motion's */
        control_met(&m->control, VM_POINT);
        return TRIAL_LIMIT;
    }
    points_hit_words(hit, m->event, sizeof(m->event));
    if (number == wanted)
        return TRIAL_MET;
    const struct lesson_step *s = &m->values.lesson->step[watching - 1];
    if (s->kind == STEP_NEVER) {
        m->broken_rule = s;
        return TRIAL_NEVER;
    }
    m->values.counted[watching - 1]++;
    vm_points_pass(m->vm);
    return TRIAL_LIMIT;
}

static bool has_ended(enum vm_stop stop)
{
    switch (stop) {
    case VM_DEBUG_EXIT:
    case VM_POWER_OFF:
    case VM_TRIPLE_FAULT:
    case VM_RESET_REQUEST:
    case VM_PROGRAM_END:
    case VM_DISK_ERROR:
        return true;
    default:
        return false;
    }
}

/* A slice at most, to the point of this number (0: none). TRIAL_LIMIT: neither that nor an end. */
static enum trial_end slice(struct trial_machine *m, u64 until, unsigned wanted)
{
    struct control *c = &m->control;
    u64 now = vm_now(m->vm);
    m->stop = control_run(c, now + SLICE < until ? now + SLICE : until);
    if (m->stop == VM_POINT)
        return met(m, wanted);
    if (has_ended(m->stop))
        return TRIAL_ENDED;
    return TRIAL_LIMIT;
}

/* For `limit` instructions at most; TRIAL_LIMIT: they are over. */
static enum trial_end run(struct trial_machine *m, u64 limit, unsigned wanted, u64 times, bool halt)
{
    u64 goal = vm_instructions(m->vm) + limit, end = vm_now(m->vm) + PATIENCE * NS_PER_SEC;
    if (goal > m->budget)
        goal = m->budget;
    enum trial_end why = TRIAL_LIMIT;
    m->event[0] = 0;
    while (why == TRIAL_LIMIT && vm_instructions(m->vm) < goal && vm_now(m->vm) < end) {
        if (control_stands(&m->control)) {
            err_set(&m->error, "the machine stands still: a command has stopped it");
            return TRIAL_WRONG;
        }
        m->control.goal = goal;
        why = slice(m, end, wanted);
        if (why == TRIAL_MET && --times) {
            vm_points_pass(m->vm);
            why = TRIAL_LIMIT;
        }
        if (why == TRIAL_LIMIT && is_halted_for_good(m))
            why = halt ? TRIAL_MET : TRIAL_HALTED;
    }
    m->control.goal = CONTROL_NO_GOAL;
    return why;
}

enum trial_end trial_machine_instructions(struct trial_machine *m, u64 count)
{
    return run(m, count, 0, 0, false);
}

enum trial_end trial_machine_to_halt(struct trial_machine *m, u64 limit)
{
    enum trial_end end = run(m, limit, 0, 0, true);
    if (end == TRIAL_MET)
        snprintf(m->event, sizeof(m->event), "the processor is halted");
    return end;
}

/* ---- points ---- */

/* Its number; 0: m->error. */
static unsigned set_point(struct trial_machine *m, const char *line)
{
    struct reply r;
    reply_init(&r);
    struct request request;
    struct call call;
    unsigned number = 0;
    if (request_parse(&request, NULL, line, strlen(line), &m->error) && request.row) {
        call_begin(&call, &m->control, CLIENT_SCRIPT, &request, &r);
        enum command_state state = call_step(&call);
        const struct reply_node *n =
            state == COMMAND_DONE ? reply_find(&r, reply_root(&r), "number") : NULL;
        if (n)
            number = (unsigned)n->number;
        else
            m->error = call.error;
    }
    request_free(&request);
    reply_free(&r);
    return number;
}

static enum trial_end to_point(struct trial_machine *m, const char *line, u64 limit, u64 times)
{
    unsigned number = set_point(m, line);
    if (!number)
        return TRIAL_WRONG;
    enum trial_end end = run(m, limit, number, times, false);
    points_delete(&m->control, number);
    return end;
}

enum trial_end trial_machine_boot(struct trial_machine *m)
{
    return to_point(m, "break 0x7c00", BOOT_LIMIT, 1);
}

enum trial_end trial_machine_to_point(struct trial_machine *m, const struct lesson_step *s)
{
    char *line = words_fill(&m->values, s->what, &m->error);
    enum trial_end end = line ? to_point(m, line, s->limit, s->times) : TRIAL_WRONG;
    free(line);
    return end;
}

bool trial_machine_watch(struct trial_machine *m, const struct lesson_step *s)
{
    char *line = words_fill(&m->values, s->what, &m->error);
    unsigned number = line ? set_point(m, line) : 0;
    free(line);
    if (number)
        m->watching[number] = (unsigned)(s - m->values.lesson->step) + 1;
    return number != 0;
}

/* ---- commands ---- */

static enum trial_end call_through(struct trial_machine *m, struct call *call)
{
    u64 end = vm_now(m->vm) + PATIENCE * NS_PER_SEC;
    for (;;) {
        enum command_state state = call_step(call);
        if (state == COMMAND_DONE)
            return TRIAL_MET;
        if (state == COMMAND_FAILED) {
            m->error = call->error;
            return TRIAL_REFUSED;
        }
        do {
            if (control_stands(&m->control) && !call_due(call)) {
                err_set(&m->error, "the machine stands still: %s", m->control.reason);
                return TRIAL_REFUSED;
            }
            if (vm_now(m->vm) >= end || vm_instructions(m->vm) >= m->budget)
                return TRIAL_LIMIT;
            u64 next = call->next < end ? call->next : end;
            enum trial_end why = TRIAL_LIMIT;
            if (!control_stands(&m->control))
                why = slice(m, next, 0);
            if (why != TRIAL_LIMIT)
                return why;
        } while (!call_due(call));
    }
}

enum trial_end trial_machine_command(struct trial_machine *m, const char *line, bool keep)
{
    struct request request;
    struct call call;
    struct reply r;
    enum trial_end end = TRIAL_REFUSED;
    reply_init(&r);
    if (request_parse(&request, NULL, line, strlen(line), &m->error) && request.row) {
        call_begin(&call, &m->control, CLIENT_SCRIPT, &request, &r);
        end = call_through(m, &call);
        motion_stop(&m->control, &call, "");
    }
    request_free(&request);
    /* A motion leaves the machine standing, and what comes next wants it to run. */
    m->control.stopped = 0;
    if (keep) {
        reply_free(&m->seen);
        m->seen = r;
    } else {
        reply_free(&r);
    }
    return end;
}

/* ---- words ---- */

void trial_machine_seen(const struct trial_machine *m, char *out, size_t size)
{
    snprintf(out, size, "%s", m->event);
}

void trial_machine_why(struct trial_machine *m, enum trial_end end, char *out, size_t size)
{
    char doing[300];
    const char *fault = vm_last_fault(m->vm);
    const char *why = "So far it has come:";
    vm_explain(m->vm, doing, sizeof(doing));
    if (end == TRIAL_HALTED)
        why = "Nothing can wake the processor any more:";
    else if (end == TRIAL_ENDED)
        why = m->stop == VM_TRIPLE_FAULT    ? "The processor has shut down (triple fault):"
              : m->stop == VM_RESET_REQUEST ? "The program has asked for a reset:"
                                            : "The program has ended the machine:";
    else if (end == TRIAL_REFUSED)
        why = m->error.text;
    snprintf(out, size, "%s %s%s%s", why, doing, *fault ? "\nThe last fault: " : "", fault);
}
