/*
 * rtl8029.h - the Realtek RTL8029AS: an NE2000 on the PCI bus.
 */
#ifndef FERRITE_RTL8029_H
#define FERRITE_RTL8029_H

#include "hw/chipset/pci.h"
#include "hw/net/ne2000.h"

struct rtl8029 {
    struct device dev;
    bool enabled; /* set before realize, and then the function is attached */
    struct pci_function pci;
    struct ne2000_card card;   /* its out is wired by pc.c */
    u8 eecr, config2, config3; /* page 3: 9346CR, CONFIG2, CONFIG3 */
};

extern const struct device_class rtl8029_class;

#endif
