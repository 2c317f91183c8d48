/*
 * page_picture.c - pictures on their way to pages. See page_picture.h.
 */
#include "frontend/page/page_picture.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 16, RECT_HEAD = 16, SIDE = 4096, RECTS = 64, APART = 16 };

enum { ENCODING_RAW, ENCODING_RUNS };

/* ---- publishing ---- */

static bool publish_size(struct page_picture *p, unsigned width, unsigned height)
{
    if (p->width == width && p->height == height)
        return true;
    u32 *pixels = calloc((size_t)width * height + 1, sizeof(u32));
    u64 *line = calloc(height + 1, sizeof(u64));
    if (!pixels || !line) {
        free(pixels);
        free(line);
        return false;
    }
    free(p->pixels);
    free(p->line);
    p->pixels = pixels;
    p->line = line;
    p->width = width;
    p->height = height;
    p->version++;
    for (unsigned y = 0; y < height; y++)
        line[y] = p->version;
    p->machines = 0;
    return true;
}

bool page_picture_publish(struct page_picture *p, const struct screen *s)
{
    u64 before = p->version;
    if (s->width > SIDE || s->height > SIDE || !publish_size(p, s->width, s->height))
        return false;
    bool resized = p->version != before;
    if (s->aspect != p->aspect) {
        p->aspect = s->aspect;
        p->version += !resized;
        resized = true;
    }
    u64 next = before + 1;
    for (unsigned y = 0; y < s->height; y++) {
        const u32 *from = s->pixels + (size_t)y * s->width;
        u32 *to = p->pixels + (size_t)y * s->width;
        if (!resized && s->line_version && s->line_version[y] <= p->machines)
            continue;
        if (memcmp(from, to, s->width * sizeof(u32)) == 0)
            continue;
        memcpy(to, from, s->width * sizeof(u32));
        p->line[y] = next;
        p->version = next;
    }
    p->machines = s->version;
    return p->version != before;
}

void page_picture_free(struct page_picture *p)
{
    free(p->pixels);
    free(p->line);
    *p = (struct page_picture){.width = 0};
}

/* ---- taking ---- */

static bool copy_size(struct page_copy *c, unsigned width, unsigned height)
{
    if (c->seen && c->width == width && c->height == height)
        return true;
    u32 *pixels = calloc((size_t)width * height + 1, sizeof(u32));
    struct page_span *span = calloc(height + 1, sizeof(*span));
    if (!pixels || !span) {
        free(pixels);
        free(span);
        return false;
    }
    page_copy_free(c);
    *c = (struct page_copy){.width = width, .height = height, .pixels = pixels, .span = span};
    return true;
}

/* The columns in which the lines differ. */
static struct page_span difference(const u32 *a, const u32 *b, unsigned width)
{
    struct page_span s = {.from = 0, .end = width};
    while (s.from < s.end && a[s.from] == b[s.from])
        s.from++;
    while (s.end > s.from && a[s.end - 1] == b[s.end - 1])
        s.end--;
    return s;
}

bool page_copy_take(struct page_copy *c, const struct page_picture *p)
{
    if (!p->version || c->seen == p->version || !copy_size(c, p->width, p->height))
        return false;
    c->whole = !c->seen;
    for (unsigned y = 0; y < c->height; y++) {
        u32 *to = c->pixels + (size_t)y * c->width;
        const u32 *from = p->pixels + (size_t)y * c->width;
        c->span[y] = (struct page_span){.from = 0, .end = c->whole ? c->width : 0};
        if (!c->whole && p->line[y] <= c->seen)
            continue;
        if (!c->whole)
            c->span[y] = difference(to, from, c->width);
        memcpy(to, from, c->width * sizeof(u32));
    }
    c->aspect = p->aspect;
    c->seen = p->version;
    return true;
}

void page_copy_free(struct page_copy *c)
{
    free(c->pixels);
    free(c->span);
    *c = (struct page_copy){.width = 0};
}

/* ---- bytes ---- */

static void put16(u8 *at, unsigned v)
{
    at[0] = (u8)v;
    at[1] = (u8)(v >> 8);
}

static void put32(u8 *at, u32 v)
{
    put16(at, v & 0xffff);
    put16(at + 2, v >> 16);
}

struct rect {
    unsigned x, y, end_x, end_y;
};

