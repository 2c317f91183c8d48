/*
 * piix3_ide.h - the IDE function of the 82371SB, 01.1: bus masters of the two channels.
 *
 * Wiring (pc.c): ide->dma = piix3_ide_transfer, ide->dma_opaque = this; the channels' interrupts
 * come in through piix3_ide_intrq and go on to irq[].
 */
#ifndef FERRITE_PIIX3_IDE_H
#define FERRITE_PIIX3_IDE_H

#include "hw/chipset/pci.h"
#include "hw/storage/ide.h"

struct bus_master {
    u8 command, status;
    u32 table; /* physical region descriptors */
    /* Where the transfer is. */
    u32 next;    /* descriptor to be fetched */
    u32 address; /* in memory */
    u32 left;    /* of the present region */
    bool last;   /* it is the table's last one */
    bool line;   /* INTRQ of the channel */
};

struct piix3_ide {
    struct device dev;
    struct pci_function pci;
    struct ide *ide;
    struct irq irq[IDE_CHANNELS];
    struct bus_master master[IDE_CHANNELS];
};

extern const struct device_class piix3_ide_class;

u32 piix3_ide_transfer(void *piix3_ide, unsigned channel, u8 *data, u32 len, bool to_memory);
void piix3_ide_intrq(void *piix3_ide, int channel, int level);

#endif
