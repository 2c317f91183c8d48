/*
 * rows_debugging.c - commands for who looks inside: breakpoints and watchpoints of the machine, how
 * a GDB sees it, where one can connect.
 *
 * A point that is met stops the machine for whoever asked for it, or for the GDB that is connected.
 */
#include "frontend/control/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- addresses ---- */

static bool hex(const char *text, u32 max, char then, u32 *value, const char **behind)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 16);
    if (end == text || *text == '-' || *text == '+' || errno || v > max || *end != then)
        return false;
    *value = (u32)v;
    *behind = end + (then != 0);
    return true;
}

/*
 * "0x7c00": linear. "f000:e05b", in hexadecimal as everybody writes it: in real and virtual-8086
 * mode the linear address, whatever selector leads there; in protected mode the segment's as it is
 * now, and only while CS holds this selector.
 */
static bool address(struct call *call, const char *text, struct vm_point *p)
{
    struct vm_registers r;
    u32 sel, off, base;
    char *end;
    if (hex(text, 0xffff, ':', &sel, &text)) {
        if (!hex(text, 0xffffffffu, 0, &off, &text))
            return err_set(&call->error, "an offset in hexadecimal is wanted behind the colon");
        if (!vm_selector_base(call->control->vm, (u16)sel, &base, &call->error))
            return false;
        vm_registers(call->control->vm, &r);
        p->far = r.protected_mode && !r.v86;
        p->sel = (u16)sel;
        p->lin = base + off;
        return true;
    }
    errno = 0;
    unsigned long long v = strtoull(text, &end, 0);
    if (end == text || *end || errno || v > 0xffffffffu || *text == '-')
        return err_set(&call->error,
                       "%.60s: a linear address (0x7c00) or SEGMENT:OFFSET (f000:e05b) is wanted",
                       text);
    p->lin = (u32)v;
    return true;
}

static void place(const struct vm_point *p, char *text, size_t size)
{
    if (p->far)
        snprintf(text, size, "%08x, while CS is %04x", p->lin, p->sel);
    else
        snprintf(text, size, "%08x", p->lin);
}

/* ---- points ---- */

static enum command_state add(struct call *call, const struct vm_point *p, const char *what)
{
    struct control *c = call->control;
    char where[40];
    unsigned i = 0;
    while (i < CONTROL_POINTS && c->point[i].used)
        i++;
    if (i == CONTROL_POINTS)
        return call_fails(call, FAULT_HOST, "there are %d points already; delete takes one away",
                          (int)CONTROL_POINTS);
    if (!vm_point_set(c->vm, p, &call->error))
        return call_host_failed(call);
    c->point[i] = (struct control_point){.used = true, .point = *p};
    place(p, where, sizeof(where));
    reply_int(call->reply, "number", i + 1);
    reply_say(call->reply, "%s %u at %s", what, i + 1, where);
    return COMMAND_DONE;
}

static enum command_state break_at(struct call *call)
{
    struct vm_point p = {.kind = VM_POINT_EXECUTE};
    if (!address(call, call->request->arg[0].text, &p))
        return call_host_failed(call);
    return add(call, &p, "breakpoint");
}

static const char *const accesses[] = {"write", "read", "access", NULL};

static enum command_state watch(struct call *call)
{
    static const enum vm_point_kind kinds[] = {VM_POINT_WRITE, VM_POINT_READ, VM_POINT_ACCESS};
    const struct value *arg = call->request->arg;
    struct vm_point p = {.kind = kinds[arg[2].number], .len = (u32)arg[1].number};
    if (!address(call, arg[0].text, &p))
        return call_host_failed(call);
    p.far = false;
    return add(call, &p, "watchpoint");
}

static void take_away(struct control *c, unsigned i)
{
    if (c->point[i].used)
        vm_point_clear(c->vm, &c->point[i].point);
    c->point[i].used = false;
}

static enum command_state delete_point(struct call *call)
{
    struct control *c = call->control;
    const struct value *v = &call->request->arg[0];
    if (!v->given) {
        for (unsigned i = 0; i < CONTROL_POINTS; i++)
            take_away(c, i);
        return COMMAND_DONE;
    }
    unsigned i = (unsigned)v->number - 1;
    if (!c->point[i].used)
        return call_fails(call, FAULT_HOST, "there is no point %u", i + 1);
    take_away(c, i);
    return COMMAND_DONE;
}

