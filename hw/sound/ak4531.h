/*
 * ak4531.h - the AKM AK4531: the codec of an AudioPCI, as far as its two DACs are heard.
 */
#ifndef FERRITE_AK4531_H
#define FERRITE_AK4531_H

#include "hw/base/state.h"
#include "hw/sound/mixer.h"

enum { AK4531_REGISTERS = 0x1a };

struct ak4531 {
    u8 reg[AK4531_REGISTERS];
};

/* The pairs of volume registers that the AudioPCI's DACs go through, left first. */
enum { AK4531_MASTER = 0x00, AK4531_VOICE = 0x02, AK4531_FM = 0x04 };
enum { AK4531_OUT_SW1 = 0x10, AK4531_OUT_SW2 = 0x11, AK4531_RESET = 0x16 };

void ak4531_reset(struct ak4531 *c);
void ak4531_write(struct ak4531 *c, u8 reg, u8 v);
/* What becomes of that input at the output; `input` is AK4531_VOICE or AK4531_FM. */
struct sound_gain ak4531_gain(const struct ak4531 *c, unsigned input);
void ak4531_state(struct ak4531 *c, struct state *s);

#endif
