/*
 * test_gameport.c - the game port: how long its one-shots last, buttons, sticks that are not there,
 * the state.
 */
#include "hw/input/gameport.h"
#include "roundtrip.h"

static u64 play(struct bench *b, struct device *d, struct storm *r)
{
    u32 v = storm_next(r);
    (void)b;
    if (v % 8)
        gameport_move((struct gameport *)d, v >> 4 & 3, (u16)(v >> 8), (u16)(v >> 16),
                      (u8)(v >> 3));
    else
        gameport_unplug((struct gameport *)d, v >> 4 & 3);
    return 0;
}

static struct device *make(struct bench *b)
{
    struct device *d = device_new(&gameport_class, NULL);
    b->step = play;
    bench_start(b, d);
    return d;
}

static struct bench b;
static struct device *port;

static void setup(void)
{
    bench_init(&b);
    port = make(&b);
}

static void teardown(void)
{
    bench_free(&b, port);
}

/* Until axis bit i falls, in ns to the next 100; 0: it does not within 10 ms. */
static u64 length_of(unsigned i)
{
    u64 begun = b.clock.now;
    out8(&b, GAMEPORT, 0xff);
    ck_assert(in8(&b, GAMEPORT) & 1 << i);
    while (in8(&b, GAMEPORT) & 1 << i) {
        run_for(&b, 100);
        if (b.clock.now - begun > 10 * NS_PER_MS)
            return 0;
    }
    return b.clock.now - begun;
}

START_TEST(one_shots)
{
    static const struct {
        u16 at;
        u64 ns;
    } all[] = {{0, 24200}, {65535, 24200 + 1100000}, {32768, 24200 + 550000}, {6553, 134200}};
    ck_assert_uint_eq(in8(&b, GAMEPORT), 0xf0); /* nobody has asked */
    for (unsigned k = 0; k < ARRAY_SIZE(all); k++) {
        gameport_move((struct gameport *)port, 0, all[k].at, 65535 - all[k].at, 0);
        gameport_move((struct gameport *)port, 1, 1000, all[k].at, 0);
        ck_assert_uint_le(llabs((s64)length_of(0) - (s64)all[k].ns), 110);
        ck_assert_uint_le(llabs((s64)length_of(3) - (s64)all[k].ns), 110);
        ck_assert_uint_le(llabs((s64)(length_of(0) + length_of(1)) - 1148400), 220);
    }
}
END_TEST

START_TEST(sticks_that_are_not_there)
{
    ck_assert_uint_eq(length_of(0), 0);
    gameport_move((struct gameport *)port, 0, STICK_MIDDLE, STICK_MIDDLE, 0);
    ck_assert_uint_ne(length_of(0), 0);
    ck_assert_uint_eq(length_of(2), 0);
    ck_assert_uint_eq(in8(&b, GAMEPORT), 0xfc);
    gameport_unplug((struct gameport *)port, 0);
    ck_assert_uint_eq(length_of(1), 0);
}
END_TEST

START_TEST(buttons)
{
    gameport_move((struct gameport *)port, 0, 0, 0, 1);
    ck_assert_uint_eq(in8(&b, GAMEPORT) & 0xf0, 0xe0);
    gameport_move((struct gameport *)port, 1, 0, 0, 2);
    ck_assert_uint_eq(in8(&b, GAMEPORT) & 0xf0, 0x60);
    gameport_move((struct gameport *)port, 0, 0, 0, 2 | 0xfc);
    ck_assert_uint_eq(in8(&b, GAMEPORT) & 0xf0, 0x50);
    gameport_unplug((struct gameport *)port, 1);
    ck_assert_uint_eq(in8(&b, GAMEPORT) & 0xf0, 0xd0);
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {GAMEPORT};
    register_storm(&b, port, make, ports, 1, 2000, 2 * NS_PER_MS);
    round_trip(&b, port, make);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("gameport");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, one_shots);
    tcase_add_test(t, sticks_that_are_not_there);
    tcase_add_test(t, buttons);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("gameport", cases);
}
