/*
 * command_words.c - a line cut into words. See command_words.h.
 *
 * Strings know \n \t \" \\ \xHH. Any other backslash stands for itself, so that "A:\>" needs no
 * doubling.
 */
#include "frontend/control/command_words.h"

#include "frontend/control/conditions.h"
#include "frontend/control/pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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

/* The word before says whether a regular expression may follow: its length, else 0. */
static size_t regular_expression(const struct words *words, const char *p, const char *end)
{
    const struct word *before = words->count > 1 ? &words->word[words->count - 2] : NULL;
    const struct command *c =
        *p == '/' && before && !before->quoted ? condition_find(before->text, before->len) : NULL;
    return c && c->param[0].kind == PARAM_PATTERN ? pattern_literal(p, end) : 0;
}

bool words_split(struct words *words, const char *line, size_t len, struct err *e)
{
    const char *p = line, *end = line + len;
    *words = (struct words){.room = malloc(len + COMMAND_WORDS + 1)};
    if (!words->room)
        return err_set(e, "out of memory");
    if (memchr(line, 0, len))
        return err_set(e, "not a text file");
    char *to = words->room;
    for (;;) {
        while (p < end && isspace((unsigned char)*p))
            p++;
        if (p == end || *p == '#')
            return true;
        if (words->count == COMMAND_WORDS)
            return err_set(e, "too many words");
        struct word *w = &words->word[words->count++];
        *w = (struct word){.text = to, .quoted = *p == '"', .from = p};
        if (w->quoted) {
            p = read_quoted(p + 1, end, w);
            if (!p)
                return err_set(e, "the string has no closing \"");
            if (p < end && !isspace((unsigned char)*p))
                return err_set(e, "a blank is missing after the string");
        } else {
            const char *stop = p + regular_expression(words, p, end);
            while (p < end && (p < stop || !isspace((unsigned char)*p)))
                w->text[w->len++] = *p++;
        }
        w->text[w->len] = 0;
        w->end = p;
        to += w->len + 1;
    }
}

void words_free(struct words *w)
{
    free(w->room);
    *w = (struct words){.count = 0};
}
