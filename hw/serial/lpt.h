/*
 * lpt.h - a parallel printer port with a printer that accepts everything.
 */
#ifndef FERRITE_LPT_H
#define FERRITE_LPT_H

#include "hw/base/stream.h"
#include "hw/bus/device.h"

/* Something between the port and the printer's cable. */
struct lpt_plug {
    void (*lines)(void *opaque, u8 data, u8 control); /* the registers are that from now on */
    u8 (*status)(void *opaque, u8 status);            /* what the status port reads; may be NULL */
    void *opaque;
};

struct lpt {
    struct device dev;
    u32 index;     /* properties: LPT1 is 0; */
    u16 base;      /* first of three ports, 0: by index; */
    u8 irq_number; /* 0: by index; */
    const char *chardev;
    struct irq irq;
    struct stream stream;
    struct lpt_plug plug; /* lines NULL: nothing */
    u8 data, control;
    u8 phase; /* of the printer's answer: enum in lpt.c */
    struct timer step;
};

extern const struct device_class lpt_class;

#endif
