/*
 * script.c - reading a script: one command a line, # comments; variables, included files, commands
 * for a failure. What a line may be is the table's concern (frontend/control/command.h). See
 * script.h and README.md.
 */
#include "frontend/script/script.h"

#include "frontend/script/variables.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 16, LARGEST = 1 << 24, MOST_COMMANDS = 1 << 20 };

/* What is being read: a file, and whoever includes it. */
struct reading {
    struct script *script;
    struct variables *variables;
    const struct script_setting *setting;
    size_t *bytes; /* of all files */
    const struct reading *parent;
    const char *path;
    unsigned line, depth;
    dev_t device; /* of a file */
    ino_t inode;
    struct err *e;
};

static bool bad(struct reading *r, const char *why)
{
    char from[200] = "";
    if (r->parent)
        snprintf(from, sizeof(from), " (included at %.150s:%u)", r->parent->path, r->parent->line);
    return err_set(r->e, "%.150s:%u: %.300s%s", r->path, r->line, why, from);
}

static void command_free(struct script_command *c)
{
    request_free(&c->request);
    free(c->source);
}

static bool append(struct script_command **list, size_t *count, const struct script_command *c)
{
    if (*count & (*count - 1)) { /* there is room up to the next power of two */
        (*list)[(*count)++] = *c;
        return true;
    }
    struct script_command *more = realloc(*list, (*count ? 2 * *count : 1) * sizeof(*more));
    if (!more)
        return false;
    *list = more;
    (*list)[(*count)++] = *c;
    return true;
}

/* ---- what only a script has ---- */

static bool take_set(struct reading *r, const struct script_command *c)
{
    const struct value *arg = c->request.arg;
    struct err why;
    return variable_set(r->variables, arg[0].text, arg[1].text, &why) || bad(r, why.text);
}

static bool read_file(struct reading *r, int fd);

static bool take_include(struct reading *r, const struct script_command *c)
{
    const char *path = c->request.arg[0].text, *slash = strrchr(r->path, '/');
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    char beside[4096]; /* the file beside this one is meant, if there is one in both places */
    int n = snprintf(beside, sizeof(beside), "%.*s%s", slash ? (int)(slash + 1 - r->path) : 0,
                     r->path, path);
    int fd =
        *path != '/' && slash && n > 0 && (size_t)n < sizeof(beside) ? open(beside, flags) : -1;
    struct stat st;
    if (fd >= 0)
        path = beside;
    else
        fd = open(path, flags);
    if (fd < 0 || fstat(fd, &st) != 0)
        return bad(r, strerror(errno));
    bool ok = true;
    for (const struct reading *up = r; up; up = up->parent) {
        if (up->inode == st.st_ino && up->device == st.st_dev && up->inode)
            ok = bad(r, "this file is being read already: a script that includes itself has no "
                        "end");
    }
    if (ok && r->depth == DEEPEST)
        ok = bad(r, "too many files that include one another");
    char *copy = ok ? strdup(path) : NULL;
    char **more = copy ? realloc(r->script->file, (r->script->files + 1) * sizeof(*more)) : NULL;
    if (ok && !more)
        ok = bad(r, "out of memory");
    if (more) {
        r->script->file = more;
        more[r->script->files++] = copy;
    } else {
        free(copy);
    }
    if (ok) {
        struct reading inner = *r;
        inner.parent = r;
        inner.path = more[r->script->files - 1];
        inner.depth++;
        inner.device = st.st_dev;
        inner.inode = st.st_ino;
        ok = read_file(&inner, fd);
    }
    close(fd);
    return ok;
}

static bool take_on_fail(struct reading *r, const struct script_command *c,
                         const struct command_site *site)
{
    const struct value *text = &c->request.arg[0];
    struct script_command then = {.line = c->line, .path = c->path, .from = r->script->count};
    struct err why;
    bool ok = request_parse(&then.request, site, text->text, text->len, &why) || bad(r, why.text);
    if (ok && (!then.request.row || then.request.row->flags & COMMAND_SCRIPT))
        ok = bad(r, "on-fail wants a command that does something");
    then.source = ok ? strdup(c->source) : NULL;
    if (ok && then.source && append(&r->script->on_fail, &r->script->on_fails, &then))
        return true;
    command_free(&then);
    return ok ? bad(r, "out of memory") : false;
}

/* ---- lines ---- */

/* Of a line that is wrong: a variable in it may be why. */
static bool bad_line(struct reading *r, const char *text, const char *end, const char *why)
{
    char name[VARIABLE_NAME], more[700];
    variables_first(text, (size_t)(end - text), name);
    if (!*name || r->variables->count)
        return bad(r, why);
    snprintf(more, sizeof(more), "%.300s; $%s is not set (set %s VALUE, or -set %s=VALUE)", why,
             name, name, name);
    return bad(r, more);
}

