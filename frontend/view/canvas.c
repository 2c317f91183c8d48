/*
 * canvas.c - a picture in memory to draw on. See canvas.h.
 */
#include "frontend/view/canvas.h"

#include "frontend/scale/scaler.h"
#include "frontend/view/latin1.h"
#include "hw/video/cp437.h"

#include <stdlib.h>
#include <string.h>

static const u8 font[256][GLYPH_H] = {
#include "font_8x16.h"
};

bool canvas_resize(struct canvas *c, int width, int height)
{
    size_t size = (size_t)width * (size_t)height;
    if (!c->pixels || (size_t)c->width * (size_t)c->height != size) {
        u32 *room = realloc(c->pixels, size ? size * sizeof(*room) : 1);
        if (!room)
            return false;
        c->pixels = room;
    }
    c->width = width;
    c->height = height;
    canvas_clip_all(c);
    return true;
}

void canvas_free(struct canvas *c)
{
    free(c->pixels);
    *c = (struct canvas){0};
}

void canvas_clip_all(struct canvas *c)
{
    c->left = c->top = 0;
    c->right = c->width;
    c->bottom = c->height;
}

void canvas_clip(struct canvas *c, int x, int y, int w, int h)
{
    c->left = x > 0 ? x : 0;
    c->top = y > 0 ? y : 0;
    c->right = x + w < c->width ? x + w : c->width;
    c->bottom = y + h < c->height ? y + h : c->height;
}

void canvas_fill(struct canvas *c, int x, int y, int w, int h, u32 colour)
{
    int right = x + w < c->right ? x + w : c->right;
    int bottom = y + h < c->bottom ? y + h : c->bottom;
    x = x > c->left ? x : c->left;
    y = y > c->top ? y : c->top;
    for (; y < bottom; y++) {
        for (int i = x; i < right; i++)
            c->pixels[(size_t)y * (size_t)c->width + (size_t)i] = colour;
    }
}

void canvas_frame(struct canvas *c, int x, int y, int w, int h, u32 colour)
{
    canvas_fill(c, x, y, w, 1, colour);
    canvas_fill(c, x, y + h - 1, w, 1, colour);
    canvas_fill(c, x, y, 1, h, colour);
    canvas_fill(c, x + w - 1, y, 1, h, colour);
}

/* ---- text ---- */

/* The next character; a byte that is no UTF-8 counts as one. */
static u32 next_char(const u8 **text)
{
    const u8 *p = *text;
    unsigned more = p[0] >= 0xf0 && p[0] < 0xf5 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc2 ? 1 : 0;
    u32 c = more == 3 ? p[0] & 7u : more == 2 ? p[0] & 15u : more == 1 ? p[0] & 31u : p[0];
    *text = p + 1;
    if (p[0] >= 0xf5 || (p[0] >= 0x80 && p[0] < 0xc2))
        return 0xfffd;
    for (unsigned i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0xfffd;
        c = c << 6 | (p[i] & 0x3f);
    }
    *text = p + 1 + more;
    return c;
}

int canvas_columns(const char *text)
{
    const u8 *p = (const u8 *)text;
    int n = 0;
    for (; *p; n++)
        next_char(&p);
    return n;
}

static u8 glyph_of(u32 c)
{
    int code = c < 0x20 ? -1 : cp437_from_unicode(c);
    if (code >= 0)
        return (u8)code;
    switch (c) {
    case 0x2018:
    case 0x2019:
        return '\'';
    case 0x201c:
    case 0x201d:
        return '"';
    case 0x2010:
    case 0x2013:
    case 0x2014:
        return '-';
    default:
        return '?';
    }
}

static void put_glyph(struct canvas *c, int x, int y, u32 ink, const u8 glyph[GLYPH_H])
{
    for (int row = 0; row < GLYPH_H; row++) {
        u8 bits = glyph[row];
        if (!bits || y + row < c->top || y + row >= c->bottom)
            continue;
        u32 *line = c->pixels + (size_t)(y + row) * (size_t)c->width;
        for (int i = 0; i < GLYPH_W; i++) {
            if ((bits & 0x80 >> i) && x + i >= c->left && x + i < c->right)
                line[x + i] = ink;
        }
    }
}

static void put_char(struct canvas *c, int x, int y, u32 ink, u32 code)
{
    u8 made[GLYPH_H];
    bool latin = cp437_from_unicode(code) < 0 && latin1_glyph(code, font, made);
    put_glyph(c, x, y, ink, latin ? made : font[glyph_of(code)]);
}

int canvas_text(struct canvas *c, int x, int y, u32 ink, int columns, const char *text)
{
    const u8 *p = (const u8 *)text;
    int all = canvas_columns(text), shown = all > columns ? columns - 2 : all, n = 0;
    for (; n < shown && *p; n++)
        put_char(c, x + n * GLYPH_W, y, ink, next_char(&p));
    for (; all > columns && n < columns; n++)
        put_char(c, x + n * GLYPH_W, y, ink, '.');
    return n;
}

void canvas_picture(struct canvas *c, int x, int y, int w, int h, const struct picture *p)
{
    if (w < 1 || h < 1 || !p->width || !p->height || p->width > 16384 || p->height > 16384)
        return;
    size_t width = (size_t)w;
    u32 *small = malloc(width * (size_t)h * sizeof(*small));
    struct scaler *s =
        small ? scaler_new(FILTER_SHARP, p->width, p->height, (unsigned)w, (unsigned)h) : NULL;
    if (s) {
        scaler_run(s, p->pixels, small, width, 0, (unsigned)h);
        for (int row = 0; row < h; row++) {
            for (int i = 0; i < w; i++)
                canvas_fill(c, x + i, y + row, 1, 1, small[(size_t)row * width + (size_t)i]);
        }
    }
    scaler_free(s);
    free(small);
}
