/*
 * i8254.c - the 8254 programmable interval timer (Intel 8254 data sheet, 231164): modes 0-5,
 * binary and BCD, counter latch, read-back, gates.
 *
 * Nothing ticks. Each counter remembers the CLK pulse at which its state was last exact and jumps
 * over any number of pulses in one step (i8254_count_on). CLK pulse n happens at n/1193182 s of
 * virtual time, computed with integers, so the timer never drifts against the clock. Only a counter
 * whose OUT pin is connected arms an event for its next change of OUT, and a count for which OUT
 * never changes (1 in modes 2 and 3, which the data sheet forbids) arms none. Between an interrupt
 * that was acknowledged and the next, nobody sees when OUT of counter 0 falls: that event is quiet
 * (hw/base/clock.h), and whoever reads levels of the line says clock_settle() before.
 *
 * Not modelled: the half CLK by which OUT is early in some modes; writing the control word of a
 * counter between the two bytes of a read does what the data sheet leaves open.
 */
#include "hw/chipset/i8254.h"
#include <stdio.h>

/* ---- time ---- */

u64 i8254_tick_at(u64 ns)
{
    return ns / NS_PER_SEC * PIT_HZ + ns % NS_PER_SEC * PIT_HZ / NS_PER_SEC;
}

/* The first nanosecond that belongs to this tick. */
u64 i8254_tick_time(u64 tick)
{
    return tick / PIT_HZ * NS_PER_SEC + (tick % PIT_HZ * NS_PER_SEC + PIT_HZ - 1) / PIT_HZ;
}

/* ---- the counting element ---- */

static u32 modulus(const struct i8254_counter *c)
{
    return c->bcd ? 10000 : 65536;
}

/* The count register as a number of pulses; 0 stands for the largest one. */
static u32 initial_count(const struct i8254_counter *c)
{
    u32 n = c->cr;
    if (c->bcd)
        n = (u32)(c->cr >> 12) * 1000 + bits(c->cr, 11, 8) * 100 + bits(c->cr, 7, 4) * 10 +
            (c->cr & 15);
    return n ? n : modulus(c);
}

static u16 visible_count(const struct i8254_counter *c)
{
    u32 v = c->ce % modulus(c);
    if (!c->bcd)
        return (u16)v;
    return (u16)(v / 1000 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10);
}

/* CR goes to CE. */
static void load_count(struct i8254_counter *c)
{
    u32 n = initial_count(c);
    c->load = false;
    c->idle = false;
    c->expired = false;
    c->null_count = false;
    c->reload = n;
    c->ce = c->mode == 3 ? n & ~1u : n;
    if (c->mode == 1)
        c->out = false;
}

/* Pulses until OUT toggles in mode 3: an odd count gives its extra pulse to the high half. */
static u32 half_left(const struct i8254_counter *c)
{
    return c->ce / 2 + (c->out && (c->reload & 1));
}

static u32 half_length(const struct i8254_counter *c)
{
    return c->out ? (c->reload + 1) / 2 : c->reload / 2;
}

static void count_square(struct i8254_counter *c, u64 n)
{
    u32 left = half_left(c);
    if (n < left) {
        c->ce -= 2 * (u32)n; /* an odd count's last pulse is at 0 and ends the half */
        return;
    }
    n -= left;
    c->out = !c->out;
    load_count(c); /* a new count takes effect at the end of a half cycle */
    n %= c->reload;
    while (n >= half_length(c)) { /* at most twice: n is below a whole period */
        n -= half_length(c);
        c->out = !c->out;
    }
    if (c->reload == 1)
        c->out = true;
    c->ce -= 2 * (u32)n;
}

/* Let n CLK pulses pass. */
void i8254_count_on(struct i8254_counter *c, u64 n)
{
    if (!n)
        return;
    c->tick += n;
    if (c->load) {
        load_count(c);
        if (c->mode != 0 && c->mode != 1)
            c->out = true;
        n--;
    }
    if ((c->mode == 4 || c->mode == 5) && !c->out && n)
        c->out = true; /* the strobe is one pulse long */
    if (c->idle || !n)
        return;
    bool gated = c->mode != 1 && c->mode != 5;
    if (gated && !c->gate)
        return;

    if (c->mode == 2) {
        if (n >= c->ce) {
            n -= c->ce;
            load_count(c);
            n %= c->reload;
        }
        c->ce -= (u32)n;
        c->out = c->ce != 1 || c->reload == 1;
        return;
    }
    if (c->mode == 3) {
        count_square(c, n);
        return;
    }
    if (!c->expired && n >= c->ce) {
        c->expired = true;
        c->out = c->mode == 4 || c->mode == 5 ? n > c->ce : true;
    }
    u32 m = modulus(c);
    c->ce = (u32)((c->ce % m + m - n % m) % m);
}

