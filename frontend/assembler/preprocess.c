/*
 * preprocess.c - a text into lines: %define, %assign, %if, %rep, %macro, %include (NASM's manual,
 * chapter 4). It runs before there are addresses, so that its expressions are made of numbers and
 * of names of %define and %assign alone. Not here: context stacks (%push, %$), %rotate by negative
 * numbers, %if of other kinds than those below.
 */
#include "frontend/assembler/preprocess.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pp_complain(struct preprocessor *p, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct line *l = list_add(p->a, &p->a->lines, sizeof *l);
    if (!l)
        return false;
    const char *at = p->spoken.text.at;
    u32 n = 0;
    while (n < p->spoken.text.length && isspace((unsigned char)at[n]))
        n++;
    *l = (struct line){.text = "", .number = p->spoken.number, .file = p->spoken.file};
    return complain(p->a, (u32)p->a->lines.count - 1, p->column ? p->column : n + 1, "%s", text);
}

/* The end, in the line that is being done. */
static bool stop(struct preprocessor *p, const char *why)
{
    struct line *l = list_add(p->a, &p->a->lines, sizeof *l);
    if (!l)
        return false;
    *l = (struct line){.text = "", .number = p->spoken.number, .file = p->spoken.file};
    p->a->doing = (u32)p->a->lines.count - 1;
    return give_up(p->a, "%s", why);
}

static bool too_deep(struct preprocessor *p)
{
    return stop(p, "macros, repetitions and files are too deep in one another");
}

/* ---- a file into lines ---- */

/* Lines that end in a backslash go on. */
static struct raw_line *split(struct preprocessor *p, const char *text, size_t size, u16 file,
                              size_t *count)
{
    size_t most = 1, n = 0;
    for (size_t i = 0; i < size; i++)
        most += text[i] == '\n';
    struct raw_line *l = malloc(most * sizeof *l);
    if (!l) {
        give_up(p->a, "out of memory");
        return NULL;
    }
    const char *at = text, *end = text + size;
    if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3; /* an editor's mark of UTF-8 */
    for (u32 number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        u32 length = (u32)((stop ? stop : end) - at);
        bool joined =
            n && l[n - 1].text.length && l[n - 1].text.at[l[n - 1].text.length - 1] == '\\';
        u32 shown = length && at[length - 1] == '\r' ? length - 1 : length;
        if (joined) {
            struct text before = l[n - 1].text;
            char *both = assembler_memory(p->a, before.length + shown + 1);
            if (!both)
                break;
            memcpy(both, before.at, before.length - 1);
            both[before.length - 1] = ' ';
            memcpy(both + before.length, at, shown);
            l[n - 1].text = (struct text){both, before.length + shown};
        } else {
            l[n++] = (struct raw_line){{at, shown}, number, file};
        }
        at += length + 1;
    }
    *count = n;
    return l;
}

/* ---- blocks of lines ---- */

/* The word behind % at the beginning of a line; empty: none. */
static struct text directive_of(struct text line)
{
    struct text t = pp_trim(line);
    if (t.length < 2 || *t.at != '%' || !isalpha((unsigned char)t.at[1]))
        return (struct text){t.at, 0};
    u32 n = 1;
    while (n < t.length && isalpha((unsigned char)t.at[n]))
        n++;
    return (struct text){t.at + 1, n - 1};
}

static bool begins(struct text word, const char *what)
{
    size_t n = strlen(what);
    return word.length >= n && word_is(word.at, n, what);
}

/* The line that ends what begins at `from`; `count`: none does. */
static size_t block_end(const struct raw_line *l, size_t from, size_t count, const char *begin,
                        const char *end)
{
    unsigned depth = 0;
    for (size_t i = from; i < count; i++) {
        struct text d = directive_of(l[i].text);
        if (text_is(d, begin))
            depth++;
        else if (text_is(d, end) && !--depth)
            return i;
    }
    return count;
}

static bool do_lines(struct preprocessor *p, const struct raw_line *l, size_t count,
                     struct call_of *c, unsigned depth);

static bool do_rep(struct preprocessor *p, const struct raw_line *l, size_t lines, struct text rest,
                   struct call_of *c, unsigned depth)
{
    s64 times;
    if (!pp_value(p, rest, c, &times))
        return false;
    if (times < 0 || times > MOST_PIECES)
        return pp_complain(p, "%%rep %lld: from 0 to %u are", (long long)times, MOST_PIECES);
    p->leave_rep = false;
    for (s64 i = 0; i < times && !p->leave_rep && !p->a->failed; i++) {
        if (++p->pieces > MOST_PIECES)
            return stop(p, "the macros of the text take too much work");
        do_lines(p, l, lines, c, depth + 1);
    }
    p->leave_rep = false;
    return true;
}

