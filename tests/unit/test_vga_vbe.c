/*
 * test_vga_vbe.c - the Bochs display interface: every depth through bank and framebuffer, virtual
 * screens, nonsense.
 */
#include "vga_rig.h"

enum { XRES = 1, YRES, BPP, ENABLE, BANK, VIRT_WIDTH, VIRT_HEIGHT, X_OFFSET, Y_OFFSET, MEMORY };

static void dispi(struct rig *r, u16 index, u16 value)
{
    bus_out(&r->bus, 0x1ce, index, 2);
    bus_out(&r->bus, 0x1cf, value, 2);
}

static u16 dispi_get(struct rig *r, u16 index)
{
    bus_out(&r->bus, 0x1ce, index, 2);
    return (u16)bus_in(&r->bus, 0x1cf, 2);
}

static void vbe_mode(struct rig *r, u16 width, u16 height, u16 bpp)
{
    dispi(r, ENABLE, 0);
    dispi(r, XRES, width);
    dispi(r, YRES, height);
    dispi(r, BPP, bpp);
    dispi(r, ENABLE, 0x41);
}

/* What a dot of depth bpp with this value looks like. */
static u32 seen(u32 value, unsigned bpp)
{
    unsigned red, green, blue;

    switch (bpp) {
    case 8:
        return colour((u8)value);
    case 15:
        red = value >> 10 & 31, green = value >> 5 & 31, blue = value & 31;
        return (red * 8 + red / 4) << 16 | (green * 8 + green / 4) << 8 | (blue * 8 + blue / 4);
    case 16:
        red = value >> 11 & 31, green = value >> 5 & 63, blue = value & 31;
        return (red * 8 + red / 4) << 16 | (green * 4 + green / 16) << 8 | (blue * 8 + blue / 4);
    default:
        return value & 0xffffff;
    }
}

START_TEST(test_depths)
{
    static const u16 depths[] = {8, 15, 16, 24, 32};
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    r->vga->r.ar[6] = 0x14; /* of no matter: such dots do not pass the attribute controller */
    r->vga->r.ar[0x12] = 7;
    ck_assert_uint_eq(dispi_get(r, 0), 0xb0c5);
    ck_assert_uint_eq(dispi_get(r, MEMORY), 256);
    for (unsigned k = 0; k < ARRAY_SIZE(depths); k++) {
        unsigned bpp = depths[k], bytes = (bpp + 7) / 8;
        vbe_mode(r, 808, 600, (u16)bpp);
        ck_assert_uint_eq(dispi_get(r, ENABLE), 0x41);
        ck_assert_uint_eq(dispi_get(r, VIRT_WIDTH), 808);
        ck_assert_uint_eq(dispi_get(r, VIRT_HEIGHT), (16 << 20) / (808 * bytes));
        u64 seed = 3;
        /* Written through the bank window, byte by byte. */
        for (u32 i = 0; i < 808 * 600; i++) {
            u32 value = rnd(&seed);
            for (u32 n = 0; n < bytes; n++) {
                u32 at = i * bytes + n;
                if (at % 65536 == 0)
                    dispi(r, BANK, (u16)(at >> 16));
                poke(r, 0xa0000 + (at & 0xffff), (u8)(value >> 8 * n));
            }
        }
        struct screen s = render(r);
        ck_assert_uint_eq(s.width, 808);
        ck_assert_uint_eq(s.height, 600);
        ck_assert(!s.text);
        seed = 3;
        for (u32 i = 0; i < 808 * 600; i++) {
            u32 value = rnd(&seed);
            ck_assert_uint_eq(s.pixels[i], seen(value, bpp));
            if (i % 997 == 0)
                ck_assert_uint_eq(peek(r, VGA_LFB + i * bytes), value & 0xff);
        }
    }
    /* Off again: the standard mode is back. */
    dispi(r, ENABLE, 0);
    struct screen s = render(r);
    ck_assert_uint_eq(s.width, 320);
    rig_free(r);
}
END_TEST

START_TEST(test_planar_depth)
{
    struct rig *r = rig_new();
    u64 seed = 5;

    set_mode(r, &vga_640);
    vbe_mode(r, 1024, 768, 4); /* 98304 plane addresses: two banks */
    for (u32 i = 0; i < 128 * 768; i++) {
        if (i % 65536 == 0)
            dispi(r, BANK, (u16)(i >> 16));
        for (unsigned plane = 0; plane < 4; plane++) {
            out(r, 0x3c4, 2, 1u << plane);
            poke(r, 0xa0000 + (i & 0xffff), (u8)rnd(&seed));
        }
    }
    struct screen s = render(r);
    ck_assert_uint_eq(s.width, 1024);
    ck_assert_uint_eq(s.height, 768);
    seed = 5;
    for (u32 i = 0; i < 128 * 768; i++) {
        u8 plane[4];
        for (unsigned k = 0; k < 4; k++)
            plane[k] = (u8)rnd(&seed);
        for (unsigned x = 0; x < 8; x++) {
            unsigned c = 0;
            for (unsigned k = 0; k < 4; k++)
                c |= (plane[k] >> (7 - x) & 1u) << k;
            ck_assert_uint_eq(s.pixels[i * 8 + x], colour(c));
        }
    }
    rig_free(r);
}
END_TEST

