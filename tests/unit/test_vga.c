/*
 * test_vga.c - the VGA without a processor: memory against a byte-wise model written from the
 * register descriptions, pictures against dots worked out by hand, beam, state, register storms.
 */
#include "hw/cp437.h"
#include "hw/vga_internal.h"
#include "hw/vm.h"
#include <check.h>
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

static void rig_irq(void *opaque, int n, int level)
{
    struct rig *r = opaque;

    (void)n;
    ck_assert_int_ne(level, r->irq_level);
    r->irq_level = level;
    r->irq_edges += level;
}

static void rig_map_changed(void *owner)
{
    ((struct rig *)owner)->map_changes++;
}

static struct rig *rig_new(void)
{
    struct rig *r = calloc(1, sizeof *r);

    clock_init(&r->clock);
    ck_assert(bus_init(&r->bus, &r->log));
    ck_assert(phys_init(&r->phys, 1 << 20, &r->log));
    r->phys.changed = rig_map_changed;
    r->phys.owner = r;
    r->board = (struct board){&r->bus, &r->phys, &r->clock, &r->log};
    struct device *d = device_new(&vga_class, "vga");
    struct err e;
    ck_assert_msg(device_realize(d, &r->board, &e), "%s", e.text);
    r->vga = (struct vga *)d;
    r->vga->irq = (struct irq){.fn = rig_irq, .opaque = r};
    device_reset(d);
    return r;
}

static void rig_free(struct rig *r)
{
    device_free(&r->vga->dev);
    phys_free(&r->phys);
    bus_free(&r->bus);
    clock_free(&r->clock);
    free(r);
}

static void out(struct rig *r, u16 port, unsigned index, unsigned value)
{
    bus_out(&r->bus, port, index | value << 8, 2);
}

static u16 crtc_port(const struct rig *r)
{
    return r->vga->r.misc & 1 ? 0x3d4 : 0x3b4;
}

static void attr(struct rig *r, u8 index, u8 value)
{
    bus_in(&r->bus, crtc_port(r) + 6, 1);
    bus_out(&r->bus, 0x3c0, index, 1);
    bus_out(&r->bus, 0x3c0, value, 1);
    bus_out(&r->bus, 0x3c0, 0x20, 1);
}

static void dac(struct rig *r, u8 index, u8 red, u8 green, u8 blue)
{
    bus_out(&r->bus, 0x3c8, index, 1);
    bus_out(&r->bus, 0x3c9, red, 1);
    bus_out(&r->bus, 0x3c9, green, 1);
    bus_out(&r->bus, 0x3c9, blue, 1);
}

static void poke(struct rig *r, u32 addr, u8 value)
{
    phys_store(&r->phys, addr, value, 1);
}

static u8 peek(struct rig *r, u32 addr)
{
    return (u8)phys_load(&r->phys, addr, 1);
}

/* ---- Modes, as any VGA BIOS sets them ---- */

struct mode {
    u8 misc, seq[4], cr[25], ar[20], gc[9];
};

#define AR_SAME 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15

static const struct mode text_80x25 = {
    0x67, {0x00, 0x03, 0x00, 0x02},
    {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0,
     0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff},
    {AR_SAME, 0x0c, 0x00, 0x0f, 0x08}, {0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff}};
static const struct mode cga_320 = {
    0x63, {0x09, 0x03, 0x00, 0x02},
    {0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0, 0xc1, 0, 0, 0, 0, 0, 0,
     0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff},
    {AR_SAME, 0x01, 0x00, 0x03, 0x00}, {0, 0, 0, 0, 0, 0x30, 0x0f, 0, 0xff}};
static const struct mode cga_640 = {
    0x63, {0x01, 0x01, 0x00, 0x06},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0, 0xc1, 0, 0, 0, 0, 0, 0,
     0x9c, 0x8e, 0x8f, 0x28, 0x00, 0x96, 0xb9, 0xc2, 0xff},
    {AR_SAME, 0x01, 0x00, 0x01, 0x00}, {0, 0, 0, 0, 0, 0x00, 0x0d, 0, 0xff}};
static const struct mode ega_320 = { /* 0Dh */
    0x63, {0x09, 0x0f, 0x00, 0x06},
    {0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0, 0xc0, 0, 0, 0, 0, 0, 0,
     0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xe3, 0xff},
    {AR_SAME, 0x01, 0x00, 0x0f, 0x00}, {0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff}};
static const struct mode vga_640 = { /* 12h */
    0xe3, {0x01, 0x0f, 0x00, 0x06},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0, 0x40, 0, 0, 0, 0, 0, 0,
     0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff},
    {AR_SAME, 0x01, 0x00, 0x0f, 0x00}, {0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff}};
static const struct mode vga_256 = { /* 13h */
    0x63, {0x01, 0x0f, 0x00, 0x0e},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0, 0x41, 0, 0, 0, 0, 0, 0,
     0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff},
    {AR_SAME, 0x41, 0x00, 0x0f, 0x00}, {0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff}};

/* The colour that the tests give to DAC entry i: all different, red and blue carry the number. */
static u32 colour(unsigned i)
{
    unsigned red = i >> 4, green = (i * 7) & 63, blue = i & 15;
    u32 c[3] = {red, green, blue};
    u32 pixel = 0;

    for (int k = 0; k < 3; k++)
        pixel = pixel << 8 | (c[k] << 2 | c[k] >> 4);
    return pixel;
}

/* Set a mode and let three frames go by, so that nothing of the old one is noted any more. */
static void set_mode(struct rig *r, const struct mode *m)
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

static void frames(struct rig *r, unsigned n)
{
    clock_advance(&r->clock, r->clock.now + n * r->vga->t.frame_ns);
}

