/*
 * pcnet_isa.c - the AMD Am79C960, PCnet-ISA, on its card (data sheet 16907): the same chip as
 * pcnet.c's with 16-bit structures, 24 address lines and an ISA bus master. The BCRs are called
 * ISACSRs here, of which there are eight.
 *
 * Not modelled: the DMA channel that passes the bus on (it is nobody else's, and the bus is always
 * given), the boot PROM, shared memory, the remote-boot pins.
 */
#include "hw/net/pcnet.h"
#include <stdio.h>

enum { ISA_PORTS = 24 };

static u32 isa_in(void *dev, u16 port, unsigned size)
{
    return pcnet_window_in(dev, port & (PCNET_PORTS - 1), size);
}

static void isa_out(void *dev, u16 port, u32 v, unsigned size)
{
    pcnet_window_out(dev, port & (PCNET_PORTS - 1), v, size);
}

static const struct port_ops isa_ports = {isa_in, isa_out, 2};

static bool isa_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct pcnet *p = (struct pcnet *)dev;
    static const u16 lines = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;
    p->isa = true;
    pcnet_init(p);
    if (p->base & (PCNET_PORTS - 1))
        return err_set(e, "iobase=%#x: must be a multiple of 0x20", p->base);
    if (p->irq_number != 15 && !(lines >> p->irq_number & 1))
        return err_set(e, "irq=%u: the card has 3, 4, 5, 9, 10, 11, 12, 15", p->irq_number);
    if (p->dma_number == 4)
        return err_set(e, "dma=4: the card has 3, 5, 6, 7");
    if (!slots_irq(dev, p->irq_number, LINE_DRIVEN, &p->line, e) ||
        !slots_dma(dev, p->dma_number, &p->dma, e) || !pcnet_plug(p, e))
        return false;
    bus_claim(b->bus, p->base, ISA_PORTS, &isa_ports, p, dev->name);
    return true;
}

static void isa_reset(struct device *dev)
{
    pcnet_power((struct pcnet *)dev);
}

static void isa_state(struct device *dev, struct state *s)
{
    struct pcnet *p = (struct pcnet *)dev;
    state_u16s(s, "ISACSR", p->bcr, PCNET_BCRS);
    pcnet_chip_state(p, s);
}

static void isa_describe(const struct device *dev, FILE *out)
{
    const struct pcnet *p = (const struct pcnet *)dev;
    fprintf(out, "ports %03x-%03x, IRQ %u, DMA %u\n", p->base, p->base + ISA_PORTS - 1,
            p->irq_number, p->dma_number);
    pcnet_describe(dev, out);
}

static const struct prop isa_props[] = {
    PROP_U16_ROW(struct pcnet, base, "iobase", "0x300", 0x200, 0x3e0,
                 "first of its 24 ports, a multiple of 0x20"),
    PROP_U8_ROW(struct pcnet, irq_number, "irq", "10", 3, 15, "interrupt line"),
    PROP_U8_ROW(struct pcnet, dma_number, "dma", "6", 3, 7, "DMA channel that it has the bus by"),
    PROP_MAC_ROW(struct pcnet, mac, "mac", "its address; else one that is free"),
    PROP_STRING_ROW(struct pcnet, netdev, "netdev", "the network at its cable"),
    PROP_END,
};

const struct device_class pcnet_isa_class = {
    .name = "pcnet-isa",
    .model = "pcnet_isa",
    .doc = "AMD PCnet-ISA network card (ISA)",
    .size = sizeof(struct pcnet),
    .props = isa_props,
    .bus = BUS_ISA,
    .several = true,
    .optional = true,
    .state_version = 1,
    .realize = isa_realize,
    .reset = isa_reset,
    .state = isa_state,
    .destroy = pcnet_destroy,
    .describe = isa_describe,
};
