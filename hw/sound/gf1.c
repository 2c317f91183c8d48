/*
 * gf1.c - a frame of the GF1 (gf1.h).
 *
 * A voice gives the sample at its address, interpolated to the next one by nine bits, also when it
 * is stopped: it is silent by its volume alone. It then moves by its frequency; where it comes to
 * its end (going down: to its start) it asks for an interrupt, and stops there, goes on from the
 * other end, or turns round. Volume does the same between its two limits, with each frame, each
 * 8th, 64th or 512th.
 *
 * Addresses of 16-bit samples count words within one of the four banks of 256 KB.
 */
#include "hw/sound/gf1.h"
#include <string.h>

/* sqrt(i / 15) * 2^15: as loud in the middle as at a side. */
static const u16 pan_gain[16] = {0,     8461,  11965, 14654, 16921, 18919, 20724, 22385,
                                 23930, 25382, 26755, 28061, 29309, 30505, 31657, 32768};

/* Below this volume the largest sample is less than one. */
enum { LEAST_HEARD = 0x100 };

void gf1_reset(struct gf1 *g)
{
    memset(g->voice, 0, sizeof(g->voice));
    for (unsigned i = 0; i < GF1_VOICES; i++) {
        g->voice[i].control = g->voice[i].ramp_control = GF1_STOPPED;
        g->voice[i].pan = 7;
    }
    g->voices = GF1_LEAST_VOICES;
    g->frame = 0;
    g->wave_irq = g->ramp_irq = 0;
}

/* ---- a voice's way ---- */

static bool walks(const struct gf1_voice *v)
{
    return !(v->control & (GF1_STOPPED | GF1_STOP));
}

static bool ramps(const struct gf1_voice *v)
{
    return !(v->ramp_control & (GF1_STOPPED | GF1_STOP));
}

static u32 step_of(const struct gf1_voice *v)
{
    return v->frequency >> 1;
}

/* How far it is to the end that the voice goes to; not above 0: there. */
static s64 way_left(const struct gf1_voice *v)
{
    return v->control & GF1_DOWN ? (s64)v->current - v->start : (s64)v->end - v->current;
}

static void move(struct gf1_voice *v, u64 distance)
{
    u32 by = (u32)(distance & GF1_ADDRESS_MASK);
    v->current = (v->control & GF1_DOWN ? v->current - by : v->current + by) & GF1_ADDRESS_MASK;
}

/*
 * The end has been passed by `beyond`, which no loop is shorter than in any sensible program; in
 * others the address goes where the adder takes it.
 */
static void at_end(struct gf1_voice *v, u32 beyond)
{
    bool down = v->control & GF1_DOWN;
    if (!(v->control & GF1_LOOP)) {
        v->control |= GF1_STOPPED;
        v->current = down ? v->start : v->end;
        return;
    }
    if (v->control & GF1_BOTH_WAYS) {
        v->control ^= GF1_DOWN;
        down = !down;
    }
    v->current = (down ? v->end - beyond : v->start + beyond) & GF1_ADDRESS_MASK;
}

static void walk(struct gf1 *g, unsigned i)
{
    struct gf1_voice *v = &g->voice[i];
    s64 before = way_left(v), left = before - step_of(v);
    move(v, step_of(v));
    bool rollover = v->ramp_control & GF1_ROLLOVER;
    if (left > 0 || (rollover && before <= 0))
        return;
    if (v->control & GF1_IRQ)
        g->wave_irq |= 1u << i;
    if (!rollover)
        at_end(v, (u32)-left);
}

/* ---- its volume's ---- */

static unsigned ramp_mask(const struct gf1_voice *v)
{
    return (1u << 3 * (v->ramp_rate >> 6)) - 1;
}

static int ramp_left(const struct gf1_voice *v)
{
    int low = v->ramp_start << 4, high = v->ramp_end << 4;
    return v->ramp_control & GF1_DOWN ? v->volume - low : high - v->volume;
}

