/*
 * test_uart.c - the 16550A and the printer port: timing, FIFOs, interrupts, loopback, modem lines.
 */
#include "hw/serial/lpt.h"
#include "hw/serial/uart16550.h"
#include "roundtrip.h"

enum { RBR = 0x3f8, IER, IIR, LCR, MCR, LSR, MSR, SCR, IRQ = 4 };

static struct {
    u8 out[4096];
    size_t out_count;
    const char *in;
} host;

static void host_write(void *opaque, const u8 *data, size_t len)
{
    (void)opaque;
    for (size_t i = 0; i < len; i++)
        host.out[host.out_count++ % sizeof(host.out)] = data[i];
}

static size_t host_read(void *opaque, u8 *data, size_t max)
{
    size_t n = 0;
    (void)opaque;
    while (host.in && *host.in && n < max)
        data[n++] = (u8)*host.in++;
    return n;
}

/* Characters come in. */
static u64 talk(struct bench *b, struct device *d, struct storm *r)
{
    static const char text[] = "All good things come in threes, and some in sixteens and more.";
    const char *before = host.in;
    (void)b;
    host.in = text + storm_next(r) % (sizeof(text) - 1);
    uart16550_poll((struct uart16550 *)d);
    u64 left = host.in ? strlen(host.in) : 0;
    host.in = before;
    return left;
}

static struct device *make(struct bench *b)
{
    struct uart16550 *u = (struct uart16550 *)device_new(&uart16550_class, "serial0");
    u->base = RBR;
    u->irq = bench_line(b, IRQ);
    u->stream = (struct stream){host_write, host_read, NULL};
    bench_start(b, &u->dev);
    b->step = talk;
    return &u->dev;
}

static struct device *make_lpt(struct bench *b)
{
    struct lpt *p = (struct lpt *)device_new(&lpt_class, "parallel0");
    p->base = 0x378;
    p->irq = bench_line(b, 7);
    p->stream = (struct stream){host_write, NULL, NULL};
    bench_start(b, &p->dev);
    return &p->dev;
}

static struct bench b;
static struct uart16550 *u;

static void setup(void)
{
    memset(&host, 0, sizeof(host));
    bench_init(&b);
    u = (struct uart16550 *)make(&b);
    out8(&b, LCR, 0x83);
    out8(&b, RBR, 12); /* 9600 baud */
    out8(&b, IER, 0);
    out8(&b, LCR, 0x03); /* 8N1 */
    out8(&b, MCR, 0x0b);
}

static void teardown(void)
{
    bench_free(&b, &u->dev);
}

#define CHAR_NS (10 * NS_PER_SEC / 9600)

START_TEST(divisor_latch_and_scratch)
{
    out8(&b, SCR, 0x5a);
    ck_assert_uint_eq(in8(&b, SCR), 0x5a);
    out8(&b, LCR, 0x83);
    ck_assert_uint_eq(in8(&b, RBR), 12);
    ck_assert_uint_eq(in8(&b, IER), 0);
    out8(&b, IER, 0x12);
    ck_assert_uint_eq(u->divisor, 0x120c);
    out8(&b, LCR, 0x03);
    ck_assert_uint_eq(in8(&b, IER), 0);
    ck_assert_uint_eq(in8(&b, IIR), 0x01); /* FIFOs off */
    out8(&b, IIR, 0x01);
    ck_assert_uint_eq(in8(&b, IIR), 0xc1);
    out8(&b, IIR, 0x00);
    ck_assert_uint_eq(in8(&b, IIR), 0x01);
}
END_TEST

START_TEST(transmit_takes_its_time)
{
    ck_assert_uint_eq(in8(&b, LSR), 0x60);
    out8(&b, RBR, 'a'); /* goes to the shift register at once */
    ck_assert_uint_eq(host.out_count, 1);
    ck_assert_uint_eq(in8(&b, LSR), 0x20);
    out8(&b, RBR, 'b'); /* waits in THR */
    ck_assert_uint_eq(host.out_count, 1);
    ck_assert_uint_eq(in8(&b, LSR), 0x00);
    run_for(&b, CHAR_NS - 1000);
    ck_assert_uint_eq(in8(&b, LSR), 0x00);
    run_for(&b, 2000);
    ck_assert_uint_eq(in8(&b, LSR), 0x20);
    ck_assert_uint_eq(host.out_count, 2);
    run_for(&b, CHAR_NS);
    ck_assert_uint_eq(in8(&b, LSR), 0x60);
    ck_assert_int_eq(memcmp(host.out, "ab", 2), 0);
}
END_TEST

