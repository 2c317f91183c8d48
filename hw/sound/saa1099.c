/*
 * saa1099.c - Philips data sheet "SAA1099, Stereo sound generator for sound effects and music
 * synthesis" (1987). See saa1099.h.
 *
 * A tone's output turns every (511 - frequency) << (7 - octave) ticks of half the clock. What is
 * not heard, nor clocks something that is, stands still.
 *
 * Not modelled: that a new octave or shape waits for the end of the wave or envelope at hand, the
 * output stage's own modulation by 62.5 kHz.
 */
#include "hw/sound/saa1099.h"

enum {
    AMPLITUDE = 0x00,
    FREQUENCY = 0x08,
    OCTAVE = 0x10,
    TONE_ON = 0x14,
    NOISE_ON = 0x15,
    NOISE_CLOCK = 0x16,
    ENVELOPE = 0x18,
    CONTROL = 0x1c
};
enum { SOUND_ON = 1, SYNC = 2 };                                    /* CONTROL */
enum { INVERT_RIGHT = 1, THREE_BITS = 16, OUTSIDE = 32, ON = 128 }; /* ENVELOPE */

static bool tone_on(const struct saa1099 *c, unsigned i)
{
    return c->reg[TONE_ON] >> i & 1;
}

static bool noise_on(const struct saa1099 *c, unsigned i)
{
    return c->reg[NOISE_ON] >> i & 1;
}

static bool noise_used(const struct saa1099 *c, unsigned n)
{
    return c->reg[NOISE_ON] >> 3 * n & 7;
}

static unsigned noise_clock(const struct saa1099 *c, unsigned n)
{
    return c->reg[NOISE_CLOCK] >> 4 * n & 3;
}

static bool envelope_on(const struct saa1099 *c, unsigned n)
{
    return c->reg[ENVELOPE + n] & ON;
}

/* Tone 0 and 3 may clock a noise, 1 and 4 an envelope. */
static bool tone_runs(const struct saa1099 *c, unsigned i)
{
    unsigned n = i / 3;
    if (c->reg[CONTROL] != SOUND_ON) /* off, or held by SYNC */
        return false;
    return tone_on(c, i) || (i % 3 == 0 && noise_used(c, n) && noise_clock(c, n) == 3) ||
           (i % 3 == 1 && envelope_on(c, n) && !(c->reg[ENVELOPE + n] & OUTSIDE));
}

static bool noise_runs(const struct saa1099 *c, unsigned n)
{
    return c->reg[CONTROL] == SOUND_ON && noise_used(c, n) && noise_clock(c, n) != 3;
}

static bool runs(const struct saa1099 *c, unsigned i)
{
    return i < SAA_TONES ? tone_runs(c, i) : noise_runs(c, i - SAA_TONES);
}

static u32 period_of(const struct saa1099 *c, unsigned i)
{
    if (i >= SAA_TONES)
        return 128u << noise_clock(c, i - SAA_TONES);
    unsigned octave = c->reg[OCTAVE + i / 2] >> (i & 1 ? 4 : 0) & 7;
    return (511u - c->reg[FREQUENCY + i]) << (7 - octave);
}

/* ---- time ---- */

static void shift_noise(struct saa1099 *c, unsigned n)
{
    u32 v = c->shift[n]; /* x^18 + x^11 + 1 */
    c->shift[n] = (v << 1 | ((v >> 17 ^ v >> 10) & 1)) & 0x3ffff;
}

/* 0 to 31 once, then 32 to 63 again and again. */
static void step_envelope(struct saa1099 *c, unsigned n)
{
    if (envelope_on(c, n))
        c->step[n] = (u8)(((c->step[n] + 1) & 0x3f) | (c->step[n] & 0x20));
}

static void turn(struct saa1099 *c, unsigned i)
{
    c->left[i] = period_of(c, i);
    if (i >= SAA_TONES) {
        shift_noise(c, i - SAA_TONES);
        return;
    }
    c->high[i] = !c->high[i];
    if (i % 3 == 0 && noise_clock(c, i / 3) == 3)
        shift_noise(c, i / 3);
    if (i % 3 == 1 && !(c->reg[ENVELOPE + i / 3] & OUTSIDE))
        step_envelope(c, i / 3);
}

u32 saa1099_next(const struct saa1099 *c)
{
    u32 next = UINT32_MAX;
    for (unsigned i = 0; i < SAA_TONES + SAA_NOISES; i++) {
        if (runs(c, i) && c->left[i] < next)
            next = c->left[i];
    }
    return next;
}

