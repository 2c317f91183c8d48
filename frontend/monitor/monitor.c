/*
 * monitor.c - clients of the monitor: lines in, answers out. See monitor.h.
 *
 * The terminal's thread is a client as others are, at the other end of a pair of sockets. What it
 * is told are messages with a zero behind each: the answer to a line, or, behind a byte 01h,
 * something that has happened. Its line that begins with a tabulator asks what may stand at its
 * end.
 */
#include "frontend/monitor/monitor.h"

#include "frontend/monitor/terminal.h"
#include "frontend/monitor/terminal_thread.h"
#include "hw/base/clean.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MOST = 1 << 16, CANCEL = 3, END = 4 };

static const char prompt[] = "(ferrite) ";

struct monitor_client {
    struct monitor_client *next;
    struct monitor *monitor;
    struct link_client *link;
    char *line; /* len bytes of the one that has begun */
    size_t len, capacity;
    bool skipping; /* the rest of a line that is too long */
    bool pending;  /* a command is under way */
    bool ended;    /* it sends no more */
    bool terminal; /* its messages end with a zero */
};

struct monitor {
    struct control *control;
    const char *version;
    struct control_listener listener;
    struct monitor_client *first;
    struct terminal_thread *thread; /* NULL: none */
    bool adopting;                  /* the client that comes now is that thread */
};

/* ---- saying ---- */

static void say(struct monitor_client *c, const char *text, size_t len)
{
    if (len)
        link_send(c->link, text, len);
}

/* The answer is complete. */
static void say_end(struct monitor_client *c)
{
    if (c->terminal)
        say(c, "", 1);
    else
        say(c, prompt, sizeof(prompt) - 1);
}

static void say_line(struct monitor_client *c, const char *text)
{
    say(c, text, strlen(text));
    say(c, "\n", 1);
}

/* It may have something of what the client has sent. */
static void say_error(struct monitor_client *c, const char *why)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (f)
        clean_line(why, f);
    if (f && fclose(f) == 0)
        say_line(c, text);
    free(text);
}

static void greet(struct monitor_client *c)
{
    char text[120];
    if (c->terminal)
        return;
    snprintf(text, sizeof(text), "Ferrite %s monitor; help lists the commands\n",
             c->monitor->version);
    say(c, text, strlen(text));
    say_end(c);
}

/* What nobody asked for, but everybody wants to know. */
static void hear(void *opaque, const struct control_event *event)
{
    struct monitor *m = opaque;
    char text[2100];
    bool point = event->kind == EVENT_POINT;
    const char *what = point                               ? ""
                       : event->kind == EVENT_TRIPLE_FAULT ? "triple fault: "
                       : event->kind == EVENT_DISK_ERROR   ? "the machine stops: "
                       : event->kind == EVENT_SHUTDOWN && event->guest
                           ? "the guest has switched the power off, or ended the run"
                           : NULL;
    if (!what)
        return;
    for (struct monitor_client *c = m->first; c; c = c->next) {
        if (point && c->terminal) /* it sees what is said on standard error */
            continue;
        int n = snprintf(text, sizeof(text), "%s%s%.2000s\n", c->terminal ? "\1" : "", what,
                         event->text ? event->text : "");
        say(c, text, (size_t)n + c->terminal);
        if (!c->terminal && !c->pending)
            say_end(c);
    }
}

/* ---- lines ---- */

static void finish(struct monitor_client *c)
{
    say_end(c);
    if (c->ended)
        link_drop(c->link);
}

static void on_done(void *opaque, const struct call *call, enum command_state state)
{
    struct monitor_client *c = opaque;
    char *text = NULL;
    size_t len = 0;
    c->pending = false;
    FILE *f = open_memstream(&text, &len);
    if (f && state == COMMAND_FAILED)
        clean_line(call->error.text, f), fputc('\n', f);
    else if (f)
        call_write_text(call, f);
    if (f && fclose(f) == 0)
        say(c, text, len);
    free(text);
    finish(c);
}

static void submit(struct monitor_client *c, struct request *r)
{
    struct control *control = c->monitor->control;
    bool expects = request_flags(r) & COMMAND_EXPECTS_STOP;
    c->pending = true;
    control_submit(control, CLIENT_MONITOR, r, on_done, c);
    if (!c->pending || expects || !control_stands(control) || motion_busy(control))
        return;
    /* It would hold back the very `cont` that it waits for. */
    control_cancel(control, c);
    c->pending = false;
    say_line(c, "the machine is stopped, and no guest time passes; cont lets it go on");
    finish(c);
}

