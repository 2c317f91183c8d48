/*
 * i8237.c - two 8237A DMA controllers as an AT cascades them (Intel 8237A data sheet, 231466), and
 * the page registers at 81h-8Fh.
 *
 * A device moves its data when they are ready (hw/bus/bus.h); the controller decides whether, where
 * and how many. Single, block and demand mode therefore differ only in who holds the bus, which is
 * not modelled; nor are cycle timing, rotating priority and the sense of DREQ and DACK. Software
 * requests run at once, and the processor waits for the bus as long as they take: channels without
 * a device then read the floating bus (FFh), and memory-to-memory transfers of the first controller
 * work within one 64 KB page.
 */
#include "hw/chipset/i8237.h"
#include <stdio.h>
#include <string.h>

enum { CMD_MEM_TO_MEM = 0x01, CMD_ADDR_HOLD = 0x02, CMD_DISABLE = 0x04 };
enum { MODE_TYPE = 0x0c, MODE_AUTOINIT = 0x10, MODE_DECREMENT = 0x20, MODE_SELECT = 0xc0 };
enum { TYPE_VERIFY = 0x00, TYPE_WRITE = 0x04, TYPE_READ = 0x08 }; /* of memory */
enum { SELECT_CASCADE = 0xc0, CASCADE = 4 };

/* At 4.77 MHz: a transfer takes five clocks, one from memory to memory eight. */
enum { TRANSFER_NS = 1048, MEM_TO_MEM_NS = 1677 };

static struct i8237_chip *chip_of(struct i8237 *dma, unsigned channel)
{
    return &dma->chip[channel >> 2];
}

static bool open_channel(struct i8237 *dma, unsigned channel)
{
    struct i8237_chip *c = chip_of(dma, channel);
    const struct i8237_chip *upper = &dma->chip[1];
    if ((c->command & CMD_DISABLE) || bit(c->mask, channel & 3))
        return false;
    if (channel < CASCADE && ((upper->command & CMD_DISABLE) || bit(upper->mask, 0)))
        return false; /* the first chip's HRQ does not get through */
    return (dma->channel[channel].mode & MODE_SELECT) != SELECT_CASCADE;
}

/* Physical address of the next byte or word. The page register does not take a carry. */
static u32 address(const struct i8237 *dma, unsigned channel)
{
    const struct i8237_channel *ch = &dma->channel[channel];
    if (channel < CASCADE)
        return (u32)ch->page << 16 | ch->addr;
    return (u32)(ch->page & 0xfe) << 16 | (u32)ch->addr << 1;
}

/* The count ran out. */
static void terminal_count(struct i8237 *dma, unsigned channel)
{
    struct i8237_channel *ch = &dma->channel[channel];
    struct i8237_chip *c = chip_of(dma, channel);
    c->tc |= (u8)(1u << (channel & 3));
    c->request &= (u8) ~(1u << (channel & 3));
    if (ch->mode & MODE_AUTOINIT) {
        ch->addr = ch->base_addr;
        ch->count = ch->base_count;
    } else {
        c->mask |= (u8)(1u << (channel & 3));
    }
}

/* Move up to len bytes in the direction `type`; NULL data is the floating bus. */
static u32 transfer(struct i8237 *dma, unsigned channel, u8 type, u8 *data, u32 len, bool *tc)
{
    struct i8237_channel *ch = &dma->channel[channel];
    unsigned shift = channel >= CASCADE;
    unsigned unit = 1u << shift;
    u8 programmed = ch->mode & MODE_TYPE;
    if (!open_channel(dma, channel))
        return 0;
    if (programmed != TYPE_VERIFY && programmed != type) {
        log_at(dma->dev.board->log, LOG_GUEST, "dma: channel %u is set up for mode %02x", channel,
               ch->mode);
        return 0;
    }
    u32 moved = 0;
    while (moved + unit <= len) {
        /* As much as is contiguous: up to the end of the 64K (128K) page, or the count. */
        u32 run = (len - moved) >> shift;
        u32 left = (u32)ch->count + 1;
        if (run > left)
            run = left;
        bool down = ch->mode & MODE_DECREMENT;
        if (down)
            run = 1;
        else if (run > 0x10000u - ch->addr)
            run = 0x10000u - ch->addr;
        u32 bytes = run << shift;
        if (programmed == TYPE_WRITE && data) {
            phys_write(dma->dev.board->phys, address(dma, channel), data + moved, bytes);
        } else if (programmed == TYPE_WRITE) {
            static const u8 floating[2] = {0xff, 0xff};
            run = 1;
            bytes = unit;
            phys_write(dma->dev.board->phys, address(dma, channel), floating, bytes);
        } else if (programmed == TYPE_READ && data) {
            phys_read(dma->dev.board->phys, address(dma, channel), data + moved, bytes);
        }
        moved += bytes;
        ch->addr = (u16)(down ? ch->addr - run : ch->addr + run);
        ch->count = (u16)(ch->count - run);
        if (run == left) {
            *tc = true;
            terminal_count(dma, channel);
            break;
        }
    }
    return moved;
}

