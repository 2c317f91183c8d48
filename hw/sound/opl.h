/*
 * opl.h - the FM synthesiser YMF262 (OPL3), which begins its life as two YM3812 (OPL2) in one: a
 * register file in, 16-bit stereo samples out, one each 288 clocks of 14.31818 MHz. No timers and
 * no bus: those are the device's (opl3.h).
 *
 * Whoever owns one lets it run up to the instant of a write, then writes:
 *
 *     opl_run(chip, out, n);           n samples of left, right
 *     opl_write(chip, 0x1b0, 0x32);    in force from the next sample on
 *
 * All arithmetic is of integers: the same writes give the same samples on every host.
 */
#ifndef FERRITE_OPL_H
#define FERRITE_OPL_H

#include "hw/base/state.h"

/* Samples in a second are OPL_CLOCK / OPL_DIVIDER, 49715.9; everybody takes 49716. */
#define OPL_CLOCK 14318180u
enum { OPL_DIVIDER = 288, OPL_RATE = 49716 };

enum { OPL_OPERATORS = 36, OPL_CHANNELS = 18, OPL_SUMMED = 40 /* a whole number of vectors */ };

/* Where an operator's phase is modulated from: an operator's output, or one of these. */
enum { OPL_NOTHING = OPL_OPERATORS, OPL_ITSELF };

enum opl_stage { OPL_OFF, OPL_ATTACK, OPL_DECAY, OPL_SUSTAIN, OPL_RELEASE };

/*
 * Operators are numbered in the order in which the chip computes them (data sheet, "slots"): 0 to
 * 2 are the modulators of channels 0 to 2, 3 to 5 their carriers, and so on; 18 and up are those
 * of the second register array.
 */
struct opl_operator {
    u8 flags;           /* 20h: tremolo, vibrato, sustained, key scale rate, multiple */
    u8 level;           /* 40h: key scale level, total level */
    u8 attack_decay;    /* 60h */
    u8 sustain_release; /* 80h */
    u8 wave;            /* E0h; only the first four while NEW was 0 */
    u8 source;          /* of phase modulation, as last wired */
    u8 stage;           /* enum opl_stage */
    u8 keys;            /* who holds it: KEY_NOTE, KEY_DRUM */
    u16 envelope;       /* attenuation by the envelope, 0 to 1FFh of 0.1875 dB */
    u32 phase;          /* 10.9 bits */
    s16 before;         /* the last output but one */

    /* Derived from the above and the channel's. */
    u16 attenuation; /* by total level and key scale */
    u32 step;        /* of the phase, without vibrato */
    u8 rate;         /* of the stage, 0 to 60 */
    u32 pause;       /* the envelope does not move while this and the count have common bits */
    u8 feedback;     /* how far its outputs are shifted; 31: there is none */
};

struct opl_channel {
    u16 number; /* F-number, 10 bits */
    u8 block;
    u8 scale;   /* key scale value: block and a bit of the F-number, by NOTE SEL when it was set */
    u8 c0;      /* C0h: feedback, connection */
    u8 pairing; /* enum in opl_write.c: alone, first or second of four operators, drum */
    bool left, right;
    /*
     * How often this channel sums each output: its own modulator's and carrier's, and those of the
     * channel it is paired with.
     */
    u8 sum[4];
};

struct opl {
    u8 reg[512]; /* as written; 100h and up is the second array */
    struct opl_channel channel[OPL_CHANNELS];
    struct opl_operator op[OPL_OPERATORS];
    s16 out[OPL_SUMMED]; /* the operators' last outputs, and zeroes (OPL_NOTHING is one) */
    u32 count;           /* of samples: the envelopes' and LFOs' divider */
    u32 noise;           /* 23-bit shift register */
    u8 tremolo_at;       /* 0 to 209 */
    u8 vibrato_at;       /* 0 to 7 */
    u8 tremolo;          /* attenuation at the present sample */
    s16 right;           /* comes out with the next sample */

    /* Derived: how often each operator's output is in the two sums. */
    s16 to_left[OPL_SUMMED], to_right[OPL_SUMMED];
    u16 wave[8][1024]; /* attenuation by phase, WAVE_NEGATIVE */
};

void opl_init(struct opl *o);  /* once: what never changes, then opl_reset() */
void opl_reset(struct opl *o); /* the IC pin */

/* One register, 0 to 1FFh. */
void opl_write(struct opl *o, u16 reg, u8 value);

/* `samples` pairs of left and right. */
void opl_run(struct opl *o, s16 *out, size_t samples);

/*
 * Does nothing sound, and will nothing before something is written? What comes out then is the last
 * bit of idle operators (each is -1 in the negative half of its wave). What is held but not heard,
 * a modulator that is never released, say, is no sound.
 */
bool opl_idle(const struct opl *o);
/*
 * Does the last sample stay for ever? (Programs that end write 0 everywhere, which leaves notes
 * that were fading where they are: with no frequency and no release.)
 */
bool opl_still(const struct opl *o);
/* Of an idle or still chip: as opl_run(), but nobody wants to hear it; any number costs the same.
 */
void opl_skip(struct opl *o, u64 samples);

/* What a guest has written; in a digest nothing else (what it has come to is only heard). */
void opl_state(struct opl *o, struct state *s);

#endif
