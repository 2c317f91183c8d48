/*
 * vga_packed.c - packed pixels: dots that are numbers in memory, one after the other, as the Bochs
 * display interface (vga_vbe.c) and SVGA chips have them.
 */
#include "hw/video/vga_internal.h"
#include <string.h>

u32 vga_format_bytes(enum vga_format f)
{
    switch (f) {
    case VGA_RGB555:
    case VGA_RGB555_MIXED:
    case VGA_RGB565:
        return 2;
    case VGA_RGB888:
        return 3;
    case VGA_XRGB8888:
        return 4;
    default:
        return 1;
    }
}

/* The highest bits once more below them, so that all ones are full brightness. */
static u32 expand(u32 value, unsigned bits_wide)
{
    if (bits_wide == 2)
        return value * 0x55;
    if (bits_wide == 3)
        return value << 5 | value << 2 | value >> 1;
    return bits_wide == 5 ? value << 3 | value >> 2 : value << 2 | value >> 4;
}

static u32 rgb555(u32 w)
{
    return expand(w >> 10 & 31, 5) << 16 | expand(w >> 5 & 31, 5) << 8 | expand(w & 31, 5);
}

void vga_packed_dots(const struct vga_scan *s, enum vga_format f, u32 *out, const u8 *src,
                     u32 count)
{
    for (u32 x = 0; x < count; x++) {
        u32 w;
        switch (f) {
        case VGA_GREY8:
            out[x] = src[x] * 0x010101u;
            break;
        case VGA_RGB332:
            w = src[x];
            out[x] = expand(w >> 5, 3) << 16 | expand(w >> 2 & 7, 3) << 8 | expand(w & 3, 2);
            break;
        case VGA_RGB555:
            out[x] = rgb555(get_le16(src + 2 * x));
            break;
        case VGA_RGB555_MIXED:
            w = get_le16(src + 2 * x);
            out[x] = w & 0x8000 ? s->colour256[w & 0xff] : rgb555(w);
            break;
        case VGA_RGB565:
            w = get_le16(src + 2 * x);
            out[x] = expand(w >> 11, 5) << 16 | expand(w >> 5 & 63, 6) << 8 | expand(w & 31, 5);
            break;
        case VGA_RGB888:
            out[x] = get_le16(src + 3 * x) | (u32)src[3 * x + 2] << 16;
            break;
        case VGA_XRGB8888:
            out[x] = get_le32(src + 4 * x) & 0xffffff;
            break;
        default:
            out[x] = s->colour256[src[x]];
            break;
        }
    }
}

void vga_packed_line(const struct vga_scan *s, u32 *out, u32 count)
{
    const struct vga *v = s->v;
    enum vga_format f = s->r.x.format;
    u32 bytes = count * vga_format_bytes(f);
    u32 at = 4 * vga_display_word(v, s->address);
    u32 have = 4 * (vga_display_word(v, ~0u) + 1) - at; /* up to where addresses begin anew */
    u8 line[VGA_MAX_WIDTH * 4];

    if (bytes <= have) {
        vga_packed_dots(s, f, out, v->vram + at, count);
        return;
    }
    memcpy(line, v->vram + at, have);
    memcpy(line + have, v->vram, bytes - have);
    vga_packed_dots(s, f, out, line, count);
}
