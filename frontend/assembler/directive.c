/*
 * directive.c - what is no instruction: data, space, EQU, ORG, BITS, ALIGN, sections, structures
 * (NASM's manual, 3.2, 7, 8.1).
 */
#include "frontend/assembler/assembler_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum directive {
    D_DATA,
    D_RESERVE,
    D_EQU,
    D_ORG,
    D_BITS,
    D_USE,
    D_ALIGN,
    D_ALIGNB,
    D_SECTION,
    D_ABSOLUTE,
    D_BACK,
    D_ERROR_IF,
    D_INCBIN,
    D_STRUC,
    D_ENDSTRUC,
    D_CPU,
    D_IGNORED
};

static const struct {
    const char *word;
    u8 what, unit;
} directives[] = {
    {"db", D_DATA, 1},         {"dw", D_DATA, 2},           {"dd", D_DATA, 4},
    {"dq", D_DATA, 8},         {"dt", D_DATA, 10},          {"resb", D_RESERVE, 1},
    {"resw", D_RESERVE, 2},    {"resd", D_RESERVE, 4},      {"resq", D_RESERVE, 8},
    {"rest", D_RESERVE, 10},   {"equ", D_EQU, 0},           {"org", D_ORG, 0},
    {"bits", D_BITS, 0},       {"use16", D_USE, 16},        {"use32", D_USE, 32},
    {"align", D_ALIGN, 0},     {"alignb", D_ALIGNB, 0},     {"section", D_SECTION, 0},
    {"segment", D_SECTION, 0}, {"absolute", D_ABSOLUTE, 0}, {"incbin", D_INCBIN, 0},
    {"__?SECT?__", D_BACK, 0}, {"__SECT__", D_BACK, 0},     {"__?error_if?__", D_ERROR_IF, 0},
    {"struc", D_STRUC, 0},     {"endstruc", D_ENDSTRUC, 0}, {"cpu", D_CPU, 0},
    {"global", D_IGNORED, 0},  {"warning", D_IGNORED, 0},
};

const char *directive_nearest(const char *word, size_t length)
{
    const char *found = NULL;
    unsigned best = length <= 3 ? 2 : 3;
    for (unsigned i = 0; i < ARRAY_SIZE(directives); i++) {
        const char *d = directives[i].word;
        unsigned distance = encode_distance(word, length, d, strlen(d), 2);
        if (distance < best) {
            best = distance;
            found = d;
        }
    }
    return found;
}

/* ---- data ---- */

static bool put_float(struct assembler *a, u32 line, unsigned column, const char *text,
                      bool negative, unsigned unit, struct datum *d)
{
    u8 *out = assembler_memory(a, 10);
    if (!out)
        return false;
    if (unit == 4) {
        float f = strtof(text, NULL);
        u32 v;
        memcpy(&v, &f, 4);
        put_le32(out, v | (u32)negative << 31);
    } else if (unit == 8) {
        double f = strtod(text, NULL);
        u64 v;
        memcpy(&v, &f, 8);
        put_le64(out, v | (u64)negative << 63);
    } else if (unit == 10) {
        /* SDM vol. 1, 4.2.2: a mantissa with its first 1, exponent + 16383. Host's long double is
         * at least as wide as that, or as precise as it can be. */
        int exponent = 0;
        long double f = frexpl(strtold(text, NULL), &exponent);
        if (!isfinite(f) || exponent < -16381)
            return complain(a, line, column, "%.40s is outside of what ten bytes hold", text);
        u64 mantissa = (u64)ldexpl(f, 64);
        put_le64(out, mantissa);
        put_le16(out + 8,
                 (u16)((mantissa ? (unsigned)(exponent + 16382) : 0) | (unsigned)negative << 15));
    } else {
        return complain(a, line, column,
                        "a floating-point number takes 4, 8 or 10 bytes: dd, dq, dt");
    }
    d->bytes = (const char *)out;
    d->length = unit;
    return true;
}

static bool parse_float(struct assembler *a, u32 line, struct cursor *c, unsigned unit,
                        struct datum *d)
{
    unsigned column = column_of(c);
    bool negative = take(c, "-");
    if (!negative)
        take(c, "+");
    skip_blanks(c);
    size_t n = float_length(c), used = 0;
    char text[64];
    if (n >= sizeof text)
        return complain(a, line, column, "a number of %zu digits is too long", n);
    for (size_t i = 0; i < n; i++)
        if (c->at[i] != '_')
            text[used++] = c->at[i];
    text[used] = 0;
    c->at += n;
    return put_float(a, line, column, text, negative, unit, d);
}

