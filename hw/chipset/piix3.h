/*
 * piix3.h - the 82371SB as PCI-to-ISA bridge, function 01.0: where interrupts of both buses meet.
 */
#ifndef FERRITE_PIIX3_H
#define FERRITE_PIIX3_H

#include "hw/chipset/pci.h"

enum { PIIX3_IRQS = 16 };

struct piix3 {
    struct device dev;
    struct pci_function pci;
    u8 pirq;                    /* levels of PIRQA-D */
    u8 sources[PIIX3_IRQS];     /* what drives each line: bit 0 ISA, bits 1-4 PIRQ, bit 5 SCI */
    struct irq irq[PIIX3_IRQS]; /* to the interrupt controllers */
};

extern const struct device_class piix3_class;

/* Inputs (struct irq.fn): ISA line n, PIRQ n, the power management's SCI (any n). */
void piix3_isa(void *piix3, int n, int level);
void piix3_pirq(void *piix3, int n, int level);
void piix3_sci(void *piix3, int n, int level);

#endif
