/*
 * cirrus_line.c - what the CL-GD5446's blitter does with one line. CL-GD5446 Technical Reference
 * Manual, chapter 9 "BitBLT engine": GR2F-GR39.
 *
 * Each of the sixteen raster operations is an AND and an exclusive OR of the source for bits that
 * are set in the destination, and another such pair for those that are clear; so all of them run
 * through the same few instructions, eight bytes at a time. Lines that colours or patterns make
 * (and a mask where some dots stay) are put together first; copies read the screen as they go, so
 * that a source that overlaps its destination gives what the order of bytes gives.
 */
#include "hw/video/cirrus_internal.h"
#include <string.h>

/* ---- raster operations ---- */

struct rop {
    u64 and_set, xor_set, and_clear, xor_clear;
};

/* Bit 0: the result of source 0, destination 0; then 0, 1; 1, 0; 1, 1. */
static unsigned truth_table(u8 code)
{
    static const u8 codes[16] = {0x00, 0x90, 0x50, 0xd0, 0x09, 0x0b, 0x59, 0xda,
                                 0x05, 0x95, 0x06, 0xd6, 0x0d, 0xad, 0x6d, 0x0e};
    for (unsigned i = 0; i < 16; i++)
        if (codes[i] == code)
            return i;
    return 10; /* no such operation: the destination stays */
}

static u64 all(unsigned bit)
{
    return bit ? ~0ull : 0;
}

static struct rop rop_of(u8 code)
{
    unsigned t = truth_table(code);
    return (struct rop){all(bit(t, 1) != bit(t, 3)), all(bit(t, 1)), all(bit(t, 0) != bit(t, 2)),
                        all(bit(t, 0))};
}

static inline u64 rop64(const struct rop *r, u64 s, u64 d)
{
    return (((s & r->and_set) ^ r->xor_set) & d) | (((s & r->and_clear) ^ r->xor_clear) & ~d);
}

static inline u8 rop8(const struct rop *r, u8 s, u8 d)
{
    return (u8)rop64(r, s, d);
}

/* n bytes at `to`, which do not begin within what is read later. mask: bits that change, or NULL.
 */
static void combine(const struct rop *r, u8 *to, const u8 *from, const u8 *mask, u32 n)
{
    u32 i = 0;

    for (; i + 8 <= n; i += 8) {
        u64 d = get_le64(to + i), v = rop64(r, get_le64(from + i), d);
        if (mask)
            v = (v & get_le64(mask + i)) | (d & ~get_le64(mask + i));
        put_le64(to + i, v);
    }
    for (; i < n; i++) {
        u8 v = rop8(r, from[i], to[i]), m = mask ? mask[i] : 0xff;
        to[i] = (u8)((v & m) | (to[i] & ~m));
    }
}

/* The same to address `to` of the screen, which may go over its end. */
static void put_line(struct cirrus *c, const struct rop *r, u32 to, const u8 *from, const u8 *mask,
                     u32 n)
{
    while (n) {
        to &= cirrus_mask(c);
        u32 room = c->vga.vram_size - to, now = n < room ? n : room;
        combine(r, c->vga.vram + to, from, mask, now);
        cirrus_touch(c, to, now);
        from += now;
        if (mask)
            mask += now;
        to += now;
        n -= now;
    }
}

/* ---- sources that are made ---- */

struct made {
    u8 bytes[CIRRUS_LINE + 8], mask[CIRRUS_LINE + 8];
};

/* Bytes at the left that stay as they are (GR2F); with 24 bits a dot it counts bytes. */
static u32 skipped(const struct cirrus_blit *b)
{
    u32 pixel = cirrus_blit_pixel(b);
    return pixel == 3 ? b->r[GR_SKIP] & 0x1fu : (b->r[GR_SKIP] & 7u) * pixel;
}

/* Colour registers: GR0 and GR1, then every second one from GR10 and GR11 on. */
static void colour(const struct cirrus_blit *b, unsigned which, u8 out[4])
{
    out[0] = b->r[which];
    for (unsigned i = 1; i < 4; i++)
        out[i] = b->r[0x0e + 2 * i + which];
}

static u32 pattern_base(const struct cirrus *c)
{
    const struct cirrus_blit *b = &c->blit;
    return b->from & ~(cirrus_pattern_size(b) - 1) & cirrus_mask(c);
}