START_TEST(transmit_fifo_and_thre_interrupt)
{
    out8(&b, IIR, 0x07);
    out8(&b, IER, 0x02); /* THR is empty: asks at once */
    ck_assert_int_eq(b.level[IRQ], 1);
    ck_assert_uint_eq(in8(&b, IIR), 0xc2);
    ck_assert_int_eq(b.level[IRQ], 0); /* reading took it back */
    for (int i = 0; i < 17; i++)       /* one in the shift register, sixteen waiting */
        out8(&b, RBR, (u8)('A' + i));
    ck_assert_uint_eq(u->tx.count, 16);
    ck_assert_uint_eq(in8(&b, LSR), 0x00);
    run_for(&b, 15 * CHAR_NS + CHAR_NS / 2);
    ck_assert_int_eq(b.level[IRQ], 0);
    run_for(&b, CHAR_NS);
    ck_assert_int_eq(b.level[IRQ], 1);
    ck_assert_uint_eq(in8(&b, LSR), 0x20);
    run_for(&b, CHAR_NS);
    ck_assert_uint_eq(in8(&b, LSR), 0x60);
    ck_assert_int_eq(memcmp(host.out, "ABCDEFGHIJKLMNOPQ", 17), 0);
}
END_TEST

START_TEST(receive_without_fifo)
{
    host.in = "xyz";
    out8(&b, IER, 0x01);
    uart16550_poll(u);
    ck_assert_uint_eq(in8(&b, LSR) & 1, 0);
    run_for(&b, CHAR_NS + 1000);
    ck_assert_int_eq(b.level[IRQ], 1);
    ck_assert_uint_eq(in8(&b, IIR), 0x04);
    run_for(&b, 10 * CHAR_NS); /* the host waits: no overrun */
    ck_assert_uint_eq(in8(&b, LSR), 0x61);
    ck_assert_uint_eq(in8(&b, RBR), 'x');
    ck_assert_int_eq(b.level[IRQ], 0);
    run_for(&b, CHAR_NS + 1000);
    ck_assert_uint_eq(in8(&b, RBR), 'y');
    run_for(&b, CHAR_NS + 1000);
    ck_assert_uint_eq(in8(&b, RBR), 'z');
    run_for(&b, 10 * CHAR_NS);
    ck_assert_uint_eq(in8(&b, LSR), 0x60);
}
END_TEST

START_TEST(receive_fifo_trigger_and_timeout)
{
    out8(&b, IIR, 0x47); /* trigger at 4 */
    out8(&b, IER, 0x01);
    host.in = "12345";
    uart16550_poll(u);
    run_for(&b, 3 * CHAR_NS + CHAR_NS / 2);
    ck_assert_int_eq(b.level[IRQ], 0);
    run_for(&b, CHAR_NS);
    ck_assert_int_eq(b.level[IRQ], 1);
    ck_assert_uint_eq(in8(&b, IIR), 0xc4);
    for (char c = '1'; c <= '4'; c++)
        ck_assert_uint_eq(in8(&b, RBR), (u8)c);
    ck_assert_int_eq(b.level[IRQ], 0);
    run_for(&b, CHAR_NS); /* the fifth arrives, below the trigger */
    ck_assert_int_eq(b.level[IRQ], 0);
    ck_assert_uint_eq(in8(&b, LSR) & 1, 1);
    run_for(&b, 5 * CHAR_NS);
    ck_assert_uint_eq(in8(&b, IIR), 0xcc);
    ck_assert_uint_eq(in8(&b, RBR), '5');
    ck_assert_int_eq(b.level[IRQ], 0);
    ck_assert_uint_eq(in8(&b, IIR), 0xc1);
}
END_TEST

START_TEST(out2_gates_the_interrupt)
{
    out8(&b, MCR, 0x03);
    out8(&b, IER, 0x02);
    ck_assert_int_eq(b.level[IRQ], 0);
    out8(&b, MCR, 0x0b);
    ck_assert_int_eq(b.level[IRQ], 1);
}
END_TEST

START_TEST(modem_lines)
{
    ck_assert_uint_eq(in8(&b, MSR), 0xb0);
    out8(&b, IER, 0x08);
    out8(&b, MCR, 0x18); /* loopback with OUT2 = DCD only */
    ck_assert_int_eq(b.level[IRQ], 1);
    ck_assert_uint_eq(in8(&b, IIR), 0x00);
    ck_assert_uint_eq(in8(&b, MSR), 0x83); /* CTS and DSR fell */
    ck_assert_int_eq(b.level[IRQ], 0);
    out8(&b, MCR, 0x1f);
    ck_assert_uint_eq(in8(&b, MSR), 0xf3); /* a rising RI is not a change */
    out8(&b, MCR, 0x1b);
    ck_assert_uint_eq(in8(&b, MSR), 0xb4); /* its fall is */
}
END_TEST

