/*
 * steps.c - band-limited steps. See steps.h.
 *
 * A jump of d between two samples adds d times the low-pass's answer to a pulse to the 32 samples
 * around it; the sum over all of them is the level. The answers of a phase add up to exactly 1, so
 * that after a jump the level is what was set, to the last bit, however many came before. Where a
 * jump lies between two phases of the table it is shared out between them.
 */
#include "hw/sound/steps.h"
#include "hw/base/memory.h"
#include "hw/sound/filter.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

enum {
    LAG = FILTER_TAPS / 2, /* samples until a jump has half happened */
    COUPLING = 9           /* the capacitor: 2^9 samples */
};

/* The table takes a millisecond: only for who is heard. */
static void make_filter(struct sound_steps *st)
{
    if (st->filter)
        return;
    st->filter = must_have(malloc(sizeof(*st->filter)), "a sound filter");
    filter_make_jump(st->filter, FILTER_CUTS);
}

/* A jump at sample x = whole + part/2^16 shows from sample whole + 1 on, LAG late. */
static void pulse(struct sound_steps *st, unsigned side, u64 whole, unsigned phase, s64 d)
{
    const s16 *tap = st->filter->tap[phase];
    for (unsigned i = 0; d && i < FILTER_TAPS; i++)
        st->ring[side][(whole + 1 + i) % STEPS_RING] += d * tap[i];
}

void steps_put(struct sound_steps *st, u64 at, s16 left, s16 right)
{
    struct sound_source *src = &st->sound;
    s64 d[2] = {left - st->level.left, right - st->level.right};
    if (!d[0] && !d[1])
        return;
    st->level = (struct sound_frame){left, right};
    if (!sound_heard(src))
        return;
    make_filter(st);
    u64 ns = at > src->start ? at - src->start : 0;
    u64 x = (u64)(((u128)ns * STEPS_NUM << 16) / ((u128)STEPS_DEN * NS_PER_SEC));
    u64 whole = x >> 16;
    if (whole + 1 < src->made) { /* a sample that is made already: at once */
        whole = src->made - 1;
        x = whole << 16;
    }
    if (whole + 1 + FILTER_TAPS > src->made + STEPS_RING) /* walked too far: not lost, but early */
        whole = src->made + STEPS_RING - 1 - FILTER_TAPS;
    unsigned phase = x >> 8 & 0xff;
    for (unsigned side = 0; side < 2; side++) {
        s64 second = d[side] * (s64)(x & 0xff) / 256;
        pulse(st, side, whole, phase, d[side] - second);
        pulse(st, side, whole, phase + 1, second);
    }
    st->pending = true;
}

void steps_set(struct sound_steps *st, s16 left, s16 right)
{
    if (st->level.left == left && st->level.right == right)
        return;
    steps_sync(st);
    steps_put(st, sound_heard(&st->sound) ? clock_now(st->sound.mixer->dev.board->clock) : 0, left,
              right);
}

/* The level is in st->sum times 2^FILTER_BITS; what the capacitor lets through of it. */
static s16 coupled(struct sound_steps *st, unsigned side)
{
    s64 v = st->sum[side] - st->middle[side];
    st->middle[side] += v >> COUPLING;
    v = (v + (1 << (FILTER_BITS - 1))) >> FILTER_BITS;
    return (s16)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

static bool at_rest(const struct sound_steps *st)
{
    for (unsigned side = 0; side < 2; side++) {
        s64 v = st->sum[side] - st->middle[side];
        if (v < 0 || v >= 1 << COUPLING) /* moves the capacitor */
            return false;
    }
    return true;
}

static bool ring_empty(const struct sound_steps *st)
{
    for (unsigned i = 0; i <= FILTER_TAPS; i++) {
        unsigned j = (st->next + i) % STEPS_RING;
        if (st->ring[0][j] || st->ring[1][j])
            return false;
    }
    return true;
}

/* A new grid: what has been is gone. The level is as it was, and nobody hears that it is. */
static void anew(struct sound_steps *st)
{
    memset(st->ring, 0, sizeof(st->ring));
    st->sum[0] = st->middle[0] = (s64)st->level.left * (1 << FILTER_BITS);
    st->sum[1] = st->middle[1] = (s64)st->level.right * (1 << FILTER_BITS);
    st->pending = false;
    st->next = 0;
}

static bool render(void *opaque, u64 first, struct sound_frame *out, unsigned count)
{
    struct sound_steps *st = opaque;
    bool goes_on = false;
    if (first < st->next)
        anew(st);
    st->next = first; /* what was passed over was at rest */
    if (st->walk)
        goes_on = st->walk(st->dev, sound_source_instant(&st->sound, first + count - 1));
    for (unsigned i = 0; i < count; i++, st->next++) {
        unsigned j = st->next % STEPS_RING;
        st->sum[0] += st->ring[0][j];
        st->sum[1] += st->ring[1][j];
        st->ring[0][j] = st->ring[1][j] = 0;
        out[i].left = coupled(st, 0);
        out[i].right = coupled(st, 1);
    }
    if (st->pending && ring_empty(st))
        st->pending = false;
    return goes_on || st->pending || !at_rest(st);
}

void steps_attach(struct device *d, struct sound_steps *st, const char *name,
                  bool (*walk)(void *dev, u64 to), void *dev)
{
    *st = (struct sound_steps){.walk = walk, .dev = dev};
    sound_attach(d, &st->sound, name, render, st, STEPS_NUM, STEPS_DEN);
    st->sound.lag = LAG;
}

void steps_free(struct sound_steps *st)
{
    free(st->filter);
    st->filter = NULL;
}

/* Of the ring, what a jump just before this instant has put down. */
static void ring_state(struct sound_steps *st, struct state *s)
{
    u64 from = st->sound.made;
    s64 taps[2 * (FILTER_TAPS + 2)];
    for (unsigned i = 0; i < ARRAY_SIZE(taps); i++)
        taps[i] = st->ring[i & 1][(from + i / 2) % STEPS_RING];
    state_u64s(s, "taps", (u64 *)taps, ARRAY_SIZE(taps));
    if (!state_loading(s) || !state_ok(s))
        return;
    memset(st->ring, 0, sizeof(st->ring));
    for (unsigned i = 0; i < ARRAY_SIZE(taps); i++)
        st->ring[i & 1][(from + i / 2) % STEPS_RING] = taps[i];
}

void steps_state(struct sound_steps *st, struct state *s)
{
    static const s64 most = 1ll << 40;
    sound_source_state(&st->sound, s);
    if (state_digesting(s))
        return;
    state_u16(s, "step left", (u16 *)&st->level.left);
    state_u16(s, "step right", (u16 *)&st->level.right);
    if (state_loading(s) && state_ok(s))
        anew(st); /* also where nobody listened */
    bool playing = sound_heard(&st->sound);
    state_bool(s, "playing", &playing);
    if (!playing || !state_ok(s))
        return;
    state_u64(s, "next", &st->next);
    state_u64s(s, "sum", (u64 *)st->sum, 2);
    state_u64s(s, "middle", (u64 *)st->middle, 2);
    state_bool(s, "pending", &st->pending);
    ring_state(st, s);
    for (unsigned i = 0; state_loading(s) && i < 2; i++) {
        if (st->sum[i] > most || st->sum[i] < -most || st->middle[i] > most ||
            st->middle[i] < -most)
            state_fail(s, "sound %s: impossible level", st->sound.name);
    }
}
