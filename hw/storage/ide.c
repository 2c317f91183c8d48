/*
 * ide.c - two IDE channels of the PC/AT: port decoding, device selection, INTRQ.
 *
 * ATA/ATAPI-5 chapter 7 (registers) and 9.16 (a single device on the cable). Both devices of a
 * channel hear every write to the task file; the selected one answers. A channel without devices
 * floats high but for DD7, which has a pull-down, so that BSY reads 0 (7Fh).
 *
 * Not modelled: the Drive Address register (377h; 3F7h belongs to the floppy controller).
 * Bus masters are in hw/storage/piix3_ide.c.
 */
#include "hw/storage/ide.h"

#include "hw/storage/atapi.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOBODY = 0x7f, SRST = 0x04, NIEN = 0x02, HOB = 0x80 };

static struct ata_unit *selected(struct ide_channel *ch)
{
    struct ata_unit *u = &ch->unit[ch->selected];
    return ata_present(u) ? u : NULL;
}

static bool empty(const struct ide_channel *ch)
{
    return !ata_present(&ch->unit[0]) && !ata_present(&ch->unit[1]);
}

static void update_line(struct ide_channel *ch)
{
    const struct ata_unit *u = selected(ch);
    bool level = u && u->request && !ch->nien;
    if (level != ch->line) {
        ch->line = level;
        irq_set(&ch->ide->irq[ch->number], level);
    }
}

static void unit_request(struct ata_unit *u)
{
    update_line(u->channel);
}

/* ---- bus master ---- */

static u32 unit_dma(struct ata_unit *u, u8 *data, u32 len, bool to_memory)
{
    const struct ide_channel *ch = u->channel;
    const struct ide *ide = ch->ide;
    return ide->dma ? ide->dma(ide->dma_opaque, ch->number, data, len, to_memory) : 0;
}

void ide_dma_go(struct ide *ide, unsigned channel)
{
    assert(channel < IDE_CHANNELS);
    for (unsigned i = 0; i < IDE_UNITS; i++)
        ata_dma_go(&ide->channel[channel].unit[i]);
}

/* ---- data port ---- */

static u32 data_in(struct ide_channel *ch, unsigned size)
{
    struct ata_unit *u = &ch->unit[ch->selected];
    if (unlikely(!ata_present(u) || !ata_data_ready(u, true))) {
        log_at(ch->ide->dev.board->log, LOG_GUEST, "ide%u: data read without DRQ", ch->number);
        return empty(ch) ? 0xffffff00u | NOBODY : 0xffffffffu;
    }
    const u8 *p = u->buffer + u->pos;
    u32 left = u->len - u->pos, v;
    if (likely(size == 2 && left >= 2)) {
        v = get_le16(p);
    } else if (size == 4 && left >= 4) {
        v = get_le32(p);
    } else {
        v = 0;
        size = size < left ? size : left;
        for (unsigned i = 0; i < size; i++)
            v |= (u32)p[i] << (8 * i);
    }
    u->pos += size;
    if (unlikely(u->pos >= u->len))
        ata_block_done(u);
    return v;
}

static void data_out(struct ide_channel *ch, u32 value, unsigned size)
{
    struct ata_unit *u = &ch->unit[ch->selected];
    if (unlikely(!ata_present(u) || !ata_data_ready(u, false))) {
        log_at(ch->ide->dev.board->log, LOG_GUEST, "ide%u: data write without DRQ", ch->number);
        return;
    }
    u32 left = u->len - u->pos;
    size = size < left ? size : left;
    for (unsigned i = 0; i < size; i++)
        u->buffer[u->pos + i] = (u8)(value >> (8 * i));
    u->pos += size;
    if (unlikely(u->pos >= u->len))
        ata_block_done(u);
}

/* ---- task file ---- */

static u8 read_register(struct ide_channel *ch, unsigned reg)
{
    struct ata_unit *u = selected(ch);
    if (!u) {
        if (empty(ch) || ch->selected == 0)
            return NOBODY;
        /* Device 0 answers for an absent device 1: its own registers, but Status is 00h. */
        if (reg == 7)
            return 0;
        u = &ch->unit[0];
        return reg == 6 ? u->device | 0xb0 : ata_read_register(u, reg, ch->hob);
    }
    u8 v = ata_read_register(u, reg, ch->hob);
    if (reg == 7)
        ata_set_request(u, false);
    return v;
}

static void select_device(struct ide_channel *ch, u8 value)
{
    ch->selected = value & ATA_DEV ? 1 : 0;
    update_line(ch);
}

static void write_command(struct ide_channel *ch, u8 value)
{
    struct ata_unit *u = selected(ch);
    if (value == 0x90) { /* EXECUTE DEVICE DIAGNOSTIC goes to both, and selects device 0 */
        for (unsigned i = 0; i < IDE_UNITS; i++)
            ata_diagnostic(&ch->unit[i]);
        select_device(ch, 0);
    } else if (u) {
        ata_command(u, value);
    } else {
        log_at(ch->ide->dev.board->log, LOG_GUEST, "ide%u: command %02x to absent device %u",
               ch->number, value, ch->selected);
    }
}