u32 cirrus_pattern_size(const struct cirrus_blit *b)
{
    u32 pixel = cirrus_blit_pixel(b);

    if (b->r[GR_BLIT_MODE] & MODE_EXPAND)
        return 8;
    return pixel == 3 ? 256 : 64 * pixel; /* 24 bits: lines of 32 bytes */
}

/* Byte i of the source: of the pattern, of what the processor wrote, of the screen from `base`. */
static u8 source_byte(const struct cirrus *c, u32 base, u32 i)
{
    const struct cirrus_blit *b = &c->blit;

    if (b->phase == BLIT_TAKES_DATA || b->own_pattern)
        return b->data[i];
    return c->vga.vram[(base + i) & cirrus_mask(c)];
}

/* Dots of two colours: bit by bit from `first` on, or from one byte over and over. */
static void expand(struct cirrus *c, struct made *m, u32 base, u32 first, u32 from, u32 width)
{
    const struct cirrus_blit *b = &c->blit;
    u8 colours[2][4];
    u32 pixel = cirrus_blit_pixel(b), dot = from / pixel;
    bool pattern = b->r[GR_BLIT_MODE] & MODE_PATTERN;
    bool transparent = b->r[GR_BLIT_MODE] & MODE_TRANSPARENT;
    bool invert = transparent && (b->r[GR_BLIT_EXTENSIONS] & EXTENSION_INVERT);

    colour(b, 0, colours[0]);
    colour(b, 1, colours[1]);
    for (u32 x = from; x < width; x += pixel, dot++) {
        u8 byte = source_byte(c, base, pattern ? first : first + dot / 8);
        bool set = byte >> (7 - (dot & 7)) & 1;
        memcpy(m->bytes + x, colours[set], pixel);
        memset(m->mask + x, !transparent || set != invert ? 0xff : 0, pixel);
    }
}

static void pattern_line(struct cirrus *c, struct made *m, u32 from, u32 width)
{
    const struct cirrus_blit *b = &c->blit;
    u32 pixel = cirrus_blit_pixel(b), base = pattern_base(c);
    u32 line = (pixel == 3 ? 32 : 8 * pixel) * b->row, dot = from / pixel;

    for (u32 x = from; x < width; x += pixel, dot++)
        for (u32 k = 0; k < pixel; k++)
            m->bytes[x + k] = source_byte(c, base, line + (dot & 7) * pixel + k);
}

static void solid_line(struct cirrus *c, struct made *m, u32 width)
{
    u8 front[4];
    u32 pixel = cirrus_blit_pixel(&c->blit);

    colour(&c->blit, 1, front);
    for (u32 x = 0; x < width; x += pixel)
        memcpy(m->bytes + x, front, pixel);
}

/* A solid fill is a pattern of which nothing is read. */
static bool is_solid(const struct cirrus_blit *b)
{
    u8 of = MODE_TO_SYSTEM | MODE_TRANSPARENT | MODE_PATTERN | MODE_EXPAND;
    return (b->r[GR_BLIT_EXTENSIONS] & EXTENSION_SOLID) &&
           (b->r[GR_BLIT_MODE] & of) == (MODE_PATTERN | MODE_EXPAND);
}

static void made_line(struct cirrus *c, const struct rop *r)
{
    struct cirrus_blit *b = &c->blit;
    struct made m;
    bool expanded = b->r[GR_BLIT_MODE] & MODE_EXPAND;
    u32 pixel = cirrus_blit_pixel(b), width = cirrus_blit_width(b);
    u32 from = is_solid(b) ? 0 : skipped(b);
    const u8 *mask = NULL;

    if (from >= width)
        return;
    u32 end = from + (width - from + pixel - 1) / pixel * pixel; /* whole dots */
    if (is_solid(b)) {
        solid_line(c, &m, end);
    } else if (expanded) {
        bool pattern = b->r[GR_BLIT_MODE] & MODE_PATTERN;
        u32 drop = b->phase == BLIT_TAKES_DATA ? b->r[GR_SKIP] >> 5 & 3u : 0;
        expand(c, &m, pattern ? pattern_base(c) : b->from, pattern ? b->row : drop, from, end);
        mask = b->r[GR_BLIT_MODE] & MODE_TRANSPARENT ? m.mask + from : NULL;
    } else {
        pattern_line(c, &m, from, end);
    }
    put_line(c, r, b->to + from, m.bytes + from, mask, end - from);
}

