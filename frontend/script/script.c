/*
 * script.c - reading a script: one command a line, # comments. See script.h and README.md.
 *
 * A line is cut into words: bare words, and strings in double quotes with the escapes
 * \n \t \" \\ \xHH. Any other backslash stands for itself, so that "A:\>" needs no doubling.
 * File names may contain ${NAME} for an environment variable.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/script/script.h"

#include "hw/base/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_WORDS = 16, DEFAULT_LIMIT = 60 };

struct word {
    char *text;
    size_t len;
    bool quoted;
};

/* One line being read. */
struct line {
    const char *path;
    unsigned number;
    struct word word[MAX_WORDS];
    unsigned words;
    unsigned next; /* argument to be taken */
    struct err *e;
};

static bool bad(struct line *l, const char *fmt, ...) PRINTF_LIKE(2, 3);

static bool bad(struct line *l, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return err_set(l->e, "%s:%u: %s", l->path, l->number, text);
}

/* ---- words ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* p stands after the opening quote; returns the place after the closing one, NULL if none. */
static const char *read_quoted(const char *p, const char *end, struct word *w)
{
    while (p < end && *p != '"') {
        char c = *p++;
        if (c == '\\' && p < end) {
            if (*p == 'n' || *p == 't') {
                c = *p++ == 'n' ? '\n' : '\t';
            } else if (*p == '"' || *p == '\\') {
                c = *p++;
            } else if (*p == 'x' && end - p > 2 && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
                c = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
                p += 3;
            }
        }
        w->text[w->len++] = c;
    }
    return p < end ? p + 1 : NULL;
}

static bool split(struct line *l, const char *p, const char *end)
{
    for (;;) {
        while (p < end && isspace((unsigned char)*p))
            p++;
        if (p == end || *p == '#')
            return true;
        if (l->words == MAX_WORDS)
            return bad(l, "too many words");
        struct word *w = &l->word[l->words];
        *w = (struct word){.text = malloc((size_t)(end - p) + 1), .quoted = *p == '"'};
        if (!w->text)
            return bad(l, "out of memory");
        l->words++;
        if (w->quoted) {
            p = read_quoted(p + 1, end, w);
            if (!p)
                return bad(l, "the string has no closing \"");
            if (p < end && !isspace((unsigned char)*p))
                return bad(l, "a blank is missing after the string");
        } else {
            while (p < end && !isspace((unsigned char)*p))
                w->text[w->len++] = *p++;
        }
        w->text[w->len] = 0;
    }
}

/* ---- arguments ---- */

static struct word *argument(struct line *l)
{
    return l->next < l->words ? &l->word[l->next++] : NULL;
}

static bool take_string(struct line *l, struct script_command *c)
{
    struct word *w = argument(l);
    if (!w)
        return bad(l, "%s wants a \"STRING\"", l->word[0].text);
    if (!w->len)
        return bad(l, "%s: the string is empty", l->word[0].text);
    c->text = w->text;
    c->len = w->len;
    w->text = NULL;
    return true;
}

static bool take_seconds(struct line *l, u64 *ns, bool required, double otherwise)
{
    struct word *w = argument(l);
    double seconds = otherwise;
    if (w) {
        char *end;
        seconds = strtod(w->text, &end);
        if (end == w->text || *end || w->quoted || !isfinite(seconds) || seconds < 0 ||
            seconds > 1e6)
            return bad(l, "%s: \"%.40s\" is no number of seconds", l->word[0].text, w->text);
    } else if (required) {
        return bad(l, "%s wants a number of seconds", l->word[0].text);
    }
    *ns = (u64)llround(seconds * 1e9);
    return true;
}

static bool take_int(struct line *l, const char *what, int min, int max, int *v)
{
    struct word *w = argument(l);
    if (!w)
        return bad(l, "%s wants %s", l->word[0].text, what);
    char *end;
    errno = 0;
    long n = strtol(w->text, &end, 0);
    if (errno || end == w->text || *end || w->quoted || n < min || n > max)
        return bad(l, "%s: \"%.40s\" is no %s (%d to %d)", l->word[0].text, w->text, what, min,
                   max);
    *v = (int)n;
    return true;
}

/* A file name, with ${NAME} replaced. */
static bool take_file(struct line *l, struct script_command *c, const char *what)
{
    struct word *w = argument(l);
    if (!w || !w->len)
        return bad(l, "%s wants %s", l->word[0].text, what);
    char *out = NULL;
    size_t size;
    FILE *f = open_memstream(&out, &size);
    if (!f)
        return bad(l, "out of memory");
    bool ok = true;
    for (const char *p = w->text; ok && *p;) {
        const char *close = p[0] == '$' && p[1] == '{' ? strchr(p, '}') : NULL;
        if (!close) {
            fputc(*p++, f);
            continue;
        }
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)(close - p - 2), p + 2);
        const char *value = getenv(name);
        if (!value)
            ok = bad(l, "the environment has no variable %s", name);
        else
            fputs(value, f);
        p = close + 1;
    }
    fclose(f);
    c->text = out;
    c->len = out ? strlen(out) : 0;
    return ok && (out || bad(l, "out of memory"));
}