static u32 to_memory(void *controller, int channel, const u8 *data, u32 len, bool *tc)
{
    /* TYPE_WRITE only reads from data. */
    return transfer(controller, (unsigned)channel, TYPE_WRITE, (u8 *)(uintptr_t)data, len, tc);
}

static u32 from_memory(void *controller, int channel, u8 *data, u32 len, bool *tc)
{
    struct i8237 *dma = controller;
    /* In verify mode nobody drives the bus. */
    if ((dma->channel[channel].mode & MODE_TYPE) == TYPE_VERIFY)
        memset(data, 0xff, len);
    return transfer(dma, (unsigned)channel, TYPE_READ, data, len, tc);
}

void i8237_attach(struct i8237 *dma, unsigned channel, struct dma_line *line)
{
    dma->line[channel] = line;
    line->to_memory = to_memory;
    line->from_memory = from_memory;
    line->controller = dma;
    line->channel = (int)channel;
}

/* ---- programs' side ---- */

/* A channel may have become able to work: tell the devices that wait. */
static void wake(struct i8237 *dma, unsigned first, u8 which)
{
    for (unsigned i = 0; i < 4; i++) {
        struct dma_line *l = dma->line[first + i];
        if (bit(which, i) && l && l->ready && open_channel(dma, first + i))
            l->ready(l->dev);
    }
}

static void unmasked(struct i8237 *dma, unsigned first, u8 which)
{
    wake(dma, first, which);
    if (first == CASCADE && bit(which, 0))
        wake(dma, 0, 0x0f);
}

static void memory_to_memory(struct i8237 *dma)
{
    struct i8237_channel *from = &dma->channel[0], *to = &dma->channel[1];
    struct i8237_chip *c = &dma->chip[0];
    bool done = false;
    bus_hold(dma->dev.board->bus, ((u64)to->count + 1) * MEM_TO_MEM_NS);
    while (!done) {
        phys_read(dma->dev.board->phys, address(dma, 0), &c->temp, 1);
        phys_write(dma->dev.board->phys, address(dma, 1), &c->temp, 1);
        if (!(c->command & CMD_ADDR_HOLD))
            from->addr = (u16)(from->mode & MODE_DECREMENT ? from->addr - 1 : from->addr + 1);
        to->addr = (u16)(to->mode & MODE_DECREMENT ? to->addr - 1 : to->addr + 1);
        done = to->count-- == 0;
    }
    c->request &= (u8)~1u;
    terminal_count(dma, 1);
}

static void software_request(struct i8237 *dma, unsigned channel)
{
    struct i8237_chip *c = chip_of(dma, channel);
    if (c->command & CMD_DISABLE)
        return;
    if (channel == 0 && (c->command & CMD_MEM_TO_MEM)) {
        memory_to_memory(dma);
        return;
    }
    if (channel == CASCADE || (dma->channel[channel].mode & MODE_SELECT) == SELECT_CASCADE)
        return;
    /* Software requests are not maskable. */
    u8 mask = c->mask;
    c->mask &= (u8) ~(1u << (channel & 3));
    bool tc = false;
    u32 bytes = ((u32)dma->channel[channel].count + 1) << (channel >= CASCADE);
    bytes = transfer(dma, channel, dma->channel[channel].mode & MODE_TYPE, NULL, bytes, &tc);
    bus_hold(dma->dev.board->bus, (u64)(bytes >> (channel >= CASCADE)) * TRANSFER_NS);
    c->mask |= mask;
}

