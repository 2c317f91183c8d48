/*
 * tandy.c - SN76489 (Texas Instruments data sheet SN76489AN, 1978), at 3.579545 MHz as in a PCjr or
 * Tandy 1000 (Tandy 1000 Technical Reference, "Sound"). See tandy.h.
 *
 * Each voice is a square wave: its output turns every `period` clocks of 1/16 of the chip's. They
 * are put down jump by jump (steps.h). Voices beyond 24 kHz are their average, which is how a
 * voice of period 1 serves as a converter by its attenuation.
 *
 * On an AT the second DMA controller is at C0h to DFh. Both are on the bus and both decode: a write
 * goes to the controller as well (its channel 4 is the cascade, whose address and count nobody
 * uses), and reads are the controller's, for this chip has none.
 *
 * A voice that is not heard stands still, where the chip's goes on: its phase when it is turned up
 * again is another one, which no ear can tell.
 *
 * Not modelled: READY (the chip takes 32 clocks for a byte, the bus waits), the variants' other
 * noise taps, Tandy's own 8-bit converter (C4h to C7h).
 */
#include "hw/sound/tandy.h"
#include <stdio.h>

enum {
    PORTS = 8,
    HZ_NUM = 3579545, /* by 16: ticks */
    HZ_DEN = 16,
    TOO_FAST = 4, /* a period of so few ticks is above 24 kHz */
    OFF = 15,
    LONGEST = 1024,
    SHIFT_START = 0x4000
};

/* A voice's height at attenuations of 2 dB a step: 8000 * 10^(-n/10). */
static const s16 heights[16] = {8000, 6355, 5048, 4010, 3185, 2530, 2010, 1596,
                                1268, 1007, 800,  635,  505,  401,  318,  0};

static u64 tick_at(u64 ns)
{
    return (u64)((unsigned __int128)ns * HZ_NUM / ((u64)HZ_DEN * NS_PER_SEC));
}

static u64 tick_time(u64 tick)
{
    u64 unit = (u64)HZ_DEN * NS_PER_SEC;
    return (u64)(((unsigned __int128)tick * unit + HZ_NUM - 1) / HZ_NUM);
}

static u32 tone_period(const struct tandy *t, unsigned voice)
{
    return t->period[voice] ? t->period[voice] : LONGEST;
}

/* Ticks between two turns of a voice. The noise's register shifts at every second one. */
static u32 period_of(const struct tandy *t, unsigned voice)
{
    if (voice != TANDY_NOISE)
        return tone_period(t, voice);
    return (t->noise & 3) == 3 ? tone_period(t, 2) : 16u << (t->noise & 3);
}

static bool too_fast(const struct tandy *t, unsigned voice)
{
    return voice != TANDY_NOISE && tone_period(t, voice) <= TOO_FAST;
}

static s16 level_of(const struct tandy *t)
{
    s32 sum = 0;
    for (unsigned i = 0; i < TANDY_VOICES; i++) {
        s32 height = heights[t->attenuation[i]];
        bool high = i == TANDY_NOISE ? t->shift & 1 : t->high[i];
        sum += too_fast(t, i) ? height / 2 : high ? height : 0;
    }
    return (s16)sum;
}

static void put(struct tandy *t, u64 at)
{
    steps_put(&t->steps, at, level_of(t), level_of(t));
}

static void turn(struct tandy *t, unsigned voice)
{
    t->high[voice] = !t->high[voice];
    t->left[voice] = period_of(t, voice);
    if (voice != TANDY_NOISE || !t->high[voice])
        return;
    u16 in = t->noise & 4 ? (t->shift ^ t->shift >> 1) & 1 : t->shift & 1;
    t->shift = (u16)(t->shift >> 1 | in << 14);
}

static bool heard(const struct tandy *t, unsigned voice)
{
    return t->attenuation[voice] != OFF && !too_fast(t, voice);
}

/* So many ticks, in which nothing that is heard turns but at their end. What is not stands still.
 */
static void count_on(struct tandy *t, u64 ticks)
{
    for (unsigned i = 0; i < TANDY_VOICES; i++) {
        if (!heard(t, i))
            continue;
        t->left[i] -= (u32)ticks;
        if (!t->left[i])
            turn(t, i);
    }
    t->tick += ticks;
}

/* All jumps up to `to`. false: nothing is heard until a register is written. */
static bool walk(void *opaque, u64 to)
{
    struct tandy *t = opaque;
    u64 last = tick_at(to), begun = tick_at(t->steps.sound.start);
    bool any = false;
    if (t->tick < begun) { /* nobody has listened: it stood still */
        t->tick = begun;
        put(t, t->steps.sound.start);
    }
    while (t->tick < last) {
        u64 n = last - t->tick;
        for (unsigned i = 0; i < TANDY_VOICES; i++)
            n = heard(t, i) && t->left[i] < n ? t->left[i] : n;
        count_on(t, n);
        put(t, tick_time(t->tick));
    }
    for (unsigned i = 0; i < TANDY_VOICES; i++)
        any |= heard(t, i);
    return any;
}