/* CLK pulses until OUT may change, 0 = never unless something is programmed. */
u64 i8254_next_change(const struct i8254_counter *c)
{
    if ((c->mode == 4 || c->mode == 5) && !c->out)
        return 1;
    if (c->load) {
        u32 n = initial_count(c);
        switch (c->mode) {
        case 0:
            return c->gate ? 1 + n : 0;
        case 1:
            return c->out ? 1 : 1 + n;
        case 2:
            return !c->out ? 1 : c->gate && n > 1 ? n : 0;
        case 3:
            return !c->out ? 1 : c->gate && n > 1 ? 1 + (n + 1) / 2 : 0;
        case 4:
            return c->gate ? 1 + n : 0;
        default:
            return 1 + n;
        }
    }
    if (c->idle)
        return 0;
    switch (c->mode) {
    case 0:
    case 4:
        return c->gate && !c->expired ? c->ce : 0;
    case 2:
        if (!c->gate || (c->reload == 1 && !c->null_count))
            return 0;
        return c->ce > 1 ? c->ce - 1 : 1;
    case 3:
        if (!c->gate || (c->reload == 1 && !c->null_count))
            return 0;
        return half_left(c) ? half_left(c) : 1;
    default:
        return c->expired ? 0 : c->ce;
    }
}

/* ---- the device ---- */

static void show_pin(struct i8254 *pit, unsigned i)
{
    if (pit->pin[i] != pit->counter[i].out) {
        pit->pin[i] = pit->counter[i].out;
        irq_set(&pit->out[i], pit->pin[i]);
    }
}

/* Bring a counter up to the present. A connected OUT pin shows its edges in order. */
static void catch_up(struct i8254 *pit, unsigned i)
{
    struct i8254_counter *c = &pit->counter[i];
    clock_settle(pit->dev.board->clock);
    u64 now = i8254_tick_at(clock_now(pit->dev.board->clock));
    if (i == 2 && pit->before_counter2)
        pit->before_counter2(pit->before_opaque);
    if (now <= c->tick)
        return;
    if (pit->out[i].fn) {
        /* The event of each edge came in time, so that one edge at most is open here. */
        u64 n = i8254_next_change(c);
        if (n && n <= now - c->tick) {
            i8254_count_on(c, n);
            show_pin(pit, i);
        }
    }
    i8254_count_on(c, now - c->tick);
    show_pin(pit, i);
}

/*
 * An event that stands as it is keeps its place among those of the same instant: rounds of a loop
 * that reads the count may be passed without being executed (cpu/spin.h), and leave the same.
 */
static void arm(struct i8254 *pit, unsigned i)
{
    const struct i8254_counter *c = &pit->counter[i];
    if (!pit->out[i].fn)
        return;
    struct timer *t = &pit->edge[i];
    u64 n = i8254_next_change(c), when = i8254_tick_time(c->tick + n);
    if (!n)
        timer_disarm(t);
    else if (timer_armed(t) && t->when == when)
        timer_audible(t);
    else
        timer_arm(t, when);
}

/* After a register or gate changed. */
static void settle(struct i8254 *pit, unsigned i)
{
    show_pin(pit, i);
    arm(pit, i);
}

static void on_edge(struct i8254 *pit, unsigned i)
{
    catch_up(pit, i);
    arm(pit, i);
}

static void on_edge0(void *opaque)
{
    on_edge(opaque, 0);
}

static void on_edge1(void *opaque)
{
    on_edge(opaque, 1);
}

static void on_edge2(void *opaque)
{
    on_edge(opaque, 2);
}

void i8254_set_gate(struct i8254 *pit, unsigned i, bool level)
{
    struct i8254_counter *c = &pit->counter[i];
    if (level == c->gate)
        return;
    catch_up(pit, i);
    c->gate = level;
    switch (c->mode) {
    case 1:
    case 5:
        /* A trigger works once a count was written; CR is loaded with the next pulse. */
        if (level && c->written)
            c->load = true;
        break;
    case 2:
    case 3:
        if (!level)
            c->out = true;
        else if (!c->idle)
            c->load = true;
        break;
    default:
        break;
    }
    settle(pit, i);
}