static bool is_float(const struct cursor *at)
{
    struct cursor c = *at;
    if (!take(&c, "-"))
        take(&c, "+");
    skip_blanks(&c);
    return float_length(&c) > 0;
}

/* A string that stands alone, not 'a' + 1. */
static bool parse_whole_string(struct assembler *a, struct cursor *c, unsigned unit,
                               struct datum *d)
{
    struct cursor ahead = *c;
    struct err e;
    size_t length;
    const char *bytes;
    if (!take_string(a, &ahead, &bytes, &length, &e))
        return false;
    if (!at_end(&ahead) && *ahead.at != ',')
        return false;
    size_t padded = (length + unit - 1) / unit * unit;
    if (padded != length) {
        char *more = assembler_memory(a, padded);
        if (!more)
            return false;
        memcpy(more, bytes, length);
        memset(more + length, 0, padded - length);
        bytes = more;
    }
    d->bytes = bytes;
    d->length = padded;
    *c = ahead;
    return true;
}

static bool parse_datum(struct assembler *a, u32 line, struct cursor *c, unsigned unit,
                        struct datum *d)
{
    memset(d, 0, sizeof *d);
    skip_blanks(c);
    if (take(c, "?")) {
        d->bytes = "\0\0\0\0\0\0\0\0\0";
        d->length = unit;
        return true;
    }
    if (is_float(c))
        return parse_float(a, line, c, unit, d);
    if (parse_whole_string(a, c, unit, d))
        return true;
    unsigned column = column_of(c);
    if (!parse_expression(a, line, c, false, &d->value))
        return false;
    if (unit == 10)
        return complain(a, line, column, "dt takes floating-point numbers: dt 3.14");
    return true;
}

static bool parse_data(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    s->kind = DOES_DATA;
    s->first = (u32)a->data.count;
    if (at_end(c))
        return complain(a, line, column_of(c),
                        "nothing follows; db 0 is one byte, resb 1 reserves one");
    do {
        if (at_end(c))
            break; /* a comma at the end of the line */
        struct datum d;
        if (!parse_datum(a, line, c, s->unit, &d))
            return false;
        if (take_word(c, "dup"))
            return complain(a, line, column_of(c) - 3, "dup is another assembler's: times 10 db 0");
        struct datum *kept = list_add(a, &a->data, sizeof *kept);
        if (!kept)
            return false;
        *kept = d;
        s->count++;
    } while (take(c, ","));
    return true;
}

/* An expression that is a number now. */
static bool parse_constant(struct assembler *a, u32 line, struct cursor *c, s64 *out)
{
    struct expression e;
    struct value v;
    if (!parse_expression(a, line, c, false, &e))
        return false;
    a->doing = line;
    if (!e.constant || !evaluate(a, &e, &v))
        return complain(a, line, e.column, "only numbers can stand here");
    *out = v.n;
    return true;
}

static bool parse_incbin(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    const char *name;
    char *bytes = NULL;
    size_t length, size = 0;
    struct err e;
    unsigned column = column_of(c);
    skip_blanks(c);
    if (!take_string(a, c, &name, &length, &e))
        return complain(a, line, column, "%s", e.text);
    char *text = assembler_text(a, name, length);
    const char *from = ((const char **)a->files.data)[line_at(a, line)->file];
    if (!text)
        return false;
    if (!a->options.include || !a->options.include(a->options.opaque, text, from, &bytes, &size))
        return complain(a, line, column, "there is no file %.100s", text);
    char *kept = assembler_text(a, bytes, size);
    free(bytes);
    s64 skip = 0, most = (s64)size;
    if ((take(c, ",") && !parse_constant(a, line, c, &skip)) ||
        (take(c, ",") && !parse_constant(a, line, c, &most)))
        return false;
    if (skip < 0 || skip > (s64)size || most < 0)
        return complain(a, line, column, "%.100s has %zu bytes", text, size);
    size -= (size_t)skip;
    if ((u64)most < size)
        size = (size_t)most;
    if (kept)
        kept += skip;
    struct datum *d = kept ? list_add(a, &a->data, sizeof *d) : NULL;
    if (!d)
        return false;
    *d = (struct datum){.bytes = kept, .length = size};
    s->kind = DOES_DATA;
    s->unit = 1;
    s->first = (u32)a->data.count - 1;
    s->count = 1;
    return true;
}

/* ---- the others ---- */

static bool parse_equ(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    if (!s->symbol)
        return complain(a, line, s->column, "equ wants a name before it: size equ 512");
    if (s->repeated)
        return complain(a, line, s->column, "equ cannot be repeated");
    s->kind = DOES_EQU;
    symbol_at(a, s->symbol - 1)->label = false;
    return parse_expression(a, line, c, false, &s->value);
}

