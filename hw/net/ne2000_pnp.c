/*
 * ne2000_pnp.c - an NE2000 that plug and play may move (hw/bus/isapnp.h), as cards with Realtek's
 * RTL8019 were: where it can be, and going there.
 *
 * One logical device that is compatible with PNP80D6, by which systems know an NE2000: 32 ports and
 * a line. The serial number is the end of the station's address, as on those cards, so that two of
 * them can be told apart.
 *
 * Not modelled: the RTL8019's own registers (pages 3, its EEPROM, the jumper that turns this off).
 */
#include "hw/net/ne2000.h"

#include "hw/bus/slots.h"

#include <string.h>

/* RTL8019, and PNP80D6, as they come over the wire. */
#define CARD_ID 0x4a, 0x8c, 0x80, 0x19
#define COMPATIBLE_ID 0x41, 0xd0, 0x80, 0xd6
/* Chapter 6: small tags, and the two bytes of a number. */
#define TAG(name, length) ((name) << 3 | (length))
#define WORD(v) (v) & 0xff, (v) >> 8

enum { FIRST = 0x200, LAST = 0x3e0 };

/* clang-format off */
static const u8 resources[] = {
    TAG(1, 2), 0x10, 0x10, /* version 1.0 */
    0x82, 15, 0, 'N', 'E', '2', '0', '0', '0', ' ', 'E', 't', 'h', 'e', 'r', 'n', 'e', 't',
    TAG(2, 5), CARD_ID, 0x00, /* the logical device */
    TAG(3, 4), COMPATIBLE_ID,
    TAG(8, 7), 1, WORD(FIRST), WORD(LAST), NE2000_PORTS, NE2000_PORTS,
    TAG(4, 2), WORD(NE2000_LINES),
};
/* clang-format on */

static void on_line(void *opaque, int n, int level)
{
    const struct ne2000 *d = opaque;
    (void)n;
    for (unsigned i = 0; i < ARRAY_SIZE(d->line); i++)
        irq_set(&d->line[i], i == d->irq_number && level);
}

static void apply(void *owner, const struct isapnp_place *place)
{
    struct ne2000 *d = owner;
    struct bus *b = d->dev.board->bus;
    u16 io = place->io[0];
    bool possible = place->active && io >= FIRST && io <= LAST && io % NE2000_PORTS == 0;
    if (d->base)
        bus_release(b, d->base, NE2000_PORTS);
    d->base = 0;
    if (possible && !bus_is_free(b, io, NE2000_PORTS))
        log_at(d->dev.board->log, LOG_UNIMP, "%s: ports %xh are somebody else's", d->dev.name, io);
    else if (possible)
        d->base = io;
    if (d->base)
        bus_claim(b, d->base, NE2000_PORTS, &ne2000_ports, d, d->dev.name);
    d->irq_number = place->active ? place->irq[0] : 0;
}

static void after(void *owner)
{
    dp8390_drive(&((struct ne2000 *)owner)->card.nic);
}

bool ne2000_pnp_lines(struct ne2000 *d, struct err *e)
{
    for (unsigned i = 0; i < ARRAY_SIZE(d->line); i++) {
        if ((NE2000_LINES >> i & 1) && !slots_irq(&d->dev, i, LINE_GATED, &d->line[i], e))
            return false;
    }
    d->card.nic.irq = (struct irq){on_line, d, 0};
    return true;
}

bool ne2000_pnp_join(struct ne2000 *d, struct isapnp *p, struct err *e)
{
    struct isapnp_card *c = &d->isapnp;
    d->kind = (struct isapnp_kind){
        .id = {CARD_ID}, .resources = resources, .size = sizeof(resources), .ios = 1, .irqs = 1};
    memcpy(d->kind.id + 4, d->card.mac + 2, 4);
    c->kind = &d->kind;
    c->owner = d;
    c->apply = apply;
    c->after = after;
    c->power = (struct isapnp_place){.active = true,
                                     .io = {d->base},
                                     .irq = {d->irq_number},
                                     .dma = {ISAPNP_NO_DMA, ISAPNP_NO_DMA}};
    return isapnp_join(p, c, e);
}
