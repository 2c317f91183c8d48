/*
 * clean.c - see clean.h.
 */
#define _GNU_SOURCE /* vasprintf */
#include "hw/base/clean.h"

#include <stdlib.h>
#include <string.h>

size_t clean_character(const u8 *p, size_t len)
{
    /* RFC 3629: no surrogates, the shortest form, up to 10FFFFh. */
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
               : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                             : 0;
    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* What stands for the bytes at p, of which there are `left`: `shown` and its length; moves p. */
static size_t next(const u8 **p, size_t left, bool lines, const char **shown)
{
    const u8 *at = *p;
    size_t n = clean_character(at, left);
    *p += n ? n : 1;
    *shown = (const char *)at;
    if (lines && *at == '\r' && left > 1 && at[1] == '\n')
        return 0;
    bool control = *at == 0x7f || (*at < ' ' && *at != '\t' && !(lines && *at == '\n')) ||
                   (*at == 0xc2 && n == 2 && at[1] < 0xa0);
    if (n && !control)
        return n;
    *shown = "\xef\xbf\xbd";
    return 3;
}

static void write_clean(const char *text, size_t len, bool lines, FILE *out)
{
    const char *shown = "";
    for (const u8 *p = (const u8 *)text, *end = p + len; p < end;) {
        const u8 *plain = p;
        while (p < end && *p >= ' ' && *p < 0x7f)
            p++;
        fwrite(plain, 1, (size_t)(p - plain), out);
        size_t n = p < end ? next(&p, (size_t)(end - p), lines, &shown) : 0;
        fwrite(shown, 1, n, out);
    }
}

void clean_line(const char *text, FILE *out)
{
    write_clean(text, strlen(text), false, out);
}

void clean_lines(const char *text, size_t len, FILE *out)
{
    write_clean(text, len, true, out);
}

void clean_vprintf(FILE *out, const char *fmt, va_list args)
{
    char *text;
    int len = vasprintf(&text, fmt, args);
    if (len < 0)
        return;
    clean_lines(text, (size_t)len, out);
    free(text);
}

void clean_printf(FILE *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    clean_vprintf(out, fmt, args);
    va_end(args);
}

void clean_copy(char *to, size_t room, const char *text)
{
    const char *shown;
    for (const u8 *p = (const u8 *)text, *end = p + strlen(text); p < end;) {
        size_t n = next(&p, (size_t)(end - p), true, &shown);
        if (n >= room)
            break;
        memcpy(to, shown, n);
        to += n;
        room -= n;
    }
    *to = 0;
}
