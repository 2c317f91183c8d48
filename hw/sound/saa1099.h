/*
 * saa1099.h - a Philips SAA1099 without bus and clock: six square waves, two noises, two envelopes,
 * in stereo. Time is counted in ticks of half its clock.
 */
#ifndef FERRITE_SAA1099_H
#define FERRITE_SAA1099_H

#include "hw/base/state.h"
#include "hw/base/types.h"

enum { SAA_TONES = 6, SAA_NOISES = 2, SAA_REGISTERS = 32, SAA_MOST = 6 * 2 * 15 * 16 };

struct saa1099 {
    u8 address, reg[SAA_REGISTERS];
    /* What only the ear knows. */
    u32 left[SAA_TONES + SAA_NOISES]; /* ticks until it turns, or shifts */
    bool high[SAA_TONES];
    u32 shift[SAA_NOISES];
    u8 step[2]; /* of the envelopes */
};

void saa1099_reset(struct saa1099 *c);
void saa1099_write(struct saa1099 *c, u8 value); /* to the register of `address` */
/* Ticks until something changes that is heard; UINT32_MAX: nothing does by itself. */
u32 saa1099_next(const struct saa1099 *c);
/* So many pass, at most saa1099_next(). */
void saa1099_count_on(struct saa1099 *c, u32 ticks);
/* What both sides give now, 0 to SAA_MOST. */
void saa1099_level(const struct saa1099 *c, u32 *left, u32 *right);
/* `heard`: with what only the ear knows. */
void saa1099_state(struct saa1099 *c, struct state *s, bool heard);

#endif
