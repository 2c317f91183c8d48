/*
 * test_fw_cfg.c - the firmware configuration interface: items by ports and by DMA, and commands
 * that lead anywhere.
 */
#include "hw/firmware/fw_cfg.h"
#include "roundtrip.h"

enum { SELECTOR = 0x510, DATA = 0x511, DMA_HIGH = 0x514, DMA_LOW = 0x518 };
enum { ERROR = 1, READ = 2, SKIP = 4, SELECT = 8, WRITE = 16 };
enum { COMMAND = 0x1000, BUFFER = 0x2000, RAM = 1 << 20 };

static struct bench b;
static struct device *dev;

static struct device *make(struct bench *bench)
{
    struct fw_cfg *f = (struct fw_cfg *)device_new(&fw_cfg_class, NULL);
    bench_start(bench, &f->dev);
    ck_assert(fw_cfg_add_file(f, "etc/greeting", "hello, world", 12));
    return &f->dev;
}

static void setup(void)
{
    bench_init(&b);
    dev = make(&b);
    memset(b.phys.ram, 0xee, RAM);
}

static void teardown(void)
{
    bench_free(&b, dev);
}

static void select_item(u16 key)
{
    bus_out(&b.bus, SELECTOR, key, 2);
}

static void store_be32(u32 at, u32 v)
{
    v = __builtin_bswap32(v);
    phys_write(&b.phys, at, &v, 4);
}

static u32 dma_at(u32 at, u32 control, u32 len, u64 to)
{
    u32 status = 0xdeadbeef;
    store_be32(at, control);
    store_be32(at + 4, len);
    store_be32(at + 8, (u32)(to >> 32));
    store_be32(at + 12, (u32)to);
    bus_out(&b.bus, DMA_LOW, __builtin_bswap32(at), 4);
    phys_read(&b.phys, at, &status, 4);
    return __builtin_bswap32(status);
}

static u32 dma(u32 control, u32 len, u64 to)
{
    return dma_at(COMMAND, control, len, to);
}

START_TEST(items_by_ports)
{
    char text[13] = "";
    select_item(FW_CFG_SIGNATURE);
    for (int i = 0; i < 4; i++)
        text[i] = (char)in8(&b, DATA);
    ck_assert_str_eq(text, "QEMU");
    ck_assert_uint_eq(in8(&b, DATA), 0); /* and nothing follows */
    select_item(FW_CFG_ID);
    ck_assert_uint_eq(in8(&b, DATA), 3); /* ports, DMA */
    /* The directory leads to the file. */
    select_item(FW_CFG_FILE_DIR);
    u8 entry[4 + 64];
    for (size_t i = 0; i < sizeof(entry); i++)
        entry[i] = in8(&b, DATA);
    ck_assert_uint_eq(entry[3], 1);
    ck_assert_uint_eq(entry[4 + 3], 12);
    ck_assert_str_eq((char *)entry + 4 + 8, "etc/greeting");
    select_item((u16)(entry[8] << 8 | entry[9]));
    for (int i = 0; i < 12; i++)
        text[i] = (char)in8(&b, DATA);
    ck_assert_str_eq(text, "hello, world");
    round_trip(&b, dev, make);
}
END_TEST

START_TEST(items_by_dma)
{
    u8 *ram = b.phys.ram;
    ck_assert_uint_eq(bus_in(&b.bus, DMA_HIGH, 4), 0x554d4551); /* "QEMU" */
    ck_assert_uint_eq(bus_in(&b.bus, DMA_LOW, 4), 0x47464320);  /* " CFG" */
    /* Select and read the beginning; the next command goes on there. */
    ck_assert_uint_eq(dma(FW_CFG_FILE_FIRST << 16 | SELECT | READ, 5, BUFFER), 0);
    ck_assert(memcmp(ram + BUFFER, "hello\xee", 6) == 0);
    ck_assert_uint_eq(dma(SKIP, 2, 0), 0);
    ck_assert_uint_eq(in8(&b, DATA), 'w'); /* both interfaces, one place */
    /* Zeros follow the end. */
    ck_assert_uint_eq(dma(READ, 8, BUFFER), 0);
    ck_assert(memcmp(ram + BUFFER, "orld\0\0\0\0\xee", 9) == 0);
    ck_assert_uint_eq(dma(READ, 4, BUFFER), 0);
    ck_assert(memcmp(ram + BUFFER, "\0\0\0\0\0", 5) == 0);
    /* An item that does not exist is all zeros. */
    ck_assert_uint_eq(dma(0x7777u << 16 | SELECT | READ, 2, BUFFER + 8), 0);
    ck_assert(memcmp(ram + BUFFER + 8, "\0\0\xee", 3) == 0);
    /* Nothing can be written; nothing to do is done. */
    ck_assert_uint_eq(dma(FW_CFG_FILE_FIRST << 16 | SELECT | WRITE, 5, BUFFER), ERROR);
    ck_assert_uint_eq(dma(0, 5, BUFFER), 0);
    /* Half an address is state. */
    bus_out(&b.bus, DMA_HIGH, __builtin_bswap32(1), 4);
    round_trip(&b, dev, make);
    store_be32(COMMAND, READ);
    bus_out(&b.bus, DMA_LOW, __builtin_bswap32(COMMAND), 4); /* at 1 0000 1000h: nobody */
    u32 command;
    phys_read(&b.phys, COMMAND, &command, 4);
    ck_assert_uint_eq(command, __builtin_bswap32(READ));
    ck_assert_uint_eq(dma(FW_CFG_FILE_FIRST << 16 | SELECT | READ, 1, BUFFER), 0);
    ck_assert_uint_eq(ram[BUFFER], 'h');
}
END_TEST

