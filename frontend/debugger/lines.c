/*
 * lines.c - see lines.h. A line is taken when the one before is done. At a terminal, a line that
 * comes meanwhile ends what is being done.
 */
#include "frontend/debugger/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLICE (10 * NS_PER_MS)

enum { LINE = 4096 };

struct lines {
    struct session *s;
    bool terminal, over; /* of the input */
    bool prompted;
    char in[LINE];
    size_t len;
};

static void print(void *opaque, const char *text)
{
    (void)opaque;
    fputs(text, stdout);
    if (*text && text[strlen(text) - 1] != '\n')
        fputc('\n', stdout);
    fflush(stdout);
}

static bool comes(int milliseconds)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&p, 1, milliseconds) > 0;
}

/* The next line, without its end; false: none is there yet. */
static bool take(struct lines *l, int milliseconds, char line[LINE])
{
    for (;;) {
        char *end = memchr(l->in, '\n', l->len);
        if (end || (l->over && l->len) || l->len == LINE - 1) {
            size_t n = end ? (size_t)(end - l->in) : l->len, used = n + (end != NULL);
            memcpy(line, l->in, n);
            line[n] = 0;
            line[strcspn(line, "\r")] = 0;
            memmove(l->in, l->in + used, l->len -= used);
            return true;
        }
        if (l->over || !comes(milliseconds))
            return false;
        ssize_t n = read(STDIN_FILENO, l->in + l->len, LINE - 1 - l->len);
        if (n > 0)
            l->len += (size_t)n;
        else
            l->over = n == 0 || (errno != EINTR && errno != EAGAIN);
    }
}

static void prompt(struct lines *l)
{
    if (l->terminal && !l->prompted)
        fputs("(ferrite) ", stdout);
    fflush(stdout);
    l->prompted = true;
}

/* The machine has come to stand, and no answer says where. */
static void tell(struct lines *l)
{
    struct session *s = l->s;
    if (s->pending || s->told)
        return;
    s->told = true;
    const char *words[] = {"where", NULL};
    struct reply reply;
    struct err e;
    reply_init(&reply);
    if (control_do(&s->m->control, CLIENT_DEBUGGER, &reply, &e, words))
        reply_write_text(&reply, stdout);
    reply_free(&reply);
    fflush(stdout);
}

void lines_run(struct session *s)
{
    struct lines l = {.s = s, .terminal = isatty(STDIN_FILENO)};
    char line[LINE];
    s->say = print;
    while (machine_run(s->m, vm_now(s->m->vm) + SLICE)) {
        bool stands = control_stands(&s->m->control), busy = control_busy(&s->m->control);
        if (session_look(s))
            tell(&l);
        if (s->pending) {
            if (l.terminal && take(&l, 0, line)) {
                session_interrupt(s);
                session_look(s);
            } else if (stands && !busy) {
                machine_rest(s->m, 0.01);
            } else if (l.terminal && !stands && vm_idle(s->m->vm)) {
                machine_rest(s->m, (double)SLICE / 1e9);
            }
            continue;
        }
        if (stands)
            prompt(&l);
        if (take(&l, stands ? 50 : 0, line)) {
            l.prompted = false;
            session_line(s, line);
        } else if (l.over) {
            break;
        } else if (!stands && l.terminal && vm_idle(s->m->vm)) {
            machine_rest(s->m, (double)SLICE / 1e9);
        }
    }
}
