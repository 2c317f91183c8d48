/*
 * ioapic.h - the 82093AA I/O APIC.
 */
#ifndef FERRITE_IOAPIC_H
#define FERRITE_IOAPIC_H

#include "hw/bus/device.h"
#include "hw/chipset/lapic.h"

enum { IOAPIC_PINS = 24 };

struct ioapic {
    struct device dev;
    struct lapic *lapic; /* set before realize: the APIC bus */

    u8 select;
    u32 id, pins; /* pins: levels */
    u64 entry[IOAPIC_PINS];
};

extern const struct device_class ioapic_class;

void ioapic_input(void *ioapic, int pin, int level);
/* EOI message from the local APIC (struct lapic's callback). */
void ioapic_eoi(void *ioapic, u8 vector);

#endif
