/*
 * rtl8029.h - the Realtek RTL8029AS: an NE2000 on the PCI bus.
 */
#ifndef FERRITE_RTL8029_H
#define FERRITE_RTL8029_H

#include "hw/chipset/pci.h"
#include "hw/net/ne2000.h"

struct rtl8029 {
    struct device dev;
    const char *addr, *netdev; /* properties: its slot, the cable in its socket */
    struct pci_function pci;
    struct ne2000_card card;
    u8 eecr, config2, config3; /* page 3: 9346CR, CONFIG2, CONFIG3 */
};

extern const struct device_class rtl8029_class;

#endif
