/* words.c - see words.h. */
#include "frontend/lessons/words.h"

#include "frontend/control/expression.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { QUOTED = 1000 };

/* SplitMix64 (Steele, Lea, Flood 2014): the same numbers for a seed on every host. */
static u64 next_random(u64 *state)
{
    u64 z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Of each name its own sequence, so that a line more changes no other. */
static u64 state_of(const struct words_values *v, const char *name)
{
    u64 state = v->seed;
    for (; *name; name++)
        state = (state ^ (u8)*name) * 0x100000001b3;
    return state;
}

static void put_choice(const struct lesson_given *g, u64 random, FILE *out)
{
    unsigned n = 0, at = 0;
    for (const char *p = g->choices; *p;) {
        size_t gap = strspn(p, " "), len = strcspn(p + gap, " ");
        n += len > 0;
        p += gap + len;
    }
    for (const char *p = g->choices; n && *p;) {
        size_t gap = strspn(p, " "), len = strcspn(p + gap, " ");
        if (len && at++ == random % n)
            fwrite(p + gap, 1, len, out);
        p += gap + len;
    }
}

static void put_given(const struct words_values *v, const struct lesson_given *g, FILE *out)
{
    u64 state = state_of(v, g->name);
    u64 random = v->trying ? 0 : next_random(&state);
    if (g->kind == GIVEN_CHOICE) {
        put_choice(g, random, out);
    } else if (g->kind == GIVEN_BYTES) {
        for (u32 i = 0; i < g->count; i++) {
            fprintf(out, "%s%u", i ? ", " : "", (unsigned)(random & 0xff));
            random = v->trying ? 0 : next_random(&state);
        }
    } else {
        u64 range = (u64)(g->most - g->least) + 1; /* 0: all */
        fprintf(out, "%lld", (long long)((u64)g->least + (range ? random % range : random)));
    }
}

static bool put_if_given(const struct words_values *v, const char *name, FILE *out)
{
    for (unsigned i = 0; i < v->lesson->givens; i++) {
        if (strcmp(v->lesson->given[i].name, name) == 0) {
            put_given(v, &v->lesson->given[i], out);
            return true;
        }
    }
    return false;
}

static bool put_counter(const struct words_values *v, const char *name, FILE *out)
{
    for (unsigned i = 0; i < v->lesson->steps; i++) {
        const struct lesson_step *s = &v->lesson->step[i];
        if ((s->kind == STEP_COUNT || s->kind == STEP_KEEP) && strcmp(s->name, name) == 0) {
            fprintf(out, "%lld", (long long)v->counted[i]);
            return true;
        }
    }
    return false;
}

/* A part of the last reply: members by name, those of a list by number. */
static const struct reply_node *seen_node(const struct reply *r, const char *path)
{
    const struct reply_node *n = reply_root(r);
    char name[80];
    while (n && *path == '.') {
        size_t len = strcspn(++path, ".");
        if (len >= sizeof(name))
            return NULL;
        memcpy(name, path, len);
        name[len] = 0;
        path += len;
        if (n->kind == REPLY_LIST) {
            unsigned long i = strtoul(name, NULL, 10);
            for (n = reply_first(r, n); n && i; i--)
                n = reply_next(r, n);
        } else {
            n = n->kind == REPLY_MAP ? reply_find(r, n, name) : NULL;
        }
    }
    return n;
}

static bool put_seen(const struct words_values *v, const char *path, FILE *out, struct err *e)
{
    const struct reply_node *n = v->seen ? seen_node(v->seen, path) : NULL;
    if (v->trying)
        fputc('0', out);
    else if (!n && !*path && v->seen)
        reply_write_text(v->seen, out);
    else if (!n)
        return err_set(e, "{seen%.60s}: the last reply has nothing of this name", path);
    else if (n->kind == REPLY_INT || n->kind == REPLY_BOOL)
        fprintf(out, "%lld", (long long)n->number);
    else if (n->kind == REPLY_REAL)
        fprintf(out, "%lld", (long long)n->real);
    else if (n->kind == REPLY_TEXT)
        fputs(reply_string(v->seen, n), out);
    else
        reply_write_text(v->seen, out);
    return true;
}

static bool put_expression(const struct words_values *v, const char *name, FILE *out, struct err *e)
{
    s64 value = 0;
    if (!expression_value(v->vm, name, &value, e))
        return false;
    fprintf(out, "%lld", (long long)value);
    return true;
}

static bool put_name(const struct words_values *v, const char *name, FILE *out, struct err *e)
{
    if (put_if_given(v, name, out))
        return true;
    if (put_counter(v, name, out))
        return true;
    if (strcmp(name, "answer") == 0 || strcmp(name, "elapsed") == 0) {
        if (v->trying || *name == 'e')
            fprintf(out, "%llu", (unsigned long long)v->elapsed);
        else
            fputs(v->answer ? v->answer : "", out);
        return true;
    }
    if (strncmp(name, "seen", 4) == 0 && (!name[4] || name[4] == '.'))
        return put_seen(v, name + 4, out, e);
    return put_expression(v, name, out, e);
}

/* {NAME:x}: in hexadecimal, as it is written in assembler; of an address, as in expressions. */
static bool put_hex(const struct words_values *v, const char *name, bool address, FILE *out,
                    struct err *e)
{
    char *text = NULL, *end;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    bool ok = f ? put_name(v, name, f, e) : err_set(e, "out of memory");
    if (f && fclose(f) != 0)
        ok = err_set(e, "out of memory");
    if (ok) {
        long long value = strtoll(text, &end, 10);
        if (end == text || *end)
            ok = err_set(e, "{%.60s:x}: that is no number: %.60s", name, text);
        else
            fprintf(out, address ? "0x%llx" : "%llXh", value);
    }
    free(text);
    return ok;
}

/* In a program: what is not given stays as it is written. */
static void put_given_name(const struct words_values *v, const char *text, size_t len, FILE *out)
{
    char name[LESSON_NAME] = "";
    if (len < sizeof(name))
        memcpy(name, text, len);
    if (!*name || !put_if_given(v, name, out))
        fprintf(out, "{%.*s}", (int)len, text);
}

static bool is_name(const char *text)
{
    for (; isalnum((unsigned char)*text) || *text == '_' || *text == '.' || *text == ' '; text++)
        continue;
    return !*text;
}

/* `open`: brackets, which are about an address; QUOTED: as it is, as inside of other braces. */
static bool put(const struct words_values *v, char *name, unsigned open, FILE *out, struct err *e)
{
    size_t len = strlen(name);
    if (v->read && v->hides && strcmp(name, "answer") != 0) {
        fputs(name, out);
        return true;
    }
    bool hex = len > 2 && strcmp(name + len - 2, ":x") == 0;
    if (hex)
        name[len - 2] = 0;
    if (hex || (v->read && open && open != QUOTED))
        return put_hex(v, name, !hex, out, e);
    bool named = v->read && !open && is_name(name);
    if (named)
        fprintf(out, "%s (", name);
    bool ok = put_name(v, name, out, e);
    if (named)
        fputc(')', out);
    return ok;
}

static char *fill(const struct words_values *v, const char *text, bool given_only, unsigned depth,
                  struct err *e);

/* The length up to the brace that closes this one, which is open; false: none does. */
static bool inside(const char *text, size_t *len)
{
    unsigned open = 1;
    for (*len = 0; text[*len] && text[*len] != '\n'; ++*len) {
        open += text[*len] == '{';
        if (text[*len] == '}' && --open == 0)
            return true;
    }
    return false;
}

/* What is between the braces; there may be more of them in it. */
static bool put_inside(const struct words_values *v, const char *text, size_t len, unsigned depth,
                       unsigned open, FILE *out, struct err *e)
{
    enum { DEPTH_MOST = 4 };
    char *name = strndup(text, len);
    if (depth == DEPTH_MOST) {
        free(name);
        return err_set(e, "more than %d braces inside of one another", DEPTH_MOST);
    }
    char *filled = name ? fill(v, name, false, depth + 1, e) : NULL;
    bool ok = filled && put(v, filled, open, out, e);
    free(filled);
    free(name);
    return ok;
}

/* Where the text stands behind these characters: so many brackets are open, or it is QUOTED. */
static unsigned within(unsigned open, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            open = open == QUOTED ? 0 : QUOTED;
        else if (open != QUOTED && text[i] == '[')
            open++;
        else if (open != QUOTED && text[i] == ']' && open)
            open--;
    }
    return open;
}

static char *fill(const struct words_values *v, const char *text, bool given_only, unsigned depth,
                  struct err *e)
{
    char *result = NULL;
    size_t size, len;
    unsigned open = 0;
    FILE *out = open_memstream(&result, &size);
    bool ok = out != NULL;
    err_set(e, "out of memory");
    while (ok && *text) {
        size_t plain = strcspn(text, "{");
        fwrite(text, 1, plain, out);
        open = within(open, text, plain);
        text += plain;
        if (!*text)
            break;
        if (!inside(text + 1, &len)) {
            ok = given_only || err_set(e, "%.60s: no } for this {", text);
            fputc(*text++, out);
        } else if (given_only) {
            put_given_name(v, text + 1, len, out);
            text += len + 2;
        } else {
            ok = put_inside(v, text + 1, len, depth, depth ? QUOTED : open, out, e);
            text += len + 2;
        }
    }
    if (out && fclose(out) != 0)
        ok = false;
    if (ok)
        return result;
    free(result);
    return NULL;
}

char *words_fill(const struct words_values *v, const char *text, struct err *e)
{
    return fill(v, text, false, 0, e);
}

char *words_fill_given(const struct words_values *v, const char *text, struct err *e)
{
    return fill(v, text, true, 0, e);
}
