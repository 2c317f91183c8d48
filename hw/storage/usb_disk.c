/*
 * usb_disk.c - a USB stick: its descriptors, the bulk-only transport, its state ("Universal Serial
 * Bus Mass Storage Class, Bulk-Only Transport", revision 1.0). The commands are in usb_scsi.c.
 *
 * A command block comes by endpoint 2 (OUT), data go either way, a status by endpoint 1 (IN). Where
 * host and device disagree about the data (chapter 6.7), the device moves what both want, halts
 * the endpoint if the host wants more, and says how much is missing; what cannot be is a phase
 * error. Sectors move to and from the image some at a time; while the machine is stopped for an
 * error of the host's, the device has no data yet (NAK).
 *
 * Not modelled: the time that a stick takes beside the wire's.
 */
#include "hw/storage/usb_disk.h"
#include "hw/chipset/uhci.h"
#include "hw/storage/atapi.h"

#include <stdio.h>
#include <string.h>

enum { CLASS_IN = 0xa1, CLASS_OUT = 0x21, GET_MAX_LUN = 0xfe, MASS_STORAGE_RESET = 0xff };

static const u8 device_descriptor[] = {
    18,   1,    0x10, 0x01, 0,    0, 0, USB_PACKET0, /* USB 1.1; the interface says its class */
    0x09, 0x12, 0x03, 0x00, 0x00, 1, 1, 2,           /* 1209:0003, as the other functions here */
    3,    1};

/* Configuration, interface (mass storage, SCSI, bulk-only), two bulk endpoints. */
static const u8 configuration[] = {9, 2,    32,   0,   1,
                                   1, 0,    0x80, 100, /* */
                                   9, 4,    0,    0,   2,
                                   8, 0x06, 0x50, 0, /* */
                                   7, 5,    0x81, 2,   USB_DISK_PACKET,
                                   0, 0, /* */
                                   7, 5,    0x02, 2,   USB_DISK_PACKET,
                                   0, 0}; /* */

static void halt(struct usb_disk *u, bool in)
{
    u->function.halted[in] |= (u16)(1u << (in ? USB_DISK_IN : USB_DISK_OUT));
}

/* ---- a command ---- */

static void lost(struct usb_disk *u)
{
    u->stage = USB_DISK_LOST;
    halt(u, true);
    halt(u, false);
}

/* No data moves any more. A host that wants some learns it by a halted endpoint. */
static void to_status(struct usb_disk *u)
{
    u->stage = USB_DISK_STATUS;
    u->blocks = 0;
    u->writing = false;
    u->fill = u->at = 0;
    if (u->expected)
        halt(u, u->host_reads);
}

static void begin(struct usb_disk *u)
{
    u->status = USB_DISK_GOOD;
    u->fill = u->at = 0;
    u->blocks = 0;
    u->writing = false;
    usb_scsi_execute(u);
    u64 sectors = (u64)u->blocks * SECTOR_SIZE, all = u->fill + sectors;
    if (u->status != USB_DISK_GOOD || !all) {
        to_status(u);
    } else if (u->writing == u->host_reads || sectors > u->expected || !u->expected) {
        u->status = USB_DISK_PHASE_ERROR;
        to_status(u);
    } else {
        u->stage = u->writing ? USB_DISK_FROM_HOST : USB_DISK_TO_HOST;
        if (u->fill > u->expected)
            u->fill = (u16)u->expected;
    }
}

static bool command_block(struct usb_disk *u, const u8 *p, unsigned size)
{
    if (size != USB_DISK_CBW || memcmp(p, "USBC", 4) != 0 || p[13] || (p[12] & 0x7f) || p[14] < 1 ||
        p[14] > sizeof(u->command))
        return false;
    memcpy(u->tag, p + 4, 4);
    u->expected = get_le32(p + 8);
    u->host_reads = p[12] & 0x80;
    memset(u->command, 0, sizeof(u->command));
    memcpy(u->command, p + 15, p[14]);
    begin(u);
    return true;
}

/* ---- data ---- */

/* The disk's next sectors into the buffer. false: not now. */
static bool read_more(struct usb_disk *u)
{
    u32 n = u->blocks < USB_DISK_BUFFER / SECTOR_SIZE ? u->blocks : USB_DISK_BUFFER / SECTOR_SIZE;
    u32 good = disk_read(u->disk, u->lba, n, u->buffer) ? n : 0;
    while (good < n && disk_read(u->disk, u->lba + good, 1, u->buffer + good * SECTOR_SIZE))
        good++;
    if (!good && disk_waits(u->disk))
        return false;
    if (!good)
        usb_scsi_failed(u, SENSE_MEDIUM_ERROR, ASC_UNRECOVERED_READ);
    u->at = 0;
    u->fill = (u16)(good * SECTOR_SIZE);
    u->lba += good;
    u->blocks = good ? u->blocks - good : 0;
    return true;
}

