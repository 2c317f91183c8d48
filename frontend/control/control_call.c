/*
 * control_call.c - requests being done: step by step for a client that waits by itself, or in a
 * list that goes on as guest time passes. See control.h.
 */
#include "frontend/control/audio.h"
#include "frontend/control/control.h"

#include "frontend/control/rows.h"
#include "frontend/timeline/timeline.h"
#include "hw/base/clean.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- one call ---- */

void call_begin(struct call *call, struct control *c, enum client client, const struct request *r,
                struct reply *reply)
{
    *call = (struct call){.control = c,
                          .request = r,
                          .reply = reply,
                          .client = client,
                          .begun = vm_now(c->vm),
                          .next = vm_now(c->vm)};
}

/* A file that the sandbox keeps away: said before it is tried, in words. */
static bool within_reach(struct call *call)
{
    const struct control *c = call->control;
    const struct request *r = call->request;
    for (unsigned i = 0; c->may_reach && !call->again && i < command_params(r->row); i++) {
        enum param_kind kind = r->row->param[i].kind;
        bool out = kind == PARAM_FILE_OUT;
        bool in = kind == PARAM_FILE_IN || kind == PARAM_FILE ||
                  (kind == PARAM_MEDIUM && r->arg[i].text && strcmp(r->arg[i].text, "tools:") != 0);
        if (r->arg[i].text && (in || out) &&
            !c->may_reach(c->opaque, r->arg[i].text, out, &call->error))
            return false;
    }
    return true;
}

enum command_state call_step(struct call *call)
{
    u64 now = vm_now(call->control->vm);
    if (now < call->begun) /* a snapshot has taken the clock back */
        call->begun = now;
    if (call->control->timeline && timeline_away(call->control->timeline) &&
        (call->request->row->flags & (COMMAND_INPUT | COMMAND_TRAVELS)) == COMMAND_INPUT)
        return call_fails(call, FAULT_HOST,
                          "the machine is in its past, where nothing can be changed: live makes "
                          "this its present and forgets what came after, goto latest goes back");
    if (!within_reach(call))
        return call_host_failed(call);
    enum command_state state = call->request->row->run(call);
    call->again = true;
    return state;
}

bool call_due(const struct call *call)
{
    const struct control *c = call->control;
    u64 now = vm_now(c->vm);
    bool moved =
        (call->request->row->flags & COMMAND_MOVES) && (!motion_goes(c, call) || control_stands(c));
    return !call->again || moved || now >= call->next || now < call->begun;
}

void call_write_text(const struct call *call, FILE *out)
{
    const struct reply *r = call->reply;
    if (r->said[0] && (reply_empty(r) || !(call->request->row->flags & COMMAND_ANSWERS)))
        clean_printf(out, "%s\n", r->said);
    else
        reply_write_text(r, out);
}

enum command_state call_fails(struct call *call, enum command_fault fault, const char *fmt, ...)
{
    char text[sizeof(call->error.text)];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    err_set(&call->error, "%s", text);
    call->fault = fault;
    return COMMAND_FAILED;
}

enum command_state call_host_failed(struct call *call)
{
    call->fault = FAULT_HOST;
    return COMMAND_FAILED;
}

enum command_state call_waits(struct call *call, u64 until)
{
    call->next = until;
    return COMMAND_PENDING;
}

enum command_state call_keeps_waiting(struct call *call, u64 limit, double seconds,
                                      const char *what)
{
    u64 now = vm_now(call->control->vm), end = call->begun + limit;
    if (now >= end)
        return call_fails(call, FAULT_GUEST, "%s within %g s of guest time", what, seconds);
    return call_waits(call, now + CONTROL_STEP < end ? now + CONTROL_STEP : end);
}

/* ---- the list ---- */

static void finish(struct control *c, unsigned i, enum command_state state)
{
    struct control_call *call = c->call[i];
    if (c->vm)
        motion_stop(c, &call->call, "");
    memmove(&c->call[i], &c->call[i + 1], (--c->calls - i) * sizeof(c->call[0]));
    if (c->vm)
        control_look_stopped(c); /* told before the answer to what did it */
    if (call->done && !call->cancelled)
        call->done(call->opaque, &call->call, state);
    reply_free(call->call.reply);
    free(call->call.reply);
    request_free(&call->request);
    free(call);
}

