/*
 * ctl.c - `ferrite ctl`. See ctl.h. It connects to a place of -qmp and speaks as any client does,
 * so the machine need not know it; what a command is, and whether it can be done, the machine says.
 *
 * Exit status as a script's: 0 done, 1 the guest did not do what was expected, 2 it cannot be done
 * or there is nobody at the socket, 3 the machine ended first.
 */
#include "frontend/ctl/ctl.h"

#include "frontend/control/command.h"
#include "frontend/control/reply.h"
#include "frontend/json/json.h"
#include "frontend/link/link.h"
#include "frontend/monitor/terminal.h"
#include "hw/base/clean.h"
#include "hw/base/memory.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { DONE = 0, FAILED = 1, BAD = 2, ENDED = 3 };
enum { PATIENCE = 1000, LONG_PATIENCE = 30000 }; /* ms, for a greeting */
enum { ANSWER_MOST = LINK_OUTPUT, PIECE = 1 << 16 };

struct ctl_words {
    bool json, complete;
};

static const struct option rows[] = {
    OPTION_FLAG_ROW(struct ctl_words, "json", json, "the answer as JSON, on one line"),
    OPTION_FLAG_ROW(struct ctl_words, "complete", complete,
                    "for shells: what the last word can become, a line for each"),
};

const struct option_table ctl_options = {rows, ARRAY_SIZE(rows)};

struct ctl {
    struct json *json;
    FILE *out, *err;
    const char *place;
    int from; /* the socket; -1: none yet */
    FILE *to; /* the same */
    bool as_json;
    bool hasty; /* somebody has pressed Tab */
    bool lost;  /* nothing more can be said there */
    int status; /* of the last command; where nothing is received, why */
    char *in;   /* `have` bytes, of which `used` belong to the last answer */
    size_t have, used, room;
};

/* ---- the socket ---- */

static int connect_unix(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(addr.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(addr.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int connect_tcp(const struct link_where *where)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int fd = -1, why = ENOENT;
    if (getaddrinfo(where->host[0] ? where->host : "127.0.0.1", where->port, &hints, &found) == 0) {
        for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
            fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
                why = errno;
                close(fd);
                fd = -1;
            }
        }
        freeaddrinfo(found);
    }
    errno = why;
    return fd;
}

/* "unix:PATH", "tcp:HOST:PORT", or a path alone. */
static bool open_socket(struct ctl *c, const char *place, struct err *e)
{
    c->place = place;
    struct link_where where = {.kind = LINK_NONE};
    bool named = strncmp(place, "unix:", 5) == 0 || strncmp(place, "tcp:", 4) == 0;
    if (named && !link_where(&where, "ctl", place, e))
        return false;
    int fd = where.kind == LINK_TCP    ? connect_tcp(&where)
             : where.kind == LINK_UNIX ? connect_unix(where.path)
                                       : connect_unix(place);
    if (fd < 0)
        return err_set(e, "%s: %s (is a machine with -qmp unix:%s running?)", place,
                       strerror(errno), named ? "PATH" : place);
    signal(SIGPIPE, SIG_IGN); /* a machine that has ended is told, with its status */
    c->from = fd;
    c->to = fdopen(dup(fd), "w");
    return c->to || err_set(e, "%s: %s", place, strerror(errno));
}

/* ---- messages ---- */

static u64 now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

/* Who is at the other end may be anybody: nothing that it sends is taken for granted. */
static bool lose(struct ctl *c, int status, struct err *e, const char *why)
{
    c->lost = true;
    c->status = status;
    return err_set(e, "%s: %s", c->place, why);
}

/* More bytes of it, before `end` (ms by now_ms(); 0: whenever they come). */
static bool read_more(struct ctl *c, u64 end, struct err *e)
{
    if (!ARRAY_ROOM(c->in, c->room, c->have + PIECE))
        return lose(c, BAD, e, "out of memory");
    for (;;) {
        struct pollfd there = {.fd = c->from, .events = POLLIN};
        u64 now = now_ms();
        if (end && (now >= end || (poll(&there, 1, (int)(end - now)) == 0 && now_ms() >= end)))
            return lose(c, BAD, e, "nobody answers there; nothing was done");
        if (end && !there.revents)
            continue;
        ssize_t n = read(c->from, c->in + c->have, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n > 0) {
            c->have += (size_t)n;
            return true;
        }
        return lose(c, ENDED, e,
                    c->have ? "the machine ended in the middle of an answer"
                            : "the machine ended before it answered");
    }
}

