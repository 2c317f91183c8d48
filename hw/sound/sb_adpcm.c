/*
 * sb_adpcm.c - the Sound Blaster's compressed formats, as the DSP's firmware decodes them
 * (Creative, "Sound Blaster Series Hardware Programming Guide", chapter 3, names them; the
 * arithmetic is what DSP 4.05 does).
 *
 * A code is a sign and a magnitude m. The sample moves by (m + 1/2) * step, the halves of odd steps
 * dropped, and stays within a byte. A magnitude of 0 halves the step, a large one doubles it. Codes
 * lie in a byte with the first one on top.
 */
#include "hw/sound/sb_adpcm.h"

void sb_adpcm_reference(struct sb_adpcm *a, u8 sample)
{
    *a = (struct sb_adpcm){.sample = sample, .step = 1};
}

u8 sb_adpcm_next(struct sb_adpcm *a, u8 packed, unsigned bits, unsigned n)
{
    static const struct {
        u8 large; /* magnitudes that double the step, from here on */
        u8 max_step;
    } format[5] = {[2] = {1, 32}, [3] = {3, 16}, [4] = {5, 8}};
    unsigned left = 8 - n * bits; /* bits that have not been taken */
    unsigned width = left < bits ? left : bits;
    u8 code = (u8)(packed >> (left - width)) & (u8)((1u << width) - 1);
    unsigned magnitude = code & ((1u << (width - 1)) - 1);
    bool negative = bit(code, width - 1);
    int move = (int)(magnitude * a->step + a->step / 2);
    int v = a->sample + (negative ? -move : move);
    a->sample = (u8)(v < 0 ? 0 : v > 255 ? 255 : v);
    if (magnitude == 0 && a->step > 1)
        a->step /= 2;
    else if (magnitude >= format[bits].large && a->step < format[bits].max_step)
        a->step *= 2;
    return a->sample;
}
