/*
 * request_spelling.c - lines as QEMU's monitor has them, where that is not how lines are made here:
 * a format at the command's name or before its address, an expression with blanks, options.
 *
 *   x/4xw $esp + 8         x "$esp + 8" /4xw
 *   eject -f ide1-cd0      eject ide1-cd0 force
 *   screendump F -f ppm    screenshot F raw ppm
 */
#include "frontend/control/command_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of the commands that take an expression; how long its name is, 0: none. */
static size_t expression_name(const char *line, size_t len)
{
    static const char *const names[] = {"xp", "x", "print", "p"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        size_t n = strlen(names[i]);
        if (len > n && memcmp(line, names[i], n) == 0 && (line[n] == '/' || line[n] == ' '))
            return n;
    }
    return 0;
}

static size_t blanks(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && isspace((unsigned char)p[n]))
        n++;
    return n;
}

static size_t no_blanks(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && !isspace((unsigned char)p[n]))
        n++;
    return n;
}

/* `x/FMT EXPRESSION`, `x /FMT EXPRESSION`, `x EXPRESSION /FMT`. */
static char *spell_expression(const char *line, size_t len, size_t name)
{
    const char *p = line + name, *end = line + len, *format = NULL, *last;
    size_t format_len = 0;
    char *out;
    p += blanks(p, end);
    if (p < end && *p == '/') {
        format = p;
        format_len = no_blanks(p, end);
        p += format_len + blanks(p + format_len, end);
    }
    while (end > p && isspace((unsigned char)end[-1]))
        end--;
    for (last = end; last > p && !isspace((unsigned char)last[-1]);)
        last--;
    if (!format && last > p && *last == '/' && last + 1 < end && isalnum((unsigned char)last[1])) {
        format = last;
        format_len = (size_t)(end - last);
        for (end = last; end > p && isspace((unsigned char)end[-1]);)
            end--;
    }
    if (p == end) /* nothing to look at: the command says what it wants */
        return strndup(line, name);
    if (memchr(p, '"', (size_t)(end - p)) || memchr(p, '#', (size_t)(end - p)))
        return NULL;
    size_t size = len + 16;
    out = malloc(size);
    if (out)
        snprintf(out, size, "%.*s \"%.*s\" %.*s", (int)name, line, (int)(end - p), p,
                 (int)format_len, format ? format : "");
    return out;
}

static bool is(const struct word *w, const char *text)
{
    return !w->quoted && strcmp(w->text, text) == 0;
}

/* `w` are the words of the line. */
static char *spell_options(const struct words *w, size_t len)
{
    char *out = malloc(len + 32);
    if (!out)
        return NULL;
    const struct word *a = w->word;
    if (w->count == 3 && is(&a[0], "eject") && is(&a[1], "-f"))
        snprintf(out, len + 32, "eject %.*s force", (int)(a[2].end - a[2].from), a[2].from);
    else if (w->count == 4 && is(&a[0], "screendump") && is(&a[2], "-f"))
        snprintf(out, len + 32, "screenshot %.*s raw %.*s", (int)(a[1].end - a[1].from), a[1].from,
                 (int)(a[3].end - a[3].from), a[3].from);
    else if (w->count == 4 && is(&a[0], "screendump") && is(&a[1], "-f"))
        snprintf(out, len + 32, "screenshot %.*s raw %.*s", (int)(a[3].end - a[3].from), a[3].from,
                 (int)(a[2].end - a[2].from), a[2].from);
    else {
        free(out);
        return NULL;
    }
    return out;
}

char *words_spelling(const char *line, size_t len)
{
    size_t begin = blanks(line, line + len);
    size_t name = expression_name(line + begin, len - begin);
    if (memchr(line, 0, len) || memchr(line, '\n', len))
        return NULL;
    if (name)
        return spell_expression(line + begin, len - begin, name);
    if (len - begin < 7 || (line[begin] != 'e' && line[begin] != 's'))
        return NULL;
    struct words w;
    char *out = words_split(&w, line, len, NULL) ? spell_options(&w, len) : NULL;
    words_free(&w);
    return out;
}
