/*
 * ide.h - two IDE channels: 1F0h-1F7h/3F6h with IRQ 14, 170h-177h/376h with IRQ 15.
 *
 * Wiring (pc.c):
 *     ide->irq[0] = line to IRQ 14;  ide->irq[1] = line to IRQ 15
 *     ide_attach(ide, 0, 0, disk);   channel 0-1, unit 0 (master) or 1 (slave)
 * before device_reset(). Disks are borrowed (hw/storage/disk.h). For CMOS, disk_geometry() gives
 * the default geometry of a disk.
 *
 * Floors: ide.c decodes ports and owns the interrupt line; ata.c is the register file and the
 * protocol of one device (BSY, DRQ, blocks, errors); ata_cmd.c the commands; ata_identify.c the
 * IDENTIFY page; atapi*.c the CD-ROM drive and
 * removable disks. ata_dma.c lets a bus master (hw/storage/piix3_ide.c)
 * move unit->buffer instead of the data port.
 */
#ifndef FERRITE_IDE_H
#define FERRITE_IDE_H

#include "hw/bus/device.h"
#include "hw/storage/ata.h"

enum { IDE_CHANNELS = 2, IDE_UNITS = 2 };

struct ide_channel {
    struct ide *ide;
    u8 number;
    bool srst, nien; /* Device Control */
    bool hob;
    u8 selected; /* DEV bit of the Device register */
    bool line;   /* level of INTRQ as driven */
    struct ata_unit unit[IDE_UNITS];
};

struct ide {
    struct device dev;
    struct irq irq[IDE_CHANNELS];
    /* Bus master, set before realize: move up to len bytes; how many it took. NULL: none. */
    u32 (*dma)(void *opaque, unsigned channel, u8 *data, u32 len, bool to_memory);
    void *dma_opaque;
    struct ide_channel channel[IDE_CHANNELS];
};

extern const struct device_class ide_class;

void ide_attach(struct ide *ide, unsigned channel, unsigned unit, struct disk *disk);
/* An empty CD-ROM drive; hw/storage/atapi.h inserts and ejects. false: out of memory. */
bool ide_attach_cdrom(struct ide *ide, unsigned channel, unsigned unit);
/* A removable disk as a packet device, with its medium in. false: out of memory. */
bool ide_attach_removable(struct ide *ide, unsigned channel, unsigned unit, struct disk *disk);
/* The removable disk there; NULL: there is none. */
struct ata_unit *ide_removable(struct ide *ide, unsigned channel, unsigned unit);
/* The first CD-ROM drive, NULL: none. */
struct ata_unit *ide_cdrom(struct ide *ide);
struct disk *ide_disk(struct ide *ide, unsigned channel, unsigned unit); /* NULL: none */
/* The bus master has been started. */
void ide_dma_go(struct ide *ide, unsigned channel);

#endif
