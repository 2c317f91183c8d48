/*
 * test_busmouse.c - the example of hw/README.md does what a driver of the card expects, survives
 * saving and loading, and is not there unless it was asked for.
 */
#include "tests/example/busmouse.h"
#include "tests/unit/roundtrip.h"

enum { DATA = 0x23c, SIGNATURE, CONTROL, CONFIG };

static struct bench b;

static struct busmouse *create(struct bench *bench, bool enabled)
{
    struct busmouse *m = (struct busmouse *)device_new(&busmouse_class, NULL);
    m->enabled = enabled;
    m->irq = bench_line(bench, 5);
    bench_start(bench, &m->dev);
    return m;
}

static struct device *make(struct bench *bench)
{
    return &create(bench, true)->dev;
}

/* As a driver reads it: four nibbles, the first one holds the counters. */
static void read_mouse(s8 *right, s8 *down, u8 *buttons)
{
    u8 nibble[4];
    for (unsigned i = 0; i < 4; i++) {
        out8(&b, CONTROL, (u8)(0x80 | i << 5));
        nibble[i] = in8(&b, DATA);
    }
    *right = (s8)((nibble[0] & 15) | (nibble[1] & 15) << 4);
    *down = (s8)((nibble[2] & 15) | (nibble[3] & 15) << 4);
    *buttons = (u8)~nibble[3] >> 5;
    out8(&b, CONTROL, 0);
}

START_TEST(answers_a_driver)
{
    bench_init(&b);
    struct busmouse *m = create(&b, true);
    out8(&b, CONFIG, 0x91);
    out8(&b, SIGNATURE, 0xa5);
    ck_assert_uint_eq(in8(&b, SIGNATURE), 0xa5);

    s8 right, down;
    u8 buttons;
    busmouse_move(m, 5, -7, 1);
    busmouse_move(m, 20, -30, 1 | 2);
    read_mouse(&right, &down, &buttons);
    ck_assert_int_eq(right, 25);
    ck_assert_int_eq(down, -37);
    ck_assert_uint_eq(buttons, 4 | 1); /* the card has left at the top, right at the bottom */
    busmouse_move(m, 1000000, -1000000, 4);
    read_mouse(&right, &down, &buttons);
    ck_assert_int_eq(right, 127);
    ck_assert_int_eq(down, -128);
    ck_assert_uint_eq(buttons, 2);
    read_mouse(&right, &down, &buttons);
    ck_assert(right == 0 && down == 0);
    bench_free(&b, &m->dev);
}
END_TEST

START_TEST(interrupts_30_times_a_second)
{
    bench_init(&b);
    struct busmouse *m = create(&b, true);
    run_for(&b, NS_PER_SEC);
    ck_assert_int_eq(b.rises[5], 0);
    out8(&b, CONTROL, 0);
    run_for(&b, NS_PER_SEC);
    ck_assert_int_eq(b.rises[5], 30);
    while (!b.level[5])
        run_for(&b, NS_PER_MS);
    out8(&b, CONTROL, 0x10); /* the line is let go at once */
    ck_assert_int_eq(b.level[5], 0);
    bench_free(&b, &m->dev);
}
END_TEST

START_TEST(survives_saving_and_anything_written)
{
    static const u16 ports[] = {DATA, SIGNATURE, CONTROL, CONFIG};
    bench_init(&b);
    struct busmouse *m = create(&b, true);
    busmouse_move(m, 50, -60, 5);
    out8(&b, CONTROL, 0x80);
    busmouse_move(m, -3, 4, 3);
    out8(&b, SIGNATURE, 0x5a);
    run_for(&b, 20 * NS_PER_MS);
    round_trip(&b, &m->dev, make);
    register_storm(&b, &m->dev, make, ports, ARRAY_SIZE(ports), 2000, 50 * NS_PER_MS);
    bench_free(&b, &m->dev);
}
END_TEST

START_TEST(is_not_there_unless_asked_for)
{
    bench_init(&b);
    struct busmouse *m = create(&b, false);
    out8(&b, SIGNATURE, 0xa5);
    ck_assert_uint_eq(in8(&b, SIGNATURE), 0xff);
    out8(&b, CONTROL, 0);
    run_for(&b, NS_PER_SEC);
    ck_assert_int_eq(b.rises[5], 0);
    bench_free(&b, &m->dev);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("busmouse");
    tcase_add_test(t, answers_a_driver);
    tcase_add_test(t, interrupts_30_times_a_second);
    tcase_add_test(t, survives_saving_and_anything_written);
    tcase_add_test(t, is_not_there_unless_asked_for);
    return t;
}

int main(void)
{
    return run_suite("busmouse", cases);
}
