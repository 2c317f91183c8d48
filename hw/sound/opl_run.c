/*
 * opl_run.c - a sample of the YMF262: 36 operators one after the other, each a feedback, a phase,
 * an envelope, and a wave turned from logarithm to 13 bits; the two sums are taken in the middle
 * of that, before the operators with the last numbers.
 */
#include "hw/sound/opl_internal.h"

/* ---- envelope ---- */

/*
 * Envelopes move by the chip's sample counter: each rate below 48 on one of 2^n samples (the caller
 * has seen that this is one, opl_operator.pause), by a pattern of eight that gives it 4 to 7 of 8
 * moves; above that on each, by more.
 */
static unsigned envelope_move(unsigned rate, u32 count)
{
    /* Eight moves, first in the lowest bit, of the four rates with one exponent. */
    static const u8 slow[4] = {0xaa, 0xba, 0xee, 0xfe};
    static const u8 fast[4] = {0x00, 0x03, 0x33, 0x3f};
    unsigned high = rate >> 2, low = rate & 3;
    if (!rate)
        return 0;
    if (high <= 12)
        return slow[low] >> (count >> (12 - high) & 7) & 1;
    if (high == 15)
        return 4;
    return (1u + (fast[low] >> (count & 7) & 1)) << (high - 13);
}

static void next_stage(struct opl *o, unsigned op, u8 stage)
{
    o->op[op].stage = stage;
    opl_update_rate(o, op);
}

static void release(struct opl *o, unsigned op, unsigned move)
{
    struct opl_operator *p = &o->op[op];
    if (p->envelope < ENVELOPE_MAX) {
        p->envelope = (u16)(p->envelope + move);
    } else {
        p->envelope = ENVELOPE_MAX;
        next_stage(o, op, OPL_OFF);
    }
}

static void attack(struct opl *o, unsigned op, unsigned move)
{
    struct opl_operator *p = &o->op[op];
    if (!p->envelope) {
        next_stage(o, op, OPL_DECAY);
        return;
    }
    int level = p->envelope - ((p->envelope + 1) * (int)move + 7) / 8;
    p->envelope = (u16)(level < 0 ? 0 : level);
}

static void run_envelope(struct opl *o, unsigned op)
{
    struct opl_operator *p = &o->op[op];
    if (p->stage == OPL_SUSTAIN && p->flags & FLAG_SUSTAINED)
        return;
    unsigned move = o->count & p->pause ? 0 : envelope_move(p->rate, o->count);
    switch (p->stage) {
    case OPL_ATTACK:
        attack(o, op, move);
        break;
    case OPL_DECAY:
        if (p->envelope >= opl_sustain_level(p))
            next_stage(o, op, OPL_SUSTAIN);
        else
            p->envelope = (u16)(p->envelope + move);
        break;
    default:
        release(o, op, move);
        break;
    }
}

/* ---- phase ---- */

/*
 * Vibrato moves the F-number by its three highest bits, or half of them, up and then down; half of
 * that again unless it is deep.
 */
u32 opl_vibrato_step(const struct opl *o, unsigned op, unsigned at)
{
    const struct opl_operator *p = &o->op[op];
    if (!(p->flags & FLAG_VIBRATO) || !(at & 3))
        return p->step;
    const struct opl_channel *c = &o->channel[opl_channel_of(op)];
    unsigned range = (unsigned)c->number >> 7;
    range >>= (at & 1) + !(o->reg[0xbd] & DEEP_VIBRATO);
    return opl_step(at & 4 ? c->number - range : c->number + range, c->block, p->flags);
}

static void run_phase(struct opl *o, unsigned op)
{
    struct opl_operator *p = &o->op[op];
    u32 step = p->flags & FLAG_VIBRATO ? opl_vibrato_step(o, op, o->vibrato_at) : p->step;
    p->phase = (p->phase + step) & PHASE_MASK;
}

/* ---- output ---- */

/* The high bits of noise and of two phases that three of the drums share instead of their own. */
static unsigned drum_phase(const struct opl *o, unsigned op)
{
    unsigned hat = o->op[13].phase >> 9, cymbal = o->op[17].phase >> 9, noise = o->noise & 1;
    unsigned mixed = ((hat >> 2 ^ hat >> 7) | (hat >> 3) | (cymbal >> 3 ^ cymbal >> 5)) & 1;
    if (op == 13)
        return mixed << 9 | (mixed ^ noise ? 0xd0 : 0x34);
    if (op == 16)
        return (hat & 0x100 ? 0x200 : 0x100) ^ noise << 8;
    return 0x100 | mixed << 9;
}

static ALWAYS_INLINE void run_operator(struct opl *o, unsigned op, bool rhythm)
{
    struct opl_operator *p = &o->op[op];
    s16 before = p->before;
    p->before = o->out[op];
    run_phase(o, op);
    unsigned total = p->envelope + p->attenuation + (p->flags & FLAG_TREMOLO ? o->tremolo : 0u);
    if (p->stage != OPL_OFF)
        run_envelope(o, op);
    unsigned phase = p->phase >> 9;
    if (rhythm && (op == 13 || op == 16 || op == 17))
        phase = drum_phase(o, op);
    else if (!(rhythm && op == 14))
        phase += opl_modulation(o, op, before);
    o->out[op] = opl_output(o, p, phase, total);
}

static NOINLINE void run_operators(struct opl *o, unsigned op, unsigned end)
{
    for (; op < end; op++)
        run_operator(o, op, false);
}

/* Those that rhythm can change. */
static NOINLINE void run_drums(struct opl *o, unsigned op, unsigned end)
{
    for (; op < end; op++)
        run_operator(o, op, o->reg[0xbd] & RHYTHM);
}

/* ---- the sample ---- */

static void run_oscillators(struct opl *o)
{
    o->noise = opl_next_noise(o->noise);
    if ((o->count & 0x3f) == 0x3f)
        o->tremolo_at = (u8)(o->tremolo_at + 1) % 210;
    o->tremolo = opl_tremolo(o);
    if ((o->count & 0x3ff) == 0x3ff)
        o->vibrato_at = (o->vibrato_at + 1) & 7;
    o->count++;
}

static void run_sample(struct opl *o, s16 *out)
{
    out[1] = o->right;
    run_operators(o, 0, 12);
    run_drums(o, 12, 15);
    out[0] = opl_sum(o, o->to_left);
    run_drums(o, 15, 18);
    run_operators(o, 18, 33);
    o->right = opl_sum(o, o->to_right);
    run_operators(o, 33, 36);
    run_oscillators(o);
}

void opl_run(struct opl *o, s16 *out, size_t samples)
{
    for (size_t i = 0; i < samples; i++)
        run_sample(o, out + 2 * i);
}