/* A line in c->in, whose length c->used is then, with its end. */
static bool read_line(struct ctl *c, u64 end, struct err *e)
{
    c->have -= c->used;
    if (c->have)
        memmove(c->in, c->in + c->used, c->have);
    c->used = 0;
    for (size_t seen = 0;;) {
        const char *newline = seen < c->have ? memchr(c->in + seen, '\n', c->have - seen) : NULL;
        seen = c->have;
        if (newline)
            c->used = (size_t)(newline - c->in) + 1;
        if (newline ? c->used > ANSWER_MOST : c->have > ANSWER_MOST)
            return lose(c, BAD, e, "an answer longer than 4 MB, which no machine gives");
        if (newline)
            return true;
        if (!read_more(c, end, e))
            return false;
    }
}

/* The next answer; events are left out. NULL + err: there is none any more. */
static struct json_value *receive(struct ctl *c, u64 end, struct err *e)
{
    struct err why;
    while (!c->lost && read_line(c, end, e)) {
        struct json_value *v = json_parse(c->json, c->in, c->used, &why);
        if (!v || json_kind(v) != JSON_OBJECT_VALUE) {
            json_free(c->json, v);
            lose(c, BAD, e, v ? "what answers there is no machine: no object of JSON" : why.text);
            break;
        }
        if (!json_get(c->json, v, "event"))
            return v;
        json_free(c->json, v);
        if (end && now_ms() >= end)
            lose(c, BAD, e, "nobody answers there; nothing was done");
    }
    return NULL;
}

static void put_string(struct ctl *c, const char *text)
{
    json_write_string(text, strlen(text), c->to);
}

static const char *string(struct ctl *c, const struct json_value *v, const char *name)
{
    const char *text = json_text(c->json, json_get(c->json, v, name));
    return text ? text : "";
}

/* Has it said something within so long? */
static bool says_something(const struct ctl *c, int milliseconds)
{
    struct pollfd there = {.fd = c->from, .events = POLLIN};
    int n;
    do
        n = poll(&there, 1, milliseconds);
    while (n < 0 && errno == EINTR);
    return n != 0;
}

/* A machine greets at once, unless it has been stopped: then it may be let go on, by who is told.
 */
static bool is_awake(struct ctl *c, const char *place, struct err *e)
{
    if (says_something(c, PATIENCE))
        return true;
    if (c->hasty)
        return err_set(e, "%s: no answer", place);
    clean_printf(c->err,
                 "ferrite: %s: no answer yet; does the machine stand still (Ctrl-Z; kill -CONT PID "
                 "lets it go on)?\n",
                 place);
    return says_something(c, LONG_PATIENCE) ||
           err_set(e, "%s: nobody answers there; nothing was done", place);
}

static bool greet(struct ctl *c, const char *place, struct err *e)
{
    if (!is_awake(c, place, e))
        return false;
    struct json_value *hello = receive(c, now_ms() + LONG_PATIENCE, e);
    bool qmp = hello && json_get(c->json, hello, "QMP");
    const char *refused = string(c, json_get(c->json, hello, "error"), "desc");
    if (!qmp && *refused)
        err_set(e, "%s: %.300s", place, refused);
    else if (!qmp && (hello || c->used))
        err_set(e, "%s: nobody there speaks QMP; a -monitor place is for people (nc -U)", place);
    json_free(c->json, hello);
    if (!qmp)
        return false;
    fputs("{\"execute\": \"qmp_capabilities\"}\n", c->to);
    fflush(c->to);
    struct json_value *v = receive(c, now_ms() + LONG_PATIENCE, e);
    bool ready = v && json_get(c->json, v, "return");
    if (v && !ready)
        err_set(e, "%s: what answers there is no machine: it refuses qmp_capabilities", place);
    json_free(c->json, v);
    return ready;
}

