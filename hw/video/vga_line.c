/*
 * vga_line.c - what the CRT controller, the sequencer's shift registers, the attribute controller
 * and the DAC make of one scan line.
 *
 * IBM PS/2 Hardware Interface Technical Reference: CRTC registers 08-18 (addresses, row scan, line
 * compare, byte/word/double-word addressing), graphics controller 5 (shift modes), attribute
 * controller 10-14, DAC.
 *
 * A line is first made as 4-bit or 8-bit dots, then turned into pixels through a table; blanking
 * that is programmed into the display period is black over it. The border (overscan) is part of
 * the picture on request.
 */
#include "hw/video/vga_internal.h"
#include <string.h>

/* ---- Addresses ---- */

u32 vga_plane_address(const struct vga_regs *r, u32 c, u32 row)
{
    u32 p = c, mode = r->cr[0x17];

    if (r->cr[0x14] & 0x40)
        p = r->x.natural ? c : c << 2 | (c >> 12 & 3); /* double words */
    else if (!(mode & 0x40))
        p = c << 1 | (mode & 0x20 ? c >> 15 & 1 : c >> 13 & 1); /* words */
    /* As the 6845 of the CGA and Hercules: row scan bits in place of address bits. */
    if (!(mode & 1))
        p = (p & ~0x2000u) | (row & 1) << 13;
    if (!(mode & 2))
        p = (p & ~0x4000u) | (row & 2) << 13;
    return p;
}

static u32 start_of_frame(const struct vga_regs *r, u32 start)
{
    return start + (r->cr[8] >> 5 & 3);
}

void vga_scan_frame(struct vga_scan *s, u32 start)
{
    s->address = start_of_frame(&s->r, start);
    s->row = s->r.cr[8] & 0x1f;
    s->second = false;
    s->split = false;
}

void vga_scan_next(struct vga_scan *s, u32 line)
{
    const struct vga_regs *r = &s->r;

    if (line + 1 == (vga_line_compare(r) + 1) * vga_lines_a_count(r)) {
        s->address = 0;
        /* With the compatibility bit the lower part ignores panning, else it pans too. */
        if (!(r->ar[0x10] & 0x20))
            s->address = r->cr[8] >> 5 & 3;
        s->row = 0;
        s->second = false;
        s->split = true;
        return;
    }
    if ((r->cr[9] & 0x80) && !s->second) {
        s->second = true;
        return;
    }
    s->second = false;
    if (s->row == (r->cr[9] & 0x1f)) {
        s->row = 0;
        s->address += vga_line_offset(r);
    } else {
        s->row = (s->row + 1) & 0x1f;
    }
}

/* ---- Geometry of the picture ---- */

static u32 char_pixels(const struct vga_regs *r)
{
    if (r->x.format)
        return 8;
    if (vga_is_text(r))
        return r->seq[1] & 1 ? 8 : 9;
    return r->ar[0x10] & 0x40 ? 4 : 8;
}

u32 vga_line_width(const struct vga_regs *r)
{
    return (r->cr[1] + 1u) * char_pixels(r);
}

u32 vga_lines_per_row(const struct vga_regs *r)
{
    u32 n = r->cr[9] & 0x80 ? 2 : 1;

    /* In graphics a row is the same line again, unless the row selects another bank. */
    if (!vga_is_text(r) && (r->cr[0x17] & 3) == 3)
        n *= (r->cr[9] & 0x1fu) + 1;
    return n;
}

/* A run of character clocks or scan lines, first to end, that may go on from 0 to `wrap`. */
struct blanking {
    u32 first, end, wrap;
};

/*
 * Blanking begins where the counter is `start` and ends where its low bits are `end`; what has not
 * ended when the counter starts over goes on until they are.
 */
static struct blanking blanking(u32 start, u32 end, u32 mask, u32 total)
{
    struct blanking b = {.first = start, .end = total};

    if (start >= total)
        return (struct blanking){total, total, 0};
    u32 length = (end - start) & mask;
    length = length ? length : mask + 1;
    if (length <= total - start)
        b.end = start + length;
    else
        b.wrap = end < total ? end : total;
    return b;
}

static struct blanking horizontal_blanking(const struct vga_regs *r)
{
    u32 end = (r->cr[3] & 0x1fu) | (r->cr[5] >> 2 & 0x20u);
    return blanking(r->cr[2], end, 0x3f, r->cr[0] + 5u);
}

static struct blanking vertical_blanking(const struct vga_regs *r)
{
    u32 start = r->cr[0x15] | (r->cr[7] & 8u) << 5 | (r->cr[9] & 0x20u) << 4;
    u32 total = (r->cr[6] | (r->cr[7] & 1u) << 8 | (r->cr[7] & 0x20u) << 4) + 2;
    return blanking(start, r->cr[0x16], 0xff, total);
}