static enum command_state points(struct call *call)
{
    static const char *const kinds[] = {"execute", "write", "read", "access"};
    const struct control *c = call->control;
    char where[40];
    reply_list(call->reply, NULL);
    for (unsigned i = 0; i < CONTROL_POINTS; i++) {
        const struct vm_point *p = &c->point[i].point;
        if (!c->point[i].used)
            continue;
        place(p, where, sizeof(where));
        reply_map(call->reply, NULL);
        reply_int(call->reply, "number", i + 1);
        reply_text(call->reply, "at", where);
        reply_text(call->reply, "on", kinds[p->kind]);
        if (p->kind != VM_POINT_EXECUTE)
            reply_int(call->reply, "bytes", p->len);
        reply_end(call->reply);
    }
    reply_end(call->reply);
    return COMMAND_DONE;
}

/* ---- how a GDB sees the machine ---- */

static const char *const counters[] = {"linear", "offset", NULL};
static const char *const widths[] = {"auto", "i8086", "i386", NULL};
static const char *const switches[] = {"off", "on", NULL};

static enum command_state pc(struct call *call)
{
    const struct value *v = &call->request->arg[0];
    if (v->given)
        call->control->debug.offset = v->number == 1;
    reply_say(call->reply, call->control->debug.offset
                               ? "$eip is EIP; memory and breakpoints stay linear"
                               : "$eip is CS's base plus EIP, $esp SS's base plus ESP");
    return COMMAND_DONE;
}

static enum command_state step_interrupts(struct call *call)
{
    const struct value *v = &call->request->arg[0];
    if (v->given)
        call->control->debug.interrupts = v->number == 1;
    reply_say(call->reply, call->control->debug.interrupts
                               ? "a step may end in the handler of an interrupt"
                               : "a step lets handlers of interrupts come back first");
    return COMMAND_DONE;
}

static enum command_state architecture(struct call *call)
{
    const struct value *v = &call->request->arg[0];
    if (v->given)
        call->control->debug.arch = (enum debug_arch)v->number;
    reply_say(call->reply, "the next GDB is told %s",
              call->control->debug.arch == DEBUG_ARCH_AUTO ? "i8086 or i386, as the code is then"
                                                           : widths[call->control->debug.arch]);
    return COMMAND_DONE;
}

static enum command_state gdbserver(struct call *call)
{
    struct control *c = call->control;
    const struct value *v = &call->request->arg[0];
    const char *where = v->given ? v->text : "tcp::1234";
    if (!c->gdbserver)
        return call_fails(call, FAULT_HOST, "nobody can connect to this machine");
    if (!c->gdbserver(c->opaque, where, &call->error))
        return call_host_failed(call);
    reply_say(call->reply, "a GDB can connect to %.200s", where);
    return COMMAND_DONE;
}

#define ADDRESS .name = "address", .kind = PARAM_STRING, .what = "an address"

static const struct command rows[] = {
    {.name = "break",
     .param = {{ADDRESS}},
     .help = "stop before the instruction at this linear address (0x7c00), or SEGMENT:OFFSET in "
             "hexadecimal (f000:e05b)",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = break_at},
    {.name = "watch",
     .param = {{ADDRESS},
               {.name = "bytes",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "4",
                .what = "number of bytes",
                .min = 1,
                .max = 1 << 20},
               {.name = "access", .kind = PARAM_WORD, .optional = true, .words = accesses}},
     .help = "stop after an instruction that writes there (4 bytes unless said), or reads, or does "
             "either",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
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
     .aliases = "info breakpoints",
     .help = "what `break` and `watch` have set",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = points},
    {.name = "pc",
     .param = {{.name = "meaning", .kind = PARAM_WORD, .optional = true, .words = counters}},
     .help = "what GDB's $eip is: the linear address of the instruction, or EIP alone",
     .flags = COMMAND_LOOKS,
     .run = pc},
    {.name = "step-interrupts",
     .param = {{.name = "into", .kind = PARAM_WORD, .optional = true, .words = switches}},
     .help = "does GDB's single step end in the handler of an interrupt that is due (`on`), or "
             "behind the instruction (`off`, the usual)",
     .flags = COMMAND_LOOKS,
     .run = step_interrupts},
    {.name = "architecture",
     .param = {{.name = "name", .kind = PARAM_WORD, .optional = true, .words = widths}},
     .help = "what a GDB is told when it connects; `auto`: what the code is then. In a running "
             "one, `set architecture` does it",
     .flags = COMMAND_LOOKS,
     .run = architecture},
    {.name = "gdbserver",
     .param = {{.name = "where", .kind = PARAM_STRING, .optional = true, .otherwise = "tcp::1234"}},
     .help = "from now on a GDB can connect there, as -gdb says it",
     .flags = COMMAND_LOOKS,
     .run = gdbserver},
};

const struct command_topic rows_debugging = {"Debugging", rows, ARRAY_SIZE(rows)};
