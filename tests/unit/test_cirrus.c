/*
 * test_cirrus.c - the CL-GD5446 but for its blitter: registers, banks, write modes, the linear
 * framebuffer, depths, the cursor, DDC, state, and what -vga makes of a machine.
 */
#include "cirrus_rig.h"
#include "hw/machine/vm.h"

/* 640 x 480, extended mode with SR7 and the hidden DAC as given. */
static void set_mode(struct bench *b, u8 mode, u8 dac, u32 pitch)
{
    static const u8 crtc[25] = {0x5f, 0x4f, 0x4f, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0,
                                0x40, 0,    0,    0,    0,    0,    0,    0xea, 0x8c,
                                0xdf, 0,    0x40, 0xdf, 0x04, 0xe3, 0xff};
    sr(b, 0, 1);
    out8(b, 0x3c2, 0xef);
    sr(b, 1, 1);
    sr(b, 2, 0x0f);
    sr(b, 4, 0x0e);
    sr(b, 0, 3);
    cr(b, 0x11, 0);
    for (u8 i = 0; i < 25; i++)
        cr(b, i, crtc[i]);
    cr(b, 0x13, (u8)(pitch / 8));
    cr(b, 0x1b, (u8)(0x22 | pitch / 8 >> 8 << 4));
    gr(b, 5, 0x40);
    gr(b, 6, 0x05);
    gr(b, 8, 0xff);
    sr(b, 7, mode);
    hidden_dac(b, dac);
    for (unsigned i = 0; i < 0x15; i++) {
        in8(b, 0x3da);
        out8(b, 0x3c0, (u8)i);
        out8(b, 0x3c0, i == 0x10 ? 0x41 : i == 0x12 ? 0x0f : i < 0x10 ? (u8)i : 0);
    }
    out8(b, 0x3c0, 0x20);
    out8(b, 0x3c6, 0xff);
    out8(b, 0x3c8, 0);
    for (unsigned i = 0; i < 256; i++) {
        out8(b, 0x3c9, (u8)(i >> 2));
        out8(b, 0x3c9, (u8)(i & 0x3f));
        out8(b, 0x3c9, (u8)(63 - (i >> 2)));
    }
}

static u32 six(u32 v)
{
    return v << 2 | v >> 4;
}

static u32 palette(u32 i)
{
    return six(i >> 2) << 16 | six(i & 0x3f) << 8 | six(63 - (i >> 2));
}

