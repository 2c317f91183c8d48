/*
 * test_i8259.c - the interrupt controllers without a processor: the data sheet's modes one by one.
 */
#include "hw/chipset/i8259.h"
#include "roundtrip.h"

enum { INTR = 0 };

static struct device *make(struct bench *b)
{
    struct i8259 *pic = (struct i8259 *)device_new(&i8259_class, NULL);
    pic->intr = bench_line(b, INTR);
    bench_start(b, &pic->dev);
    return &pic->dev;
}

static struct bench b;
static struct i8259 *pic;

static void init_pair(u8 icw4)
{
    out8(&b, 0x20, 0x11);
    out8(&b, 0x21, 0x08);
    out8(&b, 0x21, 0x04);
    out8(&b, 0x21, icw4);
    out8(&b, 0xa0, 0x11);
    out8(&b, 0xa1, 0x70);
    out8(&b, 0xa1, 0x02);
    out8(&b, 0xa1, 0x01);
    out8(&b, 0x21, 0x00);
    out8(&b, 0xa1, 0x00);
}

static void setup(void)
{
    bench_init(&b);
    pic = (struct i8259 *)make(&b);
    init_pair(0x01);
}

static void teardown(void)
{
    bench_free(&b, &pic->dev);
}

static void line(int n, int level)
{
    i8259_input(pic, n, level);
}

static u8 isr(u16 port)
{
    out8(&b, port, 0x0b);
    return in8(&b, port);
}

static u8 irr(u16 port)
{
    out8(&b, port, 0x0a);
    return in8(&b, port);
}

START_TEST(edge_request_and_eoi)
{
    line(1, 1);
    ck_assert_int_eq(b.level[INTR], 1);
    ck_assert_uint_eq(irr(0x20), 0x02);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x09);
    ck_assert_int_eq(b.level[INTR], 0);
    ck_assert_uint_eq(isr(0x20), 0x02);
    ck_assert_uint_eq(irr(0x20), 0x00);
    out8(&b, 0x20, 0x20);
    ck_assert_uint_eq(isr(0x20), 0x00);
    ck_assert_int_eq(b.level[INTR], 0); /* still high: no new edge */
    line(1, 0);
    line(1, 1);
    ck_assert_int_eq(b.level[INTR], 1);
}
END_TEST

START_TEST(priorities_nest)
{
    line(5, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0d);
    line(6, 1); /* lower: waits */
    ck_assert_int_eq(b.level[INTR], 0);
    line(3, 1); /* higher: interrupts the handler */
    ck_assert_int_eq(b.level[INTR], 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0b);
    ck_assert_uint_eq(isr(0x20), 0x28);
    out8(&b, 0x20, 0x20); /* non-specific: the highest in service */
    ck_assert_uint_eq(isr(0x20), 0x20);
    out8(&b, 0x20, 0x65); /* specific */
    ck_assert_uint_eq(isr(0x20), 0x00);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0e);
}
END_TEST

START_TEST(mask_holds_a_request)
{
    out8(&b, 0x21, 0x02);
    ck_assert_uint_eq(in8(&b, 0x21), 0x02);
    line(1, 1);
    ck_assert_int_eq(b.level[INTR], 0);
    ck_assert_uint_eq(irr(0x20), 0x02);
    out8(&b, 0x21, 0x00);
    ck_assert_int_eq(b.level[INTR], 1);
}
END_TEST

START_TEST(withdrawn_request_is_spurious)
{
    line(4, 1);
    line(4, 0);
    ck_assert_int_eq(b.level[INTR], 0);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0f); /* IR7, not in service */
    ck_assert_uint_eq(isr(0x20), 0x00);
}
END_TEST

START_TEST(slave_spurious_is_15)
{
    line(12, 1);
    ck_assert_int_eq(b.level[INTR], 1);
    out8(&b, 0xa1, 0x10); /* masked between request and acknowledge, as seen by the slave only */
    ck_assert_int_eq(b.level[INTR], 0);
    out8(&b, 0xa1, 0x00);
    pic->chip[1].irr = 0; /* the race itself: INT is up and the reason is gone */
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x77);
    ck_assert_uint_eq(isr(0xa0), 0x00);
    ck_assert_uint_eq(isr(0x20), 0x04); /* the master does not know */
}
END_TEST

START_TEST(cascade)
{
    line(10, 1);
    line(14, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x72);
    ck_assert_uint_eq(isr(0x20), 0x04);
    ck_assert_uint_eq(isr(0xa0), 0x04);
    ck_assert_int_eq(b.level[INTR], 0);
    line(8, 1); /* better on the slave, but the master has IR2 in service */
    ck_assert_int_eq(b.level[INTR], 0);
    out8(&b, 0xa0, 0x20);
    out8(&b, 0x20, 0x20);
    ck_assert_int_eq(b.level[INTR], 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x70);
    out8(&b, 0xa0, 0x20);
    out8(&b, 0x20, 0x20);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x76);
}
END_TEST

START_TEST(special_fully_nested)
{
    init_pair(0x11);
    line(14, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x76);
    line(15, 1); /* worse */
    ck_assert_int_eq(b.level[INTR], 0);
    line(9, 1); /* better: passes although IR2 is in service */
    ck_assert_int_eq(b.level[INTR], 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x71);
}
END_TEST

