/*
 * test_vga.c - the VGA without a processor: memory against a byte-wise model written from the
 * register descriptions, register files, the beam, register storms, state.
 */
#include "vga_rig.h"

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
            if ((r->gc[7] >> i & 1) && (m->plane[i][p] >> bit_no & 1) != (r->gc[2] >> i & 1))
                same = false;
        result |= (u8)(same << bit_no);
    }
    return result;
}

/* Random addresses stay in few pages, so that writes meet each other. */
static u32 random_address(u64 *seed)
{
    static const u32 base[] = {0xa0000, 0xa4ff0, 0xa8000, 0xaffe0, 0xb0000,
                               0xb3fe0, 0xb7ff0, 0xb8000, 0xbffe0};

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
        case 2:
        case 3:
        case 4:
        case 5: {
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
    u8 before = (u8)bus_in(b, 0x3c1, 1);
    bus_out(b, 0x3c0, 0xff, 1); /* the palette is the picture's */
    ck_assert_uint_eq(bus_in(b, 0x3c1, 1), before);
    bus_in(b, 0x3da, 1);
    bus_out(b, 0x3c0, 0x0c, 1);
    bus_out(b, 0x3c0, 0xff, 1);
    ck_assert_uint_eq(bus_in(b, 0x3c1, 1), 0x3f);
    bus_out(b, 0x3c0, 0x32, 1); /* the other registers are not locked */
    bus_out(b, 0x3c0, 0xff, 1);
    ck_assert_uint_eq(bus_in(b, 0x3c1, 1), 0x3f);
    /* The monitor's load: a dark colour 0 is not sensed, a bright one is. */
    dac(r, 0, 4, 4, 4);
    ck_assert_uint_eq(bus_in(b, 0x3c2, 1) & 0x10, 0x10);
    dac(r, 0, 0x2d, 0x2d, 0x2d);
    ck_assert_uint_eq(bus_in(b, 0x3c2, 1) & 0x10, 0);
    dac(r, 0, 0, 0, 0);
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
    } want[] = {{&text_80x25, 70.087, 449, 400, 2},
                {&vga_256, 70.086, 449, 400, 2},
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
        ck_assert_double_eq_tol((double)retrace / samples, (double)want[k].retrace / want[k].lines,
                                0.0002);
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

/* ---- State and storms ---- */

/* Something that a guest may do. Returns what it read. */
static u32 storm_step(struct rig *r, u64 *seed)
{
    static const u16 ports[] = {0x3b4, 0x3b5, 0x3ba, 0x3c0, 0x3c1, 0x3c2, 0x3c3,
                                0x3c4, 0x3c5, 0x3c6, 0x3c7, 0x3c8, 0x3c9, 0x3ca,
                                0x3cc, 0x3ce, 0x3cf, 0x3d4, 0x3d5, 0x3da, 0x46e8};
    u16 port = ports[rnd(seed) % ARRAY_SIZE(ports)];

    switch (rnd(seed) % 8) {
    case 0:
        return bus_in(&r->bus, port, 1u << rnd(seed) % 3);
    case 1:
    case 2:
    case 3:
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
        clock_advance(&r->clock, r->clock.now + rnd(seed) % 100000);
        return (u32)phys_load(&r->phys, 0xa0000 + (rnd(seed) & 0x1fffc), 4);
    }
    return 0;
}

static void check_picture(struct rig *r)
{
    static struct vga_cells cells;
    struct screen s = render(r);
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
    u64 seed_b = ~seed;
    for (int i = 0; i < 20000; i++)
        storm_step(b, &seed_b);
    struct err e;
    struct state *s = state_new_load(bytes, size, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    clock_state(&b->clock, s);
    device_state(&b->vga->dev, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    state_free(s);
    b->irq_level = a->irq_level; /* who reads the line knows its level */
    b->irq_edges = a->irq_edges;
    rig_same_inside(a, b);
    u8 *bytes2 = save(b, &size2);
    ck_assert_uint_eq(size, size2);
    ck_assert_mem_eq(bytes, bytes2, size);
    /* And both go on alike. */
    seed_b = seed;
    for (int i = 0; i < 5000; i++) {
        ck_assert_uint_eq(storm_step(a, &seed), storm_step(b, &seed_b));
        ck_assert_int_eq(a->irq_edges, b->irq_edges);
    }
    struct screen sa = render(a), sb = render(b);
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

static u64 hash_of(struct rig *r)
{
    struct state *s = state_new_digest();
    device_state(&r->vga->dev, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    u64 hash = state_digest(s);
    state_free(s);
    return hash;
}

/* Pages that are known to be zero are not hashed until somebody writes there, in whatever way: the
 * hash is that of an adapter of which nothing is known. */
START_TEST(test_blank_pages)
{
    struct rig *plain = rig_new(), *known = rig_new();
    u64 seed = 7 + (u64)_i, seed_known = seed;

    set_mode(plain, _i & 1 ? &vga_256 : &vga_640);
    set_mode(known, _i & 1 ? &vga_256 : &vga_640);
    vga_learn_blank(known->vga);
    ck_assert_uint_eq(hash_of(known), hash_of(plain));
    for (int i = 0; i < 4000; i++) {
        ck_assert_uint_eq(storm_step(plain, &seed), storm_step(known, &seed_known));
        if (i % 500 == 250) { /* the marks of what was written go with a picture */
            render(plain);
            render(known);
        }
        if (i % 500 == 0)
            ck_assert_uint_eq(hash_of(known), hash_of(plain));
    }
    u32 pages = known->vga->vram_size / PAGE_SIZE;
    ck_assert_ptr_nonnull(memchr(known->vga->blank, 1, pages));
    ck_assert_ptr_nonnull(memchr(known->vga->blank, 0, pages));
    for (u32 at = 0; at < known->vga->vram_size; at += PAGE_SIZE) { /* as in a frame buffer */
        phys_map_ram(&plain->phys, 0xe0000000, PAGE_SIZE, plain->vga->vram + at);
        phys_map_ram(&known->phys, 0xe0000000, PAGE_SIZE, known->vga->vram + at);
        phys_store(&plain->phys, 0xe0000000, at + 1, 4);
        phys_store(&known->phys, 0xe0000000, at + 1, 4);
    }
    ck_assert_uint_eq(hash_of(known), hash_of(plain));
    ck_assert_ptr_null(memchr(known->vga->blank, 1, pages));
    rig_free(plain);
    rig_free(known);
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
    tcase_add_loop_test(t, test_register_storm, 0, 6);
    tcase_add_loop_test(t, test_state, 0, 4);
    tcase_add_loop_test(t, test_blank_pages, 0, 2);
    tcase_set_timeout(t, 60);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
