/*
 * opl_idle.c - an OPL that is silent: what it will have come to after any number of samples, to the
 * last bit, without going through all of them.
 *
 * Where no envelope moves and nothing is heard, counters, noise and phases do not depend on
 * outputs, and have closed forms. The output of an operator that is silent is then 0, or -1 in the
 * negative half of its wave, and depends on its past by feedback alone: a -1 takes the phase back
 * by one step of ten bits, which matters only where the half begins. At such a border a phase that
 * moves stays for 512 samples at most, and elsewhere forgets its past within two; one that stands
 * still has settled after a few. So some samples at the begin and enough at the end are really run,
 * and those between are not. (Only a phase that goes from border to border for ever, by a quarter
 * of a turn or a half each time, may come out with another last bit.)
 */
#include "hw/sound/opl_internal.h"

enum { SETTLE = 8, FORGET = 2048 };

/* Does the envelope stay where it is until something is written? */
static bool settled(const struct opl_operator *p)
{
    switch (p->stage) {
    case OPL_OFF:
        return true;
    case OPL_ATTACK:
        return p->rate == 0 && p->envelope;
    case OPL_DECAY:
        return p->rate == 0 && p->envelope < opl_sustain_level(p);
    case OPL_SUSTAIN:
        return p->rate == 0 || p->flags & FLAG_SUSTAINED;
    default:
        return p->rate == 0;
    }
}

bool opl_idle(const struct opl *o)
{
    for (unsigned i = 0; i < OPL_OPERATORS; i++) {
        const struct opl_operator *p = &o->op[i];
        if (p->stage == OPL_OFF)
            continue;
        if (!settled(p))
            return false;
        bool silent = p->envelope + p->attenuation >= INAUDIBLE;
        bool heard = o->to_left[i] || o->to_right[i];
        bool remembers = p->source == OPL_ITSELF && p->feedback != NO_FEEDBACK;
        if (!silent && (heard || remembers))
            return false;
    }
    return true;
}

/*
 * Is the next sample like the last one in all that it depends on? No phase moves, no envelope, no
 * LFO is used, no noise; and each operator's output, from those of the others, is what it was.
 */
bool opl_still(const struct opl *o)
{
    if (o->reg[0xbd] & RHYTHM)
        return false;
    for (unsigned i = 0; i < OPL_OPERATORS; i++) {
        const struct opl_operator *p = &o->op[i];
        bool moves = p->step || p->flags & (FLAG_TREMOLO | FLAG_VIBRATO) || !settled(p);
        if (moves || p->before != o->out[i])
            return false;
        unsigned phase = (p->phase >> 9) + opl_modulation(o, i, p->before);
        if (opl_output(o, p, phase, p->envelope + (unsigned)p->attenuation) != o->out[i])
            return false;
    }
    return o->right == opl_sum(o, o->to_right);
}

/* Of the first n samples since a round of the vibrato began, how many see it at position `at`? */
static u64 samples_at(unsigned at, u64 n)
{
    enum { ROUND = VIBRATO_STEP * VIBRATO_STEPS };
    u64 rest = n % ROUND, before = at * (u64)VIBRATO_STEP;
    u64 in = rest < before ? 0 : rest - before;
    return n / ROUND * VIBRATO_STEP + (in < VIBRATO_STEP ? in : VIBRATO_STEP);
}

static void skip_phases(struct opl *o, u64 n)
{
    u64 at[VIBRATO_STEPS];
    u64 into = o->vibrato_at * (u64)VIBRATO_STEP + (o->count & (VIBRATO_STEP - 1));
    for (unsigned i = 0; i < VIBRATO_STEPS; i++)
        at[i] = samples_at(i, into + n) - samples_at(i, into);
    for (unsigned op = 0; op < OPL_OPERATORS; op++) {
        u64 phase = o->op[op].phase;
        for (unsigned i = 0; i < VIBRATO_STEPS; i++)
            phase += at[i] * opl_vibrato_step(o, op, i);
        o->op[op].phase = (u32)(phase & PHASE_MASK);
    }
}

/* The register after n steps: a step is linear, so that 2^k of them are a matrix' square. */
static u32 skip_noise(u32 noise, u64 n)
{
    enum { BITS = 23 };
    u32 column[BITS]; /* what each bit alone becomes */
    for (unsigned i = 0; i < BITS; i++)
        column[i] = opl_next_noise(1u << i);
    for (; n; n >>= 1) {
        u32 square[BITS];
        u32 next = 0;
        for (unsigned i = 0; i < BITS; i++) {
            next ^= noise >> i & 1 ? column[i] : 0;
            square[i] = 0;
            for (unsigned k = 0; k < BITS; k++)
                square[i] ^= column[i] >> k & 1 ? column[k] : 0;
        }
        if (n & 1)
            noise = next;
        for (unsigned i = 0; i < BITS; i++)
            column[i] = square[i];
    }
    return noise;
}

static void skip_far(struct opl *o, u64 n)
{
    skip_phases(o, n);
    o->noise = skip_noise(o->noise, n);
    u64 tremolo = ((o->count & (TREMOLO_STEP - 1)) + n) / TREMOLO_STEP;
    u64 vibrato = ((o->count & (VIBRATO_STEP - 1)) + n) / VIBRATO_STEP;
    o->tremolo_at = (u8)((o->tremolo_at + tremolo) % TREMOLO_STEPS);
    o->vibrato_at = (u8)((o->vibrato_at + vibrato) % VIBRATO_STEPS);
    o->tremolo = opl_tremolo(o);
    o->count += (u32)n;
}

static void skip_near(struct opl *o, u64 n)
{
    s16 nobody[2 * 64];
    for (u64 some; n; n -= some) {
        some = n < 64 ? n : 64;
        opl_run(o, nobody, (size_t)some);
    }
}

void opl_skip(struct opl *o, u64 samples)
{
    if (opl_still(o)) {
        skip_far(o, samples);
        return;
    }
    if (samples > 2 * (SETTLE + FORGET) && opl_idle(o)) {
        skip_near(o, SETTLE);
        skip_far(o, samples - SETTLE - FORGET);
        samples = FORGET;
    }
    skip_near(o, samples);
}
