/*
 * opl_internal.h - what the files of the FM synthesiser (opl_*.c) share.
 */
#ifndef FERRITE_OPL_INTERNAL_H
#define FERRITE_OPL_INTERNAL_H

#include "hw/sound/opl.h"
#include "hw/sound/opl_tables.h"

/* Of 20h. */
enum { FLAG_TREMOLO = 0x80, FLAG_VIBRATO = 0x40, FLAG_SUSTAINED = 0x20, FLAG_SCALE_RATE = 0x10 };
/* Of BDh. */
enum { DEEP_TREMOLO = 0x80, DEEP_VIBRATO = 0x40, RHYTHM = 0x20 };
/* Who holds an operator's key. */
enum { KEY_NOTE = 1, KEY_DRUM = 2 };
/* struct opl_channel, pairing. */
enum { ALONE, FIRST_OF_FOUR, SECOND_OF_FOUR, DRUM };

/* In a table of waves: the output is complemented. The rest is attenuation, 256 to 6.02 dB. */
enum { WAVE_NEGATIVE = 0x8000 };
/* What makes any output 0: more than the 12 bits of it can be shifted out by. */
enum { SILENT = 0x1000 };
/* The same by envelope and level, 72 dB: their unit is eight of a wave's. */
enum { INAUDIBLE = 0x180 };

/* A last move of a decay may go beyond the end. */
enum { ENVELOPE_MAX = 0x1ff, ENVELOPE_LIMIT = ENVELOPE_MAX + 8, NO_FEEDBACK = 31 };
#define PHASE_MASK 0x7ffffu /* 19 bits */

/* The low frequency oscillators: 210 steps of 64 samples, and 8 of 1024. */
enum { TREMOLO_STEP = 64, TREMOLO_STEPS = 210, VIBRATO_STEP = 1024, VIBRATO_STEPS = 8 };

/* A channel's modulator, its carrier, and back. */
static inline unsigned opl_modulator(unsigned channel)
{
    return channel / 3 * 6 + channel % 3;
}

static inline unsigned opl_carrier(unsigned channel)
{
    return opl_modulator(channel) + 3;
}

static inline unsigned opl_channel_of(unsigned op)
{
    return op / 6 * 3 + op % 3;
}

/* Tremolo goes up in half of its steps, and down in the others. */
static inline u8 opl_tremolo(const struct opl *o)
{
    enum { HALF = TREMOLO_STEPS / 2 };
    unsigned height =
        o->tremolo_at < HALF ? o->tremolo_at : TREMOLO_STEPS - (unsigned)o->tremolo_at;
    return (u8)(height >> (o->reg[0xbd] & DEEP_TREMOLO ? 2 : 4));
}

/* A shift register of 23 bits, fed back from bits 0, 14, 15 and 22 (in the form of Galois). */
static inline u32 opl_next_noise(u32 noise)
{
    return (noise ^ (noise & 1 ? 0x800302u : 0)) >> 1;
}

/* Where a decay ends. */
static inline unsigned opl_sustain_level(const struct opl_operator *p)
{
    unsigned sustain = p->sustain_release >> 4;
    return (sustain == 15 ? 31 : sustain) << 4;
}

/* An operator's output at a phase: from attenuation to 13 bits. */
static inline s16 opl_output(const struct opl *o, const struct opl_operator *p, unsigned phase,
                             unsigned total)
{
    unsigned wave = o->wave[p->wave][phase & 0x3ff];
    if (total >= INAUDIBLE)
        return wave & WAVE_NEGATIVE ? -1 : 0;
    unsigned level = (wave & ~(unsigned)WAVE_NEGATIVE) + total * 8;
    unsigned shift = level >> 8;
    s16 value = (s16)(shift > 12 ? 0 : (opl_power[~level & 0xff] + 1024u) * 2 >> shift);
    return wave & WAVE_NEGATIVE ? (s16)~value : value;
}

/* What is added to the phase: another operator's output, or half of its own last two, and less. */
static inline unsigned opl_modulation(const struct opl *o, unsigned op, s16 before)
{
    const struct opl_operator *p = &o->op[op];
    if (p->source != OPL_ITSELF)
        return (unsigned)o->out[p->source];
    return p->feedback == NO_FEEDBACK ? 0 : (unsigned)((before + o->out[op]) >> p->feedback);
}

/* One of the two sums. */
static inline s16 opl_sum(const struct opl *o, const s16 *weight)
{
    int sum = 0;
    for (unsigned i = 0; i < OPL_SUMMED; i++)
        sum += o->out[i] * weight[i];
    return (s16)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

void opl_make_waves(u16 wave[8][1024]);

/* What follows from registers, stage and the channel's pitch. */
void opl_update_rate(struct opl *o, unsigned op);
void opl_update_pitch(struct opl *o, unsigned op);
void opl_update_sums(struct opl *o);
u32 opl_step(unsigned number, unsigned block, unsigned flags);
u32 opl_vibrato_step(const struct opl *o, unsigned op, unsigned at); /* at a position of vibrato */
void opl_update_feedback(struct opl *o, unsigned channel);

#endif
