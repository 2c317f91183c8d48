/*
 * test_vga_picture.c - pictures of the VGA against dots worked out by hand, and text as characters.
 */
#include "hw/video/cp437.h"
#include "vga_rig.h"

/* ---- Pictures ---- */

/* The version of a picture changes when a dot does, also where memory is written unseen. */
START_TEST(test_version)
{
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    u64 version = render(r).version;
    frames(r, 5);
    ck_assert_uint_eq(render(r).version, version);
    ck_assert(r->vga->mapped);
    poke(r, 0xa0000 + 1000, 1);
    ck_assert_uint_ne(render(r).version, version);
    version = render(r).version;
    poke(r, 0xa0000 + 1000, 1);
    ck_assert_uint_eq(render(r).version, version);
    set_mode(r, &text_80x25);
    ck_assert_uint_ne(render(r).version, version);
    rig_free(r);
}
END_TEST

/* What is drawn only where memory was written equals what is drawn anew, in every kind of mode. */
static void dispi_mode(struct rig *r, u16 width, u16 height, u16 bpp)
{
    const u16 regs[][2] = {{4, 0}, {1, width}, {2, height}, {3, bpp}, {4, 0x41}};

    for (unsigned i = 0; i < ARRAY_SIZE(regs); i++) {
        bus_out(&r->bus, 0x1ce, regs[i][0], 2);
        bus_out(&r->bus, 0x1cf, regs[i][1], 2);
    }
}

static void check_partial(struct rig *r, u64 seed)
{
    u32 base = r->vga->window_base, size = r->vga->window_size;
    bool packed = vga_vbe_packed(r->vga);
    u32 *copy = NULL;

    frames(r, 5);
    render(r);
    for (int step = 0; step < 60; step++) {
        for (u32 n = rnd(&seed) % 4; n > 0; n--) {
            u32 at = rnd(&seed) % 3 ? rnd(&seed) % 5000 : rnd(&seed);
            u32 addr = packed && rnd(&seed) % 2 ? VGA_LFB + at % (4 << 20) : base + at % size;
            if (packed && rnd(&seed) % 4 == 0)
                phys_write(&r->phys, VGA_LFB + at % (4 << 20), &seed, 7);
            else
                poke(r, addr, (u8)rnd(&seed));
        }
        clock_advance(&r->clock, r->clock.now + rnd(&seed) % (20 * r->vga->t.frame_ns));
        u64 version = r->vga->picture_version;
        struct screen s = render(r);
        size_t bytes = sizeof(u32) * s.width * s.height;
        copy = realloc(copy, bytes);
        if (step > 0) /* what did not become different is what it was */
            for (u32 y = 0; y < s.height; y++)
                if (s.line_version[y] <= version)
                    ck_assert_mem_eq(copy + y * s.width, s.pixels + y * s.width, 4 * s.width);
        memcpy(copy, s.pixels, bytes);
        r->vga->drawn.valid = false;
        s = render(r);
        ck_assert_mem_eq(copy, s.pixels, bytes);
        ck_assert_uint_eq(s.version, r->vga->picture_version);
    }
    free(copy);
}

START_TEST(test_partial)
{
    static const struct mode *modes[] = {&text_80x25, &cga_320, &cga_640,
                                         &ega_320,    &vga_640, &vga_256};
    static const u16 depths[] = {4, 8, 15, 16, 24, 32};
    struct rig *r = rig_new();

    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        set_mode(r, modes[i]);
        if (modes[i] == &text_80x25)
            attr(r, 0x10, 0x0c); /* blinking characters */
        check_partial(r, i + 1);
    }
    out(r, 0x3c4, 4, 6); /* unchained */
    out(r, 0x3d4, 0x14, 0);
    out(r, 0x3d4, 0x17, 0xe3);
    check_partial(r, 77);
    set_mode(r, &text_80x25);
    out(r, 0x3d4, 0x17, 0x80); /* rows select memory */
    check_partial(r, 78);
    set_mode(r, &vga_640);
    for (unsigned i = 0; i < ARRAY_SIZE(depths); i++) {
        dispi_mode(r, 641, 480, depths[i]);
        check_partial(r, 100 + i);
    }
    rig_free(r);
}
END_TEST

