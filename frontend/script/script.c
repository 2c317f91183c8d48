/*
 * script.c - reading a script: one command a line, # comments. What a line may be is the table's
 * concern (frontend/control/command.h). See script.h and README.md.
 */
#include "frontend/script/script.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The line that is being read. */
struct line {
    const char *path;
    unsigned number;
    struct err *e;
};

static bool bad(struct line *l, const char *why)
{
    return err_set(l->e, "%.200s:%u: %s", l->path, l->number, why);
}

static void command_free(struct script_command *c)
{
    request_free(&c->request);
    free(c->source);
}

static bool append(struct script *s, const struct script_command *c)
{
    struct script_command *more = realloc(s->command, (s->count + 1) * sizeof(*more));
    if (!more)
        return false;
    s->command = more;
    s->command[s->count++] = *c;
    return true;
}

/* One line; appends a command unless the line is blank. */
static bool parse_line(struct script *s, struct line *l, const char *text, const char *end)
{
    struct command_site site = {.script = l->path, .variables = true};
    struct script_command c = {.line = l->number};
    struct err why;
    bool ok =
        request_parse(&c.request, &site, text, (size_t)(end - text), &why) || bad(l, why.text);
    if (ok && c.request.row) {
        while (text < end && isspace((unsigned char)*text))
            text++;
        c.source = strndup(text, (size_t)(end - text));
        if (c.source && append(s, &c))
            return true;
        ok = bad(l, "out of memory");
    }
    command_free(&c);
    return ok;
}

struct script *script_parse(const char *path, const char *text, size_t len, struct err *e)
{
    struct script *s = calloc(1, sizeof(*s));
    if (!s || !(s->path = strdup(path))) {
        free(s);
        err_set(e, "out of memory");
        return NULL;
    }
    const char *end = text + len;
    struct line l = {.path = path, .number = 1, .e = e};
    if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
        bad(&l, "the file is UTF-16; save it as UTF-8");
        script_free(s);
        return NULL;
    }
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) /* the mark of some editors */
        text += 3;
    for (const char *p = text; p < end; l.number++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const char *next = stop ? stop + 1 : end;
        if (!stop)
            stop = end;
        if (stop > p && stop[-1] == '\r')
            stop--;
        if (!parse_line(s, &l, p, stop)) {
            script_free(s);
            return NULL;
        }
        p = next;
    }
    return s;
}

/*
 * The whole of an open file; nobody waits for a FIFO's writer, but for a writer that is there. A
 * signal that interrupts ends it. NULL: *why.
 */
static char *read_text(int fd, size_t *len, const char **why)
{
    enum { LARGEST = 1 << 24, WAIT_MS = 20, WRITER_MS = 1000 };
    char *text = NULL, buf[4096];
    int waited = 0;
    FILE *all = open_memstream(&text, len);
    *why = all ? NULL : "out of memory";
    while (!*why) {
        ssize_t n = read(fd, buf, sizeof(buf));
        struct pollfd p = {.fd = fd, .events = POLLIN};
        struct stat st;
        if (n > 0) {
            fwrite(buf, 1, (size_t)n, all);
            if (ftell(all) > LARGEST)
                *why = "too large for a script (16 MB)";
        } else if (n < 0 && errno == EAGAIN) {
            if (poll(&p, 1, -1) < 0)
                *why = strerror(errno);
        } else if (n < 0) {
            *why = strerror(errno);
        } else if (ftell(all) || fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode)) {
            break;
        } else if ((waited += WAIT_MS) >= WRITER_MS || poll(NULL, 0, WAIT_MS) < 0) {
            *why = "a FIFO into which nobody writes";
        }
    }
    if (all && fclose(all) != 0 && !*why)
        *why = "out of memory";
    if (!*why)
        return text;
    free(text);
    return NULL;
}

struct script *script_load(const char *path, struct err *e)
{
    bool standard = strcmp(path, "-") == 0; /* its other users may want it to wait */
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                      : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    path = standard ? "standard input" : path;
    if (fd < 0 || fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
        err_set(e, "script %s: %s", path, fd >= 0 ? "not a file" : strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    size_t len = 0;
    const char *why;
    char *text = read_text(fd, &len, &why);
    close(fd);
    struct script *s = NULL;
    if (!text)
        err_set(e, "script %s: %s", path, why);
    else
        s = script_parse(path, text, len, e);
    free(text);
    return s;
}

const struct script_command *script_uses_serial(const struct script *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->command[i].request.row->flags & (COMMAND_HEARS | COMMAND_SPEAKS))
            return &s->command[i];
    }
    return NULL;
}

void script_free(struct script *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        command_free(&s->command[i]);
    free(s->command);
    free(s->path);
    free(s);
}
