/*
 * scan.c - words, numbers and strings of a line, as NASM's manual has them (3.1, 3.4).
 */
#include "frontend/assembler/assembler_private.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool in_word(char ch)
{
    return isalnum((unsigned char)ch) || (ch && strchr("_.?@$~#", ch));
}

void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && isspace((unsigned char)*c->at))
        c->at++;
}

bool take(struct cursor *c, const char *what)
{
    size_t n = strlen(what);
    skip_blanks(c);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, what, n) != 0)
        return false;
    c->at += n;
    return true;
}

bool at_end(struct cursor *c)
{
    skip_blanks(c);
    return c->at == c->end || *c->at == ';';
}

size_t word_length(const struct cursor *c)
{
    const char *p = c->at;
    if (p == c->end || isdigit((unsigned char)*p) || !in_word(*p) || *p == '~' || *p == '#')
        return 0;
    if (*p == '$' && p + 1 < c->end && isdigit((unsigned char)p[1]))
        return 0; /* $0ff, a number */
    while (p < c->end && in_word(*p))
        p++;
    return (size_t)(p - c->at);
}

bool word_is(const char *word, size_t length, const char *what)
{
    return strlen(what) == length && strncasecmp(word, what, length) == 0;
}

bool take_word(struct cursor *c, const char *what)
{
    skip_blanks(c);
    size_t n = word_length(c);
    if (!n || !word_is(c->at, n, what))
        return false;
    c->at += n;
    return true;
}

/* ---- numbers ---- */

static int digit_of(char ch)
{
    if (isdigit((unsigned char)ch))
        return ch - '0';
    return isalpha((unsigned char)ch) ? tolower((unsigned char)ch) - 'a' + 10 : 99;
}

/* The base that a letter says; 0: none. */
static unsigned base_of(char letter)
{
    switch (tolower((unsigned char)letter)) {
    case 'x':
    case 'h':
        return 16;
    case 'd':
    case 't':
        return 10;
    case 'o':
    case 'q':
        return 8;
    case 'b':
    case 'y':
        return 2;
    default:
        return 0;
    }
}

static bool digits(const char *p, size_t n, unsigned base, s64 *out)
{
    u64 v = 0;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '_')
            continue;
        int d = digit_of(p[i]);
        if (d >= (int)base)
            return false;
        if (v > (UINT64_MAX - (unsigned)d) / base)
            return false;
        v = v * base + (unsigned)d;
        any = true;
    }
    *out = (s64)v;
    return any;
}

bool take_number(struct cursor *c, s64 *out, struct err *e)
{
    const char *p = c->at;
    size_t n = 0;
    bool dollar = p < c->end && *p == '$', good;
    if (dollar)
        p++;
    while (p + n < c->end && (isalnum((unsigned char)p[n]) || p[n] == '_'))
        n++;
    if (!n || !isdigit((unsigned char)*p))
        return err_set(e, "a number is wanted here");
    if (dollar)
        good = digits(p, n, 16, out);
    else if (n > 2 && p[0] == '0' && isalpha((unsigned char)p[1]) && base_of(p[1]) &&
             digits(p + 2, n - 2, base_of(p[1]), out))
        good = true; /* 0x1f; but 0bh is 11 */
    else if (n > 1 && tolower((unsigned char)p[n - 1]) != 'x' && base_of(p[n - 1]) &&
             digits(p, n - 1, base_of(p[n - 1]), out))
        good = true;
    else
        good = digits(p, n, 10, out);
    if (!good)
        return err_set(e, "%.*s is no number: 26, 0x1a, 1ah, 0b11010 and 32q are, up to 64 bits",
                       (int)(n > 40 ? 40 : n), p);
    c->at = p + n;
    return true;
}

size_t float_length(const struct cursor *c)
{
    const char *p = c->at;
    bool point = false, exponent = false;
    while (p < c->end && (isdigit((unsigned char)*p) || *p == '_'))
        p++;
    if (p == c->at)
        return 0;
    if (p < c->end && *p == '.') {
        point = true;
        p++;
        while (p < c->end && (isdigit((unsigned char)*p) || *p == '_'))
            p++;
    }
    if (p < c->end && (*p == 'e' || *p == 'E')) {
        const char *q = p + 1;
        if (q < c->end && (*q == '+' || *q == '-'))
            q++;
        const char *first = q;
        while (q < c->end && isdigit((unsigned char)*q))
            q++;
        exponent = q > first && (q == c->end || !isalnum((unsigned char)*q));
        if (exponent)
            p = q;
    }
    return point || exponent ? (size_t)(p - c->at) : 0;
}

/* ---- strings ---- */

/* An escape of `` at p, behind the backslash; what it means goes to *out. Its length. */
static size_t escape(const char *p, const char *end, char *out)
{
    static const char letters[] = "abtnvfre0", meant[] = "\a\b\t\n\v\f\r\033\0";
    size_t n = 0;
    unsigned v = 0;
    if (*p == 'x') {
        while (n < 2 && p + 1 + n < end && isxdigit((unsigned char)p[1 + n]))
            v = v * 16 + (unsigned)digit_of(p[1 + n++]);
        *out = (char)v;
        return n + 1;
    }
    if (*p >= '0' && *p <= '7') {
        while (n < 3 && p + n < end && p[n] >= '0' && p[n] <= '7')
            v = v * 8 + (unsigned)(p[n++] - '0');
        *out = (char)v;
        return n;
    }
    const char *l = strchr(letters, *p);
    *out = l && *p ? meant[l - letters] : *p;
    return 1;
}

bool take_string(struct assembler *a, struct cursor *c, const char **bytes, size_t *length,
                 struct err *e)
{
    char quote = c->at < c->end ? *c->at : 0;
    if (quote != '\'' && quote != '"' && quote != '`')
        return err_set(e, "a string is wanted here");
    const char *p = c->at + 1;
    char *out = assembler_memory(a, (size_t)(c->end - c->at) + 1);
    size_t n = 0;
    if (!out)
        return err_set(e, "out of memory");
    while (p < c->end && *p != quote) {
        if (quote == '`' && *p == '\\' && p + 1 < c->end)
            p += 1 + escape(p + 1, c->end, &out[n++]);
        else
            out[n++] = *p++;
    }
    if (p >= c->end)
        return err_set(e, "the string does not end: its closing %c is missing", quote);
    c->at = p + 1;
    *bytes = out;
    *length = n;
    return true;
}