/* A file to read: found from the working directory or, failing that, beside the script. */
static bool take_input_file(struct line *l, struct script_command *c, const char *what)
{
    if (!take_file(l, c, what))
        return false;
    const char *slash = strrchr(l->path, '/');
    if (access(c->text, R_OK) != 0 && c->text[0] != '/' && slash) {
        char *beside;
        if (asprintf(&beside, "%.*s/%s", (int)(slash - l->path), l->path, c->text) < 0)
            return bad(l, "out of memory");
        if (access(beside, R_OK) == 0) {
            free(c->text);
            c->text = beside;
            c->len = strlen(beside);
        } else {
            free(beside);
        }
    }
    struct stat st;
    if (access(c->text, R_OK) != 0 || stat(c->text, &st) != 0)
        return bad(l, "%s: %s", c->text, strerror(errno));
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return bad(l, "%s: not a file", c->text);
    return true;
}

/* number[0]: 0 or 1 a floppy drive, SCRIPT_CD. */
static bool take_drive(struct line *l, struct script_command *c)
{
    static const char *const drives[] = {"fda", "fdb", "cd"};
    struct word *w = argument(l);
    for (int i = 0; w && i < (int)ARRAY_SIZE(drives); i++) {
        if (strcmp(w->text, drives[i]) == 0) {
            c->number[0] = i;
            return true;
        }
    }
    return bad(l, "%s wants a drive: fda, fdb or cd", l->word[0].text);
}

/* ---- commands ---- */

static bool parse_text_wait(struct line *l, struct script_command *c)
{
    return take_string(l, c) && take_seconds(l, &c->time, false, DEFAULT_LIMIT);
}

static bool parse_string(struct line *l, struct script_command *c)
{
    return take_string(l, c);
}

static bool parse_seconds(struct line *l, struct script_command *c)
{
    return take_seconds(l, &c->time, true, 0);
}

static bool parse_wait_stop(struct line *l, struct script_command *c)
{
    return take_seconds(l, &c->time, false, DEFAULT_LIMIT);
}

static bool parse_wait_screen(struct line *l, struct script_command *c)
{
    struct err e;
    if (!picture_png_supported(&e))
        return bad(l, "wait-screen: %s", e.text);
    if (!take_input_file(l, c, "a PNG file") || !take_seconds(l, &c->time, false, DEFAULT_LIMIT))
        return false;
    return picture_load(&c->picture, c->text, &e) || bad(l, "wait-screen: %s", e.text);
}

/* How many bytes the character at p has; 1 when it is no UTF-8. */
static size_t utf8_length(const char *p, size_t len)
{
    u8 first = (u8)*p;
    size_t n = first >= 0xf0 && first < 0xf5   ? 4
               : first >= 0xe0 && first < 0xf0 ? 3
               : first >= 0xc2 && first < 0xe0 ? 2
                                               : 1;
    for (size_t i = 1; i < n; i++) {
        if (i >= len || ((u8)p[i] & 0xc0) != 0x80)
            return 1;
    }
    return n;
}

static bool parse_type(struct line *l, struct script_command *c)
{
    if (!take_string(l, c))
        return false;
    size_t bytes;
    for (size_t i = 0, n = 1; i < c->len; i += bytes, n++) {
        const char *at = c->text + i;
        bool shift;
        bytes = utf8_length(at, c->len - i);
        if (bytes == 1 && keymap_ascii(*at, &shift))
            continue;
        if (bytes > 1)
            return bad(l, "type: no key of a US keyboard gives \"%.*s\" (character %zu)",
                       (int)bytes, at, n);
        return bad(l, "type: no key of a US keyboard gives character %zu (code %02Xh)", n, (u8)*at);
    }
    return true;
}

static bool parse_key(struct line *l, struct script_command *c)
{
    struct word *w = argument(l);
    if (!w)
        return bad(l, "key wants a key, such as f1 or ctrl-alt-del");
    const char *wrong;
    size_t wrong_len;
    c->key_count = keymap_chord(w->text, c->keys, &wrong, &wrong_len);
    return c->key_count ||
           bad(l, "key: no key is named \"%.*s\" (write f1, esc, ctrl-alt-del, kp_plus ...)",
               (int)(wrong_len < 40 ? wrong_len : 40), wrong);
}

static bool parse_screenshot(struct line *l, struct script_command *c)
{
    struct err e;
    if (!picture_png_supported(&e))
        return bad(l, "screenshot: %s", e.text);
    return take_file(l, c, "a file name (.png)");
}

/* dump-text, state-hash: to standard output unless a file is named. */
static bool parse_optional_file(struct line *l, struct script_command *c)
{
    return l->words == 1 || take_file(l, c, "a file name");
}

