/*
 * ata_cmd.c - the commands of an ATA disk.
 *
 * ATA/ATAPI-5 chapter 8, with the 48-bit commands of ATA/ATAPI-6. What is not in the table, or
 * belongs to a feature set that IDENTIFY does not announce, ends with ABRT.
 */
#include "hw/storage/ata.h"

#include "hw/storage/atapi.h"

#include <string.h>

static void done(struct ata_unit *u)
{
    ata_busy(u, ATA_DONE, ATA_COMMAND_TIME);
}

/* ---- reading and writing ---- */

static void begin(struct ata_unit *u, enum ata_phase phase)
{
    if (phase == ATA_WRITE) {
        u->phase = (u8)phase;
        ata_want_block(u, false);
    } else {
        ata_busy(u, phase, ATA_COMMAND_TIME);
    }
}

static void media(struct ata_unit *u, enum ata_phase phase, bool lba48, u32 block)
{
    u->power = 0xff;
    u->block = block;
    if (!block) /* READ or WRITE MULTIPLE before SET MULTIPLE MODE */
        ata_abort(u, ATA_ABRT);
    else if (!ata_address(u, lba48))
        ata_abort(u, ATA_IDNF);
    else
        begin(u, phase);
}

static void read_sectors(struct ata_unit *u)
{
    media(u, ATA_READ, false, 1);
}

static void read_sectors_ext(struct ata_unit *u)
{
    media(u, ATA_READ, true, 1);
}

static void read_multiple(struct ata_unit *u)
{
    media(u, ATA_READ, false, u->multiple);
}

static void read_multiple_ext(struct ata_unit *u)
{
    media(u, ATA_READ, true, u->multiple);
}

static void write_sectors(struct ata_unit *u)
{
    media(u, ATA_WRITE, false, 1);
}

static void write_sectors_ext(struct ata_unit *u)
{
    media(u, ATA_WRITE, true, 1);
}

static void write_multiple(struct ata_unit *u)
{
    media(u, ATA_WRITE, false, u->multiple);
}

static void write_multiple_ext(struct ata_unit *u)
{
    media(u, ATA_WRITE, true, u->multiple);
}

static void read_dma(struct ata_unit *u)
{
    media(u, ATA_DMA_READ, false, ATA_MAX_MULTIPLE);
}

static void read_dma_ext(struct ata_unit *u)
{
    media(u, ATA_DMA_READ, true, ATA_MAX_MULTIPLE);
}

static void write_dma(struct ata_unit *u)
{
    media(u, ATA_DMA_WRITE, false, ATA_MAX_MULTIPLE);
}

static void write_dma_ext(struct ata_unit *u)
{
    media(u, ATA_DMA_WRITE, true, ATA_MAX_MULTIPLE);
}

static void verify_sectors(struct ata_unit *u)
{
    media(u, ATA_VERIFY, false, 1);
}

static void verify_sectors_ext(struct ata_unit *u)
{
    media(u, ATA_VERIFY, true, 1);
}

static void seek(struct ata_unit *u)
{
    u->power = 0xff;
    if (ata_address(u, false))
        done(u);
    else
        ata_abort(u, ATA_IDNF);
}

static void recalibrate(struct ata_unit *u)
{
    u->power = 0xff;
    u->lbam[0] = u->lbah[0] = 0;
    done(u);
}

static void flush_cache(struct ata_unit *u)
{
    ata_busy(u, ATA_FLUSH, ATA_COMMAND_TIME);
}

/* ---- settings ---- */

static void initialize_device_parameters(struct ata_unit *u)
{
    u32 heads = (u->device & 0x0fu) + 1, sectors = u->nsector[0];
    if (!sectors) {
        ata_abort(u, ATA_ABRT);
        return;
    }
    /* Sectors beyond those have no CHS address on any drive (ATA-5 6.2.1). */
    u64 total = disk_sectors(u->disk);
    u64 cylinders = (total < ATA_CHS_SECTORS ? total : ATA_CHS_SECTORS) / (heads * sectors);
    u->heads = heads;
    u->sectors = sectors;
    u->cylinders = cylinders > 65535 ? 65535 : cylinders ? (u32)cylinders : 1;
    done(u);
}

