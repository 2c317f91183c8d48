/*
 * ak4531.c - the AK4531's registers (its data sheet, "Register Map"): volumes in steps of 2 dB, the
 * output mixer's switches, reset and power-down. They can be written only.
 *
 * Not modelled: the analogue inputs (CD, line, microphone and others) and what is recorded from
 * them, the mono output, the clock selection.
 */
#include "hw/sound/ak4531.h"
#include <string.h>

enum { MUTE = 0x80, LEVEL = 0x1f, MUTED_0DB = 0x86, VOLUMES = 0x10, RUNNING = 0x03 };
enum { FM_LEFT = 0x40, FM_RIGHT = 0x20, VOICE_LEFT = 0x08, VOICE_RIGHT = 0x04 };

/* Of SOUND_UNITY: 12 dB and downwards, 2 dB apart. */
static const u32 gains[] = {
    260904, 207243, 164619, 130762, 103868, 82505, 65536, 52057, 41350, 32846, 26090, 20724, 16462,
    13076,  10387,  8250,   6554,   5206,   4135,  3285,  2609,  2072,  1646,  1308,  1039,  825,
    655,    521,    414,    328,    261,    207,   165,   131,   104,   83,    66,    52,    41,
    33,     26,     21,     16,     13,     10,    8,     7,     5,     4,     3,     3,     2,
    2,      1,      1,      1,      1,      1,     0,     0,     0,     0,     0,
};

void ak4531_reset(struct ak4531 *c)
{
    memset(c->reg, 0, sizeof(c->reg));
    memset(c->reg, MUTED_0DB, VOLUMES);
    c->reg[AK4531_MASTER] = c->reg[AK4531_MASTER + 1] = MUTE;
    c->reg[AK4531_RESET] = RUNNING;
}

void ak4531_write(struct ak4531 *c, u8 reg, u8 v)
{
    if (reg >= AK4531_REGISTERS)
        return;
    if (reg == AK4531_RESET && !(v & 1))
        ak4531_reset(c);
    c->reg[reg] = v;
}

/* The master's 0 is 0 dB, an input's is 12 dB. */
static u32 one_gain(const struct ak4531 *c, unsigned input, unsigned side, bool on)
{
    u8 master = c->reg[AK4531_MASTER + side], volume = c->reg[input + side];
    if (!on || (master & MUTE) || (volume & MUTE) || (c->reg[AK4531_RESET] & RUNNING) != RUNNING)
        return 0;
    return gains[(master & LEVEL) + (volume & LEVEL)];
}

struct sound_gain ak4531_gain(const struct ak4531 *c, unsigned input)
{
    bool fm = input == AK4531_FM;
    u8 sw = c->reg[fm ? AK4531_OUT_SW1 : AK4531_OUT_SW2];
    return (struct sound_gain){one_gain(c, input, 0, sw & (fm ? FM_LEFT : VOICE_LEFT)),
                               one_gain(c, input, 1, sw & (fm ? FM_RIGHT : VOICE_RIGHT))};
}

void ak4531_state(struct ak4531 *c, struct state *s)
{
    state_bytes(s, "AK4531", c->reg, sizeof(c->reg));
}
