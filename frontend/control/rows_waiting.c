/*
 * rows_waiting.c - commands that let the guest run until something is there, or for some time.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/control/rows.h"

#include "frontend/control/pattern.h"

#include <string.h>

/* ---- text ---- */

static enum command_state wait_text(struct call *call)
{
    struct control *c = call->control;
    const struct value *arg = call->request->arg;
    const char *text = control_text(c);
    if (arg[0].pattern ? pattern_find(arg[0].pattern, text, c->text_len, NULL, NULL)
                       : memmem(text, c->text_len, arg[0].text, arg[0].len) != NULL)
        return COMMAND_DONE;
    return call_keeps_waiting(call, arg[1].time, (double)arg[1].time / 1e9,
                              "not seen on the screen");
}

/* ---- the first serial port ---- */

/*
 * Where the text ends that is looked for from `from` on, 0: it is not there; then *again is where
 * the next search begins. A regular expression is looked for in lines: again from the last one,
 * which may not be complete.
 */
static size_t find_heard(const struct value *text, const u8 *heard, size_t from, size_t len,
                         size_t *again)
{
    const char *begin = (const char *)heard + from;
    size_t end;
    if (text->pattern) {
        if (pattern_find(text->pattern, begin, len - from, NULL, &end))
            return from + end;
        while (len > from && heard[len - 1] != '\n')
            len--;
        *again = len;
        return 0;
    }
    const u8 *hit = len - from >= text->len ? memmem(begin, len - from, text->text, text->len) : 0;
    *again = len >= text->len ? len - text->len + 1 : 0;
    return hit ? (size_t)(hit - heard) + text->len : 0;
}

/* scratch[0]: where the search goes on, in all that the port has said. */
static enum command_state wait_serial(struct call *call)
{
    struct control *c = call->control;
    const struct value *arg = call->request->arg;
    u64 *from = &call->scratch[0], end = c->heard_from + c->heard_len;
    size_t again = 0, used = 0;
    if (*from < c->heard_from || *from > end)
        *from = c->heard_from;
    if (c->heard_len)
        used = find_heard(&arg[0], c->heard, (size_t)(*from - c->heard_from), c->heard_len, &again);
    if (used) { /* the next wait looks behind this one */
        memmove(c->heard, c->heard + used, c->heard_len - used);
        c->heard_len -= used;
        c->heard_from += used;
        return COMMAND_DONE;
    }
    *from = c->heard_from + again;
    return call_keeps_waiting(call, arg[1].time, (double)arg[1].time / 1e9,
                              "not seen on the serial port");
}

/* ---- the picture ---- */

/* Four sums beside one another, so that a large picture takes no long time. */
static u64 hash(u64 seed, const void *bytes, size_t size)
{
    const u64 factor = 0x9e3779b97f4a7c15ull;
    const u8 *p = bytes;
    u64 h[4] = {seed, seed ^ 1, seed ^ 2, seed ^ 3};
    size_t i = 0;
    for (; i + 32 <= size; i += 32) {
        for (int k = 0; k < 4; k++) {
            h[k] = (h[k] ^ get_le64(p + i + 8 * k)) * factor;
            h[k] ^= h[k] >> 29;
        }
    }
    for (; i < size; i++)
        h[i % 4] = (h[i % 4] ^ p[i]) * factor;
    for (int k = 1; k < 4; k++)
        h[0] = (h[0] ^ h[k] ^ h[k] >> 31) * factor;
    return h[0] ^ h[0] >> 32;
}

/* What is shown, in one number. Of text the text alone: a blinking cursor is no change. */
static u64 hash_screen(struct control *c)
{
    const char *text = control_text(c);
    struct screen screen;
    if (*text)
        return hash(1, text, c->text_len);
    vm_screen(c->vm, &screen);
    return hash((u64)screen.width << 32 | screen.height, screen.pixels,
                (size_t)screen.width * screen.height * sizeof(u32));
}

