/*
 * test_i8254.c - the timer against a model that counts one CLK pulse at a time as the data sheet
 * describes it, and the register protocol by hand.
 */
#include "hw/chipset/i8254.h"
#include "roundtrip.h"

static struct device *make(struct bench *b)
{
    struct i8254 *pit = (struct i8254 *)device_new(&i8254_class, NULL);
    pit->out[0] = bench_line(b, 0);
    pit->out[2] = bench_line(b, 2);
    bench_start(b, &pit->dev);
    return &pit->dev;
}

static struct bench b;
static struct i8254 *pit;

static void setup(void)
{
    bench_init(&b);
    pit = (struct i8254 *)make(&b);
}

static void teardown(void)
{
    bench_free(&b, &pit->dev);
}

/* The first nanosecond of a CLK pulse. */
static u64 pulse_ns(u64 pulse)
{
    return (u64)(((unsigned __int128)pulse * NS_PER_SEC + PIT_HZ - 1) / PIT_HZ);
}

static void to_pulse(u64 pulse)
{
    run_to(&b, pulse_ns(pulse));
}

static u16 read_count(unsigned i)
{
    out8(&b, 0x43, (u8)(i << 6)); /* latch */
    u8 low = in8(&b, (u16)(0x40 + i));
    return (u16)(low | in8(&b, (u16)(0x40 + i)) << 8);
}

static void program(unsigned i, unsigned mode, bool bcd, u16 count)
{
    out8(&b, 0x43, (u8)(i << 6 | 0x30 | mode << 1 | bcd));
    out8(&b, (u16)(0x40 + i), (u8)count);
    out8(&b, (u16)(0x40 + i), (u8)(count >> 8));
}

/* ---- a counter that ticks ---- */

struct model {
    unsigned mode;
    bool bcd, gate, out, load, loaded, done, strobe;
    u32 n, ce, reload;
};

static u32 model_count(const struct model *m)
{
    u32 n = m->n;
    if (m->bcd)
        n = (n >> 12) * 1000 + (n >> 8 & 15) * 100 + (n >> 4 & 15) * 10 + (n & 15);
    return n ? n : m->bcd ? 10000 : 65536;
}

static void model_program(struct model *m, unsigned mode, bool bcd, u16 count, bool gate)
{
    *m = (struct model){.mode = mode, .bcd = bcd, .gate = gate, .out = mode != 0, .n = count};
    m->load = mode != 1 && mode != 5;
}

static void model_gate(struct model *m, bool gate)
{
    bool rise = gate && !m->gate;
    m->gate = gate;
    if ((m->mode == 1 || m->mode == 5) && rise)
        m->load = true;
    if (m->mode == 2 || m->mode == 3) {
        if (!gate)
            m->out = true;
        if (rise && m->loaded)
            m->load = true;
    }
}

static void model_decrement(struct model *m)
{
    u32 modulus = m->bcd ? 10000 : 65536;
    m->ce = (m->ce % modulus + modulus - 1) % modulus;
}

static void model_load(struct model *m)
{
    m->reload = model_count(m);
    m->ce = m->mode == 3 ? m->reload & ~1u : m->reload;
    m->load = false;
    m->loaded = true;
    m->done = false;
}

static void model_clk(struct model *m)
{
    if (m->strobe) {
        m->out = true;
        m->strobe = false;
    }
    if (m->load) {
        model_load(m);
        if (m->mode == 1)
            m->out = false;
        if (m->mode >= 2)
            m->out = true;
        return;
    }
    if (!m->loaded || (!m->gate && m->mode != 1 && m->mode != 5))
        return;
    switch (m->mode) {
    case 0:
    case 1:
        model_decrement(m);
        if (!m->ce && !m->done)
            m->out = m->done = true;
        break;
    case 4:
    case 5:
        model_decrement(m);
        if (!m->ce && !m->done) {
            m->done = m->strobe = true;
            m->out = false;
        }
        break;
    case 2:
        if (m->ce == 1) {
            model_load(m);
            m->out = true;
        } else {
            m->ce--;
            if (m->ce == 1)
                m->out = false;
        }
        break;
    case 3:
        /* Even: toggles when 2 would become 0. Odd: the high half counts 0 as well. */
        if (m->ce == 0 || (m->ce == 2 && !((m->reload & 1) && m->out))) {
            m->out = !m->out;
            model_load(m);
        } else {
            m->ce -= 2;
        }
        break;
    }
}

