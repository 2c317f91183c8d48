/* rows_debugging.c - commands for a GDB: how it sees the machine, where one can connect. */
#include "frontend/control/rows.h"

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

static const struct command rows[] = {
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

const struct command_topic rows_debugging = {"A GDB", rows, ARRAY_SIZE(rows)};