static bool blanked(const struct blanking *b, u32 at)
{
    return at < b->wrap || (at >= b->first && at < b->end);
}

static u32 scan_line_shift(const struct vga_regs *r)
{
    /* The counter counts every second line; of both fields of an interlaced frame. */
    return (r->cr[0x17] & 4 ? 1u : 0u) + (r->x.interlaced & 1u);
}

struct vga_border vga_border(const struct vga *v, const struct vga_regs *r)
{
    enum { MOST_CHARS = 16, MOST_LINES = 64 }; /* a monitor shows no more */
    struct vga_border b = {0};

    if (!v->overscan)
        return b;
    struct blanking h = horizontal_blanking(r), vertical = vertical_blanking(r);
    u32 chars = r->cr[1] + 1u, total = r->cr[0] + 5u, shift = scan_line_shift(r);
    u32 lines = v->t.display_lines >> shift, all = v->t.lines >> shift;
    u32 left = h.end < total && h.end > chars ? total - h.end : 0;
    u32 right = h.first > chars ? (h.first < total ? h.first : total) - chars : 0;
    b.top = vertical.end < all && vertical.end > lines ? all - vertical.end : 0;
    b.bottom = vertical.first > lines ? (vertical.first < all ? vertical.first : all) - lines : 0;
    b.left = (left < MOST_CHARS ? left : MOST_CHARS) * char_pixels(r);
    b.right = (right < MOST_CHARS ? right : MOST_CHARS) * char_pixels(r);
    b.top = (b.top < MOST_LINES ? b.top : MOST_LINES) << shift;
    b.bottom = (b.bottom < MOST_LINES ? b.bottom : MOST_LINES) << shift;
    return b;
}

/* ---- Colours ---- */

static u32 dac_pixel(const struct vga_scan *s, unsigned colour)
{
    const u8 *c = &s->r.dac[(colour & s->r.dac_mask) * 3];
    u32 pixel = 0;

    for (unsigned i = 0; i < 3; i++)
        pixel = pixel << 8 | (s->v->dac_bits8 ? c[i] : (u8)(c[i] << 2 | c[i] >> 4));
    return pixel;
}

/*
 * An 8-bit dot: the plane mask works on both halves, the low one goes through the palette, and
 * with AR10 bit 7 the colour select register stands for the high one.
 */
static unsigned colour_of_byte(const struct vga_regs *r, unsigned dot)
{
    unsigned low = r->ar[dot & r->ar[0x12] & 15] & 15, high = dot >> 4 & r->ar[0x12] & 15;
    return low | (r->ar[0x10] & 0x80 ? r->ar[0x14] & 15u : high) << 4;
}

void vga_make_colours(struct vga_scan *s)
{
    const struct vga_regs *r = &s->r;
    /* Blinking in graphics inverts the highest bit of all dots, behind the plane mask. */
    unsigned blink = !vga_is_text(r) && (r->ar[0x10] & 8) && !s->blink_shown ? 8 : 0;
    bool numbers = r->x.format || vga_vbe_on(s->v); /* past the attribute controller */

    for (unsigned i = 0; i < 16; i++) {
        unsigned colour = r->ar[(i & r->ar[0x12]) ^ blink];
        if (r->ar[0x10] & 0x80)
            colour = (colour & 0x0f) | (r->ar[0x14] & 3u) << 4;
        s->colour16[i] = dac_pixel(s, colour | (r->ar[0x14] & 0x0cu) << 4);
    }
    for (unsigned i = 0; i < 256; i++)
        s->colour256[i] = dac_pixel(s, numbers ? i : colour_of_byte(r, i));
    s->border = dac_pixel(s, r->ar[0x11]);
    s->palette_stale = false;
}

/* ---- Dots ---- */

/* The eight 4-bit dots of one character clock, leftmost in byte 0. */
static inline u64 shift_out(u32 word, unsigned shift_mode)
{
    if (shift_mode == 0)
        return vga_fan_out(word & 0xff) | vga_fan_out(word >> 8 & 0xff) << 1 |
               vga_fan_out(word >> 16 & 0xff) << 2 | vga_fan_out(word >> 24) << 3;
    u64 dots = 0;
    if (shift_mode == 1) {
        /* CGA: pairs of bits, four from plane 0 (and 2 above them), then four from 1 (and 3). */
        for (unsigned i = 0; i < 8; i++) {
            unsigned low = word >> (i < 4 ? 0 : 8), pair = 6 - 2 * (i & 3);
            u64 dot = (low >> pair & 3) | (low >> 16 >> pair & 3) << 2;
            dots |= dot << 8 * i;
        }
        return dots;
    }
    for (unsigned i = 0; i < 8; i++) /* 256 colours: nibble by nibble through the planes */
        dots |= (u64)(word >> (8 * (i / 2) + (i & 1 ? 0 : 4)) & 15) << 8 * i;
    return dots;
}