/* What has come is written, when it is as much as that is done with. false: not now. */
static bool write_out(struct usb_disk *u)
{
    u32 n = u->fill / SECTOR_SIZE;
    bool whole = u->fill == USB_DISK_BUFFER || (n && n == u->blocks);
    if (!u->writing || !whole)
        return true;
    u32 good = disk_write(u->disk, u->lba, n, u->buffer) ? n : 0;
    while (good < n && disk_write(u->disk, u->lba + good, 1, u->buffer + good * SECTOR_SIZE))
        good++;
    if (good < n && disk_waits(u->disk))
        return false; /* all of it once more: writing the same twice does no harm */
    u->fill = 0;
    u->lba += good;
    u->blocks -= good;
    if (good < n) {
        usb_scsi_failed(u, SENSE_MEDIUM_ERROR, ASC_WRITE_FAULT);
        to_status(u);
        u->expected += (n - good) * SECTOR_SIZE; /* came for nothing */
    } else if (!u->blocks) {
        to_status(u);
    }
    return true;
}

static int data_to_host(struct usb_disk *u, u8 *data, unsigned max)
{
    if (u->at == u->fill && u->blocks && !read_more(u))
        return USB_NAK;
    if (u->at == u->fill) {
        to_status(u);
        return USB_STALL;
    }
    u32 n = u->fill - u->at;
    n = n < USB_DISK_PACKET ? n : USB_DISK_PACKET;
    memcpy(data, u->buffer + u->at, n < max ? n : max);
    u->at = (u16)(u->at + n);
    u->expected -= n;
    if (u->at < u->fill || u->blocks)
        return (int)n;
    /* A packet that is not full tells the host that there is no more. */
    u32 missing = u->expected;
    if (n < USB_DISK_PACKET)
        u->expected = 0;
    to_status(u);
    u->expected = missing;
    return (int)n;
}

static int status_to_host(struct usb_disk *u, u8 *data, unsigned max)
{
    u8 p[USB_DISK_CSW] = "USBS";
    memcpy(p + 4, u->tag, 4);
    put_le32(p + 8, u->expected);
    p[12] = u->status;
    u->stage = USB_DISK_COMMAND;
    u->expected = 0;
    memcpy(data, p, max < sizeof(p) ? max : sizeof(p));
    return sizeof(p);
}

static int endpoint_in(void *owner, unsigned endpoint, u8 *data, unsigned max)
{
    struct usb_disk *u = owner;
    if (endpoint != USB_DISK_IN)
        return USB_SILENCE;
    if (u->stage == USB_DISK_FROM_HOST)
        write_out(u);
    switch (u->stage) {
    case USB_DISK_TO_HOST:
        return data_to_host(u, data, max);
    case USB_DISK_STATUS:
        return status_to_host(u, data, max);
    case USB_DISK_LOST:
        return USB_STALL;
    default:
        return USB_NAK;
    }
}

static int data_from_host(struct usb_disk *u, const u8 *data, unsigned size)
{
    if (!write_out(u))
        return USB_NAK;
    u32 wanted =
        u->blocks < USB_DISK_BUFFER / SECTOR_SIZE ? u->blocks * SECTOR_SIZE : (u32)USB_DISK_BUFFER;
    if (u->stage != USB_DISK_FROM_HOST || size > wanted - u->fill || size > u->expected) {
        lost(u);
        return USB_STALL;
    }
    memcpy(u->buffer + u->fill, data, size);
    u->fill = (u16)(u->fill + size);
    u->expected -= size;
    write_out(u);
    return (int)size;
}

static int endpoint_out(void *owner, unsigned endpoint, const u8 *data, unsigned size)
{
    struct usb_disk *u = owner;
    if (endpoint != USB_DISK_OUT)
        return USB_SILENCE;
    if (u->stage == USB_DISK_FROM_HOST)
        return data_from_host(u, data, size);
    if (u->stage == USB_DISK_LOST)
        return USB_STALL;
    if (u->stage != USB_DISK_COMMAND)
        return USB_NAK;
    if (!command_block(u, data, size)) {
        lost(u);
        return USB_STALL;
    }
    return (int)size;
}

/* ---- the class ---- */

static void quiet(void *owner)
{
    struct usb_disk *u = owner;
    u->stage = USB_DISK_COMMAND;
    u->status = USB_DISK_GOOD;
    u->expected = u->blocks = 0;
    u->fill = u->at = 0;
    u->writing = false;
}

static int request(void *owner, const struct usb_setup *s, u8 *data)
{
    if (s->type == CLASS_IN && s->request == GET_MAX_LUN) {
        data[0] = 0;
        return 1;
    }
    if (s->type == CLASS_OUT && s->request == MASS_STORAGE_RESET && !s->length) {
        quiet(owner); /* halted endpoints stay so until each is cleared */
        return 0;
    }
    return USB_STALL;
}

void usb_disk_changed(struct usb_disk *u)
{
    u->out = false;
    u->changed = true;
}

