/*
 * gameport.h - the game adapter at 201h: two sticks with two buttons each, or one pad with four.
 */
#ifndef FERRITE_GAMEPORT_H
#define FERRITE_GAMEPORT_H

#include "hw/bus/device.h"

enum { GAMEPORT = 0x201, GAMEPORT_STICKS = 2, STICK_MIDDLE = 32768 };

struct gameport {
    struct device dev;
    bool wanted; /* property: is it there? */

    /* What hangs on it. */
    bool attached[GAMEPORT_STICKS];
    u16 axis[2 * GAMEPORT_STICKS]; /* A x, A y, B x, B y: 0 left or up, 65535 right or down */
    u8 buttons;                    /* that are down: bit 0, 1 of stick A, bit 2, 3 of B */

    u64 high_until[2 * GAMEPORT_STICKS]; /* guest ns: the one-shots; CLOCK_NEVER: no end */
};

extern const struct device_class gameport_class;

/* A stick (0 or 1) is there, with so much deflection and these buttons (bits 0 and 1). */
void gameport_move(struct gameport *g, unsigned stick, u16 x, u16 y, u8 buttons);
/* It is pulled out. */
void gameport_unplug(struct gameport *g, unsigned stick);

#endif