static bool parse_bits(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    struct err e;
    s64 n;
    unsigned column = column_of(c);
    s->kind = DOES_BITS;
    skip_blanks(c);
    if (!take_number(c, &n, &e) || (n != 16 && n != 32))
        return complain(a, line, column, "bits is 16 or 32");
    s->unit = (u8)n;
    return true;
}

static bool parse_align(struct assembler *a, u32 line, struct cursor *c, struct statement *s,
                        bool zero)
{
    s->kind = DOES_ALIGN;
    s->fill = zero ? 0 : 0x90;
    if (!parse_expression(a, line, c, false, &s->value))
        return false;
    if (!take(c, ","))
        return true;
    skip_blanks(c);
    unsigned column = column_of(c);
    struct err e;
    s64 n = 0;
    if (take_word(c, "nop"))
        return true;
    bool reserve = take_word(c, "resb");
    if (!reserve && !take_word(c, "db"))
        return complain(a, line, column, "align is filled by db NUMBER or nop: align 4, db 0");
    skip_blanks(c);
    if (!take_number(c, &n, &e))
        return complain(a, line, column_of(c), "%s", e.text);
    s->fill = reserve ? 0 : (u8)n;
    return true;
}

/* Behind a section's name. They follow each other in the order in which they are first named. */
static bool parse_attributes(struct assembler *a, u32 line, struct cursor *c, struct section *s)
{
    struct err e;
    s64 n;
    while (!at_end(c)) {
        unsigned column = column_of(c);
        if (take_word(c, "nobits")) {
            s->reserved = true;
        } else if (take_word(c, "progbits")) {
            s->reserved = false;
        } else if (take_word(c, "follows")) {
            if (!take(c, "="))
                return complain(a, line, column_of(c), "follows=.text, without blanks");
            skip_blanks(c);
            c->at += word_length(c);
        } else if (take_word(c, "align")) {
            take(c, "=");
            skip_blanks(c);
            if (!take_number(c, &n, &e) || n < 1 || n > 65536 || (n & (n - 1)))
                return complain(a, line, column, "align= wants a power of two");
            s->align = (u32)n;
        } else {
            return complain(a, line, column,
                            "of a section only align=, follows=, nobits and progbits "
                            "can be said here");
        }
    }
    return true;
}

static bool parse_section(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    skip_blanks(c);
    size_t n = word_length(c);
    unsigned i = 0;
    if (!n)
        return complain(a, line, column_of(c), "a section has a name: section .data");
    for (; i < a->sections; i++)
        if (a->section[i].length == n && memcmp(a->section[i].name, c->at, n) == 0)
            break;
    if (i == MOST_SECTIONS)
        return complain(a, line, column_of(c), "more than %u sections", MOST_SECTIONS);
    if (i == a->sections) {
        char *name = assembler_text(a, c->at, n);
        if (!name)
            return false;
        a->section[a->sections++] = (struct section){
            .name = name, .length = (u32)n, .reserved = word_is(name, n, ".bss"), .align = 4};
    }
    s->kind = DOES_SECTION;
    s->unit = (u8)i;
    a->named = i;
    c->at += n;
    return parse_attributes(a, line, c, &a->section[i]);
}

static bool parse_struc(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    skip_blanks(c);
    size_t n = word_length(c);
    if (!n)
        return complain(a, line, column_of(c), "a structure has a name: struc point");
    if (a->struc)
        return complain(a, line, column_of(c), "the structure %.60s has not ended", a->struc);
    s64 i = symbol_find(a, c->at, n);
    if (i < 0)
        return false;
    struct symbol *y = symbol_at(a, (size_t)i);
    if (y->line)
        return complain(a, line, column_of(c), "%.60s is there already, in line %u", y->name,
                        (unsigned)line_at(a, y->line - 1)->number);
    y->line = line + 1;
    y->label = true;
    a->struc = a->parent = y->name;
    a->parent_length = y->length;
    c->at += n;
    s->symbol = (u32)i + 1;
    s->kind = DOES_ABSOLUTE;
    s->value = (struct expression){.first = (u32)a->steps.count, .count = 1, .constant = true};
    struct step *zero = list_add(a, &a->steps, sizeof *zero);
    if (!zero)
        return false;
    *zero = (struct step){.kind = STEP_NUMBER};
    return true;
}