static bool parse_mouse(struct line *l, struct script_command *c)
{
    return take_int(l, "movement to the right", -10000, 10000, &c->number[0]) &&
           take_int(l, "movement down", -10000, 10000, &c->number[1]) &&
           (l->next == l->words || take_int(l, "sum of buttons", 0, 7, &c->number[2]));
}

static bool parse_insert(struct line *l, struct script_command *c)
{
    return take_drive(l, c) && take_input_file(l, c, "a file after the drive");
}

static bool parse_eject(struct line *l, struct script_command *c)
{
    if (!take_drive(l, c))
        return false;
    if (c->number[0] == SCRIPT_CD && l->next < l->words &&
        strcmp(l->word[l->next].text, "force") == 0) {
        l->next++;
        c->number[1] = 1;
    }
    return true;
}

static bool parse_nothing(struct line *l, struct script_command *c)
{
    (void)l, (void)c;
    return true;
}

/* The file to load may be one that the script itself saves before: it is looked for later. */
static bool parse_snapshot(struct line *l, struct script_command *c)
{
    struct word *w = argument(l);
    if (!w || (strcmp(w->text, "save") != 0 && strcmp(w->text, "load") != 0))
        return bad(l, "snapshot wants save FILE or load FILE");
    c->op = strcmp(w->text, "load") == 0 ? OP_LOAD : OP_SAVE;
    return take_file(l, c, "a file name");
}

static bool parse_quit(struct line *l, struct script_command *c)
{
    return l->words == 1 || take_int(l, "exit status", 0, 255, &c->number[0]);
}

static const struct {
    const char *name;
    enum script_op op;
    bool (*parse)(struct line *l, struct script_command *c);
} commands[] = {
    {"wait-text", OP_WAIT_TEXT, parse_text_wait},
    {"wait-serial", OP_WAIT_SERIAL, parse_text_wait},
    {"wait-screen", OP_WAIT_SCREEN, parse_wait_screen},
    {"wait-stop", OP_WAIT_STOP, parse_wait_stop},
    {"cont", OP_CONT, parse_nothing},
    {"wait-still", OP_WAIT_STILL, parse_seconds},
    {"type", OP_TYPE, parse_type},
    {"type-serial", OP_TYPE_SERIAL, parse_text_wait},
    {"key", OP_KEY, parse_key},
    {"sleep", OP_SLEEP, parse_seconds},
    {"limit", OP_LIMIT, parse_seconds},
    {"screenshot", OP_SCREENSHOT, parse_screenshot},
    {"dump-text", OP_DUMP_TEXT, parse_optional_file},
    {"state-hash", OP_STATE_HASH, parse_optional_file},
    {"assert-text", OP_ASSERT_TEXT, parse_string},
    {"refute-text", OP_REFUTE_TEXT, parse_string},
    {"mouse", OP_MOUSE, parse_mouse},
    {"insert", OP_INSERT, parse_insert},
    {"eject", OP_EJECT, parse_eject},
    {"reset", OP_RESET, parse_nothing},
    {"power", OP_POWER, parse_nothing},
    {"snapshot", OP_SAVE, parse_snapshot},
    {"quit", OP_QUIT, parse_quit},
};

static bool parse_command(struct line *l, struct script_command *c)
{
    const char *name = l->word[0].text;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        c->op = commands[i].op;
        l->next = 1;
        if (!commands[i].parse(l, c))
            return false;
        if (l->next != l->words)
            return bad(l, "%s: nothing is expected after it here: \"%.60s\"", name,
                       l->word[l->next].text);
        return true;
    }
    const char *names[ARRAY_SIZE(commands)];
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        names[i] = commands[i].name;
    const char *near = nearest_word(name, names, ARRAY_SIZE(names));
    if (near)
        return bad(l, "no command \"%.60s\"; did you mean %s?", name, near);
    return bad(l, "no command \"%.60s\"", name);
}

static void command_free(struct script_command *c)
{
    free(c->text);
    free(c->source);
    picture_free(&c->picture);
}

/* One line; appends a command unless the line is blank. */
static bool parse_line(struct script *s, struct line *l, const char *text, const char *end)
{
    if (memchr(text, 0, (size_t)(end - text)))
        return bad(l, "not a text file");
    struct script_command c = {.line = l->number};
    bool ok = split(l, text, end);
    if (ok && l->words) {
        ok = parse_command(l, &c);
        if (ok) {
            while (text < end && isspace((unsigned char)*text))
                text++;
            c.source = strndup(text, (size_t)(end - text));
            struct script_command *more = realloc(s->command, (s->count + 1) * sizeof(*more));
            if (more)
                s->command = more;
            ok = (c.source && more) || bad(l, "out of memory");
        }
        if (ok)
            s->command[s->count++] = c;
        else
            command_free(&c);
    }
    for (unsigned i = 0; i < l->words; i++)
        free(l->word[i].text);
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
        l.words = 0;
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
        if (s->command[i].op == OP_WAIT_SERIAL || s->command[i].op == OP_TYPE_SERIAL)
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
