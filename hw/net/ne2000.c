/*
 * ne2000.c - the Novell NE2000 (National Semiconductor AN-729 describes such a card): a DP8390
 * at ports 0-Fh, its remote DMA as a data port at 10h-17h, reset at 18h-1Fh; 16 KB of buffer
 * (32 KB on some clones) at 4000h of the chip's memory, the address PROM at 0.
 *
 * Not modelled: an 8-bit slot (NE1000), a boot ROM, shared-memory cards.
 */
#include "hw/net/ne2000.h"
#include "hw/bus/slots.h"
#include "hw/net/net_link.h"
#include <stdio.h>
#include <string.h>

enum { DATA_PORT = 0x10, RESET_PORT = 0x18, PROM_SIZE = 32 };

/*
 * The PROM has sixteen bytes on the low half of the data bus; without the other half each is seen
 * twice. After the address come zeroes, then two 57h, the mark of a card in a 16-bit slot.
 */
static u8 prom(const struct ne2000_card *c, unsigned addr)
{
    unsigned at = addr / 2;
    return at < NET_ADDRESS ? c->mac[at] : at >= 14 ? 0x57 : 0;
}

static u8 read_memory(void *card, u16 addr)
{
    struct ne2000_card *c = card;
    if (addr < PROM_SIZE)
        return prom(c, addr);
    if (addr >= NE2000_RAM_AT && addr - NE2000_RAM_AT < (int)c->ram_size)
        return c->ram[addr - NE2000_RAM_AT];
    return 0xff;
}

static void write_memory(void *card, u16 addr, u8 v)
{
    struct ne2000_card *c = card;
    if (addr >= NE2000_RAM_AT && addr - NE2000_RAM_AT < (int)c->ram_size)
        c->ram[addr - NE2000_RAM_AT] = v;
    else
        log_at(c->nic.log, LOG_GUEST, "%s: nothing to write to at %04x", c->nic.name, addr);
}

void ne2000_card_init(struct ne2000_card *c, const struct board *b, const char *name)
{
    c->nic.name = name;
    c->nic.clock = b->clock;
    c->nic.log = b->log;
    c->nic.read = read_memory;
    c->nic.write = write_memory;
    c->nic.card = c;
    dp8390_init(&c->nic);
}

void ne2000_card_state(struct ne2000_card *c, struct state *s)
{
    state_same_u64(s, "ram_size", c->ram_size);
    state_bytes(s, "mac", c->mac, sizeof(c->mac));
    state_memory(s, "ram", c->ram, sizeof(c->ram));
    dp8390_state(&c->nic, s);
}

bool ne2000_card_plug(struct ne2000_card *c, struct device *dev, const char *netdev, struct err *e)
{
    struct net_port receive = {dp8390_receive, &c->nic};
    /* Without slots the test has the other end of the cable in its hand. */
    return !dev->board->slots || net_link_plug(dev, netdev, &receive, &c->nic.out, c->mac, e);
}

/* Version 1 was saved by machines without the card too. */
bool ne2000_was_there(struct state *s)
{
    return state_version(s) >= 2 || state_was_u64(s, "enabled", 1);
}

u32 ne2000_card_in(struct ne2000_card *c, unsigned offset, unsigned size)
{
    struct dp8390 *n = &c->nic;
    if (offset >= RESET_PORT) {
        dp8390_reset(n);
        return 0xffff;
    }
    if (offset >= DATA_PORT) {
        u32 v = dp8390_remote_in(n);
        /* To a chip in byte mode a word is two bytes, one after the other. */
        if (size == 2 && !(n->dcr & DCR_WTS))
            v |= (u32)dp8390_remote_in(n) << 8;
        return v;
    }
    u32 v = dp8390_in(n, offset);
    return size == 2 ? v | (u32)dp8390_in(n, offset + 1) << 8 : v;
}

void ne2000_card_out(struct ne2000_card *c, unsigned offset, u32 v, unsigned size)
{
    struct dp8390 *n = &c->nic;
    if (offset >= RESET_PORT) {
        dp8390_reset(n);
    } else if (offset >= DATA_PORT) {
        bool word = n->dcr & DCR_WTS;
        dp8390_remote_out(n, (u16)v);
        if (size == 2 && !word)
            dp8390_remote_out(n, (u16)(v >> 8));
    } else {
        dp8390_out(n, offset, (u8)v);
        if (size == 2)
            dp8390_out(n, offset + 1, (u8)(v >> 8));
    }
}

