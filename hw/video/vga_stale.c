/*
 * vga_stale.c - which lines of the picture have to be drawn again.
 *
 * Whoever writes to video memory leaves a mark: the handlers of vga_mem.c one for each granule
 * (64 words), the map of memory (phys_watch) one for each page that is mapped as plain RAM. Before
 * a picture is drawn the marks are brought together; a line is stale when a granule was written
 * that it shows, or, in text, when the font was, or when it holds the cursor or blinking
 * characters and it is their time. Which granules a line shows follows from the same address
 * arithmetic as its dots.
 *
 * Changes of registers are not looked at here: after one everything is drawn.
 */
#include "hw/video/vga_internal.h"
#include <stdlib.h>
#include <string.h>

enum { GRANULES_PER_PAGE = PAGE_SIZE / VGA_GRANULE };

bool vga_stale_collect(struct vga *v)
{
    u32 pages = v->vram_size / PAGE_SIZE;
    u8 *end = v->written + pages, *at = v->written;
    bool any = false;

    while ((at = memchr(at, 1, (size_t)(end - at)))) {
        *at = 0;
        memset(v->touched + (size_t)(at - v->written) * GRANULES_PER_PAGE, VGA_ALL_PLANES,
               GRANULES_PER_PAGE);
        any = true;
    }
    if (any)
        phys_watch_again(v->dev.board->phys, WATCH_DISPLAY);
    return any || v->stored;
}

/* ---- which pages hold nothing? ---- */

void vga_learn_blank(struct vga *v)
{
    static const u8 zeros[PAGE_SIZE];
    u32 pages = v->vram_size / PAGE_SIZE;
    if (v->blank || !(v->blank = calloc(pages, 1)))
        return;
    for (u32 i = 0; i < pages; i++)
        v->blank[i] = memcmp(v->vram + (size_t)i * PAGE_SIZE, zeros, PAGE_SIZE) == 0;
}

const u8 *vga_still_blank(struct vga *v)
{
    static const u8 none[GRANULES_PER_PAGE];
    for (u32 i = 0; v->blank && i < v->vram_size / PAGE_SIZE; i++)
        if (v->blank[i] && (v->written[i] || memcmp(v->touched + (size_t)i * GRANULES_PER_PAGE,
                                                    none, GRANULES_PER_PAGE) != 0))
            v->blank[i] = 0;
    return v->blank;
}

void vga_stale_clear(struct vga *v)
{
    (void)vga_still_blank(v); /* the marks go */
    memset(v->touched, 0, v->vram_size / VGA_GRANULE);
    v->stored = false;
}

bool vga_touched_words(const struct vga *v, u32 first, u32 count, u8 planes)
{
    u32 from = first / VGA_GRANULE_WORDS, to = (first + count - 1) / VGA_GRANULE_WORDS;
    u32 last = v->vram_size / VGA_GRANULE - 1;

    if (to > last)
        to = last;
    for (; from <= to; from++)
        if (v->touched[from] & planes)
            return true;
    return false;
}

/* The glyphs of one font: 8 KiB of plane 2, in four runs. */
static bool font_touched(const struct vga *v, u32 base)
{
    if (v->r.x.natural)
        return vga_touched_words(v, base, 0x2000, 4);
    for (u32 run = 0; run < 4; run++)
        if (vga_touched_words(v, vga_word(base + run), 0x2000 / 4, 4))
            return true;
    return false;
}

void vga_stale_begin(struct vga_stale *st, const struct vga_scan *s)
{
    const struct vga *v = s->v;
    const struct vga_regs *r = &s->r;

    if (st->all || vga_vbe_on(v))
        return;
    if (r->x.format)
        return;
    st->blink = s->blink_shown != v->drawn.blink_shown && (r->ar[0x10] & 8);
    if (!vga_is_text(r))
        return;
    st->cursor = s->cursor_shown != v->drawn.cursor_shown && !(r->cr[0x0a] & 0x20);
    st->font = font_touched(v, vga_font_base(r, false)) || font_touched(v, vga_font_base(r, true));
}

/* The same of a line of packed dots. */
static bool packed_stale(const struct vga_scan *s)
{
    u32 words = (s->r.cr[1] + 1u) * 2 * vga_format_bytes(s->r.x.format);
    u32 first = vga_display_word(s->v, s->address);
    u32 end = vga_display_word(s->v, ~0u) + 1; /* there the addresses begin anew */

    if (first + words > end)
        return true;
    return vga_touched_words(s->v, first, words, VGA_ALL_PLANES);
}

/* Was anything written that the line's characters or dots come from, or does a character blink? */
static bool row_stale(const struct vga_stale *st, const struct vga_scan *s)
{
    const struct vga_regs *r = &s->r;
    unsigned slow = vga_count_shift(r);
    u32 chars = r->cr[1] + 2u;
    bool text = vga_is_text(r) && !r->x.format;
    u8 planes = text ? 3 : VGA_ALL_PLANES; /* codes and attributes; fonts are seen to elsewhere */

    if (r->x.format)
        return packed_stale(s);
    for (u32 x = 0; x < chars; x++) {
        u32 p = vga_plane_address(r, s->address + (x >> slow), s->row);
        if (s->v->touched[vga_display_word(s->v, p) / VGA_GRANULE_WORDS] & planes)
            return true;
        if (text && st->blink && (vga_load(s->v, p) & 0x8000))
            return true;
    }
    return false;
}

bool vga_stale_line(struct vga_stale *st, const struct vga_scan *s)
{
    const struct vga_regs *r = &s->r;
    bool text = vga_is_text(r) && !r->x.format;

    if (st->all || st->font || (st->blink && !text))
        return true;
    if (st->cursor && vga_cursor_row(r, s->row) &&
        ((vga_cursor_address(r) - s->address) & 0xffff) < r->cr[1] + 2u)
        return true;
    /* The lines of a character row share their answer, unless the row selects memory. */
    if (!st->known || st->address != s->address || (r->cr[0x17] & 3) != 3) {
        st->row = row_stale(st, s);
        st->address = s->address;
        st->known = true;
    }
    return st->row;
}
