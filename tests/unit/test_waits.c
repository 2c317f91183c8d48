/*
 * test_waits.c - when a stop is heard in a loop that waits for a count: not before the rounds that
 * were passed have left everything as it should be (cpu/varied.h), but then at once, and behind a
 * load as well. That they do so otherwise is tests/fuzz/fuzz_waits.c's.
 */
#include "cpu/spin.h"
#include "cpu_harness.h"

enum { TIMER = 0x808, ROUND = 4, SLICE = 100000, PERIOD = 5000 };

/* A timer that counts ticks of the processor. */
struct waiter {
    struct rig *r;
    struct cpu_time time;
    unsigned passed; /* times that rounds were */
    bool stops;      /* at the next read, when some were */
};

static u64 now(void *owner)
{
    const struct waiter *w = owner;
    return cpu_time_at(&w->time, cpu_ticks(w->r->c));
}

static bool timer_curve(void *owner, u16 port, unsigned size, struct curve *curve)
{
    u64 ns = now(owner);
    u32 hz = 1000000000u / PERIOD * 1000u, value = (u32)curve_ticks(ns, hz);
    *curve = (struct curve){
        .at = ns, .hz = hz, .value = value, .step = 1, .left = ~value, .bits = (u8)(8 * size)};
    return port == TIMER;
}

static u32 timer_in(void *owner, u16 port, unsigned size)
{
    struct waiter *w = owner;
    struct curve curve;
    timer_curve(owner, port, size, &curve);
    if (w->stops && w->passed)
        cpu_request_stop(w->r->c);
    return curve.value;
}

static u64 never_steady(void *owner, u16 port, unsigned size, const struct byte_set *others)
{
    (void)owner, (void)port, (void)size, (void)others;
    return 0;
}

static void pass(void *owner, const struct cpu_skip *skip, u32 *value)
{
    struct waiter *w = owner;
    (void)skip, (void)value;
    w->passed++;
}

static void waits(struct waiter *w)
{
    *w = (struct waiter){.r = rig_new("pentium3"), .time = {.period = PERIOD}};
    struct cpu *c = w->r->c;
    struct cpu_bus *b = &c->bus;
    b->owner = w;
    b->port_in = timer_in;
    b->time_ns = now;
    b->time = &w->time;
    b->port_steady = never_steady;
    b->port_curve = timer_curve;
    b->skip = pass;
    ck_assert(cpu_skip_waits(c, true));
    pm_init(w->r, 0);
    c->gpr[EDX] = TIMER;
    /* L: mov ecx,eax; in eax,dx; cmp eax,70000000h; jb L; hlt */
    PUT(w->r, CODE, "\x89\xc1\xed\x3d\x00\x00\x00\x70\x72\xf6\xf4");
}

static void done(struct waiter *w)
{
    rig_free(w->r);
}

/* ECX is what was read a round before: two rounds have to be executed until it is. */
START_TEST(a_stop_waits_for_what_is_right)
{
    struct waiter w;
    waits(&w);
    w.stops = true;
    ck_assert_int_eq(rig_run(w.r, SLICE), CPU_REQUEST);
    ck_assert_uint_eq(w.passed, 1);
    ck_assert_uint_eq(w.r->c->gpr[EAX] - w.r->c->gpr[ECX], ROUND);
    ck_assert_uint_gt(cpu_executed(w.r->c), cpu_skipped(w.r->c));
    done(&w);
}
END_TEST

/* What was passed before a load is of no concern behind it. */
START_TEST(a_stop_behind_a_load)
{
    struct waiter w, later;
    waits(&w);
    waits(&later);
    ck_assert_int_eq(rig_run(later.r, SLICE), CPU_BUDGET);
    ck_assert_uint_gt(later.passed, 0);
    ck_assert_uint_gt(later.r->c->spin->varied.settled, SLICE / 2);
    load_from(w.r->c, later.r->c);
    ck_assert_uint_eq(cpu_executed(later.r->c), 0);
    later.stops = true;
    ck_assert_int_eq(rig_run(later.r, SLICE / 4), CPU_REQUEST);
    ck_assert_uint_lt(cpu_executed(later.r->c), 2 * ROUND);
    done(&later);
    done(&w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("waits");
    TCase *t = tcase_create("waits");
    tcase_add_test(t, a_stop_waits_for_what_is_right);
    tcase_add_test(t, a_stop_behind_a_load);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
