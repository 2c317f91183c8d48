/*
 * isapnp.c - the ports of plug-and-play ISA cards, and what all cards do alike: see isapnp.h.
 */
#include "hw/bus/isapnp.h"

#include <string.h>

enum { ADDRESS = 0x279, WRITE_DATA = 0xa79 };

/* A card's mode; chapter 4.3. */
enum { WAIT_FOR_KEY, SLEEP, ISOLATION, CONFIG };

/* Registers; appendix A. */
enum {
    SET_READ_PORT = 0x00,
    SERIAL_ISOLATION = 0x01,
    CONFIG_CONTROL = 0x02,
    WAKE = 0x03,
    RESOURCE_DATA = 0x04,
    STATUS = 0x05,
    SELECT_NUMBER = 0x06,
    LOGICAL_DEVICE = 0x07,
    ACTIVATE = 0x30,
    IO = 0x60,
    IRQ = 0x70,
    DMA = 0x74
};
enum { CONTROL_RESET = 1, CONTROL_WAIT = 2, CONTROL_NO_NUMBER = 4 };
enum { KEY_LENGTH = 32, KEY_FIRST = 0x6a, EDGE_HIGH = 2, END_TAG = 0x79 };
enum { ID_BYTES = ISAPNP_ID + 1, ID_BITS = 8 * ID_BYTES };

/* The shift register of the key and of the checksum, with a bit of data coming in (chapter 3). */
static u8 shifted(u8 v, unsigned in)
{
    return (u8)(v >> 1 | ((v ^ v >> 1 ^ in) & 1) << 7);
}

u8 isapnp_checksum(const u8 id[ISAPNP_ID])
{
    u8 sum = KEY_FIRST;
    for (unsigned i = 0; i < 8 * ISAPNP_ID; i++)
        sum = shifted(sum, id[i / 8] >> i % 8 & 1u);
    return sum;
}

/* ---- a card ---- */

static u8 id_byte(const struct isapnp_kind *k, unsigned i)
{
    return i < ISAPNP_ID ? k->id[i] : isapnp_checksum(k->id);
}

static u8 resource_byte(const struct isapnp_kind *k, unsigned i)
{
    u8 sum = END_TAG;
    if (i < ID_BYTES)
        return id_byte(k, i);
    i -= ID_BYTES;
    if (i < k->size)
        return k->resources[i];
    if (i == k->size)
        return END_TAG;
    for (unsigned n = 0; n < k->size; n++)
        sum = (u8)(sum + k->resources[n]);
    return i == k->size + 1u ? (u8)-sum : 0;
}

static void apply(struct isapnp_card *c)
{
    if (c->before)
        c->before(c->owner);
    c->apply(c->owner, &c->place);
    if (c->after)
        c->after(c->owner);
}

/* The byte that register `index` of the logical device sets; NULL: there is none. */
static u8 *byte_at(struct isapnp_card *c, u8 index, u8 *unused)
{
    const struct isapnp_kind *k = c->kind;
    *unused = 0;
    if (index >= IRQ && index < IRQ + 2 * k->irqs)
        return index & 1 ? unused : &c->place.irq[(index - IRQ) / 2];
    if (index >= DMA && index < DMA + k->dmas)
        return &c->place.dma[index - DMA];
    return NULL;
}

static bool is_io(const struct isapnp_card *c, u8 index)
{
    return index >= IO && index < IO + 2 * c->kind->ios;
}

static void write_place(struct isapnp_card *c, u8 index, u8 v)
{
    u8 unused, *byte = byte_at(c, index, &unused);
    if (index == ACTIVATE) {
        c->place.active = v & 1;
    } else if (is_io(c, index)) {
        u16 *io = &c->place.io[(index - IO) / 2];
        *io = index & 1 ? (u16)((*io & 0xff00) | v) : (u16)((*io & 0x00ff) | v << 8);
    } else if (byte) {
        *byte = v & (index >= DMA ? 7 : 15);
    } else {
        return;
    }
    /* While it is being set, a card that is switched off is nowhere. */
    if (c->place.active || index == ACTIVATE)
        apply(c);
}

static u8 read_place(struct isapnp_card *c, u8 index)
{
    u8 unused, *byte = byte_at(c, index, &unused);
    if (index == ACTIVATE)
        return c->place.active;
    if (is_io(c, index)) {
        u16 io = c->place.io[(index - IO) / 2];
        return (u8)(index & 1 ? io : io >> 8);
    }
    if (byte == &unused)
        return EDGE_HIGH;
    /* What the card does not have reads as not in use. */
    return byte ? *byte : index == DMA || index == DMA + 1 ? ISAPNP_NO_DMA : 0;
}

/* The machine's RESET, behind which a BIOS has switched it on; a system's own finds no BIOS. */
static void power_place(struct isapnp_card *c, bool by_system)
{
    c->place = c->power;
    c->place.active &= !by_system;
    apply(c);
}