static struct vm_screen render(struct rig *r)
{
    struct vm_screen s;

    vga_render(r->vga, &s, 0);
    return s;
}

static u32 pixel(const struct vm_screen *s, unsigned x, unsigned y)
{
    ck_assert_uint_lt(x, s->width);
    ck_assert_uint_lt(y, s->height);
    return s->pixels[y * s->width + x];
}

/* ---- Memory against a model ---- */

/* One byte of memory at a time, one bit of one plane at a time: slow and plain. */
struct model {
    u8 plane[4][65536];
    u8 latch[4];
};

static bool decode(const struct vga_regs *r, u32 addr, u32 *offset)
{
    static const u32 base[4] = {0xa0000, 0xa0000, 0xb0000, 0xb8000};
    static const u32 size[4] = {0x20000, 0x10000, 0x8000, 0x8000};
    unsigned w = r->gc[6] >> 2 & 3;

    if (!(r->misc & 2) || addr < base[w] || addr >= base[w] + size[w])
        return false;
    *offset = addr - base[w];
    return true;
}

static u16 plane_offset(const struct vga_regs *r, u32 a)
{
    if (r->seq[4] & 8)
        return (u16)((a & 0xfffc) | (a >> 14 & 3));
    if (r->gc[6] & 2)
        return (u16)((a & 0xfffe) | (a >> 16 & 1));
    return (u16)a;
}

static void model_write(struct model *m, const struct vga_regs *r, u32 addr, u8 value)
{
    u32 a;
    if (!decode(r, addr, &a))
        return;
    u16 p = plane_offset(r, a);
    unsigned rotate = r->gc[3] & 7, function = r->gc[3] >> 3 & 3;
    for (unsigned plane = 0; plane < 4; plane++) {
        if (!(r->seq[2] >> plane & 1))
            continue;
        if (r->seq[4] & 8) {
            if ((a & 3) != plane)
                continue;
        } else if (!(r->seq[4] & 4) && (a & 1) != (plane & 1)) {
            continue;
        }
        u8 result = 0;
        for (unsigned bit_no = 0; bit_no < 8; bit_no++) {
            bool latch = m->latch[plane] >> bit_no & 1;
            bool rotated = value >> ((bit_no + rotate) % 8) & 1;
            bool set_reset = r->gc[0] >> plane & 1;
            bool mask = r->gc[8] >> bit_no & 1, data;
            switch (r->gc[5] & 3) {
            case 0:
                data = r->gc[1] >> plane & 1 ? set_reset : rotated;
                break;
            case 1:
                result |= (u8)(latch << bit_no);
                continue;
            case 2:
                data = value >> plane & 1;
                break;
            default:
                data = set_reset;
                mask = mask && rotated;
            }
            if (function == 1)
                data = data && latch;
            else if (function == 2)
                data = data || latch;
            else if (function == 3)
                data = data != latch;
            result |= (u8)((mask ? data : latch) << bit_no);
        }
        m->plane[plane][p] = result;
    }
}

static u8 model_read(struct model *m, const struct vga_regs *r, u32 addr, bool mapped)
{
    u32 a;
    if (!decode(r, addr, &a))
        return 0xff;
    u16 p = plane_offset(r, a);
    unsigned plane = r->gc[4] & 3;
    if (r->seq[4] & 8)
        plane = a & 3;
    else if (r->gc[5] & 0x10)
        plane = (plane & 2) | (a & 1);
    if (!mapped) /* plain memory does not load the latches */
        for (unsigned i = 0; i < 4; i++)
            m->latch[i] = m->plane[i][p];
    if (!(r->gc[5] & 8))
        return m->plane[plane][p];
    u8 result = 0;
    for (unsigned bit_no = 0; bit_no < 8; bit_no++) {
        bool same = true;
        for (unsigned i = 0; i < 4; i++)
            if ((r->gc[7] >> i & 1) &&
                (m->plane[i][p] >> bit_no & 1) != (r->gc[2] >> i & 1))
                same = false;
        result |= (u8)(same << bit_no);
    }
    return result;
}

static u32 rnd(u64 *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(*seed >> 33);
}

/* Random addresses stay in few pages, so that writes meet each other. */
static u32 random_address(u64 *seed)
{
    static const u32 base[] = {0xa0000, 0xa4ff0, 0xa8000, 0xaffe0, 0xb0000, 0xb3fe0, 0xb7ff0,
                               0xb8000, 0xbffe0};

    return base[rnd(seed) % ARRAY_SIZE(base)] + rnd(seed) % 32;
}

