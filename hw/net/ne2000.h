/*
 * ne2000.h - the NE2000: a DP8390 with buffer memory, an address PROM and two more ports; and
 * that card on the ISA bus. rtl8029.h is the same card on PCI.
 */
#ifndef FERRITE_NE2000_H
#define FERRITE_NE2000_H

#include "hw/bus/isapnp.h"
#include "hw/net/dp8390.h"

enum { NE2000_PORTS = 32, NE2000_RAM_AT = 0x4000, NE2000_RAM_MAX = 32 * 1024 };

struct ne2000_card {
    struct dp8390 nic;
    u8 mac[NET_ADDRESS];
    u32 ram_size;
    u8 ram[NE2000_RAM_MAX];
};

/* Before the first of the others; `name` is for the log. mac and ram_size are set already. */
void ne2000_card_init(struct ne2000_card *c, const struct board *b, const char *name);
/* For realize: the cable into its socket. */
bool ne2000_card_plug(struct ne2000_card *c, struct device *dev, const char *netdev, struct err *e);
void ne2000_card_state(struct ne2000_card *c, struct state *s);
/* Loading: does the snapshot hold a card, or only say that there was none? */
bool ne2000_was_there(struct state *s);
/* `offset` 0..31 from the base; size 1 or 2. */
u32 ne2000_card_in(struct ne2000_card *c, unsigned offset, unsigned size);
void ne2000_card_out(struct ne2000_card *c, unsigned offset, u32 v, unsigned size);

/* Interrupt lines that the ISA card has, a bit each. */
enum { NE2000_LINES = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 15 };

/* The ISA card. */
struct ne2000 {
    struct device dev;
    u16 base; /* properties: its jumpers; */
    u8 irq_number;
    const char *netdev; /* the cable in its socket */
    bool pnp;           /* the jumpers are what it begins with */
    struct ne2000_card card;
    /* Of a plug-and-play card: */
    struct isapnp_card isapnp;
    struct isapnp_kind kind;
    struct irq line[16];
};

extern const struct port_ops ne2000_ports;

/* ---- ne2000_pnp.c ---- */
bool ne2000_pnp_lines(struct ne2000 *d, struct err *e); /* all that it can choose */
bool ne2000_pnp_join(struct ne2000 *d, struct isapnp *p, struct err *e);

extern const struct device_class ne2000_class;

#endif
