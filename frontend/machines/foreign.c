/*
 * foreign.c - reading, and what both kinds share. See foreign.h.
 */
#define _GNU_SOURCE /* asprintf, memmem */
#include "frontend/machines/foreign.h"

#include "frontend/control/speed.h"
#include "hw/base/clean.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_MAX_BYTES = 4096 };

/* The line at *at without its end and the blanks around it, into `line`; false: no more. */
static bool next_line(const char **at, const char *end, char line[LINE_MAX_BYTES])
{
    if (*at >= end)
        return false;
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    const char *from = *at, *to = stop ? stop : end;
    *at = to + 1;
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    size_t n = (size_t)(to - from);
    if (n >= LINE_MAX_BYTES)
        n = LINE_MAX_BYTES - 1;
    memcpy(line, from, n);
    line[n] = 0;
    return true;
}

/* "[Hard disks]": its name in small letters. */
static bool heading(char *line, char *section, size_t size)
{
    char *close = line[0] == '[' ? strchr(line, ']') : NULL;
    if (!close)
        return false;
    *close = 0;
    snprintf(section, size, "%.*s", (int)size - 1, line + 1);
    for (char *p = section; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return true;
}

void foreign_read(const char *text, size_t size, foreign_setting *each, struct foreign *f)
{
    char line[LINE_MAX_BYTES], section[64] = "";
    for (const char *at = text, *end = text + size; f->ok && next_line(&at, end, line);) {
        if (!line[0] || line[0] == '#' || line[0] == ';' || line[0] == '%' ||
            heading(line, section, sizeof(section)))
            continue;
        if (strcmp(section, "autoexec") == 0) {
            each(f, section, NULL, line);
            continue;
        }
        char *sign = strchr(line, '=');
        if (!sign)
            continue;
        char *key_end = sign, *value = sign + 1;
        while (key_end > line && isspace((unsigned char)key_end[-1]))
            key_end--;
        *key_end = 0;
        each(f, section, line, value + strspn(value, " \t"));
    }
}

enum foreign_kind foreign_what(const char *text, size_t size)
{
    static const struct {
        const char *section;
        enum foreign_kind kind;
    } marks[] = {{"machine", FOREIGN_86BOX},
                 {"hard disks", FOREIGN_86BOX},
                 {"floppy and cd-rom drives", FOREIGN_86BOX},
                 {"dosbox", FOREIGN_DOSBOX},
                 {"autoexec", FOREIGN_DOSBOX}};
    char line[LINE_MAX_BYTES], section[64];
    static const char *const roots[] = {"<VirtualBox", "<Envelope", "<ovf:Envelope"};
    size_t blanks = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (blanks < size && isspace((unsigned char)text[blanks]))
        blanks++;
    for (size_t i = 0; blanks < size && text[blanks] == '<' && i < ARRAY_SIZE(roots); i++) {
        if (memmem(text, size, roots[i], strlen(roots[i])))
            return FOREIGN_XML;
    }
    for (const char *at = text, *end = text + size; next_line(&at, end, line);) {
        if (!heading(line, section, sizeof(section)))
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
            if (strcmp(section, marks[i].section) == 0)
                return marks[i].kind;
        }
    }
    return FOREIGN_UNKNOWN;
}

void foreign_take(struct foreign *f, const char *section, const char *key, const char *value,
                  const char *from)
{
    f->ok = f->ok && ini_set(f->to, section, key, value, f->e);
    f->taken++;
    clean_printf(f->out, "taken     %s: %s.%s = %s\n", from, section, key, value);
}

void foreign_leave(struct foreign *f, const char *from, const char *format, ...)
{
    va_list args;
    f->left++;
    clean_printf(f->out, "not taken %s: ", from);
    va_start(args, format);
    clean_vprintf(f->out, format, args);
    va_end(args);
    putc('\n', f->out);
}

bool foreign_is_here(struct foreign *f, const char *path, const char *from)
{
    bool letter = isalpha((unsigned char)path[0]) && path[1] == ':';
    if (letter && (path[2] == '\\' || path[2] == '/'))
        foreign_leave(f, from, "a path of Windows; where it is here: ferrite set");
    else if (strstr(path, "://"))
        foreign_leave(f, from, "a drive of the host: give an image of the medium with insert");
    else
        return true;
    return false;
}

char *foreign_path(struct foreign *f, const char *path)
{
    char *full = NULL;
    const char *home = getenv("HOME");
    int n;
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    if (strcmp(path, ".") == 0)
        path = "";
    if (path[0] == '/')
        n = asprintf(&full, "%s", path);
    else if (path[0] == '~' && path[1] == '/' && home)
        n = asprintf(&full, "%s%s", home, path + 1);
    else
        n = asprintf(&full, "%s%s%s", f->folder, *path ? "/" : "", path);
    if (n < 0) {
        f->ok = err_set(f->e, "out of memory");
        return NULL;
    }
    return full;
}

void foreign_speed(struct foreign *f, const char *clock_of, double mhz, const char *from)
{
    double whole = floor(mhz + 1e-4), rest = (mhz - whole) * 3;
    bool thirds = fabs(rest - floor(rest + 0.5)) < 1e-3; /* 66 is 66 2/3 */
    char text[40];
    struct speed s;
    snprintf(text, sizeof(text), thirds ? "%s-%.0f" : "%s-%.4g", clock_of, thirds ? whole : mhz);
    if (fabs(mhz - 4.7727) < 1e-3)
        snprintf(text, sizeof(text), "%s-4.77", clock_of);
    if (speed_parse("", text, &s, NULL))
        foreign_take(f, "cpu", "speed", text, from);
}
