/*
 * rows_running.c - commands for the machine as a whole: stopping and going on, reset and power,
 * speed, limits, the end.
 */
#include "frontend/control/rows.h"
#include "frontend/control/speed.h"

/* ---- stopping, going on ---- */

static enum command_state stop(struct call *call)
{
    struct control *c = call->control;
    c->stopped |= (unsigned)STOPPED_CLIENT << call->client;
    c->go_until = 0;
    reply_say(call->reply, "stopped at %.3f s", (double)vm_now(c->vm) / 1e9);
    return COMMAND_DONE;
}

static enum command_state cont(struct call *call)
{
    struct control *c = call->control;
    if (!(c->stopped & ~(unsigned)STOPPED_OFF))
        return call_fails(call, FAULT_GUEST, "%s",
                          c->stopped ? "the power is off; reset starts the machine"
                                     : "the machine is not stopped");
    c->stopped &= STOPPED_OFF;
    vm_points_pass(c->vm);
    reply_say(call->reply, "the machine goes on");
    return COMMAND_DONE;
}

/* Run for so long, and stop (again). scratch[0]: until when. */
static enum command_state go_for(struct call *call, u64 ns)
{
    struct control *c = call->control;
    if (c->stopped & STOPPED_OFF)
        return call_fails(call, FAULT_GUEST, "the power is off; reset starts the machine");
    if (c->stopped & STOPPED_DISK)
        return call_fails(call, FAULT_GUEST,
                          "the machine is stopped for a disk; cont lets it go on");
    if (!call->again) {
        c->stopped |= (unsigned)STOPPED_CLIENT << call->client;
        c->go_until = call->scratch[0] = call->begun + ns;
    }
    if (c->go_until != call->scratch[0] || vm_now(c->vm) >= call->scratch[0])
        return COMMAND_DONE; /* there, or somebody wants something else */
    return call_waits(call, call->scratch[0]);
}

static enum command_state frame(struct call *call)
{
    return go_for(call, (u64)call->request->arg[0].number * vm_frame_ns(call->control->vm));
}

static enum command_state advance(struct call *call)
{
    return go_for(call, call->request->arg[0].time);
}

/* ---- buttons of the case ---- */

static enum command_state reset(struct call *call)
{
    vm_reset(call->control->vm);
    call->control->stopped &= ~(unsigned)STOPPED_OFF;
    bool socket = call->client == CLIENT_SOCKET;
    control_tell(call->control,
                 &(struct control_event){.kind = EVENT_RESET,
                                         .reason = socket ? "host-qmp-system-reset" : "host-ui"});
    reply_say(call->reply, "reset");
    return COMMAND_DONE;
}

static enum command_state power(struct call *call)
{
    vm_power_button(call->control->vm);
    control_tell(call->control, &(struct control_event){.kind = EVENT_POWERDOWN});
    reply_say(call->reply, "the power button was pressed");
    return COMMAND_DONE;
}

/* ---- speed and limits ---- */

static void say_speed(const struct control *c, struct reply *reply)
{
    if (c->follow) {
        reply_say(reply, "as fast as the host can%s",
                  c->follow < SPEED_MAX ? ", up to 200 MIPS" : "");
    } else {
        char words[40];
        speed_words(c->vm, words, sizeof(words));
        reply_say(reply, "%s", words);
    }
}

static enum command_state speed(struct call *call)
{
    struct control *c = call->control;
    const struct value *v = &call->request->arg[0];
    if (v->given) {
        const struct speed *s = &v->speed;
        bool host = s->mips == 0 || s->mips == SPEED_MAX; /* auto, max */
        c->follow = !host || !c->can_follow ? 0 : s->mips == 0 ? SPEED_USUAL : SPEED_MAX;
        if (host || !vm_set_clock(c->vm, s->clock_of, s->mhz))
            vm_set_mips(c->vm, host ? SPEED_USUAL : s->mips);
    } else {
        double mhz;
        const char *clock_of = vm_processor_clock(c->vm, &mhz);
        if (clock_of)
            reply_text(call->reply, "clock of", clock_of);
        if (clock_of)
            reply_real(call->reply, "MHz", mhz);
        else
            reply_real(call->reply, "mips", vm_mips(c->vm));
        reply_bool(call->reply, "follows the host", c->follow != 0);
    }
    say_speed(c, call->reply);
    return COMMAND_DONE;
}

static const char *const on_words[] = {"on", "off", NULL};

/* The processor stays as fast as it is in guest time: only the host's clock is not waited for. */
static enum command_state fast_forward(struct call *call)
{
    struct control *c = call->control;
    const struct value *v = &call->request->arg[0];
    if (v->given)
        c->fast = v->number == 0;
    else
        reply_bool(call->reply, "fast forward", c->fast);
    return COMMAND_DONE;
}