/* NAME_size is where it ends. */
static bool parse_endstruc(struct assembler *a, u32 line, struct statement *s)
{
    char name[270];
    if (!a->struc)
        return complain(a, line, s->column, "there is no struc before this endstruc");
    int n = snprintf(name, sizeof name, "%.255s_size", a->struc);
    s64 i = symbol_find(a, name, (size_t)n);
    a->struc = NULL;
    if (i < 0)
        return false;
    struct symbol *y = symbol_at(a, (size_t)i);
    if (y->line)
        return complain(a, line, s->column, "%.60s is there already", y->name);
    y->line = line + 1;
    s->symbol = (u32)i + 1;
    s->kind = DOES_EQU;
    s->unit = 1; /* back to the section before */
    s->value = (struct expression){.first = (u32)a->steps.count, .count = 1};
    struct step *here = list_add(a, &a->steps, sizeof *here);
    if (!here)
        return false;
    *here = (struct step){.kind = STEP_HERE};
    return true;
}

/* What the preprocessor makes of %if ADDRESSES, %error TEXT: EXPRESSION, TEXT. */
static bool parse_error_if(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    s->kind = DOES_ERROR_IF;
    s->first = (u32)a->data.count;
    if (!parse_expression(a, line, c, false, &s->value) || !take(c, ","))
        return complain(a, line, 1, "%%if does not end behind this expression");
    struct datum *d = list_add(a, &a->data, sizeof *d);
    if (!d)
        return false;
    *d = (struct datum){.bytes = assembler_text(a, c->at, (size_t)(c->end - c->at))};
    c->at = c->end;
    return d->bytes != NULL;
}

static bool parse_processor(struct assembler *a, u32 line, struct cursor *c, struct statement *s)
{
    u64 features;
    bool before_386;
    skip_blanks(c);
    const char *name = c->at;
    u32 n = 0;
    while (c->at < c->end && !strchr(" \t;", *c->at)) {
        c->at++;
        n++;
    }
    if (!encode_processor(name, n, &features, &before_386))
        return complain(a, line, (unsigned)(name - c->start) + 1,
                        "there is no processor %.*s: 8086, 286, 386, 486, 586, 686, p3, p4", (int)n,
                        name);
    struct datum *d = list_add(a, &a->data, sizeof *d);
    if (!d)
        return false;
    *d = (struct datum){.bytes = name, .length = n};
    s->kind = DOES_PROCESSOR;
    s->first = (u32)a->data.count - 1;
    return true;
}

int parse_directive(struct assembler *a, u32 line, struct cursor *c, const char *word,
                    size_t length, struct statement *s)
{
    unsigned i = 0;
    bool good = true;
    while (i < ARRAY_SIZE(directives) && !word_is(word, length, directives[i].word))
        i++;
    if (i == ARRAY_SIZE(directives))
        return -1;
    if (!c)
        return 0;
    s->unit = directives[i].unit;
    switch ((enum directive)directives[i].what) {
    case D_DATA:
        good = parse_data(a, line, c, s);
        break;
    case D_RESERVE:
        s->kind = DOES_RESERVE;
        good = parse_expression(a, line, c, false, &s->value);
        break;
    case D_EQU:
        good = parse_equ(a, line, c, s);
        break;
    case D_ORG:
        s->kind = DOES_ORIGIN;
        good = parse_expression(a, line, c, false, &s->value);
        break;
    case D_BITS:
        good = parse_bits(a, line, c, s);
        break;
    case D_USE:
        s->kind = DOES_BITS;
        break;
    case D_ALIGN:
    case D_ALIGNB:
        good = parse_align(a, line, c, s, directives[i].what == D_ALIGNB);
        break;
    case D_SECTION:
        good = parse_section(a, line, c, s);
        break;
    case D_ERROR_IF:
        good = parse_error_if(a, line, c, s);
        break;
    case D_BACK: /* to the section, from ABSOLUTE */
        s->kind = DOES_SECTION;
        s->unit = (u8)a->named;
        break;
    case D_ABSOLUTE:
        s->kind = DOES_ABSOLUTE;
        good = parse_expression(a, line, c, false, &s->value);
        break;
    case D_INCBIN:
        good = parse_incbin(a, line, c, s);
        break;
    case D_STRUC:
        good = parse_struc(a, line, c, s);
        break;
    case D_ENDSTRUC:
        good = parse_endstruc(a, line, s);
        break;
    case D_CPU:
        good = parse_processor(a, line, c, s);
        break;
    case D_IGNORED:
        c->at = c->end;
        break;
    }
    if (good && !at_end(c))
        good = complain(a, line, column_of(c), "'%.*s' does not belong here",
                        (int)(c->end - c->at > 20 ? 20 : c->end - c->at), c->at);
    return good;
}
