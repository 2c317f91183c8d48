/*
 * lesson.c - from Markdown to a lesson: title, text, fenced blocks. See lesson.h; the check's lines
 * are read in check.c.
 */
#include "frontend/lessons/lesson.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"text", "machine", "program", "frame",    "show", "do",
                                    "task", "check",   "hint",    "solution", "wrong"};
static const char *const answers[] = {"source", "script", "value", "word"};

const char *lesson_kind_name(enum lesson_kind kind)
{
    return kinds[kind];
}

const char *lesson_answer_name(enum lesson_answer answer)
{
    return answers[answer];
}

bool lesson_wrong(const struct lesson *l, unsigned line, struct err *e, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return err_set(e, "%s:%u: %s", l->path, line, text);
}

bool lesson_line(const char **at, unsigned *line, char *out, size_t size)
{
    while (**at) {
        const char *from = *at, *end = strchr(from, '\n');
        size_t len = end ? (size_t)(end - from) : strlen(from);
        *at = from + len + (end != NULL);
        ++*line;
        while (len && isspace((unsigned char)*from)) {
            from++;
            len--;
        }
        while (len && isspace((unsigned char)from[len - 1]))
            len--;
        if (!len || *from == '#')
            continue;
        if (len >= size) /* said by who reads it: no line that is right is so long */
            len = size - 1;
        memcpy(out, from, len);
        out[len] = 0;
        return true;
    }
    return false;
}

const struct lesson_block *lesson_block(const struct lesson *l, enum lesson_kind kind,
                                        const struct lesson_block *after)
{
    for (const struct lesson_block *b = after ? after + 1 : l->block; b < l->block + l->blocks; b++)
        if (b->kind == kind)
            return b;
    return NULL;
}

/* ---- blocks ---- */

/* "power-on" of "lessons/01-power-on.md". */
static bool take_name(struct lesson *l, struct err *e)
{
    const char *base = strrchr(l->path, '/');
    base = base ? base + 1 : l->path;
    const char *from = base;
    while (isdigit((unsigned char)*from))
        from++;
    if (from > base && *from == '-') {
        l->number = (unsigned)strtoul(base, NULL, 10);
        from++;
    } else {
        from = base;
    }
    size_t len = strlen(from);
    if (len > 3 && strcmp(from + len - 3, ".md") == 0)
        len -= 3;
    if (!len || len >= sizeof(l->name))
        return err_set(e, "%s: a lesson's file is NN-NAME.md, with a name of 1 to %d letters",
                       l->path, LESSON_NAME - 1);
    memcpy(l->name, from, len);
    return true;
}

static bool add_block(struct lesson *l, enum lesson_kind kind, unsigned line, const char *info,
                      size_t info_len, const char *text, size_t len, struct err *e)
{
    if (l->blocks == LESSON_BLOCKS)
        return lesson_wrong(l, line, e, "more than %d blocks", LESSON_BLOCKS);
    struct lesson_block *b = &l->block[l->blocks++];
    *b = (struct lesson_block){
        .kind = kind, .line = line, .info = strndup(info, info_len), .text = strndup(text, len)};
    return (b->info && b->text) || err_set(e, "out of memory");
}

static bool blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isspace((unsigned char)text[i]))
            return false;
    return true;
}

static bool add_text(struct lesson *l, unsigned line, const char *from, const char *to,
                     struct err *e)
{
    size_t len = (size_t)(to - from);
    return blank(from, len) || add_block(l, LESSON_TEXT, line, "", 0, from, len, e);
}

/* The kind that the words behind ``` begin with; false: code that is only shown. */
static bool kind_of(const char *words, size_t len, enum lesson_kind *kind, size_t *used)
{
    for (unsigned i = LESSON_MACHINE; i < ARRAY_SIZE(kinds); i++) {
        size_t n = strlen(kinds[i]);
        if (len >= n && memcmp(words, kinds[i], n) == 0 &&
            (len == n || isspace((unsigned char)words[n]))) {
            while (n < len && isspace((unsigned char)words[n]))
                n++;
            *kind = i;
            *used = n;
            return true;
        }
    }
    return false;
}

struct reading {
    const char *at, *end; /* the next line */
    unsigned line;        /* its number, from 1 */
    const char *text;     /* of what is shown, since there */
    unsigned text_line;
};

/* The next line; false: none. */
static bool next_line(struct reading *r, const char **from, size_t *len)
{
    if (r->at >= r->end)
        return false;
    const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    *from = r->at;
    *len = (size_t)((end ? end : r->end) - r->at);
    r->at = end ? end + 1 : r->end;
    r->line++;
    while (*len && isspace((unsigned char)(*from)[*len - 1]))
        --*len;
    return true;
}

static bool is_fence(const char *from, size_t len)
{
    return len >= 3 && memcmp(from, "```", 3) == 0;
}

