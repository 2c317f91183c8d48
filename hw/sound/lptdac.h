/*
 * lptdac.h - converters for a parallel port: a Covox Speech Thing (a ladder of resistors at the
 * data lines), and a Disney Sound Source (one behind a queue of 16 bytes that runs at 7 kHz).
 */
#ifndef FERRITE_LPTDAC_H
#define FERRITE_LPTDAC_H

#include "hw/serial/lpt.h"
#include "hw/sound/steps.h"

enum { DISNEY_QUEUE = 16, DISNEY_HZ = 7000 };

struct covox {
    struct device dev;
    const char *port; /* property: which parallel port */
    struct sound_steps steps;
};

struct disney {
    struct device dev;
    const char *port;
    struct sound_steps steps;

    u8 control;             /* lines of the port, as they are */
    u8 queue[DISNEY_QUEUE]; /* [0] is next */
    u8 queued;
    u8 playing; /* the byte at the converter */
    u64 tick;   /* of the oscillator: bytes have been taken up to this one */
};

extern const struct device_class covox_class, disney_class;

#endif