static void control(struct isapnp_card *c, u8 v)
{
    if (c->mode == WAIT_FOR_KEY)
        return;
    if (v & CONTROL_NO_NUMBER)
        c->csn = 0;
    if (v & CONTROL_RESET)
        power_place(c, true);
    if (v & CONTROL_WAIT)
        c->mode = WAIT_FOR_KEY;
}

static void wake(struct isapnp_card *c, u8 csn)
{
    if (c->mode == WAIT_FOR_KEY)
        return;
    c->at = 0;
    c->mode = c->csn != csn ? SLEEP : csn ? CONFIG : ISOLATION;
}

static void set_number(struct isapnp *p, struct isapnp_card *c, u8 v)
{
    /* In isolation it is the last one left that listens, once it has sent all. */
    if (c->mode == ISOLATION && c->at == ID_BITS && v)
        c->mode = CONFIG;
    else if (c->mode != CONFIG)
        return;
    c->csn = v;
    c->at = 0;
    p->second = false;
}

static void write_card(struct isapnp *p, struct isapnp_card *c, u8 v)
{
    switch (p->index) {
    case CONFIG_CONTROL:
        control(c, v);
        break;
    case WAKE:
        wake(c, v);
        break;
    case SELECT_NUMBER:
        set_number(p, c, v);
        break;
    default:
        if (c->mode == CONFIG && p->index >= ACTIVATE)
            write_place(c, p->index, v);
    }
}

/* ---- reading ---- */

static bool sends_1(const struct isapnp_card *c)
{
    return c->at < ID_BITS && (id_byte(c->kind, c->at / 8u) >> c->at % 8 & 1);
}

/* Two reads for each bit: 55h and AAh where some card sends a 1, which the others see. */
static u8 isolate(struct isapnp *p)
{
    bool first = !p->second;
    p->second = first;
    if (first) {
        p->driven = false;
        for (unsigned i = 0; i < p->cards; i++)
            p->driven |= p->card[i]->mode == ISOLATION && sends_1(p->card[i]);
        return p->driven ? 0x55 : 0xff;
    }
    for (unsigned i = 0; i < p->cards; i++) {
        struct isapnp_card *c = p->card[i];
        if (c->mode != ISOLATION)
            continue;
        if (p->driven && !sends_1(c))
            c->mode = SLEEP;
        else if (c->at < ID_BITS)
            c->at++;
    }
    return p->driven ? 0xaa : 0xff;
}

static u8 read_card(struct isapnp *p, struct isapnp_card *c)
{
    switch (p->index) {
    case RESOURCE_DATA: {
        u8 v = resource_byte(c->kind, c->at);
        if (c->at < 0xffff)
            c->at++;
        return v;
    }
    case STATUS:
        return 1; /* the next byte is there */
    case SELECT_NUMBER:
        return c->csn;
    case LOGICAL_DEVICE:
        return 0;
    default:
        return p->index >= ACTIVATE ? read_place(c, p->index) : 0;
    }
}

static u32 read_port(void *dev, u16 port, unsigned size)
{
    struct isapnp *p = dev;
    (void)port, (void)size;
    if (p->index == SERIAL_ISOLATION)
        return isolate(p);
    for (unsigned i = 0; i < p->cards; i++)
        if (p->card[i]->mode == CONFIG)
            return read_card(p, p->card[i]);
    return 0xff;
}

static void read_port_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)dev, (void)port, (void)value, (void)size;
}

static const struct port_ops read_ops = {read_port, read_port_out, 1};

/* ---- ports ---- */

/* Where somebody else is, nothing is heard: systems then try another place. */
static void move_read_port(struct isapnp *p, u16 port)
{
    struct bus *b = p->dev.board->bus;
    if (p->read_port)
        bus_release(b, p->read_port, 1);
    p->read_port = 0;
    if (!port || !bus_is_free(b, port, 1))
        return;
    bus_claim(b, port, 1, &read_ops, p, p->dev.name);
    p->read_port = port;
}

static bool any(const struct isapnp *p, unsigned mode)
{
    for (unsigned i = 0; i < p->cards; i++)
        if (p->card[i]->mode == mode)
            return true;
    return false;
}

/* Cards that wait for the key hear it; the others take what is written for a register's number. */
static void hear_key(struct isapnp *p, u8 v)
{
    if (v != p->key) {
        p->key = KEY_FIRST;
        p->heard = 0;
    }
    if (v != p->key)
        return;
    p->key = shifted(p->key, 0);
    if (++p->heard < KEY_LENGTH)
        return;
    p->key = KEY_FIRST;
    p->heard = 0;
    for (unsigned i = 0; i < p->cards; i++)
        if (p->card[i]->mode == WAIT_FOR_KEY)
            p->card[i]->mode = SLEEP;
}

static u32 nothing(void *dev, u16 port, unsigned size)
{
    (void)dev, (void)port, (void)size;
    return 0xff;
}

static void address_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct isapnp *p = dev;
    (void)port, (void)size;
    p->index = (u8)value;
    p->second = false;
    if (any(p, WAIT_FOR_KEY))
        hear_key(p, (u8)value);
}

