/*
 * test_busmouse.c - the example of hw/README.md does what a driver of the card expects, survives
 * saving and loading, and is in a machine whose rows name it and in no other. overlay/ holds the
 * row that it gets in hw/machine/classes.def.
 */
#include "hw/machine/pc.h"
#include "tests/example/busmouse.h"
#include "tests/unit/roundtrip.h"

enum { DATA = 0x23c, SIGNATURE, CONTROL, CONFIG };

static struct bench b;

static struct busmouse *create(struct bench *bench)
{
    struct busmouse *m = (struct busmouse *)device_new(&busmouse_class, NULL);
    m->irq = bench_line(bench, 5);
    bench_start(bench, &m->dev);
    return m;
}

static struct device *make(struct bench *bench)
{
    return &create(bench)->dev;
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
    struct busmouse *m = create(&b);
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
    struct busmouse *m = create(&b);
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
    struct busmouse *m = create(&b);
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

/* ---- in a machine ---- */

static struct pc *machine(struct clock *clock, const char *device, struct err *e)
{
    struct row row;
    const struct row *rows[] = {&row};
    struct pc_signals signals = {.intr = {NULL, NULL, 0}};
    struct vm_config c = {.ram_mb = 1, .rows = rows, .row_count = device != NULL};
    clock_init(clock);
    ck_assert(!device || row_parse(&row, "-device", device, e));
    struct pc *pc = pc_new(&c, clock, &signals, e);
    if (pc)
        pc_reset(pc);
    return pc;
}

START_TEST(is_where_a_row_says)
{
    struct clock clock;
    struct err e;
    struct pc *pc = machine(&clock, NULL, &e);
    ck_assert_ptr_nonnull(pc);
    bus_out(&pc->bus, SIGNATURE, 0xa5, 1);
    ck_assert_uint_eq(bus_in(&pc->bus, SIGNATURE, 1), 0xff);
    pc_free(pc, NULL);
    clock_free(&clock);

    pc = machine(&clock, "busmouse,irq=3", &e);
    ck_assert_msg(pc != NULL, "%s", e.text);
    bus_out(&pc->bus, SIGNATURE, 0xa5, 1);
    ck_assert_uint_eq(bus_in(&pc->bus, SIGNATURE, 1), 0xa5);
    bus_out(&pc->bus, CONTROL, 0, 1);
    clock_advance(&clock, clock.now + NS_PER_SEC / 50);
    bus_out(&pc->bus, 0x20, 0x0a, 1); /* the 8259's IRR */
    ck_assert_uint_eq(bus_in(&pc->bus, 0x20, 1) & 0x08, 0x08);
    pc_free(pc, NULL);
    clock_free(&clock);
}
END_TEST

START_TEST(is_told_what_is_wrong)
{
    static const char *const wrong[][2] = {
        {"busmouse,irq=7", "-device busmouse: irq=7: out of range (3 to 5)"},
        {"busmouse,iqr=5", "-device busmouse: there is no property \"iqr\"; did you mean irq?"},
        {"busmuose", "-device busmuose: there is no device \"busmuose\"; did you mean busmouse?"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct clock clock;
        struct err e;
        ck_assert_ptr_null(machine(&clock, wrong[i][0], &e));
        ck_assert_str_eq(e.text, wrong[i][1]);
        clock_free(&clock);
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("busmouse");
    tcase_add_test(t, answers_a_driver);
    tcase_add_test(t, interrupts_30_times_a_second);
    tcase_add_test(t, survives_saving_and_anything_written);
    tcase_add_test(t, is_where_a_row_says);
    tcase_add_test(t, is_told_what_is_wrong);
    return t;
}

int main(void)
{
    return run_suite("busmouse", cases);
}
