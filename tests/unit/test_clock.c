/*
 * test_clock.c - the clock against a plain sorted list, its callbacks, and its saved state.
 */
#include "hw/base/clock.h"
#include "hw/base/state.h"

#include <check.h>
#include <stdlib.h>

enum { TIMERS = 40 };

/* A log of what fired, in order. */
struct world {
    struct clock clock;
    struct item {
        struct timer timer;
        struct world *world;
        int id;
        u64 period; /* re-arms itself when not 0 */
    } item[TIMERS];
    int fired[20000];
    u64 at[20000];
    int count;
};

static void fire(void *opaque)
{
    struct item *i = opaque;
    struct world *w = i->world;
    ck_assert_int_lt(w->count, (int)ARRAY_SIZE(w->fired));
    w->at[w->count] = clock_now(&w->clock);
    w->fired[w->count++] = i->id;
    if (i->period)
        timer_arm(&i->timer, i->timer.when + i->period);
}

static struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof(*w));
    clock_init(&w->clock);
    for (int i = 0; i < TIMERS; i++) {
        w->item[i].world = w;
        w->item[i].id = i;
        timer_init(&w->item[i].timer, &w->clock, fire, &w->item[i]);
    }
    return w;
}

static void world_free(struct world *w)
{
    clock_free(&w->clock);
    free(w);
}

START_TEST(fires_in_order_of_time_then_of_arming)
{
    struct world *w = world_new();
    ck_assert_uint_eq(clock_next(&w->clock), CLOCK_NEVER);
    timer_arm(&w->item[0].timer, 50);
    timer_arm(&w->item[1].timer, 10);
    timer_arm(&w->item[2].timer, 50);
    timer_arm(&w->item[3].timer, 50);
    timer_arm(&w->item[0].timer, 50); /* re-armed: now the youngest at 50 */
    ck_assert_uint_eq(clock_next(&w->clock), 10);
    clock_advance(&w->clock, 49);
    ck_assert_int_eq(w->count, 1);
    ck_assert_uint_eq(clock_now(&w->clock), 49);
    clock_advance(&w->clock, 50);
    static const int expected[] = {1, 2, 3, 0};
    ck_assert_int_eq(w->count, 4);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(w->fired[i], expected[i]);
    world_free(w);
}
END_TEST

START_TEST(past_means_now_and_events_see_their_own_time)
{
    struct world *w = world_new();
    clock_advance(&w->clock, 1000);
    timer_arm(&w->item[0].timer, 5);
    ck_assert_uint_eq(w->item[0].timer.when, 1000);
    w->item[1].period = 300;
    timer_arm(&w->item[1].timer, 1100);
    clock_advance(&w->clock, 2000); /* 1000; 1100, 1400, 1700, 2000 */
    ck_assert_int_eq(w->count, 5);
    static const u64 expected[] = {1000, 1100, 1400, 1700, 2000};
    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(w->at[i], expected[i]);
    ck_assert(timer_armed(&w->item[1].timer) && !timer_armed(&w->item[0].timer));
    world_free(w);
}
END_TEST

/* Random arming, moving and disarming, compared with a search through all timers. */
START_TEST(agrees_with_a_plain_list)
{
    struct world *w = world_new();
    u64 when[TIMERS];
    u64 order[TIMERS];
    bool armed[TIMERS] = {false};
    u64 sequence = 0, now = 0;
    unsigned seed = 12345;
    for (int step = 0; step < 20000; step++) {
        seed = seed * 1103515245 + 12345;
        unsigned r = seed >> 8;
        int i = (int)(r % TIMERS);
        if (r / TIMERS % 4 < 2) {
            when[i] = now + r / 1000 % 50;
            order[i] = sequence++;
            armed[i] = true;
            timer_arm(&w->item[i].timer, when[i]);
        } else if (r / TIMERS % 4 == 2) {
            armed[i] = false;
            timer_disarm(&w->item[i].timer);
        } else {
            now += r / 1000 % 20;
            w->count = 0;
            clock_advance(&w->clock, now);
            for (int n = 0;; n++) {
                int first = -1;
                for (int k = 0; k < TIMERS; k++) {
                    if (armed[k] && when[k] <= now &&
                        (first < 0 || when[k] < when[first] ||
                         (when[k] == when[first] && order[k] < order[first])))
                        first = k;
                }
                if (first < 0) {
                    ck_assert_int_eq(w->count, n);
                    break;
                }
                ck_assert_int_lt(n, w->count);
                ck_assert_int_eq(w->fired[n], first);
                armed[first] = false;
            }
        }
        u64 next = CLOCK_NEVER;
        for (int k = 0; k < TIMERS; k++) {
            ck_assert(armed[k] == timer_armed(&w->item[k].timer));
            if (armed[k] && when[k] < next)
                next = when[k];
        }
        ck_assert_uint_eq(clock_next(&w->clock), next);
    }
    world_free(w);
}
END_TEST