static void ramp_at_end(struct gf1_voice *v, int beyond)
{
    bool down = v->ramp_control & GF1_DOWN;
    int low = v->ramp_start << 4, high = v->ramp_end << 4;
    int to = down ? low : high;
    if (!(v->ramp_control & GF1_LOOP)) {
        v->ramp_control |= GF1_STOPPED;
    } else {
        if (v->ramp_control & GF1_BOTH_WAYS) {
            v->ramp_control ^= GF1_DOWN;
            down = !down;
        }
        to = down ? high - beyond : low + beyond;
    }
    v->volume = (u16)(to & 0xfff);
}

/* A move of the volume, which is due. */
static void ramp(struct gf1 *g, unsigned i)
{
    struct gf1_voice *v = &g->voice[i];
    int by = v->ramp_rate & 63, left = ramp_left(v) - by;
    if (left > 0) {
        v->volume = (u16)((v->ramp_control & GF1_DOWN ? v->volume - by : v->volume + by) & 0xfff);
        return;
    }
    if (v->ramp_control & GF1_IRQ)
        g->ramp_irq |= 1u << i;
    ramp_at_end(v, -left);
}

/* ---- the sound ---- */

static int word_at(const struct gf1 *g, u32 address, bool wide)
{
    if (!wide)
        return (s8)g->ram[address & (GF1_RAM - 1)] * 256;
    u32 at = (address & 0xc0000) | (address << 1 & 0x3fffe);
    return (s16)get_le16(g->ram + at);
}

static int sample_of(const struct gf1 *g, const struct gf1_voice *v)
{
    bool wide = v->control & GF1_WIDE;
    u32 address = v->current >> GF1_FRACTION;
    int fraction = (int)(v->current & ((1u << GF1_FRACTION) - 1));
    int a = word_at(g, address, wide), b = word_at(g, address + 1, wide);
    return a + (b - a) * fraction / (1 << GF1_FRACTION);
}

