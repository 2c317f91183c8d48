/*
 * port92.h - system control port A (fast A20 and reset) and the PIIX3's reset control, CF9h.
 */
#ifndef FERRITE_PORT92_H
#define FERRITE_PORT92_H

#include "hw/bus/device.h"

struct port92 {
    struct device dev;
    u8 control;       /* port 92h */
    u8 reset_control; /* port CF9h */
    struct irq a20;
    struct irq init;  /* pulsed: the processor's INIT# */
    struct irq reset; /* pulsed: everything */
};

extern const struct device_class port92_class;
/* For the PCI bridge, which has CF9h in the middle of its address register. */
extern const struct port_ops port92_ports;

/* Somebody else (the 8042) moved the shared A20 gate. */
void port92_mirror_a20(struct port92 *p, bool level);

#endif