static void write_register(struct ide_channel *ch, unsigned reg, u8 value)
{
    struct ata_unit *u = selected(ch);
    ch->hob = false;
    /* DEVICE RESET is there to end a packet command that hangs. */
    bool device_reset_command = reg == 7 && value == 0x08 && u && u->atapi;
    if (ch->srst || (u && (u->status & ATA_BSY) && !device_reset_command)) {
        log_at(ch->ide->dev.board->log, LOG_GUEST, "ide%u: register %u written while busy",
               ch->number, reg);
        return;
    }
    if (reg == 7) {
        write_command(ch, value);
        return;
    }
    for (unsigned i = 0; i < IDE_UNITS; i++) {
        if (!(ch->unit[i].status & ATA_BSY))
            ata_write_register(&ch->unit[i], reg, value);
    }
    if (reg == 6)
        select_device(ch, value);
}

static void write_control(struct ide_channel *ch, u8 value)
{
    bool srst = value & SRST;
    ch->hob = value & HOB;
    ch->nien = value & NIEN;
    if (srst != ch->srst) {
        ch->srst = srst;
        for (unsigned i = 0; i < IDE_UNITS; i++)
            ata_soft_reset(&ch->unit[i], srst);
        ch->selected = 0;
    }
    update_line(ch);
}

/* ---- ports ---- */

static u32 ide_in(void *dev, u16 port, unsigned size)
{
    struct ide_channel *ch = dev;
    if (likely((port & 7) == 0))
        return data_in(ch, size);
    u32 v = 0;
    for (unsigned i = 0; i < size; i++)
        v |= (u32)read_register(ch, (port & 7) + i) << (8 * i);
    return v;
}

static void ide_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct ide_channel *ch = dev;
    if (likely((port & 7) == 0)) {
        data_out(ch, value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++)
        write_register(ch, (port & 7) + i, (u8)(value >> (8 * i)));
}

static u32 control_in(void *dev, u16 port, unsigned size)
{
    struct ide_channel *ch = dev;
    struct ata_unit *u = selected(ch);
    (void)port;
    (void)size;
    /* Alternate Status: as Status, but the interrupt stays. */
    return u ? u->status : empty(ch) || ch->selected == 0 ? NOBODY : 0;
}

static void control_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)port;
    (void)size;
    write_control(dev, (u8)value);
}

/*
 * All but the data changes by commands and by events only. Reading the status takes the interrupt
 * back, and there is nothing to take back the next time.
 */
static u64 ide_steady(void *dev, u16 port, const struct byte_set *others)
{
    (void)others;
    (void)dev;
    return port & 7 ? BUS_STEADY_TILL_TOLD : 0;
}

static const struct port_ops ide_ports = {.in = ide_in, .out = ide_out, .widest = 4};
static const struct port_ops control_ports = {.in = control_in, .out = control_out, .widest = 1};

/* ---- device ---- */

void ide_attach(struct ide *ide, unsigned channel, unsigned unit, struct disk *disk)
{
    assert(channel < IDE_CHANNELS && unit < IDE_UNITS);
    struct ata_unit *u = &ide->channel[channel].unit[unit];
    u->disk = disk;
    if (disk)
        ata_default_settings(u);
}

bool ide_attach_cdrom(struct ide *ide, unsigned channel, unsigned unit)
{
    assert(channel < IDE_CHANNELS && unit < IDE_UNITS);
    struct ata_unit *u = &ide->channel[channel].unit[unit];
    assert(!ata_present(u));
    u->atapi = calloc(1, sizeof(*u->atapi));
    return u->atapi != NULL;
}

bool ide_attach_removable(struct ide *ide, unsigned channel, unsigned unit, struct disk *disk)
{
    bool ok = ide_attach_cdrom(ide, channel, unit);
    ide->channel[channel].unit[unit].disk = disk;
    return ok;
}

struct ata_unit *ide_removable(struct ide *ide, unsigned channel, unsigned unit)
{
    assert(channel < IDE_CHANNELS && unit < IDE_UNITS);
    struct ata_unit *u = &ide->channel[channel].unit[unit];
    return u->atapi && u->disk ? u : NULL;
}

struct ata_unit *ide_cdrom(struct ide *ide)
{
    for (unsigned i = 0; i < IDE_CHANNELS * IDE_UNITS; i++) {
        struct ata_unit *u = &ide->channel[i / IDE_UNITS].unit[i % IDE_UNITS];
        if (u->atapi && !u->disk)
            return u;
    }
    return NULL;
}

struct disk *ide_disk(struct ide *ide, unsigned channel, unsigned unit)
{
    assert(channel < IDE_CHANNELS && unit < IDE_UNITS);
    return ide->channel[channel].unit[unit].disk;
}

