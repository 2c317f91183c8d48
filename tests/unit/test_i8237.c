/*
 * test_i8237.c - the DMA controllers: addressing, counting, modes, status, both widths.
 */
#include "hw/chipset/i8237.h"
#include "roundtrip.h"

static struct bench b;
static struct i8237 *dma;
static struct dma_line line2, line5, other_line2, other_line5; /* the others: of round trips */
static int ready_calls;

static int sync_calls;

static void on_sync(void *dev)
{
    (void)dev;
    sync_calls++;
}

static void on_ready(void *dev)
{
    (void)dev;
    ready_calls++;
}

static struct device *make(struct bench *bench)
{
    struct device *d = device_new(&i8237_class, NULL);
    struct dma_line *on2 = bench == &b ? &line2 : &other_line2;
    struct dma_line *on5 = bench == &b ? &line5 : &other_line5;
    bench_start(bench, d);
    *on2 = *on5 = (struct dma_line){.ready = on_ready};
    i8237_attach((struct i8237 *)d, 2, on2);
    i8237_attach((struct i8237 *)d, 5, on5);
    return d;
}

static void setup(void)
{
    bench_init(&b);
    dma = (struct i8237 *)make(&b);
    out8(&b, 0xd6, 0xc0); /* channel 4 cascades */
    out8(&b, 0xd4, 0x00);
    ready_calls = 0;
}

static void teardown(void)
{
    bench_free(&b, &dma->dev);
}

static void program(unsigned channel, u8 mode, u32 addr, u16 count)
{
    static const u8 page[8] = {0x87, 0x83, 0x81, 0x82, 0, 0x8b, 0x89, 0x8a};
    bool wide = channel >= 4;
    u16 base = wide ? 0xc0 : 0x00;
    unsigned step = wide ? 2 : 1;
    u16 a = (u16)(wide ? addr >> 1 : addr);
    out8(&b, (u16)(base + 10 * step), (u8)(4 | (channel & 3)));
    out8(&b, (u16)(base + 12 * step), 0);
    out8(&b, (u16)(base + 11 * step), (u8)(mode | (channel & 3)));
    out8(&b, (u16)(base + (channel & 3) * 2 * step), (u8)a);
    out8(&b, (u16)(base + (channel & 3) * 2 * step), (u8)(a >> 8));
    out8(&b, (u16)(base + ((channel & 3) * 2 + 1) * step), (u8)count);
    out8(&b, (u16)(base + ((channel & 3) * 2 + 1) * step), (u8)(count >> 8));
    out8(&b, page[channel], (u8)(addr >> 16));
    out8(&b, (u16)(base + 10 * step), (u8)(channel & 3));
}

static u16 current_count(unsigned channel)
{
    out8(&b, 0x0c, 0);
    u8 low = in8(&b, (u16)(channel * 2 + 1));
    return (u16)(low | in8(&b, (u16)(channel * 2 + 1)) << 8);
}

/* A device that is behind its time is asked before anybody looks. */
START_TEST(devices_catch_up)
{
    static const u16 looks[] = {0x02, 0x03, 0x08, 0xc4, 0xd0};
    static const u16 changes[] = {0x02, 0x0a, 0x0b, 0x0c, 0x83, 0xd4, 0x8b};
    line2.sync = on_sync;
    sync_calls = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(looks); i++) {
        in8(&b, looks[i]);
        ck_assert_int_eq(sync_calls, (int)i + 1);
    }
    sync_calls = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(changes); i++) {
        out8(&b, changes[i], 0);
        ck_assert_int_eq(sync_calls, (int)i + 1);
    }
    line2.sync = NULL;
}
END_TEST

static void expect_steady(const u16 *ports, unsigned n, u64 until)
{
    for (unsigned i = 0; i < n; i++)
        ck_assert_msg(bus_steady_until(&b.bus, ports[i], 1, NULL) == until, "port %x", ports[i]);
}

/* A channel that is open moves when its device likes: the mask as well, at its terminal count. */
START_TEST(how_long_registers_stay)
{
    static const u16 of_chip[] = {0x04, 0x05, 0x08, 0x0f},
                     others[] = {0x00, 0x07, 0x0d, 0x83, 0xc4, 0xd0, 0xde};
    program(2, 0x44, 0x51234, 999);
    expect_steady(of_chip, ARRAY_SIZE(of_chip), 0);
    expect_steady(others, ARRAY_SIZE(others), BUS_STEADY_TILL_TOLD);
    out8(&b, 0x0a, 6);
    expect_steady(of_chip, ARRAY_SIZE(of_chip), BUS_STEADY_TILL_TOLD);
}
END_TEST