START_TEST(test_memory_modes)
{
    struct rig *r = rig_new();
    struct model *m = calloc(1, sizeof *m);
    u64 seed = 0x5eed + (u64)_i;
    unsigned mapped_accesses = 0;

    bus_out(&r->bus, 0x3c2, 0x63, 1);
    for (int step = 0; step < 300000; step++) {
        switch (rnd(&seed) % 10) {
        case 0: { /* one register; graphics controller 0-8, sequencer 2 and 4 */
            unsigned i = rnd(&seed) % 12, value = rnd(&seed) & 0xff;
            if (i < 9)
                out(r, 0x3ce, i, value);
            else if (i == 9)
                out(r, 0x3c4, 2, value);
            else if (i == 10)
                out(r, 0x3c4, 4, value);
            else
                bus_out(&r->bus, 0x3c2, (value & 0xf0) | (rnd(&seed) % 8 ? 3 : 1), 1);
            break;
        }
        case 1: /* often enough, a usual setting */
            if (rnd(&seed) % 4 == 0) {
                static const struct mode *usual[] = {&vga_256, &vga_640, &text_80x25, &cga_320};
                const struct mode *u = usual[rnd(&seed) % 4];
                out(r, 0x3c4, 2, 15);
                out(r, 0x3c4, 4, u->seq[3]);
                bus_out(&r->bus, 0x3c2, u->misc, 1);
                for (unsigned i = 0; i < 9; i++)
                    out(r, 0x3ce, i, u->gc[i]);
            }
            break;
        case 2: case 3: case 4: case 5: {
            u32 a = random_address(&seed), value = rnd(&seed);
            unsigned size = 1u << rnd(&seed) % 3;
            a &= ~(size - 1);
            phys_store(&r->phys, a, value, size);
            for (unsigned i = 0; i < size; i++)
                model_write(m, &r->vga->r, a + i, (u8)(value >> 8 * i));
            mapped_accesses += r->vga->mapped;
            break;
        }
        default: {
            u32 a = random_address(&seed), want = 0;
            unsigned size = 1u << rnd(&seed) % 3;
            a &= ~(size - 1);
            for (unsigned i = 0; i < size; i++)
                want |= (u32)model_read(m, &r->vga->r, a + i, r->vga->mapped && a < 0xb0000)
                        << 8 * i;
            ck_assert_uint_eq(phys_load(&r->phys, a, size), want);
        }
        }
    }
    for (u32 p = 0; p < 65536; p++)
        for (unsigned plane = 0; plane < 4; plane++)
            ck_assert_uint_eq(m->plane[plane][p], vga_load(r->vga, p) >> 8 * plane & 0xff);
    ck_assert_uint_gt(mapped_accesses, 100); /* the mapped window was part of it */
    free(m);
    rig_free(r);
}
END_TEST

/* The map of the whole machine changes (and TLBs are dropped) only when it has to. */
START_TEST(test_mapping_is_calm)
{
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    ck_assert(r->vga->mapped);
    int before = r->map_changes;
    for (int i = 0; i < 100; i++) {
        dac(r, 5, 1, 2, 3);
        out(r, 0x3ce, 8, 0xff);
        out(r, 0x3c4, 2, 0x0f);
        attr(r, 0x13, 0);
    }
    ck_assert_int_eq(r->map_changes, before);
    out(r, 0x3c4, 4, 6); /* mode X */
    ck_assert(!r->vga->mapped);
    before = r->map_changes;
    for (int i = 0; i < 100; i++) {
        out(r, 0x3c4, 2, 1u << (i & 3));
        out(r, 0x3ce, 5, 0x40 | (i & 1));
    }
    ck_assert_int_eq(r->map_changes, before);
    rig_free(r);
}
END_TEST

/* A window that is not selected, or memory that is switched off, is not there. */
START_TEST(test_windows)
{
    struct rig *r = rig_new();

    set_mode(r, &text_80x25);
    poke(r, 0xb8000, 'A');
    ck_assert_uint_eq(peek(r, 0xb8000), 'A');
    poke(r, 0xa0000, 'B');
    poke(r, 0xb0000, 'C');
    ck_assert_uint_eq(peek(r, 0xa0000), 0xff);
    ck_assert_uint_eq(peek(r, 0xb0000), 0xff);
    ck_assert_uint_eq(peek(r, 0xb8000), 'A');
    bus_out(&r->bus, 0x3c2, 0x65, 1); /* memory off */
    ck_assert_uint_eq(peek(r, 0xb8000), 0xff);
    bus_out(&r->bus, 0x3c2, 0x67, 1);
    ck_assert_uint_eq(peek(r, 0xb8000), 'A');
    bus_out(&r->bus, 0x3c3, 0, 1); /* the whole adapter off */
    ck_assert_uint_eq(peek(r, 0xb8000), 0xff);
    ck_assert_uint_eq(bus_in(&r->bus, 0x3cc, 1), 0xff);
    bus_out(&r->bus, 0x3c3, 1, 1);
    ck_assert_uint_eq(bus_in(&r->bus, 0x3cc, 1), 0x67);
    rig_free(r);
}
END_TEST

/* ---- Registers ---- */

START_TEST(test_register_files)
{
    struct rig *r = rig_new();
    struct bus *b = &r->bus;

    set_mode(r, &vga_640);
    /* CRTC 0-7 are protected by register 11h bit 7, but for the line compare bit of 7. */
    out(r, 0x3d4, 0x11, 0x8c);
    out(r, 0x3d4, 0, 0x12);
    out(r, 0x3d4, 7, 0x00);
    bus_out(b, 0x3d4, 0, 1);
    ck_assert_uint_eq(bus_in(b, 0x3d5, 1), 0x5f);
    bus_out(b, 0x3d4, 7, 1);
    ck_assert_uint_eq(bus_in(b, 0x3d5, 1), 0x2e);
    /* Only one set of CRTC ports answers. */
    ck_assert_uint_eq(bus_in(b, 0x3b5, 1), 0xff);
    bus_out(b, 0x3c2, 0xe2, 1);
    ck_assert_uint_eq(bus_in(b, 0x3d5, 1), 0xff);
    ck_assert_uint_eq(bus_in(b, 0x3b5, 1), 0x2e);
    bus_out(b, 0x3c2, 0xe3, 1);
    /* Attribute controller: reading status 1 resets the flip-flop. */
    bus_in(b, 0x3da, 1);
    bus_out(b, 0x3c0, 0x0b, 1); /* index, waits for data */
    bus_in(b, 0x3da, 1);
    bus_out(b, 0x3c0, 0x2c, 1); /* an index again */
    ck_assert_uint_eq(bus_in(b, 0x3c0, 1), 0x2c);
    ck_assert_uint_eq(bus_in(b, 0x3c1, 1), 12);
    bus_out(b, 0x3c0, 0xff, 1);
    ck_assert_uint_eq(bus_in(b, 0x3c1, 1), 0x3f);
    /* DAC: six bits, three at a time, its own state. */
    dac(r, 255, 0xff, 0x40, 0x41);
    bus_out(b, 0x3c7, 255, 1);
    ck_assert_uint_eq(bus_in(b, 0x3c7, 1), 3);
    ck_assert_uint_eq(bus_in(b, 0x3c9, 1), 0x3f);
    ck_assert_uint_eq(bus_in(b, 0x3c9, 1), 0);
    ck_assert_uint_eq(bus_in(b, 0x3c9, 1), 1);
    ck_assert_uint_eq(bus_in(b, 0x3c9, 1), 0); /* on to colour 0 */
    bus_out(b, 0x3c8, 7, 1);
    ck_assert_uint_eq(bus_in(b, 0x3c7, 1), 0);
    bus_out(b, 0x3c9, 1, 1); /* an unfinished colour */
    bus_out(b, 0x3c9, 2, 1);
    ck_assert_uint_eq(r->vga->r.dac[21], 0);
    ck_assert_uint_eq(r->vga->r.dac[22], 49);
    rig_free(r);
}
END_TEST

