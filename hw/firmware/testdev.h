/*
 * testdev.h - the test device of kvm-unit-tests (-device pc-testdev).
 */
#ifndef FERRITE_TESTDEV_H
#define FERRITE_TESTDEV_H

#include "hw/bus/device.h"

enum { TESTDEV_LINES = 16 };

struct testdev {
    struct device dev;
    struct irq irq[TESTDEV_LINES];

    u32 value; /* port E0h: reads back what was written */
    u8 *ram;   /* 64 KB at FF000000h */
};

extern const struct device_class testdev_class;

#endif