START_TEST(device_to_memory)
{
    u8 data[512];
    bool tc;
    for (unsigned i = 0; i < sizeof(data); i++)
        data[i] = (u8)(i * 7);
    program(2, 0x44, 0x51234, 999);
    ck_assert_int_eq(ready_calls, 1);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 512, &tc), 512);
    ck_assert(!tc);
    ck_assert_int_eq(memcmp(b.phys.ram + 0x51234, data, 512), 0);
    ck_assert_uint_eq(current_count(2), 487);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 512, &tc), 488);
    ck_assert(tc);
    ck_assert_uint_eq(current_count(2), 0xffff);
    ck_assert_uint_eq(in8(&b, 0x08), 0x04); /* terminal count ... */
    ck_assert_uint_eq(in8(&b, 0x08), 0x00); /* ... cleared by reading */
    /* without autoinitialisation the channel is masked now */
    ck_assert_uint_eq(dma_to_memory(&line2, data, 1, &tc), 0);
}
END_TEST

START_TEST(memory_to_device_and_wrong_direction)
{
    u8 data[16];
    bool tc;
    memcpy(b.phys.ram + 0x2000, "sixteen letters.", 16);
    program(2, 0x48, 0x2000, 15);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 16, &tc), 0);
    ck_assert_uint_eq(dma_from_memory(&line2, data, 16, &tc), 16);
    ck_assert(tc);
    ck_assert_int_eq(memcmp(data, "sixteen letters.", 16), 0);
}
END_TEST

START_TEST(page_does_not_carry)
{
    u8 data[4] = {1, 2, 3, 4};
    bool tc;
    program(2, 0x44, 0x3fffe, 3);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 4, &tc), 4);
    ck_assert(tc);
    ck_assert_uint_eq(b.phys.ram[0x3ffff], 2);
    ck_assert_uint_eq(b.phys.ram[0x30000], 3);
    ck_assert_uint_eq(b.phys.ram[0x40000], 0);
}
END_TEST

/* Into ROM, into nothing, over the end of memory: the device gets rid of its data. */
START_TEST(where_no_memory_is)
{
    static const u8 rom[0x1000] = {0x55, 0xaa};
    static const u32 address[] = {0xf0000, 0xe0000, 0xfffff, 0xffff00};
    u8 data[256], got[256];
    bool tc;
    memset(data, 0x33, sizeof(data));
    phys_map_rom(&b.phys, 0xf0000, 0x1000, rom);
    phys_unmap(&b.phys, 0xe0000, 0x10000);
    for (unsigned i = 0; i < ARRAY_SIZE(address); i++) {
        program(2, 0x44, address[i], 255);
        ck_assert_uint_eq(dma_to_memory(&line2, data, 256, &tc), 256);
        ck_assert(tc);
        program(2, 0x48, address[i], 255);
        ck_assert_uint_eq(dma_from_memory(&line2, got, 256, &tc), 256);
        if (i == 1)
            ck_assert_uint_eq(got[0] & got[255], 0xff);
    }
    ck_assert_uint_eq(phys_load(&b.phys, 0xf0000, 4), 0xaa55);
    ck_assert_uint_eq(phys_load(&b.phys, 0xe0000, 4), 0xffffffff);
}
END_TEST

START_TEST(decrement)
{
    u8 data[4] = {1, 2, 3, 4};
    bool tc;
    program(2, 0x64, 0x30001, 3);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 4, &tc), 4);
    ck_assert_uint_eq(b.phys.ram[0x30001], 1);
    ck_assert_uint_eq(b.phys.ram[0x30000], 2);
    ck_assert_uint_eq(b.phys.ram[0x3ffff], 3);
    ck_assert_uint_eq(b.phys.ram[0x3fffe], 4);
}
END_TEST

START_TEST(autoinitialise)
{
    u8 data[6] = {1, 2, 3, 4, 5, 6};
    bool tc;
    program(2, 0x54, 0x4000, 3);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 6, &tc), 4);
    ck_assert(tc);
    ck_assert_uint_eq(current_count(2), 3);
    ck_assert_uint_eq(dma_to_memory(&line2, data + 4, 2, &tc), 2);
    ck_assert(!tc);
    ck_assert_uint_eq(b.phys.ram[0x4000], 5);
    ck_assert_uint_eq(b.phys.ram[0x4002], 3);
}
END_TEST

START_TEST(verify_moves_nothing)
{
    u8 data[4] = {9, 9, 9, 9};
    bool tc;
    program(2, 0x40, 0x4000, 3);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 4, &tc), 4);
    ck_assert(tc);
    ck_assert_uint_eq(b.phys.ram[0x4000], 0);
}
END_TEST

START_TEST(words)
{
    u8 data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    bool tc;
    program(5, 0x44, 0x5fffc, 2);
    ck_assert_int_eq(ready_calls, 1);
    ck_assert_uint_eq(dma_to_memory(&line5, data, 7, &tc), 6); /* three words, then TC */
    ck_assert(tc);
    ck_assert_int_eq(memcmp(b.phys.ram + 0x5fffc, data, 4), 0);
    ck_assert_int_eq(memcmp(b.phys.ram + 0x40000, data + 4, 2), 0); /* 128 KB pages */
    ck_assert_uint_eq(in8(&b, 0xd0), 0x02);
    program(5, 0x44, 0x1000, 100);
    ck_assert_uint_eq(dma_to_memory(&line5, data, 1, &tc), 0); /* no half words */
}
END_TEST

