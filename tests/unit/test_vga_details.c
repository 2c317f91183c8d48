/*
 * test_vga_details.c - what a picture owes to the lesser registers: blanking inside the display
 * period, display enable skew, the palette in 256 colours, blinking graphics, the border, and the
 * DAC's one address.
 */
#include "vga_rig.h"

/* Mode 13h full of one colour. */
static struct rig *filled_13h(u8 dot)
{
    struct rig *r = rig_new();
    set_mode(r, &vga_256);
    out(r, 0x3d4, 0x11, 0x0e); /* registers 0 to 7 may be written */
    for (u32 i = 0; i < 64000; i++)
        poke(r, 0xa0000 + i, dot);
    return r;
}

static void black_where(struct rig *r, u32 x0, u32 x1, u32 y0, u32 y1, u32 elsewhere)
{
    frames(r, 4);
    struct screen s = render(r);
    ck_assert_uint_eq(s.width, 320);
    ck_assert_uint_eq(s.height, 200);
    for (u32 y = 0; y < 200; y++) {
        for (u32 x = 0; x < 320; x++) {
            bool black = (x >= x0 && x < x1) || (y >= y0 && y < y1);
            ck_assert_msg(pixel(&s, x, y) == (black ? 0 : elsewhere), "%u, %u: %06x", x, y,
                          pixel(&s, x, y));
        }
    }
}

/* A character clock is four dots wide in 256 colours; scan lines are doubled. */
START_TEST(horizontal_blanking)
{
    struct rig *r = filled_13h(0x35);
    black_where(r, 0, 0, 0, 0, colour(0x35));
    out(r, 0x3d4, 2, 40); /* it ends at 98 as before, behind the picture */
    black_where(r, 160, 320, 0, 0, colour(0x35));
    out(r, 0x3d4, 3, 0x80 | 20); /* ends where the low six bits are 34h = 52 */
    black_where(r, 160, 208, 0, 0, colour(0x35));
    out(r, 0x3d4, 2, 0x50);
    out(r, 0x3d4, 3, 0x80 | 10); /* 2Ah: not before the line's end, so 42 characters of the next */
    black_where(r, 0, 168, 0, 0, colour(0x35));
    out(r, 0x3d4, 2, 0xff); /* never begins */
    black_where(r, 0, 0, 0, 0, colour(0x35));
    rig_free(r);
}
END_TEST

START_TEST(vertical_blanking)
{
    struct rig *r = filled_13h(0x35);
    out(r, 0x3d4, 0x15, 200);
    out(r, 0x3d4, 7, 0x17); /* bit 8 of its start is 0 */
    black_where(r, 0, 0, 100, 200, colour(0x35));
    out(r, 0x3d4, 0x16, 240); /* ends at line 240 of 400 */
    black_where(r, 0, 0, 100, 120, colour(0x35));
    out(r, 0x3d4, 0x15, 0x96);
    out(r, 0x3d4, 7, 0x1f);
    out(r, 0x3d4, 0x16, 100); /* behind the frame's end, so in the next one */
    black_where(r, 0, 0, 0, 50, colour(0x35));
    rig_free(r);
}
END_TEST

START_TEST(display_enable_skew)
{
    struct rig *r = filled_13h(0x35);
    poke(r, 0xa0000, 0x42);
    attr(r, 0x11, 0x21);
    out(r, 0x3d4, 3, 0xc2);
    frames(r, 4);
    struct screen s = render(r);
    for (u32 x = 0; x < 320; x++)
        ck_assert_uint_eq(pixel(&s, x, 0), colour(x < 8 ? 0x21 : x == 8 ? 0x42 : 0x35));
    rig_free(r);
}
END_TEST

/* The low half of a dot goes through the palette; with P5-P4 select AR14 stands for the high one.
 */
START_TEST(palette_in_256_colours)
{
    struct rig *r = filled_13h(0);
    for (u32 i = 0; i < 256; i++)
        poke(r, 0xa0000 + i, (u8)i);
    attr(r, 1, 0x3a);
    attr(r, 7, 2);
    for (unsigned select = 0; select < 2; select++) {
        for (unsigned mask = 5; mask <= 15; mask += 10) {
            attr(r, 0x10, select ? 0xc1 : 0x41);
            attr(r, 0x14, 9);
            attr(r, 0x12, (u8)mask);
            frames(r, 4);
            struct screen s = render(r);
            for (u32 i = 0; i < 256; i++) {
                unsigned low = i & mask & 15, high = select ? 9 : i >> 4 & mask;
                low = low == 1 ? 0x0a : low == 7 ? 2 : low;
                ck_assert_uint_eq(pixel(&s, i, 0), colour(high << 4 | low));
            }
        }
    }
    rig_free(r);
}
END_TEST

