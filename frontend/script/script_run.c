/*
 * script_run.c - doing a script's requests on a machine. See script.h.
 *
 * The runner never runs the machine itself: it looks at it at given instants of guest time and
 * says when it wants to look again. So the same runner serves the headless loop and the window,
 * and nothing of the host's time enters. What a command does is in frontend/control/rows_*.c; here
 * is what their success and failure mean for the run.
 */
#include "frontend/script/script.h"

#include "frontend/control/picture.h"
#include "hw/base/clean.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct script_run {
    const struct script *script;
    struct control *control;
    FILE *out, *messages;
    size_t at; /* command being done */
    bool begun;
    bool failing; /* it is one of those of on-fail; the one that failed: */
    size_t failed;
    int failed_with; /* the status of the run */
    struct call call;
    struct reply reply;
    int status;
    char stands[400]; /* why time stands still */
};

struct script_run *script_run_new(const struct script *s, struct control *c, FILE *out,
                                  FILE *messages)
{
    struct script_run *r = calloc(1, sizeof(*r));
    if (r) {
        r->script = s;
        r->control = c;
        r->out = out;
        r->messages = messages;
        reply_init(&r->reply);
    }
    return r;
}

void script_run_free(struct script_run *r)
{
    if (!r)
        return;
    reply_free(&r->reply);
    free(r);
}

u64 script_run_next(const struct script_run *r)
{
    return r->call.next;
}

int script_run_status(const struct script_run *r)
{
    return r->status;
}

static const struct script_command *current(const struct script_run *r)
{
    return r->failing ? &r->script->on_fail[r->at] : &r->script->command[r->at];
}

static size_t count(const struct script_run *r)
{
    return r->failing ? r->script->on_fails : r->script->count;
}

/* Of the row, and of what it waits for. */
static unsigned flags(const struct script_run *r)
{
    return request_flags(&current(r)->request);
}

/* ---- words ---- */

static void print_screen(struct script_run *r)
{
    FILE *f = r->messages;
    struct vm *vm = r->control->vm;
    const char *text = control_text(r->control);
    struct screen screen;
    vm_screen(vm, &screen);
    if (*text) {
        size_t n = strlen(text);
        while (n > 1 && text[n - 1] == '\n' && text[n - 2] == '\n') /* empty lines below */
            n--;
        fprintf(f, "---- the screen at %.2f s ----\n%.*s", (double)vm_now(vm) / 1e9, (int)n, text);
    } else {
        fprintf(f, "---- the screen at %.2f s: graphics, %u x %u ----\n", (double)vm_now(vm) / 1e9,
                screen.width, screen.height);
        picture_sketch(screen.pixels, screen.width, screen.height, f);
    }
    fputs("----\n", f);
    if (*vm_last_fault(vm))
        clean_printf(f, "last fault: %s\n", vm_last_fault(vm));
}

static void print_serial(struct script_run *r)
{
    const struct control *c = r->control;
    size_t shown = c->heard_len < 2000 ? c->heard_len : 2000;
    if (!(flags(r) & COMMAND_HEARS))
        return;
    fprintf(r->messages, "---- the serial port's output since the last wait-serial ----\n");
    if (!shown)
        return;
    clean_lines((const char *)c->heard + c->heard_len - shown, shown, r->messages);
    if (c->heard[c->heard_len - 1] != '\n')
        fputc('\n', r->messages);
}

static void say_where(struct script_run *r)
{
    const struct script_command *c = current(r);
    clean_printf(r->messages, "%s:%u: %s: ", c->path, c->line, c->source);
}

/* ---- ends ---- */

static enum script_result over(struct script_run *r, int status)
{
    r->status = status;
    return SCRIPT_DONE;
}

/*
 * The run will end with this status; before that, what on-fail has asked for up to here. Of what
 * goes wrong in that, this is not called again.
 */
static enum script_result fails(struct script_run *r, int status)
{
    if (r->failing)
        return over(r, r->failed_with);
    r->failing = true;
    r->failed = r->at;
    r->failed_with = status;
    r->at = 0;
    r->begun = false;
    return SCRIPT_RUNNING;
}

/* An expectation failed. */
static enum script_result failed(struct script_run *r, const char *why)
{
    char doing[300];
    say_where(r);
    clean_printf(r->messages, "%s\n", why);
    print_serial(r);
    print_screen(r);
    vm_explain(r->control->vm, doing, sizeof(doing));
    clean_printf(r->messages, "%s\n", doing);
    return fails(r, SCRIPT_FAILED);
}

/* Something on the host went wrong, not an expectation: no screen needed. */
static enum script_result host_error(struct script_run *r, const char *why)
{
    say_where(r);
    clean_printf(r->messages, "%s\n", why);
    return fails(r, SCRIPT_BAD);
}

/* The guest ended and the script has not. */
static enum script_result guest_ended(struct script_run *r, enum vm_stop stop)
{
    say_where(r);
    if (stop == VM_DEBUG_EXIT) {
        int status = vm_exit_status(r->control->vm);
        fprintf(r->messages, "the guest ended the run through port F4h, status %d\n", status);
        return fails(r, status);
    }
    if (stop == VM_PROGRAM_END) {
        int status = vm_program_status(r->control->vm);
        fprintf(r->messages, "the program in the guest ended, status %d\n", status);
        return fails(r, status);
    }
    if (stop == VM_TRIPLE_FAULT)
        fputs("the processor shut down (triple fault)\n", r->messages);
    else if (stop == VM_RESET_REQUEST)
        fputs("the guest asked for a reset, and -no-reboot forbids it\n", r->messages);
    else
        fputs("the guest switched the power off\n", r->messages);
    print_screen(r);
    return fails(r, SCRIPT_GUEST_ENDED);
}

