/*
 * pc_pci.c - the PCI half of the board: which function sits where, how interrupts of both buses
 * reach the controllers, and what firmware for PCs finds in fw_cfg ("QEMU Firmware Configuration
 * (fw_cfg) Device" names the items; SeaBIOS reads them).
 */
#include "hw/machine/pc.h"

#include <string.h>

enum { E820_ENTRY = 20, E820_RAM = 1, KERNEL_ROM_SIZE = 2048 };

/* A line goes to the 8259s and to the I/O APIC, where line 0 has pin 2. */
static void on_line(void *opaque, int n, int level)
{
    struct pc *pc = opaque;
    i8259_input(pc->pic, n, level);
    ioapic_input(pc->ioapic, n == 0 ? 2 : n, level);
}

void pc_wire_pci(struct pc *pc)
{
    struct pci *pci = pc->pci;

    pci->isa = &port92_ports;
    pci->isa_dev = pc->port92;
    for (int i = 0; i < PCI_PIRQS; i++)
        pci->pirq[i] = (struct irq){piix3_pirq, pc->piix3, i};
    for (int i = 0; i < PIIX3_IRQS; i++)
        pc->piix3->irq[i] = (struct irq){on_line, pc, i};

    pci_attach(pci, &pc->i440fx->pci, PCI_DEVFN(0, 0));
    pci_attach(pci, &pc->piix3->pci, PCI_DEVFN(1, 0));
    pci_attach(pci, &pc->piix3_ide->pci, PCI_DEVFN(1, 1));
    pci_attach(pci, &pc->pm->pci, PCI_DEVFN(1, 3));
    if (pc->vga_pci) {
        pci_attach(pci, &pc->vga_pci->pci, PCI_DEVFN(2, 0));
        pc->vga_pci->vga = pc->vga;
    }
    if (pc->cirrus && !cirrus_on_isa(pc->cirrus) && !pc->cirrus->addr)
        pci_attach(pci, &pc->cirrus->pci, PCI_DEVFN(2, 0));
    pc->piix3_ide->ide = pc->ide;
    pc->ide->dma = piix3_ide_transfer;
    pc->ide->dma_opaque = pc->piix3_ide;
    for (int i = 0; i < IDE_CHANNELS; i++) {
        pc->ide->irq[i] = (struct irq){piix3_ide_intrq, pc->piix3_ide, i};
        pc->piix3_ide->irq[i] = pc_solder(pc, &pc->piix3_ide->dev, 14 + i);
    }
    pc->pm->sci = (struct irq){piix3_sci, pc->piix3, 0};
    pc->pm->power_off = pc->signals.power_off;
}

bool pc_fill_fw_cfg(struct pc *pc, struct err *e)
{
    struct fw_cfg *f = pc->fw_cfg;
    static const u8 no[8];
    u8 e820[E820_ENTRY] = {0};

    put_le64(e820 + 8, pc->phys.ram_size);
    put_le32(e820 + 16, E820_RAM);
    bool ok = fw_cfg_add_file(f, "etc/e820", e820, sizeof(e820)) &&
              /* The boot order is in CMOS; nobody waits at the keyboard of most machines. */
              fw_cfg_add_file(f, "etc/show-boot-menu", no, sizeof(no)) &&
              /* The timer is on pin 2 of the I/O APIC. */
              fw_cfg_add_number(f, FW_CFG_IRQ0_OVERRIDE, 1, 4) &&
              /* SeaBIOS shadows all memory for option ROMs and takes them from here only. */
              (!pc->multiboot->rom ||
               fw_cfg_add_file(f, "genroms/kernel.bin", pc->multiboot->rom, KERNEL_ROM_SIZE));
    return ok || err_set(e, "out of memory");
}