START_TEST(test_virtual_screen)
{
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    vbe_mode(r, 640, 480, 32);
    dispi(r, VIRT_WIDTH, 1000);
    ck_assert_uint_eq(dispi_get(r, VIRT_WIDTH), 1000);
    dispi(r, X_OFFSET, 300);
    dispi(r, Y_OFFSET, 700);
    for (u32 i = 0; i < 640; i++)
        phys_store(&r->phys, VGA_LFB + ((700 + i % 480) * 1000 + 300 + i) * 4, 0x123400 + i, 4);
    struct screen s = render(r);
    for (u32 i = 0; i < 640; i++)
        ck_assert_uint_eq(pixel(&s, i, i % 480), 0x123400 + i);
    /* Narrower than the screen is not possible. */
    dispi(r, VIRT_WIDTH, 8);
    ck_assert_uint_eq(dispi_get(r, VIRT_WIDTH), 640);
    /* Far beyond the memory's end: black, not a crash. */
    dispi(r, Y_OFFSET, 65535);
    dispi(r, X_OFFSET, 65535);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 639, 479), 0);
    /* An eight-bit DAC. */
    vbe_mode(r, 640, 480, 8);
    dispi(r, ENABLE, 0x61);
    dac(r, 0, 0x81, 0x42, 0xff);
    s = render(r);
    ck_assert_uint_eq(pixel(&s, 5, 5), 0x8142ff);
    rig_free(r);
}
END_TEST

START_TEST(test_nonsense)
{
    static const u16 bad[][3] = {{0, 0, 8},          {0, 480, 8},     {640, 0, 8},
                                 {65535, 65535, 32}, {640, 480, 0},   {640, 480, 7},
                                 {2056, 100, 8},     {2048, 2056, 8}, {2048, 2048, 33}};
    struct rig *r = rig_new();

    set_mode(r, &vga_256);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        vbe_mode(r, bad[i][0], bad[i][1], bad[i][2]);
        ck_assert_uint_eq(dispi_get(r, ENABLE) & 1, 0);
        struct screen s = render(r);
        ck_assert_uint_eq(s.width, 320);
    }
    vbe_mode(r, 2048, 2048, 32); /* all of 16 MB */
    ck_assert_uint_eq(dispi_get(r, ENABLE) & 1, 1);
    dispi(r, BANK, 255);
    poke(r, 0xaffff, 1);
    dispi(r, BANK, 256); /* beyond: the first */
    poke(r, 0xa0000, 2);
    ck_assert_uint_eq(peek(r, VGA_LFB), 2);
    ck_assert_uint_eq(peek(r, VGA_LFB + (16 << 20) - 1), 1);
    rig_free(r);
}
END_TEST

/* Anything into any register, pictures between, and the state stays exact. */
/* Something that a guest may do. Returns what it read. */
static u32 storm_step(struct rig *r, u64 *seed)
{
    u16 index = rnd(seed) % 12, value = (u16)rnd(seed);
    if (rnd(seed) % 2)
        value &= 0x7ff;
    if (index == BPP && rnd(seed) % 4)
        value = rnd(seed) % 2 ? 8 : 32;
    if (index == ENABLE)
        value |= 0x80; /* clearing takes the time */
    dispi(r, index, value);
    phys_store(&r->phys, 0xa0000 + (rnd(seed) & 0x1fffc), rnd(seed), 4);
    u32 got = (u32)phys_load(&r->phys, 0xa0000 + (rnd(seed) & 0x1fffc), 4);
    if (rnd(seed) % 8 == 0)
        out(r, 0x3ce, rnd(seed) % 9, rnd(seed) & 0xff);
    if (rnd(seed) % 8 == 0)
        out(r, 0x3c4, rnd(seed) % 5, rnd(seed) & 0xff);
    if (rnd(seed) % 8 == 0)
        bus_out(&r->bus, 0x1cf, rnd(seed), 1); /* half a word */
    if (rnd(seed) % 8 == 0)
        got += dispi_get(r, rnd(seed) % 12);
    return got;
}

START_TEST(test_storm)
{
    struct rig *r = rig_new();
    u64 seed = 0xb0c5 + (u64)_i;

    set_mode(r, &vga_256);
    for (int i = 0; i < 20000; i++) {
        storm_step(r, &seed);
        if (i % 200 == 0) {
            struct screen s = render(r);
            u32 sum = 0;
            for (size_t k = 0; k < (size_t)s.width * s.height; k++)
                sum |= s.pixels[k];
            ck_assert_uint_eq(sum & 0xff000000, 0);
        }
    }
    size_t size, size2;
    u8 *bytes = save(r, &size);
    struct rig *b = rig_new();
    u64 seed_b = ~seed;
    for (int i = 0; i < 500; i++)
        storm_step(b, &seed_b);
    struct err e;
    struct state *st = state_new_load(bytes, size, &e);
    ck_assert_msg(st != NULL, "%s", e.text);
    clock_state(&b->clock, st);
    device_state(&b->vga->dev, st);
    ck_assert_msg(state_ok(st), "%s", state_error(st));
    state_free(st);
    rig_same_inside(r, b);
    u8 *bytes2 = save(b, &size2);
    ck_assert_uint_eq(size, size2);
    ck_assert_mem_eq(bytes, bytes2, size);
    for (u32 a = 0xa0000; a < 0xc0000; a += 4)
        ck_assert_uint_eq(phys_load(&r->phys, a, 4), phys_load(&b->phys, a, 4));
    seed_b = seed;
    for (int i = 0; i < 500; i++)
        ck_assert_uint_eq(storm_step(r, &seed), storm_step(b, &seed_b));
    rig_same_inside(r, b);
    free(bytes);
    free(bytes2);
    rig_free(r);
    rig_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vga_vbe");
    TCase *t = tcase_create("vga_vbe");

    tcase_add_test(t, test_depths);
    tcase_add_test(t, test_planar_depth);
    tcase_add_test(t, test_virtual_screen);
    tcase_add_test(t, test_nonsense);
    tcase_add_loop_test(t, test_storm, 0, 4);
    tcase_set_timeout(t, 60);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
