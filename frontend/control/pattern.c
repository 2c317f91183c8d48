/*
 * pattern.c - regular expressions by the C library's regcomp(). See pattern.h.
 *
 * A line at a time is copied and ended by a zero, so that no extension of one C library
 * (REG_STARTEND) is needed, and a zero in what a serial line has said becomes a blank.
 */
#include "frontend/control/pattern.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 500, REPEATS = 1000, LINE = 4096 };

struct pattern {
    regex_t compiled;
};

static bool blank_or_end(const char *p, const char *end)
{
    return p == end || isspace((unsigned char)*p);
}

size_t pattern_literal(const char *text, const char *end)
{
    if (text == end || *text != '/')
        return 0;
    for (const char *p = text + 1; p < end; p++) {
        if (*p == '\\' && p + 1 < end) {
            p++;
            continue;
        }
        if (*p != '/' || p == text + 1)
            continue;
        const char *behind = p + 1 + (p + 1 < end && p[1] == 'i');
        if (blank_or_end(p + 1, end))
            return (size_t)(p + 1 - text);
        if (blank_or_end(behind, end))
            return (size_t)(behind - text);
    }
    return 0;
}

/* The repetitions of all {n,m}, as if each stood within the others. */
static bool bounded(const char *text, struct err *e)
{
    unsigned long all = 1;
    for (const char *p = text; *p; p++) {
        if (*p == '\\' && p[1] >= '1' && p[1] <= '9')
            return err_set(e, "a reference back, \\%c, is not taken", p[1]);
        if (*p == '\\' && p[1]) {
            p++;
            continue;
        }
        if (*p != '{' || !isdigit((unsigned char)p[1]))
            continue;
        char *after;
        unsigned long n = strtoul(p + 1, &after, 10);
        if (*after == ',' && isdigit((unsigned char)after[1])) {
            unsigned long m = strtoul(after + 1, &after, 10);
            n = m > n ? m : n;
        }
        all = n > REPEATS ? REPEATS + 1 : all * (n ? n : 1);
        if (all > REPEATS)
            return err_set(e, "more than %d repetitions in all", REPEATS);
    }
    return true;
}

/* Without the slashes; \/ is a slash. */
static char *inside(const char *text, size_t len)
{
    char *out = malloc(len + 1), *to = out;
    for (size_t i = 0; out && i < len; i++) {
        if (text[i] == '\\' && i + 1 < len && text[i + 1] == '/')
            i++;
        else if (text[i] == '\\' && i + 1 < len)
            *to++ = text[i++];
        *to++ = text[i];
    }
    if (out)
        *to = 0;
    return out;
}

struct pattern *pattern_new(const char *text, size_t len, struct err *e)
{
    size_t whole = pattern_literal(text, text + len);
    bool any_case = whole && text[whole - 1] == 'i';
    if (!whole || whole != len || memchr(text, 0, len)) {
        err_set(e, "\"%.60s\" is no regular expression: it is written between slashes", text);
        return NULL;
    }
    if (len > LONGEST) {
        err_set(e, "a regular expression of more than %d characters", LONGEST);
        return NULL;
    }
    char *plain = inside(text + 1, len - 2 - any_case);
    struct pattern *p = plain ? calloc(1, sizeof(*p)) : NULL;
    struct err why = {"out of memory"};
    bool ok = p && bounded(plain, &why);
    if (ok) {
        int wrong =
            regcomp(&p->compiled, plain, REG_EXTENDED | REG_NEWLINE | (any_case ? REG_ICASE : 0));
        if (wrong)
            regerror(wrong, &p->compiled, why.text, sizeof(why.text));
        ok = !wrong;
    }
    free(plain);
    if (ok)
        return p;
    free(p);
    err_set(e, "the regular expression %.*s: %.200s", (int)(len < 100 ? len : 100), text, why.text);
    return NULL;
}

void pattern_free(struct pattern *p)
{
    if (p)
        regfree(&p->compiled);
    free(p);
}

/* Of one line, without its end; what is behind so many bytes of it is not looked at. */
static bool match_line(const struct pattern *p, const char *text, size_t len, regmatch_t *m)
{
    char line[LINE + 1];
    size_t n = len < LINE ? len : LINE;
    for (size_t i = 0; i < n; i++)
        line[i] = text[i] ? text[i] : ' ';
    if (n && line[n - 1] == '\r')
        n--;
    line[n] = 0;
    return regexec(&p->compiled, line, 1, m, 0) == 0;
}

bool pattern_find(const struct pattern *p, const char *text, size_t len, size_t *at, size_t *end)
{
    for (size_t from = 0; from <= len;) {
        const char *stop = from < len ? memchr(text + from, '\n', len - from) : NULL;
        size_t n = stop ? (size_t)(stop - text) - from : len - from;
        regmatch_t m;
        if ((n || stop) && match_line(p, text + from, n, &m)) {
            if (at)
                *at = from + (size_t)m.rm_so;
            if (end)
                *end = from + (size_t)m.rm_eo;
            return true;
        }
        if (!stop)
            return false;
        from += n + 1;
    }
    return false;
}
