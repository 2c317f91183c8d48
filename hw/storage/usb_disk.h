/*
 * usb_disk.h - a hard disk's image as a USB stick: bulk-only transport, SCSI commands.
 *
 * The disk is one of the machine's four places (property "disk"), which then is not on its IDE
 * channel: whoever builds the machine attaches it, and closes it in the end. usb_disk.c is the
 * device and the transport, usb_scsi.c the commands.
 */
#ifndef FERRITE_USB_DISK_H
#define FERRITE_USB_DISK_H

#include "hw/bus/device.h"
#include "hw/bus/usb.h"
#include "hw/storage/disk.h"

enum { USB_DISK_CBW = 31, USB_DISK_CSW = 13, USB_DISK_BUFFER = 8 * SECTOR_SIZE };
enum { USB_DISK_IN = 1, USB_DISK_OUT = 2, USB_DISK_PACKET = 64 }; /* endpoints; their packets */

/* struct usb_disk.number of a card reader without a card; then of the next one. */
enum { USB_DISK_EMPTY = 100 };

enum usb_disk_stage {
    USB_DISK_COMMAND, /* a command block is expected */
    USB_DISK_TO_HOST,
    USB_DISK_FROM_HOST,
    USB_DISK_STATUS,
    USB_DISK_LOST, /* after what was no command block: until the class's reset */
};

/* bCSWStatus */
enum { USB_DISK_GOOD, USB_DISK_FAILED, USB_DISK_PHASE_ERROR };

struct usb_disk {
    struct device dev;
    const char *place; /* property: hda to hdd, NULL: none */
    unsigned number;   /* which of them */
    struct disk *disk; /* borrowed; NULL: none */
    struct usb_function function;
    struct usb_kind kind;
    const char *strings[4];
    char serial[16];

    u8 stage, status;
    u8 tag[4], command[16];
    bool host_reads; /* the direction that the host has said */
    u32 expected;    /* bytes that the host will move yet */
    u32 lba, blocks; /* of the disk, yet to be read or written */
    bool writing;
    u16 fill, at; /* bytes in the buffer; of those, how many have been sent */
    u8 buffer[USB_DISK_BUFFER];

    u8 sense_key;
    u16 asc;
    bool changed; /* another medium, which nobody has been told of */
    bool out;     /* the guest has put it out */
    bool locked;
};

extern const struct device_class usb_disk_class;

void usb_disk_attach(struct usb_disk *u, struct disk *d);
/* The host has other contents there: the guest is told. */
void usb_disk_changed(struct usb_disk *u);
/* A person pulls it out of its port or puts it in; whatever was under way is lost. */
void usb_disk_plug(struct usb_disk *u, bool in);
bool usb_disk_plugged(struct usb_disk *u);

/* ---- usb_scsi.c ---- */

/*
 * Carry out `command`: a reply is in buffer[0..fill), or `blocks` from `lba` on are to be read, or
 * written (`writing`), or `status` says that it failed.
 */
void usb_scsi_execute(struct usb_disk *u);
void usb_scsi_failed(struct usb_disk *u, u8 key, u16 asc);

#endif
