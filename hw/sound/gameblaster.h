/*
 * gameblaster.h - Creative Music System, sold as Game Blaster: two SAA1099 at 220h; or the two
 * chips alone, in the sockets that the first Sound Blasters had for them.
 */
#ifndef FERRITE_GAMEBLASTER_H
#define FERRITE_GAMEBLASTER_H

#include "hw/sound/saa1099.h"
#include "hw/sound/steps.h"

struct gameblaster {
    struct device dev;
    u16 base; /* property: a jumper */
    bool sockets;
    struct sound_steps steps;
    struct saa1099 chip[2];
    u8 detect[2]; /* written at +6, +7, read at +A, +B */
    u64 tick;     /* both are exact at this one */
};

extern const struct device_class gameblaster_class;

#endif
