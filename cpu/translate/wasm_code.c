/*
 * wasm_code.c - see wasm_code.h.
 */
#include "cpu/translate/wasm_code.h"

#include <string.h>

void wasm_byte(struct wasm_code *w, unsigned byte)
{
    if (w->used == w->size) {
        w->overflow = true;
        return;
    }
    w->bytes[w->used++] = (u8)byte;
}

void wasm_u32(struct wasm_code *w, u32 v)
{
    for (; v >= 0x80; v >>= 7)
        wasm_byte(w, 0x80 | (v & 0x7f));
    wasm_byte(w, v);
}

void wasm_s64(struct wasm_code *w, s64 v)
{
    /* Until the rest is nothing but copies of the last byte's sign (its bit 6). */
    while (v < -0x40 || v > 0x3f) {
        wasm_byte(w, 0x80 | (unsigned)(v & 0x7f));
        v >>= 7; /* arithmetic: LEB128 wants the sign */
    }
    wasm_byte(w, (unsigned)(v & 0x7f));
}

/* ---- sections ---- */

enum section {
    SECTION_TYPE = 1,
    SECTION_IMPORT = 2,
    SECTION_FUNCTION = 3,
    SECTION_EXPORT = 7,
    SECTION_CODE = 10
};

static u32 bytes_of_u32(u32 v)
{
    u32 n = 1;
    while (v >>= 7)
        n++;
    return n;
}

static void bytes(struct wasm_code *out, const u8 *b, u32 n)
{
    if (n > out->size - out->used) {
        out->overflow = true;
        return;
    }
    memcpy(out->bytes + out->used, b, n);
    out->used += n;
}

static void short_section(struct wasm_code *out, enum section id, const u8 *content, u32 n)
{
    wasm_byte(out, id);
    wasm_u32(out, n);
    bytes(out, content, n);
}

static u32 body_bytes(const struct wasm_body *b)
{
    u32 n = 1 + b->code->used;
    for (u32 i = 0; i < WASM_LOCAL_TYPES; i++)
        n += b->locals[i].count ? bytes_of_u32(b->locals[i].count) + 1 : 0;
    return n;
}

static void body(struct wasm_code *out, const struct wasm_body *b)
{
    u32 groups = 0;
    for (u32 i = 0; i < WASM_LOCAL_TYPES; i++)
        groups += b->locals[i].count != 0;
    wasm_u32(out, body_bytes(b));
    wasm_byte(out, groups);
    for (u32 i = 0; i < WASM_LOCAL_TYPES; i++) {
        if (!b->locals[i].count)
            continue;
        wasm_u32(out, b->locals[i].count);
        wasm_byte(out, b->locals[i].type);
    }
    bytes(out, b->code->bytes, b->code->used);
    out->overflow |= b->code->overflow;
}

/* A number in decimal figures, which is a name; returns their number. */
static u32 figures(u32 v, u8 *at)
{
    u8 backwards[10];
    u32 n = 0;
    do {
        backwards[n++] = (u8)('0' + v % 10);
        v /= 10;
    } while (v);
    for (u32 i = 0; i < n; i++)
        at[i] = backwards[n - 1 - i];
    return n;
}

static void imports_section(struct wasm_code *out, const struct wasm_import *imports, u32 count)
{
    static const u8 memory[] = {1, 'e', 1, 'm', 2, 0, 0}; /* of 0 pages at least */
    u8 name[10];
    u32 size = bytes_of_u32(1 + count) + (u32)sizeof memory;
    for (u32 i = 0; i < count; i++)
        size += 5 + figures(imports[i].place, name);
    wasm_byte(out, SECTION_IMPORT);
    wasm_u32(out, size);
    wasm_u32(out, 1 + count);
    bytes(out, memory, sizeof memory);
    for (u32 i = 0; i < count; i++) {
        u32 n = figures(imports[i].place, name);
        wasm_byte(out, 1);
        wasm_byte(out, 'h');
        wasm_byte(out, n);
        bytes(out, name, n);
        wasm_byte(out, 0); /* a function */
        wasm_byte(out, imports[i].type);
    }
}

void wasm_module(struct wasm_code *out, const struct wasm_import *imports, u32 count,
                 const struct wasm_body *function)
{
    static const u8 header[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    static const u8 types[] = {2, 0x60,  3,     W_I32, W_I32, W_I64, 1, W_I64, 0x60,
                               5, W_I32, W_I32, W_I32, W_I32, W_I32, 1, W_I32};
    static const u8 functions[] = {1, WASM_HANDLER};
    u32 n = body_bytes(function), exported = bytes_of_u32(count);
    bytes(out, header, sizeof header);
    short_section(out, SECTION_TYPE, types, sizeof types);
    imports_section(out, imports, count);
    short_section(out, SECTION_FUNCTION, functions, sizeof functions);
    wasm_byte(out, SECTION_EXPORT);
    wasm_u32(out, 4 + exported);
    wasm_byte(out, 1);
    wasm_byte(out, 1);
    wasm_byte(out, 'f');
    wasm_byte(out, 0);
    wasm_u32(out, count); /* behind what is imported */
    wasm_byte(out, SECTION_CODE);
    wasm_u32(out, 1 + bytes_of_u32(n) + n);
    wasm_byte(out, 1);
    body(out, function);
}
