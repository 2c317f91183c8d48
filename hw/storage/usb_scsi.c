/*
 * usb_scsi.c - the commands that a USB stick takes (SCSI-2, X3.131, direct access; SPC-2 for
 * INQUIRY; the USB mass storage class' specification of bootable devices for what systems use).
 * The codes of errors are those of atapi.h.
 *
 * Not modelled: commands of 16 bytes (what lies behind 2 TB is out of reach), formatting, MODE
 * SELECT, defect lists.
 */
#include "hw/storage/atapi.h"
#include "hw/storage/usb_disk.h"

#include <string.h>

enum { NEEDS_MEDIUM = 1, ALWAYS = 2 }; /* ALWAYS: a unit attention does not stop it */

void usb_scsi_failed(struct usb_disk *u, u8 key, u16 asc)
{
    u->sense_key = key;
    u->asc = asc;
    u->status = USB_DISK_FAILED;
}

static bool has_medium(const struct usb_disk *u)
{
    return u->disk && !u->out;
}

static void illegal(struct usb_disk *u, u16 asc)
{
    usb_scsi_failed(u, SENSE_ILLEGAL_REQUEST, asc);
}

static u8 *clear(struct usb_disk *u)
{
    memset(u->buffer, 0, 256);
    return u->buffer;
}

/* n bytes of the buffer, at most as much as the command allows. */
static void reply(struct usb_disk *u, u32 n, u32 allowed)
{
    u->fill = (u16)(n < allowed ? n : allowed);
}

static u32 last_block(const struct usb_disk *u)
{
    u64 last = disk_sectors(u->disk) - 1;
    return last > 0xffffffff ? 0xffffffff : (u32)last;
}

/* ---- what it is ---- */

static void vital_data(struct usb_disk *u)
{
    const u8 *c = u->command;
    size_t n = strlen(u->serial);
    u8 *p = clear(u);
    p[1] = c[2];
    if (c[2] == 0x00) { /* the pages that there are */
        p[3] = 2;
        p[5] = 0x80;
    } else if (c[2] == 0x80) {
        p[3] = (u8)n;
        memcpy(p + 4, u->serial, n);
    } else {
        illegal(u, ASC_INVALID_FIELD);
        return;
    }
    reply(u, 4u + p[3], get_be16(c + 3));
}

static void inquiry(struct usb_disk *u)
{
    const u8 *c = u->command;
    if (c[1] & 1) {
        vital_data(u);
        return;
    }
    if (c[2]) {
        illegal(u, ASC_INVALID_FIELD);
        return;
    }
    u8 *p = clear(u);
    p[1] = 0x80; /* direct access, removable */
    p[2] = 0x04; /* SPC-2 */
    p[3] = 0x02;
    p[4] = 31;
    memcpy(p + 8, "FERRITE USB DISK        1.0 ", 28);
    reply(u, 36, get_be16(c + 3));
}

static void request_sense(struct usb_disk *u)
{
    u8 *p = clear(u);
    p[0] = 0x70;
    p[2] = u->sense_key;
    p[7] = 10;
    put_be16(p + 12, u->asc);
    u->sense_key = SENSE_NONE;
    u->asc = ASC_NONE;
    reply(u, 18, u->command[4]);
}

/* Page 08h alone: what was written is kept by the host until SYNCHRONIZE CACHE. */
static void mode_sense(struct usb_disk *u)
{
    const u8 *c = u->command;
    bool six = c[0] == 0x1a, caching = (c[2] & 0x3f) == 0x08 || (c[2] & 0x3f) == 0x3f;
    u32 header = six ? 4 : 8, n = header + (caching ? 12 : 0);
    if (c[2] >> 6 == 3) {
        illegal(u, ASC_SAVING_NOT_SUPPORTED);
        return;
    }
    if (!caching && (c[2] & 0x3f)) {
        illegal(u, ASC_INVALID_FIELD);
        return;
    }
    u8 *p = clear(u);
    u8 protect = u->disk && disk_read_only(u->disk) ? 0x80 : 0;
    if (six) {
        p[0] = (u8)(n - 1);
        p[2] = protect;
    } else {
        put_be16(p, (u16)(n - 2));
        p[3] = protect;
    }
    if (caching) {
        p[header] = 0x08;
        p[header + 1] = 10;
        p[header + 2] = c[2] >> 6 == 1 ? 0 : 0x04; /* WCE, which cannot be changed */
    }
    reply(u, n, six ? c[4] : get_be16(c + 7));
}