START_TEST(test_registers)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);

    out8(&b, 0x3c2, 0x67); /* CRT controller at 3D4h */
    sr(&b, 6, 0);
    ck_assert_uint_eq(index_in(&b, 0x3c4, 6), 0x0f);
    sr(&b, 6, 0x92);
    ck_assert_uint_eq(index_in(&b, 0x3c4, 6), 0x12);
    ck_assert_uint_eq(index_in(&b, 0x3d4, 0x27), 0xb8);
    ck_assert_uint_eq(index_in(&b, 0x3c4, 0x17) & 0x38, 0x20);
    sr(&b, 0x17, 0xff);
    ck_assert_uint_eq(index_in(&b, 0x3c4, 0x17), 0xe7);
    sr(&b, 0x17, 0);
    for (u8 i = 0x09; i < 0x1f; i++) {
        if (i == 0x10 || i == 0x11 || i == 0x17)
            continue;
        sr(&b, i, i ^ 0x5a);
        ck_assert_uint_eq(index_in(&b, 0x3c4, i), i ^ 0x5a);
    }
    /* The cursor's place: low bits in the index, which stays readable. */
    sr(&b, 0xb0, 0x12);
    ck_assert_uint_eq(in8(&b, 0x3c4), 0xb0);
    ck_assert_uint_eq(index_in(&b, 0x3c4, 0x10), 0x12);
    ck_assert_uint_eq(c->cursor_x[0], 5);
    /* Colours have eight bits, the VGA's set/reset registers four of them. */
    gr(&b, 0, 0xa5);
    ck_assert_uint_eq(index_in(&b, 0x3ce, 0), 0xa5);
    ck_assert_uint_eq(c->vga.r.gc[0], 5);
    gr(&b, 0x21, 0xff);
    ck_assert_uint_eq(index_in(&b, 0x3ce, 0x21), 0x1f);
    gr(&b, 0x23, 0xff);
    ck_assert_uint_eq(index_in(&b, 0x3ce, 0x23), 0x07);
    ck_assert_uint_eq(index_in(&b, 0x3ce, 0x3a), 0xff);
    /* SR2's upper half only with extended write modes. */
    sr(&b, 2, 0xf3);
    ck_assert_uint_eq(index_in(&b, 0x3c4, 2), 0x03);
    gr(&b, 0x0b, EXTENDED_WRITES);
    sr(&b, 2, 0x53);
    ck_assert_uint_eq(index_in(&b, 0x3c4, 2), 0x53);
    /* The same ports behind PCI14. */
    phys_store(&b.phys, REGISTERS_AT + 0x0e, 0x0b, 1);
    ck_assert_uint_eq(phys_load(&b.phys, REGISTERS_AT + 0x0f, 1), EXTENDED_WRITES);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_hidden_dac)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);

    out8(&b, 0x3c6, 0x3c);
    hidden_dac(&b, 0xe1);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(in8(&b, 0x3c6), 0x3c);
    ck_assert_uint_eq(in8(&b, 0x3c6), 0xe1);
    ck_assert_uint_eq(in8(&b, 0x3c6), 0x3c); /* the count begins anew */
    in8(&b, 0x3c6);
    in8(&b, 0x3c9); /* any other register of the DAC ends it */
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(in8(&b, 0x3c6), 0x3c);
    /* Sixteen colours behind the palette. */
    sr(&b, 0x12, 2);
    out8(&b, 0x3c8, 15);
    for (unsigned i = 0; i < 3; i++)
        out8(&b, 0x3c9, (u8)(0x11 * (i + 1)));
    out8(&b, 0x3c7, 15);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(in8(&b, 0x3c9), 0x11 * (i + 1));
    sr(&b, 0x12, 0);
    out8(&b, 0x3c7, 15);
    ck_assert_uint_eq(in8(&b, 0x3c9), 0);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_banks)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);

    set_mode(&b, 0x01, 0, 640);
    for (u32 i = 0; i < RIG_MEMORY; i += 4096)
        c->vga.vram[i + 7] = (u8)(i >> 12);
    for (unsigned i = 0; i < 200; i++) { /* single, 4 KB */
        gr(&b, 9, (u8)i);
        ck_assert_uint_eq(phys_load(&b.phys, 0xa0007, 1), i);
        ck_assert_uint_eq(phys_load(&b.phys, 0xa9007, 1), (i + 9) & 0xff);
    }
    gr(&b, 0x0b, BANKS_16K);
    gr(&b, 9, 3);
    ck_assert_uint_eq(phys_load(&b.phys, 0xa0007, 1), 12);
    gr(&b, 0x0b, DUAL_BANKS);
    gr(&b, 9, 0x21);
    gr(&b, 10, 0x43);
    ck_assert_uint_eq(phys_load(&b.phys, 0xa0007, 1), 0x21);
    ck_assert_uint_eq(phys_load(&b.phys, 0xa8007, 1), 0x43);
    phys_store(&b.phys, 0xa8010, 0x5a, 1);
    ck_assert_uint_eq(c->vga.vram[0x43010], 0x5a);
    /* Over the end of memory it begins anew. */
    gr(&b, 10, 0xff);
    phys_store(&b.phys, 0xa9007, 0xee, 1);
    ck_assert_uint_eq(c->vga.vram[7], 0xee);
    /* In a planar mode a bank is of plane addresses. */
    gr(&b, 0x0b, 0);
    gr(&b, 9, 0x20);
    sr(&b, 7, 0);
    sr(&b, 4, 0x06);
    gr(&b, 5, 0);
    sr(&b, 2, 4);
    phys_store(&b.phys, 0xa0003, 0x99, 1);
    ck_assert_uint_eq(c->vga.vram[(0x20003 * 4 + 2) % RIG_MEMORY], 0x99);
    /* Mode 13h lies in memory as its addresses are. */
    gr(&b, 9, 0);
    sr(&b, 4, 0x0e);
    sr(&b, 2, 0x0f);
    gr(&b, 5, 0x40);
    phys_store(&b.phys, 0xa4321, 0x77, 1);
    ck_assert_uint_eq(c->vga.vram[0x4321], 0x77);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_write_modes)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    const u8 *m = c->vga.vram;

    set_mode(&b, 0x01, 0, 640);
    gr(&b, 0x0b, EXTENDED_WRITES | BY_8);
    gr(&b, 0, 0xb0);
    gr(&b, 1, 0xf1);
    gr(&b, 5, 0x44);
    c->vga.vram[8 * 5 + 1] = 0x99;
    phys_store(&b.phys, 0xa0005, 0x81, 1); /* mode 4: ones only */
    ck_assert_uint_eq(m[40], 0xf1);
    ck_assert_uint_eq(m[41], 0x99);
    ck_assert_uint_eq(m[47], 0xf1);
    gr(&b, 5, 0x45);
    sr(&b, 2, 0x0f); /* the left four are protected */
    phys_store(&b.phys, FRAME + 6, 0x05, 1);
    ck_assert_uint_eq(m[48], 0);
    ck_assert_uint_eq(m[52], 0xb0);
    ck_assert_uint_eq(m[53], 0xf1);
    ck_assert_uint_eq(m[54], 0xb0);
    ck_assert_uint_eq(m[55], 0xf1);
    /* By 16: two bytes a dot. */
    sr(&b, 2, 0xff);
    gr(&b, 0x0b, EXTENDED_WRITES | WRITES_16);
    gr(&b, 0x10, 0x10);
    gr(&b, 0x11, 0x11);
    phys_store(&b.phys, 0xa0007, 0x40, 1);
    ck_assert_uint_eq(get_le16(m + 16 * 7), 0x10b0);
    ck_assert_uint_eq(get_le16(m + 16 * 7 + 2), 0x11f1);
    ck_assert_uint_eq(get_le16(m + 16 * 7 + 14), 0x10b0);
    /* Eight bytes at once through the latches. */
    gr(&b, 0x0b, EXTENDED_WRITES | BY_8 | LATCHES_8);
    gr(&b, 5, 0x41);
    sr(&b, 2, 0xfe);
    phys_load(&b.phys, 0xa0006, 1);
    phys_store(&b.phys, 0xa0100, 0, 1);
    ck_assert_int_eq(memcmp(m + 0x800, m + 48, 7), 0);
    ck_assert_uint_eq(m[0x807], 0);
    /* The registers' colours do not get into plain writes. */
    gr(&b, 0x0b, 0);
    sr(&b, 2, 0x0f);
    gr(&b, 5, 0x40);
    gr(&b, 1, 0xff);
    phys_store(&b.phys, 0xa2000, 0x12, 1);
    ck_assert_uint_eq(m[0x2000], 0x12);
    gr(&b, 3, 0x18); /* but the logic unit works: exclusive OR with the latch */
    phys_load(&b.phys, 0xa2000, 1);
    phys_store(&b.phys, 0xa2000, 0xff, 1);
    ck_assert_uint_eq(m[0x2000], 0xed);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_frame)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);

    phys_store(&b.phys, FRAME + 0x100, 0x04030201, 4);
    ck_assert_uint_eq(get_le32(c->vga.vram + 0x100), 0x04030201);
    ck_assert_uint_eq(phys_load(&b.phys, FRAME + (4 << 20) + 0x100, 4), 0x03040102);
    ck_assert_uint_eq(phys_load(&b.phys, FRAME + (8 << 20) + 0x100, 4), 0x01020304);
    ck_assert_uint_eq(phys_load(&b.phys, FRAME + (12 << 20) + 0x100, 4), 0xffffffff);
    ck_assert_uint_eq(phys_load(&b.phys, FRAME + RIG_MEMORY + 0x100, 4), 0x04030201);
    phys_store(&b.phys, FRAME + (8 << 20) + 0x104, 0x11223344, 4);
    ck_assert_uint_eq(get_le32(c->vga.vram + 0x104), 0x44332211);
    /* Registers at the end, or at B8000h; the text page's other bytes stay what they are. */
    sr(&b, 0x17, 0x44);
    phys_store(&b.phys, FRAME + RIG_MEMORY - 0x100 + 0x1a, 0x5d, 1);
    ck_assert_uint_eq(index_in(&b, 0x3ce, 0x32), 0x5d);
    phys_store(&b.phys, FRAME + RIG_MEMORY - 0x104, 0x5d, 1);
    ck_assert_uint_eq(c->vga.vram[RIG_MEMORY - 0x104], 0x5d);
    sr(&b, 0x17, 0x04);
    ck_assert_uint_eq(phys_load(&b.phys, 0xb801a, 1), 0x5d);
    ck_assert_uint_eq(phys_load(&b.phys, 0xb8013, 1), 0xff);
    /* Elsewhere on the bus, with the same content. */
    struct pci *pci = (struct pci *)b.extra;
    pci_config_write(pci, PCI_DEVFN(2, 0), PCI_BAR0, 0xc2000000, 4);
    ck_assert_uint_eq(phys_load(&b.phys, 0xc2000100, 4), 0x04030201);
    ck_assert_uint_eq(phys_load(&b.phys, FRAME + 0x100, 4), 0xffffffff);
    bench_free(&b, &c->vga.dev);
}
END_TEST