/* scratch[0]: what is shown, scratch[1]: since when. */
static enum command_state wait_still(struct call *call)
{
    struct control *c = call->control;
    u64 time = call->request->arg[0].time, now = vm_now(c->vm), shown = hash_screen(c);
    if (!call->again || shown != call->scratch[0] || now < call->scratch[1])
        call->scratch[1] = now;
    call->scratch[0] = shown;
    if (now - call->scratch[1] >= time)
        return COMMAND_DONE;
    return call_keeps_waiting(call, time + 60 * NS_PER_SEC, 60 + (double)time / 1e9,
                              "the screen did not keep still");
}

/* ---- time, and its end ---- */

static enum command_state wait_stop(struct call *call)
{
    const struct value *arg = call->request->arg;
    if (call->control->stopped & (STOPPED_DISK | (unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER))
        return COMMAND_DONE;
    return call_keeps_waiting(call, arg[0].time, (double)arg[0].time / 1e9,
                              "the machine did not stop");
}

static enum command_state sleep_some(struct call *call)
{
    u64 end = call->begun + call->request->arg[0].time;
    return vm_now(call->control->vm) >= end ? COMMAND_DONE : call_waits(call, end);
}

#define TEXT .name = "text", .kind = PARAM_PATTERN
#define LIMIT .name = "seconds", .kind = PARAM_SECONDS, .optional = true, .otherwise = ROWS_LIMIT
#define SECONDS .name = "seconds", .kind = PARAM_SECONDS

static const struct command rows[] = {
    {.name = "wait-text",
     .param = {{TEXT}, {LIMIT}},
     .help = "until TEXT is on the text screen (60 s at most unless said); /TEXT/ is a regular "
             "expression (regex(7), extended) for a line, /TEXT/i one in which capitals do not "
             "count",
     .flags = COMMAND_WAITS | COMMAND_CONDITION,
     .run = wait_text},
    {.name = "wait-serial",
     .param = {{TEXT}, {LIMIT}},
     .help = "until the first serial port has said TEXT, after what the last `wait-serial` found",
     .flags = COMMAND_WAITS | COMMAND_HEARS | COMMAND_CONDITION,
     .run = wait_serial},
    {.name = "wait-screen",
     .param = {{.name = "file", .kind = PARAM_PNG_IN},
               {LIMIT},
               {.name = "how", .kind = PARAM_COMPARE, .optional = true}},
     .help = "until the picture equals the file's; HOW is any of `region=X,Y,WIDTH,HEIGHT` (only "
             "there; the file may be as large as that), `mask=X,Y,WIDTH,HEIGHT` (not there), "
             "`tolerance=N` (so much off in red, green, blue), `pixels=N` (so many may differ), "
             "`diff=FILE.png` (for expected, shown, and the difference when it fails; "
             "NAME-differs.png unless said)",
     .flags = COMMAND_WAITS | COMMAND_CONDITION,
     .run = rows_wait_screen},
    {.name = "wait-still",
     .param = {{SECONDS}},
     .help = "until the screen has not changed for so long (text mode: the text)",
     .flags = COMMAND_WAITS | COMMAND_CONDITION,
     .run = wait_still},
    {.name = "wait-any",
     .param = {{.name = "condition", .kind = PARAM_CONDITIONS}},
     .help = "until one of several is there, and says which: `text \"A:\\>\" 30 or serial "
             "/login:/ or exit`; also screen, still, stop, sleep and end, each written as after "
             "`wait-` or `expect-`, with its own limit",
     .flags = COMMAND_WAITS | COMMAND_ANSWERS,
     .run = rows_wait_any},
    {.name = "wait-stop",
     .param = {{LIMIT}},
     .help =
         "until the machine stops, at a breakpoint or watchpoint or for an error of the host with "
         "a disk (`werror=`); guest time stands still",
     .flags = COMMAND_WAITS | COMMAND_EXPECTS_STOP | COMMAND_CONDITION,
     .run = wait_stop},
    {.name = "sleep",
     .param = {{SECONDS}},
     .help = "let the guest run so long",
     .flags = COMMAND_WAITS | COMMAND_CONDITION,
     .run = sleep_some},
};

const struct command_topic rows_waiting = {"Waiting", rows, ARRAY_SIZE(rows)};
