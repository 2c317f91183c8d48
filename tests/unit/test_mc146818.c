/*
 * test_mc146818.c - the real-time clock: calendar in all data modes, update cycle, interrupts.
 */
#include "hw/chipset/mc146818.h"
#include "roundtrip.h"

static struct device *make(struct bench *b)
{
    struct mc146818 *rtc = (struct mc146818 *)device_new(&mc146818_class, NULL);
    rtc->irq = bench_line(b, 8);
    rtc->nmi_disable = bench_line(b, 2);
    bench_start(b, &rtc->dev);
    return &rtc->dev;
}

static struct bench b;
static struct mc146818 *rtc;

static void setup(void)
{
    bench_init(&b);
    rtc = (struct mc146818 *)make(&b);
}

static void teardown(void)
{
    bench_free(&b, &rtc->dev);
}

static u8 get(u8 reg)
{
    out8(&b, 0x70, reg);
    return in8(&b, 0x71);
}

static void set(u8 reg, u8 v)
{
    out8(&b, 0x70, reg);
    out8(&b, 0x71, v);
}

static void set_date(u8 century, u8 year, u8 month, u8 day, u8 hour, u8 minute, u8 second)
{
    set(0x32, century);
    set(9, year);
    set(8, month);
    set(7, day);
    set(4, hour);
    set(2, minute);
    set(0, second);
}

static void expect_date(u8 century, u8 year, u8 month, u8 day, u8 hour, u8 minute, u8 second)
{
    ck_assert_uint_eq(get(0x32), century);
    ck_assert_uint_eq(get(9), year);
    ck_assert_uint_eq(get(8), month);
    ck_assert_uint_eq(get(7), day);
    ck_assert_uint_eq(get(4), hour);
    ck_assert_uint_eq(get(2), minute);
    ck_assert_uint_eq(get(0), second);
}

START_TEST(set_time_from_seconds)
{
    mc146818_set_time(rtc, 0);
    expect_date(0x19, 0x70, 0x01, 0x01, 0, 0, 0);
    ck_assert_uint_eq(get(6), 5);      /* Thursday, Sunday being 1 */
    mc146818_set_time(rtc, 951827696); /* 2000-02-29 12:34:56, a Tuesday */
    expect_date(0x20, 0x00, 0x02, 0x29, 0x12, 0x34, 0x56);
    ck_assert_uint_eq(get(6), 3);
    mc146818_set_time(rtc, 4102444799); /* 2099-12-31 23:59:59 */
    expect_date(0x20, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59);
    mc146818_set_time(rtc, -1);
    expect_date(0x19, 0x69, 0x12, 0x31, 0x23, 0x59, 0x59);
}
END_TEST

START_TEST(a_second_is_a_second)
{
    mc146818_set_time(rtc, 946684800);
    run_to(&b, NS_PER_SEC - 1);
    expect_date(0x20, 0, 1, 1, 0, 0, 0);
    run_to(&b, NS_PER_SEC);
    expect_date(0x20, 0, 1, 1, 0, 0, 1);
    run_to(&b, 86399 * NS_PER_SEC);
    expect_date(0x20, 0, 1, 1, 0x23, 0x59, 0x59);
    run_to(&b, 86400 * NS_PER_SEC);
    expect_date(0x20, 0, 1, 2, 0, 0, 0);
    ck_assert_uint_eq(get(6), 1); /* Saturday became Sunday */
}
END_TEST

START_TEST(turn_of_century_and_leap_years)
{
    set_date(0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59);
    run_for(&b, NS_PER_SEC);
    expect_date(0x20, 0, 1, 1, 0, 0, 0);
    set_date(0x20, 0x04, 0x02, 0x28, 0x23, 0x59, 0x59);
    run_for(&b, NS_PER_SEC);
    expect_date(0x20, 4, 2, 0x29, 0, 0, 0);
    set_date(0x20, 0x05, 0x02, 0x28, 0x23, 0x59, 0x59);
    run_for(&b, NS_PER_SEC);
    expect_date(0x20, 5, 3, 1, 0, 0, 0);
    set_date(0x20, 0x05, 0x04, 0x30, 0x23, 0x59, 0x59);
    run_for(&b, NS_PER_SEC);
    expect_date(0x20, 5, 5, 1, 0, 0, 0);
}
END_TEST

START_TEST(twelve_hours_and_binary)
{
    set(0x0b, 0x00); /* BCD, 12 h */
    set_date(0x20, 1, 1, 1, 0x11, 0x59, 0x59);
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(get(4), 0x92); /* 12 PM */
    set_date(0x20, 1, 1, 1, 0x92, 0x59, 0x59);
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(get(4), 0x81);           /* 1 PM */
    set_date(0x20, 1, 1, 1, 0x91, 0x59, 0x59); /* 11:59:59 PM */
    run_for(&b, NS_PER_SEC);
    ck_assert_uint_eq(get(4), 0x12); /* 12 AM */
    ck_assert_uint_eq(get(7), 2);
    set(0x0b, 0x06); /* binary, 24 h */
    set_date(20, 9, 12, 31, 23, 59, 59);
    run_for(&b, NS_PER_SEC);
    expect_date(20, 10, 1, 1, 0, 0, 0);
}
END_TEST