/* The next band of lines with changes, from line y on: lines without any end it, and so does a line
 * whose changes are far from those above. false: no more. */
static bool next_rect(const struct page_copy *c, unsigned y, bool last, struct rect *r)
{
    while (y < c->height && c->span[y].from == c->span[y].end)
        y++;
    if (y >= c->height)
        return false;
    *r = (struct rect){.x = c->span[y].from, .y = y, .end_x = c->span[y].end, .end_y = y + 1};
    for (y++; y < c->height; y++) {
        const struct page_span *s = &c->span[y];
        bool empty = s->from == s->end;
        bool apart = empty || s->from > r->end_x + APART || s->end + APART < r->x;
        if (apart && !last) /* the last rectangle holds all the rest */
            break;
        if (empty)
            continue;
        r->x = s->from < r->x ? s->from : r->x;
        r->end_x = s->end > r->end_x ? s->end : r->end_x;
        r->end_y = y + 1;
    }
    return true;
}

/* Into at most `most` bytes; 0: it does not become smaller. */
static size_t write_runs(const struct page_copy *c, const struct rect *r, u8 *out, size_t most)
{
    u32 run = 0, colour = 0;
    size_t len = 0;
    for (unsigned y = r->y; y < r->end_y; y++) {
        const u32 *line = c->pixels + (size_t)y * c->width;
        for (unsigned x = r->x; x < r->end_x; x++) {
            u32 p = line[x] & 0xffffff;
            if (run && p == colour && run < 256) {
                run++;
                continue;
            }
            if (run) {
                if (len + 4 > most)
                    return 0;
                put32(out + len, (run - 1) | (colour >> 16 & 0xff) << 8 | (colour & 0xff00) << 8 |
                                     colour << 24);
                len += 4;
            }
            run = 1;
            colour = p;
        }
    }
    if (len + 4 > most)
        return 0;
    put32(out + len,
          (run - 1) | (colour >> 16 & 0xff) << 8 | (colour & 0xff00) << 8 | colour << 24);
    return len + 4;
}

static size_t write_raw(const struct page_copy *c, const struct rect *r, u8 *out)
{
    u8 *at = out;
    for (unsigned y = r->y; y < r->end_y; y++) {
        const u32 *line = c->pixels + (size_t)y * c->width;
        for (unsigned x = r->x; x < r->end_x; x++, at += 3) {
            at[0] = (u8)(line[x] >> 16);
            at[1] = (u8)(line[x] >> 8);
            at[2] = (u8)line[x];
        }
    }
    return (size_t)(at - out);
}

static size_t write_rect(const struct page_copy *c, const struct rect *r, u8 *out)
{
    size_t raw = (size_t)(r->end_x - r->x) * (r->end_y - r->y) * 3;
    size_t len = write_runs(c, r, out + RECT_HEAD, raw);
    put32(out + 8, len ? ENCODING_RUNS : ENCODING_RAW);
    if (!len)
        len = write_raw(c, r, out + RECT_HEAD);
    put16(out, r->x);
    put16(out + 2, r->y);
    put16(out + 4, r->end_x - r->x);
    put16(out + 6, r->end_y - r->y);
    put32(out + 12, (u32)len);
    return RECT_HEAD + len;
}

/* Rectangles do not overlap, so that all pixels as they are are the most. */
size_t page_frame_most(const struct page_copy *c)
{
    return HEAD + (size_t)RECTS * RECT_HEAD + (size_t)c->width * c->height * 3;
}

size_t page_frame_write(const struct page_copy *c, u32 number, u8 *out)
{
    double aspect = c->aspect > 0 && c->aspect < 60 ? c->aspect : 4.0 / 3;
    unsigned count = 0;
    size_t len = HEAD;
    struct rect r;
    for (unsigned y = 0; count < RECTS && next_rect(c, y, count == RECTS - 1, &r); count++) {
        len += write_rect(c, &r, out + len);
        y = r.end_y;
    }
    memset(out, 0, 4);
    out[0] = PAGE_FRAME_SCREEN;
    put32(out + 4, number);
    put16(out + 8, c->width);
    put16(out + 10, c->height);
    put16(out + 12, (unsigned)(aspect * 1000 + 0.5));
    put16(out + 14, count);
    return len;
}