/* What a dot of value v should look like. */
static u32 seen(u8 mode, u8 dac, u32 v)
{
    u32 red = v >> 11 & 31, green = v >> 5 & 63, blue = v & 31;
    u32 green8 = green << 2 | green >> 4;

    switch (mode) {
    case 0x01:
        return dac == 0xc8 ? (v & 0xff) * 0x010101
               : dac == 0xc9
                   ? (v >> 5 & 7) * 0x49 / 2 << 16 | (v >> 2 & 7) * 0x49 / 2 << 8 | (v & 3) * 0x55
                   : palette(v & 0xff);
    case 0x07:
        if (dac != 0xe1) {
            if (dac == 0xf0 && (v & 0x8000))
                return palette(v & 0xff);
            red = v >> 10 & 31;
            green8 = (v >> 5 & 31) << 3 | (v >> 7 & 7);
        }
        return (red << 3 | red >> 2) << 16 | green8 << 8 | (blue << 3 | blue >> 2);
    default:
        return v & 0xffffff;
    }
}

START_TEST(test_depths)
{
    static const struct {
        u8 mode, dac, bytes;
    } depths[] = {{0x01, 0x00, 1}, {0x01, 0xc8, 1}, {0x01, 0xc9, 1}, {0x07, 0xe0, 2},
                  {0x07, 0xf0, 2}, {0x07, 0xe1, 2}, {0x05, 0xe5, 3}};
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    u64 seed = 21;

    for (u32 i = 0; i < RIG_MEMORY; i++)
        c->vga.vram[i] = (u8)chance(&seed);
    for (unsigned k = 0; k < ARRAY_SIZE(depths); k++) {
        u32 bytes = depths[k].bytes, pitch = 640 * bytes + 64;
        set_mode(&b, depths[k].mode, depths[k].dac, pitch);
        u32 start = 0x3000 * k + 4; /* dwords */
        if (k & 1)
            sr(&b, 1, 0x21); /* as SeaVGABIOS does: a packed picture is shown all the same */
        cr(&b, 0x0c, (u8)(start >> 8));
        cr(&b, 0x0d, (u8)start);
        cr(&b, 0x1b, (u8)(0x22 | pitch / 8 >> 8 << 4 | (start >> 16 & 1)));
        run_for(&b, 200 * NS_PER_MS);
        struct screen s;
        vga_render(&c->vga, &s, 0);
        ck_assert_uint_eq(s.width, 640);
        ck_assert_uint_eq(s.height, 480);
        for (u32 i = 0; i < 640 * 480; i += 37) {
            u32 at = start * 4 + i / 640 * pitch + i % 640 * bytes, v = 0;
            for (u32 n = 0; n < bytes; n++)
                v |= (u32)c->vga.vram[(at + n) % RIG_MEMORY] << 8 * n;
            ck_assert_uint_eq(s.pixels[i], seen(depths[k].mode, depths[k].dac, v));
        }
    }
    /* What a blit draws is seen. */
    struct screen s;
    u64 version;
    vga_render(&c->vga, &s, 0);
    version = s.version;
    for (u8 i = 0x20; i < 0x34; i++)
        gr(&b, i, i == 0x30 ? 0xc0 : i == 0x33 ? 4 : i == 0x32 ? 0x0b : i == 0x29 ? 0x80 : 0);
    gr(&b, 0x31, 2);
    vga_render(&c->vga, &s, 0);
    ck_assert_uint_ne(s.version, version);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_clock_and_power)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    struct screen s;

    set_mode(&b, 0x01, 0, 640);
    sr(&b, 0x0e, 118); /* 14.31818 * 118 / 26 = 64.98 MHz */
    sr(&b, 0x1e, 26 << 1);
    ck_assert_uint_eq(c->vga.t.dot_clock, 14318180ull * 118 / 26);
    sr(&b, 0x1e, 26 << 1 | 1);
    ck_assert_uint_eq(c->vga.t.dot_clock, 14318180ull * 118 / 26 / 2);
    sr(&b, 0x0e, 127);
    sr(&b, 0x1e, 2);
    ck_assert_uint_eq(c->vga.t.dot_clock, 135000000); /* faster than the part */
    sr(&b, 7, 3);
    ck_assert_uint_eq(c->vga.t.dot_clock, 67500000);
    sr(&b, 7, 1);
    cr(&b, 0x1a, 1);
    ck_assert_uint_eq(c->vga.t.display_lines, 960);
    cr(&b, 0x17, 0x63); /* nor does this stop a packed picture */
    vga_render(&c->vga, &s, 0);
    ck_assert_uint_eq(s.width, 640);
    gr(&b, 0x0e, 2); /* no horizontal sync: the monitor rests */
    vga_render(&c->vga, &s, 0);
    ck_assert_uint_eq(s.width, 0);
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_cursor)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    static u32 plain[640 * 480];
    u64 seed = 22;

    set_mode(&b, 0x01, 0, 640);
    for (u32 i = 0; i < RIG_MEMORY; i++)
        c->vga.vram[i] = (u8)chance(&seed);
    run_for(&b, 200 * NS_PER_MS);
    struct screen s;
    vga_render(&c->vga, &s, 0);
    memcpy(plain, s.pixels, sizeof plain);
    sr(&b, 0x12, 2);
    out8(&b, 0x3c8, 0);
    for (unsigned i = 0; i < 48; i++)
        out8(&b, 0x3c9, (u8)i);
    u32 back = six(0) << 16 | six(1) << 8 | six(2), front = six(45) << 16 | six(46) << 8 | six(47);
    for (unsigned k = 0; k < 6; k++) {
        static const u32 places[6][2] = {{100, 50}, {3, 7},     {635, 470},
                                         {0, 0},    {639, 479}, {333, 2}};
        u32 x = places[k][0], y = places[k][1], size = k & 1 ? 64 : 32;
        sr(&b, 0x13, (u8)(k * 8));
        sr(&b, (u8)(0x10 | x << 5), (u8)(x >> 3));
        sr(&b, (u8)(0x11 | y << 5), (u8)(y >> 3));
        sr(&b, 0x12, k & 1 ? 5 : 1);
        u32 base = RIG_MEMORY - 0x4000 + (k * 8 & (k & 1 ? 0x3cu : 0x3fu)) * 256;
        vga_render(&c->vga, &s, 0);
        for (u32 i = 0; i < 640 * 480; i++) {
            u32 dx = i % 640 - x, dy = i / 640 - y, want = plain[i];
            if (dx < size && dy < size) {
                u32 first = base + dy * (size == 64 ? 16 : 4) + dx / 8;
                u32 second = first + (size == 64 ? 8 : 128);
                bool p = c->vga.vram[first] >> (7 - dx % 8) & 1;
                bool q = c->vga.vram[second] >> (7 - dx % 8) & 1;
                want = q ? (p ? front : back) : p ? want ^ 0xffffff : want;
            }
            ck_assert_uint_eq(s.pixels[i], want);
        }
    }
    sr(&b, 0x12, 0);
    vga_render(&c->vga, &s, 0);
    ck_assert_int_eq(memcmp(s.pixels, plain, sizeof plain), 0);
    bench_free(&b, &c->vga.dev);
}
END_TEST

