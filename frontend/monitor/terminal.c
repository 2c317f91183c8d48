/*
 * terminal.c - libedit, loaded by name. See terminal.h; the interface is libedit's, as its manual
 * (editline(3), histedit.h) has it.
 */
#include "frontend/monitor/terminal.h"

#include "hw/base/clean.h"
#include "hw/base/library.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

typedef struct editline EditLine;
typedef struct history History;

struct line_info {
    const char *buffer, *cursor, *last;
};

struct hist_event {
    int num;
    const char *str;
};

enum { EL_PROMPT = 0, EL_EDITOR = 2, EL_BIND = 4, EL_ADDFN = 9, EL_HIST = 10 };
enum { EL_GETCFN = 13, EL_REFRESH = 20 };
enum { H_SETSIZE = 1, H_ENTER = 10, H_SETUNIQUE = 20 };
enum { CC_REFRESH = 4, CC_REDISPLAY = 8, CC_REFRESH_BEEP = 9, HISTORY = 1000 };

typedef int history_fn(History *h, struct hist_event *e, int op, ...);

struct libedit {
    EditLine *(*init)(const char *program, FILE *in, FILE *out, FILE *err);
    void (*end)(EditLine *e);
    const char *(*gets)(EditLine *e, int *count);
    int (*set)(EditLine *e, int op, ...);
    const struct line_info *(*line)(EditLine *e);
    int (*insert)(EditLine *e, const char *text);
    void (*delete)(EditLine *e, int count);
    History *(*history_init)(void);
    void (*history_end)(History *h);
    history_fn *history;
};

#define AT(member) offsetof(struct libedit, member)

static const struct library_function functions[] = {
    {"el_init", AT(init)},
    {"el_end", AT(end)},
    {"el_gets", AT(gets)},
    {"el_set", AT(set)},
    {"el_line", AT(line)},
    {"el_insertstr", AT(insert)},
    {"el_deletestr", AT(delete)},
    {"history_init", AT(history_init)},
    {"history_end", AT(history_end)},
    {"history", AT(history)},
};

static const struct library library = {"libedit", "libedit2", "libedit.so.2", functions,
                                       ARRAY_SIZE(functions)};

struct terminal {
    struct libedit lib;
    EditLine *edit;
    const struct terminal_talk *talk;
    bool over;
};

/* libedit calls back with nothing of ours; a thread has one terminal at most. */
static _Thread_local struct terminal *here;

bool terminal_possible(struct err *e)
{
    struct libedit lib;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(e, "standard input and output are no terminal");
    void *handle = library_open(&library, &lib, e);
    library_close(handle);
    return handle != NULL;
}

static char *prompt(EditLine *e)
{
    (void)e;
    return (char *)here->talk->prompt;
}

/* ---- keys ---- */

/* Something is said while a line is being written: above it, and the line again. */
static void take_notice(struct terminal *t)
{
    fputs("\r\33[K", stdout);
    t->over = !t->talk->notice(t->talk->opaque);
    if (!t->over)
        t->lib.set(t->edit, EL_REFRESH);
}

/* The next byte; 0: the input is over. */
static int next_byte(struct terminal *t, u8 *byte)
{
    while (!t->over) {
        struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                             {.fd = t->talk->wake, .events = POLLIN}};
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return 0;
        if (p[1].revents)
            take_notice(t);
        else if (p[0].revents)
            return read(STDIN_FILENO, byte, 1) == 1;
    }
    return 0;
}

/* A character of UTF-8: 1, or 0 at the end. */
static int get_character(EditLine *e, wchar_t *out)
{
    u8 byte;
    (void)e;
    if (!next_byte(here, &byte)) {
        here->over = true;
        return 0;
    }
    unsigned more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    u32 c = more == 3 ? byte & 7u : more == 2 ? byte & 15u : more == 1 ? byte & 31u : byte;
    while (more-- && next_byte(here, &byte))
        c = c << 6 | (byte & 0x3fu);
    *out = (wchar_t)c;
    return 1;
}

/* ---- completion ---- */

/* How far all candidates agree. */
static size_t common(const char *list)
{
    size_t n = strcspn(list, "\n");
    for (const char *at = list; *at;) {
        size_t same = 0;
        while (same < n && at[same] == list[same])
            same++;
        n = same;
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return n;
}

static unsigned lines_of(const char *list)
{
    unsigned n = 0;
    for (; *list; list++)
        n += *list == '\n';
    return n;
}

static unsigned char on_tab(EditLine *e, int key)
{
    struct terminal *t = here;
    const struct line_info *l = t->lib.line(e);
    size_t len = (size_t)(l->cursor - l->buffer), from;
    char *text = t->talk->complete(t->talk->opaque, l->buffer, len), *list;
    (void)key;
    if (!text)
        return CC_REFRESH_BEEP;
    from = strtoul(text, &list, 10);
    list += *list == '\n';
    unsigned count = lines_of(list);
    size_t n = common(list);
    unsigned char then = CC_REFRESH_BEEP;
    if (count && from <= len) {
        /* The word anew: a candidate may be quoted where what was typed is not. */
        char *word = malloc(n + 2);
        bool whole = count == 1 && n && list[n - 1] != '/';
        if (word && (n > len - from || whole)) {
            memcpy(word, list, n);
            memcpy(word + n, whole ? " " : "", whole ? 2 : 1);
            t->lib.delete(e, (int)(len - from));
            t->lib.insert(e, word);
            then = CC_REFRESH;
        } else if (count > 1) {
            clean_printf(stdout, "\n%s", list);
            fflush(stdout);
            then = CC_REDISPLAY;
        }
        free(word);
    }
    free(text);
    return then;
}

/* ---- lines ---- */

static void read_lines(struct terminal *t, History *h)
{
    const char *line;
    struct hist_event e;
    int count;
    while (!t->over && (line = t->lib.gets(t->edit, &count)) && count > 0) {
        char *copy = strndup(line, strcspn(line, "\r\n"));
        if (!copy)
            return;
        if (*copy)
            t->lib.history(h, &e, H_ENTER, copy);
        t->over |= !t->talk->ask(t->talk->opaque, copy);
        free(copy);
    }
}

void terminal_run(const struct terminal_talk *talk)
{
    struct terminal t = {.talk = talk};
    struct hist_event e;
    void *handle = library_open(&library, &t.lib, NULL);
    History *h = handle ? t.lib.history_init() : NULL;
    t.edit = h ? t.lib.init("ferrite", stdin, stdout, stderr) : NULL;
    if (t.edit) {
        here = &t;
        t.lib.history(h, &e, H_SETSIZE, (int)HISTORY);
        t.lib.history(h, &e, H_SETUNIQUE, 1);
        t.lib.set(t.edit, EL_PROMPT, prompt);
        t.lib.set(t.edit, EL_EDITOR, "emacs");
        t.lib.set(t.edit, EL_HIST, t.lib.history, h);
        t.lib.set(t.edit, EL_GETCFN, get_character);
        t.lib.set(t.edit, EL_ADDFN, "ferrite-complete", "what may stand here", on_tab);
        t.lib.set(t.edit, EL_BIND, "\t", "ferrite-complete", (char *)NULL);
        t.lib.set(t.edit, EL_BIND, "^R", "em-inc-search-prev", (char *)NULL);
        read_lines(&t, h);
        t.lib.end(t.edit);
        putchar('\n');
        fflush(stdout);
        here = NULL;
    }
    if (h)
        t.lib.history_end(h);
    library_close(handle);
}
