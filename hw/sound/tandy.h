/*
 * tandy.h - the three voices and noise of a Tandy 1000 or PCjr: an SN76489 (NCR 8496) at C0h.
 */
#ifndef FERRITE_TANDY_H
#define FERRITE_TANDY_H

#include "hw/sound/steps.h"

enum { TANDY_VOICES = 4, TANDY_NOISE = 3 };

struct tandy {
    struct device dev;
    u16 base; /* property */
    struct sound_steps steps;
    struct port_range behind; /* who had the ports before: both decode them */

    u16 period[3]; /* tone registers, 10 bits */
    u8 noise;      /* bits 1-0 rate, 2 white */
    u8 attenuation[TANDY_VOICES];
    u8 latch; /* register that a data byte without bit 7 goes to */

    /* What only the ear knows. */
    u64 tick;               /* of the chip's clock by 16: all is exact at this one */
    u32 left[TANDY_VOICES]; /* ticks until its output turns */
    bool high[TANDY_VOICES];
    u16 shift; /* of the noise */
};

extern const struct device_class tandy_class;

#endif
