/*
 * ferr.h - the AT's coprocessor error latch: FERR# to IRQ 13, cleared through port F0h.
 */
#ifndef FERRITE_FERR_H
#define FERRITE_FERR_H

#include "hw/bus/device.h"

struct ferr {
    struct device dev;
    struct irq irq; /* IRQ 13 */
    bool latched;
    struct irq ignne; /* the processor's IGNNE# pin: it holds it by itself until FERR# falls */
};

extern const struct device_class ferr_class;

/* The processor's FERR# pin. */
void ferr_input(struct ferr *f, bool level);

#endif
