/*
 * macro_text.c - replacing within a line: parameters of macros, then names of %define. See
 * preprocess.h.
 */
#include "frontend/assembler/preprocess.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- pieces of text ---- */

static bool in_name(char ch)
{
    return isalnum((unsigned char)ch) || (ch && strchr("_.?@$~#", ch));
}

static bool begins_name(char ch)
{
    return isalpha((unsigned char)ch) || (ch && strchr("_.?@$", ch));
}

unsigned pp_bucket(struct text name)
{
    unsigned h = 5381;
    for (u32 i = 0; i < name.length; i++)
        h = h * 33 + (u8)name.at[i];
    return h % BUCKETS;
}

bool pp_same(struct text a, struct text b)
{
    return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

struct text pp_trim(struct text t)
{
    while (t.length && isspace((unsigned char)*t.at)) {
        t.at++;
        t.length--;
    }
    while (t.length && isspace((unsigned char)t.at[t.length - 1]))
        t.length--;
    return t;
}

struct text pp_word(struct text t)
{
    t = pp_trim(t);
    u32 n = 0;
    if (t.length && begins_name(*t.at))
        while (n < t.length && in_name(t.at[n]))
            n++;
    return (struct text){t.at, n};
}

struct text pp_behind(struct text t, struct text word)
{
    const char *end = t.at + t.length, *from = word.at + word.length;
    return pp_trim((struct text){from, (u32)(end - from)});
}

/* The length of the string that begins at t, to the end when it does not end. */
static u32 string_length(struct text t)
{
    u32 n = 1;
    while (n < t.length && t.at[n] != *t.at)
        n += *t.at == '`' && t.at[n] == '\\' && n + 1 < t.length ? 2 : 1;
    return n < t.length ? n + 1 : t.length;
}

static bool is_quote(char ch)
{
    return ch == '\'' || ch == '"' || ch == '`';
}

struct text pp_without_comment(struct text t)
{
    for (u32 i = 0; i < t.length; i++) {
        if (t.at[i] == ';')
            return (struct text){t.at, i};
        if (is_quote(t.at[i]))
            i += string_length((struct text){t.at + i, t.length - i}) - 1;
    }
    return t;
}

struct text pp_argument(struct text *rest, bool last)
{
    u32 i = 0, depth = 0;
    while (i < rest->length && (last || depth || rest->at[i] != ',')) {
        char ch = rest->at[i];
        if (ch == '{')
            depth++;
        else if (ch == '}' && depth)
            depth--;
        i += is_quote(ch) ? string_length((struct text){rest->at + i, rest->length - i}) : 1;
    }
    struct text t = pp_trim((struct text){rest->at, i});
    u32 taken = i < rest->length ? i + 1 : i;
    rest->at += taken;
    rest->length -= taken;
    if (t.length >= 2 && t.at[0] == '{' && t.at[t.length - 1] == '}' && !last)
        t = (struct text){t.at + 1, t.length - 2};
    return t;
}

static void append(struct line_text *out, const char *at, size_t n)
{
    if (n > sizeof(out->at) - out->length) {
        out->over = true;
        n = sizeof(out->at) - out->length;
    }
    memcpy(out->at + out->length, at, n);
    out->length += n;
}

struct text pp_keep(struct preprocessor *p, const struct line_text *t)
{
    char *copy = assembler_text(p->a, t->at, t->length);
    return (struct text){copy ? copy : "", copy ? (u32)t->length : 0};
}

struct line_text *pp_room(struct preprocessor *p)
{
    struct line_text *t = malloc(sizeof *t);
    if (!t)
        give_up(p->a, "out of memory");
    return t;
}

/* ---- parameters ---- */

static struct text parameter(const struct call_of *c, unsigned long n)
{
    if (!n || n > c->arguments)
        return (struct text){"", 0};
    return c->argument[(n - 1 + c->rotated) % c->arguments];
}

/* The opposite of a condition: e is ne, nc is c. */
static void append_opposite(struct text cc, struct line_text *out)
{
    if (text_is(cc, "pe") || text_is(cc, "po")) {
        append(out, text_is(cc, "pe") ? "po" : "pe", 2);
    } else if (cc.length > 1 && (cc.at[0] | 0x20) == 'n') {
        append(out, cc.at + 1, cc.length - 1);
    } else {
        append(out, "n", 1);
        append(out, cc.at, cc.length);
    }
}

/* %1, %{1}, %+1, %-1, %0, %%name at t; what it stands for goes to out. Its length; 0: none of
 * these. */
static u32 one_parameter(struct text t, const struct call_of *c, struct line_text *out)
{
    char number[24];
    u32 i = 1;
    bool braces = t.length > 1 && t.at[1] == '{';
    if (t.length > 1 && t.at[1] == '%' && t.length > 2 && begins_name(t.at[2])) {
        int n = snprintf(number, sizeof number, "..@%u.", c->unique);
        append(out, number, (size_t)n);
        return 2;
    }
    if (braces)
        i++;
    bool opposite = i < t.length && t.at[i] == '-';
    i += opposite || (i + 1 < t.length && t.at[i] == '+' && isdigit((unsigned char)t.at[i + 1]));
    u32 from = i;
    while (i < t.length && i < from + 6 && isdigit((unsigned char)t.at[i]))
        i++;
    if (i == from || (braces && (i == t.length || t.at[i] != '}')))
        return 0;
    unsigned long n = strtoul(t.at + from, NULL, 10);
    if (n == 0) {
        int len = snprintf(number, sizeof number, "%u", c->arguments);
        append(out, number, (size_t)len);
    } else {
        struct text v = parameter(c, n);
        if (opposite)
            append_opposite(v, out);
        else
            append(out, v.at, v.length);
    }
    return i + braces;
}

bool pp_parameters(struct preprocessor *p, struct text t, const struct call_of *c,
                   struct line_text *out)
{
    out->length = 0;
    out->over = false;
    for (u32 i = 0; i < t.length && !out->over;) {
        struct text rest = {t.at + i, t.length - i};
        u32 n = is_quote(*rest.at) ? string_length(rest) : 1, taken = 0;
        if (*rest.at == '%' && c)
            taken = one_parameter(rest, c, out);
        if (!taken)
            append(out, rest.at, n);
        i += taken ? taken : n;
    }
    return !out->over || pp_complain(p, "the line becomes longer than %u letters", LONGEST_LINE);
}

/* ---- names ---- */

struct define *pp_find_define(struct preprocessor *p, struct text name)
{
    struct define *d = p->define[pp_bucket(name)];
    while (d && (d->gone || !pp_same(d->name, name)))
        d = d->next;
    return d;
}

static struct define *new_define(struct preprocessor *p, struct text name)
{
    struct define *d = pp_find_define(p, name);
    if (!d) {
        char *copy = assembler_text(p->a, name.at, name.length);
        d = copy ? assembler_memory(p->a, sizeof *d) : NULL;
        if (!d)
            return NULL;
        unsigned bucket = pp_bucket(name);
        memset(d, 0, sizeof *d);
        d->name = (struct text){copy, name.length};
        d->next = p->define[bucket];
        p->define[bucket] = d;
    }
    d->function = false;
    d->parameters = 0;
    return d;
}

bool pp_set_define(struct preprocessor *p, struct text name, struct text body)
{
    struct define *d = new_define(p, name);
    if (!d)
        return false;
    /* %assign in a loop: the same room again, when it is enough. */
    if (d->body.length >= body.length && d->body.length) {
        memcpy((char *)(uintptr_t)d->body.at, body.at, body.length);
        d->body.length = body.length;
        return true;
    }
    char *copy = assembler_text(p->a, body.at, body.length);
    d->body = (struct text){copy ? copy : "", copy ? body.length : 0};
    return copy != NULL;
}

static bool expand_names(struct preprocessor *p, struct text t, struct line_text *out,
                         unsigned depth);

/* Arguments of NAME( at rest; *length: of all of it, the closing parenthesis included. */
static unsigned call_arguments(struct text rest, struct text argument[9], u32 *length)
{
    unsigned n = 0, depth = 0;
    u32 from = 1;
    for (u32 i = 0; i < rest.length; i++) {
        char ch = rest.at[i];
        if (is_quote(ch)) {
            i += string_length((struct text){rest.at + i, rest.length - i}) - 1;
            continue;
        }
        depth += ch == '(';
        bool closes = ch == ')' && depth == 1;
        if (closes || (ch == ',' && depth == 1)) {
            if (n < 9)
                argument[n] = pp_trim((struct text){rest.at + from, i - from});
            n++;
            from = i + 1;
        }
        depth -= ch == ')';
        if (closes) {
            *length = i + 1;
            return n;
        }
    }
    return 0;
}

/* The body of NAME(a, b) with its arguments. */
static void put_body(const struct define *d, const struct text argument[9], struct line_text *out)
{
    for (u32 i = 0; i < d->body.length;) {
        struct text rest = {d->body.at + i, d->body.length - i}, word = pp_word(rest);
        if (is_quote(*rest.at)) {
            word.length = string_length(rest);
            append(out, rest.at, word.length);
            i += word.length;
            continue;
        }
        if (word.at != rest.at || !word.length || (i && in_name(rest.at[-1]))) {
            append(out, rest.at, 1);
            i++;
            continue;
        }
        unsigned k = 0;
        while (k < d->parameters && !pp_same(d->parameter[k], word))
            k++;
        struct text by = k < d->parameters ? argument[k] : word;
        append(out, by.at, by.length);
        i += word.length;
    }
}

/* A name at t that is defined; its length and that of its arguments, 0: it stays. */
static u32 one_name(struct preprocessor *p, struct text t, struct text word, struct line_text *out,
                    unsigned depth)
{
    struct define *d = pp_find_define(p, word);
    u32 length = word.length;
    struct text argument[9], body;
    struct line_text *room = NULL;
    if (++p->pieces > MOST_PIECES || !d || d->busy)
        return 0;
    body = d->body;
    if (d->function) {
        u32 more = 0;
        struct text rest = pp_behind(t, word);
        if (!rest.length || *rest.at != '(')
            return 0;
        unsigned n = call_arguments(rest, argument, &more);
        if (n != d->parameters && !(n == 1 && !d->parameters && !argument[0].length)) {
            pp_complain(p, "%.*s( ) takes %u arguments", (int)word.length, word.at, d->parameters);
            return 0;
        }
        length = (u32)(rest.at - word.at) + more;
        room = pp_room(p);
        if (!room)
            return 0;
        room->length = 0;
        room->over = false;
        put_body(d, argument, room);
        out->over |= room->over;
        body = (struct text){room->at, (u32)room->length};
    }
    d->busy = true;
    expand_names(p, body, out, depth + 1);
    d->busy = false;
    free(room);
    return length;
}

/* a %+ b: one word. */
static u32 paste(struct text rest, struct line_text *out)
{
    u32 n = 2;
    while (out->length && isspace((unsigned char)out->at[out->length - 1]))
        out->length--;
    while (n < rest.length && isspace((unsigned char)rest.at[n]))
        n++;
    return n;
}

static bool expand_names(struct preprocessor *p, struct text t, struct line_text *out,
                         unsigned depth)
{
    for (u32 i = 0; i < t.length && !out->over && !p->a->failed;) {
        struct text rest = {t.at + i, t.length - i};
        u32 n = 1, taken = 0;
        if (*rest.at == ';')
            n = rest.length;
        else if (is_quote(*rest.at))
            n = string_length(rest);
        else if (rest.length > 1 && rest.at[0] == '%' && rest.at[1] == '+')
            taken = paste(rest, out);
        else if (in_name(*rest.at)) {
            while (n < rest.length && in_name(rest.at[n]))
                n++;
            if (begins_name(*rest.at) && depth < MOST_DEPTH)
                taken = one_name(p, rest, (struct text){rest.at, n}, out, depth);
        }
        if (!taken)
            append(out, rest.at, n);
        i += taken ? taken : n;
    }
    return true;
}

bool pp_expand(struct preprocessor *p, struct text t, const struct call_of *c,
               struct line_text *out)
{
    struct line_text *first = pp_room(p);
    if (!first)
        return false;
    bool good = pp_parameters(p, t, c, first);
    out->length = 0;
    out->over = false;
    if (good)
        expand_names(p, (struct text){first->at, (u32)first->length}, out, 0);
    free(first);
    if (p->pieces > MOST_PIECES)
        return give_up(p->a, "the macros of the text take too much work");
    return good &&
           (!out->over || pp_complain(p, "the line becomes longer than %u letters", LONGEST_LINE));
}

/* ---- %define ---- */

bool pp_define(struct preprocessor *p, struct text rest, const struct call_of *c, bool expanded)
{
    struct line_text *out = pp_room(p);
    bool good = false;
    if (!out)
        return false;
    struct text word = {"", 0};
    if (pp_parameters(p, rest, c, out)) {
        rest = pp_keep(p, out);
        word = pp_word(rest);
    }
    if (!word.length) {
        if (!p->a->failed)
            pp_complain(p, "a name is missing: %%define SIZE 512");
        free(out);
        return false;
    }
    struct text body = pp_behind(rest, word);
    struct define *d = new_define(p, word);
    /* NAME(a, b) without a blank between. */
    if (d && word.at + word.length < rest.at + rest.length && word.at[word.length] == '(') {
        u32 length = 0;
        unsigned n = call_arguments(body, d->parameter, &length);
        if (!length || n > 9) {
            free(out);
            d->gone = true;
            return pp_complain(p, "parameters are names in parentheses, nine at most");
        }
        d->function = true;
        d->parameters = n == 1 && !d->parameter[0].length ? 0 : n;
        body = pp_trim((struct text){body.at + length, body.length - length});
    }
    good = d != NULL;
    if (good && expanded) {
        good = pp_expand(p, body, NULL, out);
        body = pp_keep(p, out);
    }
    if (d)
        d->body = body;
    free(out);
    return good;
}
