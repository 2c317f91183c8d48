/*
 * rows_board.c - commands that look at the board around the processor: PCI, network, clock, speed.
 */
#include "frontend/control/rows.h"

#include "hw/machine/vm_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void put_window(struct reply *out, unsigned i, const struct vm_pci_window *w)
{
    char name[16];
    snprintf(name, sizeof(name), i == 6 ? "ROM" : i == 7 ? "window" : "BAR%u", i);
    reply_printf(out, name, "%s %08x, %u bytes%s", w->kind, w->at, w->size,
                 w->mapped ? "" : " (does not decode)");
}

static enum command_state pci(struct call *call)
{
    struct reply *out = call->reply;
    struct vm_pci f;
    reply_list(out, NULL);
    for (unsigned i = 0; vm_pci(call->control->vm, i, &f); i++) {
        reply_map(out, NULL);
        reply_printf(out, "at", "%02x.%u", f.slot, f.function);
        reply_text(out, "name", f.name ? f.name : "");
        reply_printf(out, "id", "%04x:%04x", f.vendor, f.device);
        reply_printf(out, "class", "%04x.%02x, revision %02x", f.class, f.prog_if, f.revision);
        if (f.pin)
            reply_printf(out, "interrupt", "INT%c, line %u%s", 'A' + f.pin - 1, f.line,
                         f.asserted ? ", asserted" : "");
        for (unsigned k = 0; k < VM_PCI_WINDOWS; k++) {
            if (f.window[k].kind)
                put_window(out, k, &f.window[k]);
        }
        reply_end(out);
    }
    reply_end(out);
    return COMMAND_DONE;
}

static enum command_state network(struct call *call)
{
    u64 sent, received;
    vm_network_frames(call->control->vm, &sent, &received);
    reply_int(call->reply, "frames sent", (s64)sent);
    reply_int(call->reply, "frames received", (s64)received);
    return COMMAND_DONE;
}

static enum command_state clock_now_row(struct call *call)
{
    struct vm *vm = call->control->vm;
    struct vm_clock c;
    vm_clock(vm, &c);
    reply_real(call->reply, "guest seconds", (double)vm_now(vm) / 1e9);
    reply_int(call->reply, "guest ns", (s64)vm_now(vm));
    reply_int(call->reply, "instructions", (s64)vm_instructions(vm));
    if (c.next != UINT64_MAX)
        reply_int(call->reply, "ns to the next event", (s64)c.next);
    reply_int(call->reply, "timers", c.timers);
    reply_int(call->reply, "events", (s64)c.fired);
    return COMMAND_DONE;
}

/* Processor seconds of this process: the host's, and so for people only. */
static enum command_state performance(struct call *call)
{
    struct vm *vm = call->control->vm;
    struct timespec t = {0};
    char *text = NULL;
    size_t len = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    double host = (double)t.tv_sec + (double)t.tv_nsec / 1e9, guest = (double)vm_now(vm) / 1e9;
    reply_int(call->reply, "instructions", (s64)vm_instructions(vm));
    reply_real(call->reply, "guest seconds", guest);
    reply_real(call->reply, "guest MIPS", vm_mips(vm));
    reply_real(call->reply, "host processor seconds", host);
    if (host > 0)
        reply_real(call->reply, "host MIPS", (double)vm_instructions(vm) / host / 1e6);
    FILE *f = open_memstream(&text, &len);
    if (f) {
        vm_print_jit(vm, f);
        if (fclose(f) == 0 && len)
            reply_text(call->reply, "translator", text);
        free(text);
    }
    if (vm_count_host_time(vm))
        reply_text(call->reply, "host time",
                   "is counted from now on: ask again in a while for what it goes to");
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {.name = "pci",
     .aliases = "info pci",
     .help = "the functions on the PCI bus, their windows and interrupts",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = pci},
    {.name = "network",
     .aliases = "info network|info usernet",
     .help = "frames that went over the network",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = network},
    {.name = "clock",
     .aliases = "info clock",
     .help = "guest time, executed instructions, and the next event",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = clock_now_row},
    {.name = "performance",
     .aliases = "info performance|info jit",
     .help =
         "how fast the guest runs here, what the translator does, where the time goes: the "
         "interpreter, machine code, page tables, each device, sound, picture; shares are counted "
         "from the first time on that somebody asks, or by -stats",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = performance},
};

const struct command_topic rows_board = {"The board", rows, ARRAY_SIZE(rows)};