START_TEST(test_beam)
{
    struct rig *r = rig_new();
    struct {
        const struct mode *mode;
        double hz;
        unsigned lines, display, retrace;
    } want[] = {{&text_80x25, 70.087, 449, 400, 2}, {&vga_256, 70.086, 449, 400, 2},
                {&vga_640, 59.940, 525, 480, 2}};

    for (unsigned k = 0; k < ARRAY_SIZE(want); k++) {
        set_mode(r, want[k].mode);
        const struct vga_timing *t = &r->vga->t;
        ck_assert_double_eq_tol(1e9 / (double)t->frame_ns, want[k].hz, 0.01);
        ck_assert_uint_eq(t->lines, want[k].lines);
        ck_assert_uint_eq(t->display_lines, want[k].display);
        /* Sample one frame: how long are display enable and vertical retrace? */
        unsigned samples = 200000, blank = 0, retrace = 0, starts = 0;
        u8 last = 0;
        u64 from = r->clock.now;
        for (unsigned i = 0; i < samples; i++) {
            clock_advance(&r->clock, from + t->frame_ns * i / samples);
            u8 s = (u8)bus_in(&r->bus, 0x3da, 1);
            blank += s & 1;
            retrace += s >> 3 & 1;
            starts += (s & 8) && !(last & 8);
            if (s & 8)
                ck_assert(s & 1);
            last = s;
        }
        double shown = (double)want[k].display / want[k].lines * 0.8; /* 80 of 100 characters */
        ck_assert_double_eq_tol((double)blank / samples, 1 - shown, 0.001);
        ck_assert_double_eq_tol((double)retrace / samples,
                                (double)want[k].retrace / want[k].lines, 0.0002);
        ck_assert_uint_eq(starts, 1);
    }
    rig_free(r);
}
END_TEST

START_TEST(test_retrace_interrupt)
{
    struct rig *r = rig_new();

    set_mode(r, &vga_640);
    frames(r, 3);
    ck_assert_int_eq(r->irq_edges, 0);
    out(r, 0x3d4, 0x11, 0x1c); /* enabled, not held clear */
    frames(r, 1);
    ck_assert_int_eq(r->irq_edges, 1);
    ck_assert_uint_eq(bus_in(&r->bus, 0x3c2, 1) & 0x80, 0x80);
    frames(r, 1);
    ck_assert_int_eq(r->irq_edges, 1); /* latched until cleared */
    out(r, 0x3d4, 0x11, 0x0c);
    ck_assert_int_eq(r->irq_level, 0);
    out(r, 0x3d4, 0x11, 0x1c);
    frames(r, 1);
    ck_assert_int_eq(r->irq_edges, 2);
    out(r, 0x3d4, 0x11, 0x20);
    ck_assert_int_eq(r->irq_level, 0);
    frames(r, 2);
    ck_assert_int_eq(r->irq_edges, 2);
    rig_free(r);
}
END_TEST

/* ---- Pictures ---- */

START_TEST(test_mode_13h)
{
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    for (u32 i = 0; i < 64000; i++)
        poke(r, 0xa0000 + i, (u8)(i * 7 + i / 320));
    struct vm_screen s = render(r);
    ck_assert_uint_eq(s.width, 320);
    ck_assert_uint_eq(s.height, 200);
    ck_assert(!s.text);
    for (u32 i = 0; i < 64000; i++)
        ck_assert_uint_eq(s.pixels[i], colour((u8)(i * 7 + i / 320)));
    /* The pixel mask works between memory and DAC. */
    bus_out(&r->bus, 0x3c6, 0x0f, 1);
    frames(r, 4);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 100, 0), colour((100 * 7) & 0x0f));
    /* Screen off is black, palette off is the border. */
    bus_out(&r->bus, 0x3c6, 0xff, 1);
    attr(r, 0x11, 0x2a);
    out(r, 0x3c4, 1, 0x21);
    frames(r, 4);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 100, 100), 0);
    out(r, 0x3c4, 1, 0x01);
    bus_in(&r->bus, 0x3da, 1);
    bus_out(&r->bus, 0x3c0, 0x00, 1);
    frames(r, 4);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 100, 100), colour(0x2a));
    rig_free(r);
}
END_TEST

