/*
 * rtl8029.c - the Realtek RTL8029AS (its data sheet): the NE2000 of ne2000.c behind a base
 * address register, with the chip's two ID bytes on page 0 and its own registers on page 3.
 *
 * Not modelled: the serial EEPROM behind 9346CR (its contents are loaded already), the boot ROM,
 * power-down. Full duplex (CONFIG3) can be switched on and off; the cable always is.
 */
#include "hw/net/rtl8029.h"
#include <stdio.h>

enum { ID0 = 0x0a, ID1 = 0x0b };                                                  /* page 0 */
enum { EECR = 1, CONFIG0 = 3, CONFIG2 = 5, CONFIG3 = 6, ASID0 = 14, ASID1 = 15 }; /* page 3 */
enum { EEM = 0xc0, CONFIG3_MASK = 0x46 };

/* ---- registers ---- */

/* Those that the chip has beyond the DP8390; -1: none. */
static int own_in(const struct rtl8029 *d, unsigned reg)
{
    unsigned page = d->card.nic.cr >> 6;
    if (page == 0)
        return reg == ID0 ? 'P' : reg == ID1 ? 'C' : -1;
    if (page != 3)
        return -1;
    switch (reg) {
    case EECR:
        return d->eecr;
    case CONFIG0:
        return 0; /* twisted pair, link found */
    case CONFIG2:
        return d->config2;
    case CONFIG3:
        return d->config3;
    case ASID0:
        return 0x29;
    case ASID1:
        return 0x80;
    default:
        return -1;
    }
}

static void page3_out(struct rtl8029 *d, unsigned reg, u8 v)
{
    bool unlocked = (d->eecr & EEM) == EEM;
    if (reg == EECR)
        d->eecr = v & 0xce;
    else if (reg == CONFIG2 && unlocked)
        d->config2 = v;
    else if (reg == CONFIG3 && unlocked)
        d->config3 = v & CONFIG3_MASK;
}

static u32 rtl8029_in(void *dev, u16 port, unsigned size)
{
    struct rtl8029 *d = dev;
    unsigned offset = port & (NE2000_PORTS - 1);
    if (offset == 0 || offset >= 16)
        return ne2000_card_in(&d->card, offset, size);
    u32 v = 0;
    for (unsigned i = 0; i < size; i++) {
        int own = own_in(d, offset + i);
        v |= (own >= 0 ? (u32)own : ne2000_card_in(&d->card, offset + i, 1)) << 8 * i;
    }
    return v;
}

static void rtl8029_out(void *dev, u16 port, u32 v, unsigned size)
{
    struct rtl8029 *d = dev;
    unsigned offset = port & (NE2000_PORTS - 1);
    if (offset >= 16) {
        ne2000_card_out(&d->card, offset, v, size);
        return;
    }
    for (unsigned i = 0; i < size; i++, offset++, v >>= 8) {
        if (offset && d->card.nic.cr >> 6 == 3)
            page3_out(d, offset, (u8)v);
        else
            ne2000_card_out(&d->card, offset, v & 0xff, 1);
    }
}

static const struct port_ops rtl8029_ports = {rtl8029_in, rtl8029_out, 2};

/* ---- device ---- */

static void on_irq(void *opaque, int n, int level)
{
    (void)n;
    pci_set_interrupt(opaque, level);
}

static bool rtl8029_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct rtl8029 *d = (struct rtl8029 *)dev;
    ne2000_card_init(&d->card, b, dev->name);
    if (!pci_plug(dev, &d->pci, d->addr, e) || !ne2000_card_plug(&d->card, dev, d->netdev, e))
        return false;
    struct pci_window ports = {
        .kind = PCI_PORTS, .size = NE2000_PORTS, .ports = &rtl8029_ports, .dev = d};
    pci_init(&d->pci, dev->name, d, 0x10ec, 0x8029, 0x0200, 0, 0);
    put_le16(d->pci.config + PCI_STATUS, 0x0200); /* medium DEVSEL# */
    put_le16(d->pci.config + PCI_SUBSYSTEM_VENDOR, 0x10ec);
    put_le16(d->pci.config + PCI_SUBSYSTEM, 0x8029);
    put_le16(d->pci.writable + PCI_COMMAND, PCI_IO_ENABLE); /* it is no bus master */
    d->pci.config[PCI_INTERRUPT_PIN] = 1;
    pci_bar(&d->pci, 0, &ports);
    d->card.nic.irq = (struct irq){on_irq, &d->pci, 0};
    return true;
}

static void rtl8029_reset(struct device *dev)
{
    struct rtl8029 *d = (struct rtl8029 *)dev;
    pci_function_reset(&d->pci);
    dp8390_reset(&d->card.nic);
    d->eecr = d->config2 = d->config3 = 0;
}

static void rtl8029_state(struct device *dev, struct state *s)
{
    struct rtl8029 *d = (struct rtl8029 *)dev;
    if (!ne2000_was_there(s)) {
        rtl8029_reset(dev);
        return;
    }
    pci_function_state(&d->pci, s);
    ne2000_card_state(&d->card, s);
    state_u8(s, "9346CR", &d->eecr);
    state_u8(s, "CONFIG2", &d->config2);
    state_u8(s, "CONFIG3", &d->config3);
}

static void rtl8029_destroy(struct device *dev)
{
    dp8390_destroy(&((struct rtl8029 *)dev)->card.nic);
}

static void rtl8029_describe(const struct device *dev, FILE *out)
{
    const struct rtl8029 *d = (const struct rtl8029 *)dev;
    dp8390_describe(&d->card.nic, out);
}

static const struct prop rtl8029_props[] = {
    PROP_STRING_ROW(struct rtl8029, addr, "addr", "PCI slot, hexadecimal; else the first free one"),
    PROP_MAC_ROW(struct rtl8029, card.mac, "mac", "its address; else one that is free"),
    PROP_STRING_ROW(struct rtl8029, netdev, "netdev", "the network at its cable"),
    PROP_U32_ROW(struct rtl8029, card.ram_size, "ram", "16384", 8192, NE2000_RAM_MAX,
                 "bytes of buffer memory"),
    PROP_END,
};

const struct device_class rtl8029_class = {
    .name = "rtl8029",
    .model = "ne2k_pci",
    .doc = "RTL8029AS network card (PCI)",
    .size = sizeof(struct rtl8029),
    .props = rtl8029_props,
    .bus = BUS_PCI,
    .several = true,
    .optional = true,
    .state_version = 2,
    .realize = rtl8029_realize,
    .reset = rtl8029_reset,
    .state = rtl8029_state,
    .destroy = rtl8029_destroy,
    .describe = rtl8029_describe,
};
