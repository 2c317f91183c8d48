/*
 * check.c - the check block of a lesson into steps (lesson.h; README.md has the lines). What each
 * line says of commands and expressions is tried with the least of the hidden values, so that a
 * mistake is found when the file is read.
 */
#include "frontend/control/command.h"
#include "frontend/control/command_words.h"
#include "frontend/control/expression.h"
#include "frontend/lessons/lesson.h"
#include "frontend/lessons/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_MOST = 20000000, TIMES_MOST = 100000, BYTES_MOST = 4096, VARIANTS_MOST = 8 };

/* ---- which commands ---- */

static bool reaches_files(const struct command *c)
{
    for (unsigned i = 0; i < command_params(c); i++) {
        switch (c->param[i].kind) {
        case PARAM_FILE_IN:
        case PARAM_MEDIUM:
        case PARAM_FILE:
        case PARAM_FILE_OUT:
        case PARAM_PNG_IN:
        case PARAM_FOLDER:
        case PARAM_CONDITIONS: /* may be a picture's file */
            return true;
        default:
            break;
        }
    }
    return false;
}

static bool is_safe(const struct command *c)
{
    static const char *const besides[] = {"stop",   "cont",        "reset",
                                          "delete", "assert-text", "refute-text"};
    if (reaches_files(c) || strcmp(c->name, "complete") == 0)
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(besides); i++)
        if (strcmp(c->name, besides[i]) == 0)
            return true;
    unsigned looks = COMMAND_LOOKS | COMMAND_ANSWERS;
    return !(c->flags & (COMMAND_DANGER | COMMAND_SCRIPT)) &&
           ((c->flags & looks) == looks ||
            c->flags & (COMMAND_INPUT | COMMAND_WAITS | COMMAND_TRAVELS));
}

/* The row that a line begins with, before its arguments are looked at: they may name files. */
static const struct command *row_of(const struct words *w)
{
    char two[128];
    const struct word *a = &w->word[0], *b = &w->word[1];
    const struct command *c = NULL;
    if (w->count > 1 && a->text && b->text && a->len + b->len + 2 <= sizeof(two)) {
        snprintf(two, sizeof(two), "%s %s", a->text, b->text);
        c = command_find(two, strlen(two));
    }
    return c || !w->count || !a->text ? c : command_find(a->text, a->len);
}

static bool is_refused(const struct command *c, struct err *e)
{
    return c && !is_safe(c) &&
           !err_set(e,
                    "%s: a lesson may look, move and press keys, but reach no files and end "
                    "nothing",
                    c->name);
}

bool lesson_command_ok(const char *line, struct err *e)
{
    struct words w;
    struct request r = {.row = NULL};
    bool ok = words_split(&w, line, strlen(line), e) && !is_refused(row_of(&w), e);
    words_free(&w);
    ok = ok && request_parse(&r, NULL, line, strlen(line), e);
    if (ok && !r.row)
        ok = err_set(e, "which command?");
    ok = ok && !is_refused(r.row, e);
    request_free(&r);
    return ok;
}

/* ---- words of a line ---- */

struct line {
    struct lesson *l;
    unsigned number;
    char *whole, *text; /* cut up as it is read */
    struct lesson_step *step;
};

#define WRONG(line, ...) lesson_wrong((line)->l, (line)->number, e, __VA_ARGS__)

/* The words of a line with all that is written in braces put in, as at the least of everything. */
static bool tried(struct line *n, const char *what, bool (*ok)(const char *, struct err *),
                  struct err *e)
{
    struct err why;
    struct words_values values = {.lesson = n->l, .trying = true};
    char *text = words_fill(&values, what, &why);
    bool good = text && ok(text, &why);
    free(text);
    return good || WRONG(n, "%s", why.text);
}

static bool anything(const char *text, struct err *e)
{
    (void)text, (void)e;
    return true;
}

/* Cuts off `else "WORDS"` at the end. */
static bool take_else(struct line *n, struct err *e)
{
    char *at = NULL;
    for (char *p = strstr(n->text, " else \""); p; p = strstr(p + 1, " else \""))
        at = p;
    if (!at)
        return true;
    char *words = at + strlen(" else \"");
    size_t len = strlen(words);
    if (!len || words[len - 1] != '"')
        return WRONG(n, "else \"WORDS\": the words end with the line, in quotes");
    words[len - 1] = 0;
    n->step->words = strdup(words);
    *at = 0;
    n->step->source[(size_t)(at - n->whole)] = 0;
    return n->step->words ? tried(n, words, anything, e) : err_set(e, "out of memory");
}