/* %macro NAME 1-3+ default, default */
static bool do_macro(struct preprocessor *p, const struct raw_line *l, size_t lines,
                     struct text rest)
{
    rest = pp_trim(pp_without_comment(rest));
    struct text name = pp_word(rest);
    struct macro *m = assembler_memory(p->a, sizeof *m);
    struct raw_line *kept = assembler_memory(p->a, (lines + 1) * sizeof *kept);
    if (!m || !kept)
        return false;
    if (!name.length)
        return pp_complain(
            p, "%%macro wants a name and how many parameters it takes: %%macro print 1");
    rest = pp_behind(rest, name);
    char number[40];
    snprintf(number, sizeof number, "%.*s", (int)(rest.length < 39 ? rest.length : 39), rest.at);
    char *end = number;
    unsigned long least = strtoul(number, &end, 10), most = least;
    memset(m, 0, sizeof *m);
    if (end == number)
        return pp_complain(p, "%%macro %.*s: how many parameters? 0 is none", (int)name.length,
                           name.at);
    if (*end == '-' && end[1] == '*') {
        most = MOST_ARGUMENTS;
        end += 2;
    } else if (*end == '-') {
        most = strtoul(end + 1, &end, 10);
    }
    m->greedy = *end == '+';
    end += m->greedy;
    if (most > MOST_ARGUMENTS || least > most)
        return pp_complain(p, "a macro takes up to %u parameters", MOST_ARGUMENTS);
    u32 used = (u32)(end - number);
    rest = pp_trim((struct text){rest.at + used, rest.length - used});
    while (rest.length && m->defaults < MOST_ARGUMENTS)
        m->by_default[m->defaults++] = pp_argument(&rest, false);
    for (size_t i = 0; i < lines; i++)
        kept[i] = l[i];
    m->name = name;
    m->least = (unsigned)least;
    m->most = (unsigned)most;
    m->line = kept;
    m->lines = lines;
    unsigned bucket = pp_bucket(name);
    m->next = p->macro[bucket];
    p->macro[bucket] = m;
    return true;
}

static bool do_include(struct preprocessor *p, struct text rest, const struct call_of *c,
                       unsigned depth)
{
    struct assembler *a = p->a;
    struct line_text *t = pp_room(p);
    struct text name = {"", 0};
    char *content = NULL;
    size_t size = 0, count = 0;
    if (t && pp_expand(p, rest, c, t))
        name = pp_trim((struct text){t->at, (u32)t->length});
    bool quoted =
        name.length > 2 && strchr("\"'`", *name.at) && name.at[name.length - 1] == *name.at;
    char *path = quoted ? assembler_text(a, name.at + 1, name.length - 2) : NULL;
    free(t);
    if (!path)
        return a->failed ? false : pp_complain(p, "%%include wants a file's name in quotes");
    const char *from = ((const char **)a->files.data)[p->spoken.file];
    if (a->files.count >= 1000 || !a->options.include ||
        !a->options.include(a->options.opaque, path, from, &content, &size))
        return pp_complain(p, "there is no file %.200s", path);
    char *kept = assembler_text(a, content, size);
    free(content);
    const char **file = kept ? list_add(a, &a->files, sizeof *file) : NULL;
    if (!file)
        return false;
    *file = path;
    struct raw_line *l = split(p, kept, size, (u16)(a->files.count - 1), &count);
    bool good = l && do_lines(p, l, count, NULL, depth + 1);
    free(l);
    return good;
}

/* ---- one line ---- */

static bool do_assign(struct preprocessor *p, struct text rest, const struct call_of *c)
{
    s64 n;
    char number[32];
    struct line_text *t = pp_room(p);
    bool good = t && pp_parameters(p, rest, c, t);
    struct text all = {good ? t->at : "", good ? (u32)t->length : 0}, name = pp_word(all);
    if (good && !name.length)
        good = pp_complain(p, "%%assign wants a name and a value: %%assign i i+1");
    good = good && pp_value(p, pp_behind(all, name), NULL, &n);
    if (good) {
        int len = snprintf(number, sizeof number, n < 0 ? "(%lld)" : "%lld", (long long)n);
        good = pp_set_define(p, name, (struct text){number, (u32)len});
    }
    free(t);
    return good;
}

