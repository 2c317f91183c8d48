/*
 * test_sermouse.c - the serial mouse on a port: it wakes up with DTR and RTS, packets, the middle
 * button, a port at the wrong speed.
 */
#include "hw/input/sermouse.h"
#include "roundtrip.h"

enum { RBR = 0x2f8, IER, IIR, LCR, MCR, LSR, MSR, IRQ = 3 };

static struct sermouse *mouse_of(struct bench *b)
{
    return (struct sermouse *)b->extra;
}

static u64 move(struct bench *b, struct device *d, struct storm *r)
{
    u32 v = storm_next(r);
    (void)d;
    sermouse_move((struct sermouse *)b->extra, (s8)v, (s8)(v >> 8), (u8)(v >> 16));
    return sermouse_ready((struct sermouse *)b->extra);
}

static struct device *make(struct bench *b)
{
    struct uart16550 *u = (struct uart16550 *)device_new(&uart16550_class, "serial1");
    struct sermouse *m = (struct sermouse *)device_new(&sermouse_class, NULL);
    u->base = RBR;
    u->irq = bench_line(b, IRQ);
    m->port = u;
    b->extra = &m->dev;
    b->step = move;
    bench_start(b, &u->dev);
    bench_start(b, &m->dev);
    return &u->dev;
}

static struct bench b;
static struct device *port;

static void set_speed(u8 divisor, u8 lcr)
{
    out8(&b, LCR, 0x80);
    out8(&b, RBR, divisor);
    out8(&b, IER, 0);
    out8(&b, LCR, lcr);
}

static void setup(void)
{
    bench_init(&b);
    port = make(&b);
    set_speed(96, 0x02); /* 1200 baud, 7N1 */
    out8(&b, MCR, 0);
}

static void teardown(void)
{
    bench_free(&b, port);
}

/* The next byte within 30 ms, or -1. */
static int next(void)
{
    for (int i = 0; i < 30; i++) {
        if (in8(&b, LSR) & 1)
            return in8(&b, RBR);
        run_for(&b, NS_PER_MS);
    }
    return -1;
}

static void wake(void)
{
    out8(&b, MCR, 0x0b);
    ck_assert_int_eq(next(), 'M');
    ck_assert_int_eq(next(), '3');
    ck_assert_int_eq(next(), -1);
}

static void expect(const int *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ck_assert_int_eq(next(), bytes[i]);
    ck_assert_int_eq(next(), -1);
}
#define EXPECT(...)                                                                                \
    do {                                                                                           \
        static const int bytes_[] = {__VA_ARGS__};                                                 \
        expect(bytes_, ARRAY_SIZE(bytes_));                                                        \
    } while (0)

START_TEST(wakes_up_with_both_lines)
{
    out8(&b, MCR, 0x01); /* DTR alone */
    ck_assert_int_eq(next(), -1);
    sermouse_move(mouse_of(&b), 5, 5, 1);
    wake(); /* what happened before is forgotten */
    out8(&b, MCR, 0x09);
    ck_assert_int_eq(next(), -1);
    sermouse_move(mouse_of(&b), 1, 1, 0);
    ck_assert(sermouse_ready(mouse_of(&b)));
    wake(); /* drivers look for it this way */
}
END_TEST

START_TEST(packets)
{
    wake();
    sermouse_move(mouse_of(&b), 3, -2, 0);
    EXPECT(0x4c, 0x03, 0x3e);
    sermouse_move(mouse_of(&b), -100, 70, 0);
    EXPECT(0x46, 0x1c, 0x06);
    sermouse_move(mouse_of(&b), 0, 0, 1);
    ck_assert(sermouse_ready(mouse_of(&b)));
    EXPECT(0x60, 0, 0);
    sermouse_move(mouse_of(&b), 0, 0, 2);
    EXPECT(0x50, 0, 0);
    sermouse_move(mouse_of(&b), 0, 0, 0);
    EXPECT(0x40, 0, 0);
    sermouse_move(mouse_of(&b), 200, 0, 0); /* too far for one */
    EXPECT(0x41, 0x3f, 0, 0x41, 0x09, 0);
}
END_TEST

START_TEST(middle_button_has_a_fourth_byte)
{
    wake();
    sermouse_move(mouse_of(&b), 0, 0, 4);
    EXPECT(0x40, 0, 0, 0x20);
    sermouse_move(mouse_of(&b), 1, 0, 4);
    EXPECT(0x40, 1, 0, 0x20);
    sermouse_move(mouse_of(&b), 0, 0, 0);
    EXPECT(0x40, 0, 0, 0);
    sermouse_move(mouse_of(&b), 1, 0, 0);
    EXPECT(0x40, 1, 0);
}
END_TEST

START_TEST(changes_wait_for_the_wire)
{
    wake();
    sermouse_move(mouse_of(&b), 1, 0, 0);
    sermouse_move(mouse_of(&b), 0, 0, 1);
    ck_assert(!sermouse_ready(mouse_of(&b)));
    EXPECT(0x40, 1, 0, 0x60, 0, 0);
    ck_assert(sermouse_ready(mouse_of(&b)));
    sermouse_move(mouse_of(&b), 10, 0, 1);
    sermouse_move(mouse_of(&b), 20, 5, 1);
    sermouse_move(mouse_of(&b), 20, 5, 1); /* adds up */
    EXPECT(0x60, 10, 0, 0x60, 40, 10);
}
END_TEST

START_TEST(speed_and_word_length)
{
    set_speed(12, 0x03);
    out8(&b, MCR, 0x0b);
    ck_assert_int_eq(next(), -1);
    ck_assert_int_eq(next(), -1);
    set_speed(96, 0x03); /* 8 bits: the stop bit counts as one */
    sermouse_move(mouse_of(&b), 1, 0, 0);
    EXPECT(0xc0, 0x81, 0x80);
}
END_TEST

/* A snapshot with the mouse is not one of a machine without it, and the other way about. */
START_TEST(plugged_or_not)
{
    static struct bench c;
    bench_init(&c);
    struct device *none = device_new(&sermouse_class, NULL);
    struct err e;
    ck_assert(!device_realize(none, &c.board, &e));
    ck_assert_str_eq(e.text, "there is no serial port 0 for the mouse");
    free(none);
    bench_free(&c, NULL);
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {RBR, IER, IIR, LCR, MCR, LSR, MSR};
    struct storm r = {1};
    wake();
    for (int i = 0; i < 10; i++) {
        sermouse_move(mouse_of(&b), (int)storm_next(&r), (int)storm_next(&r), (u8)storm_next(&r));
        register_storm(&b, port, make, ports, ARRAY_SIZE(ports), 2000, 5 * NS_PER_MS);
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("serial mouse");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, wakes_up_with_both_lines);
    tcase_add_test(t, packets);
    tcase_add_test(t, middle_button_has_a_fourth_byte);
    tcase_add_test(t, changes_wait_for_the_wire);
    tcase_add_test(t, speed_and_word_length);
    tcase_add_test(t, plugged_or_not);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("serial mouse", cases);
}
