/*
 * roundtrip.h - a small board for tests of one device: bus, clock, 1 MB of memory, 16 recorded
 * lines; the state round trip (save, load into a fresh device, save: equal bytes, and the same
 * again after both have run on); and a storm of random register accesses.
 */
#ifndef ROUNDTRIP_H
#define ROUNDTRIP_H

#include "hw/bus/device.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    struct log log; /* mask 0: silent */
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    int level[16]; /* of the lines given out by bench_line() */
    int rises[16];
    struct device *extra; /* second device of the set-up, for tests that need one */
};

/* Create, wire, realize and reset the device (and whatever it needs) on this bench. */
typedef struct device *bench_make(struct bench *b);

static inline void bench_on_line(void *opaque, int n, int level)
{
    struct bench *b = opaque;
    b->rises[n] += level && !b->level[n];
    b->level[n] = level;
}

static inline struct irq bench_line(struct bench *b, int n)
{
    return (struct irq){bench_on_line, b, n};
}

static inline void bench_init(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    clock_init(&b->clock);
    ck_assert(bus_init(&b->bus, &b->log));
    ck_assert(phys_init(&b->phys, 1 << 20, &b->log));
    b->board = (struct board){&b->bus, &b->phys, &b->clock, &b->log};
}

static inline void bench_free(struct bench *b, struct device *d)
{
    device_free(d);
    device_free(b->extra);
    clock_free(&b->clock);
    phys_free(&b->phys);
    bus_free(&b->bus);
}

static inline void bench_start(struct bench *b, struct device *d)
{
    struct err e;
    ck_assert_msg(device_realize(d, &b->board, &e), "%s", e.text);
    device_reset(d);
}

static inline u8 in8(struct bench *b, u16 port)
{
    return (u8)bus_in(&b->bus, port, 1);
}

static inline void out8(struct bench *b, u16 port, u8 v)
{
    bus_out(&b->bus, port, v, 1);
}

static inline void run_to(struct bench *b, u64 ns)
{
    clock_advance(&b->clock, ns);
}

static inline void run_for(struct bench *b, u64 ns)
{
    clock_advance(&b->clock, b->clock.now + ns);
}

/* ---- state ---- */

static inline struct state *bench_save(struct bench *b, struct device *d, const u8 **bytes,
                                       size_t *size)
{
    struct state *s = state_new_save();
    clock_state(&b->clock, s);
    device_state(d, s);
    if (b->extra)
        device_state(b->extra, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    *bytes = state_finish(s, size);
    ck_assert_ptr_nonnull(*bytes);
    return s;
}

static inline void same_state(struct bench *a, struct device *da, struct bench *b,
                              struct device *db)
{
    const u8 *bytes_a, *bytes_b;
    size_t size_a, size_b;
    struct state *sa = bench_save(a, da, &bytes_a, &size_a);
    struct state *sb = bench_save(b, db, &bytes_b, &size_b);
    ck_assert_uint_eq(size_a, size_b);
    ck_assert_int_eq(memcmp(bytes_a, bytes_b, size_a), 0);
    state_free(sa);
    state_free(sb);
}

static inline void round_trip(struct bench *b, struct device *d, bench_make *make)
{
    static struct bench fresh; /* too large for some stacks with sanitizers */
    const u8 *bytes;
    size_t size;
    struct err e;
    struct state *saved = bench_save(b, d, &bytes, &size);
    bench_init(&fresh);
    struct device *other = make(&fresh);
    struct state *s = state_new_load(bytes, size, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    clock_state(&fresh.clock, s);
    device_state(other, s);
    if (fresh.extra)
        device_state(fresh.extra, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    same_state(b, d, &fresh, other);
    /* A field that was forgotten shows when both go on. */
    run_for(b, 20 * NS_PER_MS);
    run_for(&fresh, 20 * NS_PER_MS);
    same_state(b, d, &fresh, other);
    state_free(s);
    state_free(saved);
    bench_free(&fresh, other);
}

/* ---- storms ---- */

struct storm {
    u64 seed;
};

static inline u32 storm_next(struct storm *r)
{
    /* xorshift64*: any generator does, as long as it is the same everywhere */
    r->seed ^= r->seed >> 12;
    r->seed ^= r->seed << 25;
    r->seed ^= r->seed >> 27;
    return (u32)(r->seed * 0x2545f4914f6cdd1dull >> 32);
}

/* `count` random accesses to the ports, time passing in between, with a round trip now and then. */
static inline void register_storm(struct bench *b, struct device *d, bench_make *make,
                                  const u16 *ports, unsigned port_count, unsigned count,
                                  u64 max_step_ns)
{
    struct storm r = {0x9e3779b97f4a7c15ull};
    for (unsigned i = 0; i < count; i++) {
        u32 v = storm_next(&r);
        u16 port = ports[v % port_count];
        unsigned size = v >> 16 & 31 ? 1 : v >> 8 & 1 ? 2 : 4;
        if (v >> 24 & 1)
            bus_out(&b->bus, port, storm_next(&r), size);
        else
            bus_in(&b->bus, port, size);
        if (!(v >> 25 & 3))
            run_for(b, storm_next(&r) % max_step_ns);
        if (i % (count / 20) == 0)
            round_trip(b, d, make);
    }
}

static inline int run_suite(const char *name, TCase *(*cases)(void))
{
    Suite *s = suite_create(name);
    suite_add_tcase(s, cases());
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
