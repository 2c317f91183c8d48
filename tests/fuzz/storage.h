/*
 * storage.h - a board with a floppy controller and two IDE channels, one of them with a CD-ROM
 * drive, for fuzz targets, driven by choices from the input: port accesses, passing time, DMA,
 * diskettes and discs going in and out.
 */
#ifndef FERRITE_FUZZ_STORAGE_H
#define FERRITE_FUZZ_STORAGE_H

#include "hw/bus/device.h"
#include "hw/storage/atapi.h"
#include "hw/storage/fdc82077.h"
#include "hw/storage/ide.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

struct storage {
    struct clock clock;
    struct bus bus;
    struct board board;
    struct fdc *fdc;
    struct ide *ide;
    struct disk *disk[3];
    u32 dma_left;
};

static inline u32 storage_dma_to(void *controller, int channel, const u8 *data, u32 len, bool *tc)
{
    struct storage *s = controller;
    volatile u8 sum = 0;
    (void)channel;
    len = len < s->dma_left ? len : s->dma_left;
    for (u32 i = 0; i < len; i++) /* a sanitizer sees a bad read */
        sum = (u8)(sum + data[i]);
    s->dma_left -= len;
    *tc = len && s->dma_left == 0;
    return len;
}

static inline u32 storage_dma_from(void *controller, int channel, u8 *data, u32 len, bool *tc)
{
    struct storage *s = controller;
    (void)channel;
    len = len < s->dma_left ? len : s->dma_left;
    memset(data, 0x40, len);
    s->dma_left -= len;
    *tc = len && s->dma_left == 0;
    return len;
}

static inline struct disk *storage_image(enum disk_kind kind, u32 kib, bool read_only)
{
    static const u8 zero[2880 * 1024];
    struct media m = {.bytes = zero, .size = kib * 1024, .read_only = read_only};
    struct disk *d = disk_open(&m, kind, false, NULL, NULL);
    if (!d)
        abort();
    return d;
}

static inline struct cd_disc *storage_disc(u32 kib)
{
    static const u8 zero[1100 * 1024];
    struct media m = {.bytes = zero, .size = kib * 1024};
    struct cd_disc *d = cd_open(&m, NULL, NULL);
    if (!d)
        abort();
    return d;
}

static inline void storage_insert(struct storage *s, unsigned drive, u8 choice)
{
    static const u16 kib[] = {160, 180, 320, 360, 720, 1200, 1440, 2880};
    struct disk *old = fdc_eject(s->fdc, drive);
    disk_close(old, NULL);
    if (choice & 0x10)
        fdc_insert(s->fdc, drive, storage_image(DISK_FLOPPY, kib[choice & 7], choice & 8));
}

/* A disc of another size; there is always one in the tray. */
static inline void storage_change_disc(struct storage *s, u8 choice)
{
    bool locked;
    struct ata_unit *drive = ide_cdrom(s->ide);
    struct cd_disc *old = atapi_eject(drive, choice & 1, &locked);
    if (old || !atapi_medium(drive))
        atapi_insert(drive, storage_disc(2 + choice * 4u));
    cd_close(old, NULL);
}

static inline u32 storage_ide_dma(void *opaque, unsigned channel, u8 *data, u32 len, bool to_memory)
{
    struct storage *s = opaque;
    bool tc;
    (void)channel;
    return to_memory ? storage_dma_to(s, 0, data, len, &tc)
                     : storage_dma_from(s, 0, data, len, &tc);
}

static inline void storage_init(struct storage *s)
{
    static const u32 kib[3] = {1000, 1, 70};
    memset(s, 0, sizeof(*s));
    clock_init(&s->clock);
    if (!bus_init(&s->bus, NULL))
        abort();
    s->board = (struct board){.bus = &s->bus, .clock = &s->clock};
    s->fdc = (struct fdc *)device_new(&fdc_class, NULL);
    s->ide = (struct ide *)device_new(&ide_class, NULL);
    s->fdc->dma = (struct dma_line){
        .to_memory = storage_dma_to, .from_memory = storage_dma_from, .controller = s};
    device_realize(&s->fdc->dev, &s->board, NULL);
    s->ide->dma = storage_ide_dma;
    s->ide->dma_opaque = s;
    device_realize(&s->ide->dev, &s->board, NULL);
    if (!ide_attach_cdrom(s->ide, 1, 0))
        abort();
    storage_change_disc(s, 16);
    for (unsigned i = 0; i < 3; i++) /* primary master and slave, secondary slave: removable */
        s->disk[i] = storage_image(DISK_HARD, kib[i], false);
    ide_attach(s->ide, 0, 0, s->disk[0]);
    ide_attach(s->ide, 0, 1, s->disk[1]);
    if (!ide_attach_removable(s->ide, 1, 1, s->disk[2]))
        abort();
    storage_insert(s, 0, 0x16);
    device_reset(&s->fdc->dev);
    device_reset(&s->ide->dev);
}

