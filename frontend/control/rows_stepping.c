/*
 * rows_stepping.c - commands that let the machine go on for one instruction, one function, to the
 * next point, and back (motion.h); what the next instruction is.
 *
 * Each is done when the machine stands again, and answers why and where.
 */
#include "frontend/control/rows.h"

#include "frontend/control/expression.h"
#include "frontend/control/instruction_line.h"
#include "frontend/control/motion.h"

#include <stdio.h>

/* ---- where it stands ---- */

static void put_place(struct reply *out, struct vm *vm, const char *reason)
{
    struct vm_registers r;
    struct vm_instruction i;
    char notes[200];
    vm_registers(vm, &r);
    vm_instruction_now(vm, &i);
    instruction_notes(&i, notes, sizeof(notes));
    if (*reason)
        reply_text(out, "reason", reason);
    reply_printf(out, "at", "%04x:%0*x", r.seg[VM_CS].sel, r.code32 ? 8 : 4, r.eip);
    reply_text(out, "instruction", i.text);
    if (*notes)
        reply_text(out, "notes", notes);
    reply_int(out, "instructions", (s64)vm_instructions(vm));
}

static enum command_state where(struct call *call)
{
    put_place(call->reply, call->control->vm, "");
    return COMMAND_DONE;
}

/* ---- motions ---- */

/* Clients that wait for others (a script, a socket) are not to wait for ever. */
static u64 patience(const struct call *call, const struct value *seconds)
{
    if (seconds && seconds->given)
        return seconds->time;
    return call->client == CLIENT_DEBUGGER ? UINT64_MAX : 60 * NS_PER_SEC;
}

static enum command_state under_way(struct call *call, u64 limit)
{
    struct control *c = call->control;
    /* A script knows no waiting while the machine stands. */
    while (motion_busy(c) && motion_goes(c, call) && call->client == CLIENT_SCRIPT &&
           !(c->hurry && c->hurry(c->opaque)))
        motion_work(c);
    if (motion_busy(c) && motion_goes(c, call)) {
        motion_work(c);
        if (motion_goes(c, call))
            return call_waits(call, vm_now(c->vm));
    }
    motion_halted(c);
    if (!motion_goes(c, call)) {
        put_place(call->reply, c->vm, c->reason);
        return COMMAND_DONE;
    }
    u64 now = vm_now(c->vm);
    if (now - call->begun >= limit) {
        motion_stop(c, call, "");
        return call_fails(call, FAULT_GUEST,
                          "the machine did not get there within %g s of guest time",
                          (double)limit / 1e9);
    }
    u64 left = limit - (now - call->begun);
    return call_waits(call, now + (left < CONTROL_STEP ? left : CONTROL_STEP));
}

static enum command_state goes(struct call *call, enum motion_kind kind, bool back, u64 count,
                               const struct vm_point *p, const struct value *seconds)
{
    if (!call->again && !motion_begin(call->control, call, kind, back, count, p))
        return call_host_failed(call);
    return under_way(call, patience(call, seconds));
}

static u64 count_of(const struct call *call)
{
    return (u64)call->request->arg[0].number;
}

static enum command_state step(struct call *call)
{
    return goes(call, MOTION_STEP, false, count_of(call), NULL, NULL);
}

static enum command_state step_back(struct call *call)
{
    return goes(call, MOTION_STEP, true, count_of(call), NULL, NULL);
}

static enum command_state next(struct call *call)
{
    return goes(call, MOTION_NEXT, false, count_of(call), NULL, NULL);
}

static enum command_state next_back(struct call *call)
{
    return goes(call, MOTION_NEXT, true, count_of(call), NULL, NULL);
}

static enum command_state finish(struct call *call)
{
    return goes(call, MOTION_FINISH, false, 1, NULL, NULL);
}

static enum command_state finish_back(struct call *call)
{
    return goes(call, MOTION_FINISH, true, 1, NULL, NULL);
}

static enum command_state go(struct call *call)
{
    return goes(call, MOTION_GO, false, 1, NULL, &call->request->arg[0]);
}

static enum command_state go_back(struct call *call)
{
    return goes(call, MOTION_GO, true, 1, NULL, NULL);
}