void usb_disk_attach(struct usb_disk *u, struct disk *d)
{
    u->disk = d;
}

/* ---- the device ---- */

static bool realize(struct device *d, const struct board *b, struct err *e)
{
    struct usb_disk *u = (struct usb_disk *)d;
    const char *p = u->place;
    (void)b;
    if (p && (strncmp(p, "hd", 2) != 0 || p[2] < 'a' || p[2] > 'd' || p[3]))
        return err_set(e, "disk=%s: one of hda, hdb, hdc, hdd", p);
    u->number = p ? (unsigned)(p[2] - 'a') : USB_DISK_EMPTY + u->dev.ordinal;
    /* Systems tell sticks apart by it: at least twelve digits. */
    snprintf(u->serial, sizeof(u->serial), "%012u", u->number + 1);
    u->strings[0] = "Ferrite";
    u->strings[1] = "USB Disk";
    u->strings[2] = u->serial;
    u->kind = (struct usb_kind){.device = device_descriptor,
                                .configuration = configuration,
                                .strings = u->strings,
                                .request = request,
                                .in = endpoint_in,
                                .out = endpoint_out,
                                .reset = quiet};
    usb_init(&u->function, &u->kind, u);
    return uhci_plug(d, &u->function, false, e);
}

static void reset(struct device *d)
{
    struct usb_disk *u = (struct usb_disk *)d;
    usb_reset(&u->function);
    u->sense_key = SENSE_NONE;
    u->asc = ASC_NONE;
    u->changed = u->out = u->locked = false;
}

void usb_disk_plug(struct usb_disk *u, bool in)
{
    reset(&u->dev);
    uhci_hot_plug(&u->dev, &u->function, in);
}

bool usb_disk_plugged(struct usb_disk *u)
{
    return uhci_plugged(&u->dev, &u->function);
}

static bool possible(const struct usb_disk *u)
{
    u64 all = u->disk ? disk_sectors(u->disk) : 0;
    bool data = u->stage == USB_DISK_TO_HOST || u->stage == USB_DISK_FROM_HOST;
    if (u->stage > USB_DISK_LOST || u->status > USB_DISK_PHASE_ERROR || u->at > u->fill ||
        u->fill > USB_DISK_BUFFER || u->lba > all || u->blocks > all - u->lba ||
        u->writing != (u->stage == USB_DISK_FROM_HOST) || (!data && (u->blocks || u->fill)))
        return false;
    if (u->writing)
        return u->blocks && !u->at && u->fill <= (u64)u->blocks * SECTOR_SIZE;
    u64 left = (u64)u->blocks * SECTOR_SIZE + u->fill - u->at;
    return u->stage != USB_DISK_TO_HOST || (left && left <= u->expected);
}

static void state(struct device *d, struct state *s)
{
    struct usb_disk *u = (struct usb_disk *)d;
    usb_state(&u->function, s);
    state_u8(s, "transport", &u->stage);
    state_u8(s, "status", &u->status);
    state_bytes(s, "tag", u->tag, sizeof(u->tag));
    state_bytes(s, "command", u->command, sizeof(u->command));
    state_bool(s, "host_reads", &u->host_reads);
    state_u32(s, "expected", &u->expected);
    state_u32(s, "lba", &u->lba);
    state_u32(s, "blocks", &u->blocks);
    state_bool(s, "writing", &u->writing);
    state_u16(s, "fill", &u->fill);
    state_u16(s, "sent", &u->at);
    state_bytes(s, "buffer", u->buffer, sizeof(u->buffer));
    state_u8(s, "sense_key", &u->sense_key);
    state_u16(s, "asc", &u->asc);
    state_bool(s, "changed", &u->changed);
    state_bool(s, "out", &u->out);
    state_bool(s, "locked", &u->locked);
    if (u->disk)
        disk_state(u->disk, s);
    if (state_loading(s) && state_ok(s) && !possible(u)) {
        quiet(u);
        state_fail(s, "%s: a transfer that cannot be", d->name);
    }
}

static void describe(const struct device *d, FILE *out)
{
    const struct usb_disk *u = (const struct usb_disk *)d;
    fprintf(out, "%s: address %u, configuration %u%s%s\n", disk_name(u->disk), u->function.address,
            u->function.configuration, u->out ? ", put out" : "", u->locked ? ", locked" : "");
}

static const struct prop props[] = {
    PROP_STRING_ROW(struct usb_disk, place, "disk",
                    "which one it is: hda to hdd, not on IDE then; none: an empty card reader"),
    PROP_END,
};

const struct device_class usb_disk_class = {
    .name = "usb-disk",
    .model = "usb-disk",
    .doc = "a hard disk's image as a USB stick",
    .size = sizeof(struct usb_disk),
    .props = props,
    .bus = BUS_OUTSIDE,
    .optional = true,
    .several = true,
    .state_version = 1,
    .realize = realize,
    .reset = reset,
    .state = state,
    .describe = describe,
};