/* Behind its first line, whose words these are. */
static bool read_fence(struct lesson *l, struct reading *r, const char *first, size_t first_len,
                       struct err *e)
{
    enum lesson_kind kind = LESSON_TEXT;
    size_t used = 0, len;
    const char *words = first + 3, *inside = r->at, *from;
    unsigned line = r->line;
    bool ours = kind_of(words, first_len - 3, &kind, &used);
    if (ours && !add_text(l, r->text_line, r->text, first, e))
        return false;
    while (next_line(r, &from, &len)) {
        if (!is_fence(from, len))
            continue;
        if (len > 3)
            return lesson_wrong(l, r->line, e,
                                "a block begins inside of that of line %u, which "
                                "wants an end: ``` alone on a line",
                                line);
        if (!ours)
            return true;
        r->text = r->at;
        r->text_line = r->line + 1;
        return add_block(l, kind, line + 1, words + used, first_len - 3 - used, inside,
                         (size_t)(from - inside), e);
    }
    return lesson_wrong(l, line, e, "this block has no end: ``` alone on a line");
}

static bool read_blocks(struct lesson *l, const char *text, size_t text_len, struct err *e)
{
    struct reading r = {.at = text, .end = text + text_len, .text = text, .text_line = 1};
    const char *from;
    size_t len;
    while (next_line(&r, &from, &len)) {
        if (!l->title && len > 2 && memcmp(from, "# ", 2) == 0) {
            l->title = strndup(from + 2, len - 2);
            if (!l->title)
                return err_set(e, "out of memory");
            r.text = r.at;
            r.text_line = r.line + 1;
        } else if (!l->title && len) {
            return lesson_wrong(l, r.line, e, "a lesson begins with its title: # TITLE");
        } else if (is_fence(from, len) && !read_fence(l, &r, from, len, e)) {
            return false;
        }
    }
    if (!l->title)
        return lesson_wrong(l, 1, e, "a lesson begins with its title: # TITLE");
    return add_text(l, r.text_line, r.text, r.end, e);
}

/* The first paragraph, on one line. */
static bool take_summary(struct lesson *l, struct err *e)
{
    const struct lesson_block *b = lesson_block(l, LESSON_TEXT, NULL);
    const char *from = b ? b->text + strspn(b->text, " \t\r\n") : "";
    const char *end = strstr(from, "\n\n");
    l->summary = strndup(from, end ? (size_t)(end - from) : strlen(from));
    if (!l->summary)
        return err_set(e, "out of memory");
    for (char *c = l->summary; *c; c++)
        if (isspace((unsigned char)*c))
            *c = ' ';
    size_t len = strlen(l->summary);
    while (len && l->summary[len - 1] == ' ')
        l->summary[--len] = 0;
    return len ||
           lesson_wrong(l, 1, e, "behind the title a sentence says what the lesson is about");
}

/* ---- what the blocks mean ---- */

/* For a machine beside the lesson, which is to be as the check's. */
static void note_option(struct lesson *l, const char *option, const char *value)
{
    size_t used = strlen(l->options);
    snprintf(l->options + used, sizeof(l->options) - used, "%s%s %.20s", used ? " " : "", option,
             value);
}

static bool machine_line(struct lesson *l, const char *text, unsigned line, struct err *e)
{
    char word[16], rest[80], *end;
    word[0] = rest[0] = 0;
    if (sscanf(text, "%15s %79[^\n]", word, rest) != 2)
        rest[0] = 0;
    double number = strtod(rest, &end);
    bool numeric = end != rest && !*end;
    if (strcmp(word, "memory") == 0 && numeric && number >= 1 && number <= 64) {
        l->memory = (u32)number;
        note_option(l, "-m", rest);
    } else if (strcmp(word, "speed") == 0 && numeric && number >= 0.1 && number <= 1000) {
        l->mips = number;
        note_option(l, "-speed", rest);
    } else if (strcmp(word, "cpu") == 0 && *rest && strlen(rest) < sizeof(l->cpu) &&
               !strpbrk(rest, " \t")) {
        strcpy(l->cpu, rest);
        note_option(l, "-cpu", rest);
    } else if (strcmp(word, "stop") == 0 && *rest) {
        strcpy(l->stop, rest);
    } else {
        return lesson_wrong(l, line, e,
                            "\"%.60s\": memory MB (1 to 64), speed INSTRUCTIONS-PER-"
                            "MICROSECOND, cpu NAME or stop ADDRESS",
                            text);
    }
    return true;
}

static bool read_machine(struct lesson *l, const struct lesson_block *b, struct err *e)
{
    const char *at = b->text;
    char text[LESSON_LINE];
    for (unsigned line = b->line - 1; lesson_line(&at, &line, text, sizeof(text));)
        if (!machine_line(l, text, line, e))
            return false;
    return true;
}