static enum command_state limit(struct call *call)
{
    struct control *c = call->control;
    c->host_limit = (double)call->request->arg[0].time / 1e9;
    if (c->limit)
        c->limit(c->opaque, c->host_limit);
    return COMMAND_DONE;
}

static enum command_state limit_guest(struct call *call)
{
    struct control *c = call->control;
    u64 time = call->request->arg[0].time;
    c->guest_limit = (double)time / 1e9;
    c->guest_end = time ? vm_now(c->vm) + time : 0;
    return COMMAND_DONE;
}

static enum command_state quit(struct call *call)
{
    call->control->quit = true;
    call->control->status = (int)call->request->arg[0].number;
    return COMMAND_DONE;
}

static enum command_state window(struct call *call)
{
    struct control *c = call->control;
    const struct value *arg = call->request->arg;
    if (!c->window)
        return call_fails(call, FAULT_HOST, "no window shows this machine");
    if (!c->window(c->window_opaque, arg[0].text, arg[1].text, &call->error))
        return call_host_failed(call);
    return COMMAND_DONE;
}

static enum command_state menu(struct call *call)
{
    struct control *c = call->control;
    if (!c->menu)
        return call_fails(call, FAULT_HOST, "no window shows this machine");
    c->menu(c->window_opaque, call->reply);
    return COMMAND_DONE;
}

#define SECONDS .name = "seconds", .kind = PARAM_SECONDS

static const struct command rows[] = {
    {.name = "stop",
     .aliases = "pause",
     .help = "guest time stands still from now on",
     .flags = COMMAND_LOOKS,
     .run = stop},
    {.name = "cont",
     .aliases = "resume",
     .help = "the stopped machine goes on, and does again what it stopped for",
     .flags = COMMAND_LOOKS,
     .run = cont},
    {.name = "frame",
     .param = {{.name = "count",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "1",
                .what = "number of pictures",
                .min = 1,
                .max = 100000}},
     .help = "let so many pictures of the display pass, and stop",
     .flags = COMMAND_WAITS,
     .run = frame},
    {.name = "advance",
     .param = {{SECONDS}},
     .help = "let so much guest time pass, and stop",
     .flags = COMMAND_WAITS,
     .run = advance},
    {.name = "reset",
     .aliases = "system_reset",
     .help = "the reset button; switches the power on, too",
     .flags = COMMAND_INPUT | COMMAND_DANGER,
     .run = reset},
    {.name = "power",
     .aliases = "system_powerdown",
     .help = "press the power button: a system with ACPI shuts down, an APM driver is asked to "
             "suspend, others take no notice",
     .flags = COMMAND_INPUT,
     .run = power},
    {.name = "speed",
     .param = {{.name = "speed", .kind = PARAM_SPEED, .optional = true}},
     .help = "from now on 8088-4.77, 386-33, 486-66, pentium-100 and so on, or a number of MIPS; "
             "in a window also auto "
             "and max, what the host can; alone: how fast it is",
     .flags = COMMAND_INPUT | COMMAND_ANSWERS,
     .run = speed},
    {.name = "fast-forward",
     .param = {{.name = "state", .kind = PARAM_WORD, .optional = true, .words = on_words}},
     .help = "on: guest time goes as fast as the host can, where else it goes with the host's "
             "clock; the same run, only sooner over; off; alone: which",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = fast_forward},
    {.name = "limit",
     .param = {{SECONDS}},
     .help = "from here on at most so many seconds of the *host's* time, 0 for no limit: a guest "
             "that hangs ends the run (status 124)",
     .flags = COMMAND_LOOKS,
     .run = limit},
    {.name = "limit-guest",
     .param = {{SECONDS}},
     .help = "the same for guest time",
     .flags = COMMAND_LOOKS,
     .run = limit_guest},
    {.name = "window",
     .param = {{.name = "setting", .kind = PARAM_STRING}, {.name = "value", .kind = PARAM_STRING}},
     .help =
         "a setting of the window, named and valued as the options are: `window filter crt`; "
         "also `window capture on`, the mouse, and `window clipboard paste`, `copy` or `select`",
     .flags = COMMAND_LOOKS,
     .run = window},
    {.name = "menu",
     .help = "what the window's menu shows: the page, its rows with their values, what each does "
             "in a script or why it cannot be used now, and which one the cursor is on",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = menu},
    {.name = "quit",
     .param = {{.name = "status",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "0",
                .what = "exit status",
                .min = 0,
                .max = 255}},
     .help = "end here",
     .flags = COMMAND_LOOKS | COMMAND_DANGER,
     .run = quit},
};

const struct command_topic rows_running = {"The machine", rows, ARRAY_SIZE(rows)};
