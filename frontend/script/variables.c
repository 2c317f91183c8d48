/*
 * variables.c - see variables.h.
 */
#define _GNU_SOURCE /* open_memstream */
#include "frontend/script/variables.h"

#include "frontend/control/expression.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins_name(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

/* How long the name is that stands there; 0: none. */
static size_t name_length(const char *p, const char *end)
{
    size_t n = 0;
    if (p == end || !begins_name(*p))
        return 0;
    while (p + n < end && (isalnum((unsigned char)p[n]) || p[n] == '_'))
        n++;
    return n;
}

static const struct variable *find(const struct variables *v, const char *name, size_t len)
{
    for (size_t i = 0; i < v->count; i++) {
        if (strlen(v->list[i].name) == len && memcmp(v->list[i].name, name, len) == 0)
            return &v->list[i];
    }
    return NULL;
}

static bool is_register(const char *name, size_t len)
{
    char word[VARIABLE_NAME];
    snprintf(word, sizeof(word), "%.*s", (int)len, name);
    return expression_register(word);
}

bool variable_set(struct variables *v, const char *name, const char *value, struct err *e)
{
    size_t len = strlen(name);
    if (!len || name_length(name, name + len) != len || len >= VARIABLE_NAME)
        return err_set(e, "\"%.60s\" is no name for a variable: letters, digits and _", name);
    if (is_register(name, len))
        return err_set(e, "%s is a register; give the variable another name", name);
    if (strlen(value) > VARIABLE_VALUE)
        return err_set(e, "%s: a value of more than %d bytes", name, VARIABLE_VALUE);
    char *copy = strdup(value);
    struct variable *old = (struct variable *)(uintptr_t)find(v, name, len);
    if (copy && !old && v->count < VARIABLES) {
        struct variable *more = realloc(v->list, (v->count + 1) * sizeof(*more));
        if (more) {
            v->list = more;
            old = &more[v->count++];
            *old = (struct variable){.value = NULL};
            memcpy(old->name, name, len + 1);
        }
    } else if (copy && !old) {
        free(copy);
        return err_set(e, "more than %d variables", VARIABLES);
    }
    if (!copy || !old) {
        free(copy);
        return err_set(e, "out of memory");
    }
    free(old->value);
    old->value = copy;
    return true;
}

bool variable_assign(struct variables *v, const char *text, struct err *e)
{
    const char *sign = strchr(text, '=');
    char name[VARIABLE_NAME];
    if (!sign || (size_t)(sign - text) >= sizeof(name))
        return err_set(e, "\"%.60s\": NAME=VALUE", text);
    snprintf(name, sizeof(name), "%.*s", (int)(sign - text), text);
    return variable_set(v, name, sign + 1, e);
}

void variables_free(struct variables *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->list[i].value);
    free(v->list);
    *v = (struct variables){.count = 0};
}

void variables_first(const char *line, size_t len, char name[VARIABLE_NAME])
{
    const char *end = line + len;
    name[0] = 0;
    for (const char *p = line; p < end; p++) {
        size_t n = *p == '$' ? name_length(p + 1, end) : 0;
        if (n && !is_register(p + 1, n)) {
            snprintf(name, VARIABLE_NAME, "%.*s", (int)n, p + 1);
            return;
        }
    }
}

/* ---- replacing ---- */

struct expanding {
    const struct variables *v;
    const char *p, *end;
    bool quoted;
    bool begin; /* of a word */
    FILE *out;
    struct err *e;
};

/* In a string, so that it is read as it is. */
static void put_quoted(const char *value, FILE *out)
{
    for (; *value; value++) {
        if (*value == '\n')
            fputs("\\n", out);
        else
            fprintf(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
    }
}

static bool plain(const char *value)
{
    return *value && !strpbrk(value, " \t\r\n\"#");
}

static bool put_value(struct expanding *x, const struct variable *var, const char *after)
{
    const char *value = var->value;
    bool alone = x->begin && (after == x->end || isspace((unsigned char)*after));
    if (x->quoted) {
        put_quoted(value, x->out);
    } else if (plain(value) || (!*value && !alone)) {
        fputs(value, x->out);
    } else if (alone) {
        fputc('"', x->out);
        put_quoted(value, x->out);
        fputc('"', x->out);
    } else {
        return err_set(x->e, "the value of $%s has blanks or quotes: put the whole word in quotes",
                       var->name);
    }
    return true;
}

/* At a dollar. */
static bool put_dollar(struct expanding *x)
{
    const char *p = x->p + 1;
    if (p < x->end && *p == '$') {
        fputc('$', x->out);
        x->p += 2;
        return true;
    }
    bool braced = p < x->end && *p == '{';
    p += braced;
    size_t n = name_length(p, x->end);
    const char *after = p + n + braced;
    if (!n || (braced && (p + n == x->end || p[n] != '}')) || (!braced && is_register(p, n))) {
        fputc(*x->p++, x->out);
        return true;
    }
    const struct variable *var = find(x->v, p, n);
    struct variable variant = {.name = "VARIANT", .value = (char *)(uintptr_t)x->v->variant};
    if (!var && x->v->variant && n == strlen(variant.name) && memcmp(p, variant.name, n) == 0)
        var = &variant;
    /* The environment's; or the script has no variables, and keeps its dollars. */
    if (!var && (braced || !x->v->count)) {
        fwrite(x->p, 1, (size_t)(after - x->p), x->out);
        x->p = after;
        return true;
    }
    if (!var)
        return err_set(x->e,
                       "$%.*s is not set; write `set %.*s VALUE` before it, or start with -set "
                       "%.*s=VALUE ($$ is a dollar)",
                       (int)(n < 40 ? n : 40), p, (int)(n < 40 ? n : 40), p, (int)(n < 40 ? n : 40),
                       p);
    x->p = after;
    return put_value(x, var, after);
}

static bool expand(struct expanding *x)
{
    x->begin = true;
    while (x->p < x->end) {
        char c = *x->p;
        if (!x->quoted && x->begin && c == '#') /* a comment */
            break;
        if (ftell(x->out) > VARIABLE_LINE)
            return err_set(x->e, "with its variables the line has more than %d bytes",
                           VARIABLE_LINE);
        if (c == '$') {
            if (!put_dollar(x))
                return false;
            x->begin = false;
            continue;
        }
        if (x->quoted && c == '\\' && x->p + 1 < x->end && x->p[1] != '$')
            fputc(*x->p++, x->out);
        else if (c == '"')
            x->quoted = x->quoted ? false : x->begin;
        x->begin = !x->quoted && isspace((unsigned char)c);
        fputc(*x->p++, x->out);
    }
    return true;
}

bool variables_any(const struct variables *v)
{
    return v->count || v->variant;
}

char *variables_expand(const struct variables *v, const char *line, size_t len, struct err *e)
{
    char *text = NULL;
    size_t size;
    struct expanding x = {.v = v, .p = line, .end = line + len, .e = e};
    x.out = open_memstream(&text, &size);
    if (!x.out) {
        err_set(e, "out of memory");
        return NULL;
    }
    bool ok = expand(&x);
    if (fclose(x.out) != 0 && ok)
        ok = err_set(e, "out of memory");
    if (ok)
        return text;
    free(text);
    return NULL;
}