static s16 clip(s32 v)
{
    return (s16)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

struct sound_frame gf1_run(struct gf1 *g)
{
    s32 left = 0, right = 0;
    for (unsigned i = 0; i < g->voices; i++) {
        struct gf1_voice *v = &g->voice[i];
        if (v->volume >= LEAST_HEARD) {
            s32 sample = (s32)((s64)sample_of(g, v) * gf1_gain(v->volume) / (1 << 24));
            left += sample * pan_gain[15 - v->pan] / 32768;
            right += sample * pan_gain[v->pan] / 32768;
        }
        if (walks(v))
            walk(g, i);
        if (ramps(v) && !(g->frame & ramp_mask(v)))
            ramp(g, i);
    }
    g->frame++;
    return (struct sound_frame){clip(left), clip(right)};
}

/* ---- many frames ---- */

/* Steps of which all but the last are nothing but additions. */
static u64 steps_to(u64 left, u32 step)
{
    return step ? (left + step - 1) / step : GF1_NEVER;
}

static u64 walk_ahead(const struct gf1_voice *v)
{
    s64 left = way_left(v);
    if (left > 0)
        return steps_to((u64)left, step_of(v));
    if (!(v->ramp_control & GF1_ROLLOVER))
        return 1;
    /* Past the end, and going on until addresses begin again. */
    u64 rest = v->control & GF1_DOWN ? v->current + 1ull : GF1_ADDRESS_MASK + 1ull - v->current;
    return steps_to(rest, step_of(v));
}

static u64 ramp_ahead(const struct gf1_voice *v)
{
    int left = ramp_left(v);
    return left > 0 ? steps_to((u64)left, v->ramp_rate & 63) : 1;
}

static void skip_walk(struct gf1 *g, unsigned i, u64 n)
{
    struct gf1_voice *v = &g->voice[i];
    while (n && walks(v)) {
        u64 ahead = walk_ahead(v);
        if (ahead > n) {
            move(v, n * step_of(v));
            return;
        }
        move(v, (ahead - 1) * step_of(v));
        walk(g, i);
        n -= ahead;
    }
}

static void skip_ramp(struct gf1 *g, unsigned i, u64 n)
{
    struct gf1_voice *v = &g->voice[i];
    /* Frames of the n that are its: multiples of mask + 1. */
    u64 mask = ramp_mask(v), from = g->frame & mask;
    u64 moves = (from + n + mask) / (mask + 1) - (from ? 1 : 0);
    while (moves && ramps(v)) {
        u64 ahead = ramp_ahead(v);
        u64 plain = ahead > moves ? moves : ahead - 1;
        int by = (int)(plain * (v->ramp_rate & 63));
        v->volume = (u16)((v->ramp_control & GF1_DOWN ? v->volume - by : v->volume + by) & 0xfff);
        moves -= plain;
        if (moves) {
            ramp(g, i);
            moves--;
        }
    }
}

void gf1_skip(struct gf1 *g, u64 n)
{
    for (unsigned i = 0; i < g->voices; i++) {
        skip_walk(g, i, n);
        skip_ramp(g, i, n);
    }
    g->frame += (u32)n;
}

u64 gf1_next_event(const struct gf1 *g)
{
    u64 next = GF1_NEVER;
    for (unsigned i = 0; i < g->voices; i++) {
        const struct gf1_voice *v = &g->voice[i];
        if (walks(v) && v->control & GF1_IRQ && !(g->wave_irq >> i & 1)) {
            u64 ahead = walk_ahead(v);
            next = ahead < next ? ahead : next;
        }
        if (ramps(v) && v->ramp_control & GF1_IRQ && !(g->ramp_irq >> i & 1)) {
            u64 mask = ramp_mask(v), moves = ramp_ahead(v);
            if (moves == GF1_NEVER)
                continue;
            u64 first = (mask + 1 - (g->frame & mask)) & mask; /* frames before its next one */
            u64 ahead = first + (moves - 1) * (mask + 1) + 1;
            next = ahead < next ? ahead : next;
        }
    }
    return next;
}

bool gf1_moves(const struct gf1 *g)
{
    for (unsigned i = 0; i < g->voices; i++)
        if (walks(&g->voice[i]) || ramps(&g->voice[i]))
            return true;
    return false;
}

/* ---- state ---- */

static void voice_state(struct gf1_voice *v, struct state *s)
{
    state_u8(s, "control", &v->control);
    state_u8(s, "ramp control", &v->ramp_control);
    state_u16(s, "frequency", &v->frequency);
    state_u32(s, "start", &v->start);
    state_u32(s, "end", &v->end);
    state_u32(s, "current", &v->current);
    state_u8(s, "ramp rate", &v->ramp_rate);
    state_u8(s, "ramp start", &v->ramp_start);
    state_u8(s, "ramp end", &v->ramp_end);
    state_u8(s, "pan", &v->pan);
    state_u16(s, "volume", &v->volume);
    if (state_loading(s) &&
        (v->pan > 15 || v->volume > 0xfff || (v->start | v->end | v->current) > GF1_ADDRESS_MASK))
        state_fail(s, "GF1: a voice where none can be");
}

void gf1_state(struct gf1 *g, struct state *s)
{
    for (unsigned i = 0; i < GF1_VOICES; i++)
        voice_state(&g->voice[i], s);
    state_u8(s, "voices", &g->voices);
    state_u32(s, "frame", &g->frame);
    state_u32(s, "wave irq", &g->wave_irq);
    state_u32(s, "ramp irq", &g->ramp_irq);
    state_memory(s, "dram", g->ram, GF1_RAM);
    if (state_loading(s) && (g->voices < GF1_LEAST_VOICES || g->voices > GF1_VOICES))
        state_fail(s, "GF1: %u voices", g->voices);
    if (!state_ok(s))
        gf1_reset(g);
}