/* ---- DDC2B, as a driver toggles SR8 ---- */

static void lines(struct bench *b, bool clock, bool data)
{
    sr(b, 8, (u8)(0x40 | (clock ? 1 : 0) | (data ? 2 : 0)));
}

static bool data_line(struct bench *b)
{
    return index_in(b, 0x3c4, 8) & 0x80;
}

static bool i2c_write(struct bench *b, u8 v)
{
    for (int i = 7; i >= 0; i--) {
        lines(b, false, v >> i & 1);
        lines(b, true, v >> i & 1);
    }
    lines(b, false, true);
    lines(b, true, true);
    bool acknowledged = !data_line(b);
    lines(b, false, true);
    return acknowledged;
}

static u8 i2c_read(struct bench *b, bool more)
{
    u8 v = 0;
    for (unsigned i = 0; i < 8; i++) {
        lines(b, false, true);
        lines(b, true, true);
        v = (u8)(v << 1 | data_line(b));
    }
    lines(b, false, !more);
    lines(b, true, !more);
    lines(b, false, true);
    return v;
}

static void i2c_start(struct bench *b)
{
    lines(b, true, true);
    lines(b, true, false);
    lines(b, false, false);
}

static void i2c_stop(struct bench *b)
{
    lines(b, false, false);
    lines(b, true, false);
    lines(b, true, true);
}