START_TEST(dma_to_anywhere)
{
    const u32 read = FW_CFG_FILE_FIRST << 16 | SELECT | READ;
    u8 *ram = b.phys.ram;
    ck_assert_uint_eq(dma(read, 12, 0x1ull << 32), ERROR);
    ck_assert_uint_eq(dma(read, 12, 0xffffffffffffffffull), ERROR);
    ck_assert_uint_eq(dma(read, 0xffffffff, 2), ERROR);
    ck_assert_uint_eq(dma(read, 12, 0xfffffff4), 0); /* nothing there: lost */
    ck_assert_uint_eq(dma(read, 12, RAM - 4), 0);
    ck_assert(memcmp(ram + RAM - 5, "\xeehell", 5) == 0);
    ck_assert_uint_eq(ram[0], 0xee);
    /* The whole address space, the command included: what is memory becomes zero. */
    dma(read, 0xffffffff, 0);
    clock_advance(&b.clock, b.clock.now + 5 * NS_PER_SEC);
    ck_assert(memcmp(ram, "hello, world\0\0", 14) == 0);
    for (u32 i = 12; i < RAM; i++)
        ck_assert_msg(ram[i] == 0, "%x", i);
    /* Onto the command, and a command where no memory is. */
    ck_assert_uint_eq(dma(read, 12, COMMAND + 4), 0);
    ck_assert(memcmp(ram + COMMAND + 4, "hello, world", 12) == 0);
    dma_at(0xfffffff8, read, 12, BUFFER);
    dma_at(RAM - 8, read, 12, BUFFER);
    /* Accesses that are no whole half do nothing. */
    bus_out(&b.bus, DMA_LOW, 0, 1);
    bus_out(&b.bus, DMA_LOW + 2, 0, 2);
    bus_out(&b.bus, DMA_HIGH + 2, 0, 4);
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {SELECTOR, DATA, DMA_HIGH, DMA_LOW, DMA_LOW + 1};
    register_storm(&b, dev, make, ports, ARRAY_SIZE(ports), 5000, NS_PER_MS);
}
END_TEST

/* Gigabytes are zeroed piece by piece, beside the processor; small ones hold the bus. */
START_TEST(long_transfers_are_cut)
{
    enum { LEN = 200000 };
    u8 *ram = b.phys.ram;
    memset(ram + BUFFER, 0xee, LEN + 1);
    u32 running = FW_CFG_FILE_FIRST << 16 | SELECT | READ;
    ck_assert_uint_eq(dma(running, LEN, BUFFER), running); /* not done yet */
    ck_assert_uint_eq(b.bus.held_ns, 0);
    ck_assert_uint_eq(ram[BUFFER], 0xee);
    clock_advance(&b.clock, b.clock.now + LEN / 2);
    ck_assert(memcmp(ram + BUFFER, "hello, world\0", 13) == 0);
    ck_assert_uint_eq(ram[BUFFER + LEN - 1], 0xee);
    ck_assert_uint_eq(dma_at(COMMAND + 64, READ, 1, 0), READ); /* one at a time */
    round_trip(&b, dev, make);
    clock_advance(&b.clock, b.clock.now + LEN);
    ck_assert_uint_eq(ram[BUFFER + LEN - 1], 0);
    ck_assert_uint_eq(ram[BUFFER + LEN], 0xee);
    u32 status;
    phys_read(&b.phys, COMMAND, &status, 4);
    ck_assert_uint_eq(status, 0);
    /* The whole address space takes its time, and no more of ours than there is memory. */
    u64 start = b.clock.now;
    running = 0x7777u << 16 | SELECT | READ;
    ck_assert_uint_eq(dma(running, 0xffffe000, COMMAND + 16), running);
    unsigned pieces = 0;
    while (timer_armed(&((struct fw_cfg *)dev)->dma)) {
        clock_advance(&b.clock, clock_next(&b.clock));
        ck_assert_uint_lt(++pieces, 65537);
    }
    ck_assert_uint_ge(b.clock.now - start, 0xffffe000);
    ck_assert_uint_eq(ram[RAM - 1], 0);
    /* A short one is done at once, and the processor waits. */
    ck_assert_uint_eq(dma(READ, 1000, BUFFER), 0);
    ck_assert_uint_eq(b.bus.held_ns, 1000);
    /* RESET stops it. */
    ck_assert_uint_eq(dma(READ, LEN, BUFFER), READ);
    device_reset(dev);
    ck_assert(!timer_armed(&((struct fw_cfg *)dev)->dma));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fw_cfg");
    TCase *t = tcase_create("fw_cfg");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, items_by_ports);
    tcase_add_test(t, items_by_dma);
    tcase_add_test(t, long_transfers_are_cut);
    tcase_add_test(t, dma_to_anywhere);
    tcase_add_test(t, storm);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
