/*
 * isapnp.h - plug-and-play cards of the ISA bus: how a system tells them apart, reads what they
 * need, and moves them.
 *
 * Plug and Play ISA Specification 1.0a. All cards listen at 279h (which register) and A79h (data),
 * and answer at a port that the system chooses. Whoever writes the initiation key wakes them; in
 * isolation each card sends its serial identifier bit by bit, and gives up when another one sends a
 * 1 where it has a 0: one is left, and gets a number (CSN) by which it is spoken to from then on.
 *
 * A card is configured as its jumpers would say when the machine is switched on, as a
 * plug-and-play BIOS leaves those that are needed. A system's reset (02h bit 0) switches it off, as
 * cards that nothing starts from are then; what the system chooses is told by `apply`.
 *
 * Not modelled: more than one logical device on a card, memory ranges, the check of a range (31h).
 */
#ifndef FERRITE_ISAPNP_H
#define FERRITE_ISAPNP_H

#include "hw/bus/device.h"

enum { ISAPNP_IOS = 8, ISAPNP_IRQS = 2, ISAPNP_DMAS = 2, ISAPNP_CARDS = 8 };
enum { ISAPNP_ID = 8, ISAPNP_NO_DMA = 4 };

/* Where a card is: what registers 30h and 60h to 75h hold. */
struct isapnp_place {
    bool active;
    u16 io[ISAPNP_IOS];  /* 0: that range is not decoded */
    u8 irq[ISAPNP_IRQS]; /* 0: none */
    u8 dma[ISAPNP_DMAS]; /* ISAPNP_NO_DMA: none */
};

/* What a kind of card says of itself. */
struct isapnp_kind {
    u8 id[ISAPNP_ID];    /* vendor (compressed), product, serial number; lowest byte first */
    const u8 *resources; /* tags as chapter 6 has them, without the end tag */
    u16 size;
    u8 ios, irqs, dmas; /* how many of each can be set */
};

struct isapnp_card {
    const struct isapnp_kind *kind;
    void *owner;
    struct isapnp_place power; /* at RESET */
    /*
     * Be there from now on, and nowhere else. While a snapshot is loaded, too: this moves ports and
     * remembers lines, but neither drives one nor asks for time.
     */
    void (*apply)(void *owner, const struct isapnp_place *place);
    /* Not while one is loaded; may be NULL. Before: what is due where it was. */
    void (*before)(void *owner);
    void (*after)(void *owner); /* its lines */

    u8 mode, csn;
    u16 at; /* byte of the resources, or bit of the identifier */
    struct isapnp_place place;
};

struct isapnp {
    struct device dev;
    struct isapnp_card *card[ISAPNP_CARDS];
    unsigned cards;
    u8 index;      /* the register that 279h chose */
    u8 key, heard; /* of the initiation key: what comes next, how many came */
    u16 read_port; /* 0: not chosen */
    bool second;   /* the next read is the second one of a pair */
    bool driven;   /* the first one found a card that sends a 1 */
};

extern const struct device_class isapnp_class;

/* While the machine is built. The card's `kind`, `owner`, `power` and `apply` are set. */
bool isapnp_join(struct isapnp *p, struct isapnp_card *card, struct err *e);

/* The ninth byte of a serial identifier. */
u8 isapnp_checksum(const u8 id[ISAPNP_ID]);

#endif