void saa1099_count_on(struct saa1099 *c, u32 ticks)
{
    bool ran[SAA_TONES + SAA_NOISES];
    for (unsigned i = 0; i < SAA_TONES + SAA_NOISES; i++)
        ran[i] = runs(c, i);
    for (unsigned i = 0; i < SAA_TONES + SAA_NOISES; i++) {
        if (!ran[i])
            continue;
        c->left[i] -= ticks;
        if (!c->left[i])
            turn(c, i);
    }
}

/* ---- levels ---- */

/* The envelope's height at its step, 0 to 15. */
static u8 height(const struct saa1099 *c, unsigned n)
{
    u8 at = c->step[n] & 15, part = c->step[n] >> 4; /* of 64 steps */
    bool again = c->reg[ENVELOPE + n] & 2;
    switch (c->reg[ENVELOPE + n] >> 2 & 3) {
    case 0:
        return again ? 15 : 0;
    case 1: /* decay */
        return part && !again ? 0 : 15 - at;
    case 2: /* triangle */
        return part > 1 && !again ? 0 : part & 1 ? 15 - at : at;
    default: /* attack */
        return part && !again ? 0 : at;
    }
}

/* A channel's output, 0 to 2: a noise beside a tone takes half of it away. */
static u32 output(const struct saa1099 *c, unsigned i)
{
    u32 noise = c->shift[i / 3] & 1;
    if (!tone_on(c, i))
        return noise_on(c, i) ? 2 * noise : 0;
    if (!c->high[i])
        return 0;
    return noise_on(c, i) && noise ? 1 : 2;
}

void saa1099_level(const struct saa1099 *c, u32 *left, u32 *right)
{
    *left = *right = 0;
    if (!(c->reg[CONTROL] & SOUND_ON))
        return;
    for (unsigned i = 0; i < SAA_TONES; i++) {
        u32 out = output(c, i), l = c->reg[AMPLITUDE + i] & 15, r = c->reg[AMPLITUDE + i] >> 4;
        u32 up = 16, other = 16;
        unsigned n = i / 3;
        if (i % 3 == 2 && envelope_on(c, n)) { /* amplitudes have three bits then */
            u8 fine = c->reg[ENVELOPE + n] & THREE_BITS ? 14 : 15;
            l &= 14;
            r &= 14;
            up = height(c, n) & fine;
            other = c->reg[ENVELOPE + n] & INVERT_RIGHT ? (15u - height(c, n)) & fine : up;
        }
        *left += out * l * up;
        *right += out * r * other;
    }
}

/* ---- registers ---- */

void saa1099_write(struct saa1099 *c, u8 value)
{
    u8 r = c->address & (SAA_REGISTERS - 1);
    c->reg[r] = value;
    if (r == ENVELOPE || r == ENVELOPE + 1)
        c->step[r - ENVELOPE] = 0;
    if (r == CONTROL) {
        c->reg[r] = value & (SOUND_ON | SYNC);
        for (unsigned i = 0; value & SYNC && i < SAA_TONES + SAA_NOISES; i++) {
            c->left[i] = period_of(c, i);
            if (i < SAA_TONES)
                c->high[i] = false;
        }
    }
}

void saa1099_reset(struct saa1099 *c)
{
    *c = (struct saa1099){.shift = {0x3ffff, 0x3ffff}};
    for (unsigned i = 0; i < SAA_TONES + SAA_NOISES; i++)
        c->left[i] = period_of(c, i);
}

void saa1099_state(struct saa1099 *c, struct state *s, bool heard)
{
    state_u8(s, "address", &c->address);
    state_bytes(s, "registers", c->reg, sizeof(c->reg));
    if (!heard)
        return;
    state_u32s(s, "left", c->left, SAA_TONES + SAA_NOISES);
    for (unsigned i = 0; i < SAA_TONES; i++)
        state_bool(s, "high", &c->high[i]);
    state_u32s(s, "shift", c->shift, SAA_NOISES);
    state_bytes(s, "step", c->step, sizeof(c->step));
    if (!state_loading(s))
        return;
    for (unsigned i = 0; i < SAA_TONES + SAA_NOISES; i++) {
        if (!c->left[i] || c->left[i] > 511u << 7)
            state_fail(s, "SAA1099: impossible voice");
    }
    if (c->step[0] > 63 || c->step[1] > 63)
        state_fail(s, "SAA1099: impossible envelope");
}
