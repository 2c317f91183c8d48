/*
 * sb_adpcm.h - the Sound Blaster's compressed formats: 4, 2.6 and 2 bits for a sample.
 */
#ifndef FERRITE_SB_ADPCM_H
#define FERRITE_SB_ADPCM_H

#include "hw/base/types.h"

struct sb_adpcm {
    u8 sample; /* the last one, unsigned */
    u8 step;   /* 1, 2, 4 .. */
};

/* A reference byte: the first sample as it is. */
void sb_adpcm_reference(struct sb_adpcm *a, u8 sample);

/*
 * The next sample of a byte. `bits` is 4, 3 (2.6 bits: three samples in a byte, the last one of two
 * bits) or 2; `n` of them have been taken before.
 */
u8 sb_adpcm_next(struct sb_adpcm *a, u8 packed, unsigned bits, unsigned n);

/* Samples in a byte. */
static inline unsigned sb_adpcm_samples(unsigned bits)
{
    return bits == 4 ? 2 : bits == 3 ? 3 : 4;
}

#endif
