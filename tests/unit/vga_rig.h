/*
 * vga_rig.h - a board with nothing but a VGA, the standard modes, and a picked-apart picture.
 */
#ifndef VGA_RIG_H
#define VGA_RIG_H

#include "hw/machine/vm.h"
#include "hw/video/vga_internal.h"
#include "same_inside.h"
#include <check.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct rig {
    struct log log;
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    struct vga *vga;
    int irq_level, irq_edges, map_changes;
};

static inline void rig_irq(void *opaque, int n, int level)
{
    struct rig *r = opaque;

    (void)n;
    ck_assert_int_ne(level, r->irq_level);
    r->irq_level = level;
    r->irq_edges += level;
}

static inline void rig_map_changed(void *owner)
{
    ((struct rig *)owner)->map_changes++;
}

static inline struct rig *rig_new(void)
{
    struct rig *r = calloc(1, sizeof *r);

    clock_init(&r->clock);
    ck_assert(bus_init(&r->bus, &r->log));
    ck_assert(phys_init(&r->phys, 1 << 20, &r->log));
    r->phys.changed = rig_map_changed;
    r->phys.owner = r;
    r->board = (struct board){&r->bus, &r->phys, &r->clock, &r->log, NULL};
    struct device *d = device_new(&vga_class, "vga");
    struct err e;
    ck_assert_msg(device_realize(d, &r->board, &e), "%s", e.text);
    r->vga = (struct vga *)d;
    r->vga->irq = (struct irq){.fn = rig_irq, .opaque = r};
    device_reset(d);
    return r;
}

static inline void rig_free(struct rig *r)
{
    device_free(&r->vga->dev);
    phys_free(&r->phys);
    bus_free(&r->bus);
    clock_free(&r->clock);
    free(r);
}

/* Registers and everything derived from them; not what is kept about the picture drawn last. */
static inline void rig_same_inside(const struct rig *a, const struct rig *b)
{
    same_inside(a->vga, &a->clock, b->vga, &b->clock, offsetof(struct vga, changes));
    ck_assert_int_eq(memcmp(a->vga->vram, b->vga->vram, a->vga->vram_size), 0);
    /* What was noted since the picture was drawn, wherever in the ring it is. */
    ck_assert_uint_eq(a->vga->change_count, b->vga->change_count);
    for (u32 i = 1; i <= a->vga->change_count; i++) {
        const struct vga_change *p = &a->vga->changes[(a->vga->change_head - i) % VGA_CHANGES];
        const struct vga_change *q = &b->vga->changes[(b->vga->change_head - i) % VGA_CHANGES];
        ck_assert_uint_eq(p->time, q->time);
        ck_assert_uint_eq(p->offset, q->offset);
        ck_assert_uint_eq(p->before, q->before);
        ck_assert_uint_eq(p->after, q->after);
    }
}

static inline void out(struct rig *r, u16 port, unsigned index, unsigned value)
{
    bus_out(&r->bus, port, index | value << 8, 2);
}

static inline u16 crtc_port(const struct rig *r)
{
    return r->vga->r.misc & 1 ? 0x3d4 : 0x3b4;
}

static inline void attr(struct rig *r, u8 index, u8 value)
{
    bus_in(&r->bus, crtc_port(r) + 6, 1);
    bus_out(&r->bus, 0x3c0, index, 1);
    bus_out(&r->bus, 0x3c0, value, 1);
    bus_out(&r->bus, 0x3c0, 0x20, 1);
}

static inline void dac(struct rig *r, u8 index, u8 red, u8 green, u8 blue)
{
    bus_out(&r->bus, 0x3c8, index, 1);
    bus_out(&r->bus, 0x3c9, red, 1);
    bus_out(&r->bus, 0x3c9, green, 1);
    bus_out(&r->bus, 0x3c9, blue, 1);
}

static inline void poke(struct rig *r, u32 addr, u8 value)
{
    phys_store(&r->phys, addr, value, 1);
}

static inline u8 peek(struct rig *r, u32 addr)
{
    return (u8)phys_load(&r->phys, addr, 1);
}

/* ---- Modes, as any VGA BIOS sets them ---- */

struct mode {
    u8 misc, seq[4], cr[25], ar[20], gc[9];
};

#define AR_SAME 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15

static const struct mode __attribute__((unused))
text_80x25 = {0x67,
              {0x00, 0x03, 0x00, 0x02},
              {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0,    0x4f, 0x0d, 0x0e, 0,
               0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff},
              {AR_SAME, 0x0c, 0x00, 0x0f, 0x08},
              {0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff}};