static void data_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct isapnp *p = dev;
    (void)port, (void)size;
    if (p->index == SET_READ_PORT) {
        if (any(p, ISOLATION))
            move_read_port(p, (u16)((value & 0xff) << 2 | 3));
        return;
    }
    for (unsigned i = 0; i < p->cards; i++)
        write_card(p, p->card[i], (u8)value);
}

static const struct port_ops address_ops = {nothing, address_out, 1};
static const struct port_ops data_ops = {nothing, data_out, 1};

bool isapnp_join(struct isapnp *p, struct isapnp_card *card, struct err *e)
{
    struct bus *b = p->dev.board->bus;
    if (p->cards == ISAPNP_CARDS)
        return err_set(e, "%u plug-and-play cards are all there can be", ISAPNP_CARDS);
    if (!p->cards) {
        bus_claim(b, ADDRESS, 1, &address_ops, p, p->dev.name);
        bus_claim(b, WRITE_DATA, 1, &data_ops, p, p->dev.name);
    }
    p->card[p->cards++] = card;
    card->place = card->power;
    return true;
}

/* ---- life ---- */

static bool realize(struct device *d, const struct board *b, struct err *e)
{
    (void)d, (void)b, (void)e;
    return true;
}

static void reset(struct device *d)
{
    struct isapnp *p = (struct isapnp *)d;
    p->index = p->heard = 0;
    p->key = KEY_FIRST;
    p->second = p->driven = false;
    move_read_port(p, 0);
    for (unsigned i = 0; i < p->cards; i++) {
        struct isapnp_card *c = p->card[i];
        c->mode = WAIT_FOR_KEY;
        c->csn = 0;
        c->at = 0;
        power_place(c, false);
    }
}

static void card_state(struct isapnp_card *c, struct state *s)
{
    struct isapnp_place *l = &c->place;
    state_u8(s, "mode", &c->mode);
    state_u8(s, "csn", &c->csn);
    state_u16(s, "at", &c->at);
    state_bool(s, "active", &l->active);
    for (unsigned i = 0; i < ISAPNP_IOS; i++)
        state_u16(s, "io", &l->io[i]);
    for (unsigned i = 0; i < ISAPNP_IRQS; i++)
        state_u8(s, "irq", &l->irq[i]);
    for (unsigned i = 0; i < ISAPNP_DMAS; i++)
        state_u8(s, "dma", &l->dma[i]);
    if (!state_loading(s))
        return;
    bool possible = c->mode <= CONFIG;
    for (unsigned i = 0; i < ISAPNP_IRQS; i++)
        possible &= l->irq[i] < 16;
    for (unsigned i = 0; i < ISAPNP_DMAS; i++)
        possible &= l->dma[i] < 8;
    if (possible)
        c->apply(c->owner, l);
    else
        state_fail(s, "impossible card");
}

static void state(struct device *d, struct state *s)
{
    struct isapnp *p = (struct isapnp *)d;
    u16 read_port = p->read_port;
    u32 cards = p->cards;
    state_u32(s, "cards", &cards);
    state_u8(s, "index", &p->index);
    state_u8(s, "key", &p->key);
    state_u8(s, "heard", &p->heard);
    state_u16(s, "read port", &read_port);
    state_bool(s, "second", &p->second);
    state_bool(s, "driven", &p->driven);
    if (state_loading(s)) {
        if (cards != p->cards || (read_port && (read_port & 0xfc03) != 3))
            state_fail(s, "other plug-and-play cards");
        else
            move_read_port(p, read_port);
    }
    for (unsigned i = 0; i < p->cards && state_ok(s); i++)
        card_state(p->card[i], s);
}

static void describe(const struct device *d, FILE *out)
{
    static const char *const modes[] = {"waits for the key", "sleeps", "is being isolated",
                                        "is being configured"};
    const struct isapnp *p = (const struct isapnp *)d;
    if (!p->cards)
        fputs("no plug-and-play ISA cards\n", out);
    for (unsigned i = 0; i < p->cards; i++) {
        const struct isapnp_card *c = p->card[i];
        const struct isapnp_place *l = &c->place;
        fprintf(out, "card %u: number %u, %s, %s", i, c->csn, modes[c->mode],
                l->active ? "at" : "switched off; would be at");
        for (unsigned n = 0; n < c->kind->ios; n++)
            fprintf(out, " %03x", l->io[n]);
        for (unsigned n = 0; n < c->kind->irqs; n++)
            fprintf(out, " IRQ %u", l->irq[n]);
        for (unsigned n = 0; n < c->kind->dmas; n++)
            if (l->dma[n] != ISAPNP_NO_DMA)
                fprintf(out, " DMA %u", l->dma[n]);
        fputc('\n', out);
    }
}

const struct device_class isapnp_class = {
    .name = "isapnp",
    .doc = "ISA plug and play: isolation and configuration of cards",
    .size = sizeof(struct isapnp),
    .bus = BUS_BOARD,
    .optional = true,
    .state_version = 1,
    .realize = realize,
    .reset = reset,
    .state = state,
    .describe = describe,
};
