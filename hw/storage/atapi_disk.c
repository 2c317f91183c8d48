/*
 * atapi_disk.c - a removable disk as a packet device, of the kind of a Zip or LS-120 drive: the
 * commands in its packets. The PACKET protocol is the CD-ROM drive's (atapi.c).
 *
 * SFF-8070i (ATAPI removable rewritable media devices), chapters 6 and 7; SCSI-2 (X3.131) for the
 * direct-access commands. A medium that was changed is told once, as UNIT ATTENTION 28h: every
 * system that knows such drives then reads its file system anew, which a hard disk cannot ask for.
 * Where a transfer ends early, blocks before the bad one have come or are written.
 *
 * Not modelled: formatting, defect lists, passwords of Zip drives.
 */
#include "hw/storage/atapi.h"

#include "hw/base/state.h"

#include <string.h>

enum { MOST_SECTORS = ATA_BUFFER / SECTOR_SIZE };

static void illegal(struct ata_unit *u, u16 asc)
{
    atapi_check(u, SENSE_ILLEGAL_REQUEST, asc);
}

static u8 *reply(struct ata_unit *u, u32 bytes)
{
    memset(u->buffer, 0, bytes);
    return u->buffer;
}

/* ---- what the drive is ---- */

static void inquiry(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    if (c[1] & 1 || c[2]) { /* vital product data */
        illegal(u, ASC_INVALID_FIELD);
        return;
    }
    u8 *p = reply(u, 36);
    p[0] = 0x00; /* direct access */
    p[1] = 0x80; /* removable medium */
    p[3] = 0x21; /* ATAPI version 2, response format 1 */
    p[4] = 31;
    memcpy(p + 8, "FERRITE REMOVABLE DISK  1.0 ", 28);
    atapi_reply(u, 36, c[4]);
}

void atapi_disk_identify(const struct ata_unit *u, u16 *w)
{
    (void)u;
    w[0] = 0x80c0; /* packet device, direct access, removable, DRQ within 50 us, 12-byte packets */
    w[82] |= 0x0004;
    w[85] |= 0x0004; /* removable media */
}

/* Page 05h, flexible disk: heads and sectors as the CHS fields of our partitions have them. */
static u32 page_geometry(const struct ata_unit *u, bool changeable, u8 *p)
{
    u64 cylinders = disk_sectors(u->disk) / (255u * 63u);
    memset(p, 0, 32);
    p[0] = 0x05;
    p[1] = 30;
    if (changeable)
        return 32;
    put_be16(p + 2, 0x7fff); /* kbit/s */
    p[4] = 255;
    p[5] = 63;
    put_be16(p + 6, SECTOR_SIZE);
    put_be16(p + 8, cylinders > 0xffff ? 0xffff : (u16)cylinders);
    put_be16(p + 28, 3600);
    return 32;
}

/* Page 08h: what was written is kept by the host until SYNCHRONIZE CACHE. */
static u32 page_caching(bool changeable, u8 *p)
{
    memset(p, 0, 12);
    p[0] = 0x08;
    p[1] = 10;
    p[2] = changeable ? 0 : 0x04; /* WCE */
    return 12;
}

static void mode_sense(struct ata_unit *u)
{
    const u8 *c = u->atapi->packet;
    bool six = c[0] == 0x1a, changeable = c[2] >> 6 == 1, all = (c[2] & 0x3f) == 0x3f;
    u32 header = six ? 4 : 8, n = header;
    u8 page = c[2] & 0x3f;
    if (c[2] >> 6 == 3) {
        illegal(u, ASC_SAVING_NOT_SUPPORTED);
        return;
    }
    u8 *p = reply(u, header);
    if (page == 0x05 || all)
        n += page_geometry(u, changeable, p + n);
    if (page == 0x08 || all)
        n += page_caching(changeable, p + n);
    if (n == header && page != 0) {
        illegal(u, ASC_INVALID_FIELD);
        return;
    }
    u8 protect = disk_read_only(u->disk) ? 0x80 : 0;
    if (six) {
        p[0] = (u8)(n - 1);
        p[2] = protect;
    } else {
        put_be16(p, n - 2);
        p[3] = protect;
    }
    atapi_reply(u, n, six ? c[4] : get_be16(c + 7));
}

static void read_capacity(struct ata_unit *u)
{
    u64 last = disk_sectors(u->disk) - 1;
    u8 *p = reply(u, 8);
    put_be32(p, last > 0xffffffff ? 0xffffffff : (u32)last);
    put_be32(p + 4, SECTOR_SIZE);
    atapi_reply(u, 8, 8);
}