/* ---- steps ---- */

/* What the command answered, if that is what it is for. */
static bool print_answer(struct script_run *r)
{
    if (!(flags(r) & COMMAND_ANSWERS) || reply_empty(&r->reply))
        return true;
    errno = 0;
    reply_write_text(&r->reply, r->out);
    return !ferror(r->out) && fflush(r->out) == 0;
}

/* Time does not pass, and nobody but the script can change that. */
static const char *stands_still(struct script_run *r)
{
    const struct control *c = r->control;
    unsigned stopped = c->stopped;
    if (!control_stands(r->control))
        return NULL;
    if (stopped & STOPPED_DISK)
        return "the machine is stopped for a disk; cont lets it go on";
    if (stopped & (unsigned)STOPPED_CLIENT << CLIENT_SCRIPT)
        return "the machine is stopped; cont lets it go on";
    if ((stopped & (unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER) && !c->attended &&
        !(flags(r) & COMMAND_MOVES)) {
        snprintf(r->stands, sizeof(r->stands),
                 "the machine has stopped %s, and time stands still; wait-stop waits for that, and "
                 "cont lets it go on",
                 *c->reason ? c->reason : "for a debugger");
        return r->stands;
    }
    return NULL;
}

/* The command is done: SCRIPT_RUNNING, on to the next. */
static enum script_result finish(struct script_run *r)
{
    if (!print_answer(r)) {
        char why[200];
        snprintf(why, sizeof(why), "standard output: cannot be written: %s",
                 errno == ENXIO ? "a FIFO that nobody reads" : strerror(errno));
        return host_error(r, why);
    }
    reply_free(&r->reply);
    if (r->control->quit)
        return over(r, r->control->status);
    r->begun = false;
    r->at++;
    return SCRIPT_RUNNING;
}

/* What on-fail says of the commands up to the one that failed; no command: all are done. */
static bool next_on_fail(struct script_run *r)
{
    while (r->failing && r->at < r->script->on_fails && r->script->on_fail[r->at].from > r->failed)
        r->at++;
    return r->at < count(r);
}

/* The current command goes on. *again: there is more to do at this instant. */
static enum script_result go_on(struct script_run *r, enum vm_stop stop, bool ended, bool *again)
{
    struct control *c = r->control;
    *again = true;
    if (!r->begun)
        call_begin(&r->call, c, CLIENT_SCRIPT, &current(r)->request, &r->reply);
    r->begun = true;
    enum command_state state = call_step(&r->call);
    if (state == COMMAND_FAILED && r->failing) { /* only said */
        say_where(r);
        clean_printf(r->messages, "%s\n", r->call.error.text);
        return finish(r);
    }
    if (state == COMMAND_FAILED)
        return r->call.fault == FAULT_HOST ? host_error(r, r->call.error.text)
                                           : failed(r, r->call.error.text);
    if (state == COMMAND_DONE)
        return finish(r);
    const char *why = stands_still(r);
    if (why)
        return failed(r, why);
    if (ended)
        return guest_ended(r, stop);
    *again = false;
    return SCRIPT_RUNNING;
}

enum script_result script_run_step(struct script_run *r, enum vm_stop stop)
{
    bool point = stop == VM_POINT; /* only a script that waits for it goes on */
    bool ended = stop != VM_SLICE && stop != VM_DISK_ERROR && !point;
    struct control *c = r->control;
    if (ended)
        c->ended = stop;
    if (stop == VM_DISK_ERROR) { /* only a script that waits for it goes on */
        c->stopped |= STOPPED_DISK;
        if (!(flags(r) & COMMAND_EXPECTS_STOP) &&
            host_error(r, vm_disk_error(c->vm)) == SCRIPT_DONE)
            return SCRIPT_DONE;
    } else if (!ended && !point && r->begun && !call_due(&r->call)) {
        return SCRIPT_RUNNING;
    }
    while (next_on_fail(r)) {
        bool again;
        enum script_result result = go_on(r, stop, ended, &again);
        if (result == SCRIPT_DONE || !again)
            return result;
    }
    return over(r, r->failing ? r->failed_with : SCRIPT_OK);
}

void script_run_say_end(struct script_run *r, const char *by)
{
    if (r->at >= count(r))
        return;
    say_where(r);
    clean_printf(r->messages, "ended here by %s\n", by);
    print_serial(r);
    print_screen(r);
    if (!r->failing)
        fails(r, SCRIPT_FAILED);
    for (; next_on_fail(r); r->at++) { /* what takes no time of the guest, which has none left */
        if (flags(r) & COMMAND_WAITS)
            continue;
        call_begin(&r->call, r->control, CLIENT_SCRIPT, &current(r)->request, &r->reply);
        if (call_step(&r->call) == COMMAND_DONE)
            print_answer(r);
        reply_free(&r->reply);
    }
}