static const struct mode __attribute__((unused))
cga_320 = {0x63,
           {0x09, 0x03, 0x00, 0x02},
           {0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0,    0xc1, 0,    0,   0,
            0,    0,    0,    0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff},
           {AR_SAME, 0x01, 0x00, 0x03, 0x00},
           {0, 0, 0, 0, 0, 0x30, 0x0f, 0, 0xff}};
static const struct mode __attribute__((unused))
cga_640 = {0x63,
           {0x01, 0x01, 0x00, 0x06},
           {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0,    0xc1, 0,    0,   0,
            0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x00, 0x96, 0xb9, 0xc2, 0xff},
           {AR_SAME, 0x01, 0x00, 0x01, 0x00},
           {0, 0, 0, 0, 0, 0x00, 0x0d, 0, 0xff}};
static const struct mode __attribute__((unused))
ega_320 = {/* 0Dh */
           0x63,
           {0x09, 0x0f, 0x00, 0x06},
           {0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0,    0xc0, 0,    0,   0,
            0,    0,    0,    0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xe3, 0xff},
           {AR_SAME, 0x01, 0x00, 0x0f, 0x00},
           {0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff}};
static const struct mode __attribute__((unused))
vga_640 = {/* 12h */
           0xe3,
           {0x01, 0x0f, 0x00, 0x06},
           {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0,    0x40, 0,    0,   0,
            0,    0,    0,    0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff},
           {AR_SAME, 0x01, 0x00, 0x0f, 0x00},
           {0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff}};
static const struct mode __attribute__((unused))
vga_256 = {/* 13h */
           0x63,
           {0x01, 0x0f, 0x00, 0x0e},
           {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0,    0x41, 0,    0,   0,
            0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff},
           {AR_SAME, 0x41, 0x00, 0x0f, 0x00},
           {0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff}};

/* The colour that the tests give to DAC entry i: all different, red and blue carry the number. */
static inline u32 colour(unsigned i)
{
    unsigned red = i >> 4, green = (i * 7) & 63, blue = i & 15;
    u32 c[3] = {red, green, blue};
    u32 pixel = 0;

    for (int k = 0; k < 3; k++)
        pixel = pixel << 8 | (c[k] << 2 | c[k] >> 4);
    return pixel;
}

/* Set a mode and let three frames go by, so that nothing of the old one is noted any more. */
static inline void set_mode(struct rig *r, const struct mode *m)
{
    out(r, 0x3c4, 0, 1);
    bus_out(&r->bus, 0x3c2, m->misc, 1);
    for (unsigned i = 0; i < 4; i++)
        out(r, 0x3c4, i + 1, m->seq[i]);
    out(r, 0x3c4, 0, 3);
    out(r, crtc_port(r), 0x11, 0);
    for (unsigned i = 0; i < 25; i++)
        out(r, crtc_port(r), i, m->cr[i]);
    for (unsigned i = 0; i < 9; i++)
        out(r, 0x3ce, i, m->gc[i]);
    for (unsigned i = 0; i < 20; i++)
        attr(r, (u8)i, m->ar[i]);
    attr(r, 0x14, 0);
    bus_out(&r->bus, 0x3c6, 0xff, 1);
    for (unsigned i = 0; i < 256; i++)
        dac(r, (u8)i, (u8)(i >> 4), (u8)(i * 7 & 63), i & 15);
    clock_advance(&r->clock, r->clock.now + 4 * r->vga->t.frame_ns);
}

static inline void frames(struct rig *r, unsigned n)
{
    clock_advance(&r->clock, r->clock.now + n * r->vga->t.frame_ns);
}

static inline struct screen render(struct rig *r)
{
    struct screen s;

    vga_render(r->vga, &s, 0);
    return s;
}

static inline u32 pixel(const struct screen *s, unsigned x, unsigned y)
{
    ck_assert_uint_lt(x, s->width);
    ck_assert_uint_lt(y, s->height);
    return s->pixels[y * s->width + x];
}

static inline u32 rnd(u64 *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(*seed >> 33);
}

static inline u8 *save(struct rig *r, size_t *size)
{
    struct state *s = state_new_save();
    clock_state(&r->clock, s);
    device_state(&r->vga->dev, s);
    const u8 *bytes = state_finish(s, size);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    u8 *copy = malloc(*size);
    memcpy(copy, bytes, *size);
    state_free(s);
    return copy;
}

#endif