/* Unchained 320x240 with a wide virtual screen: start address, panning, split. */
START_TEST(test_mode_x)
{
    struct rig *r = rig_new();
    enum { PITCH = 100 }; /* bytes a line: 400 dots */

    set_mode(r, &vga_256);
    out(r, 0x3c4, 4, 6);
    bus_out(&r->bus, 0x3c2, 0xe3, 1);
    out(r, 0x3d4, 0x11, 0x0c);
    out(r, 0x3d4, 0x06, 0x0d);
    out(r, 0x3d4, 0x07, 0x3e);
    out(r, 0x3d4, 0x10, 0xea);
    out(r, 0x3d4, 0x12, 0xdf);
    out(r, 0x3d4, 0x13, PITCH / 2);
    out(r, 0x3d4, 0x14, 0);
    out(r, 0x3d4, 0x17, 0xe3);
    for (u32 i = 0; i < 65536; i++)
        for (unsigned plane = 0; plane < 4; plane++) {
            u8 value = (u8)(i * 4 + plane + (i * 4 + plane) / 400 * 3);
            out(r, 0x3c4, 2, 1u << plane);
            poke(r, 0xa0000 + i, value);
        }
    u32 start = 5 * PITCH + 3;
    out(r, 0x3d4, 0x0c, start >> 8);
    out(r, 0x3d4, 0x0d, start & 0xff);
    attr(r, 0x13, 4); /* two dots */
    /* Below scan line 199 (picture line 100) the memory's beginning, not panned. */
    out(r, 0x3d4, 0x18, 199);
    out(r, 0x3d4, 0x07, 0x2e);
    out(r, 0x3d4, 0x09, 0x01);
    attr(r, 0x10, 0x61);
    frames(r, 4);
    struct vm_screen s = render(r);
    ck_assert_uint_eq(s.width, 320);
    ck_assert_uint_eq(s.height, 240);
    for (u32 y = 0; y < 240; y++)
        for (u32 x = 0; x < 320; x++) {
            u32 dot = y < 100 ? start * 4 + 2 + y * 400 + x : (y - 100) * 400 + x;
            ck_assert_uint_eq(pixel(&s, x, y), colour((u8)(dot + dot / 400 * 3)));
        }
    /* Without the compatibility bit the lower part pans as well. */
    attr(r, 0x10, 0x41);
    frames(r, 4);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 0, 100), colour(2));
    rig_free(r);
}
END_TEST

START_TEST(test_planar)
{
    struct rig *r = rig_new();
    u64 seed = 7;
    u8 *plane[4];

    set_mode(r, &vga_640);
    for (unsigned k = 0; k < 4; k++) {
        plane[k] = malloc(80 * 480);
        out(r, 0x3c4, 2, 1u << k);
        for (u32 i = 0; i < 80 * 480; i++) {
            plane[k][i] = (u8)rnd(&seed);
            poke(r, 0xa0000 + i, plane[k][i]);
        }
    }
    attr(r, 3, 0x3b); /* palette: colour 3 shows DAC entry 3Bh */
    frames(r, 4);
    struct vm_screen s = render(r);
    ck_assert_uint_eq(s.width, 640);
    ck_assert_uint_eq(s.height, 480);
    for (u32 y = 0; y < 480; y++)
        for (u32 x = 0; x < 640; x++) {
            unsigned c = 0;
            for (unsigned k = 0; k < 4; k++)
                c |= (plane[k][y * 80 + x / 8] >> (7 - x % 8) & 1u) << k;
            ck_assert_uint_eq(pixel(&s, x, y), colour(c == 3 ? 0x3b : c));
        }
    /* Colour plane enable, panning, colour select. */
    attr(r, 0x12, 0x05);
    attr(r, 0x13, 3);
    attr(r, 0x10, 0x81);
    attr(r, 0x14, 0x0b);
    frames(r, 4);
    s = render(r);
    for (u32 x = 0; x < 637; x++) {
        unsigned c = 0;
        for (unsigned k = 0; k < 4; k += 2)
            c |= (plane[k][(x + 3) / 8] >> (7 - (x + 3) % 8) & 1u) << k;
        ck_assert_uint_eq(pixel(&s, x, 0), colour(0xb0 | c));
    }
    for (unsigned k = 0; k < 4; k++)
        free(plane[k]);
    /* 0Dh: half the dot clock, lines twice. */
    set_mode(r, &ega_320);
    for (unsigned y = 0; y < 2; y++)
        for (unsigned x = 0; x < 40; x++)
            poke(r, 0xa0000 + y * 40 + x, y ? 0xff : 0x00);
    s = render(r);
    ck_assert_uint_eq(s.width, 320);
    ck_assert_uint_eq(s.height, 200);
    ck_assert_uint_eq(pixel(&s, 5, 0), colour(0));
    ck_assert_uint_eq(pixel(&s, 5, 1), colour(15));
    rig_free(r);
}
END_TEST

START_TEST(test_cga)
{
    struct rig *r = rig_new();
    u64 seed = 9;
    static u8 mem[16384];

    for (int pass = 0; pass < 2; pass++) {
        set_mode(r, pass ? &cga_640 : &cga_320);
        for (u32 i = 0; i < sizeof mem; i++)
            poke(r, 0xb8000 + i, mem[i] = (u8)rnd(&seed));
        for (u32 i = 0; i < sizeof mem; i++)
            ck_assert_uint_eq(peek(r, 0xb8000 + i), mem[i]);
        struct vm_screen s = render(r);
        ck_assert_uint_eq(s.width, pass ? 640 : 320);
        ck_assert_uint_eq(s.height, 200);
        for (u32 y = 0; y < 200; y++)
            for (u32 x = 0; x < s.width; x++) {
                const u8 *line = mem + y / 2 * 80 + y % 2 * 0x2000;
                unsigned c = pass ? line[x / 8] >> (7 - x % 8) & 1
                                  : line[x / 4] >> (6 - 2 * (x % 4)) & 3;
                ck_assert_uint_eq(pixel(&s, x, y), colour(c));
            }
    }
    rig_free(r);
}
END_TEST

/* Glyph c of the test font: row y is a byte that depends on both. */
static u8 glyph_row(unsigned c, unsigned y)
{
    return (u8)(c * 3 + y * 29 + 1);
}

