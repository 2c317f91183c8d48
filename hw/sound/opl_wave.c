/*
 * opl_wave.c - the eight waveforms of the YMF262 (data sheet, "wave select"), as attenuation and
 * sign by a phase of ten bits. All but the saw are made of the quarter of a sine in the ROM.
 */
#include "hw/sound/opl_internal.h"
#include "hw/sound/opl_tables.h"

/* The first and second quarter, and the third and fourth, which are the same upside down. */
static u16 sine(unsigned phase)
{
    return opl_log_sine[(phase & 0x100 ? ~phase : phase) & 0xff];
}

/* Twice as fast: the phase is mirrored before it is doubled, so that only even words are read. */
static u16 fast_sine(unsigned phase)
{
    return opl_log_sine[(phase & 0x80 ? ~phase : phase) << 1 & 0xff];
}

static u16 wave_at(unsigned wave, unsigned phase)
{
    bool second_half = phase & 0x200;
    u16 sign = second_half ? WAVE_NEGATIVE : 0;
    switch (wave) {
    case 0: /* sine */
        return sine(phase) | sign;
    case 1: /* its positive half */
        return second_half ? SILENT : sine(phase);
    case 2: /* rectified */
        return sine(phase);
    case 3: /* rising quarters */
        return phase & 0x100 ? SILENT : sine(phase);
    case 4: /* a sine in half the time, then silence */
        return second_half ? SILENT : fast_sine(phase) | (phase & 0x100 ? WAVE_NEGATIVE : 0);
    case 5: /* that rectified */
        return second_half ? SILENT : fast_sine(phase);
    case 6: /* square */
        return sign;
    default: /* the exponential of a saw, falling from the maximum, then its mirror image */
        return (u16)((second_half ? ~phase & 0x1ff : phase) << 3) | sign;
    }
}

void opl_make_waves(u16 wave[8][1024])
{
    for (unsigned w = 0; w < 8; w++)
        for (unsigned phase = 0; phase < 1024; phase++)
            wave[w][phase] = wave_at(w, phase);
}
