/* session.c - see session.h. */
#include "frontend/debugger/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "step (s), next (n), finish, until [ADDRESS], continue (c); the same backwards: reverse-step\n"
    "(rs), reverse-next (rn), reverse-finish (rf), reverse-until (ru), reverse-continue (rc)\n"
    "break ADDRESS [if CONDITION], break port|vector|exception|interrupt|mode|task|text, watch,\n"
    "breakpoints, delete [N]; where, registers, x/8i cs:eip, x/4xw ss:esp, print, branches\n"
    "why: the last fault, the last reset, interrupts, speed; goto INSTRUCTION, goto -1s\n"
    "Numbers: 0x7c00, f000:e05b, esp+4, word[0x46c]. Enter does the last step again.\n"
    "help lists all commands, help COMMAND says what it does; quit ends.\n";

void session_begin(struct session *s, struct machine *m)
{
    *s = (struct session){.m = m};
    m->control.debugged = true;
    m->control.stopped |= (unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER;
}

static void say(struct session *s, const char *text)
{
    if (*text)
        s->say(s->opaque, text);
}

static void on_done(void *opaque, const struct call *call, enum command_state state)
{
    struct session *s = opaque;
    char *text = NULL, line[1100];
    size_t len;
    s->pending = false;
    if (state == COMMAND_FAILED) {
        snprintf(line, sizeof(line), "%s\n", call->error.text);
        say(s, line);
        return;
    }
    s->told = (call->request->row->flags & COMMAND_WAITS) != 0;
    if (s->told && s->brief && reply_find(call->reply, reply_root(call->reply), "instruction")) {
        snprintf(line, sizeof(line), "%s\n", reply_get(call->reply, NULL, "reason"));
        say(s, *line == '\n' ? "" : line);
        return;
    }
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return;
    call_write_text(call, f);
    if (fclose(f) == 0)
        say(s, text);
    free(text);
}

/* Commands of which one wants more of the same. */
static bool repeats(const struct request *r)
{
    static const char *const names[] = {"step",         "next",         "until",
                                        "reverse-step", "reverse-next", "reverse-until"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(r->row->name, names[i]) == 0)
            return true;
    return false;
}

void session_line(struct session *s, const char *line)
{
    struct request r;
    struct err e;
    char text[sizeof(s->again)];
    snprintf(text, sizeof(text), "%s", *line ? line : s->again);
    char *first = text + strspn(text, " \t");
    if (*first == '?' || strcmp(first, "h") == 0) {
        say(s, help);
        return;
    }
    if (!request_parse(&r, NULL, text, strlen(text), &e)) {
        char message[1100];
        snprintf(message, sizeof(message), "%s\n", e.text);
        say(s, message);
    } else if (r.row) {
        snprintf(s->again, sizeof(s->again), "%s", repeats(&r) ? text : "");
        s->pending = true;
        control_submit(&s->m->control, CLIENT_DEBUGGER, &r, on_done, s);
    }
    request_free(&r);
}

void session_interrupt(struct session *s)
{
    struct control *c = &s->m->control;
    control_cancel(c, s);
    control_poll(c);
    s->pending = false;
    c->go_until = 0;
    c->stopped |= (unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER;
}

bool session_look(struct session *s)
{
    struct vm *vm = s->m->vm;
    if (!control_stands(&s->m->control)) {
        s->told = false;
        return false;
    }
    if (control_busy(&s->m->control) || s->stop == vm_instructions(vm) + 1)
        return false;
    s->before = s->now;
    vm_registers(vm, &s->now);
    if (!s->stop)
        s->before = s->now;
    s->stop = vm_instructions(vm) + 1;
    return true;
}

void session_place(const struct vm_registers *r, char out[16])
{
    snprintf(out, 16, "%04x:%0*x", r->seg[VM_CS].sel, r->code32 ? 8 : 4, r->eip);
}
