/*
 * opl3.h - an AdLib card, and one with an OPL3, which is its successor at the same ports.
 */
#ifndef FERRITE_OPL3_H
#define FERRITE_OPL3_H

#include "hw/bus/device.h"
#include "hw/sound/opl_card.h"

struct adlib {
    struct device dev;
    u16 base;        /* property: 388 */
    const char *log; /* property: a file for what is written */
    struct opl_card fm;
};

extern const struct device_class adlib_class; /* OPL2, two ports */
extern const struct device_class opl3_class;  /* OPL3, four ports */

#endif