static void compare(unsigned mode, bool bcd, u16 count, u64 pulses, unsigned gates)
{
    struct model m;
    struct storm r = {mode * 7919u + count + 1};
    u64 start = b.clock.now / 838 + 2;
    to_pulse(start);
    i8254_set_gate(pit, 2, true);
    program(2, mode, bcd, count);
    model_program(&m, mode, bcd, count, true);
    if (mode == 1 || mode == 5) {
        i8254_set_gate(pit, 2, false);
        i8254_set_gate(pit, 2, true);
        model_gate(&m, false);
        model_gate(&m, true);
    }
    for (u64 n = 1; n <= pulses; n++) {
        model_clk(&m);
        to_pulse(start + n);
        if (gates && storm_next(&r) % gates == 0) {
            bool g = !m.gate;
            i8254_set_gate(pit, 2, g);
            model_gate(&m, g);
        }
        ck_assert_msg(b.level[2] == m.out, "mode %u count %u pulse %llu: OUT %d, not %d", mode,
                      count, (unsigned long long)n, b.level[2], m.out);
        ck_assert_int_eq(i8254_out(pit, 2), m.out);
        if (storm_next(&r) % 7 == 0) {
            u32 v = m.ce % (bcd ? 10000 : 65536);
            if (bcd)
                v = v / 1000 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10;
            ck_assert_uint_eq(read_count(2), v);
        }
    }
}

START_TEST(every_mode_pulse_by_pulse)
{
    static const u16 counts[] = {2, 3, 4, 5, 7, 10, 33, 0x99};
    for (unsigned mode = 0; mode < 6; mode++) {
        for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
            compare(mode, false, counts[i], 120, 0);
            compare(mode, false, counts[i], 400, 9);
            compare(mode, true, counts[i] == 10 || counts[i] == 33 ? 0x25 : counts[i], 260, 11);
        }
    }
}
END_TEST

/* The same in big steps: only the state at the end can be compared. */
START_TEST(jumps_equal_steps)
{
    static const u16 counts[] = {2, 3, 5, 1000, 0xffff, 0};
    struct storm r = {99};
    for (unsigned mode = 0; mode < 6; mode++) {
        for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
            u64 start = b.clock.now / 838 + 2;
            struct model m;
            to_pulse(start);
            i8254_set_gate(pit, 2, false);
            program(2, mode, false, counts[i]);
            i8254_set_gate(pit, 2, true);
            model_program(&m, mode, false, counts[i], false);
            model_gate(&m, true);
            u64 n = 0;
            for (unsigned k = 0; k < 6; k++) {
                u64 step = 1 + storm_next(&r) % 90000;
                for (u64 j = 0; j < step; j++)
                    model_clk(&m);
                n += step;
                /* No line on this counter would jump; through the line it goes edge by edge. */
                to_pulse(start + n);
                ck_assert_int_eq(b.level[2], m.out);
                ck_assert_uint_eq(read_count(2), m.ce & 0xffff);
            }
        }
    }
}
END_TEST

START_TEST(unconnected_counter_jumps)
{
    /* Counter 1 has no line: nothing is armed, and reading after an hour is still right. */
    program(1, 2, false, 1000);
    to_pulse(1);
    ck_assert_uint_eq(read_count(1), 1000);
    u64 pulses = (u64)PIT_HZ * 3600;
    to_pulse(pulses);
    ck_assert_uint_eq(read_count(1), 1000 - (pulses - 1) % 1000);
    ck_assert(!timer_armed(&pit->edge[1]));
}
END_TEST

START_TEST(no_drift)
{
    /* 65536 counts for a day: the number of edges is exact. */
    program(0, 2, false, 0);
    u64 day = (u64)PIT_HZ * 86400;
    to_pulse(day);
    /* The first rise on the line is the one at reset, before anything was counted. */
    ck_assert_int_eq(b.rises[0] - 1, (int)((day - 1) / 65536));
}
END_TEST