static void load_test_font(struct rig *r, u32 offset, u8 change)
{
    out(r, 0x3c4, 2, 4);
    out(r, 0x3c4, 4, 7);
    out(r, 0x3ce, 5, 0);
    out(r, 0x3ce, 6, 4);
    for (unsigned c = 0; c < 256; c++)
        for (unsigned y = 0; y < 16; y++)
            poke(r, 0xa0000 + offset + c * 32 + y, glyph_row(c, y) ^ change);
    out(r, 0x3c4, 2, 3);
    out(r, 0x3c4, 4, 3);
    out(r, 0x3ce, 5, 0x10);
    out(r, 0x3ce, 6, 0x0e);
}

static void put_cell(struct rig *r, unsigned column, unsigned row, u8 code, u8 attribute)
{
    u32 a = 0xb8000 + (row * 80 + column) * 2;
    poke(r, a, code);
    poke(r, a + 1, attribute);
}

START_TEST(test_text_dots)
{
    struct rig *r = rig_new();
    u64 seed = 11;
    static u8 code[2000], attribute[2000];

    set_mode(r, &text_80x25);
    load_test_font(r, 0, 0);
    out(r, 0x3d4, 0x0a, 0x20); /* no cursor */
    attr(r, 0x10, 0x04);       /* line drawing in nine dots, no blinking */
    for (unsigned i = 0; i < 2000; i++) {
        code[i] = (u8)rnd(&seed);
        attribute[i] = (u8)rnd(&seed);
        put_cell(r, i % 80, i / 80, code[i], attribute[i]);
    }
    frames(r, 4);
    struct vm_screen s = render(r);
    ck_assert_uint_eq(s.width, 720);
    ck_assert_uint_eq(s.height, 400);
    ck_assert(s.text);
    for (u32 y = 0; y < 400; y++)
        for (u32 x = 0; x < 720; x++) {
            unsigned i = y / 16 * 80 + x / 9, dot = x % 9;
            u8 bits8 = glyph_row(code[i], y % 16);
            bool on = dot < 8 ? bits8 >> (7 - dot) & 1
                              : code[i] >= 0xc0 && code[i] < 0xe0 && (bits8 & 1);
            ck_assert_uint_eq(pixel(&s, x, y),
                              colour(on ? attribute[i] & 15 : attribute[i] >> 4));
        }
    /* Eight dots, and 512 characters: attribute bit 3 chooses the second font. */
    load_test_font(r, 0x4000, 0xff);
    out(r, 0x3c4, 3, 0x04);
    out(r, 0x3c4, 1, 0x01);
    attr(r, 0x12, 0x07);
    attr(r, 0x13, 0);
    put_cell(r, 0, 0, 'A', 0x12);
    put_cell(r, 1, 0, 'A', 0x1a);
    frames(r, 4);
    s = render(r);
    ck_assert_uint_eq(s.width, 640);
    for (u32 y = 0; y < 16; y++)
        for (u32 x = 0; x < 8; x++) {
            bool on = glyph_row('A', y) >> (7 - x) & 1;
            ck_assert_uint_eq(pixel(&s, x, y), colour(on ? 2 : 1));
            ck_assert_uint_eq(pixel(&s, x + 8, y), colour(on ? 1 : 2));
        }
    rig_free(r);
}
END_TEST

START_TEST(test_cursor_blink_underline)
{
    struct rig *r = rig_new();

    set_mode(r, &text_80x25);
    u64 start = r->vga->epoch;
    out(r, 0x3d4, 0x0a, 13);
    out(r, 0x3d4, 0x0b, 14);
    out(r, 0x3d4, 0x0e, 0);
    out(r, 0x3d4, 0x0f, 81); /* column 1, row 1 */
    out(r, 0x3d4, 0x14, 12); /* underline */
    attr(r, 0x10, 0x0c);     /* blinking on */
    load_test_font(r, 0, 0);
    put_cell(r, 0, 0, 'A', 0x92); /* blinks */
    put_cell(r, 1, 0, 'A', 0x01); /* underlined */
    put_cell(r, 1, 1, 0, 0x07);
    for (unsigned frame = 8; frame < 80; frame++) {
        clock_advance(&r->clock, start + frame * r->vga->t.frame_ns + 1000);
        struct vm_screen s = render(r);
        bool cursor = !(frame & 8), shown = !(frame & 16);
        for (unsigned y = 0; y < 16; y++) {
            bool in = y == 13 || y == 14;
            for (unsigned x = 0; x < 8; x++) {
                bool on = glyph_row(0, y) >> (7 - x) & 1;
                ck_assert_uint_eq(pixel(&s, 9 + x, 16 + y),
                                  colour(on || (in && cursor) ? 7 : 0));
                on = glyph_row('A', y) >> (7 - x) & 1;
                ck_assert_uint_eq(pixel(&s, x, y), colour(on && shown ? 2 : 1));
                ck_assert_uint_eq(pixel(&s, 9 + x, y), colour(on || y == 12 ? 1 : 0));
            }
        }
        struct vm_screen steady;
        vga_render(r->vga, &steady, VGA_STEADY);
        ck_assert_uint_eq(pixel(&steady, 9, 16 + 13), colour(7));
    }
    rig_free(r);
}
END_TEST