bool i8254_out(struct i8254 *pit, unsigned i)
{
    catch_up(pit, i);
    arm(pit, i);
    return pit->counter[i].out;
}

/* A copy of the counter as it is now: whoever only looks leaves no trace in the machine. */
static struct i8254_counter present(const struct i8254 *pit, unsigned i)
{
    struct i8254_counter c = pit->counter[i];
    u64 now = i8254_tick_at(clock_now(pit->dev.board->clock));
    if (now > c.tick)
        i8254_count_on(&c, now - c.tick);
    return c;
}

bool i8254_taken(struct i8254 *pit)
{
    struct timer *t = &pit->edge[0];
    struct i8254_counter c = pit->counter[0];
    if (!timer_armed(t) || t == t->clock->quiet || !c.out)
        return false;
    i8254_count_on(&c, i8254_next_change(&c));
    if (c.out || i8254_tick_time(c.tick) != t->when)
        return false;
    u64 n = i8254_next_change(&c);
    timer_quiet(t, n ? i8254_tick_time(c.tick + n) : CLOCK_NEVER);
    return true;
}

u64 i8254_out_steady(const struct i8254 *pit, unsigned i)
{
    struct i8254_counter c = present(pit, i);
    u64 n = i8254_next_change(&c);
    return n ? i8254_tick_time(c.tick + n) : BUS_STEADY_TILL_TOLD;
}

double i8254_frequency(const struct i8254 *pit, unsigned i)
{
    struct i8254_counter c = present(pit, i);
    if ((c.mode != 2 && c.mode != 3) || c.idle || !c.gate || c.reload < 2)
        return 0;
    return (double)PIT_HZ / c.reload;
}

/*
 * How the count goes on, by whole pulses until it is loaded anew or passes 0; what becomes of it in
 * BCD, and with the pulse that loads it, is left open.
 */
static bool count_curve(const struct i8254 *pit, unsigned i, struct curve *curve)
{
    struct i8254_counter c = present(pit, i);
    bool gated = c.mode != 1 && c.mode != 5, runs = !c.idle && (c.gate || !gated);
    if (c.bcd || c.load || (runs && c.mode == 3 && !half_left(&c)) || (c.mode == 2 && !c.ce))
        return false;
    *curve = (struct curve){
        .at = clock_now(pit->dev.board->clock), .hz = PIT_HZ, .value = c.ce, .left = c.ce};
    if (runs)
        curve->step = c.mode == 3 ? -2 : -1;
    else
        curve->left = CLOCK_NEVER;
    if (runs && c.mode == 3)
        curve->left = half_left(&c) - 1;
    else if (runs && c.mode == 2)
        curve->left = c.ce - 1;
    return true;
}

static void latch_count(struct i8254 *pit, unsigned i)
{
    struct i8254_counter *c = &pit->counter[i];
    if (c->latched)
        return; /* the first one stands until it has been read */
    if (!count_curve(pit, i, &pit->latch_curve[i]))
        pit->latch_curve[i].hz = 0;
    c->latch = visible_count(c);
    c->latched = c->access;
}

static void latch_status(struct i8254_counter *c)
{
    if (c->status_latched)
        return;
    c->status_latched = true;
    c->status =
        (u8)(c->out << 7 | c->null_count << 6 | c->access << 4 | c->mode << 1 | (c->bcd ? 1 : 0));
}

static void write_control(struct i8254 *pit, u8 v)
{
    unsigned i = v >> 6;
    if (i == 3) { /* read-back: COUNT# and STATUS# are active low */
        for (i = 0; i < 3; i++) {
            if (!bit(v, i + 1))
                continue;
            catch_up(pit, i);
            arm(pit, i);
            if (!(v & 0x20))
                latch_count(pit, i);
            if (!(v & 0x10))
                latch_status(&pit->counter[i]);
        }
        return;
    }
    struct i8254_counter *c = &pit->counter[i];
    catch_up(pit, i);
    if (!(v & 0x30)) {
        latch_count(pit, i);
        arm(pit, i);
        return;
    }
    c->access = v >> 4 & 3;
    c->mode = v >> 1 & 7;
    if (c->mode > 5)
        c->mode -= 4; /* the top bit is "don't care" for modes 2 and 3 */
    c->bcd = v & 1;
    c->write_high = c->read_high = false;
    c->latched = 0;
    c->status_latched = false;
    c->null_count = true;
    c->written = false;
    c->load = false;
    c->idle = true;
    c->expired = false;
    c->out = c->mode != 0;
    settle(pit, i);
}

