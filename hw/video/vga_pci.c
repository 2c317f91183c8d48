/*
 * vga_pci.c - the VGA's connection to the PCI bus: 1234:1111, the identity that drivers of the
 * Bochs display interface look for; base address 0 is video memory, the expansion ROM its BIOS, and
 * base address 2 the registers as memory, laid out as QEMU documents its "standard VGA":
 *   000h  EDID of the monitor (128 bytes; zeros to 3FFh)
 *   400h  the ports 3C0h-3DFh, a byte each
 *   500h  the display interface's registers, 16 bits each
 *   600h  how long this block is; 604h the byte order of the framebuffer, little-endian for ever
 *
 * A reset leaves the adapter as a firmware would that put its memory at E0000000h: our BIOS
 * expects it there and does not set up PCI. The ports and A0000h-BFFFFh of the VGA always answer.
 *
 * Not modelled: a framebuffer in the other byte order, palette snooping.
 */
#include "hw/video/vga_pci.h"
#include "hw/video/vga_internal.h"

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

/* ---- base address 2 ---- */

enum {
    AT_PORTS = 0x400,
    PORTS = 0x20,
    AT_DISPI = 0x500,
    DISPI_REGISTERS = 11,
    AT_OWN = 0x600,
    OWN_BYTES = 8,
};
#define LITTLE_ENDIAN_FRAME 0x1e1e1e1eu

static u8 registers_byte(struct vga_pci *v, u32 at)
{
    if (at < EDID_SIZE)
        return v->edid[at];
    if (at < AT_PORTS)
        return 0;
    if (at < AT_PORTS + PORTS)
        return (u8)bus_in(v->dev.board->bus, (u16)(0x3c0 + at - AT_PORTS), 1);
    if (at >= AT_DISPI && at < AT_DISPI + 2 * DISPI_REGISTERS)
        return (u8)(vga_vbe_read(v->vga, (at - AT_DISPI) / 2) >> (at & 1 ? 8 : 0));
    if (at >= AT_OWN && at < AT_OWN + OWN_BYTES) {
        u64 own = OWN_BYTES | (u64)LITTLE_ENDIAN_FRAME << 32;
        return (u8)(own >> 8 * (at - AT_OWN));
    }
    return 0xff;
}

static u32 registers_read(void *dev, u32 addr, unsigned size)
{
    u32 value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (u32)registers_byte(dev, (addr & PAGE_MASK) + i) << 8 * i;
    return value;
}

static void registers_write(void *dev, u32 addr, u32 value, unsigned size)
{
    struct vga_pci *v = dev;
    u32 at = addr & PAGE_MASK;
    if (at >= AT_PORTS && at + size <= AT_PORTS + PORTS) { /* a word: an index and its data */
        for (unsigned i = 0; i < size; i++)
            bus_out(v->dev.board->bus, (u16)(0x3c0 + at - AT_PORTS + i), value >> 8 * i & 0xff, 1);
    } else if (at >= AT_DISPI && at + size <= AT_DISPI + 2 * DISPI_REGISTERS && size >= 2 &&
               !(at & 1)) {
        for (unsigned i = 0; i < size / 2; i++)
            vga_vbe_write(v->vga, (at - AT_DISPI) / 2 + i, (u16)(value >> 16 * i));
    }
}

static const struct mmio_ops registers_ops = {registers_read, registers_write};

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
    edid_make(v->edid);
    struct pci_window registers = {
        .kind = PCI_MMIO, .size = PAGE_SIZE, .mmio = &registers_ops, .dev = v};
    pci_bar(&v->pci, 2, &registers);
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
