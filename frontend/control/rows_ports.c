/*
 * rows_ports.c - commands that do what the processor or a wire of the board does: an access to a
 * port, an NMI.
 */
#include "frontend/control/rows.h"

#include "hw/machine/vm.h"

static const char *const widths[] = {"b|/b|/1b|/xb|1", "h|/h|/1h|/xh|2", "w|/w|/1w|/xw|4", NULL};

#define PORT .name = "port", .kind = PARAM_INT, .min = 0, .max = 0xffff, .what = "a port"
#define WIDTH                                                                                      \
    .name = "width", .kind = PARAM_WORD, .words = widths, .optional = true, .otherwise = "b"

static enum command_state lost(struct call *call)
{
    return call_fails(call, FAULT_HOST,
                      "the machine does again what it has done before; nothing can be changed in "
                      "that");
}

static enum command_state port_in(struct call *call)
{
    const struct value *arg = call->request->arg;
    unsigned size = 1u << arg[1].number;
    u32 value;
    if (!vm_port_in(call->control->vm, (u16)arg[0].number, size, &value))
        return lost(call);
    reply_printf(call->reply, "port", "%04x", (unsigned)arg[0].number);
    reply_printf(call->reply, "value", "0x%0*x", (int)(2 * size), value);
    return COMMAND_DONE;
}

static enum command_state port_out(struct call *call)
{
    const struct value *arg = call->request->arg;
    unsigned size = 1u << arg[2].number;
    if (size < 4 && arg[1].number >> 8 * size)
        return call_fails(call, FAULT_HOST, "0x%llx has more than %u bytes",
                          (unsigned long long)arg[1].number, size);
    if (!vm_port_out(call->control->vm, (u16)arg[0].number, size, (u32)arg[1].number))
        return lost(call);
    return COMMAND_DONE;
}

static enum command_state nmi(struct call *call)
{
    if (!vm_nmi(call->control->vm))
        return lost(call);
    reply_say(call->reply, "an NMI is requested");
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {.name = "in",
     .aliases = "i",
     .param = {{PORT}, {WIDTH}},
     .help = "read a port as the processor does, with all that this does to the device: a byte, a "
             "word of 16 bits (`h`) or one of 32 (`w`); also as `i/h 0x1f0`",
     .flags = COMMAND_INPUT | COMMAND_ANSWERS,
     .run = port_in},
    {.name = "out",
     .aliases = "o",
     .param = {{PORT}, {.name = "value", .kind = PARAM_INT, .min = 0, .max = 0xffffffff}, {WIDTH}},
     .help = "write to a port; also as `o/b 0x80 0x12`",
     .flags = COMMAND_INPUT,
     .run = port_out},
    {.name = "nmi",
     .aliases = "inject-nmi",
     .help = "request an NMI, as a board's button does",
     .flags = COMMAND_INPUT,
     .run = nmi},
};

const struct command_topic rows_ports = {"Ports and wires", rows, ARRAY_SIZE(rows)};