/* CR is complete. */
static void count_written(struct i8254 *pit, struct i8254_counter *c, u16 value)
{
    c->cr = value;
    c->written = true;
    c->null_count = true;
    switch (c->mode) {
    case 0:
        c->out = false;
        c->load = true;
        break;
    case 4:
        c->load = true;
        break;
    case 2:
    case 3:
        /* A running counter takes the new count at the end of its (half) period. */
        if (c->idle)
            c->load = true;
        if (initial_count(c) == 1)
            log_at(pit->dev.board->log, LOG_GUEST, "pit: count 1 in mode %u never ends", c->mode);
        break;
    default: /* 1 and 5 wait for a trigger */
        break;
    }
}

static void pit_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct i8254 *pit = dev;
    u8 v = (u8)value;
    unsigned i = port & 3;
    if (i == 3) {
        write_control(pit, v);
        return;
    }
    struct i8254_counter *c = &pit->counter[i];
    catch_up(pit, i);
    switch (c->access) {
    case 1:
        count_written(pit, c, v);
        break;
    case 2:
        count_written(pit, c, (u16)(v << 8));
        break;
    default:
        if (!c->write_high) {
            c->cr_low = v;
            if (c->mode == 0) { /* the first byte stops mode 0 */
                c->idle = true;
                c->load = false;
                c->out = false;
            }
        } else {
            count_written(pit, c, (u16)(v << 8 | c->cr_low));
        }
        c->write_high = !c->write_high;
    }
    settle(pit, i);
}

static u32 pit_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct i8254 *pit = dev;
    unsigned i = port & 3;
    if (i == 3)
        return 0xff; /* the control word cannot be read */
    struct i8254_counter *c = &pit->counter[i];
    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    if (c->latched) {
        bool low = c->latched & 1;
        c->latched &= low ? 2 : 0;
        return low ? c->latch & 0xff : c->latch >> 8;
    }
    catch_up(pit, i);
    arm(pit, i);
    u16 count = visible_count(c);
    bool high = c->access == 2;
    if (c->access == 3) {
        high = c->read_high;
        c->read_high = !c->read_high;
    }
    return high ? count >> 8 : count & 0xff;
}

/*
 * A counter's status is latched again and again until OUT has changed; and its count, which nobody
 * can say how long it stays.
 */
static bool pit_chooses(const void *dev, u16 port, u8 value)
{
    (void)dev;
    return (port & 3) == 3 && ((value & 0xc0) == 0xc0 || !(value & 0x30));
}

static u64 pit_chosen(const void *dev)
{
    const struct i8254 *pit = dev;
    u64 v = 0;
    for (unsigned i = 0; i < 3; i++) {
        const struct i8254_counter *c = &pit->counter[i];
        v = v << 8 | c->latched | (u64)c->status_latched << 2 | (u64)c->read_high << 3;
    }
    return v;
}

static u64 pit_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct i8254 *pit = dev;
    unsigned i = port & 3;
    (void)others;
    if (i == 3)
        return BUS_STEADY_TILL_TOLD;
    struct i8254_counter c = present(pit, i);
    u8 was = c.status;
    if (!c.status_latched)
        return 0;
    c.status_latched = false;
    latch_status(&c);
    return c.status == was && !c.load ? i8254_out_steady(pit, i) : 0;
}

static bool pit_curve(void *dev, u16 port, unsigned size, struct curve *curve)
{
    const struct i8254 *pit = dev;
    unsigned i = port & 3;
    const struct i8254_counter *c = &pit->counter[i];
    (void)size;
    if (i == 3 || c->status_latched)
        return false;
    bool high = c->access == 2 || (c->access == 3 && c->read_high);
    if (c->latched) {
        *curve = pit->latch_curve[i];
        high = !(c->latched & 1);
    } else if (!count_curve(pit, i, curve)) {
        return false;
    }
    curve->shift = high ? 8 : 0;
    curve->bits = 8;
    return curve->hz;
}

static const struct port_choice pit_choice = {pit_chooses, pit_chosen};

