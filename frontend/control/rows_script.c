/*
 * rows_script.c - what only a script can say. Variables, included files and commands for a failure
 * are dealt with by whoever reads the script (frontend/script/): these rows are their place in the
 * table, with names, arguments and help. Its expectations of the guest's end are commands as all.
 */
#include "frontend/control/rows.h"

static enum command_state only_in_a_script(struct call *call)
{
    return call_fails(call, FAULT_HOST, "%s is for scripts", call->request->row->name);
}

static const char *words_of(enum vm_stop stop)
{
    return stop == VM_DEBUG_EXIT     ? "it ended by port F4h"
           : stop == VM_PROGRAM_END  ? "its program ended"
           : stop == VM_TRIPLE_FAULT ? "the processor shut down (triple fault)"
           : stop == VM_POWER_OFF    ? "it switched the power off"
                                     : "it was reset";
}

static enum command_state expect_exit(struct call *call)
{
    struct control *c = call->control;
    const struct value *arg = call->request->arg;
    enum vm_stop stop = c->ended;
    if (stop == VM_SLICE)
        return call_keeps_waiting(call, arg[1].time, (double)arg[1].time / 1e9,
                                  "the guest did not end");
    if (stop != VM_DEBUG_EXIT && stop != VM_PROGRAM_END)
        return call_fails(call, FAULT_GUEST, "the guest gave no exit status: %s", words_of(stop));
    int status = stop == VM_DEBUG_EXIT ? vm_exit_status(c->vm) : vm_program_status(c->vm);
    if (!arg[0].given || arg[0].number == status)
        return COMMAND_DONE;
    return call_fails(call, FAULT_GUEST, "the guest ended with status %d instead of %d", status,
                      (int)arg[0].number);
}

static enum command_state expect_end(struct call *call)
{
    static const enum vm_stop stops[] = {VM_POWER_OFF, VM_RESET_REQUEST, VM_TRIPLE_FAULT};
    const struct value *arg = call->request->arg;
    enum vm_stop stop = call->control->ended;
    if (stop == VM_SLICE)
        return call_keeps_waiting(call, arg[1].time, (double)arg[1].time / 1e9,
                                  "the guest did not end");
    return stop == stops[arg[0].number]
               ? COMMAND_DONE
               : call_fails(call, FAULT_GUEST, "the guest ended otherwise: %s", words_of(stop));
}

static const char *const ends[] = {"power-off", "reset", "triple-fault", NULL};

#define LIMIT .name = "seconds", .kind = PARAM_SECONDS, .optional = true, .otherwise = ROWS_LIMIT

static const struct command rows[] = {
    {.name = "set",
     .param = {{.name = "name", .kind = PARAM_NAME}, {.name = "value", .kind = PARAM_REST}},
     .help = "from here on $NAME is VALUE, in strings and outside; $$ is a dollar then. -set "
             "NAME=VALUE of the command line comes first",
     .flags = COMMAND_SCRIPT,
     .run = only_in_a_script},
    {.name = "include",
     .param = {{.name = "file", .kind = PARAM_FILE_IN}},
     .help = "the commands of another script, here",
     .flags = COMMAND_SCRIPT,
     .run = only_in_a_script},
    {.name = "on-fail",
     .param = {{.name = "command", .kind = PARAM_REST}},
     .help = "from here on, a command that is done when the script fails; several are done in "
             "their order, and what of them goes wrong is only said",
     .flags = COMMAND_SCRIPT,
     .run = only_in_a_script},
    {.name = "expect-exit",
     .param = {{.name = "status",
                .kind = PARAM_INT,
                .optional = true,
                .what = "exit status",
                .min = 0,
                .max = 255},
               {LIMIT}},
     .help = "until the guest ends by port F4h (or its program under `ferrite dos`), with this "
             "status if one is said: the one that ferrite itself would end with, (value << 1) | 1. "
             "The script goes on with what takes no guest time, and its own status is its own",
     .flags = COMMAND_WAITS | COMMAND_CONDITION,
     .run = expect_exit},
    {.name = "expect-end",
     .param = {{.name = "how", .kind = PARAM_WORD, .words = ends, .what = "an end"}, {LIMIT}},
     .help = "the same for a guest that switches the power off, or, with -no-reboot, is reset or "
             "shuts the processor down",
     .flags = COMMAND_WAITS | COMMAND_CONDITION,
     .run = expect_end},
};

const struct command_topic rows_script = {"Only in scripts", rows, ARRAY_SIZE(rows)};
