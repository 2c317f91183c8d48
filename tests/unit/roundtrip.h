/*
 * roundtrip.h - a small board for tests of one device: bus, clock, 1 MB of memory, 16 recorded
 * lines; the state round trip; and a storm of random register accesses.
 *
 * The round trip loads into a device that has led a life of its own (what its state function
 * forgets is then wrong, not merely as after a reset), compares the two devices inside
 * (same_inside.h), drives both with the same accesses, and compares what they answered, their
 * lines, their memory and what they save. The device under test is then put back to where it was.
 */
#ifndef ROUNDTRIP_H
#define ROUNDTRIP_H

#include "hw/bus/device.h"
#include "same_inside.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct bench;

struct storm {
    u64 seed;
};

/*
 * One step of a life that ports alone do not give: input from outside, memory windows. Whatever it
 * reads is returned, to be compared. Set by the function that makes the device; may be NULL.
 */
typedef u64 bench_step(struct bench *b, struct device *d, struct storm *r);

/*
 * Compares what hangs on the two devices by pointers: parts with a struct or memory of their own.
 * Set by the function that makes the device; may be NULL.
 */
typedef void bench_same(struct bench *a, struct device *da, struct bench *b, struct device *db);

struct bench {
    struct log log; /* mask 0: silent */
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    int level[16]; /* of the lines given out by bench_line() */
    int rises[16];
    struct device *extra; /* second device of the set-up, for tests that need one */
    bench_step *step;
    bench_same *same;
    struct span free; /* of the device's struct: what is no state although it differs */
    u64 max_step_ns;  /* of a storm; 0: 3 ms */
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

static inline void bench_init_with(struct bench *b, u32 memory)
{
    memset(b, 0, sizeof(*b));
    clock_init(&b->clock);
    ck_assert(bus_init(&b->bus, &b->log));
    ck_assert(phys_init(&b->phys, memory, &b->log));
    b->board = (struct board){&b->bus, &b->phys, &b->clock, &b->log, NULL};
}

static inline void bench_init(struct bench *b)
{
    bench_init_with(b, 1 << 20);
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

/* ---- storms ---- */

static inline u32 storm_next(struct storm *r)
{
    /* xorshift64*: any generator does, as long as it is the same everywhere */
    r->seed ^= r->seed >> 12;
    r->seed ^= r->seed << 25;
    r->seed ^= r->seed >> 27;
    return (u32)(r->seed * 0x2545f4914f6cdd1dull >> 32);
}

/* All ports that lead somewhere. */
static inline unsigned bench_ports(const struct bench *b, u16 *ports, unsigned max)
{
    unsigned n = 0;
    for (u32 port = 0; port < 0x10000 && n < max; port++)
        if (b->bus.port_map[port])
            ports[n++] = (u16)port;
    return n;
}

/* One random access, then perhaps some time. Returns what was read. */
static inline u64 bench_drive(struct bench *b, struct device *d, const u16 *ports, unsigned count,
                              struct storm *r)
{
    u32 v = storm_next(r), w = storm_next(r), t = storm_next(r);
    u64 got = 0;
    if (b->step && (!count || v >> 28 & 1)) {
        got = b->step(b, d, r);
    } else if (count) {
        u16 port = ports[v % count];
        unsigned size = v >> 16 & 31 ? 1 : v >> 8 & 1 ? 2 : 4;
        if (v >> 24 & 1)
            bus_out(&b->bus, port, w, size);
        else
            got = bus_in(&b->bus, port, size);
    }
    if (!(v >> 25 & 3))
        run_for(b, t % (b->max_step_ns ? b->max_step_ns : 3 * NS_PER_MS));
    return got;
}

/* ---- the round trip ---- */

static inline void bench_load(struct bench *b, struct device *d, const u8 *bytes, size_t size)
{
    struct err e;
    struct state *s = state_new_load(bytes, size, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    clock_state(&b->clock, s);
    device_state(d, s);
    if (b->extra)
        device_state(b->extra, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    state_free(s);
}

/* A life of its own for a device that is to be loaded into. */
static inline void bench_dirty(struct bench *b, struct device *d, struct storm *r)
{
    enum { STEPS = 400 };
    static u16 ports[0x1000];
    unsigned count = bench_ports(b, ports, ARRAY_SIZE(ports));
    for (unsigned i = 0; i < STEPS; i++)
        bench_drive(b, d, ports, count, r);
}

/* The same accesses to both, and everything that can be seen from outside. */
static inline void bench_drive_alike(struct bench *a, struct device *da, struct bench *b,
                                     struct device *db, u64 seed)
{
    enum { STEPS = 400 };
    static u16 ports[0x1000];
    unsigned count = bench_ports(a, ports, ARRAY_SIZE(ports));
    struct storm ra = {seed}, rb = {seed};
    same_state(a, da, b, db);
    for (unsigned i = 0; i < STEPS; i++) {
        ck_assert_uint_eq(bench_drive(a, da, ports, count, &ra),
                          bench_drive(b, db, ports, count, &rb));
        ck_assert_mem_eq(a->level, b->level, sizeof(a->level));
        ck_assert_mem_eq(a->rises, b->rises, sizeof(a->rises));
    }
    run_for(a, 20 * NS_PER_MS);
    run_for(b, 20 * NS_PER_MS);
    same_state(a, da, b, db);
    ck_assert_int_eq(memcmp(a->phys.ram, b->phys.ram, a->phys.ram_size), 0);
}

static inline void round_trip(struct bench *b, struct device *d, bench_make *make)
{
    static struct bench fresh; /* too large for some stacks with sanitizers */
    const u8 *bytes;
    size_t size;
    struct state *saved = bench_save(b, d, &bytes, &size);
    struct {
        int level[16], rises[16];
        u64 held_ns;
    } lines;
    u8 *ram = malloc(b->phys.ram_size);
    ck_assert_ptr_nonnull(ram);
    memcpy(ram, b->phys.ram, b->phys.ram_size);
    memcpy(lines.level, b->level, sizeof(b->level));
    memcpy(lines.rises, b->rises, sizeof(b->rises));
    lines.held_ns = b->bus.held_ns;

    bench_init_with(&fresh, b->phys.ram_size);
    struct device *other = make(&fresh);
    fresh.max_step_ns = b->max_step_ns;
    struct storm r = {0x0123456789abcdefull + size + b->clock.now};
    bench_dirty(&fresh, other, &r);
    bench_load(&fresh, other, bytes, size);
    memcpy(fresh.phys.ram, ram, b->phys.ram_size);
    memcpy(fresh.level, b->level, sizeof(b->level)); /* whoever reads a line knows its level */
    memcpy(fresh.rises, b->rises, sizeof(b->rises));
    same_inside_but(d, &b->clock, other, &fresh.clock, d->class->size, b->free);
    if (b->extra)
        same_inside(b->extra, &b->clock, fresh.extra, &fresh.clock, b->extra->class->size);
    if (b->same)
        b->same(b, d, &fresh, other);
    bench_drive_alike(b, d, &fresh, other, r.seed);
    bench_free(&fresh, other);

    bench_load(b, d, bytes, size); /* back to where it was */
    memcpy(b->phys.ram, ram, b->phys.ram_size);
    memcpy(b->level, lines.level, sizeof(b->level));
    memcpy(b->rises, lines.rises, sizeof(b->rises));
    b->bus.held_ns = lines.held_ns;
    free(ram);
    state_free(saved);
}

/* `count` random accesses to the ports, time passing in between, with a round trip now and then. */
static inline void register_storm(struct bench *b, struct device *d, bench_make *make,
                                  const u16 *ports, unsigned port_count, unsigned count,
                                  u64 max_step_ns)
{
    struct storm r = {0x9e3779b97f4a7c15ull};
    b->max_step_ns = max_step_ns;
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
