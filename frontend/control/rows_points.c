/*
 * rows_points.c - commands that say where the machine stops: breakpoints, watchpoints, events
 * (points.h).
 *
 * A point that is met stops the machine for whoever asked for it, or for the debugger that is
 * there.
 */
#include "frontend/control/rows.h"

#include <string.h>

/* The number, and what it stops at. */
static enum command_state add(struct call *call, const struct vm_point *p, const char *text,
                              const struct value *condition)
{
    struct control *c = call->control;
    char words[160];
    const char *when = NULL;
    if (condition->given && !(when = points_condition(condition->text, &call->error)))
        return call_host_failed(call);
    unsigned number = points_add(c, p, text, when, &call->error);
    if (!number)
        return call_host_failed(call);
    points_words(&c->point[number - 1], words, sizeof(words));
    reply_int(call->reply, "number", number);
    reply_text(call->reply, "on", words);
    if (when)
        reply_text(call->reply, "if", when);
    reply_say(call->reply, "%u: %s", number, words);
    return COMMAND_DONE;
}

/* ---- checks, before anything runs ---- */

static bool refused(const struct request *r, const struct err *why, struct err *e)
{
    return err_set(e, "%s: %.400s", r->row->name, why->text);
}

static bool check_condition(const struct request *r, unsigned i, struct err *e)
{
    struct err why;
    return !r->arg[i].given || points_condition(r->arg[i].text, &why) || refused(r, &why, e);
}

static bool check_address(const struct request *r, struct err *e)
{
    struct vm_point p;
    struct err why;
    return points_address(NULL, r->arg[0].text, &p, &why) || refused(r, &why, e);
}

static bool check_break(const struct request *r, struct err *e)
{
    return check_address(r, e) && check_condition(r, 1, e);
}

static bool check_watch(const struct request *r, struct err *e)
{
    return check_address(r, e) && check_condition(r, 3, e);
}

static bool check_range(const struct request *r, u32 max, struct err *e)
{
    struct vm_point p;
    struct err why;
    return !r->arg[0].given || points_range(r->arg[0].text, max, &p, &why) || refused(r, &why, e);
}

static bool check_port(const struct request *r, struct err *e)
{
    return check_range(r, 0xffff, e) && check_condition(r, 2, e);
}

static bool check_vector(const struct request *r, struct err *e)
{
    return check_range(r, 0xff, e) && check_condition(r, 1, e);
}

static bool check_second(const struct request *r, struct err *e)
{
    return check_condition(r, 1, e);
}

static bool check_first(const struct request *r, struct err *e)
{
    return check_condition(r, 0, e);
}

/* ---- the commands ---- */

static enum command_state break_at(struct call *call)
{
    const struct value *arg = call->request->arg;
    struct vm_point p = {.kind = VM_POINT_EXECUTE};
    if (!points_place(call->control, arg[0].text, &p, &call->error))
        return call_host_failed(call);
    return add(call, &p, NULL, &arg[1]);
}

static const char *const accesses[] = {"write", "read", "access", NULL};

static enum command_state watch(struct call *call)
{
    static const enum vm_point_kind kinds[] = {VM_POINT_WRITE, VM_POINT_READ, VM_POINT_ACCESS};
    const struct value *arg = call->request->arg;
    struct vm_point p = {.kind = kinds[arg[2].number], .len = (u32)arg[1].number};
    u32 bytes = p.len;
    if (!points_place(call->control, arg[0].text, &p, &call->error))
        return call_host_failed(call);
    p.far = false;
    p.len = bytes;
    return add(call, &p, NULL, &arg[3]);
}

static const char *const ways[] = {"any", "in", "out", NULL};

static enum command_state break_port(struct call *call)
{
    static const u8 how[] = {VM_PORT_IN | VM_PORT_OUT, VM_PORT_IN, VM_PORT_OUT};
    const struct value *arg = call->request->arg;
    struct vm_point p = {.kind = VM_POINT_PORT, .how = how[arg[1].number]};
    if (!points_range(arg[0].text, 0xffff, &p, &call->error))
        return call_host_failed(call);
    return add(call, &p, NULL, &arg[2]);
}

static enum command_state at_vector(struct call *call, u8 how)
{
    const struct value *arg = call->request->arg;
    struct vm_point p = {.kind = VM_POINT_VECTOR, .how = how, .len = 256};
    if (arg[0].given && !points_range(arg[0].text, 0xff, &p, &call->error))
        return call_host_failed(call);
    return add(call, &p, NULL, &arg[1]);
}

static enum command_state break_vector(struct call *call)
{
    return at_vector(call, VM_VECTOR_FAULT | VM_VECTOR_IRQ | VM_VECTOR_INT);
}

static enum command_state break_exception(struct call *call)
{
    return at_vector(call, VM_VECTOR_FAULT);
}

static enum command_state break_interrupt(struct call *call)
{
    return at_vector(call, VM_VECTOR_IRQ);
}

static const char *const modes[] = {"operation", "ring", "size", "any", NULL};

static enum command_state break_mode(struct call *call)
{
    static const u8 how[] = {VM_MODE_OPERATION, VM_MODE_RING, VM_MODE_SIZE,
                             VM_MODE_OPERATION | VM_MODE_RING | VM_MODE_SIZE};
    const struct value *arg = call->request->arg;
    struct vm_point p = {.kind = VM_POINT_MODE, .how = how[arg[0].number]};
    return add(call, &p, NULL, &arg[1]);
}

static enum command_state break_task(struct call *call)
{
    struct vm_point p = {.kind = VM_POINT_TASK};
    return add(call, &p, NULL, &call->request->arg[0]);
}