struct run_loop {
    u64 live, earlier;
    int calls;
};

static u64 live_time(void *owner)
{
    return ((struct run_loop *)owner)->live;
}

static void earlier_event(void *owner, u64 at)
{
    struct run_loop *l = owner;
    l->earlier = at;
    l->calls++;
}

START_TEST(run_loop_hears_of_an_earlier_event)
{
    struct world *w = world_new();
    struct run_loop loop = {.live = 700};
    w->clock.live = live_time;
    w->clock.earlier = earlier_event;
    w->clock.owner = &loop;
    timer_arm(&w->item[0].timer, 5000);
    ck_assert_int_eq(loop.calls, 1);
    timer_arm(&w->item[1].timer, 6000); /* later than the first one: no news */
    ck_assert_int_eq(loop.calls, 1);
    timer_arm(&w->item[2].timer, 3); /* in the past of the running slice: due at once */
    ck_assert_int_eq(loop.calls, 2);
    ck_assert_uint_eq(loop.earlier, 700);
    ck_assert_uint_eq(clock_now(&w->clock), 700);
    clock_advance(&w->clock, 800);
    ck_assert_uint_eq(w->at[0], 700);
    world_free(w);
}
END_TEST

START_TEST(quiet_event_ends_no_slice)
{
    struct world *w = world_new();
    struct run_loop loop = {.live = 20};
    struct clock *c = &w->clock;
    timer_arm(&w->item[0].timer, 100);
    timer_arm(&w->item[1].timer, 150);
    timer_arm(&w->item[2].timer, 170);
    timer_quiet(&w->item[0].timer, 160);
    ck_assert_uint_eq(clock_next(c), 100);
    ck_assert_uint_eq(clock_slice_end(c), 150);
    timer_disarm(&w->item[1].timer);
    ck_assert_uint_eq(clock_slice_end(c), 160); /* when it may arm something */

    c->live = live_time;
    c->earlier = earlier_event;
    c->owner = &loop;
    timer_arm(&w->item[1].timer, 140); /* behind the quiet one, but the first that counts */
    ck_assert_int_eq(loop.calls, 1);
    ck_assert_uint_eq(loop.earlier, 140);
    ck_assert_uint_eq(clock_slice_end(c), 140);
    loop.live = 99;
    clock_settle(c);
    ck_assert_int_eq(w->count, 0);

    /* It is due, and somebody arms a timer: it comes before, at its own time. */
    loop.live = 130;
    u64 sequence = c->sequence;
    w->item[0].period = 60;
    timer_arm(&w->item[3].timer, 160);
    ck_assert_int_eq(w->count, 1);
    ck_assert_uint_eq(w->at[0], 100);
    ck_assert_uint_eq(w->item[0].timer.sequence, sequence);
    ck_assert_uint_eq(w->item[3].timer.sequence, sequence + 1);
    ck_assert_uint_eq(c->now, 0);
    ck_assert_uint_eq(clock_now(c), 130);
    ck_assert_uint_eq(clock_slice_end(c), 140); /* it is quiet no more */

    /* Behind another one that is due, and between slices, it waits for its turn. */
    w->item[0].period = 0;
    timer_quiet(&w->item[0].timer, 1000);
    loop.live = 165;
    clock_settle(c);
    c->live = NULL;
    clock_settle(c);
    ck_assert_int_eq(w->count, 1);
    clock_advance(c, 165);
    ck_assert_int_eq(w->count, 4);
    ck_assert_int_eq(w->fired[1], 1);
    ck_assert_int_eq(w->fired[2], 0);
    ck_assert_int_eq(w->fired[3], 3);
    ck_assert_uint_eq(w->at[2], 160);
    ck_assert_uint_eq(clock_slice_end(c), 170);

    /* Armed or disarmed, it is an event like others. */
    timer_quiet(&w->item[2].timer, CLOCK_NEVER);
    ck_assert_uint_eq(clock_slice_end(c), CLOCK_NEVER);
    timer_arm(&w->item[2].timer, 180);
    ck_assert_uint_eq(clock_slice_end(c), 180);
    timer_quiet(&w->item[2].timer, CLOCK_NEVER);
    timer_disarm(&w->item[2].timer);
    timer_quiet(&w->item[2].timer, 5); /* not armed: nothing to be quiet */
    ck_assert_uint_eq(clock_slice_end(c), CLOCK_NEVER);
    world_free(w);
}
END_TEST