static void read_format_capacities(struct ata_unit *u)
{
    bool there = atapi_ready_disk(u);
    u64 sectors = disk_sectors(u->disk);
    u8 *p = reply(u, 12);
    p[3] = 8;
    put_be32(p + 4, sectors > 0xffffffff ? 0xffffffff : (u32)sectors);
    put_be32(p + 8, SECTOR_SIZE);
    p[8] = there ? 2 : 3; /* formatted medium; no medium, the most that there may be */
    atapi_reply(u, 12, get_be16(u->atapi->packet + 7));
}

/* ---- the medium ---- */

/* What the guest puts out comes back when it asks for it, or when the host changes the folder. */
static void start_stop_unit(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    u8 how = a->packet[4] & 3;
    if (how == 2 && a->locked) {
        illegal(u, ASC_REMOVAL_PREVENTED);
        return;
    }
    if (how == 2) {
        disk_flush(u->disk);
        a->tray_open = true;
        a->changed = false;
    } else if (how == 3 && a->tray_open) {
        a->tray_open = false;
        a->changed = true;
    }
    atapi_good(u);
}

static void prevent_allow(struct ata_unit *u)
{
    u->atapi->locked = u->atapi->packet[4] & 1;
    atapi_good(u);
}

void atapi_disk_changed(struct ata_unit *u)
{
    u->atapi->tray_open = false;
    u->atapi->changed = true;
    u->atapi->cut = true; /* a transfer under way was the old medium's */
}

/* ---- reading and writing ---- */

static bool take_range(struct ata_unit *u, u32 *lba, u32 *blocks)
{
    const u8 *c = u->atapi->packet;
    u64 all = disk_sectors(u->disk);
    *lba = get_be32(c + 2);
    *blocks = c[0] >= 0xa0 ? get_be32(c + 6) : get_be16(c + 7);
    if (*lba <= all && *blocks <= all - *lba)
        return true;
    illegal(u, ASC_LBA_OUT_OF_RANGE);
    return false;
}

static void read_sectors(struct ata_unit *u)
{
    u32 lba, blocks;
    if (take_range(u, &lba, &blocks))
        atapi_read_blocks(u, lba, blocks, 0x10, 0, SUB_NONE);
}

/* The medium that the command was for is still the one that is there. */
static bool still_there(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    if (!a->cut && atapi_ready_disk(u))
        return true;
    bool changed = atapi_ready_disk(u);
    if (changed)
        a->changed = false; /* this tells it */
    atapi_check(u, changed ? SENSE_UNIT_ATTENTION : SENSE_NOT_READY,
                changed ? ASC_MEDIUM_CHANGED : ASC_NO_MEDIUM);
    return false;
}

bool atapi_disk_fill(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    u32 n = a->blocks < MOST_SECTORS ? a->blocks : MOST_SECTORS, good = 0;
    u->pos = u->len = a->fill = 0;
    if (!still_there(u))
        return false;
    if (disk_read(u->disk, a->lba, n, u->buffer))
        good = n;
    while (good < n && disk_read(u->disk, a->lba + good, 1, u->buffer + (size_t)good * SECTOR_SIZE))
        good++;
    if (!good && disk_waits(u->disk)) {
        atapi_again(u, ATA_PACKET_IN); /* the machine stops; then once more */
        return false;
    }
    if (!good) {
        atapi_check(u, SENSE_MEDIUM_ERROR, ASC_UNRECOVERED_READ);
        return false;
    }
    a->fill = good * SECTOR_SIZE;
    a->lba += good;
    a->blocks -= good;
    return true;
}

static void want_sectors(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    u32 n = a->left < MOST_SECTORS ? a->left : MOST_SECTORS;
    atapi_request_more(u, n * SECTOR_SIZE);
}

static void write_sectors(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    u32 lba, blocks;
    if (!take_range(u, &lba, &blocks))
        return;
    if (disk_read_only(u->disk)) {
        atapi_check(u, SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED);
        return;
    }
    if (!blocks) {
        atapi_good(u);
        return;
    }
    u32 first = blocks < MOST_SECTORS ? blocks : MOST_SECTORS;
    a->writing = true;
    a->cut = false;
    a->lba = lba;
    a->left = blocks;
    atapi_request(u, first * SECTOR_SIZE);
}