START_TEST(masks_and_cascade)
{
    u8 data[1] = {1};
    bool tc;
    program(2, 0x44, 0x1000, 99);
    out8(&b, 0xd4, 0x04); /* mask channel 4: the first controller is cut off */
    ck_assert_uint_eq(dma_to_memory(&line2, data, 1, &tc), 0);
    ready_calls = 0;
    out8(&b, 0xd4, 0x00);
    ck_assert_int_eq(ready_calls, 1);
    out8(&b, 0x08, 0x04); /* controller disabled */
    ck_assert_uint_eq(dma_to_memory(&line2, data, 1, &tc), 0);
    out8(&b, 0x08, 0x00);
    out8(&b, 0x0f, 0x0f);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 1, &tc), 0);
    ck_assert_uint_eq(in8(&b, 0x0f) & 0x0f, 0x0f);
    out8(&b, 0x0e, 0x00);
    ck_assert_uint_eq(dma_to_memory(&line2, data, 1, &tc), 1);
    out8(&b, 0x0d, 0x00); /* master clear masks all */
    ck_assert_uint_eq(dma_to_memory(&line2, data, 1, &tc), 0);
    program(2, 0xc4, 0x1000, 99); /* cascade mode: not this controller's transfer */
    ck_assert_uint_eq(dma_to_memory(&line2, data, 1, &tc), 0);
}
END_TEST

START_TEST(flip_flop_and_pages)
{
    out8(&b, 0x0c, 0);
    out8(&b, 0x04, 0x34);
    out8(&b, 0x04, 0x12);
    ck_assert_uint_eq(in8(&b, 0x04), 0x34);
    ck_assert_uint_eq(in8(&b, 0x04), 0x12);
    in8(&b, 0x04);
    out8(&b, 0x0c, 0);
    ck_assert_uint_eq(in8(&b, 0x04), 0x34);
    for (u16 p = 0x81; p < 0x90; p++)
        out8(&b, p, (u8)(p * 3));
    for (u16 p = 0x81; p < 0x90; p++)
        ck_assert_uint_eq(in8(&b, p), (u8)(p * 3));
}
END_TEST

START_TEST(memory_to_memory)
{
    memcpy(b.phys.ram + 0x20000, "copy this", 9);
    out8(&b, 0x08, 0x01);
    program(0, 0x88, 0x20000, 8);
    program(1, 0x84, 0x30010, 8);
    out8(&b, 0x09, 0x04); /* software request on channel 0 */
    ck_assert_uint_eq(b.bus.held_ns, 9 * 1677);
    ck_assert_int_eq(memcmp(b.phys.ram + 0x30010, "copy this", 9), 0);
    ck_assert_uint_eq(in8(&b, 0x08) & 0x02, 0x02);
}
END_TEST

START_TEST(storm)
{
    u16 ports[16 + 16 + 15];
    struct storm r = {777};
    u8 data[300];
    unsigned n = 0;
    bool tc;
    for (u16 p = 0; p < 16; p++)
        ports[n++] = p;
    for (u16 p = 0; p < 16; p++)
        ports[n++] = (u16)(0xc0 + 2 * p);
    for (u16 p = 0x81; p < 0x90; p++)
        ports[n++] = p;
    memset(data, 0, sizeof(data));
    for (unsigned i = 0; i < 10; i++) {
        register_storm(&b, &dma->dev, make, ports, n, 4000, 1000);
        for (unsigned k = 0; k < 3000; k++) {
            struct dma_line *l = storm_next(&r) & 1 ? &line2 : &line5;
            out8(&b, ports[storm_next(&r) % n], (u8)storm_next(&r));
            if (storm_next(&r) & 1)
                dma_to_memory(l, data, storm_next(&r) % sizeof(data), &tc);
            else
                dma_from_memory(l, data, storm_next(&r) % sizeof(data), &tc);
        }
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("8237A");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, devices_catch_up);
    tcase_add_test(t, how_long_registers_stay);
    tcase_add_test(t, device_to_memory);
    tcase_add_test(t, memory_to_device_and_wrong_direction);
    tcase_add_test(t, page_does_not_carry);
    tcase_add_test(t, where_no_memory_is);
    tcase_add_test(t, decrement);
    tcase_add_test(t, autoinitialise);
    tcase_add_test(t, verify_moves_nothing);
    tcase_add_test(t, words);
    tcase_add_test(t, masks_and_cascade);
    tcase_add_test(t, flip_flop_and_pages);
    tcase_add_test(t, memory_to_memory);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("8237A", cases);
}