START_TEST(test_ddc)
{
    static struct bench b;
    struct cirrus *c = rig_new(&b);
    u8 edid[EDID_SIZE], sum = 0;

    edid_make(edid);
    i2c_start(&b);
    ck_assert(!i2c_write(&b, 0x60)); /* nobody there */
    i2c_stop(&b);
    i2c_start(&b);
    ck_assert(i2c_write(&b, 0xa0));
    ck_assert(i2c_write(&b, 0));
    i2c_start(&b);
    ck_assert(i2c_write(&b, 0xa1));
    for (unsigned i = 0; i < EDID_SIZE; i++) {
        if (i == 50)
            round_trip(&b, &c->vga.dev, cirrus_make);
        u8 v = i2c_read(&b, i + 1 < EDID_SIZE);
        ck_assert_uint_eq(v, edid[i]);
        sum = (u8)(sum + v);
    }
    i2c_stop(&b);
    ck_assert_uint_eq(sum, 0);
    ck_assert_uint_eq(get_le64(edid), 0x00ffffffffffff00);
    ck_assert(data_line(&b));
    bench_free(&b, &c->vga.dev);
}
END_TEST

START_TEST(test_storm)
{
    static const u16 ports[] = {0x3c2, 0x3c4, 0x3c5, 0x3c6, 0x3c7, 0x3c8,
                                0x3c9, 0x3ce, 0x3cf, 0x3d4, 0x3d5, 0x3da};
    static struct bench b;
    struct cirrus *c = rig_new(&b);

    register_storm(&b, &c->vga.dev, cirrus_make, ports, ARRAY_SIZE(ports), 4000, 50000);
    bench_free(&b, &c->vga.dev);
}
END_TEST