START_TEST(blinking_graphics)
{
    struct rig *r = rig_new();
    unsigned shown[2] = {0, 0};
    set_mode(r, &vga_640);
    out(r, 0x3c4, 2, 5);
    for (u32 i = 0; i < 80; i++)
        poke(r, 0xa0000 + i, 0xff);
    out(r, 0x3c4, 2, 12);
    for (u32 i = 80; i < 160; i++)
        poke(r, 0xa0000 + i, 0xff);
    attr(r, 0x10, 9);
    frames(r, 4);
    for (unsigned f = 0; f < 64; f++) {
        struct screen s = render(r);
        bool on = pixel(&s, 0, 0) == colour(5);
        ck_assert_uint_eq(pixel(&s, 0, 0), colour(on ? 5 : 13));
        ck_assert_uint_eq(pixel(&s, 0, 1), colour(on ? 12 : 4));
        shown[on]++;
        frames(r, 1);
    }
    ck_assert_uint_eq(shown[0], 32);
    attr(r, 0x10, 1);
    for (unsigned f = 0; f < 40; f++) {
        frames(r, 1);
        struct screen s = render(r);
        ck_assert_uint_eq(pixel(&s, 0, 0), colour(5));
    }
    rig_free(r);
}
END_TEST

/* On request the border is in the picture: as wide as the registers leave room for. */
START_TEST(overscan)
{
    struct rig *r = filled_13h(0x35);
    r->vga->overscan = true;
    attr(r, 0x11, 0x21);
    frames(r, 4);
    struct screen s = render(r);
    /* Blanked are characters 80 to 97 of 100, lines 406 to 440 of 449. */
    ck_assert_uint_eq(s.width, 8 + 320);
    ck_assert_uint_eq(s.height, 4 + 200 + 3);
    for (u32 y = 0; y < s.height; y++) {
        for (u32 x = 0; x < s.width; x++) {
            bool inside = x >= 8 && y >= 4 && y < 204;
            ck_assert_msg(pixel(&s, x, y) == colour(inside ? 0x35 : 0x21), "%u, %u", x, y);
        }
    }
    attr(r, 0x11, 0x22);
    frames(r, 4);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 0, 0), colour(0x22));
    ck_assert_uint_eq(pixel(&s, 0, s.height - 1), colour(0x22));
    /* Nonsense in the registers makes no picture without bounds. */
    u64 seed = 5;
    for (unsigned n = 0; n < 3000; n++) {
        out(r, 0x3d4, (unsigned)rnd(&seed) % 25, (u8)rnd(&seed));
        s = render(r);
        ck_assert(s.width <= VGA_MAX_WIDTH && s.height <= VGA_MAX_HEIGHT);
    }
    rig_free(r);
}
END_TEST

static u8 in8(struct rig *r, u16 port)
{
    return (u8)bus_in(&r->bus, port, 1);
}

/* Inmos IMS G171: one address register, one colour value register. */
START_TEST(one_dac_address)
{
    struct rig *r = rig_new();
    set_mode(r, &vga_256);
    dac(r, 0x10, 1, 2, 3);
    ck_assert_uint_eq(in8(r, 0x3c8), 0x11);
    dac(r, 0x11, 4, 5, 6);
    dac(r, 0x12, 7, 8, 9);
    bus_out(&r->bus, 0x3c7, 0x10, 1);
    ck_assert_uint_eq(in8(r, 0x3c7), 3);
    ck_assert_uint_eq(in8(r, 0x3c8), 0x11); /* it was fetched, and stepped over */
    for (u8 v = 1; v <= 3; v++)
        ck_assert_uint_eq(in8(r, 0x3c9), v);
    ck_assert_uint_eq(in8(r, 0x3c8), 0x12);
    ck_assert_uint_eq(in8(r, 0x3c9), 4);
    ck_assert_uint_eq(in8(r, 0x3c8), 0x12);
    /* A colour that was fetched stays what it was. */
    bus_out(&r->bus, 0x3c7, 0x10, 1);
    memset(&r->vga->r.dac[0x10 * 3], 0x3f, 3);
    ck_assert_uint_eq(in8(r, 0x3c9), 1);
    /* Read colour 10h, write 11h: the address goes on. */
    ck_assert_uint_eq(in8(r, 0x3c9), 2);
    ck_assert_uint_eq(in8(r, 0x3c9), 3);
    bus_out(&r->bus, 0x3c9, 0x21, 1);
    bus_out(&r->bus, 0x3c9, 0x22, 1);
    bus_out(&r->bus, 0x3c9, 0x23, 1);
    ck_assert_uint_eq(r->vga->r.dac[0x12 * 3], 0x21);
    ck_assert_uint_eq(in8(r, 0x3c8), 0x13);
    bus_out(&r->bus, 0x3c8, 0x20, 1);
    ck_assert_uint_eq(in8(r, 0x3c7), 0);
    ck_assert_uint_eq(in8(r, 0x3c8), 0x20);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vga_details");
    TCase *t = tcase_create("vga_details");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, horizontal_blanking);
    tcase_add_test(t, vertical_blanking);
    tcase_add_test(t, display_enable_skew);
    tcase_add_test(t, palette_in_256_colours);
    tcase_add_test(t, blinking_graphics);
    tcase_add_test(t, overscan);
    tcase_add_test(t, one_dac_address);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? 1 : 0;
}
