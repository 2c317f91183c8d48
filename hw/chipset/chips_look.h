/* chips_look.h - registers of the chips on the board, for who looks. */
#ifndef FERRITE_CHIPS_LOOK_H
#define FERRITE_CHIPS_LOOK_H

#include "hw/bus/device_look.h"

struct pci_function;

device_look_fn i8254_look, i8259_look, i8237_look, mc146818_look, lapic_look, ioapic_look;
device_look_fn i440fx_look, piix3_look, piix4_pm_look;

/* The configuration space of any function on the PCI bus. */
void pci_look(const struct pci_function *f, const struct register_eye *eye);

#endif
