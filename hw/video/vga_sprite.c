/*
 * vga_sprite.c - a hardware cursor over the picture, in the layout of Cirrus' chips (CL-GD5446
 * Technical Reference, "Hardware cursor"): two bits a dot, which make it transparent, inverted, or
 * one of two colours.
 *
 * 32 dots: all lines of the first plane, 4 bytes each, then those of the second. 64 dots: a line
 * has 8 bytes of the first plane, then 8 of the second.
 */
#include "hw/video/vga_internal.h"
#include <string.h>

static bool has_line(const struct vga_sprite *p, u32 y)
{
    return p->size && y >= p->y && y - p->y < p->size;
}

static u32 bytes_of(const struct vga_sprite *p)
{
    return p->size == 64 ? 1024 : 256;
}

void vga_sprite_draw(const struct vga *v, u32 y, u32 *out, u32 width)
{
    const struct vga_sprite *p = &v->sprite;

    if (!has_line(p, y) || p->memory + bytes_of(p) > v->vram_size)
        return;
    bool large = p->size == 64;
    const u8 *line = v->vram + p->memory + (y - p->y) * (large ? 16 : 4);
    const u8 *second = line + (large ? 8 : 128);
    for (u32 i = 0; i < p->size && p->x + i < width; i++) {
        unsigned shift = 7 - (i & 7);
        bool invert = line[i / 8] >> shift & 1, shown = second[i / 8] >> shift & 1;
        u32 *dot = &out[p->x + i];
        if (shown)
            *dot = p->colour[invert];
        else if (invert)
            *dot ^= 0xffffff;
    }
}

bool vga_sprite_stale(const struct vga *v, u32 y)
{
    bool now = has_line(&v->sprite, y), was = has_line(&v->drawn.sprite, y);

    if (!now && !was)
        return false;
    return memcmp(&v->sprite, &v->drawn.sprite, sizeof v->sprite) != 0 ||
           vga_touched_words(v, v->sprite.memory / 4, bytes_of(&v->sprite) / 4, VGA_ALL_PLANES);
}
