/*
 * vga_pci.c - the VGA's connection to the PCI bus: 1234:1111, the identity that drivers of the
 * Bochs display interface look for; base address 0 is video memory, the expansion ROM its BIOS.
 *
 * A reset leaves the adapter as a firmware would that put its memory at E0000000h: our BIOS
 * expects it there and does not set up PCI. The ports and A0000h-BFFFFh of the VGA always answer.
 *
 * Not modelled: the registers as memory (base address 2 of later versions), palette snooping.
 */
#include "hw/video/vga_pci.h"

#include <stdlib.h>
#include <string.h>

enum { VENDOR = 0x1234, DEVICE = 0x1111 };
enum { ROM_PCI_DATA = 0x18, PCI_DATA_SIZE = 0x18, ROM_MAX = 0x10000 };

/* PCI Local Bus Specification 6.3.1: the ROM names the adapter that it is for. */
static bool rom_fits(const struct pci_function *f, const u8 *bytes, u32 size)
{
    if (size < ROM_PCI_DATA + 2 || bytes[0] != 0x55 || bytes[1] != 0xaa)
        return false;
    u32 at = get_le16(bytes + ROM_PCI_DATA);
    return at && at + PCI_DATA_SIZE <= size && !memcmp(bytes + at, "PCIR", 4) &&
           !memcmp(bytes + at + 4, f->config + PCI_VENDOR_ID, 4);
}

bool vga_pci_set_rom(struct pci_function *f, u8 **rom, const u8 *bytes, u32 size, bool *fits,
                     struct err *e)
{
    u32 room = PAGE_SIZE;

    *fits = size <= ROM_MAX && rom_fits(f, bytes, size);
    if (!*fits)
        return true;
    while (room < size)
        room *= 2;
    *rom = malloc(room);
    if (!*rom)
        return err_set(e, "out of memory");
    memset(*rom, 0xff, room);
    memcpy(*rom, bytes, size);
    struct pci_window w = {.kind = PCI_ROM, .size = room, .host = *rom};
    pci_bar(f, PCI_WINDOW_ROM, &w);
    return true;
}

static bool vga_pci_realize(struct device *d, const struct board *b, struct err *e)
{
    struct vga_pci *v = (struct vga_pci *)d;
    struct pci_window w = {.kind = PCI_RAM, .prefetchable = true, .host = v->vga->vram};
    (void)e;

    for (w.size = PAGE_SIZE; w.size * 2 <= v->vga->vram_size;)
        w.size *= 2;
    pci_init(&v->pci, d->name, v, VENDOR, DEVICE, 0x0300, 0, 0x02);
    put_le16(v->pci.config + PCI_SUBSYSTEM_VENDOR, 0x1af4);
    put_le16(v->pci.config + PCI_SUBSYSTEM, 0x1100);
    pci_bar(&v->pci, 0, &w);
    phys_unmap(b->phys, VGA_LFB, v->vga->vram_size); /* where it is without PCI */
    return true;
}

static void vga_pci_reset(struct device *d)
{
    struct pci_function *f = &((struct vga_pci *)d)->pci;

    pci_function_reset(f);
    put_le32(f->config + PCI_BAR0, VGA_LFB | (get_le32(f->config + PCI_BAR0) & 15));
    put_le16(f->config + PCI_COMMAND, PCI_IO_ENABLE | PCI_MEMORY_ENABLE);
    pci_update(f->pci);
}

static void vga_pci_state(struct device *d, struct state *s)
{
    pci_function_state(&((struct vga_pci *)d)->pci, s);
}

static void vga_pci_destroy(struct device *d)
{
    free(((struct vga_pci *)d)->rom);
}

const struct device_class vga_pci_class = {
    .name = "vga-pci",
    .doc = "the VGA's PCI function",
    .size = sizeof(struct vga_pci),
    .state_version = 1,
    .realize = vga_pci_realize,
    .reset = vga_pci_reset,
    .state = vga_pci_state,
    .destroy = vga_pci_destroy,
};