START_TEST(loopback_overrun_and_break)
{
    out8(&b, MCR, 0x1b);
    out8(&b, IER, 0x04);
    out8(&b, RBR, 'q');
    run_for(&b, 2 * CHAR_NS);
    ck_assert_uint_eq(host.out_count, 0);
    ck_assert_uint_eq(in8(&b, LSR), 0x61);
    out8(&b, RBR, 'r');
    run_for(&b, 2 * CHAR_NS);
    ck_assert_int_eq(b.level[IRQ], 1);
    ck_assert_uint_eq(in8(&b, IIR), 0x06);
    ck_assert_uint_eq(in8(&b, LSR), 0x63); /* overrun, once */
    ck_assert_uint_eq(in8(&b, LSR), 0x61);
    ck_assert_uint_eq(in8(&b, RBR), 'r');
    out8(&b, LCR, 0x43);
    ck_assert_uint_eq(in8(&b, LSR), 0x71); /* break: a zero with BI */
    ck_assert_uint_eq(in8(&b, RBR), 0);
    out8(&b, LCR, 0x00); /* five bits */
    out8(&b, RBR, 0xff);
    run_for(&b, 2 * CHAR_NS);
    ck_assert_uint_eq(in8(&b, RBR), 0x1f);
}
END_TEST

START_TEST(uart_storm)
{
    static const u16 ports[] = {RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR};
    for (int i = 0; i < 10; i++) {
        host.in = "The quick brown fox jumps over the lazy dog and does so many times over, "
                  "until the buffer in the port is full and then some. "
                  "The quick brown fox jumps over the lazy dog and does so many times over, "
                  "until the buffer in the port is full and then some.";
        uart16550_poll(u);
        register_storm(&b, &u->dev, make, ports, ARRAY_SIZE(ports), 20000, 200000);
    }
}
END_TEST

/* ---- printer port ---- */

START_TEST(printer)
{
    struct bench lb;
    bench_init(&lb);
    struct device *d = make_lpt(&lb);
    ck_assert_uint_eq(in8(&lb, 0x379) & 0xf8, 0xd8); /* ready, selected, no error */
    out8(&lb, 0x37a, 0x1c);
    ck_assert_uint_eq(in8(&lb, 0x37a), 0xfc);
    for (const char *s = "Hi"; *s; s++) {
        out8(&lb, 0x378, (u8)*s);
        ck_assert_uint_eq(in8(&lb, 0x378), (u8)*s);
        int before = lb.rises[7];
        out8(&lb, 0x37a, 0x1d);
        out8(&lb, 0x37a, 0x1c);
        ck_assert_uint_eq(in8(&lb, 0x379) & 0xc0, 0x40); /* busy */
        run_for(&lb, 6 * NS_PER_US);
        ck_assert_uint_eq(in8(&lb, 0x379) & 0xc0, 0x00); /* acknowledging */
        ck_assert_int_eq(lb.rises[7], before);
        run_for(&lb, 6 * NS_PER_US);
        ck_assert_uint_eq(in8(&lb, 0x379) & 0xc0, 0xc0);
        ck_assert_int_eq(lb.rises[7], before + 1);
    }
    ck_assert_uint_eq(host.out_count, 2);
    ck_assert_int_eq(memcmp(host.out, "Hi", 2), 0);
    static const u16 ports[] = {0x378, 0x379, 0x37a};
    register_storm(&lb, d, make_lpt, ports, ARRAY_SIZE(ports), 100000, 10000);
    bench_free(&lb, d);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("UART");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, divisor_latch_and_scratch);
    tcase_add_test(t, transmit_takes_its_time);
    tcase_add_test(t, transmit_fifo_and_thre_interrupt);
    tcase_add_test(t, receive_without_fifo);
    tcase_add_test(t, receive_fifo_trigger_and_timeout);
    tcase_add_test(t, out2_gates_the_interrupt);
    tcase_add_test(t, modem_lines);
    tcase_add_test(t, loopback_overrun_and_break);
    tcase_add_test(t, uart_storm);
    tcase_add_test(t, printer);
    return t;
}

int main(void)
{
    return run_suite("UART", cases);
}