static void write_register(struct i8237 *dma, unsigned n, unsigned reg, u8 v)
{
    struct i8237_chip *c = &dma->chip[n];
    unsigned first = n * 4;
    u8 which = (u8)(1u << (v & 3));
    switch (reg) {
    case 8:
        c->command = v;
        if (!(v & CMD_DISABLE))
            unmasked(dma, first, 0x0f);
        break;
    case 9: /* request */
        if (!(v & 4)) {
            c->request &= (u8)~which;
        } else {
            c->request |= which;
            software_request(dma, first + (v & 3));
        }
        break;
    case 10: /* single mask bit */
        if (v & 4) {
            c->mask |= which;
        } else {
            c->mask &= (u8)~which;
            unmasked(dma, first, which);
        }
        break;
    case 11:
        dma->channel[first + (v & 3)].mode = v & 0xfc;
        break;
    case 12:
        c->high_byte = false;
        break;
    case 13: /* master clear */
        *c = (struct i8237_chip){.mask = 0x0f};
        break;
    case 14:
        c->mask = 0;
        unmasked(dma, first, 0x0f);
        break;
    case 15: {
        u8 opened = c->mask & (u8)~v & 0x0f;
        c->mask = v & 0x0f;
        unmasked(dma, first, opened);
        break;
    }
    default: { /* address (even) and count (odd) */
        struct i8237_channel *ch = &dma->channel[first + reg / 2];
        u16 *base = reg & 1 ? &ch->base_count : &ch->base_addr;
        u16 *now = reg & 1 ? &ch->count : &ch->addr;
        if (c->high_byte)
            *base = (u16)((*base & 0x00ff) | v << 8);
        else
            *base = (*base & 0xff00) | v;
        *now = *base;
        c->high_byte = !c->high_byte;
    }
    }
}

static u8 read_register(struct i8237 *dma, unsigned n, unsigned reg)
{
    struct i8237_chip *c = &dma->chip[n];
    switch (reg) {
    case 8: {
        u8 v = (u8)(c->tc | c->request << 4);
        c->tc = 0;
        return v;
    }
    case 13:
        return c->temp;
    case 15: /* undefined on the 8237A; its successors give the mask */
        return c->mask | 0xf0;
    case 9 ... 12:
    case 14:
        return 0xff;
    default: {
        const struct i8237_channel *ch = &dma->channel[n * 4 + reg / 2];
        u16 v = reg & 1 ? ch->count : ch->addr;
        c->high_byte = !c->high_byte;
        return (u8)(c->high_byte ? v : v >> 8);
    }
    }
}

/* Devices catch up before a program sees or changes how far they are. */
void i8237_sync(struct i8237 *dma)
{
    for (unsigned i = 0; i < 8; i++) {
        if (dma->line[i] && dma->line[i]->sync)
            dma->line[i]->sync(dma->line[i]->dev);
    }
}

static void dma_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    i8237_sync(dev);
    if (port < 0x10)
        write_register(dev, 0, port, (u8)value);
    else /* the second chip's registers are two ports apart */
        write_register(dev, 1, port >> 1 & 15, (u8)value);
}

static u32 dma_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    i8237_sync(dev);
    return port < 0x10 ? read_register(dev, 0, port) : read_register(dev, 1, port >> 1 & 15);
}

/* Which channel's page sits at 80h + i; 0xff = none. */
static const u8 page_channel[16] = {0xff, 2, 3, 1, 0xff, 0xff, 0xff, 0,
                                    0xff, 6, 7, 5, 0xff, 0xff, 0xff, 4 /* refresh */};

static void page_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct i8237 *dma = dev;
    u8 channel = page_channel[port & 15];
    i8237_sync(dma);
    if (channel < 8)
        dma->channel[channel].page = (u8)value;
    else
        dma->scratch[port & 15] = (u8)value;
}

static u32 page_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct i8237 *dma = dev;
    u8 channel = page_channel[port & 15];
    return channel < 8 ? dma->channel[channel].page : dma->scratch[port & 15];
}

/* The flip-flop is cleared before a count is read. */
static bool dma_chooses(const void *dev, u16 port, u8 value)
{
    (void)dev;
    (void)value;
    return (port < 0x10 ? port : port >> 1 & 15) == 12;
}

static u64 dma_chosen(const void *dev)
{
    const struct i8237 *dma = dev;
    return (u64)dma->chip[0].high_byte | (u64)dma->chip[1].high_byte << 1;
}