/* %defstr NAME TEXT, %strlen NAME 'text' */
static bool do_string(struct preprocessor *p, struct text rest, const struct call_of *c,
                      bool length)
{
    struct line_text *t = pp_room(p), *out = pp_room(p);
    struct text name = pp_word(rest);
    bool good = t && out && name.length && pp_expand(p, pp_behind(rest, name), c, t);
    if (good) {
        struct text body = pp_trim((struct text){t->at, (u32)t->length});
        int n = length
                    ? snprintf(out->at, sizeof out->at, "%u", body.length > 2 ? body.length - 2 : 0)
                    : snprintf(out->at, sizeof out->at, "'%.*s'", (int)body.length, body.at);
        good = pp_set_define(p, name, (struct text){out->at, (u32)n});
    } else if (!p->a->failed && !name.length) {
        pp_complain(p, "a name is missing");
    }
    free(t);
    free(out);
    return good;
}

static bool do_error(struct preprocessor *p, struct text rest, const struct call_of *c)
{
    struct line_text *t = pp_room(p);
    bool good = t && pp_expand(p, rest, c, t);
    if (good)
        pp_complain(p, "%.*s", (int)(t->length > 300 ? 300 : t->length), t->at);
    free(t);
    return false;
}

/* Directives that are one line. */
static bool do_directive(struct preprocessor *p, struct text word, struct text rest,
                         struct call_of *c, unsigned depth)
{
    if (text_is(word, "define") || text_is(word, "xdefine"))
        return pp_define(p, rest, c, text_is(word, "xdefine"));
    if (text_is(word, "assign"))
        return do_assign(p, rest, c);
    if (text_is(word, "undef")) {
        struct define *d = pp_find_define(p, pp_word(rest));
        if (d)
            d->gone = true;
        return true;
    }
    if (text_is(word, "defstr") || text_is(word, "strlen"))
        return do_string(p, rest, c, text_is(word, "strlen"));
    if (text_is(word, "include"))
        return do_include(p, rest, c, depth);
    if (text_is(word, "error") || text_is(word, "fatal"))
        return do_error(p, rest, c);
    if (text_is(word, "exitrep")) {
        p->leave_rep = true;
        return true;
    }
    if (text_is(word, "rotate")) {
        s64 n;
        if (!c || !pp_value(p, rest, c, &n))
            return pp_complain(p, "%%rotate stands in a macro, with a number");
        c->rotated = c->arguments ? (unsigned)((c->rotated + (u64)n) % c->arguments) : 0;
        return true;
    }
    if (text_is(word, "warning") || text_is(word, "pragma") || text_is(word, "use") ||
        text_is(word, "line"))
        return true;
    return pp_complain(p,
                       "%%%.*s is not understood here: %%define, %%assign, %%if, %%rep, %%macro, "
                       "%%include are",
                       (int)(word.length > 20 ? 20 : word.length), word.at);
}

static bool emit_line(struct preprocessor *p, struct text t)
{
    struct assembler *a = p->a;
    if (a->lines.count >= MOST_LINES)
        return give_up(a, "more than %u lines", MOST_LINES);
    struct line *l = list_add(a, &a->lines, sizeof *l);
    if (!l)
        return false;
    *l = (struct line){.text = t.at,
                       .length = t.length,
                       .number = p->spoken.number,
                       .file = p->spoken.file,
                       .column = p->column};
    return true;
}

/* NAME equ 5: %if and %rep may ask for it. What is no number yet is nobody's fault here. */
static void note_constant(struct preprocessor *p, struct text name, struct text rest)
{
    s64 n;
    if (rest.length && *rest.at == ':')
        rest = pp_trim((struct text){rest.at + 1, rest.length - 1});
    struct text word = pp_word(rest);
    if (!name.length || *name.at == '.' || !text_is(word, "equ"))
        return;
    rest = pp_trim(pp_without_comment(pp_behind(rest, word)));
    for (u32 i = 0; i < rest.length; i++)
        if (strchr("$'\"`", rest.at[i]))
            return;
    if (!rest.length || !pp_number(p, rest, &n, true))
        return;
    s64 symbol = symbol_find(p->a, name.at, name.length);
    if (symbol >= 0 && !symbol_at(p->a, (size_t)symbol)->known) {
        symbol_at(p->a, (size_t)symbol)->known = true;
        symbol_at(p->a, (size_t)symbol)->value = n;
    }
}

