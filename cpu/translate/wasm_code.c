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

/* Two groups of locals. */
static u32 body_bytes(const struct wasm_body *b)
{
    return 1 + bytes_of_u32(b->i32s) + 1 + bytes_of_u32(b->i64s) + 1 + b->code->used;
}

static void body(struct wasm_code *out, const struct wasm_body *b)
{
    wasm_u32(out, body_bytes(b));
    wasm_byte(out, 2);
    wasm_u32(out, b->i32s);
    wasm_byte(out, W_I32);
    wasm_u32(out, b->i64s);
    wasm_byte(out, W_I64);
    bytes(out, b->code->bytes, b->code->used);
    out->overflow |= b->code->overflow;
}

void wasm_module(struct wasm_code *out, const struct wasm_body *helper,
                 const struct wasm_body *function)
{
    static const u8 header[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    static const u8 types[] = {2, 0x60,  3,     W_I32, W_I32, W_I64, 1, W_I64, 0x60,
                               5, W_I32, W_I32, W_I32, W_I32, W_I32, 1, W_I32};
    static const u8 imports[] = {
        2, 1,   'e', 1,   'm', 2,    0, 0,  /* a memory of 0 pages at least */
        1, 'e', 1,   't', 1,   0x70, 0, 0}; /* a table of functions */
    static const u8 functions[] = {2, WASM_FLAGS, WASM_HANDLER};
    static const u8 exports[] = {1, 1, 'f', 0, WASM_EXPORTED};
    u32 first = body_bytes(helper), second = body_bytes(function);
    bytes(out, header, sizeof header);
    short_section(out, SECTION_TYPE, types, sizeof types);
    short_section(out, SECTION_IMPORT, imports, sizeof imports);
    short_section(out, SECTION_FUNCTION, functions, sizeof functions);
    short_section(out, SECTION_EXPORT, exports, sizeof exports);
    wasm_byte(out, SECTION_CODE);
    wasm_u32(out, 1 + bytes_of_u32(first) + first + bytes_of_u32(second) + second);
    wasm_byte(out, 2);
    body(out, helper);
    body(out, function);
}