/* ---- the ISA card ---- */

static u32 ne2000_in(void *dev, u16 port, unsigned size)
{
    struct ne2000 *d = dev;
    return ne2000_card_in(&d->card, (unsigned)(port - d->base), size);
}

static void ne2000_out(void *dev, u16 port, u32 v, unsigned size)
{
    struct ne2000 *d = dev;
    ne2000_card_out(&d->card, (unsigned)(port - d->base), v, size);
}

const struct port_ops ne2000_ports = {ne2000_in, ne2000_out, 2};

static bool ne2000_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct ne2000 *d = (struct ne2000 *)dev;
    ne2000_card_init(&d->card, b, dev->name);
    if (d->base & (NE2000_PORTS - 1))
        return err_set(e, "iobase=%#x: must be a multiple of 0x20", d->base);
    if (!(NE2000_LINES >> d->irq_number & 1))
        return err_set(e, "irq=%u: the card has 3, 4, 5, 9, 10, 11, 12, 15", d->irq_number);
    bool lines = d->pnp ? ne2000_pnp_lines(d, e)
                        : slots_irq(dev, d->irq_number, LINE_DRIVEN, &d->card.nic.irq, e);
    if (!lines || !ne2000_card_plug(&d->card, dev, d->netdev, e))
        return false;
    bus_claim(b->bus, d->base, NE2000_PORTS, &ne2000_ports, d, dev->name);
    struct isapnp *p = (struct isapnp *)slots_find(dev, &isapnp_class, NULL);
    return !d->pnp || !p || ne2000_pnp_join(d, p, e);
}

static void ne2000_reset(struct device *dev)
{
    struct ne2000 *d = (struct ne2000 *)dev;
    dp8390_reset(&d->card.nic);
}

static void ne2000_state(struct device *dev, struct state *s)
{
    struct ne2000 *d = (struct ne2000 *)dev;
    if (ne2000_was_there(s))
        ne2000_card_state(&d->card, s);
    else
        ne2000_reset(dev);
}

static void ne2000_destroy(struct device *dev)
{
    dp8390_destroy(&((struct ne2000 *)dev)->card.nic);
}

static void ne2000_describe(const struct device *dev, FILE *out)
{
    const struct ne2000 *d = (const struct ne2000 *)dev;
    if (!d->base) {
        fputs("switched off by plug and play\n", out);
        return;
    }
    fprintf(out, "ports %03x-%03x\n", d->base, d->base + NE2000_PORTS - 1);
    dp8390_describe(&d->card.nic, out);
}

static const struct prop ne2000_props[] = {
    PROP_U16_ROW(struct ne2000, base, "iobase", "0x300", 0x200, 0x3e0,
                 "first of its 32 ports, a multiple of 0x20"),
    PROP_U8_ROW(struct ne2000, irq_number, "irq", "10", 3, 15, "interrupt line"),
    PROP_MAC_ROW(struct ne2000, card.mac, "mac", "its address; else one that is free"),
    PROP_STRING_ROW(struct ne2000, netdev, "netdev", "the network at its cable"),
    PROP_U32_ROW(struct ne2000, card.ram_size, "ram", "16384", 8192, NE2000_RAM_MAX,
                 "bytes of buffer memory"),
    PROP_BOOL_ROW(struct ne2000, pnp, "pnp", "off",
                  "on: an ISA plug-and-play card, which a system may move from where it begins"),
    PROP_END,
};

const struct device_class ne2000_class = {
    .name = "ne2000",
    .model = "ne2k_isa",
    .doc = "NE2000 network card (ISA)",
    .size = sizeof(struct ne2000),
    .props = ne2000_props,
    .bus = BUS_ISA,
    .several = true,
    .optional = true,
    .state_version = 2,
    .realize = ne2000_realize,
    .reset = ne2000_reset,
    .state = ne2000_state,
    .destroy = ne2000_destroy,
    .describe = ne2000_describe,
};