static inline void storage_free(struct storage *s)
{
    for (unsigned i = 0; i < 2; i++)
        disk_close(fdc_eject(s->fdc, i), NULL);
    for (unsigned i = 0; i < 3; i++)
        disk_close(s->disk[i], NULL);
    bool locked;
    cd_close(atapi_eject(ide_cdrom(s->ide), true, &locked), NULL);
    device_free(&s->fdc->dev);
    device_free(&s->ide->dev);
    clock_free(&s->clock);
    bus_free(&s->bus);
}

/* A whole floppy command, mostly sensible, so that the search gets deep. */
static inline void storage_fdc_command(struct storage *s, struct choices *c)
{
    static const u8 first[] = {0xe6, 0xc5, 0x4d, 0x4a, 0x42, 0xd1, 0x46, 0x66, 0x49, 0x6c, 0x96};
    u8 parameters[8] = {choose8(c) & 7, 0, 0, 1, 2, 18, 0x1b, 0xff};
    u8 odd = choose8(c);
    bus_out(&s->bus, 0x3f5, first[choose8(c) % sizeof(first)], 1);
    parameters[2] = parameters[0] >> 2 & 1;
    if (odd < 8)
        parameters[odd] = choose8(c);
    for (unsigned i = 0; i < sizeof(parameters); i++)
        bus_out(&s->bus, 0x3f5, parameters[i], 1);
}

/* One step of a guest gone wild. */
/* A packet to the CD-ROM drive, mostly sensible. */
static inline void storage_packet(struct storage *s, struct choices *c)
{
    static const u8 codes[] = {0x00, 0x03, 0x12, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2b, 0x42, 0x43,
                               0x46, 0x4a, 0x51, 0x52, 0x5a, 0xa8, 0xb9, 0xbd, 0xbe, 0x28, 0xbe};
    u8 packet[12] = {codes[choose8(c) % sizeof(codes)]};
    u8 flags = choose8(c);
    packet[5] = choose8(c) & 31;
    packet[8] = choose8(c);
    packet[9] = flags & 0x10 ? choose8(c) : packet[8] & 15;
    if (flags & 0x20)
        packet[choose8(c) % 12] = choose8(c);
    bus_out(&s->bus, 0x176, 0xa0, 1);
    bus_out(&s->bus, 0x171, flags & 3 ? 0 : flags >> 2 & 1, 1);
    bus_out(&s->bus, 0x174, choose8(c), 1);
    bus_out(&s->bus, 0x175, choose8(c), 1);
    bus_out(&s->bus, 0x177, 0xa0, 1);
    fuzz_advance(&s->clock, s->clock.now + 20 * NS_PER_US);
    for (unsigned i = 0; i < 12; i += 2)
        bus_out(&s->bus, 0x170, packet[i] | (u32)packet[i + 1] << 8, 2);
    fuzz_advance(&s->clock, s->clock.now + (flags >> 6) * 20 * NS_PER_US);
}

static inline void storage_step(struct storage *s, struct choices *c)
{
    static const u16 bases[] = {0x3f0, 0x1f0, 0x170, 0x1f0};
    u8 what = choose8(c);
    u16 port = (u16)(bases[what >> 6] + (what & 7));
    unsigned size = 1u << (what >> 3 & 7) % 3;
    switch (choose8(c) % 15) {
    case 0:
    case 1:
    case 2:
        bus_out(&s->bus, port, choose32(c), size);
        break;
    case 3:
        bus_in(&s->bus, port, size);
        break;
    case 4:
        fuzz_advance(&s->clock, s->clock.now + (u64)choose8(c) * 5000);
        break;
    case 5:
        bus_out(&s->bus, what & 1 ? 0x3f6 : 0x376, choose8(c), 1);
        break;
    case 6: /* a stretch of data, as INSW and OUTSW make it */
        for (u32 n = choose8(c) * 9u; n; n--)
            bus_in(&s->bus, bases[1 + (what & 1)], 2);
        break;
    case 7:
        for (u32 n = choose8(c) * 9u; n; n--)
            bus_out(&s->bus, bases[1 + (what & 1)], n, 2);
        break;
    case 8:
        storage_fdc_command(s, c);
        break;
    case 9:
        s->dma_left = choose32(c) & 0x7fff;
        s->fdc->dma.ready(s->fdc->dma.dev);
        break;
    case 10:
        storage_insert(s, what & 1, choose8(c));
        break;
    case 12:
        storage_packet(s, c);
        break;
    case 13:
        storage_change_disc(s, choose8(c));
        break;
    case 14:
        s->dma_left = choose32(c) & 0x7fff;
        ide_dma_go(s->ide, what & 1);
        break;
    case 11: /* a clean start for the floppy controller */
        bus_out(&s->bus, 0x3f2, 0x08, 1);
        bus_out(&s->bus, 0x3f2, 0x3c, 1);
        fuzz_advance(&s->clock, s->clock.now + NS_PER_MS);
        bus_out(&s->bus, 0x3f7, what & 3, 1);
        break;
    }
}

#endif