static void set_multiple_mode(struct ata_unit *u)
{
    u8 n = u->nsector[0];
    if (n > ATA_MAX_MULTIPLE || (n & (n - 1))) {
        u->multiple = 0;
        ata_abort(u, ATA_ABRT);
        return;
    }
    u->multiple = n; /* 0 switches it off */
    done(u);
}

static bool set_transfer_mode(struct ata_unit *u)
{
    u8 mode = u->nsector[0];
    /* 00h, 01h: default PIO; 08h-0Ch: PIO 0-4 with flow control; multiword DMA 0-2, Ultra 0-4. */
    if (mode > 1 && !(mode >= 0x08 && mode <= 0x0c) && !(mode >= 0x20 && mode <= 0x22) &&
        !(mode >= 0x40 && mode <= 0x44))
        return false;
    u->transfer_mode = mode;
    return true;
}

static void set_features(struct ata_unit *u)
{
    bool ok = true;
    switch (u->feature[0]) {
    case 0x02:
        u->write_cache = true;
        break;
    case 0x82:
        u->write_cache = false;
        ata_busy(u, ATA_FLUSH, ATA_COMMAND_TIME); /* what it holds is written first */
        return;
    case 0x03:
        ok = set_transfer_mode(u);
        break;
    case 0x55:
        u->look_ahead = false;
        break;
    case 0xaa:
        u->look_ahead = true;
        break;
    case 0x66:
        u->revert = false;
        break;
    case 0xcc:
        u->revert = true;
        break;
    default:
        ok = false;
        break;
    }
    if (ok)
        done(u);
    else
        ata_abort(u, ATA_ABRT);
}

/* ---- power ---- */

static void standby(struct ata_unit *u)
{
    u->power = 0x00;
    ata_busy(u, ATA_FLUSH, ATA_COMMAND_TIME);
}

static void idle(struct ata_unit *u)
{
    u->power = 0x80;
    done(u);
}

static void check_power_mode(struct ata_unit *u)
{
    u->nsector[0] = u->power;
    done(u);
}

static void sleep_mode(struct ata_unit *u)
{
    u->sleeping = true;
    u->power = 0x00;
    ata_busy(u, ATA_FLUSH, ATA_COMMAND_TIME);
}

/* ---- pages ---- */

static void identify_device(struct ata_unit *u)
{
    ata_identify(u, u->buffer);
    ata_page_in(u);
}

static void read_buffer(struct ata_unit *u)
{
    memcpy(u->buffer, u->sector_buffer, sizeof(u->sector_buffer));
    ata_page_in(u);
}

static void write_buffer(struct ata_unit *u)
{
    ata_page_out(u);
}

static void nop(struct ata_unit *u)
{
    ata_abort(u, ATA_ABRT); /* that is what it does */
}