bool atapi_disk_received(struct ata_unit *u)
{
    struct atapi *a = u->atapi;
    u32 n = a->fill / SECTOR_SIZE, good = 0;
    if (!a->writing)
        return false;
    if (!still_there(u)) {
        a->writing = false;
        return true;
    }
    if (disk_write(u->disk, a->lba, n, u->buffer))
        good = n;
    while (good < n &&
           disk_write(u->disk, a->lba + good, 1, u->buffer + (size_t)good * SECTOR_SIZE))
        good++;
    if (good < n && disk_waits(u->disk)) {
        atapi_again(u,
                    ATA_PACKET_OUT); /* all of it once more: writing the same twice does no harm */
        return true;
    }
    a->lba += good;
    a->left -= good;
    if (good < n) {
        a->writing = false;
        atapi_check(u, SENSE_MEDIUM_ERROR, ASC_WRITE_FAULT);
    } else if (a->left) {
        want_sectors(u);
    } else {
        a->writing = false;
        atapi_good(u);
    }
    return true;
}

static void verify(struct ata_unit *u)
{
    u32 lba, blocks;
    if (u->atapi->packet[1] & 2) /* comparing with bytes that come */
        illegal(u, ASC_INVALID_FIELD);
    else if (take_range(u, &lba, &blocks))
        atapi_good(u);
}

static void seek(struct ata_unit *u)
{
    if (get_be32(u->atapi->packet + 2) < disk_sectors(u->disk))
        atapi_good(u);
    else
        illegal(u, ASC_LBA_OUT_OF_RANGE);
}

static void synchronize(struct ata_unit *u)
{
    if (disk_flush(u->disk))
        atapi_good(u);
    else if (disk_waits(u->disk))
        atapi_again(u, ATA_PACKET_RUN);
    else
        atapi_check(u, SENSE_MEDIUM_ERROR, ASC_WRITE_FAULT);
}

/* ---- the table ---- */

static void test_unit_ready(struct ata_unit *u)
{
    atapi_good(u);
}

static const struct atapi_command commands[] = {
    {0x00, ATAPI_MEDIUM, "TEST UNIT READY", test_unit_ready},
    {0x03, ATAPI_ALWAYS, "REQUEST SENSE", atapi_request_sense},
    {0x12, ATAPI_ALWAYS, "INQUIRY", inquiry},
    {0x1a, 0, "MODE SENSE (6)", mode_sense},
    {0x1b, 0, "START STOP UNIT", start_stop_unit},
    {0x1e, 0, "PREVENT ALLOW MEDIUM REMOVAL", prevent_allow},
    {0x23, 0, "READ FORMAT CAPACITIES", read_format_capacities},
    {0x25, ATAPI_MEDIUM, "READ CAPACITY", read_capacity},
    {0x28, ATAPI_MEDIUM, "READ (10)", read_sectors},
    {0x2a, ATAPI_MEDIUM, "WRITE (10)", write_sectors},
    {0x2b, ATAPI_MEDIUM, "SEEK", seek},
    {0x2e, ATAPI_MEDIUM, "WRITE AND VERIFY", write_sectors},
    {0x2f, ATAPI_MEDIUM, "VERIFY", verify},
    {0x35, ATAPI_MEDIUM, "SYNCHRONIZE CACHE", synchronize},
    {0x5a, 0, "MODE SENSE (10)", mode_sense},
    {0xa8, ATAPI_MEDIUM, "READ (12)", read_sectors},
    {0xaa, ATAPI_MEDIUM, "WRITE (12)", write_sectors},
};

const struct atapi_command *atapi_disk_commands(size_t *count)
{
    *count = ARRAY_SIZE(commands);
    return commands;
}

/* ---- state ---- */

void atapi_disk_state(struct ata_unit *u, struct state *s)
{
    struct atapi *a = u->atapi;
    state_bool(s, "writing", &a->writing);
    state_u32(s, "left to write", &a->left);
    disk_state(u->disk, s);
    if (!state_loading(s) || !state_ok(s))
        return;
    u64 all = disk_sectors(u->disk);
    bool out = u->phase == ATA_PACKET_OUT || u->phase == ATA_PACKET_DMA_OUT;
    bool good = a->lba <= all && a->blocks <= all - a->lba && a->left <= all - a->lba;
    if (a->writing)
        good = good && out && a->fill && a->fill % SECTOR_SIZE == 0 &&
               a->fill / SECTOR_SIZE <= a->left;
    else
        good = good && !out && !a->left;
    if (!good)
        state_fail(s, "the state of the removable disk %s is damaged", disk_name(u->disk));
}