/* Does the same client still wait for something that it asked for before? */
static bool must_wait(const struct control *c, unsigned i)
{
    if (!(c->call[i]->request.row->flags & COMMAND_WAITS))
        return false;
    for (unsigned k = 0; k < i; k++) {
        if (c->call[k]->opaque && c->call[k]->opaque == c->call[i]->opaque)
            return true;
    }
    return false;
}

static void control_look_back(struct control *c)
{
    struct err e;
    if (c->timeline && !control_stands(c) && !timeline_look(c->timeline, &e) && c->notice)
        c->notice(c->opaque, e.text);
}

void control_poll(struct control *c)
{
    u64 now = vm_now(c->vm);
    control_record_look(c);
    control_look_back(c);
    control_look_stopped(c);
    for (unsigned i = 0; i < c->calls;) {
        struct control_call *call = c->call[i];
        if (!call->cancelled && (!call_due(&call->call) || must_wait(c, i))) {
            i++;
            continue;
        }
        if (!call->call.again) /* its time begins when its turn has come */
            call->call.begun = now;
        enum command_state state = call->cancelled ? COMMAND_FAILED : call_step(&call->call);
        if (state == COMMAND_PENDING)
            i++;
        else
            finish(c, i, state);
    }
}

/* Told to the client that asked, without ever having been in the list. */
static void refuse(struct control *c, enum client client, struct request *r, control_done *done,
                   void *opaque, const char *why)
{
    struct reply nothing;
    struct call call;
    reply_init(&nothing);
    call_begin(&call, c, client, r, &nothing);
    call_fails(&call, FAULT_HOST, "%s", why);
    if (done)
        done(opaque, &call, COMMAND_FAILED);
    request_free(r);
}

void control_submit(struct control *c, enum client client, struct request *r, control_done *done,
                    void *opaque)
{
    struct control_call *call = NULL;
    struct reply *reply = NULL;
    if (c->calls < CONTROL_CALLS && (call = calloc(1, sizeof(*call))))
        reply = malloc(sizeof(*reply));
    if (!reply) {
        free(call);
        refuse(c, client, r, done, opaque,
               c->calls == CONTROL_CALLS ? "too much is pending already" : "out of memory");
        return;
    }
    reply_init(reply);
    call->request = *r;
    *r = (struct request){.row = NULL};
    call->done = done;
    call->opaque = opaque;
    call_begin(&call->call, c, client, &call->request, reply);
    c->call[c->calls++] = call;
    control_poll(c);
}

void control_cancel(struct control *c, void *opaque)
{
    for (unsigned i = 0; i < c->calls; i++)
        c->call[i]->cancelled |= c->call[i]->opaque == opaque;
}

u64 control_next(const struct control *c)
{
    u64 next = UINT64_MAX;
    for (unsigned i = 0; i < c->calls; i++) {
        if (!must_wait(c, i) && c->call[i]->call.next < next)
            next = c->call[i]->call.next;
    }
    return next;
}

bool control_do(struct control *c, enum client client, struct reply *reply, struct err *e,
                const char *const *words)
{
    struct request r;
    struct call call;
    unsigned count = 0;
    while (words[count])
        count++;
    enum command_state state = COMMAND_FAILED;
    bool ok = request_words(&r, NULL, words, count, e);
    if (ok && (!r.row || r.row->flags & COMMAND_WAITS))
        ok = err_set(e, "%s takes guest time", r.row ? r.row->name : "nothing");
    if (ok) {
        call_begin(&call, c, client, &r, reply);
        state = call_step(&call);
        if (state == COMMAND_FAILED && e)
            *e = call.error;
    }
    request_free(&r);
    return state == COMMAND_DONE;
}

void control_leave(struct control *c, enum client client, void *opaque)
{
    control_cancel(c, opaque);
    c->stopped &= ~((unsigned)STOPPED_CLIENT << client);
}

void control_free(struct control *c)
{
    audio_stop(c, NULL);
    if (c->capture)
        control_record_stop(c, NULL);
    points_forget(c);
    timeline_free(c->timeline);
    control_profile_free(c);
    c->vm = NULL; /* it may be gone already */
    while (c->calls) {
        call_fails(&c->call[c->calls - 1]->call, FAULT_HOST, "the machine is no more");
        finish(c, c->calls - 1, COMMAND_FAILED);
    }
    free(c->heard);
    free(c->typed);
    free(c->text);
    *c = (struct control){.vm = NULL};
}