static const struct port_ops pit_ports = {pit_in, pit_out, 1};

static bool i8254_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    struct i8254 *pit = (struct i8254 *)d;
    static timer_fn *const fn[3] = {on_edge0, on_edge1, on_edge2};
    for (int i = 0; i < 3; i++)
        timer_init(&pit->edge[i], b->clock, fn[i], pit);
    bus_claim(b->bus, 0x40, 4, &pit_ports, pit, d->name);
    bus_steady(b->bus, 0x40, pit_steady);
    bus_curve(b->bus, 0x40, pit_curve);
    bus_choice(b->bus, 0x40, &pit_choice);
    return true;
}

static void i8254_reset(struct device *d)
{
    struct i8254 *pit = (struct i8254 *)d;
    u64 now = i8254_tick_at(clock_now(d->board->clock));
    for (unsigned i = 0; i < 3; i++) {
        /* The 8254 has no reset pin and wakes up undefined; this is a state it can be in. */
        pit->counter[i] = (struct i8254_counter){.access = 3,
                                                 .mode = 3,
                                                 .idle = true,
                                                 .null_count = true,
                                                 .out = true,
                                                 .tick = now,
                                                 .gate = i != 2};
        settle(pit, i);
    }
}

static void counter_state(struct i8254_counter *c, struct state *s)
{
    state_u8(s, "mode", &c->mode);
    state_u8(s, "access", &c->access);
    state_bool(s, "bcd", &c->bcd);
    state_u16(s, "cr", &c->cr);
    state_u8(s, "cr_low", &c->cr_low);
    state_bool(s, "write_high", &c->write_high);
    state_bool(s, "read_high", &c->read_high);
    state_bool(s, "written", &c->written);
    state_bool(s, "null_count", &c->null_count);
    state_u8(s, "latched", &c->latched);
    state_u16(s, "latch", &c->latch);
    state_bool(s, "status_latched", &c->status_latched);
    state_u8(s, "status", &c->status);
    state_u64(s, "tick", &c->tick);
    state_u32(s, "ce", &c->ce);
    state_u32(s, "reload", &c->reload);
    state_bool(s, "load", &c->load);
    state_bool(s, "idle", &c->idle);
    state_bool(s, "expired", &c->expired);
    state_bool(s, "gate", &c->gate);
    state_bool(s, "out", &c->out);
    if (!state_loading(s) || !state_ok(s))
        return;
    bool periodic = c->mode == 2 || c->mode == 3;
    if (c->mode > 5 || !c->access || c->access > 3 || c->latched > 3 || c->ce > 65536 ||
        c->reload > 65536 || (periodic && !c->idle && (!c->reload || c->ce > c->reload)) ||
        (c->mode == 2 && !c->idle && !c->ce))
        state_fail(s, "8254: impossible counter (mode %u, count %u of %u)", c->mode, c->ce,
                   c->reload);
}

static void i8254_state(struct device *d, struct state *s)
{
    struct i8254 *pit = (struct i8254 *)d;
    for (int i = 0; i < 3; i++) {
        counter_state(&pit->counter[i], s);
        state_bool(s, "pin", &pit->pin[i]);
        timer_state(&pit->edge[i], s, "edge");
        if (state_loading(s))
            pit->latch_curve[i].hz = 0;
    }
}

static void i8254_destroy(struct device *d)
{
    struct i8254 *pit = (struct i8254 *)d;
    for (int i = 0; i < 3; i++)
        timer_disarm(&pit->edge[i]);
}

static void i8254_describe(const struct device *d, FILE *out)
{
    const struct i8254 *pit = (const struct i8254 *)d;
    for (int i = 0; i < 3; i++) {
        struct i8254_counter c = present(pit, (unsigned)i);
        u32 n = initial_count(&c);
        fprintf(out, "counter %d: mode %u%s, at %u of %u (%.4f Hz), OUT %d, gate %d%s\n", i, c.mode,
                c.bcd ? " BCD" : "", c.ce, n, (double)PIT_HZ / n, c.out, c.gate,
                c.idle ? ", not loaded" : "");
    }
}

const struct device_class i8254_class = {
    .name = "pit",
    .doc = "8254 programmable interval timer",
    .size = sizeof(struct i8254),
    .state_version = 1,
    .realize = i8254_realize,
    .reset = i8254_reset,
    .state = i8254_state,
    .destroy = i8254_destroy,
    .describe = i8254_describe,
};
