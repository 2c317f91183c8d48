/*
 * trace_spec.c - see trace_spec.h.
 */
#include "frontend/profile/trace_spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct spec {
    struct vm_exec_trace *t;
    const struct symbols *symbols;
};

static bool number(const char *text, u64 max, u64 *v)
{
    char *end;
    errno = 0;
    *v = strtoull(text, &end, 0);
    return end != text && !*end && *text >= '0' && *text <= '9' && !errno && *v <= max;
}

/* A linear address, SEGMENT:OFFSET of real mode, or a symbol. */
static bool address(const struct spec *s, const char *text, u32 *lin)
{
    u64 v, off;
    char *end;
    const char *colon = strchr(text, ':');
    if (colon && colon - text <= 4 && colon != text) {
        char *behind;
        v = strtoull(text, &end, 16);
        off = strtoull(colon + 1, &behind, 16);
        if (end == colon && behind != colon + 1 && !*behind && off <= 0xffff) {
            *lin = (u32)(v * 16 + off);
            return true;
        }
    }
    if (number(text, UINT32_MAX, &v)) {
        *lin = (u32)v;
        return true;
    }
    return s->symbols && symbols_find(s->symbols, text, lin);
}

static bool no_address(const char *key, const char *text, struct err *e)
{
    return err_set(
        e,
        "%s=%.100s: a linear address (0x7c00), SEGMENT:OFFSET of real mode (0:7c00) or a "
        "symbol of -symbols is wanted",
        key, text);
}

/* FIRST-LAST, or one address. A symbol may have a dash in it: the first that parts two counts. */
static bool set_range(const struct spec *s, const char *text, struct err *e)
{
    struct vm_trace_range r;
    if (s->t->ranges == VM_TRACE_RANGES)
        return err_set(e, "more than %d ranges", (int)VM_TRACE_RANGES);
    bool ok = address(s, text, &r.first);
    r.last = r.first;
    for (const char *dash = strchr(text, '-'); !ok && dash; dash = strchr(dash + 1, '-')) {
        char *first = strndup(text, (size_t)(dash - text));
        ok = first && address(s, first, &r.first) && address(s, dash + 1, &r.last);
        free(first);
    }
    if (!ok)
        return err_set(e,
                       "range=%.100s: FIRST-LAST is wanted, linear addresses (0x7c00-0x7dff), "
                       "SEGMENT:OFFSET or symbols",
                       text);
    if (r.last < r.first)
        return err_set(e, "range=%.100s: the last address is below the first", text);
    s->t->range[s->t->ranges++] = r;
    return true;
}

static bool set_format(const struct spec *s, const char *text, struct err *e)
{
    static const char *const names[] = {
        [VM_TRACE_VALUES] = "ferrite",
        [VM_TRACE_PLAIN] = "plain",
        [VM_TRACE_QEMU] = "qemu",
        [VM_TRACE_BOCHS] = "bochs",
    };
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            s->t->format = (enum vm_trace_format)i;
            return true;
        }
    }
    return err_set(e, "format=%.60s: ferrite, plain, qemu or bochs is wanted", text);
}

static bool set_mode(const struct spec *s, const char *text, struct err *e)
{
    static const char *const names[] = {"real", "v86", "prot16", "prot32"};
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            s->t->modes |= (u8)(1 << i);
            return true;
        }
    }
    return err_set(e, "mode=%.60s: real, v86, prot16 or prot32 is wanted", text);
}

static bool set_cpl(const struct spec *s, const char *text, struct err *e)
{
    if (text[0] < '0' || text[0] > '3' || text[1])
        return err_set(e, "cpl=%.60s: a privilege level, 0 to 3, is wanted", text);
    s->t->rings |= (u8)(1 << (text[0] - '0'));
    return true;
}

static bool set_count(const char *key, u64 *to, const char *text, struct err *e)
{
    return number(text, UINT64_MAX - 1, to) ||
           err_set(e, "%s=%.60s: a number of instructions since power-on is wanted", key, text);
}

static bool set_start(const struct spec *s, const char *text, struct err *e)
{
    return set_count("start", &s->t->start, text, e);
}

static bool set_stop(const struct spec *s, const char *text, struct err *e)
{
    return set_count("stop", &s->t->stop, text, e);
}

static bool set_from(const struct spec *s, const char *text, struct err *e)
{
    s->t->has_from = address(s, text, &s->t->from);
    return s->t->has_from || no_address("from", text, e);
}

static bool set_to(const struct spec *s, const char *text, struct err *e)
{
    s->t->has_to = address(s, text, &s->t->to);
    return s->t->has_to || no_address("to", text, e);
}

static const struct key {
    const char *name, *help;
    bool (*set)(const struct spec *s, const char *text, struct err *e);
} keys[] = {
    {"format", "ferrite (values read and written), plain, qemu or bochs", set_format},
    {"range", "only at FIRST-LAST; several are given as several words", set_range},
    {"mode", "only in real, v86, prot16 or prot32; likewise", set_mode},
    {"cpl", "only at this privilege level; likewise", set_cpl},
    {"start", "from so many instructions since power-on", set_start},
    {"stop", "until so many", set_stop},
    {"from", "from the instruction at ADDRESS on", set_from},
    {"to", "until the one at ADDRESS, and again from the next from=", set_to},
};

void trace_spec_help(FILE *out)
{
    fputs("Of exec and cpu:\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        fprintf(out, "  %s=%-*s %s\n", keys[i].name, 13 - (int)strlen(keys[i].name), "",
                keys[i].help);
}

static bool one_word(const struct spec *s, const char *word, struct err *e)
{
    struct err why;
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : 0;
    for (size_t i = 0; equals && i < ARRAY_SIZE(keys); i++)
        if (strlen(keys[i].name) == len && memcmp(word, keys[i].name, len) == 0)
            return keys[i].set(s, equals + 1, &why) || err_set(e, "-d %.400s", why.text);
    return err_set(e,
                   "-d %.100s: what is shown of instructions is said by format=, range=, mode=, "
                   "cpl=, start=, stop=, from= and to= (-d help)",
                   word);
}

bool trace_spec_parse(struct vm_exec_trace *t, const char *words, const struct symbols *symbols,
                      struct err *e)
{
    struct spec s = {.t = t, .symbols = symbols};
    *t = (struct vm_exec_trace)VM_EXEC_TRACE_ALL;
    for (const char *at = words; *at;) {
        size_t len = strcspn(at, ",");
        char *word = strndup(at, len);
        bool ok = word ? one_word(&s, word, e) : err_set(e, "out of memory");
        free(word);
        if (!ok)
            return false;
        at += len + (at[len] == ',');
    }
    if (t->stop <= t->start)
        return err_set(e, "-d stop=%llu: nothing is left behind start=%llu",
                       (unsigned long long)t->stop, (unsigned long long)t->start);
    return true;
}