/* ---- copies ---- */

/* Dots whose result is the key's colour are not written; 8 and 16 bits only. */
static void keyed_line(struct cirrus *c, const struct rop *r)
{
    struct cirrus_blit *b = &c->blit;
    u32 pixel = cirrus_blit_pixel(b), width = cirrus_blit_width(b), mask = cirrus_mask(c);
    u32 drop = b->phase == BLIT_TAKES_DATA ? b->r[GR_SKIP] >> 5 & 3u : 0;
    bool down = b->r[GR_BLIT_MODE] & MODE_DECREMENT;
    u8 *vram = c->vga.vram;

    for (u32 x = 0; x < width; x += pixel) {
        /* Downwards an address is that of the dot's last byte. */
        u32 to = down ? b->to - x - (pixel - 1) : b->to + x;
        u32 from = down ? b->from - x - (pixel - 1) : b->from + x;
        u8 v[2];
        bool same = true;
        for (u32 k = 0; k < pixel; k++) {
            u8 s = b->phase == BLIT_TAKES_DATA ? b->data[drop + x + k] : vram[(from + k) & mask];
            v[k] = rop8(r, s, vram[(to + k) & mask]);
            same &= !((v[k] ^ b->r[GR_KEY + k]) & ~b->r[GR_KEY_MASK + k]);
        }
        for (u32 k = 0; !same && k < pixel; k++)
            vram[(to + k) & mask] = v[k];
    }
    cirrus_touch(c, (down ? b->to - width : b->to) & mask, width + 2);
}

/* Byte by byte, in the blit's direction. */
static void copy_slowly(struct cirrus *c, const struct rop *r, u32 width)
{
    const struct cirrus_blit *b = &c->blit;
    u32 mask = cirrus_mask(c), step = b->r[GR_BLIT_MODE] & MODE_DECREMENT ? ~0u : 1;
    u8 *vram = c->vga.vram;

    for (u32 i = 0, to = b->to, from = b->from; i < width; i++, to += step, from += step)
        vram[to & mask] = rop8(r, vram[from & mask], vram[to & mask]);
}

static void copy_line(struct cirrus *c, const struct rop *r)
{
    const struct cirrus_blit *b = &c->blit;
    u32 width = cirrus_blit_width(b), mask = cirrus_mask(c);
    bool down = b->r[GR_BLIT_MODE] & MODE_DECREMENT;
    u32 to = (down ? b->to - (width - 1) : b->to) & mask;
    u32 from = (down ? b->from - (width - 1) : b->from) & mask;
    bool whole = to + width <= c->vga.vram_size && from + width <= c->vga.vram_size;
    bool apart = to + width <= from || from + width <= to;

    if (whole && (apart || (!down && to < from)))
        combine(r, c->vga.vram + to, c->vga.vram + from, NULL, width);
    else
        copy_slowly(c, r, width);
    cirrus_touch(c, to, width);
}

void cirrus_blit_fetch(struct cirrus *c)
{
    struct cirrus_blit *b = &c->blit;
    u32 width = cirrus_blit_width(b), step = b->r[GR_BLIT_MODE] & MODE_DECREMENT ? ~0u : 1;

    memset(b->data, 0, b->need);
    for (u32 i = 0, from = b->from; i < width; i++, from += step)
        b->data[i] = c->vga.vram[from & cirrus_mask(c)];
}

void cirrus_blit_line(struct cirrus *c)
{
    struct cirrus_blit *b = &c->blit;
    struct rop r = rop_of(b->r[GR_ROP]);
    u8 mode = b->r[GR_BLIT_MODE];

    if (mode & (MODE_PATTERN | MODE_EXPAND))
        made_line(c, &r);
    else if (mode & MODE_TRANSPARENT)
        keyed_line(c, &r);
    else if (b->phase == BLIT_TAKES_DATA)
        put_line(c, &r, b->to, b->data + (b->r[GR_SKIP] >> 5 & 3), NULL, cirrus_blit_width(b));
    else
        copy_line(c, &r);
}