/* ---- the machine ---- */

static struct vm *machine(const char *vga, const char *row_text, struct err *e)
{
    struct row row;
    const struct row *rows[] = {&row};
    struct vm_config config = {.ram_mb = 2, .vga = vga};

    if (row_text) {
        ck_assert(row_parse(&row, "-device", row_text, e));
        config.rows = rows;
        config.row_count = 1;
    }
    return vm_new(&config, e);
}

START_TEST(test_machines)
{
    static const struct {
        const char *vga, *row, *says;
    } bad[] = {{"cirrus", "cirrus-vga", "one display adapter only"},
               {"std", "cirrus-vga", "one display adapter only"},
               {"tseng", NULL, "say std, cirrus, cirrus-isa or none"},
               {NULL, "cirrus-vga,vgamem_mb=3", "1, 2 or 4 MB"},
               {"cirrus", "isa-cirrus-vga", "one display adapter only"}};
    struct err e;

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_ptr_null(machine(bad[i].vga, bad[i].row, &e));
        ck_assert_msg(strstr(e.text, bad[i].says) != NULL, "%s", e.text);
    }
    static const struct {
        const char *vga, *row;
        bool text;
    } good[] = {{"std", NULL, true},
                {"cirrus", NULL, true},
                {NULL, "cirrus-vga,vgamem_mb=2,addr=5", true},
                {"none", "cirrus-vga", true},
                {"cirrus-isa", NULL, true},
                {NULL, "isa-cirrus-vga,vgamem_mb=1", true},
                {"none", NULL, false}};
    for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
        struct vm *vm = machine(good[i].vga, good[i].row, &e);
        char text[4000];
        ck_assert_msg(vm != NULL, "%s", e.text);
        vm_run(vm, 3 * NS_PER_SEC); /* nothing to boot from: the BIOS says so, where it can */
        vm_screen_text(vm, text, sizeof text);
        ck_assert_msg((strstr(text, "Ferrite") != NULL) == good[i].text, "%u: %s", i, text);
        struct screen s;
        vm_screen(vm, &s);
        ck_assert_int_eq(s.width != 0, good[i].text);
        ck_assert_uint_gt(vm_frame_end(vm), vm_now(vm));
        vm_free(vm, NULL);
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *tc = tcase_create("cirrus");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_registers);
    tcase_add_test(tc, test_hidden_dac);
    tcase_add_test(tc, test_banks);
    tcase_add_test(tc, test_write_modes);
    tcase_add_test(tc, test_frame);
    tcase_add_test(tc, test_depths);
    tcase_add_test(tc, test_clock_and_power);
    tcase_add_test(tc, test_cursor);
    tcase_add_test(tc, test_ddc);
    tcase_add_test(tc, test_storm);
    tcase_add_test(tc, test_machines);
    return tc;
}

int main(void)
{
    return run_suite("cirrus", cases);
}