static const struct port_choice dma_choice = {dma_chooses, dma_chosen};

/* What a device moves meanwhile is not known here; at the end it masks the channel. */
static u64 dma_steady(void *dev, u16 port, const struct byte_set *others)
{
    struct i8237 *dma = dev;
    unsigned n = port < 0x10 ? 0 : 1, reg = n ? port >> 1 & 15 : port;
    (void)others;
    if (reg > 8 && reg != 15)
        return BUS_STEADY_TILL_TOLD;
    if (reg == 8 && dma->chip[n].tc)
        return 0; /* reading it clears it */
    unsigned first = n * 4 + (reg < 8 ? reg / 2 : 0), last = reg < 8 ? first : n * 4 + 3;
    for (unsigned channel = first; channel <= last; channel++)
        if (open_channel(dma, channel) && dma->line[channel])
            return 0;
    return BUS_STEADY_TILL_TOLD;
}

/* Old programs wait for the bus by writing what is there, or reading it. */
static bool page_chooses(const void *dev, u16 port, u8 value)
{
    const struct i8237 *dma = dev;
    return page_channel[port & 15] >= 8 && dma->scratch[port & 15] == value;
}

static const struct port_choice page_choice = {page_chooses, NULL};

static const struct port_ops dma_ports = {dma_in, dma_out, 1};
static const struct port_ops page_ports = {page_in, page_out, 1};

static bool i8237_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    bus_claim(b->bus, 0x00, 16, &dma_ports, d, d->name);
    bus_claim(b->bus, 0xc0, 32, &dma_ports, d, d->name);
    bus_claim(b->bus, 0x81, 15, &page_ports, d, d->name);
    for (u16 first = 0x00; first <= 0xc0; first += 0xc0) {
        bus_steady(b->bus, first, dma_steady);
        bus_choice(b->bus, first, &dma_choice);
    }
    bus_steady(b->bus, 0x81, bus_steady_till_told);
    bus_choice(b->bus, 0x81, &page_choice);
    return true;
}

static void i8237_reset(struct device *d)
{
    struct i8237 *dma = (struct i8237 *)d;
    for (int i = 0; i < 2; i++)
        dma->chip[i] = (struct i8237_chip){.mask = 0x0f};
    for (int i = 0; i < 8; i++)
        dma->channel[i] = (struct i8237_channel){0};
    memset(dma->scratch, 0, sizeof(dma->scratch));
}

static void i8237_state(struct device *d, struct state *s)
{
    struct i8237 *dma = (struct i8237 *)d;
    for (int i = 0; i < 2; i++) {
        struct i8237_chip *c = &dma->chip[i];
        state_u8(s, "command", &c->command);
        state_u8(s, "mask", &c->mask);
        state_u8(s, "tc", &c->tc);
        state_u8(s, "request", &c->request);
        state_u8(s, "temp", &c->temp);
        state_bool(s, "high_byte", &c->high_byte);
    }
    for (int i = 0; i < 8; i++) {
        struct i8237_channel *ch = &dma->channel[i];
        state_u16(s, "base_addr", &ch->base_addr);
        state_u16(s, "base_count", &ch->base_count);
        state_u16(s, "addr", &ch->addr);
        state_u16(s, "count", &ch->count);
        state_u8(s, "mode", &ch->mode);
        state_u8(s, "page", &ch->page);
    }
    state_bytes(s, "scratch", dma->scratch, sizeof(dma->scratch));
}

static void i8237_describe(const struct device *d, FILE *out)
{
    const struct i8237 *dma = (const struct i8237 *)d;
    for (unsigned i = 0; i < 8; i++) {
        const struct i8237_channel *ch = &dma->channel[i];
        fprintf(out, "channel %u: address %06x, count %04x, mode %02x%s%s%s\n", i, address(dma, i),
                ch->count, ch->mode, bit(dma->chip[i >> 2].mask, i & 3) ? ", masked" : "",
                bit(dma->chip[i >> 2].tc, i & 3) ? ", terminal count" : "",
                dma->line[i] ? ", used" : "");
    }
}

const struct device_class i8237_class = {
    .name = "dma",
    .doc = "two 8237A DMA controllers",
    .size = sizeof(struct i8237),
    .state_version = 1,
    .realize = i8237_realize,
    .reset = i8237_reset,
    .state = i8237_state,
    .describe = i8237_describe,
};