static enum command_state break_text(struct call *call)
{
    const struct value *arg = call->request->arg;
    struct vm_point p = {.kind = VM_POINT_SCREEN};
    return add(call, &p, arg[0].text, &arg[1]);
}

static enum command_state delete_point(struct call *call)
{
    const struct value *v = &call->request->arg[0];
    if (!v->given)
        points_delete_all(call->control);
    else if (!points_delete(call->control, (unsigned)v->number))
        return call_fails(call, FAULT_HOST, "there is no point %lld", (long long)v->number);
    return COMMAND_DONE;
}

static enum command_state points(struct call *call)
{
    const struct control *c = call->control;
    char words[160];
    reply_list(call->reply, NULL);
    for (unsigned i = 0; i < CONTROL_POINTS; i++) {
        const struct control_point *p = &c->point[i];
        if (!p->used)
            continue;
        points_words(p, words, sizeof(words));
        reply_map(call->reply, NULL);
        reply_int(call->reply, "number", i + 1);
        reply_text(call->reply, "on", words);
        if (p->condition)
            reply_text(call->reply, "if", p->condition);
        reply_int(call->reply, "met", (s64)p->met);
        reply_end(call->reply);
    }
    reply_end(call->reply);
    return COMMAND_DONE;
}

#define ADDRESS .name = "address", .kind = PARAM_STRING, .what = "an address"
#define VECTORS .name = "vectors", .kind = PARAM_STRING, .what = "vectors, as 21, 8-f or any"
#define CONDITION .name = "if", .kind = PARAM_REST, .optional = true
#define POINT .flags = COMMAND_LOOKS | COMMAND_ANSWERS

static const struct command rows[] = {
    {.name = "break",
     .aliases = "b",
     .param = {{ADDRESS}, {CONDITION}},
     .help = "stop before the instruction at this linear address (0x7c00, $esp+4, a symbol of "
             "`-symbols`: main+4), or "
             "SEGMENT:OFFSET in hexadecimal (f000:e05b); with a condition, only where it holds: "
             "`break 0x7c00 if eax == 5 && word[0x46c] > 9`",
     POINT,
     .check = check_break,
     .run = break_at},
    {.name = "break port",
     .param = {{.name = "ports", .kind = PARAM_STRING, .what = "ports, as 3f8, 3f8-3ff or any"},
               {.name = "way", .kind = PARAM_WORD, .optional = true, .words = ways},
               {CONDITION}},
     .help = "stop after an instruction that reads or writes a port, in hexadecimal: `break port "
             "3f8-3ff out if al == 0x41`",
     POINT,
     .check = check_port,
     .run = break_port},
    {.name = "break vector",
     .param = {{VECTORS}, {CONDITION}},
     .help = "stop at the first instruction of the handler of this vector, in hexadecimal, whoever "
             "called it: `break vector 21 if ah == 0x4b`",
     POINT,
     .check = check_vector,
     .run = break_vector},
    {.name = "break exception",
     .param = {{.name = "vectors",
                .kind = PARAM_STRING,
                .optional = true,
                .what = "vectors, as d, 0-f or any"},
               {CONDITION}},
     .help = "the same for exceptions that the processor raises: all, or `break exception e`",
     POINT,
     .check = check_vector,
     .run = break_exception},
    {.name = "break interrupt",
     .param = {{.name = "vectors",
                .kind = PARAM_STRING,
                .optional = true,
                .what = "vectors, as 8, 70-77 or any"},
               {CONDITION}},
     .help = "the same for interrupts from outside of the processor",
     POINT,
     .check = check_vector,
     .run = break_interrupt},
    {.name = "break mode",
     .param = {{.name = "what", .kind = PARAM_WORD, .optional = true, .words = modes}, {CONDITION}},
     .help = "stop after an instruction that has changed the mode: real, protected, virtual-8086, "
             "paging (`operation`, the usual), the ring, the size of code, or any of them",
     POINT,
     .check = check_second,
     .run = break_mode},
    {.name = "break task",
     .param = {{CONDITION}},
     .help = "stop after a task switch by the processor (TSS)",
     POINT,
     .check = check_first,
     .run = break_task},
    {.name = "break text",
     .param = {{.name = "text", .kind = PARAM_STRING}, {CONDITION}},
     .help = "stop after the instruction that has made this text appear on the text screen",
     POINT,
     .check = check_second,
     .run = break_text},
    {.name = "watch",
     .param = {{ADDRESS},
               {.name = "bytes",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "4",
                .what = "number of bytes",
                .min = 1,
                .max = 1 << 20},
               {.name = "access", .kind = PARAM_WORD, .optional = true, .words = accesses},
               {CONDITION}},
     .help = "stop after an instruction that writes there (4 bytes unless said), or reads, or does "
             "either: `watch 0x46c 2 write if word[0x46c] == 0`",
     POINT,
     .check = check_watch,
     .run = watch},
    {.name = "delete",
     .param = {{.name = "number",
                .kind = PARAM_INT,
                .optional = true,
                .what = "the number of a breakpoint or watchpoint",
                .min = 1,
                .max = CONTROL_POINTS}},
     .help = "a breakpoint or watchpoint goes, or all of `break` and `watch`",
     .flags = COMMAND_LOOKS,
     .run = delete_point},
    {.name = "breakpoints",
     .aliases = "info breakpoints|info break",
     .help = "what `break` and `watch` have set, and how often each was met",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = points},
};

const struct command_topic rows_points = {"Breakpoints", rows, ARRAY_SIZE(rows)};