START_TEST(test_text_extraction)
{
    struct rig *r = rig_new();
    char text[16384];
    struct vga_cells cells;

    set_mode(r, &text_80x25);
    for (unsigned i = 0; i < 2000; i++)
        put_cell(r, i % 80, i / 80, ' ', 7);
    const char *hello = "Hello";
    for (unsigned i = 0; hello[i]; i++)
        put_cell(r, i + 2, 0, (u8)hello[i], 7);
    put_cell(r, 0, 1, 0xc9, 7);
    put_cell(r, 1, 1, 0x81, 7);
    put_cell(r, 79, 24, '!', 7);
    out(r, 0x3d4, 0x0f, 83);
    ck_assert(vga_text(r->vga, &cells));
    ck_assert_uint_eq(cells.columns, 80);
    ck_assert_uint_eq(cells.rows, 25);
    ck_assert_uint_eq(cells.cursor_column, 3);
    ck_assert_uint_eq(cells.cursor_row, 1);
    size_t n = vga_text_utf8(r->vga, text, sizeof text);
    ck_assert_uint_eq(n, strlen(text));
    ck_assert_int_eq(strncmp(text, "  Hello\n\u2554\u00fc\n\n", 15), 0);
    ck_assert_str_eq(text + n - 3, " !\n");
    /* snprintf's rules with a small buffer. */
    char small[6];
    ck_assert_uint_eq(vga_text_utf8(r->vga, small, sizeof small), n);
    ck_assert_str_eq(small, "  Hel");
    /* Start address one row down; split: row 20 on shows memory from 0 again. */
    out(r, 0x3d4, 0x0d, 80);
    out(r, 0x3d4, 0x09, 0x0f);
    out(r, 0x3d4, 0x11, 0);
    out(r, 0x3d4, 0x07, 0x0f);
    out(r, 0x3d4, 0x18, (20 * 16 - 1) & 0xff);
    out(r, 0x3d4, 0x07, 0x1f);
    ck_assert(vga_text(r->vga, &cells));
    ck_assert_uint_eq(cells.rows, 25);
    ck_assert_uint_eq(cells.cell[0], 0x07c9);
    ck_assert_uint_eq(cells.cell[20 * 80 + 2], 0x0700 | 'H');
    set_mode(r, &vga_256);
    ck_assert_uint_eq(vga_text_utf8(r->vga, text, sizeof text), 0);
    rig_free(r);
}
END_TEST

/* A palette change when the beam is at line 100 shows from line 100 on, later everywhere. */
START_TEST(test_mid_frame_changes)
{
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    for (u32 i = 0; i < 65536; i++)
        poke(r, 0xa0000 + i, 5);
    frames(r, 2);
    u64 frame = vga_beam(r->vga, r->clock.now).frame_start;
    u64 line = r->vga->t.frame_ns / r->vga->t.lines;
    clock_advance(&r->clock, frame + line * 200);
    dac(r, 5, 63, 0, 0);
    clock_advance(&r->clock, frame + line * 300);
    dac(r, 5, 0, 63, 0);
    clock_advance(&r->clock, frame + line * 410);
    struct vm_screen s = render(r);
    ck_assert_uint_eq(pixel(&s, 0, 98), colour(5));
    ck_assert_uint_eq(pixel(&s, 0, 102), 0xff0000);
    ck_assert_uint_eq(pixel(&s, 0, 148), 0xff0000);
    ck_assert_uint_eq(pixel(&s, 0, 152), 0x00ff00);
    /* In the middle of the next frame: green above the beam, the old frame below. */
    clock_advance(&r->clock, frame + r->vga->t.frame_ns + line * 100);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 0, 20), 0x00ff00);
    ck_assert_uint_eq(pixel(&s, 0, 60), colour(5));
    ck_assert_uint_eq(pixel(&s, 0, 120), 0xff0000);
    frames(r, 1);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 0, 60), 0x00ff00);
    /* The start address waits for the next retrace. */
    for (u32 i = 0; i < 4 * 80; i++)
        poke(r, 0xa0000 + 16000 + i, 9);
    frame = vga_beam(r->vga, r->clock.now).frame_start + r->vga->t.frame_ns;
    clock_advance(&r->clock, frame + line * 10);
    out(r, 0x3d4, 0x0c, 16000 / 4 >> 8);
    out(r, 0x3d4, 0x0d, 16000 / 4 & 0xff);
    clock_advance(&r->clock, frame + line * 405);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 0, 0), 0x00ff00);
    clock_advance(&r->clock, frame + r->vga->t.frame_ns + line * 405);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 0, 0), colour(9));
    rig_free(r);
}
END_TEST

/* ---- State and storms ---- */

static u8 *save(struct rig *r, size_t *size)
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

static void storm_step(struct rig *r, u64 *seed)
{
    static const u16 ports[] = {0x3b4, 0x3b5, 0x3ba, 0x3c0, 0x3c1, 0x3c2, 0x3c3, 0x3c4, 0x3c5,
                                0x3c6, 0x3c7, 0x3c8, 0x3c9, 0x3ca, 0x3cc, 0x3ce, 0x3cf, 0x3d4,
                                0x3d5, 0x3da, 0x46e8};
    u16 port = ports[rnd(seed) % ARRAY_SIZE(ports)];

    switch (rnd(seed) % 8) {
    case 0:
        bus_in(&r->bus, port, 1u << rnd(seed) % 3);
        break;
    case 1: case 2: case 3:
        bus_out(&r->bus, port, rnd(seed), 1u << rnd(seed) % 3);
        break;
    case 4: /* aim at a register */
        out(r, crtc_port(r), rnd(seed) % 0x20, rnd(seed) & 0xff);
        break;
    case 5:
        if (rnd(seed) % 4)
            out(r, rnd(seed) % 2 ? 0x3ce : 0x3c4, rnd(seed) % 16, rnd(seed) & 0xff);
        else
            bus_out(&r->bus, 0x3c3, 1, 1);
        break;
    case 6:
        phys_store(&r->phys, 0xa0000 + (rnd(seed) & 0x1fffc), rnd(seed), 4);
        break;
    case 7:
        phys_load(&r->phys, 0xa0000 + (rnd(seed) & 0x1fffc), 4);
        clock_advance(&r->clock, r->clock.now + rnd(seed) % 100000);
        break;
    }
}