/* JSON for a terminal, too: Jansson leaves DEL and C1 (ECMA-48 5.3), which only strings have, as
 * they are. */
static void put_json(const char *text, FILE *out)
{
    for (const u8 *p = (const u8 *)text; *p; p++) {
        if (*p == 0x7f)
            fputs("\\u007f", out);
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
            fprintf(out, "\\u%04x", *++p);
        else
            fputc(*p, out);
    }
    fputc('\n', out);
}

static void print_data(struct ctl *c, const struct json_value *v)
{
    const struct json_value *data = json_get(c->json, v, "data");
    char *text = data ? json_write(c->json, data) : NULL;
    put_json(text ? text : "{}", c->out);
    free(text);
}

/* Says what an answer says; its status. */
static int print_answer(struct ctl *c, const struct json_value *v)
{
    struct json_value *back = json_get(c->json, v, "return"),
                      *error = json_get(c->json, v, "error");
    if (json_get(c->json, error, "desc")) {
        clean_printf(c->err, "ferrite: %s\n", string(c, error, "desc"));
        return BAD;
    }
    if (json_get(c->json, back, "error")) {
        clean_printf(c->err, "ferrite: %s\n", string(c, back, "error"));
        return strcmp(string(c, back, "fault"), "guest") == 0 ? FAILED : BAD;
    }
    if (!json_text(c->json, json_get(c->json, back, "text"))) {
        clean_printf(c->err,
                     "ferrite: %s: what answers there is no machine: neither a result nor an "
                     "error\n",
                     c->place);
        c->lost = true;
        return BAD;
    }
    if (c->as_json)
        print_data(c, back);
    else
        clean_printf(c->out, "%s", string(c, back, "text"));
    return DONE;
}

/* The command has been sent: what comes of it, whenever that is. */
static int finish(struct ctl *c)
{
    struct err e;
    if (fflush(c->to) != 0 || ferror(c->to)) {
        c->lost = true;
        clean_printf(c->err, "ferrite: %s: the machine has ended\n", c->place);
        return ENDED;
    }
    struct json_value *v = receive(c, 0, &e);
    if (!v) {
        clean_printf(c->err, "ferrite: %s\n", e.text);
        return c->status;
    }
    int status = print_answer(c, v);
    json_free(c->json, v);
    fflush(c->out);
    return status;
}

static int send_words(struct ctl *c, int count, char **words)
{
    fputs("{\"execute\": \"ferrite-command\", \"arguments\": {\"words\": [", c->to);
    for (int i = 0; i < count; i++) {
        fputs(i ? ", " : "", c->to);
        put_string(c, words[i]);
    }
    fputs("]}}\n", c->to);
    return finish(c);
}

static int send_line(struct ctl *c, const char *line)
{
    fputs("{\"execute\": \"ferrite-command\", \"arguments\": {\"line\": ", c->to);
    put_string(c, line);
    fputs("}}\n", c->to);
    return finish(c);
}

/* ---- without a command: lines ---- */

static bool ask(void *opaque, const char *line)
{
    struct ctl *c = opaque;
    c->status = send_line(c, line);
    return !c->lost;
}

static char *complete(void *opaque, const char *line, size_t len)
{
    struct ctl *c = opaque;
    char *text = NULL;
    size_t size;
    fputs("{\"execute\": \"complete\", \"arguments\": {\"line\": ", c->to);
    json_write_string(line, len, c->to);
    fputs("}}\n", c->to);
    fflush(c->to);
    struct err e;
    /* Whoever has pressed Tab waits for no one. */
    struct json_value *v = receive(c, now_ms() + (c->hasty ? PATIENCE : LONG_PATIENCE), &e),
                      *back = json_get(c->json, v, "return"),
                      *list = json_get(c->json, back, "candidates");
    FILE *f = v ? open_memstream(&text, &size) : NULL;
    if (f)
        fprintf(f, "%lld\n", (long long)json_integer(c->json, json_get(c->json, back, "from")));
    for (size_t i = 0; f && list && i < json_length(c->json, list); i++) {
        const char *candidate = json_text(c->json, json_at(c->json, list, i));
        clean_line(candidate ? candidate : "", f);
        fputc('\n', f);
    }
    json_free(c->json, v);
    if (!f || fclose(f) != 0)
        return NULL;
    return text;
}