static void world_state(struct world *w, struct state *s)
{
    clock_state(&w->clock, s);
    state_begin(s, "timers", 1);
    for (int i = 0; i < TIMERS; i++)
        timer_state(&w->item[i].timer, s, "timer");
    state_end(s);
}

START_TEST(saved_clock_goes_on_the_same)
{
    struct world *a = world_new(), *b = world_new();
    for (int i = 0; i < TIMERS; i++) {
        a->item[i].period = b->item[i].period = (u64)(i % 7) * 10;
        if (i % 5)
            timer_arm(&a->item[i].timer, (u64)(i % 3) * 10);
        timer_arm(&b->item[i].timer, 1); /* must be forgotten */
    }
    clock_advance(&a->clock, 115);
    struct state *save = state_new_save();
    world_state(a, save);
    size_t size, again_size;
    const u8 *bytes = state_finish(save, &size);
    struct state *load = state_new_load(bytes, size, NULL);
    ck_assert_ptr_nonnull(load);
    world_state(b, load);
    ck_assert_str_eq(state_error(load), "");
    struct state *again = state_new_save();
    world_state(b, again);
    const u8 *again_bytes = state_finish(again, &again_size);
    ck_assert_uint_eq(size, again_size);
    ck_assert_mem_eq(bytes, again_bytes, size);

    a->count = b->count = 0;
    clock_advance(&a->clock, 2000);
    clock_advance(&b->clock, 2000);
    ck_assert_int_gt(a->count, 100);
    ck_assert_int_eq(a->count, b->count);
    ck_assert_mem_eq(a->fired, b->fired, sizeof(a->fired[0]) * (size_t)a->count);
    ck_assert_mem_eq(a->at, b->at, sizeof(a->at[0]) * (size_t)a->count);
    state_free(save);
    state_free(load);
    state_free(again);
    world_free(a);
    world_free(b);
}
END_TEST

START_TEST(impossible_timer_is_refused)
{
    struct world *a = world_new(), *b = world_new();
    timer_arm(&a->item[3].timer, 20);
    a->clock.now = 30; /* as a forged file would say */
    struct state *save = state_new_save();
    world_state(a, save);
    size_t size;
    const u8 *bytes = state_finish(save, &size);
    struct state *load = state_new_load(bytes, size, NULL);
    world_state(b, load);
    ck_assert(!state_ok(load));
    ck_assert_ptr_nonnull(strstr(state_error(load), "impossible"));
    state_free(save);
    state_free(load);
    world_free(a);
    world_free(b);
}
END_TEST

/* Times and sequence numbers that would wrap before long. */
START_TEST(clock_near_its_end_is_refused)
{
    for (int i = 0; i < 3; i++) {
        struct world *a = world_new(), *b = world_new();
        a->clock.now = i == 0 ? UINT64_MAX - 1000 : 0;
        a->clock.sequence = i == 1 ? UINT64_MAX : 0;
        struct state *save = state_new_save();
        world_state(a, save);
        size_t size;
        const u8 *bytes = state_finish(save, &size);
        struct state *load = state_new_load(bytes, size, NULL);
        world_state(b, load);
        ck_assert(state_ok(load) == (i == 2));
        state_free(save);
        state_free(load);
        world_free(a);
        world_free(b);
    }
}
END_TEST

static void arm_again(void *opaque)
{
    struct timer *t = opaque;
    timer_arm(t, 0);
}

/* A period of nothing: the others still have their turn, and the clock arrives. */
START_TEST(a_timer_without_a_period_does_not_hold_the_clock)
{
    struct clock c;
    struct timer a;
    clock_init(&c);
    timer_init(&a, &c, arm_again, &a);
    timer_arm(&a, 100);
    clock_advance(&c, 1000);
    ck_assert_uint_eq(c.now, 1000);
    ck_assert_uint_lt(c.fired, 100000);
    ck_assert(timer_armed(&a));
    clock_advance(&c, 2000);
    ck_assert_uint_eq(c.now, 2000);
    clock_free(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tc = tcase_create("clock");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, fires_in_order_of_time_then_of_arming);
    tcase_add_test(tc, past_means_now_and_events_see_their_own_time);
    tcase_add_test(tc, agrees_with_a_plain_list);
    tcase_add_test(tc, run_loop_hears_of_an_earlier_event);
    tcase_add_test(tc, quiet_event_ends_no_slice);
    tcase_add_test(tc, saved_clock_goes_on_the_same);
    tcase_add_test(tc, impossible_timer_is_refused);
    tcase_add_test(tc, clock_near_its_end_is_refused);
    tcase_add_test(tc, a_timer_without_a_period_does_not_hold_the_clock);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
