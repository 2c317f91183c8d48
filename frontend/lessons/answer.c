/* answer.c - see answer.h. */
#include "frontend/lessons/answer.h"

#include "frontend/lessons/assemble.h"
#include "frontend/lessons/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

static bool take_part(const char *text, size_t len, unsigned base, u64 most, u64 *value)
{
    u64 v = 0;
    if (!len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int c = tolower((unsigned char)text[i]);
        unsigned digit = isdigit(c)             ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 99;
        if (digit >= base)
            return false;
        v = v * base + digit;
        if (v > most)
            return false;
    }
    *value = v;
    return true;
}

/* A word without blanks around it. */
static bool take_term(const char *t, size_t len, u64 *value)
{
    const char *colon = memchr(t, ':', len);
    u64 sel, off;
    bool prefix = len > 2 && t[0] == '0';
    if (colon) {
        bool ok = take_part(t, (size_t)(colon - t), 16, 0xffff, &sel) &&
                  take_part(colon + 1, len - (size_t)(colon - t) - 1, 16, 0xffff, &off);
        *value = ok ? (sel << 4) + off : 0;
        return ok;
    }
    if (prefix && tolower((unsigned char)t[1]) == 'x')
        return take_part(t + 2, len - 2, 16, UINT32_MAX, value);
    if (prefix && tolower((unsigned char)t[1]) == 'b')
        return take_part(t + 2, len - 2, 2, UINT32_MAX, value);
    if (len > 1 && tolower((unsigned char)t[len - 1]) == 'h')
        return take_part(t, len - 1, 16, UINT32_MAX, value);
    return take_part(t, len, 10, UINT32_MAX, value);
}

bool answer_value(const char *text, u64 *value, struct err *e)
{
    u64 sum = 0, term;
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, "+"), gap = strspn(at, " \t\r\n"), n = len;
        while (n > gap && isspace((unsigned char)at[n - 1]))
            n--;
        if (n <= gap || !take_term(at + gap, n - gap, &term) || (sum += term) > UINT32_MAX)
            return err_set(e,
                           "\"%.40s\": a number is wanted: 31, 0x1f, 1fh, or an address "
                           "f000:e05b; also a sum of them",
                           text);
        at += len;
        if (!*at)
            break;
    }
    *value = sum;
    return true;
}

/* ---- programs ---- */

bool answer_has_program(const struct lesson *l)
{
    return l->answer == ANSWER_SOURCE || lesson_block(l, LESSON_PROGRAM, NULL) ||
           lesson_block(l, LESSON_FRAME, NULL);
}

/* The line that is `; ANSWER`; NULL: there is none. */
static const char *find_place(const char *text, size_t *len, unsigned *line)
{
    *line = 1;
    for (const char *at = text; *at; ++*line) {
        size_t all = strcspn(at, "\n"), gap = strspn(at, " \t");
        size_t n = all;
        while (n && isspace((unsigned char)at[n - 1]))
            n--;
        if (gap < n && n - gap == strlen("; ANSWER") &&
            memcmp(at + gap, "; ANSWER", n - gap) == 0) {
            *len = all;
            return at;
        }
        at += all + (at[all] == '\n');
    }
    return NULL;
}

static unsigned lines_of(const char *text)
{
    unsigned n = 1;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Frame and source in one; *first: the line at which the source begins. NULL: out of memory. */
static char *join(const char *frame, const char *source, unsigned *first)
{
    size_t len = 0, size;
    const char *place = frame ? find_place(frame, &len, first) : NULL;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    if (!frame) {
        *first = 1;
        fputs(source, out);
    } else if (!place) { /* a program that only shows something */
        *first = 0;
        fputs(frame, out);
    } else {
        fwrite(frame, 1, (size_t)(place - frame), out);
        fputs(source, out);
        fputs(place + len, out);
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static const char *frame_of(const struct lesson *l, bool judged)
{
    const struct lesson_block *b = judged ? lesson_block(l, LESSON_FRAME, NULL) : NULL;
    if (!b)
        b = lesson_block(l, LESSON_PROGRAM, NULL);
    if (!b && l->answer != ANSWER_SOURCE)
        b = lesson_block(l, LESSON_FRAME, NULL);
    return b ? b->text : NULL;
}

static u8 *disk_of(const u8 *bytes, size_t len, struct err *e)
{
    u8 *disk = len <= ANSWER_DISK ? calloc(1, ANSWER_DISK) : NULL;
    if (disk)
        memcpy(disk, bytes, len);
    else
        err_set(e, len <= ANSWER_DISK ? "out of memory" : "the program does not fit on a diskette");
    return disk;
}

/* *first is the learner's first line in the whole; where was it wrong? */
static void place_error(const struct lesson *l, const char *source, unsigned first, unsigned wrong,
                        unsigned *line, struct err *e)
{
    char why[400];
    snprintf(why, sizeof(why), "%.399s", e->text);
    *line = 0;
    if (first && wrong >= first && wrong < first + lines_of(source)) {
        *line = wrong - first + 1;
        err_set(e, "line %u: %s", *line, why);
    } else if (first && wrong) {
        err_set(e, "%s: together with the lesson's program (line %u): %s", l->name, wrong, why);
    }
}

u8 *answer_disk(const struct lesson *l, u64 seed, const char *source, bool judged, unsigned *line,
                struct err *e)
{
    struct words_values values = {.lesson = l, .seed = seed};
    unsigned first, wrong = 0;
    size_t len = 0;
    u8 *bytes = NULL, *disk = NULL;
    *line = 0;
    if (!source || l->answer != ANSWER_SOURCE)
        source = lesson_block(l, LESSON_TASK, NULL)->text;
    const char *frame = frame_of(l, judged);
    char *filled = frame ? words_fill_given(&values, frame, e) : NULL;
    if (frame && !filled)
        return NULL;
    char *text = join(filled, source, &first);
    free(filled);
    if (!text || strlen(text) > ANSWER_PROGRAM) {
        err_set(e, text ? "the program is longer than %d KB" : "out of memory",
                ANSWER_PROGRAM >> 10);
    } else if (lesson_assemble(text, &bytes, &len, &wrong, e)) {
        disk = disk_of(bytes, len, e);
    } else {
        place_error(l, source, first, wrong, line, e);
    }
    free(text);
    free(bytes);
    return disk;
}