static bool ide_realize(struct device *dev, const struct board *b, struct err *e)
{
    static const u16 base[IDE_CHANNELS] = {0x1f0, 0x170}, control[IDE_CHANNELS] = {0x3f6, 0x376};
    struct ide *ide = (struct ide *)dev;
    (void)e;
    for (unsigned c = 0; c < IDE_CHANNELS; c++) {
        struct ide_channel *ch = &ide->channel[c];
        ch->ide = ide;
        ch->number = (u8)c;
        for (unsigned i = 0; i < IDE_UNITS; i++) {
            ata_init(&ch->unit[i], b->clock, b->log, ch, (u8)(2 * c + i));
            ch->unit[i].intrq = unit_request;
            ch->unit[i].dma = unit_dma;
        }
        bus_claim(b->bus, base[c], 8, &ide_ports, ch, dev->name);
        bus_claim(b->bus, control[c], 1, &control_ports, ch, dev->name);
        bus_steady(b->bus, base[c], ide_steady);
        bus_steady(b->bus, control[c], ide_steady);
    }
    return true;
}

static void ide_reset(struct device *dev)
{
    struct ide *ide = (struct ide *)dev;
    for (unsigned c = 0; c < IDE_CHANNELS; c++) {
        struct ide_channel *ch = &ide->channel[c];
        ch->srst = ch->nien = ch->hob = false;
        ch->selected = 0;
        for (unsigned i = 0; i < IDE_UNITS; i++)
            ata_hard_reset(&ch->unit[i]);
        update_line(ch);
    }
}

static void ide_destroy(struct device *dev)
{
    struct ide *ide = (struct ide *)dev;
    for (unsigned c = 0; c < IDE_CHANNELS; c++) {
        for (unsigned i = 0; i < IDE_UNITS; i++) {
            timer_disarm(&ide->channel[c].unit[i].timer);
            free(ide->channel[c].unit[i].atapi);
        }
    }
}

static void ide_state(struct device *dev, struct state *s)
{
    struct ide *ide = (struct ide *)dev;
    for (unsigned c = 0; c < IDE_CHANNELS; c++) {
        struct ide_channel *ch = &ide->channel[c];
        state_bool(s, "SRST", &ch->srst);
        state_bool(s, "nIEN", &ch->nien);
        state_bool(s, "HOB", &ch->hob);
        state_u8(s, "selected", &ch->selected);
        state_bool(s, "line", &ch->line);
        if (state_ok(s) && ch->selected >= IDE_UNITS) {
            ch->selected = 0;
            state_fail(s, "the IDE controller's state is damaged");
        }
        for (unsigned i = 0; i < IDE_UNITS; i++)
            ata_unit_state(&ch->unit[i], s);
    }
}

static void ide_describe(const struct device *dev, FILE *out)
{
    const struct ide *ide = (const struct ide *)dev;
    for (unsigned c = 0; c < IDE_CHANNELS; c++) {
        const struct ide_channel *ch = &ide->channel[c];
        for (unsigned i = 0; i < IDE_UNITS; i++) {
            const struct ata_unit *u = &ch->unit[i];
            if (u->atapi && !u->disk) {
                const struct atapi *a = u->atapi;
                fprintf(out, "%s %s%s: CD-ROM drive, %s%s%s, status %02x, last packet %02x\n",
                        c ? "secondary" : "primary", i ? "slave" : "master",
                        ch->selected == i ? " (selected)" : "",
                        a->medium ? cd_name(a->medium) : "empty", a->locked ? ", locked" : "",
                        a->tray_open ? ", tray open" : "", u->status, a->packet[0]);
            }
            if (!u->disk)
                continue;
            if (u->atapi) {
                fprintf(out,
                        "%s %s%s: removable disk, %s%s%s, %llu sectors, status %02x, last packet "
                        "%02x\n",
                        c ? "secondary" : "primary", i ? "slave" : "master",
                        ch->selected == i ? " (selected)" : "", disk_name(u->disk),
                        u->atapi->locked ? ", locked" : "",
                        u->atapi->tray_open ? ", put out by the guest" : "",
                        (unsigned long long)disk_sectors(u->disk), u->status, u->atapi->packet[0]);
                continue;
            }
            fprintf(out, "%s %s%s: %s, %llu sectors (%u/%u/%u), status %02x, last command %02x\n",
                    c ? "secondary" : "primary", i ? "slave" : "master",
                    ch->selected == i ? " (selected)" : "", disk_name(u->disk),
                    (unsigned long long)disk_sectors(u->disk), u->cylinders, u->heads, u->sectors,
                    u->status, u->command);
        }
    }
}

const struct device_class ide_class = {
    .name = "ide",
    .doc = "two IDE channels with ATA disks and a CD-ROM drive",
    .size = sizeof(struct ide),
    .state_version = 5,
    .realize = ide_realize,
    .reset = ide_reset,
    .state = ide_state,
    .destroy = ide_destroy,
    .describe = ide_describe,
};