/* The macro of this name that takes so many; *named: there is one of this name. */
static struct macro *find_macro(struct preprocessor *p, struct text name, struct text rest,
                                bool *named)
{
    unsigned n = 0;
    for (struct text r = rest; r.length && n <= MOST_ARGUMENTS; n++)
        pp_argument(&r, false);
    *named = false;
    for (struct macro *m = p->macro[pp_bucket(name)]; m; m = m->next) {
        if (!pp_same(m->name, name))
            continue;
        if (m->busy)
            continue; /* inside of itself it is the instruction of that name */
        *named = true;
        if (n >= m->least && (n <= m->most || m->greedy))
            return m;
    }
    return NULL;
}

static bool call_macro(struct preprocessor *p, struct macro *m, struct text rest, u16 column,
                       unsigned depth)
{
    struct call_of *c = calloc(1, sizeof *c);
    if (!c)
        return give_up(p->a, "out of memory");
    while (rest.length && c->arguments < MOST_ARGUMENTS) {
        bool last = m->greedy && c->arguments + 1 == m->most;
        c->argument[c->arguments++] = pp_argument(&rest, last);
    }
    /* Those that are left out. */
    for (unsigned i = c->arguments; i < m->most && i - m->least < m->defaults && i >= m->least; i++)
        c->argument[c->arguments++] = m->by_default[i - m->least];
    c->unique = ++p->calls;
    bool outermost = !p->column;
    if (outermost)
        p->column = column;
    m->busy = true;
    bool good = do_lines(p, m->line, m->lines, c, depth + 1);
    m->busy = false;
    if (outermost)
        p->column = 0;
    free(c);
    return good;
}

/* No directive: names are replaced, then it calls a macro or is left for the assembler. */
static bool do_plain(struct preprocessor *p, const struct raw_line *l, const struct call_of *c,
                     unsigned depth)
{
    struct line_text *out = pp_room(p);
    if (!out)
        return false;
    if (!pp_expand(p, l->text, c, out)) {
        free(out);
        return false;
    }
    struct text t = {out->at, (u32)out->length};
    bool changed = !pp_same(t, l->text);
    /* What was not replaced stays where it was: columns are the user's. */
    t = changed ? pp_keep(p, out) : l->text;
    free(out);
    struct text all = pp_trim(pp_without_comment(t)), label = {all.at, 0}, word = pp_word(all);
    struct text behind = pp_behind(all, word);
    if (word.length && behind.length && *behind.at == ':') {
        label = (struct text){all.at, (u32)(behind.at + 1 - all.at)};
        behind = pp_trim((struct text){behind.at + 1, behind.length - 1});
        word = pp_word(behind);
        behind = pp_behind(behind, word);
    }
    bool named = false;
    struct macro *m = word.length ? find_macro(p, word, behind, &named) : NULL;
    if (named && !m)
        return pp_complain(p, "macro %.*s does not take so many parameters", (int)word.length,
                           word.at);
    if (!m) {
        note_constant(p, pp_word(all), pp_behind(all, pp_word(all)));
        return emit_line(p, t);
    }
    /* Columns count within the user's line. */
    u32 column = 1;
    while (column <= l->text.length && isspace((unsigned char)l->text.at[column - 1]))
        column++;
    return (!label.length || emit_line(p, label)) && call_macro(p, m, behind, (u16)column, depth);
}

/* ---- many lines ---- */

/* Where an %if is: taken: one of its branches was done; on: this one is. */
struct branch {
    bool on, taken, outer;
};

enum { MOST_BRANCHES = 64 };

struct branches {
    struct branch b[MOST_BRANCHES];
    unsigned n;
};

static bool is_on(const struct branches *s)
{
    return !s->n || s->b[s->n - 1].on;
}

/* %if and what belongs to it; false: the line is none of these. */
static bool do_branch(struct preprocessor *p, struct branches *s, struct text word,
                      struct text rest, const struct call_of *c)
{
    struct branch *b = s->n ? &s->b[s->n - 1] : NULL;
    if (begins(word, "if")) {
        if (s->n == MOST_BRANCHES) {
            stop(p, "so many %if are in one another that none is understood");
            return true;
        }
        bool outer = is_on(s);
        struct text kind = {word.at + 2, word.length - 2};
        bool is = outer && pp_condition(p, kind, rest, c);
        s->b[s->n++] = (struct branch){.on = is, .taken = is, .outer = outer};
    } else if (begins(word, "elif") || text_is(word, "else")) {
        if (!b) {
            pp_complain(p, "there is no %%if before this %%%.*s", (int)word.length, word.at);
            return true;
        }
        struct text kind = {word.at + 4, word.length - 4};
        bool may = b->outer && !b->taken;
        b->on = may && (text_is(word, "else") || pp_condition(p, kind, rest, c));
        b->taken |= b->on;
    } else if (text_is(word, "endif")) {
        if (b)
            s->n--;
        else
            pp_complain(p, "there is no %%if before this %%endif");
    } else {
        return false;
    }
    return true;
}