static enum command_state until(struct call *call, bool back)
{
    const struct value *arg = call->request->arg;
    struct vm_point p = {.kind = VM_POINT_EXECUTE};
    if (!arg[0].given)
        return goes(call, MOTION_LEAVE, back, 1, NULL, NULL);
    /* Found once: on the way the segment may be another, or none. */
    if (!call->again && !points_place(call->control, arg[0].text, &p, &call->error))
        return call_host_failed(call);
    return goes(call, MOTION_UNTIL, back, 1, &p, &arg[1]);
}

static enum command_state until_there(struct call *call)
{
    return until(call, false);
}

static enum command_state until_back(struct call *call)
{
    return until(call, true);
}

static bool check_until(const struct request *r, struct err *e)
{
    struct vm_point p;
    struct err why;
    return !r->arg[0].given || points_address(NULL, r->arg[0].text, &p, &why) ||
           err_set(e, "%s: %.400s", r->row->name, why.text);
}

#define COUNT                                                                                      \
    .name = "count", .kind = PARAM_INT, .optional = true, .otherwise = "1",                        \
    .what = "number of times", .min = 1, .max = 1000000
#define FORWARDS .flags = COMMAND_WAITS | COMMAND_ANSWERS | COMMAND_MOVES
#define BACKWARDS .flags = COMMAND_WAITS | COMMAND_ANSWERS | COMMAND_MOVES | COMMAND_TRAVELS
#define SECONDS .name = "seconds", .kind = PARAM_SECONDS, .optional = true

static const struct command rows[] = {
    {.name = "where",
     .aliases = "info cpus",
     .help = "the instruction before which the processor stands: what its operands hold, which "
             "flags it reads and writes, whether it jumps",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = where},
    {.name = "step",
     .aliases = "s|stepi|si",
     .param = {{COUNT}},
     .help = "one instruction, or so many; what stops the machine before ends it",
     FORWARDS,
     .run = step},
    {.name = "next",
     .aliases = "n|nexti|ni",
     .param = {{COUNT}},
     .help = "the same, but CALL, INT n and REP are one instruction",
     FORWARDS,
     .run = next},
    {.name = "finish",
     .aliases = "fin",
     .help = "until the function, or the handler of an interrupt, has returned",
     FORWARDS,
     .run = finish},
    {.name = "until",
     .aliases = "u",
     .param = {{.name = "address", .kind = PARAM_STRING, .optional = true, .what = "an address"},
               {SECONDS}},
     .help = "to the instruction at this address; alone: as `next`, but out of a loop at its end",
     FORWARDS,
     .check = check_until,
     .run = until_there},
    {.name = "continue",
     .aliases = "c",
     .param = {{SECONDS}},
     .help =
         "as `cont`, and done when the machine has stopped again, at a point or otherwise (60 s "
         "of guest time at most unless said; in `ferrite debug` as long as it takes)",
     FORWARDS,
     .run = go},
    {.name = "reverse-step",
     .aliases = "rs|reverse-stepi|rsi",
     .param = {{COUNT}},
     .help = "back to the instruction before this one (-rewind keeps what that needs)",
     BACKWARDS,
     .run = step_back},
    {.name = "reverse-next",
     .aliases = "rn|reverse-nexti|rni",
     .param = {{COUNT}},
     .help = "the same over what a CALL or INT n has done",
     BACKWARDS,
     .run = next_back},
    {.name = "reverse-finish",
     .aliases = "rf",
     .help = "back to what called this function, or before the interrupt whose handler this is",
     BACKWARDS,
     .run = finish_back},
    {.name = "reverse-until",
     .aliases = "ru",
     .param = {{.name = "address", .kind = PARAM_STRING, .optional = true, .what = "an address"}},
     .help = "back to the last time that the machine was at this address; alone: as reverse-next",
     BACKWARDS,
     .check = check_until,
     .run = until_back},
    {.name = "reverse-continue",
     .aliases = "rc",
     .help = "back to the last point of `break` and `watch` that was met: before the instruction "
             "that met it",
     BACKWARDS,
     .run = go_back},
};

const struct command_topic rows_stepping = {"Stepping", rows, ARRAY_SIZE(rows)};
