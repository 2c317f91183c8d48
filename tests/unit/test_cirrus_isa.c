/*
 * test_cirrus_isa.c - the CL-GD5430 on the ISA bus: what drivers find it by, its linear window
 * where SR7 says, the blitter through it, states.
 */
#include "hw/video/cirrus_internal.h"
#include "roundtrip.h"

enum { MB = 1 << 20 };

static struct device *make_size(struct bench *b, u32 mb)
{
    struct err e;
    struct device *d = device_new(&cirrus_isa_class, NULL);
    ((struct cirrus *)d)->vga.memory_mb = mb;
    ck_assert_msg(device_realize(d, &b->board, &e), "%s", e.text);
    device_reset(d);
    b->free = (struct span){offsetof(struct vga, changes),
                            sizeof(struct vga) - offsetof(struct vga, changes)};
    return d;
}

static struct device *make(struct bench *b)
{
    return make_size(b, 1);
}

static void indexed(struct bench *b, u16 port, u8 index, u8 value)
{
    out8(b, port, index);
    out8(b, port + 1, value);
}

static u8 indexed_in(struct bench *b, u16 port, u8 index)
{
    out8(b, port, index);
    return in8(b, port + 1);
}

START_TEST(found)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_size(&b, 2);
    ck_assert_uint_eq(indexed_in(&b, 0x3c4, 6), 0x0f); /* locked */
    indexed(&b, 0x3c4, 6, 0x12);
    ck_assert_uint_eq(indexed_in(&b, 0x3c4, 6), 0x12);
    out8(&b, 0x3c2, 0x67); /* colour addresses */
    ck_assert_uint_eq(indexed_in(&b, 0x3d4, 0x27), 0xa0);
    ck_assert_uint_eq(indexed_in(&b, 0x3c4, 0x17) & 0x38, 0x38); /* ISA */
    ck_assert_uint_eq(indexed_in(&b, 0x3c4, 0x0f) & 0x18, 0x18); /* 2 MB */
    bench_free(&b, d);
}
END_TEST

START_TEST(linear_window)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make(&b);
    struct cirrus *c = (struct cirrus *)d;
    indexed(&b, 0x3c4, 6, 0x12);
    ck_assert_uint_eq(phys_load(&b.phys, 14 * MB, 1), 0xff);
    indexed(&b, 0x3c4, 7, 0xe1);
    phys_store(&b.phys, 14 * MB + 0x12345, 0x5a, 1);
    ck_assert_uint_eq(c->vga.vram[0x12345], 0x5a);
    ck_assert_uint_eq(phys_load(&b.phys, 14 * MB + 0x12345, 1), 0x5a);
    indexed(&b, 0x3c4, 7, 0xd1); /* moved */
    ck_assert_uint_eq(phys_load(&b.phys, 14 * MB + 0x12345, 1), 0xff);
    ck_assert_uint_eq(phys_load(&b.phys, 13 * MB + 0x12345, 1), 0x5a);
    /* The blitter takes its data there: four bytes to 1000h. */
    static const u8 registers[][2] = {{0x0b, 0}, {0x05, 0x40}, {0x20, 3},    {0x21, 0}, {0x22, 0},
                                      {0x23, 0}, {0x28, 0},    {0x29, 0x10}, {0x2a, 0}, {0x2f, 0},
                                      {0x30, 4}, {0x32, 0x0d}, {0x33, 0},    {0x31, 2}};
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++)
        indexed(&b, 0x3ce, registers[i][0], registers[i][1]);
    phys_store(&b.phys, 13 * MB, 0x11223344, 4);
    ck_assert_uint_eq(get_le32(c->vga.vram + 0x1000), 0x11223344);
    indexed(&b, 0x3c4, 7, 0x01); /* off */
    ck_assert_uint_eq(phys_load(&b.phys, 13 * MB + 0x12345, 1), 0xff);
    indexed(&b, 0x3c4, 7, 0xe1);
    device_reset(d);
    ck_assert_uint_eq(phys_load(&b.phys, 14 * MB, 1), 0xff);
    bench_free(&b, d);
}
END_TEST

/* Two megabytes are at even ones; where the board has memory the card does not answer. */
START_TEST(place)
{
    struct bench b;
    bench_init(&b);
    struct device *d = make_size(&b, 2);
    struct cirrus *c = (struct cirrus *)d;
    c->vga.vram[0] = 1;
    c->vga.vram[MB] = 2;
    indexed(&b, 0x3c4, 7, 0xf1);
    ck_assert_uint_eq(phys_load(&b.phys, 14 * MB, 1), 1);
    ck_assert_uint_eq(phys_load(&b.phys, 15 * MB, 1), 2);
    u32 ram = b.phys.ram_size;
    b.phys.ram_size = 15 * MB; /* as if */
    indexed(&b, 0x3c4, 7, 0x01);
    indexed(&b, 0x3c4, 7, 0xf1);
    ck_assert_uint_eq(c->linear_at, 0);
    ck_assert_uint_eq(phys_load(&b.phys, 14 * MB, 1), 0xff);
    b.phys.ram_size = ram;
    bench_free(&b, d);
}
END_TEST

START_TEST(states)
{
    static struct bench b;
    static u16 all[64];
    bench_init(&b);
    struct device *d = make(&b);
    indexed(&b, 0x3c4, 6, 0x12);
    indexed(&b, 0x3c4, 7, 0xe1);
    phys_store(&b.phys, 14 * MB + 5, 0x77, 1);
    round_trip(&b, d, make);
    /* A load moves the window to where it was. */
    const u8 *bytes;
    size_t size;
    struct state *s = bench_save(&b, d, &bytes, &size);
    indexed(&b, 0x3c4, 7, 0xc1);
    ck_assert_uint_eq(phys_load(&b.phys, 12 * MB + 5, 1), 0x77);
    bench_load(&b, d, bytes, size);
    state_free(s);
    vga_mem_update((struct vga *)d);
    ck_assert_uint_eq(phys_load(&b.phys, 14 * MB + 5, 1), 0x77);
    ck_assert_uint_eq(phys_load(&b.phys, 12 * MB + 5, 1), 0xff);
    unsigned n = bench_ports(&b, all, ARRAY_SIZE(all));
    register_storm(&b, d, make, all, n, 1500, 100 * NS_PER_US);
    bench_free(&b, d);
}
END_TEST

static TCase *cases(void)
{
    TCase *tc = tcase_create("isa");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, found);
    tcase_add_test(tc, linear_window);
    tcase_add_test(tc, place);
    tcase_add_test(tc, states);
    return tc;
}

int main(void)
{
    return run_suite("cirrus_isa", cases);
}
