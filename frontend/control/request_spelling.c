/*
 * request_spelling.c - lines as QEMU's monitor has them, where that is not how lines are made here:
 * a format at the command's name or before its address, an expression with blanks, options.
 *
 *   x/4xw $esp + 8         x "$esp + 8" /4xw
 *   eject -f ide1-cd0      eject ide1-cd0 force
 *   change -f fda F raw    insert fda F force
 *   i/h 0x1f0, o/b 0x80 1  in 0x1f0 /h, out 0x80 1 /b
 *   info block -v          info block
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

/* `i/FMT PORT`, `o /FMT PORT VALUE`: the format goes to the end. NULL: it is none of them. */
static char *spell_port(const char *line, size_t len)
{
    const char *end = line + len, *p = line + 1;
    if (!len || (*line != 'i' && *line != 'o'))
        return NULL;
    p += blanks(p, end);
    if (p == end || *p != '/')
        return NULL;
    size_t format = no_blanks(p, end), size = len + 16;
    const char *rest = p + format;
    if (memchr(rest, '#', (size_t)(end - rest)))
        return NULL;
    char *out = malloc(size);
    if (out)
        snprintf(out, size, "%s %.*s %.*s", *line == 'i' ? "in" : "out", (int)(end - rest), rest,
                 (int)format, p);
    return out;
}

static bool is(const struct word *w, const char *text)
{
    return !w->quoted && strcmp(w->text, text) == 0;
}

/* A word as it stands in the line, quotes and all, behind a blank. */
static void put_word(FILE *out, const struct word *w)
{
    fprintf(out, " %.*s", (int)(w->end - w->from), w->from);
}

/* `change [-f] DRIVE FILE [FORMAT [retain|read-only|read-write]]` */
static bool spell_change(const struct words *w, FILE *out)
{
    const struct word *a = w->word;
    unsigned at = 1;
    bool force = w->count > 1 && is(&a[1], "-f"), read_only = false;
    at += force;
    unsigned left = w->count - at;
    bool format =
        left == 3 && (is(&a[at + 2], "raw") || is(&a[at + 2], "qcow2") || is(&a[at + 2], "iso"));
    if (left == 4) {
        read_only = is(&a[at + 3], "read-only");
        format = read_only || is(&a[at + 3], "retain") || is(&a[at + 3], "read-write");
    }
    if ((!force && !format) || left < 2 || (left > 2 && !format))
        return false;
    fputs("insert", out);
    put_word(out, &a[at]);
    put_word(out, &a[at + 1]);
    fputs(read_only ? " read-only" : force ? " force" : "", out);
    return true;
}

/* `info block -v floppy0`, `info registers -a`: there is no less than that. */
static bool spell_info(const struct words *w, FILE *out)
{
    bool dropped = false;
    fputs("info", out);
    for (unsigned i = 1; i < w->count; i++) {
        const struct word *a = &w->word[i];
        bool option =
            i > 1 && a->text && (is(a, "-v") || is(a, "-n") || is(a, "-a") || is(a, "-f"));
        if (!option)
            put_word(out, a);
        dropped |= option;
    }
    return dropped;
}

/* `screendump [-f FORMAT] FILE`, `screendump FILE [-f FORMAT]` */
static bool spell_screendump(const struct words *w, FILE *out)
{
    const struct word *a = w->word;
    unsigned file = w->count == 4 && is(&a[1], "-f") ? 3 : 1, format = file == 3 ? 2 : 3;
    if (w->count != 4 || (file == 1 && !is(&a[2], "-f")))
        return false;
    fputs("screenshot", out);
    put_word(out, &a[file]);
    fputs(" raw", out);
    put_word(out, &a[format]);
    return true;
}

/* `w` are the words of the line. */
static bool spell_options(const struct words *w, FILE *out)
{
    const struct word *a = w->word;
    if (w->count < 2 || !a[0].text || !a[1].text)
        return false;
    if (is(&a[0], "change"))
        return spell_change(w, out);
    if (is(&a[0], "info"))
        return spell_info(w, out);
    if (is(&a[0], "screendump"))
        return spell_screendump(w, out);
    if (is(&a[0], "eject") && w->count == 3 && is(&a[1], "-f")) {
        fputs("eject", out);
        put_word(out, &a[2]);
        fputs(" force", out);
        return true;
    }
    if (is(&a[0], "stopcapture") && w->count == 2) { /* there is one */
        fputs("audio stop", out);
        return true;
    }
    return false;
}

/* The line by its words; NULL: it stays as it is. */
static char *spell_words(const char *line, size_t len)
{
    struct words w;
    char *text = NULL;
    size_t size;
    bool spelled = false;
    FILE *out = words_split(&w, line, len, NULL) ? open_memstream(&text, &size) : NULL;
    if (out) {
        spelled = spell_options(&w, out);
        spelled = fclose(out) == 0 && spelled;
    }
    words_free(&w);
    if (spelled)
        return text;
    free(text);
    return NULL;
}

char *words_spelling(const char *line, size_t len)
{
    size_t begin = blanks(line, line + len);
    size_t name = expression_name(line + begin, len - begin);
    if (memchr(line, 0, len) || memchr(line, '\n', len))
        return NULL;
    if (name)
        return spell_expression(line + begin, len - begin, name);
    char *port = spell_port(line + begin, len - begin);
    if (port)
        return port;
    static const char *const first[] = {"change", "info", "screendump", "eject", "stopcapture"};
    for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
        size_t n = strlen(first[i]);
        if (len - begin > n && memcmp(line + begin, first[i], n) == 0 && line[begin + n] == ' ')
            return spell_words(line, len);
    }
    return NULL;
}