static void read_capacity(struct usb_disk *u)
{
    u8 *p = clear(u);
    put_be32(p, last_block(u));
    put_be32(p + 4, SECTOR_SIZE);
    reply(u, 8, 8);
}

static void read_format_capacities(struct usb_disk *u)
{
    u8 *p = clear(u);
    u64 sectors = u->disk ? (u64)last_block(u) + 1 : 0;
    p[3] = 8;
    put_be32(p + 4, sectors > 0xffffffff ? 0xffffffff : (u32)sectors);
    put_be32(p + 8, SECTOR_SIZE);
    p[8] = has_medium(u) ? 2 : 3; /* formatted medium; no medium, the most that there may be */
    reply(u, 12, get_be16(u->command + 7));
}

/* ---- the medium ---- */

static void nothing(struct usb_disk *u)
{
    (void)u;
}

static void start_stop_unit(struct usb_disk *u)
{
    u8 how = u->command[4] & 3;
    if (how == 2 && u->locked) {
        illegal(u, ASC_REMOVAL_PREVENTED);
    } else if (how == 2 && u->disk) {
        disk_flush(u->disk);
        u->out = true;
    } else if (how == 3 && u->out) {
        u->out = false;
        u->changed = true;
    }
}

static void prevent_allow(struct usb_disk *u)
{
    u->locked = u->command[4] & 1;
}

static bool take_range(struct usb_disk *u)
{
    const u8 *c = u->command;
    u64 all = disk_sectors(u->disk);
    u32 lba = get_be32(c + 2), blocks = c[0] >= 0xa0 ? get_be32(c + 6) : get_be16(c + 7);
    if (lba > all || blocks > all - lba) {
        illegal(u, ASC_LBA_OUT_OF_RANGE);
        return false;
    }
    u->lba = lba;
    u->blocks = blocks;
    return true;
}

static void read_sectors(struct usb_disk *u)
{
    take_range(u);
}

static void write_sectors(struct usb_disk *u)
{
    if (disk_read_only(u->disk))
        usb_scsi_failed(u, SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED);
    else
        u->writing = take_range(u);
}

static void verify(struct usb_disk *u)
{
    if (u->command[1] & 2) /* comparing with bytes that come */
        illegal(u, ASC_INVALID_FIELD);
    else
        take_range(u);
    u->blocks = 0;
}

static void seek(struct usb_disk *u)
{
    if (get_be32(u->command + 2) >= disk_sectors(u->disk))
        illegal(u, ASC_LBA_OUT_OF_RANGE);
}

static void synchronize(struct usb_disk *u)
{
    if (!disk_flush(u->disk))
        usb_scsi_failed(u, SENSE_MEDIUM_ERROR, ASC_WRITE_FAULT);
}

/* ---- all ---- */

static const struct scsi_command {
    u8 code, flags;
    void (*run)(struct usb_disk *u);
} commands[] = {
    {0x00, NEEDS_MEDIUM, nothing}, /* TEST UNIT READY */
    {0x03, ALWAYS, request_sense},
    {0x12, ALWAYS, inquiry},
    {0x1a, 0, mode_sense},
    {0x1b, 0, start_stop_unit},
    {0x1e, 0, prevent_allow},
    {0x23, 0, read_format_capacities},
    {0x25, NEEDS_MEDIUM, read_capacity},
    {0x28, NEEDS_MEDIUM, read_sectors},
    {0x2a, NEEDS_MEDIUM, write_sectors},
    {0x2b, NEEDS_MEDIUM, seek},
    {0x2e, NEEDS_MEDIUM, write_sectors},
    {0x2f, NEEDS_MEDIUM, verify},
    {0x35, NEEDS_MEDIUM, synchronize},
    {0x5a, 0, mode_sense},
    {0xa8, NEEDS_MEDIUM, read_sectors},
    {0xaa, NEEDS_MEDIUM, write_sectors},
};

void usb_scsi_execute(struct usb_disk *u)
{
    const struct scsi_command *k = NULL;
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        k = commands[i].code == u->command[0] ? &commands[i] : k;
    if (!k) {
        illegal(u, ASC_INVALID_OPCODE);
    } else if (u->changed && k->flags != ALWAYS) {
        u->changed = false;
        usb_scsi_failed(u, SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    } else if (!has_medium(u) && k->flags == NEEDS_MEDIUM) {
        usb_scsi_failed(u, SENSE_NOT_READY, ASC_NO_MEDIUM);
    } else {
        k->run(u);
    }
}