/* Of a terminal with editing; of anything else to the first that fails. */
static int run_lines(struct ctl *c)
{
    const struct terminal_talk talk = {
        .prompt = "(ferrite) ", .ask = ask, .complete = complete, .wake = -1, .opaque = c};
    char *line = NULL;
    size_t size = 0;
    if (terminal_possible(NULL)) {
        terminal_run(&talk);
        return c->lost ? c->status : DONE;
    }
    /* SIGPIPE does not end us: where nobody hears the answers there are no more questions. */
    while (c->status == DONE && !ferror(c->out) && getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\r\n")] = 0;
        c->status = send_line(c, line);
    }
    free(line);
    return c->status;
}

/* ---- for shells ---- */

/* A machine that runs knows names that others do not; without one the table of commands speaks. */
static char *ask_completions(struct ctl *c, const char *place, const char *line, size_t len)
{
    struct err ignored;
    char *text = NULL;
    size_t size;
    if ((c->json = json_open(&ignored)) && open_socket(c, place, &ignored) &&
        greet(c, place, &ignored))
        text = complete(c, line, len);
    if (text)
        return text;
    FILE *f = open_memstream(&text, &size);
    struct completions found;
    command_complete(NULL, line, len, &found);
    if (f)
        fprintf(f, "%zu\n", found.from);
    for (unsigned i = 0; f && i < found.count; i++)
        fprintf(f, "%s\n", found.candidate[i]);
    completions_free(&found);
    return f && fclose(f) == 0 ? text : NULL;
}

static int offer(struct ctl *c, const char *place, int count, char **words)
{
    char *line = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&line, &len);
    for (int i = 0; f && i < count; i++)
        fprintf(f, "%s%s", i ? " " : "", words[i]);
    char *text = f && fclose(f) == 0 ? ask_completions(c, place, line, len) : NULL;
    const char *rest = text ? strchr(text, '\n') : NULL;
    if (rest)
        clean_printf(c->out, "%s", rest + 1);
    free(text);
    free(line);
    return rest ? DONE : FAILED;
}

static void close_all(struct ctl *c)
{
    if (c->from >= 0)
        close(c->from);
    if (c->to)
        fclose(c->to);
    free(c->in);
    json_close(c->json);
}

int ctl_command(int argc, char **argv, FILE *out, FILE *err)
{
    struct ctl_words words = {.json = false};
    struct ctl c = {.from = -1, .out = out, .err = err};
    struct err e;
    int rest = 0, more;
    bool ok = option_parse(ctl_options, &words, argc, argv, 0, &rest, &e);
    const char *place = ok && rest < argc ? argv[rest++] : NULL;
    if (ok && !place)
        ok =
            err_set(&e, "ctl wants the socket of a machine that was started with -qmp unix:SOCKET, "
                        "and a command");
    if (ok && words.complete) {
        c.hasty = true;
        int status = offer(&c, place, argc - rest, argv + rest);
        close_all(&c);
        return status;
    }
    /* Also behind the socket, where it comes to mind. */
    ok = ok && option_parse(ctl_options, &words, argc, argv, rest, &more, &e);
    ok = ok && (c.json = json_open(&e)) && open_socket(&c, place, &e) && greet(&c, place, &e);
    c.as_json = words.json;
    if (!ok)
        clean_printf(err, "ferrite: %s\n", e.text);
    int status = !ok ? BAD : more < argc ? send_words(&c, argc - more, argv + more) : run_lines(&c);
    close_all(&c);
    return status;
}

int ctl_ask(const char *place, int count, char **words, FILE *out, FILE *err)
{
    struct ctl c = {.from = -1, .out = out, .err = err};
    struct err e;
    bool ok = (c.json = json_open(&e)) && open_socket(&c, place, &e) && greet(&c, place, &e);
    if (!ok)
        clean_printf(err, "ferrite: %s\n", e.text);
    int status = ok ? send_words(&c, count, words) : BAD;
    close_all(&c);
    return status;
}