static const struct ata_command {
    u8 first, last;
    const char *name;
    void (*run)(struct ata_unit *u);
} commands[] = {
    {0x00, 0x00, "NOP", nop},
    {0x10, 0x1f, "RECALIBRATE", recalibrate},
    {0x20, 0x21, "READ SECTORS", read_sectors},
    {0x24, 0x24, "READ SECTORS EXT", read_sectors_ext},
    {0x25, 0x25, "READ DMA EXT", read_dma_ext},
    {0x29, 0x29, "READ MULTIPLE EXT", read_multiple_ext},
    {0x30, 0x31, "WRITE SECTORS", write_sectors},
    {0x34, 0x34, "WRITE SECTORS EXT", write_sectors_ext},
    {0x35, 0x35, "WRITE DMA EXT", write_dma_ext},
    {0x39, 0x39, "WRITE MULTIPLE EXT", write_multiple_ext},
    {0x3c, 0x3c, "WRITE VERIFY", write_sectors},
    {0x40, 0x41, "READ VERIFY SECTORS", verify_sectors},
    {0x42, 0x42, "READ VERIFY SECTORS EXT", verify_sectors_ext},
    {0x70, 0x7f, "SEEK", seek},
    {0x91, 0x91, "INITIALIZE DEVICE PARAMETERS", initialize_device_parameters},
    {0x94, 0x94, "STANDBY IMMEDIATE", standby},
    {0x95, 0x95, "IDLE IMMEDIATE", idle},
    {0x96, 0x96, "STANDBY", standby},
    {0x97, 0x97, "IDLE", idle},
    {0x98, 0x98, "CHECK POWER MODE", check_power_mode},
    {0x99, 0x99, "SLEEP", sleep_mode},
    {0xc4, 0xc4, "READ MULTIPLE", read_multiple},
    {0xc5, 0xc5, "WRITE MULTIPLE", write_multiple},
    {0xc6, 0xc6, "SET MULTIPLE MODE", set_multiple_mode},
    {0xc8, 0xc9, "READ DMA", read_dma},
    {0xca, 0xcb, "WRITE DMA", write_dma},
    {0xe0, 0xe0, "STANDBY IMMEDIATE", standby},
    {0xe1, 0xe1, "IDLE IMMEDIATE", idle},
    {0xe2, 0xe2, "STANDBY", standby},
    {0xe3, 0xe3, "IDLE", idle},
    {0xe4, 0xe4, "READ BUFFER", read_buffer},
    {0xe5, 0xe5, "CHECK POWER MODE", check_power_mode},
    {0xe6, 0xe6, "SLEEP", sleep_mode},
    {0xe7, 0xe7, "FLUSH CACHE", flush_cache},
    {0xe8, 0xe8, "WRITE BUFFER", write_buffer},
    {0xea, 0xea, "FLUSH CACHE EXT", flush_cache},
    {0xec, 0xec, "IDENTIFY DEVICE", identify_device},
    {0xef, 0xef, "SET FEATURES", set_features},
};

/* With its task file from the low register up, then what count and address held before. */
static void note_command(struct ata_unit *u, u8 command, const char *name)
{
    const u8 given[] = {u->feature[0], u->nsector[0], u->lbal[0], u->lbam[0], u->lbah[0], u->device,
                        u->nsector[1], u->lbal[1],    u->lbam[1], u->lbah[1], command};
    command_log_add(&u->commands, clock_now(u->timer.clock), name, given, sizeof(given));
}

void ata_command(struct ata_unit *u, u8 command)
{
    if (u->sleeping && !(u->atapi && command == 0x08)) {
        log_at(u->log, LOG_GUEST, "ata: command %02x to a sleeping disk: only a reset wakes it",
               command);
        return;
    }
    timer_disarm(&u->timer);
    ata_set_request(u, false);
    u->command = command;
    u->error = 0;
    u->lba48 = false;
    if (u->atapi) {
        note_command(u, command, command == 0xa0 ? "PACKET" : "");
        atapi_command(u, command);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (command < commands[i].first || command > commands[i].last)
            continue;
        log_at(u->log, LOG_DISK,
               "ata: %s: %s count %02x%02x LBA %02x%02x%02x %02x%02x%02x device %02x",
               disk_name(u->disk), commands[i].name, u->nsector[1], u->nsector[0], u->lbah[1],
               u->lbam[1], u->lbal[1], u->lbah[0], u->lbam[0], u->lbal[0], u->device);
        note_command(u, command, commands[i].name);
        commands[i].run(u);
        return;
    }
    log_at(u->log, LOG_DISK, "ata: %s: command %02x is not supported", disk_name(u->disk), command);
    ata_abort(u, ATA_ABRT);
}