/* Cuts off ` WORD NUMBER` at the end. */
static bool take_number(struct line *n, const char *word, u64 most, u64 *value, bool *there,
                        struct err *e)
{
    char pattern[16], *at = NULL, *end;
    snprintf(pattern, sizeof(pattern), " %s ", word);
    for (char *p = strstr(n->text, pattern); p; p = strstr(p + 1, pattern))
        at = p;
    *there = at != NULL;
    if (!at)
        return true;
    *value = strtoull(at + strlen(pattern), &end, 10);
    if (end == at + strlen(pattern) || *end || !*value || *value > most)
        return WRONG(n, "%s N: a number from 1 to %llu, at the end", word,
                     (unsigned long long)most);
    *at = 0;
    return true;
}

static bool is_name(const char *text)
{
    size_t len = 0;
    for (; text[len]; len++)
        if (!isalnum((unsigned char)text[len]) && text[len] != '_')
            return false;
    return len && len < LESSON_NAME && !isdigit((unsigned char)text[0]);
}

static bool set_what(struct line *n, const char *what, struct err *e)
{
    n->step->what = strdup(what);
    return n->step->what || err_set(e, "out of memory");
}

/* ---- given ---- */

static bool given_of(struct line *n, struct lesson_given *g, const char *rest, struct err *e)
{
    long long least, most;
    unsigned bytes;
    int used = 0;
    if (sscanf(rest, "from %lli to %lli%n", &least, &most, &used) == 2 && !rest[used] &&
        least <= most) {
        g->kind = GIVEN_NUMBER;
        g->least = least;
        g->most = most;
        return true;
    }
    if (sscanf(rest, "bytes %u%n", &bytes, &used) == 1 && !rest[used] && bytes >= 1 &&
        bytes <= BYTES_MOST) {
        g->kind = GIVEN_BYTES;
        g->count = bytes;
        return true;
    }
    if (strncmp(rest, "of ", 3) == 0 && rest[3 + strspn(rest + 3, " ")]) {
        g->kind = GIVEN_CHOICE;
        g->choices = strdup(rest + 3);
        return g->choices || err_set(e, "out of memory");
    }
    return WRONG(n,
                 "given NAME from LEAST to MOST, given NAME of WORD WORD..., or given NAME "
                 "bytes COUNT (up to %d)",
                 BYTES_MOST);
}

static bool read_given(struct line *n, struct err *e)
{
    struct lesson *l = n->l;
    struct lesson_given *g = &l->given[l->givens];
    char *rest = n->text + strcspn(n->text, " ");
    if (*rest)
        *rest++ = 0;
    if (!is_name(n->text))
        return WRONG(n, "given NAME ...: a name of letters and digits");
    for (unsigned i = 0; i < l->givens; i++)
        if (strcmp(l->given[i].name, n->text) == 0)
            return WRONG(n, "%s is given twice", n->text);
    if (l->givens == LESSON_STEPS)
        return WRONG(n, "too much is given");
    *g = (struct lesson_given){.kind = GIVEN_NUMBER};
    strcpy(g->name, n->text);
    l->givens++;
    return given_of(n, g, rest, e);
}

/* ---- steps ---- */

static bool expression_ok(const char *text, struct err *e)
{
    s64 value;
    return expression_value(NULL, text, &value, e);
}

static bool point_ok(const char *text, struct err *e)
{
    if (strncmp(text, "break ", 6) != 0 && strncmp(text, "watch ", 6) != 0)
        return err_set(e, "%.60s: halt, break ... or watch ...", text);
    return lesson_command_ok(text, e);
}

static bool read_at(struct line *n, struct err *e)
{
    struct lesson_step *s = n->step;
    bool limited, counted;
    s->kind = STEP_AT;
    s->times = 1;
    if (!take_number(n, "times", TIMES_MOST, &s->times, &counted, e) ||
        !take_number(n, "within", LIMIT_MOST, &s->limit, &limited, e))
        return false;
    if (!limited)
        return WRONG(n, "at EVENT within INSTRUCTIONS [times N] [else \"WORDS\"]");
    s->halt = strcmp(n->text, "halt") == 0;
    return (s->halt || tried(n, n->text, point_ok, e)) && set_what(n, n->text, e);
}

static bool read_never(struct line *n, struct err *e)
{
    n->step->kind = STEP_NEVER;
    return tried(n, n->text, point_ok, e) && set_what(n, n->text, e);
}

static bool read_count(struct line *n, struct err *e)
{
    char *rest = n->text + strcspn(n->text, " ");
    if (*rest)
        *rest++ = 0;
    n->step->kind = STEP_COUNT;
    if (!is_name(n->text))
        return WRONG(n, "count NAME break ...: a name of letters and digits");
    strcpy(n->step->name, n->text);
    return tried(n, rest, point_ok, e) && set_what(n, rest, e);
}

static bool read_keep(struct line *n, struct err *e)
{
    char *rest = n->text + strcspn(n->text, " ");
    if (*rest)
        *rest++ = 0;
    n->step->kind = STEP_KEEP;
    if (!is_name(n->text))
        return WRONG(n, "keep NAME EXPRESSION: a name of letters and digits");
    strcpy(n->step->name, n->text);
    return tried(n, rest, expression_ok, e) && set_what(n, rest, e);
}

