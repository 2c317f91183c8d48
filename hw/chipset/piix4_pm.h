/*
 * piix4_pm.h - power management of the 82371AB (PIIX4) as PCI function 01.3: ACPI fixed hardware.
 */
#ifndef FERRITE_PIIX4_PM_H
#define FERRITE_PIIX4_PM_H

#include "hw/chipset/pci.h"

struct piix4_pm {
    struct device dev;
    struct pci_function pci;
    struct irq sci;
    struct irq power_off; /* pulsed */

    u16 pm1_status, pm1_enable, pm1_control;
    u64 overflow; /* the timer's tick (since power-on) that sets TMROF_STS next */
    u16 gp_status, gp_enable;
    u32 global[9];      /* registers 10h-33h, which keep what is written */
    u8 gpe[4];          /* general-purpose events: status, enable */
    u8 apmc, apms;      /* ports B2h, B3h */
    struct timer timer; /* armed while a timer interrupt is to come */
};

extern const struct device_class piix4_pm_class;

/* Somebody pressed the power button. */
void piix4_pm_button(struct piix4_pm *p);

#endif
