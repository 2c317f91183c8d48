/*
 * vga_pci.h - the VGA as a PCI function: where its memory and its ROM are.
 */
#ifndef FERRITE_VGA_PCI_H
#define FERRITE_VGA_PCI_H

#include "hw/chipset/pci.h"
#include "hw/video/edid.h"
#include "hw/video/vga.h"

struct vga_pci {
    struct device dev;
    struct pci_function pci;
    struct vga *vga; /* set before realize; realized before this */
    u8 *rom;
    u8 edid[EDID_SIZE]; /* constant */
};

extern const struct device_class vga_pci_class;

/*
 * Before the first reset: a display adapter's BIOS, to be behind the expansion ROM register if it
 * says (PCI data structure) that it is for this adapter: *fits. *rom is the adapter's to free.
 */
bool vga_pci_set_rom(struct pci_function *f, u8 **rom, const u8 *bytes, u32 size, bool *fits,
                     struct err *e);

#endif