START_TEST(count_of_one_does_not_storm)
{
    for (unsigned mode = 2; mode <= 3; mode++) {
        program(0, mode, false, 1);
        int before = b.rises[0];
        run_for(&b, NS_PER_SEC);
        ck_assert_int_eq(b.rises[0], before);
        ck_assert(i8254_out(pit, 0));
        ck_assert(!timer_armed(&pit->edge[0]));
        /* and the counter takes a sane count again */
        out8(&b, 0x40, 100);
        out8(&b, 0x40, 0);
        run_for(&b, NS_PER_SEC);
        ck_assert_int_gt(b.rises[0], before + 11000);
    }
}
END_TEST

START_TEST(new_count_waits_for_the_period)
{
    to_pulse(10);
    program(0, 2, false, 100);
    to_pulse(11 + 40);
    out8(&b, 0x40, 10);
    out8(&b, 0x40, 0);
    ck_assert_uint_eq(read_count(0), 60);
    to_pulse(11 + 99);
    ck_assert_uint_eq(read_count(0), 1);
    ck_assert_int_eq(b.level[0], 0);
    to_pulse(11 + 100);
    ck_assert_uint_eq(read_count(0), 10);
    ck_assert_int_eq(b.level[0], 1);
}
END_TEST

START_TEST(read_back_and_latches)
{
    to_pulse(1);
    program(2, 0, false, 0x1234);
    out8(&b, 0x43, 0xe8);                          /* status of counter 2 */
    ck_assert_uint_eq(in8(&b, 0x42), 0x40 | 0x30); /* null count, OUT low */
    i8254_set_gate(pit, 2, true);
    to_pulse(2);
    out8(&b, 0x43, 0xe8);
    ck_assert_uint_eq(in8(&b, 0x42), 0x30);
    to_pulse(2 + 0x34);
    out8(&b, 0x43, 0xc8); /* both: status first, then the count */
    to_pulse(2 + 0x200);
    out8(&b, 0x43, 0xc8); /* the first latch stands */
    ck_assert_uint_eq(in8(&b, 0x42), 0x30);
    ck_assert_uint_eq(in8(&b, 0x42), 0x00);
    ck_assert_uint_eq(in8(&b, 0x42), 0x12);
    /* unlatched: low and high byte of the moving count in turn */
    ck_assert_uint_eq(in8(&b, 0x42), (0x1234 - 0x200) & 0xff);
    ck_assert_uint_eq(in8(&b, 0x42), (0x1234 - 0x200) >> 8);
    to_pulse(2 + 0x1234);
    out8(&b, 0x43, 0xe8);
    ck_assert_uint_eq(in8(&b, 0x42), 0xb0);
}
END_TEST

START_TEST(byte_access_modes)
{
    out8(&b, 0x43, 0x90 | 4); /* counter 2, LSB, mode 2 */
    out8(&b, 0x42, 50);
    i8254_set_gate(pit, 2, true);
    to_pulse(11);
    ck_assert_uint_le(in8(&b, 0x42), 50);
    ck_assert_uint_eq(pit->counter[2].reload, 50);
    out8(&b, 0x43, 0xa0 | 4); /* MSB */
    out8(&b, 0x42, 2);
    to_pulse(20);
    ck_assert_uint_eq(in8(&b, 0x42), 1); /* 504 left */
    ck_assert_uint_eq(pit->counter[2].reload, 512);
    ck_assert_double_eq_tol(i8254_frequency(pit, 2), 1193182.0 / 512, 1e-9);
}
END_TEST

START_TEST(first_byte_stops_mode_0)
{
    i8254_set_gate(pit, 2, true);
    program(2, 0, false, 1000);
    to_pulse(100);
    u16 at = read_count(2);
    out8(&b, 0x42, 0x10);
    to_pulse(200);
    ck_assert_uint_eq(read_count(2), at);
    out8(&b, 0x42, 0x00);
    to_pulse(200 + 1 + 15);
    ck_assert_int_eq(b.level[2], 0);
    to_pulse(200 + 1 + 16);
    ck_assert_int_eq(b.level[2], 1);
}
END_TEST