/* One line; appends a command unless the line is blank, or says something about the script. */
static bool parse_line(struct reading *r, const char *text, const char *end)
{
    struct command_site site = {.script = r->path,
                                .variables = true,
                                .new_pictures = r->setting && r->setting->new_pictures};
    struct script_command c = {.line = r->line, .path = r->path};
    struct err why;
    char *expanded = NULL;
    if (variables_any(r->variables) &&
        !(expanded = variables_expand(r->variables, text, (size_t)(end - text), &why)))
        return bad(r, why.text);
    bool ok = request_parse(&c.request, &site, expanded ? expanded : text,
                            expanded ? strlen(expanded) : (size_t)(end - text), &why) ||
              bad_line(r, text, end, why.text);
    const struct command *row = c.request.row;
    if (ok && row) {
        while (text < end && isspace((unsigned char)*text))
            text++;
        c.source = strndup(text, (size_t)(end - text));
        if (!c.source)
            ok = bad(r, "out of memory");
        else if (row->flags & COMMAND_SCRIPT)
            ok = strcmp(row->name, "set") == 0       ? take_set(r, &c)
                 : strcmp(row->name, "include") == 0 ? take_include(r, &c)
                                                     : take_on_fail(r, &c, &site);
        else if (r->script->count == MOST_COMMANDS)
            ok = bad(r, "too many commands");
        else if (append(&r->script->command, &r->script->count, &c))
            c = (struct script_command){.line = 0}; /* the script's now */
        else
            ok = bad(r, "out of memory");
    }
    command_free(&c);
    free(expanded);
    return ok;
}

static bool parse_text(struct reading *r, const char *text, size_t len)
{
    const char *end = text + len;
    r->line = 1;
    if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return bad(r, "the file is UTF-16; save it as UTF-8");
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) /* the mark of some editors */
        text += 3;
    for (const char *p = text; p < end; r->line++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const char *next = stop ? stop + 1 : end;
        if (!stop)
            stop = end;
        if (stop > p && stop[-1] == '\r')
            stop--;
        if (!parse_line(r, p, stop))
            return false;
        p = next;
    }
    return true;
}

/* A script without commands, and its variables as they are at its beginning. */
static struct script *begin(struct reading *r, const char *path, struct variables *variables,
                            size_t *bytes, const struct script_setting *setting, struct err *e)
{
    struct script *s = calloc(1, sizeof(*s));
    *r = (struct reading){.script = s,
                          .variables = variables,
                          .setting = setting,
                          .bytes = bytes,
                          .path = path,
                          .e = e};
    bool ok = s && (s->path = strdup(path));
    if (!ok)
        err_set(e, "out of memory");
    else
        r->path = s->path;
    for (unsigned i = 0; ok && setting && i < setting->sets; i++) {
        struct err why;
        ok = variable_assign(variables, setting->set[i], &why) ||
             err_set(e, "-set %.400s", why.text);
    }
    variables->variant = setting ? setting->variant : NULL;
    if (ok)
        return s;
    script_free(s);
    return NULL;
}

struct script *script_parse(const char *path, const struct script_setting *setting,
                            const char *text, size_t len, struct err *e)
{
    struct reading r;
    struct variables variables = {.count = 0};
    size_t bytes = 0;
    struct script *s = begin(&r, path, &variables, &bytes, setting, e);
    if (s && !parse_text(&r, text, len)) {
        script_free(s);
        s = NULL;
    }
    variables_free(&variables);
    return s;
}

/* A wait came back with an error: is the reading over? Signals come that mean nothing. */
static bool cut_short(const struct script_setting *setting)
{
    int error = errno;
    return error != EINTR || (setting && setting->hurry && setting->hurry(setting->opaque));
}

/*
 * The whole of an open file; nobody waits for a FIFO's writer, but for a writer that is there. A
 * signal that ends the run ends it (frontend/control/ending.h). NULL: *why.
 */
static char *read_text(const struct script_setting *setting, int fd, size_t *len, const char **why)
{
    enum { WAIT_MS = 20, WRITER_MS = 1000 };
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
            if (poll(&p, 1, -1) < 0 && cut_short(setting))
                *why = strerror(errno);
        } else if (n < 0) {
            *why = strerror(errno);
        } else if (ftell(all) || fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode)) {
            break;
        } else if ((waited += WAIT_MS) >= WRITER_MS ||
                   (poll(NULL, 0, WAIT_MS) < 0 && cut_short(setting))) {
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

static bool read_file(struct reading *r, int fd)
{
    size_t len = 0;
    const char *why;
    char *text = read_text(r->setting, fd, &len, &why);
    if (!text)
        return err_set(r->e, "script %.300s: %s", r->path, why);
    *r->bytes += len;
    bool ok =
        *r->bytes <= LARGEST || bad(r, "too large for a script (16 MB), with all it includes");
    ok = ok && parse_text(r, text, len);
    free(text);
    return ok;
}

struct script *script_load(const char *path, const struct script_setting *setting, struct err *e)
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
    struct reading r;
    struct variables variables = {.count = 0};
    size_t bytes = 0;
    struct script *s = begin(&r, path, &variables, &bytes, setting, e);
    if (s) {
        r.device = st.st_dev;
        r.inode = st.st_ino;
        r.line = 1;
    }
    if (s && !read_file(&r, fd)) {
        script_free(s);
        s = NULL;
    }
    close(fd);
    variables_free(&variables);
    return s;
}

const struct script_command *script_uses_serial(const struct script *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (request_flags(&s->command[i].request) & (COMMAND_HEARS | COMMAND_SPEAKS))
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
    for (size_t i = 0; i < s->on_fails; i++)
        command_free(&s->on_fail[i]);
    for (size_t i = 0; i < s->files; i++)
        free(s->file[i]);
    free(s->file);
    free(s->on_fail);
    free(s->command);
    free(s->path);
    free(s);
}