START_TEST(automatic_eoi_and_rotation)
{
    init_pair(0x03);
    line(3, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0b);
    ck_assert_uint_eq(isr(0x20), 0x00);
    out8(&b, 0x20, 0x80); /* rotate in automatic EOI mode */
    line(5, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0d);
    /* IR5 is the lowest now: IR6 comes before IR0. */
    line(0, 1);
    line(6, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0e);
    out8(&b, 0x20, 0x00); /* off again */
    line(6, 0);
    line(6, 1); /* IR6 is the lowest */
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x08);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0e);
}
END_TEST

START_TEST(rotation_by_command)
{
    out8(&b, 0x20, 0xc3); /* IR3 lowest, IR4 highest */
    line(0, 1);
    line(4, 1);
    line(3, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0c);
    out8(&b, 0x20, 0xa0); /* non-specific EOI with rotation: IR4 lowest */
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x08);
    out8(&b, 0x20, 0xe0); /* specific EOI of IR0 with rotation: IR0 lowest */
    ck_assert_uint_eq(isr(0x20), 0x00);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0b);
}
END_TEST

START_TEST(special_mask)
{
    line(2 + 1, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0b);
    line(6, 1);
    ck_assert_int_eq(b.level[INTR], 0);
    out8(&b, 0x21, 0x08); /* mask the one in service */
    ck_assert_int_eq(b.level[INTR], 0);
    out8(&b, 0x20, 0x68); /* special mask on: lower levels come through */
    ck_assert_int_eq(b.level[INTR], 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x0e);
    out8(&b, 0x20, 0x20); /* does not see the masked IR3 */
    ck_assert_uint_eq(isr(0x20), 0x08);
    out8(&b, 0x20, 0x63);
    ck_assert_uint_eq(isr(0x20), 0x00);
    out8(&b, 0x20, 0x48); /* off */
}
END_TEST

START_TEST(poll)
{
    out8(&b, 0x20, 0x0c);
    ck_assert_uint_eq(in8(&b, 0x20) & 0x80, 0);
    line(6, 1);
    out8(&b, 0x20, 0x0c);
    ck_assert_uint_eq(in8(&b, 0x20), 0x86);
    ck_assert_uint_eq(isr(0x20), 0x40);
    ck_assert_int_eq(b.level[INTR], 0);
}
END_TEST

START_TEST(level_triggered)
{
    out8(&b, 0x4d1, 0xff);
    ck_assert_uint_eq(in8(&b, 0x4d1), 0xde); /* RTC and coprocessor stay edges */
    out8(&b, 0x4d0, 0xff);
    ck_assert_uint_eq(in8(&b, 0x4d0), 0xf8);
    line(11, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x73);
    out8(&b, 0xa0, 0x20);
    out8(&b, 0x20, 0x20);
    ck_assert_int_eq(b.level[INTR], 1); /* still asserted */
    line(11, 0);
    ck_assert_int_eq(b.level[INTR], 0);
}
END_TEST

START_TEST(initialisation_forgets)
{
    line(1, 1);
    out8(&b, 0x20, 0x11);
    ck_assert_int_eq(b.level[INTR], 0);
    out8(&b, 0x21, 0x20);
    out8(&b, 0x21, 0x04);
    out8(&b, 0x21, 0x01);
    ck_assert_int_eq(b.level[INTR], 0); /* needs a new edge */
    ck_assert_uint_eq(in8(&b, 0x21), 0x00);
    line(1, 0);
    line(1, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x21);
    /* Without ICW4 and in single mode, two words are enough. */
    out8(&b, 0x20, 0x12);
    out8(&b, 0x21, 0x40);
    out8(&b, 0x21, 0xfb);
    ck_assert_uint_eq(in8(&b, 0x21), 0xfb);
    line(9, 1);
    ck_assert_uint_eq(i8259_acknowledge(pic), 0x42); /* no cascade */
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1};
    struct storm r = {12345};
    for (unsigned i = 0; i < 20; i++) {
        register_storm(&b, &pic->dev, make, ports, ARRAY_SIZE(ports), 5000, 1000);
        for (unsigned k = 0; k < 5000; k++) {
            u32 v = storm_next(&r);
            line((int)(v & 15), v >> 8 & 1);
            if (v >> 9 & 1)
                out8(&b, ports[v >> 16 & 3], (u8)(v >> 24));
            if (b.level[INTR] && (v >> 10 & 1))
                i8259_acknowledge(pic);
        }
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("8259A");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, edge_request_and_eoi);
    tcase_add_test(t, priorities_nest);
    tcase_add_test(t, mask_holds_a_request);
    tcase_add_test(t, withdrawn_request_is_spurious);
    tcase_add_test(t, slave_spurious_is_15);
    tcase_add_test(t, cascade);
    tcase_add_test(t, special_fully_nested);
    tcase_add_test(t, automatic_eoi_and_rotation);
    tcase_add_test(t, rotation_by_command);
    tcase_add_test(t, special_mask);
    tcase_add_test(t, poll);
    tcase_add_test(t, level_triggered);
    tcase_add_test(t, initialisation_forgets);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("8259A", cases);
}