static bool read_run(struct line *n, struct err *e)
{
    char *end;
    n->step->kind = STEP_RUN;
    n->step->limit = strtoull(n->text, &end, 10);
    if (end == n->text || *end || !n->step->limit || n->step->limit > LIMIT_MOST)
        return WRONG(n, "run INSTRUCTIONS: 1 to %d", LIMIT_MOST);
    return true;
}

/* \\n is the end of a line. */
static void put_newlines(char *text)
{
    char *to = text;
    for (; *text; text++)
        if (text[0] == '\\' && text[1] == 'n') {
            *to++ = '\n';
            text++;
        } else {
            *to++ = *text;
        }
    *to = 0;
}

/* The text between the quotes, which end the line. */
static bool read_quoted(struct line *n, const char *text, struct err *e)
{
    size_t len = strlen(text);
    if (len < 3 || text[0] != '"' || text[len - 1] != '"')
        return WRONG(n, "a text in quotes is wanted");
    n->step->what = strndup(text + 1, len - 2);
    if (!n->step->what)
        return err_set(e, "out of memory");
    put_newlines(n->step->what);
    return tried(n, n->step->what, anything, e);
}

static bool read_expect(struct line *n, struct err *e)
{
    if (!n->step->words)
        return WRONG(n, "expect ... else \"WORDS\": what is the learner told?");
    if (strncmp(n->text, "text ", 5) == 0) {
        n->step->kind = STEP_TEXT;
        return read_quoted(n, n->text + 5, e);
    }
    if (strncmp(n->text, "answer is ", 10) == 0) {
        n->step->kind = STEP_ANSWER;
        return set_what(n, n->text + 10, e);
    }
    n->step->kind = STEP_EXPECT;
    return tried(n, n->text, expression_ok, e) && set_what(n, n->text, e);
}

static bool read_do(struct line *n, struct err *e)
{
    n->step->kind = STEP_DO;
    if (strcmp(n->text, "answer") == 0) {
        n->step->kind = STEP_GIVEN_ANSWER;
        return true;
    }
    return tried(n, n->text, lesson_command_ok, e) && set_what(n, n->text, e);
}

static bool read_see(struct line *n, struct err *e)
{
    n->step->kind = STEP_SEE;
    return tried(n, n->text, lesson_command_ok, e) && set_what(n, n->text, e);
}

static bool read_variants(struct line *n, struct err *e)
{
    char *end;
    unsigned long v = strtoul(n->text, &end, 10);
    n->l->variants = (unsigned)v;
    return (end != n->text && !*end && v >= 1 && v <= VARIANTS_MOST) ||
           WRONG(n, "variants N: how many machines a program is tried on, 1 to %d", VARIANTS_MOST);
}

static const struct {
    const char *word;
    bool step, words;
    bool (*read)(struct line *n, struct err *e);
} lines[] = {
    {"given", false, false, read_given}, {"variants", false, false, read_variants},
    {"do", true, true, read_do},         {"see", true, false, read_see},
    {"run", true, false, read_run},      {"at", true, true, read_at},
    {"never", true, true, read_never},   {"count", true, false, read_count},
    {"keep", true, false, read_keep},    {"expect", true, true, read_expect},
};

static bool read_line(struct lesson *l, unsigned number, char *text, struct err *e)
{
    struct line n = {.l = l, .number = number, .whole = text, .step = &l->step[l->steps]};
    size_t word = strcspn(text, " ");
    unsigned i = 0;
    while (i < ARRAY_SIZE(lines) &&
           (strlen(lines[i].word) != word || memcmp(text, lines[i].word, word) != 0))
        i++;
    if (i == ARRAY_SIZE(lines))
        return WRONG(
            &n, "\"%.40s\": given, variants, do, see, run, at, never, count, keep or expect", text);
    if (l->steps == LESSON_STEPS)
        return WRONG(&n, "more than %d steps", LESSON_STEPS);
    n.text = text + word + strspn(text + word, " ");
    if (lines[i].step) {
        *n.step = (struct lesson_step){.line = number, .source = strdup(text)};
        l->steps++; /* what is in it is freed with the lesson */
        if (!n.step->source)
            return err_set(e, "out of memory");
    }
    return (!lines[i].words || take_else(&n, e)) && lines[i].read(&n, e);
}

bool lesson_read_check(struct lesson *l, const struct lesson_block *b, struct err *e)
{
    const char *at = b->text;
    char text[LESSON_LINE];
    for (unsigned line = b->line - 1; lesson_line(&at, &line, text, sizeof(text));) {
        if (strlen(text) == sizeof(text) - 1)
            return lesson_wrong(l, line, e, "longer than %d letters", LESSON_LINE - 1);
        if (!read_line(l, line, text, e))
            return false;
    }
    return l->steps || lesson_wrong(l, b->line, e, "nothing is checked here");
}
