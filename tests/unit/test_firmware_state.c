/*
 * test_firmware_state.c - what the devices between firmware and guest save: the test device of
 * kvm-unit-tests with its memory, and the -kernel loader.
 */
#include "hw/firmware/multiboot.h"
#include "hw/firmware/testdev.h"
#include "roundtrip.h"

#include <unistd.h>

/* ---- the test device ---- */

enum { MEMORY = 0xff000000, MEMORY_SIZE = 0x10000 };

static u64 poke(struct bench *b, struct device *d, struct storm *r)
{
    u32 at = MEMORY + storm_next(r) % (MEMORY_SIZE / 4) * 4;
    (void)d;
    phys_store(&b->phys, at, storm_next(r), 4);
    return phys_load(&b->phys, MEMORY + storm_next(r) % MEMORY_SIZE, 1);
}

static void same_memory(struct bench *a, struct device *da, struct bench *b, struct device *db)
{
    (void)a, (void)b;
    ck_assert_int_eq(memcmp(((struct testdev *)da)->ram, ((struct testdev *)db)->ram, MEMORY_SIZE),
                     0);
}

static struct device *make_testdev(struct bench *b)
{
    struct testdev *t = (struct testdev *)device_new(&testdev_class, NULL);
    for (int i = 0; i < TESTDEV_LINES; i++)
        t->irq[i] = bench_line(b, i);
    bench_start(b, &t->dev);
    b->step = poke;
    b->same = same_memory;
    return &t->dev;
}

START_TEST(testdev_storm)
{
    static struct bench b;
    static u16 ports[64];
    bench_init(&b);
    struct device *d = make_testdev(&b);
    unsigned count = bench_ports(&b, ports, ARRAY_SIZE(ports));
    ck_assert_uint_eq(count, 4 + TESTDEV_LINES);
    struct storm r = {1};
    for (unsigned i = 0; i < 200; i++)
        poke(&b, d, &r);
    register_storm(&b, d, make_testdev, ports, count, 400, NS_PER_US);
    bench_free(&b, d);
}
END_TEST

/* ---- the -kernel loader ---- */

enum { PORT_LOAD = 0x8910, PORT_ENTRY = 0x8914, PORT_INFO = 0x8918, RAM = 2 << 20 };
static char kernel_path[] = "/tmp/ferrite-kernel-XXXXXX";

static void write_kernel(void)
{
    /* A header with addresses: loaded at 1 MB, 64 bytes, entered behind the header. */
    u8 k[64] = {0};
    put_le32(k, 0x1badb002);
    put_le32(k + 4, 0x10000);
    put_le32(k + 8, 0u - 0x1badb002u - 0x10000u);
    put_le32(k + 12, 0x100000);
    put_le32(k + 16, 0x100000);
    put_le32(k + 20, 0x100000 + sizeof(k));
    put_le32(k + 24, 0x100000 + sizeof(k));
    put_le32(k + 28, 0x100020);
    int fd = mkstemp(kernel_path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, k, sizeof(k)), sizeof(k));
    close(fd);
}

static struct device *make_loader(struct bench *b)
{
    struct multiboot *m = (struct multiboot *)device_new(&multiboot_class, NULL);
    phys_map_ram(&b->phys, 0, RAM, b->phys.ram);
    m->kernel = kernel_path;
    m->append = "one two";
    bench_start(b, &m->dev);
    return &m->dev;
}

START_TEST(loader_storm)
{
    static struct bench b;
    static const u16 ports[] = {PORT_LOAD, PORT_ENTRY, PORT_INFO};
    write_kernel();
    bench_init_with(&b, RAM);
    struct device *d = make_loader(&b);
    /* As the option ROM does: a map of memory, then loading. */
    bus_out(&b.bus, PORT_LOAD, 0, 4);
    for (u32 i = 0; i < 10; i++)
        bus_out(&b.bus, PORT_INFO, 0x1000 * (i + 1), 4);
    round_trip(&b, d, make_loader);
    ck_assert_uint_ne(bus_in(&b.bus, PORT_LOAD, 4), 0);
    ck_assert_uint_eq(bus_in(&b.bus, PORT_ENTRY, 4), 0x100020);
    ck_assert_uint_ge(bus_in(&b.bus, PORT_INFO, 4), 0x100040);
    round_trip(&b, d, make_loader);
    register_storm(&b, d, make_loader, ports, ARRAY_SIZE(ports), 100, NS_PER_US);
    device_reset(d); /* nothing loaded, where the other has a life behind it */
    round_trip(&b, d, make_loader);
    bench_free(&b, d);
    unlink(kernel_path);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("firmware_state");
    tcase_add_test(t, testdev_storm);
    tcase_add_test(t, loader_storm);
    return t;
}

int main(void)
{
    return run_suite("firmware_state", cases);
}