static bool read_do(struct lesson *l, const struct lesson_block *b, struct err *e)
{
    const char *at = b->text;
    char text[LESSON_LINE];
    struct err why;
    for (unsigned line = b->line - 1; lesson_line(&at, &line, text, sizeof(text));)
        if (!lesson_command_ok(text, &why))
            return lesson_wrong(l, line, e, "%s", why.text);
    return true;
}

static bool read_task(struct lesson *l, const struct lesson_block *b, struct err *e)
{
    for (unsigned i = 0; i < ARRAY_SIZE(answers); i++) {
        if (strcmp(b->info, answers[i]) == 0) {
            l->answer = i;
            return true;
        }
    }
    return lesson_wrong(l, b->line - 1, e, "task \"%.40s\": task source, script, value or word",
                        b->info);
}

static bool read_wrong(struct lesson *l, const struct lesson_block *b, struct err *e)
{
    size_t len = strlen(b->info);
    if (len < 3 || b->info[0] != '"' || b->info[len - 1] != '"')
        return lesson_wrong(l, b->line - 1, e, "wrong \"WORDS\": what the check must say of it");
    memmove(b->info, b->info + 1, len - 2);
    b->info[len - 2] = 0;
    return true;
}

static unsigned count(const struct lesson *l, enum lesson_kind kind)
{
    unsigned n = 0;
    for (unsigned i = 0; i < l->blocks; i++)
        n += l->block[i].kind == kind;
    return n;
}

static bool is_whole(struct lesson *l, struct err *e)
{
    static const struct {
        enum lesson_kind kind;
        unsigned least, most;
        const char *words;
    } rules[] = {
        {LESSON_TASK, 1, 1, "one task block"},
        {LESSON_CHECK, 1, 1, "one check block"},
        {LESSON_MACHINE, 0, 1, "at most one machine block"},
        {LESSON_PROGRAM, 0, 1, "at most one program block"},
        {LESSON_FRAME, 0, 1, "at most one frame block"},
        {LESSON_SOLUTION, 1, LESSON_BLOCKS, "a solution block"},
        {LESSON_WRONG, 2, LESSON_BLOCKS, "at least two wrong blocks, with what is said of each"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++) {
        unsigned n = count(l, rules[i].kind);
        if (n < rules[i].least || n > rules[i].most)
            return lesson_wrong(l, 1, e, "a lesson has %s; there are %u", rules[i].words, n);
    }
    return true;
}

static bool read_block(struct lesson *l, const struct lesson_block *b, struct err *e)
{
    switch (b->kind) {
    case LESSON_MACHINE:
        return read_machine(l, b, e);
    case LESSON_DO:
        return read_do(l, b, e);
    case LESSON_TASK:
        return read_task(l, b, e);
    case LESSON_WRONG:
        return read_wrong(l, b, e);
    case LESSON_CHECK:
        return lesson_read_check(l, b, e);
    case LESSON_SHOW:
        return *b->info || lesson_wrong(l, b->line - 1, e, "show VIEW: which view of the page?");
    default:
        return true;
    }
}

static bool read_lesson(struct lesson *l, const char *text, size_t len, struct err *e)
{
    if (len > LESSON_BYTES)
        return err_set(e, "%s: larger than %d KB", l->path, LESSON_BYTES >> 10);
    if (memchr(text, 0, len))
        return err_set(e, "%s: has a byte 0 in it, which is no text", l->path);
    if (!take_name(l, e) || !read_blocks(l, text, len, e) || !take_summary(l, e) || !is_whole(l, e))
        return false;
    for (unsigned i = 0; i < l->blocks; i++)
        if (!read_block(l, &l->block[i], e))
            return false;
    return true;
}

struct lesson *lesson_parse(const char *path, const char *text, size_t len, struct err *e)
{
    struct lesson *l = calloc(1, sizeof(*l));
    if (l)
        l->path = strdup(path);
    if (!l || !l->path) {
        lesson_free(l);
        err_set(e, "out of memory");
        return NULL;
    }
    l->memory = 4;
    l->mips = 10;
    l->variants = 1;
    if (read_lesson(l, text, len, e))
        return l;
    lesson_free(l);
    return NULL;
}

void lesson_free(struct lesson *l)
{
    if (!l)
        return;
    for (unsigned i = 0; i < l->blocks; i++) {
        free(l->block[i].info);
        free(l->block[i].text);
    }
    for (unsigned i = 0; i < l->givens; i++)
        free(l->given[i].choices);
    for (unsigned i = 0; i < l->steps; i++) {
        free(l->step[i].source);
        free(l->step[i].what);
        free(l->step[i].words);
    }
    free(l->path);
    free(l->title);
    free(l->summary);
    free(l);
}
