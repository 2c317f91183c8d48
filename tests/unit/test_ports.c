/*
 * test_ports.c - the small system ports: 61h, 92h and CF9h, F0h, and the debug ports.
 */
#include "hw/bus/slots.h"
#include "hw/chipset/ferr.h"
#include "hw/chipset/port61.h"
#include "hw/chipset/port92.h"
#include "hw/firmware/debugports.h"
#include "roundtrip.h"

static struct bench b;
static bool timer2;

static bool timer2_out(void *opaque)
{
    (void)opaque;
    return timer2;
}

static struct device *make61(struct bench *bench)
{
    struct port61 *p = (struct port61 *)device_new(&port61_class, NULL);
    p->gate2 = bench_line(bench, 2);
    p->timer2_out = timer2_out;
    bench_start(bench, &p->dev);
    return &p->dev;
}

static struct device *make92(struct bench *bench)
{
    struct port92 *p = (struct port92 *)device_new(&port92_class, NULL);
    p->a20 = bench_line(bench, 0);
    p->init = bench_line(bench, 1);
    p->reset = bench_line(bench, 2);
    bench_start(bench, &p->dev);
    return &p->dev;
}

static struct device *make_ferr(struct bench *bench)
{
    struct ferr *f = (struct ferr *)device_new(&ferr_class, NULL);
    f->irq = bench_line(bench, 13);
    bench_start(bench, &f->dev);
    return &f->dev;
}

static char console[64];

static void console_write(void *opaque, const u8 *data, size_t len)
{
    (void)opaque;
    strncat(console, (const char *)data,
            len < sizeof(console) - 1 - strlen(console) ? len
                                                        : sizeof(console) - 1 - strlen(console));
}

static struct device *make_debug(struct bench *bench)
{
    struct debugports *p = (struct debugports *)device_new(&debugports_class, NULL);
    p->power_off = bench_line(bench, 4);
    bench_start(bench, &p->dev);
    return &p->dev;
}

START_TEST(port61)
{
    bench_init(&b);
    struct device *d = make61(&b);
    struct port61 *p = (struct port61 *)d;
    out8(&b, 0x61, 0x01);
    ck_assert_int_eq(b.level[2], 1);
    ck_assert(!port61_speaker_on(p));
    out8(&b, 0x61, 0xff);
    ck_assert(port61_speaker_on(p));
    ck_assert_uint_eq(in8(&b, 0x61) & 0xcf, 0x0f); /* no NMI source */
    timer2 = true;
    ck_assert_uint_eq(in8(&b, 0x61) & 0x20, 0x20);
    timer2 = false;
    ck_assert_uint_eq(in8(&b, 0x61) & 0x20, 0x00);
    /* The refresh bit toggles every 15.085 us: 66 290 times a second. */
    int toggles = 0;
    u8 last = in8(&b, 0x61) & 0x10;
    for (int i = 0; i < 1000000; i++) {
        run_for(&b, NS_PER_US);
        u8 now = in8(&b, 0x61) & 0x10;
        toggles += now != last;
        last = now;
    }
    ck_assert_int_ge(toggles, 66289);
    ck_assert_int_le(toggles, 66292);
    static const u16 ports[] = {0x61};
    register_storm(&b, d, make61, ports, 1, 20000, 10000);
    bench_free(&b, d);
}
END_TEST