START_TEST(update_in_progress)
{
    run_to(&b, NS_PER_SEC - 2300 * NS_PER_US);
    ck_assert_uint_eq(get(0x0a) & 0x80, 0);
    run_to(&b, NS_PER_SEC - 2200 * NS_PER_US);
    ck_assert_uint_eq(get(0x0a) & 0x80, 0x80);
    run_to(&b, NS_PER_SEC);
    ck_assert_uint_eq(get(0x0a) & 0x80, 0);
    /* SET stops the updates, and UIP with them. */
    set(0x0b, 0x82);
    u8 second = get(0);
    run_to(&b, 4 * NS_PER_SEC - NS_PER_MS);
    ck_assert_uint_eq(get(0x0a) & 0x80, 0);
    ck_assert_uint_eq(get(0), second);
    set(0x0b, 0x02);
    run_to(&b, 4 * NS_PER_SEC);
    ck_assert_uint_eq(get(0), second + 1);
}
END_TEST

START_TEST(update_and_alarm_interrupts)
{
    set(0x0a, 0x20); /* no periodic flag to look past */
    mc146818_set_time(rtc, 946684800);
    get(0x0c);
    run_to(&b, NS_PER_SEC);
    ck_assert_int_eq(b.level[8], 0);
    ck_assert_uint_eq(get(0x0c), 0x10); /* the flag comes without its interrupt */
    ck_assert_uint_eq(get(0x0c), 0x00);
    set(0x0b, 0x12);
    run_to(&b, 2 * NS_PER_SEC);
    ck_assert_int_eq(b.level[8], 1);
    ck_assert_uint_eq(get(0x0c), 0x90);
    ck_assert_int_eq(b.level[8], 0);
    set(0x0b, 0x22);
    set(1, 0x05);
    set(3, 0x00);
    set(5, 0xff); /* any hour */
    run_to(&b, 5 * NS_PER_SEC - 1);
    ck_assert_int_eq(b.level[8], 0);
    run_to(&b, 5 * NS_PER_SEC);
    ck_assert_int_eq(b.level[8], 1);
    ck_assert_uint_eq(get(0x0c), 0xb0);
    run_to(&b, (3600 + 5) * NS_PER_SEC - 1);
    ck_assert_int_eq(b.level[8], 0);
    run_to(&b, (3600 + 5) * NS_PER_SEC);
    ck_assert_int_eq(b.level[8], 1);
}
END_TEST

START_TEST(periodic_interrupt)
{
    set(0x0a, 0x26); /* 1024 Hz */
    set(0x0b, 0x42);
    int n = 0;
    for (u64 t = 1; t <= 1000; t++) {
        run_to(&b, t * NS_PER_MS);
        if (b.level[8]) {
            n++;
            ck_assert_uint_eq(get(0x0c) & 0xc0, 0xc0);
        }
    }
    ck_assert_int_ge(n, 999);
    ck_assert_int_eq(b.rises[8], n);
    set(0x0a, 0x2f); /* 2 Hz */
    get(0x0c);
    int before = b.rises[8];
    for (u64 t = 1001; t <= 3001; t++) {
        run_to(&b, t * NS_PER_MS);
        if (b.level[8])
            get(0x0c);
    }
    ck_assert_int_eq(b.rises[8], before + 4);
    /* Without the interrupt the flag is there when somebody looks, and costs no event. */
    set(0x0b, 0x02);
    get(0x0c);
    ck_assert(!timer_armed(&rtc->periodic));
    run_for(&b, 501 * NS_PER_MS);
    ck_assert_uint_eq(get(0x0c) & 0x40, 0x40);
}
END_TEST

START_TEST(divider_reset)
{
    set(0x0a, 0x70);
    u8 second = get(0);
    run_to(&b, 10 * NS_PER_SEC);
    ck_assert_uint_eq(get(0), second);
    set(0x0a, 0x26); /* the first update comes half a second later */
    run_for(&b, NS_PER_SEC / 2 - 1);
    ck_assert_uint_eq(get(0), second);
    run_for(&b, 1);
    ck_assert_uint_eq(get(0), second + 1);
}
END_TEST

START_TEST(memory_and_reset)
{
    set(0x40, 0x5a);
    out8(&b, 0x72, 0x40);
    out8(&b, 0x73, 0xa5);
    ck_assert_uint_eq(get(0x40), 0x5a);
    ck_assert_uint_eq(in8(&b, 0x73), 0xa5);
    set(0x0d, 0x00);
    ck_assert_uint_eq(get(0x0d), 0x80);
    ck_assert_int_eq(b.level[2], 0);
    out8(&b, 0x70, 0x8d);
    ck_assert_int_eq(b.level[2], 1);
    set(0x0b, 0x72);
    device_reset(&rtc->dev);
    ck_assert_uint_eq(get(0x0b), 0x02);
    ck_assert_uint_eq(get(0x40), 0x5a);
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {0x70, 0x71, 0x71, 0x72, 0x73};
    register_storm(&b, &rtc->dev, make, ports, ARRAY_SIZE(ports), 200000, 3 * NS_PER_MS);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("MC146818");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, set_time_from_seconds);
    tcase_add_test(t, a_second_is_a_second);
    tcase_add_test(t, turn_of_century_and_leap_years);
    tcase_add_test(t, twelve_hours_and_binary);
    tcase_add_test(t, update_in_progress);
    tcase_add_test(t, update_and_alarm_interrupts);
    tcase_add_test(t, periodic_interrupt);
    tcase_add_test(t, divider_reset);
    tcase_add_test(t, memory_and_reset);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("MC146818", cases);
}
