/*
 * sb_pnp.c - a Sound Blaster 16 that plug and play may move (hw/bus/isapnp.h): where its kind can
 * be, and going there.
 *
 * What it says of itself is what the CT2940 and its kind do: one logical device "Audio" with three
 * ranges of ports (the card, its MPU-401, AdLib's), a line, a channel of bytes and one of words.
 * Drivers know it by CTL0031. The game port is the board's, not the card's.
 */
#include "hw/sound/sb.h"

#include "hw/bus/slots.h"

/* Three letters in EISA's compressed form, as they come over the wire. */
#define VENDOR_CTL 0x0e, 0x8c
/* Chapter 6: small tags, and the two bytes of a number. */
#define TAG(name, length) ((name) << 3 | (length))
#define WORD(v) (v) & 0xff, (v) >> 8
/* A range of ports, all 16 bits of whose number are decoded. */
#define PORTS(first, last, step, count) TAG(8, 7), 1, WORD(first), WORD(last), step, count
#define LINES(mask) TAG(4, 2), WORD(mask)
#define CHANNELS(mask, flags) TAG(5, 2), mask, flags

/* DMA at the ISA bus's usual speed, as those cards have it; counted and moved in these. */
enum { BYTES = 0x0c, WORDS = 0x16 };
enum { IRQS = 1 << 5 | 1 << 7 | 1 << 10, LOW = 1 << 0 | 1 << 1 | 1 << 3, HIGH = 7 << 5 };

/* clang-format off */
static const u8 resources[] = {
    TAG(1, 2), 0x10, 0x10, /* version 1.0 */
    0x82, 16, 0, 'S', 'o', 'u', 'n', 'd', ' ', 'B', 'l', 'a', 's', 't', 'e', 'r', ' ', '1', '6',
    TAG(2, 5), VENDOR_CTL, 0x00, 0x31, 0x00, /* the logical device */
    0x82, 5, 0, 'A', 'u', 'd', 'i', 'o',
    TAG(6, 1), 0, /* best: where games look for it */
    LINES(1 << 5), CHANNELS(1 << 1, BYTES), CHANNELS(1 << 5, WORDS),
    PORTS(0x220, 0x220, 1, 16), PORTS(0x330, 0x330, 1, 2), PORTS(0x388, 0x388, 1, 4),
    TAG(6, 1), 1, /* acceptable */
    LINES(IRQS), CHANNELS(LOW, BYTES), CHANNELS(HIGH, WORDS),
    PORTS(0x220, 0x280, 0x20, 16), PORTS(0x300, 0x330, 0x30, 2), PORTS(0x388, 0x388, 1, 4),
    TAG(6, 1), 2, /* without MIDI and words */
    LINES(IRQS), CHANNELS(LOW, BYTES),
    PORTS(0x220, 0x280, 0x20, 16), PORTS(0x388, 0x388, 1, 4),
    TAG(7, 0),
};
/* clang-format on */

static const struct isapnp_kind kind = {
    .id = {VENDOR_CTL, 0x00, 0x28, 0x01, 0x00, 0x00, 0x00}, /* CTL0028, serial number 1 */
    .resources = resources,
    .size = sizeof(resources),
    .ios = 3,
    .irqs = 1,
    .dmas = 2,
};

/* Where a range can be, 0: nowhere, as what it is while half of its number is written. */
static u16 among(u16 io, u16 first, u16 last, u16 step)
{
    return io >= first && io <= last && (io - first) % step == 0 ? io : 0;
}

static void leave(struct sb *sb)
{
    struct bus *b = sb->dev.board->bus;
    if (sb->base)
        bus_release(b, sb->base, SB_PORTS);
    if (sb->fm_base)
        bus_release(b, sb->fm_base, sb_fm_ports(sb->card->fm));
    if (sb->mpu_base)
        bus_release(b, sb->mpu_base, SB_MPU_PORTS);
    sb->base = sb->fm_base = sb->mpu_base = 0;
}

/* Where somebody else is it is not: on hardware both would answer. */
static u16 free_or_0(struct sb *sb, u16 base, unsigned count)
{
    if (!base || bus_is_free(sb->dev.board->bus, base, count))
        return base;
    log_at(sb->dev.board->log, LOG_UNIMP, "%s: ports %xh are somebody else's", sb->dev.name, base);
    return 0;
}

static void apply(void *owner, const struct isapnp_place *place)
{
    struct sb *sb = owner;
    u8 irq = place->irq[0], dma = place->dma[0], hdma = place->dma[1];
    leave(sb);
    if (place->active) {
        sb->base = free_or_0(sb, among(place->io[0], 0x220, 0x280, 0x20), SB_PORTS);
        sb->mpu_base = free_or_0(sb, among(place->io[1], 0x300, 0x330, 0x30), SB_MPU_PORTS);
        sb->fm_base =
            free_or_0(sb, among(place->io[2], 0x388, 0x388, 1), sb_fm_ports(sb->card->fm));
        sb_claim(sb);
    }
    sb->irq_number = irq == 9 ? 2 : irq; /* one that the card does not have leads nowhere */
    sb->dma_number = dma;
    sb->hdma_number = hdma == ISAPNP_NO_DMA ? dma : hdma;
    sb_mixer_lines(sb);
}

static void before(void *owner)
{
    sb_transfers_sync(owner);
}

static void after(void *owner)
{
    sb_drive_lines(owner);
    sb_dma_ready(owner);
}

bool sb_pnp_join(struct sb *sb, struct isapnp *p, struct err *e)
{
    struct isapnp_card *c = &sb->isapnp;
    c->kind = &kind;
    c->owner = sb;
    c->apply = apply;
    c->before = before;
    c->after = after;
    c->power = (struct isapnp_place){
        .active = true,
        .io = {sb->base, sb->mpu_base, sb->fm_base},
        .irq = {sb->irq_number == 2 ? 9 : sb->irq_number},
        .dma = {sb->dma_number,
                sb->hdma_number == sb->dma_number ? ISAPNP_NO_DMA : sb->hdma_number},
    };
    return isapnp_join(p, c, e);
}