/* A byte that is read later is the one that the curve says, and between the two that it says. */
START_TEST(curves_tell_counts)
{
    struct storm r = {815};
    unsigned told = 0;
    for (unsigned k = 0; k < 4000; k++) {
        unsigned i = storm_next(&r) % 3;
        u16 port = (u16)(0x40 + i);
        if (storm_next(&r) % 4 == 0)
            out8(&b, 0x43, (u8)(i << 6 | (storm_next(&r) % 3 + 1) << 4 | (storm_next(&r) & 15)));
        if (storm_next(&r) % 2)
            out8(&b, port, (u8)storm_next(&r));
        i8254_set_gate(pit, 2, storm_next(&r) % 4);
        run_for(&b, storm_next(&r) % 5000000);
        if (storm_next(&r) % 3 == 0)
            out8(&b, 0x43, storm_next(&r) % 4 ? (u8)(i << 6) : (u8)(0xe0 | 2u << i));
        struct curve c;
        bool latched = pit->counter[i].latched;
        if (!bus_curve_of(&b.bus, port, 1, &c))
            continue;
        u64 later = storm_next(&r) % (storm_next(&r) % 2 ? 1000000 : 30000000);
        struct range in;
        if (latched)
            later = 0;
        if (!curve_within(&c, later, &in))
            continue;
        run_for(&b, later);
        u32 ticks = (u32)(curve_ticks(c.at + later, c.hz) - curve_ticks(c.at, c.hz));
        u32 byte = (c.value + (u32)c.step * ticks) >> c.shift & 0xff, is = in8(&b, port);
        ck_assert_uint_eq(is, byte);
        ck_assert_msg(is >= in.low && is <= in.high, "%u of %u to %u", is, in.low, in.high);
        told++;
    }
    ck_assert_msg(told > 1000, "%u", told);
}
END_TEST

/* However often it is read and latched: rounds of a loop that does so may be passed. */
START_TEST(reading_arms_nothing_anew)
{
    out8(&b, 0x43, 0x34);
    out8(&b, 0x40, 0);
    out8(&b, 0x40, 0);
    run_for(&b, 1000000);
    ck_assert(timer_armed(&pit->edge[0]));
    u64 before = b.clock.sequence;
    for (unsigned i = 0; i < 8; i++) {
        out8(&b, 0x43, i % 2 ? 0x00 : 0xc2);
        for (unsigned k = i % 2; k < 3; k++)
            in8(&b, 0x40);
        in8(&b, 0x40);
        in8(&b, 0x40); /* as it runs */
        i8254_out(pit, 0);
        run_for(&b, 10000);
    }
    ck_assert_uint_eq(b.clock.sequence, before);
}
END_TEST

/* With another count what comes behind a quiet edge comes at another time; it keeps its place. */
START_TEST(quiet_until_it_is_written_to)
{
    out8(&b, 0x43, 0x34);
    out8(&b, 0x40, 0);
    out8(&b, 0x40, 0x40);
    run_for(&b, 1000000);
    u64 sequence = pit->edge[0].sequence, when = pit->edge[0].when;
    ck_assert(i8254_taken(pit));
    ck_assert_ptr_eq(b.clock.quiet, &pit->edge[0]);
    out8(&b, 0x40, 20);
    out8(&b, 0x40, 0);
    ck_assert_ptr_null(b.clock.quiet);
    ck_assert(timer_armed(&pit->edge[0]));
    ck_assert_uint_eq(pit->edge[0].when, when);
    ck_assert_uint_eq(pit->edge[0].sequence, sequence);
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {0x40, 0x41, 0x42, 0x43};
    struct storm r = {4711};
    for (unsigned i = 0; i < 10; i++) {
        register_storm(&b, &pit->dev, make, ports, ARRAY_SIZE(ports), 10000, 20000);
        for (unsigned k = 0; k < 1000; k++) {
            i8254_set_gate(pit, 2, storm_next(&r) & 1);
            out8(&b, (u16)(0x40 + (storm_next(&r) & 3)), (u8)storm_next(&r));
            run_for(&b, storm_next(&r) % 5000);
        }
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("8254");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, every_mode_pulse_by_pulse);
    tcase_add_test(t, jumps_equal_steps);
    tcase_add_test(t, unconnected_counter_jumps);
    tcase_add_test(t, no_drift);
    tcase_add_test(t, count_of_one_does_not_storm);
    tcase_add_test(t, new_count_waits_for_the_period);
    tcase_add_test(t, read_back_and_latches);
    tcase_add_test(t, byte_access_modes);
    tcase_add_test(t, first_byte_stops_mode_0);
    tcase_add_test(t, curves_tell_counts);
    tcase_add_test(t, reading_arms_nothing_anew);
    tcase_add_test(t, quiet_until_it_is_written_to);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("8254", cases);
}