START_TEST(port92)
{
    bench_init(&b);
    struct device *d = make92(&b);
    ck_assert_uint_eq(in8(&b, 0x92), 0x02);
    out8(&b, 0x92, 0x00);
    ck_assert_int_eq(b.rises[0], 0);
    out8(&b, 0x92, 0x02);
    ck_assert_int_eq(b.level[0], 1);
    out8(&b, 0x92, 0x03);
    ck_assert_int_eq(b.rises[1], 1);
    out8(&b, 0x92, 0x03); /* only the rising bit resets */
    ck_assert_int_eq(b.rises[1], 1);
    ck_assert_int_eq(b.rises[2], 0);
    out8(&b, 0xcf9, 0x02);
    ck_assert_int_eq(b.rises[1] + b.rises[2], 1);
    out8(&b, 0xcf9, 0x06); /* hard: the board */
    ck_assert_int_eq(b.rises[1], 1);
    ck_assert_int_eq(b.rises[2], 1);
    out8(&b, 0xcf9, 0x00);
    out8(&b, 0xcf9, 0x04); /* soft: the processor */
    ck_assert_int_eq(b.rises[1], 2);
    ck_assert_int_eq(b.rises[2], 1);
    port92_mirror_a20((struct port92 *)d, false);
    ck_assert_uint_eq(in8(&b, 0x92) & 2, 0);
    static const u16 ports[] = {0x92, 0xcf9};
    register_storm(&b, d, make92, ports, 2, 20000, 1000);
    bench_free(&b, d);
}
END_TEST

START_TEST(coprocessor_error)
{
    bench_init(&b);
    struct device *d = make_ferr(&b);
    ferr_input((struct ferr *)d, true);
    ck_assert_int_eq(b.level[13], 1);
    ferr_input((struct ferr *)d, false);
    ck_assert_int_eq(b.level[13], 1); /* latched */
    round_trip(&b, d, make_ferr);
    out8(&b, 0xf0, 0);
    ck_assert_int_eq(b.level[13], 0);
    ferr_input((struct ferr *)d, true);
    ck_assert_int_eq(b.rises[13], 2);
    bench_free(&b, d);
}
END_TEST

START_TEST(debug_ports)
{
    bench_init(&b);
    struct device *d = make_debug(&b);
    out8(&b, 0x80, 0x55);
    ck_assert_uint_eq(in8(&b, 0x80), 0x55);
    for (const char *s = "ShutShutdow"; *s; s++)
        out8(&b, 0x8900, (u8)*s);
    ck_assert_int_eq(b.rises[4], 0);
    round_trip(&b, d, make_debug);
    out8(&b, 0x8900, 'n');
    ck_assert_int_eq(b.rises[4], 1);
    static const u16 ports[] = {0x80, 0x8900};
    register_storm(&b, d, make_debug, ports, ARRAY_SIZE(ports), 20000, 1000);
    bench_free(&b, d);
}
END_TEST

static u32 exited_with;

static void note_exit(void *owner, u32 value)
{
    *(u32 *)owner = value;
}

/* They have no state: what they are told leaves the machine at once. */
START_TEST(exit_port_and_console)
{
    struct slots slots = {.owner = &exited_with, .exit = note_exit};
    bench_init(&b);
    b.board.slots = &slots;
    struct device *exit = device_new(&debug_exit_class, NULL);
    struct debugcon *con = (struct debugcon *)device_new(&debugcon_class, NULL);
    con->console.write = console_write;
    bench_start(&b, exit);
    bench_start(&b, &con->dev);
    ck_assert_uint_eq(in8(&b, 0xe9), 0xe9);
    out8(&b, 0xe9, 'o');
    out8(&b, 0xe9, 'k');
    ck_assert_str_eq(console, "ok");
    bus_out(&b.bus, 0xf4, 0x12345678, 4);
    ck_assert_uint_eq(exited_with, 0x12345678);
    out8(&b, 0xf7, 3);
    ck_assert_uint_eq(exited_with, 3);
    ck_assert_uint_eq(in8(&b, 0xf4), 0xff);
    device_free(exit);
    bench_free(&b, &con->dev);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("ports");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, port61);
    tcase_add_test(t, port92);
    tcase_add_test(t, coprocessor_error);
    tcase_add_test(t, debug_ports);
    tcase_add_test(t, exit_port_and_console);
    return t;
}

int main(void)
{
    return run_suite("ports", cases);
}