/* ---- registers ---- */

static void write_register(struct tandy *t, u8 reg, u8 v, bool first)
{
    unsigned voice = reg >> 1;
    if (reg & 1) {
        t->attenuation[voice] = v & 15;
    } else if (voice == TANDY_NOISE) {
        t->noise = v & 7;
        t->shift = SHIFT_START;
    } else if (first) {
        t->period[voice] = (u16)((t->period[voice] & 0x3f0) | (v & 15));
    } else {
        t->period[voice] = (u16)((v & 0x3f) << 4 | (t->period[voice] & 15));
    }
}

static void tandy_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct tandy *t = dev;
    u8 v = (u8)value;
    if (t->behind.ops)
        t->behind.ops->out(t->behind.dev, port, value, size);
    u64 now = clock_now(t->dev.board->clock);
    steps_sync(&t->steps);
    if (sound_heard(&t->steps.sound))
        walk(t, now);
    if (v & 0x80)
        t->latch = v >> 4 & 7;
    write_register(t, t->latch, v, v & 0x80);
    put(t, now);
}

static u32 tandy_in(void *dev, u16 port, unsigned size)
{
    const struct tandy *t = dev;
    return t->behind.ops ? t->behind.ops->in(t->behind.dev, port, size) : 0xff;
}

static const struct port_ops ports = {tandy_in, tandy_out, 1};

static bool tandy_realize(struct device *d, const struct board *b, struct err *e)
{
    struct tandy *t = (struct tandy *)d;
    const struct port_range *r = &b->bus->ranges[b->bus->port_map[t->base]];
    (void)e;
    if (b->bus->port_map[t->base])
        t->behind = *r;
    for (unsigned i = 0; i < TANDY_VOICES; i++)
        t->left[i] = LONGEST;
    t->shift = SHIFT_START;
    bus_claim_over(b->bus, t->base, PORTS, &ports, t, d->name);
    steps_attach(d, &t->steps, "tandy", walk, t);
    return true;
}

/* The chip has no RESET; what a Tandy's BIOS does first is to silence it. */
static void tandy_reset(struct device *d)
{
    struct tandy *t = (struct tandy *)d;
    steps_sync(&t->steps);
    for (unsigned i = 0; i < TANDY_VOICES; i++)
        t->attenuation[i] = OFF;
    for (unsigned i = 0; i < 3; i++)
        t->period[i] = 0;
    t->noise = t->latch = 0;
    put(t, clock_now(d->board->clock));
}

static void tandy_state(struct device *d, struct state *s)
{
    struct tandy *t = (struct tandy *)d;
    state_u16s(s, "periods", t->period, 3);
    state_u8(s, "noise", &t->noise);
    state_bytes(s, "attenuations", t->attenuation, sizeof(t->attenuation));
    state_u8(s, "latch", &t->latch);
    if (!state_digesting(s)) {
        state_u64(s, "tick", &t->tick);
        state_u32s(s, "left", t->left, TANDY_VOICES);
        for (unsigned i = 0; i < TANDY_VOICES; i++)
            state_bool(s, "high", &t->high[i]);
        state_u16(s, "shift", &t->shift);
    }
    for (unsigned i = 0; state_loading(s) && i < TANDY_VOICES; i++) {
        if (t->attenuation[i] > OFF || (i < 3 && t->period[i] > 0x3ff) || !t->left[i] ||
            t->left[i] > LONGEST || t->noise > 7 || t->latch > 7)
            state_fail(s, "SN76489: impossible voice");
    }
    steps_state(&t->steps, s);
}

static void tandy_destroy(struct device *d)
{
    steps_free(&((struct tandy *)d)->steps);
}

static void tandy_describe(const struct device *d, FILE *out)
{
    const struct tandy *t = (const struct tandy *)d;
    for (unsigned i = 0; i < 3; i++)
        fprintf(out, "voice %u: %.1f Hz, -%u dB\n", i,
                (double)HZ_NUM / HZ_DEN / 2 / tone_period(t, i), 2 * t->attenuation[i]);
    fprintf(out, "noise: %s, rate %u, -%u dB\n", t->noise & 4 ? "white" : "periodic", t->noise & 3,
            2 * t->attenuation[TANDY_NOISE]);
}

static const struct prop props[] = {
    PROP_U16_ROW(struct tandy, base, "iobase", "0xc0", 0x10, 0xfff8, "first of eight ports"),
    PROP_END,
};

const struct device_class tandy_class = {
    .name = "tandy",
    .model = "tandy",
    .doc = "three voices of a Tandy 1000 or PCjr (SN76489)",
    .size = sizeof(struct tandy),
    .props = props,
    .bus = BUS_ISA,
    .optional = true,
    .state_version = 1,
    .realize = tandy_realize,
    .reset = tandy_reset,
    .state = tandy_state,
    .destroy = tandy_destroy,
    .describe = tandy_describe,
};