/* Graphics: fill `dots` (4 or 8 bits each, by the attribute controller's mode). */
static u32 graphics_line(const struct vga_scan *s, u8 *dots, u32 limit)
{
    const struct vga_regs *r = &s->r;
    unsigned shift_mode = r->gc[5] >> 5 & 3, slow = vga_count_shift(r);
    bool bytes = r->ar[0x10] & 0x40;
    u32 chars = r->cr[1] + 2u, n = 0; /* one more for panning */

    for (u32 x = 0; x < chars && n + 8 <= limit; x++) {
        u32 word = vga_load(s->v, vga_plane_address(r, s->address + (x >> slow), s->row));
        if (bytes && shift_mode >= 2) {
            put_le32(dots + n, word);
            n += 4;
            continue;
        }
        u64 eight = shift_out(word, shift_mode);
        if (bytes) { /* pairs of nibbles become one dot */
            for (unsigned i = 0; i < 4; i++, eight >>= 16)
                dots[n++] = (u8)((eight & 15) << 4 | (eight >> 8 & 15));
        } else {
            put_le64(dots + n, eight);
            n += 8;
        }
    }
    return n;
}

/* By how many dots is the line shifted to the left? */
static u32 panning(const struct vga_scan *s)
{
    const struct vga_regs *r = &s->r;
    u32 pan = r->ar[0x13];

    if (s->split && (r->ar[0x10] & 0x20))
        return 0;
    if (vga_is_text(r) && !(r->seq[1] & 1))
        return pan < 8 ? pan + 1 : 0; /* nine dots: 8 means none */
    if (pan > 7)
        return 0;
    return !vga_is_text(r) && (r->ar[0x10] & 0x40) ? pan >> 1 : pan;
}

/* The display period's dots, from `x` on; returns where they end. */
static u32 draw_dots(struct vga_scan *s, u32 *out, u32 x, u32 width)
{
    const struct vga_regs *r = &s->r;
    u8 dots[(256 + 2) * 9 + 16];
    u32 pan = panning(s), have;
    const u32 *table = s->colour16;

    if (r->x.format) {
        vga_packed_line(s, out + x, width - x);
        return width;
    }
    if (vga_is_text(r)) {
        have = vga_text_line(s, dots, sizeof dots);
    } else {
        have = graphics_line(s, dots, sizeof dots);
        if (r->ar[0x10] & 0x40)
            table = s->colour256;
    }
    u32 end = x + (have > pan ? have - pan : 0);
    if (end > width)
        end = width;
    for (u32 at = pan; x < end; x++, at++)
        out[x] = table[dots[at]];
    return x;
}

/* Black where the registers put blanking into the display period. */
static void blank_chars(const struct vga_regs *r, u32 *out, u32 width)
{
    struct blanking b = horizontal_blanking(r);
    u32 chars = r->cr[1] + 1u, pixels = char_pixels(r);

    if (b.first >= chars && !b.wrap)
        return;
    for (u32 c = 0; c < chars && c * pixels < width; c++) {
        u32 left = width - c * pixels;
        if (blanked(&b, c))
            memset(out + (size_t)c * pixels, 0, (left < pixels ? left : pixels) * sizeof *out);
    }
}

void vga_scan_draw(struct vga_scan *s, s32 line, u32 *out, u32 width)
{
    const struct vga_regs *r = &s->r;
    struct blanking vertical = vertical_blanking(r);
    struct vga_border border = vga_border(s->v, r);
    bool inside = line >= 0 && (u32)line < s->v->t.display_lines;

    if (s->palette_stale)
        vga_make_colours(s);
    /* SeaVGABIOS leaves the screen-off bit set in its modes of a Cirrus chip. */
    if (((r->seq[1] & 0x20) && !r->x.format) || vga_picture_off(r) ||
        (inside && !r->x.format && blanked(&vertical, (u32)line >> scan_line_shift(r)))) {
        memset(out, 0, width * sizeof *out);
        return;
    }
    u32 x = 0, skew = (r->cr[3] >> 5 & 3u) * char_pixels(r);
    u32 left = border.left < width ? border.left : width;
    u32 end = width - left > border.right ? width - border.right : left;
    for (; x < left; x++)
        out[x] = s->border;
    if (inside && r->palette_on) {
        /* Display enable comes later by the skew, and so does the first character. */
        for (u32 from = x; x < from + skew && x < end; x++)
            out[x] = s->border;
        x = draw_dots(s, out, x, end);
    }
    for (; x < width; x++)
        out[x] = s->border;
    if (inside && !r->x.format) /* blanking is a character late there, as drivers expect */
        blank_chars(r, out + left, end - left);
}