/*
 * %if of addresses, which are not known yet, with nothing but %error in it: a check of how large
 * something has become. It is left for the end. Returns the line of its %endif; 0: it is none such.
 */
static size_t late_check(struct preprocessor *p, const struct raw_line *l, size_t i, size_t count,
                         struct text rest, const struct call_of *c)
{
    struct text message = {"", 0};
    struct line_text *t;
    s64 n;
    for (size_t k = i + 1; k < count; k++) {
        struct text word = directive_of(l[k].text);
        if (text_is(word, "error") || text_is(word, "fatal")) {
            message = pp_trim(pp_behind(l[k].text, word));
        } else if (text_is(word, "endif") && message.length) {
            t = pp_room(p);
            bool late = t && pp_expand(p, rest, c, t);
            struct text e = {late ? t->at : "", late ? (u32)t->length : 0};
            /* Only what the numbers of now do not answer. */
            late = late && !pp_number(p, e, &n, true) && !p->a->failed;
            char *line = late ? assembler_memory(p->a, e.length + message.length + 40) : NULL;
            if (line) {
                int len = sprintf(line, "__?error_if?__ %.*s, %.*s", (int)e.length, e.at,
                                  (int)message.length, message.at);
                emit_line(p, (struct text){line, (u32)len});
            }
            free(t);
            return line ? k : 0;
        } else if (pp_trim(pp_without_comment(l[k].text)).length) {
            return 0;
        }
    }
    return 0;
}

/* %rep or %macro at l[i]: returns the line of its end. */
static size_t do_block(struct preprocessor *p, const struct raw_line *l, size_t i, size_t count,
                       struct text word, struct call_of *c, unsigned depth)
{
    bool rep = text_is(word, "rep");
    size_t end = block_end(l, i, count, rep ? "rep" : "macro", rep ? "endrep" : "endmacro");
    struct text rest = pp_behind(l[i].text, word);
    if (end == count)
        pp_complain(p, rep ? "%%endrep is missing for this %%rep"
                           : "%%endmacro is missing for this "
                             "%%macro");
    else if (rep)
        do_rep(p, l + i + 1, end - i - 1, pp_without_comment(rest), c, depth);
    else
        do_macro(p, l + i + 1, end - i - 1, rest);
    return end;
}

static bool do_lines(struct preprocessor *p, const struct raw_line *l, size_t count,
                     struct call_of *c, unsigned depth)
{
    struct branches s = {.n = 0};
    if (depth > MOST_DEPTH)
        return too_deep(p);
    for (size_t i = 0; i < count && !p->a->failed && !p->leave_rep; i++) {
        if (!p->column)
            p->spoken = l[i];
        if (++p->pieces > MOST_PIECES)
            return stop(p, "the macros of the text take too much work");
        struct text word = directive_of(l[i].text);
        struct text rest = pp_without_comment(pp_behind(l[i].text, word));
        size_t check = text_is(word, "if") && is_on(&s) ? late_check(p, l, i, count, rest, c) : 0;
        if (check) {
            i = check;
            continue;
        }
        if (word.length && do_branch(p, &s, word, rest, c))
            continue;
        bool block = text_is(word, "rep") || text_is(word, "macro");
        if (block && is_on(&s))
            i = do_block(p, l, i, count, word, c, depth);
        else if (!is_on(&s))
            continue;
        else if (word.length)
            do_directive(p, word, rest, c, depth);
        else
            do_plain(p, &l[i], c, depth);
    }
    if (s.n && !p->leave_rep && !p->a->failed)
        return pp_complain(p, "%%endif is missing");
    return !p->a->failed;
}

bool preprocess(struct assembler *a, const char *text, size_t size)
{
    struct preprocessor *p = calloc(1, sizeof *p);
    size_t count = 0;
    if (!p)
        return give_up(a, "out of memory");
    p->a = a;
    for (unsigned i = 0; i < a->options.defines; i++) {
        const struct assembler_define *d = &a->options.define[i];
        const char *value = d->value ? d->value : "1";
        pp_set_define(p, (struct text){d->name, (u32)strlen(d->name)},
                      (struct text){value, (u32)strlen(value)});
    }
    struct raw_line *l = split(p, text, size, 0, &count);
    bool good = l && do_lines(p, l, count, NULL, 0);
    free(l);
    free(p);
    return good;
}