static void check_picture(struct rig *r)
{
    static struct vga_cells cells;
    struct vm_screen s = render(r);
    size_t size = sizeof(u32) * s.width * s.height;
    u32 *copy = malloc(size + 1);

    /* What is shown again without drawing is what drawing would give. */
    memcpy(copy, s.pixels ? s.pixels : copy, size);
    r->vga->drawn.valid = false;
    s = render(r);
    if (size)
        ck_assert_mem_eq(copy, s.pixels, size);
    free(copy);
    ck_assert_uint_le(s.width, VGA_MAX_WIDTH);
    ck_assert_uint_le(s.height, VGA_MAX_HEIGHT);
    u32 sum = 0;
    for (size_t i = 0; i < (size_t)s.width * s.height; i++)
        sum |= s.pixels[i];
    ck_assert_uint_eq(sum & 0xff000000, 0);
    vga_text(r->vga, &cells);
    ck_assert_uint_le(cells.columns * cells.rows, ARRAY_SIZE(cells.cell));
}

START_TEST(test_register_storm)
{
    struct rig *r = rig_new();
    u64 seed = 0xfeed0000 + (u64)_i;

    set_mode(r, &text_80x25);
    for (int i = 0; i < 60000; i++) {
        storm_step(r, &seed);
        if (i % 600 == 599) {
            bus_out(&r->bus, 0x3c3, 1, 1);
            check_picture(r);
            out(r, 0x3c4, 0, 3); /* else most pictures are off */
            out(r, crtc_port(r), 0x17, 0x80 | (rnd(&seed) & 0x7f));
            check_picture(r);
        }
    }
    char text[64];
    FILE *sink = fopen("/dev/null", "w");
    vga_class.describe(&r->vga->dev, sink);
    fclose(sink);
    vga_text_utf8(r->vga, text, sizeof text);
    rig_free(r);
}
END_TEST

START_TEST(test_state)
{
    struct rig *a = rig_new();
    u64 seed = 42 + (u64)_i;

    set_mode(a, _i & 1 ? &vga_256 : &vga_640);
    for (int i = 0; i < 20000; i++)
        storm_step(a, &seed);
    bus_out(&a->bus, 0x3c3, 1, 1);
    out(a, 0x3c4, 0, 3);
    size_t size, size2;
    u8 *bytes = save(a, &size);
    struct rig *b = rig_new();
    set_mode(b, &vga_256); /* a mapped window to begin with */
    struct err e;
    struct state *s = state_new_load(bytes, size, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    clock_state(&b->clock, s);
    device_state(&b->vga->dev, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    state_free(s);
    u8 *bytes2 = save(b, &size2);
    ck_assert_uint_eq(size, size2);
    ck_assert_mem_eq(bytes, bytes2, size);
    /* And both go on alike. */
    u64 seed_b = seed;
    for (int i = 0; i < 5000; i++) {
        storm_step(a, &seed);
        storm_step(b, &seed_b);
    }
    struct vm_screen sa = render(a), sb = render(b);
    ck_assert_uint_eq(sa.width, sb.width);
    ck_assert_uint_eq(sa.height, sb.height);
    if (sa.width)
        ck_assert_mem_eq(sa.pixels, sb.pixels, sizeof(u32) * sa.width * sa.height);
    free(bytes);
    free(bytes2);
    bytes = save(a, &size);
    bytes2 = save(b, &size2);
    ck_assert_uint_eq(size, size2);
    ck_assert_mem_eq(bytes, bytes2, size);
    free(bytes);
    free(bytes2);
    rig_free(a);
    rig_free(b);
}
END_TEST

START_TEST(test_cp437)
{
    char b[4];

    for (int i = 0; i < 256; i++) {
        u32 c = cp437_to_unicode((u8)i);
        ck_assert_uint_ne(c, i ? 0 : 1);
        if (i)
            ck_assert_int_eq(cp437_from_unicode(c), i);
    }
    ck_assert_int_eq(cp437_from_unicode(0x4e00), -1);
    ck_assert_uint_eq(utf8_put(b, 'a'), 1);
    ck_assert_uint_eq(utf8_put(b, 0xe9), 2);
    ck_assert_int_eq(memcmp(b, "\xc3\xa9", 2), 0);
    ck_assert_uint_eq(utf8_put(b, 0x2554), 3);
    ck_assert_int_eq(memcmp(b, "\xe2\x95\x94", 3), 0);
    ck_assert_uint_eq(utf8_put(b, 0x1f600), 4);
    ck_assert_int_eq(memcmp(b, "\xf0\x9f\x98\x80", 4), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vga");
    TCase *t = tcase_create("vga");

    tcase_add_loop_test(t, test_memory_modes, 0, 4);
    tcase_add_test(t, test_mapping_is_calm);
    tcase_add_test(t, test_windows);
    tcase_add_test(t, test_register_files);
    tcase_add_test(t, test_beam);
    tcase_add_test(t, test_retrace_interrupt);
    tcase_add_test(t, test_mode_13h);
    tcase_add_test(t, test_mode_x);
    tcase_add_test(t, test_planar);
    tcase_add_test(t, test_cga);
    tcase_add_test(t, test_text_dots);
    tcase_add_test(t, test_cursor_blink_underline);
    tcase_add_test(t, test_text_extraction);
    tcase_add_test(t, test_mid_frame_changes);
    tcase_add_loop_test(t, test_register_storm, 0, 6);
    tcase_add_loop_test(t, test_state, 0, 4);
    tcase_add_test(t, test_cp437);
    tcase_set_timeout(t, 60);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
