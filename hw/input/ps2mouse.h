/*
 * ps2mouse.h - a PS/2 mouse: standard, with a wheel, or with five buttons, as its driver asks.
 */
#ifndef FERRITE_PS2MOUSE_H
#define FERRITE_PS2MOUSE_H

#include "hw/bus/device.h"
#include "hw/input/ps2.h"

struct ps2mouse {
    struct device dev;
    struct ps2_link link;
    u8 id;         /* 0 standard, 3 wheel, 4 five buttons */
    u8 rate;       /* samples per second */
    u8 resolution; /* 0-3 */
    bool scaling;  /* 2:1 */
    bool remote, wrap;
    bool reporting;
    u8 command;     /* that waits for its parameter, 0 = none */
    u8 knock[2];    /* the last two sample rates set, newest first */
    s32 dx, dy, dz; /* not yet reported; dx right, dy down, dz towards the person */
    u8 buttons;     /* bit 0 left, 1 right, 2 middle, 3 and 4 the side buttons */
    u8 reported;    /* buttons in the last packet */
    struct timer sample;
    struct timer bat; /* end of the self-test */
    /* Wires to a device beside it that a driver reads when a packet has come; set by that one. */
    bool *nudge;          /* a packet is wanted, even without movement; NULL: there is no such */
    struct irq was_reset; /* pulsed by the command FFh */
};

extern const struct device_class ps2mouse_class;

void ps2mouse_move(struct ps2mouse *m, int dx, int dy, int dz, u8 buttons);
/* *nudge has become true. */
void ps2mouse_nudge(struct ps2mouse *m);
/* Has the last change of the buttons been reported (or does nobody want to know)? */
bool ps2mouse_ready(const struct ps2mouse *m);

#endif
