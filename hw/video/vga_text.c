/*
 * vga_text.c - text modes: dots of a line of characters, and the characters themselves.
 *
 * IBM PS/2 Hardware Interface Technical Reference: plane 0 holds codes, plane 1 attributes, plane
 * 2 up to eight fonts (sequencer register 3 chooses two of them, attribute bit 3 between them);
 * CRTC 0A/0B/0E/0F give the cursor, 14 the underline; attribute controller 10 bit 2 copies the
 * eighth dot of line-drawing characters (C0-DF) into the ninth, bit 3 makes attribute bit 7 blink.
 */
#include "hw/base/screen.h"
#include "hw/video/cp437.h"
#include "hw/video/vga_internal.h"

u32 vga_font_base(const struct vga_regs *r, bool a)
{
    u32 select = r->seq[3];
    u32 n = a ? (select >> 2 & 3) | (select >> 3 & 4) : (select & 3) | (select >> 2 & 4);

    return (n & 3) * 0x4000 + (n >> 2) * 0x2000;
}

u32 vga_cursor_address(const struct vga_regs *r)
{
    return ((u32)r->cr[0x0e] << 8 | r->cr[0x0f]) + (r->cr[0x0b] >> 5 & 3);
}

bool vga_cursor_row(const struct vga_regs *r, u32 row)
{
    return !(r->cr[0x0a] & 0x20) && row >= (r->cr[0x0a] & 0x1fu) && row <= (r->cr[0x0b] & 0x1fu);
}

u32 vga_text_line(const struct vga_scan *s, u8 *dots, u32 limit)
{
    const struct vga_regs *r = &s->r;
    u32 base[2] = {vga_font_base(r, false), vga_font_base(r, true)};
    u32 char_dots = r->seq[1] & 1 ? 8 : 9;
    u32 cursor = vga_cursor_address(r);
    bool in_cursor = s->cursor_shown && vga_cursor_row(r, s->row);
    bool blink = r->ar[0x10] & 8, lines = r->ar[0x10] & 4;
    unsigned slow = vga_count_shift(r);
    u32 n = 0, chars = r->cr[1] + 2u; /* one more for panning */

    for (u32 x = 0; x < chars && n + char_dots <= limit; x++) {
        u32 c = s->address + (x >> slow);
        u32 word = vga_load(s->v, vga_plane_address(r, c, s->row));
        u32 code = word & 0xff, attr = word >> 8 & 0xff;
        u32 font = vga_load(s->v, base[attr >> 3 & 1] + code * 32 + s->row) >> 16 & 0xff;
        u8 front = attr & 15, back = (u8)(attr >> 4);
        u32 shape = font << 1; /* nine dots, the leftmost in bit 8 */

        if (lines && (code & 0xe0) == 0xc0)
            shape |= font & 1;
        if ((attr & 0x77) == 1 && s->row == (r->cr[0x14] & 0x1fu))
            shape = 0x1ff;
        if (blink) {
            back &= 7;
            if ((attr & 0x80) && !s->blink_shown)
                shape = 0;
        }
        if (in_cursor && (c & 0xffff) == (cursor & 0xffff))
            shape = 0x1ff;
        put_le64(dots + n,
                 back * 0x0101010101010101ull ^ vga_fan_out(shape >> 1) * (u64)(front ^ back));
        if (char_dots == 9)
            dots[n + 8] = shape & 1 ? front : back;
        n += char_dots;
    }
    return n;
}

bool vga_text(struct vga *v, struct vga_cells *out)
{
    const struct vga_regs *r = &v->r;

    out->columns = out->rows = 0;
    if (!vga_is_text(r) || r->x.format || vga_picture_off(r) || vga_vbe_on(v))
        return false;
    struct vga_scan s = {.v = v, .r = *r};
    u32 columns = r->cr[1] + 1u, visible = 0;
    u32 cursor = ((u32)r->cr[0x0e] << 8 | r->cr[0x0f]);
    u32 height = (r->cr[9] & 0x1fu) + 1, max_rows = ARRAY_SIZE(out->cell) / columns;
    bool hidden = r->cr[0x0a] & 0x20;

    out->columns = columns;
    out->cursor_column = out->cursor_row = UINT32_MAX;
    vga_scan_frame(&s, vga_start_address(r));
    for (u32 line = 0; line < v->t.display_lines && out->rows < max_rows;) {
        u32 address = s.address;
        /* Count the row's scan lines: a row cut in half at the bottom does not count. */
        visible = 0;
        do {
            visible += !s.second;
            vga_scan_next(&s, line++);
        } while (line < v->t.display_lines && (s.row || s.second));
        if (visible * 2 < height && out->rows)
            continue;
        for (u32 x = 0; x < columns; x++) {
            u32 word = vga_load(v, vga_plane_address(r, address + x, 0));
            out->cell[out->rows * columns + x] = (u16)word;
            if (!hidden && ((address + x) & 0xffff) == cursor) {
                out->cursor_column = x;
                out->cursor_row = out->rows;
            }
        }
        out->rows++;
    }
    return out->rows > 0;
}

size_t vga_text_utf8(struct vga *v, char *buf, size_t size)
{
    struct vga_cells cells;
    size_t need = 0;

    if (size)
        buf[0] = 0;
    if (!vga_text(v, &cells))
        return 0;
    for (u32 y = 0; y < cells.rows; y++) {
        const u16 *row = &cells.cell[y * cells.columns];
        u32 end = cells.columns;
        while (end && ((row[end - 1] & 0xff) == 0 || (row[end - 1] & 0xff) == ' ' ||
                       (row[end - 1] & 0xff) == 0xff))
            end--;
        for (u32 x = 0; x <= end; x++) {
            char out[4];
            unsigned n = utf8_put(out, x < end ? cp437_to_unicode((u8)row[x]) : '\n');
            for (unsigned i = 0; i < n; i++, need++)
                if (need + 1 < size)
                    buf[need] = out[i];
        }
    }
    if (size)
        buf[need < size ? need : size - 1] = 0;
    return need;
}

bool vga_text_unicode(struct vga *v, struct screen_cells *out)
{
    struct vga_cells cells;
    bool text = vga_text(v, &cells);
    out->columns = cells.columns;
    out->rows = cells.rows;
    if (!text)
        return false;
    out->cursor_column = cells.cursor_column;
    out->cursor_row = cells.cursor_row;
    for (u32 i = 0; i < cells.rows * cells.columns; i++)
        out->cell[i] = (struct screen_cell){.code = (u16)cp437_to_unicode((u8)cells.cell[i]),
                                            .attribute = (u8)(cells.cell[i] >> 8)};
    return true;
}