/* Only that: a line whose memory was not written is not looked at. */
START_TEST(test_untouched_lines_rest)
{
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    frames(r, 5);
    struct screen s = render(r);
    r->vga->pixels[150 * 320 + 7] = 0x123456; /* a mark that drawing would wipe out */
    r->vga->pixels[10 * 320 + 7] = 0x123456;
    poke(r, 0xa0000 + 10 * 320 + 9, 5);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 9, 10), colour(5));
    ck_assert_uint_eq(pixel(&s, 7, 10), colour(0));
    ck_assert_uint_eq(pixel(&s, 7, 150), 0x123456);
    ck_assert_uint_eq(s.line_version[10], s.version);
    ck_assert_uint_lt(s.line_version[11], s.version);
    /* Text: the cursor's time has come, nothing else's. */
    set_mode(r, &text_80x25);
    out(r, 0x3d4, 0x0f, 80);
    poke(r, 0xb8000 + 161, 7); /* the colours under the cursor */
    frames(r, 5);
    render(r);
    u64 version = r->vga->picture_version;
    r->vga->pixels[5 * 720] = 0x123456;
    frames(r, 8);
    s = render(r);
    ck_assert_uint_ne(s.version, version);
    ck_assert_uint_eq(pixel(&s, 0, 5), 0x123456);
    ck_assert_uint_eq(s.line_version[16 + 13], s.version);
    ck_assert_uint_lt(s.line_version[16 + 3], s.version);
    rig_free(r);
}
END_TEST

START_TEST(test_mode_13h)
{
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    for (u32 i = 0; i < 64000; i++)
        poke(r, 0xa0000 + i, (u8)(i * 7 + i / 320));
    struct screen s = render(r);
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
    out(r, 0x3d4, 0x15, 0xe7);
    out(r, 0x3d4, 0x16, 0x06);
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
    struct screen s = render(r);
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
    struct screen s = render(r);
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
        struct screen s = render(r);
        ck_assert_uint_eq(s.width, pass ? 640 : 320);
        ck_assert_uint_eq(s.height, 200);
        for (u32 y = 0; y < 200; y++)
            for (u32 x = 0; x < s.width; x++) {
                const u8 *line = mem + y / 2 * 80 + y % 2 * 0x2000;
                unsigned c =
                    pass ? line[x / 8] >> (7 - x % 8) & 1 : line[x / 4] >> (6 - 2 * (x % 4)) & 3;
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
    struct screen s = render(r);
    ck_assert_uint_eq(s.width, 720);
    ck_assert_uint_eq(s.height, 400);
    ck_assert(s.text);
    for (u32 y = 0; y < 400; y++)
        for (u32 x = 0; x < 720; x++) {
            unsigned i = y / 16 * 80 + x / 9, dot = x % 9;
            u8 bits8 = glyph_row(code[i], y % 16);
            bool on =
                dot < 8 ? bits8 >> (7 - dot) & 1 : code[i] >= 0xc0 && code[i] < 0xe0 && (bits8 & 1);
            ck_assert_uint_eq(pixel(&s, x, y), colour(on ? attribute[i] & 15 : attribute[i] >> 4));
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
        struct screen s = render(r);
        bool cursor = !(frame & 8), shown = !(frame & 16);
        for (unsigned y = 0; y < 16; y++) {
            bool in = y == 13 || y == 14;
            for (unsigned x = 0; x < 8; x++) {
                bool on = glyph_row(0, y) >> (7 - x) & 1;
                ck_assert_uint_eq(pixel(&s, 9 + x, 16 + y), colour(on || (in && cursor) ? 7 : 0));
                on = glyph_row('A', y) >> (7 - x) & 1;
                ck_assert_uint_eq(pixel(&s, x, y), colour(on && shown ? 2 : 1));
                ck_assert_uint_eq(pixel(&s, 9 + x, y), colour(on || y == 12 ? 1 : 0));
            }
        }
        struct screen steady;
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
    /* The same with a counter that counts every other line: all numbers are half of that. */
    out(r, 0x3d4, 0x17, 0xa7);
    out(r, 0x3d4, 0x07, 0x0d);
    out(r, 0x3d4, 0x12, 199);
    out(r, 0x3d4, 0x18, 10 * 16 - 1);
    ck_assert(vga_text(r->vga, &cells));
    ck_assert_uint_eq(cells.rows, 25);
    ck_assert_uint_eq(cells.cell[10 * 80 + 2], 0x0720);
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
    struct screen s = render(r);
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
    Suite *suite = suite_create("vga_picture");
    TCase *t = tcase_create("vga_picture");

    tcase_add_test(t, test_version);
    tcase_add_test(t, test_partial);
    tcase_add_test(t, test_untouched_lines_rest);
    tcase_add_test(t, test_mode_13h);
    tcase_add_test(t, test_mode_x);
    tcase_add_test(t, test_planar);
    tcase_add_test(t, test_cga);
    tcase_add_test(t, test_text_dots);
    tcase_add_test(t, test_cursor_blink_underline);
    tcase_add_test(t, test_text_extraction);
    tcase_add_test(t, test_mid_frame_changes);
    tcase_add_test(t, test_cp437);
    tcase_set_timeout(t, 60);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