/* What may stand at the end: where that begins, and the candidates, a line each. */
static void complete(struct monitor_client *c, const char *line, size_t len)
{
    struct completions out;
    char from[24];
    command_complete(c->monitor->control, line, len, &out);
    snprintf(from, sizeof(from), "%zu", out.from);
    say_line(c, from);
    for (unsigned i = 0; i < out.count; i++)
        say_line(c, out.candidate[i]);
    completions_free(&out);
    say_end(c);
}

static void run_line(struct monitor_client *c)
{
    struct request r;
    struct err e;
    if (c->terminal && c->len && c->line[0] == '\t') {
        complete(c, c->line + 1, c->len - 1);
        return;
    }
    bool cont = c->len == 1 && c->line[0] == 'c'; /* QEMU's, which is over at once */
    bool ok = cont ? request_parse(&r, NULL, "cont", 4, &e)
                   : request_parse(&r, NULL, c->len ? c->line : "", c->len, &e);
    if (ok && r.row) {
        submit(c, &r);
        return;
    }
    request_free(&r);
    if (!ok)
        say_error(c, e.text);
    say_end(c);
}

static bool keep(struct monitor_client *c, u8 byte)
{
    if (c->len == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 256;
        char *more = capacity <= LINE_MOST ? realloc(c->line, capacity) : NULL;
        if (!more)
            return false;
        c->line = more;
        c->capacity = capacity;
    }
    c->line[c->len++] = (char)byte;
    return true;
}

static void take(struct monitor_client *c, u8 byte)
{
    if (byte == '\n') {
        if (!c->skipping)
            run_line(c);
        c->skipping = false;
        c->len = 0;
    } else if (c->skipping || byte == '\r') {
        return;
    } else if (byte == END && !c->len) {
        link_drop(c->link);
    } else if (byte == CANCEL) {
        c->len = 0;
    } else if (!keep(c, byte)) {
        c->skipping = true;
        say_line(c, "the line is longer than 64 KB");
        say_end(c);
    }
}

/* ---- clients ---- */

static bool on_came(void *opaque, struct link_client *link)
{
    struct monitor *m = opaque;
    struct monitor_client *c = calloc(1, sizeof(*c));
    if (!c)
        return false;
    c->monitor = m;
    c->link = link;
    c->next = m->first;
    m->first = c;
    link_set_data(link, c);
    c->terminal = m->adopting;
    greet(c);
    return true;
}

/* A waiting command holds what comes behind it, but Ctrl-C ends the waiting. */
static size_t on_got(void *opaque, struct link_client *link, const u8 *data, size_t len)
{
    struct monitor *m = opaque;
    struct monitor_client *c = link_data(link);
    size_t i = 0;
    const u8 *cancel = c->pending ? memchr(data, CANCEL, len) : NULL;
    if (cancel) {
        control_cancel(m->control, c);
        c->pending = false;
        say_line(c, "no longer waited for");
        finish(c);
        return (size_t)(cancel - data) + 1;
    }
    while (i < len && !c->pending) {
        take(c, data[i++]);
        if (data[i - 1] == '\n')
            break; /* one line a turn: link.h */
    }
    return i;
}

static void on_ended(void *opaque, struct link_client *link)
{
    struct monitor_client *c = link_data(link);
    (void)opaque;
    c->ended = true;
    if (c->len) /* a last line without an end */
        take(c, '\n');
    if (!c->pending)
        link_drop(link);
}

static void on_left(void *opaque, struct link_client *link)
{
    struct monitor *m = opaque;
    struct monitor_client *c = link_data(link), **at = &m->first;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    control_cancel(m->control, c);
    if (link_only(link)) /* nobody could let it go on */
        control_leave(m->control, CLIENT_MONITOR, c);
    free(c->line);
    free(c);
}

struct link_user monitor_user(struct monitor *m)
{
    return (struct link_user){.option = "-monitor",
                              .opaque = m,
                              .busy = "8 clients are here already, and more are not served\n",
                              .came = on_came,
                              .got = on_got,
                              .ended = on_ended,
                              .left = on_left};
}

bool monitor_terminal(struct monitor *m, struct links *l, struct err *e)
{
    struct link_user user = monitor_user(m);
    if (!terminal_possible(e))
        return false;
    m->adopting = true;
    m->thread = terminal_thread_start(l, &user, e);
    m->adopting = false;
    return m->thread != NULL;
}

struct monitor *monitor_new(struct control *c, const char *version)
{
    struct monitor *m = calloc(1, sizeof(*m));
    if (!m)
        return NULL;
    m->control = c;
    m->version = version;
    m->listener = (struct control_listener){.hear = hear, .opaque = m};
    control_listen(c, &m->listener);
    return m;
}

void monitor_free(struct monitor *m)
{
    if (!m)
        return;
    terminal_thread_end(m->thread);
    control_listen_no_more(m->control, &m->listener);
    free(m);
}
