/*
 * pc_drives.c - what is in the drives of a PC, for those who sit in front of it.
 */
#include "hw/machine/pc.h"

#include "hw/storage/atapi.h"
#include "hw/storage/usb_disk.h"

#include <stdio.h>
#include <string.h>

static void floppy(const struct pc *pc, unsigned i, struct vm_drive *out)
{
    const struct fdc_drive *d = &pc->fdc->drive[i];
    out->kind = VM_DRIVE_FLOPPY;
    snprintf(out->name, sizeof(out->name), "fd%c", 'a' + i);
    if (!d->disk)
        return;
    out->medium = disk_name(d->disk);
    out->bytes = disk_sectors(d->disk) * SECTOR_SIZE;
    snprintf(out->format, sizeof(out->format), "%s", d->format->name);
    out->fixed = disk_read_only(d->disk);
    out->read_only = d->protect || out->fixed;
    out->written = disk_written(d->disk);
    out->read = disk_was_read(d->disk);
}

struct usb_disk *pc_usb_disk(const struct pc *pc, unsigned i)
{
    for (struct device *d = NULL; (d = pc_next(pc, &usb_disk_class, d));) {
        if (((struct usb_disk *)d)->number == i)
            return (struct usb_disk *)d;
    }
    return NULL;
}

bool pc_check_usb_disks(const struct pc *pc, struct err *e)
{
    for (struct device *d = NULL; (d = pc_next(pc, &usb_disk_class, d));) {
        const struct usb_disk *u = (const struct usb_disk *)d;
        if (pc_usb_disk(pc, u->number) != u)
            return err_set(e, "-device usb-disk,disk=%s: two of them have the same disk", u->place);
        if (u->place && !u->disk)
            return err_set(e, "-device usb-disk,disk=%s: there is none; give it with -%s FILE",
                           u->place, u->place);
    }
    return true;
}

bool pc_disk_is_fixed(const struct pc *pc, unsigned i)
{
    return pc->disk[i] && !pc_usb_disk(pc, i) && !ide_removable(pc->ide, i / 2, i % 2);
}

/* The format of a removable disk is that it can be changed. */
static void hard_disk(const struct pc *pc, unsigned i, struct vm_drive *out)
{
    const struct disk *d = pc->disk[i];
    const struct ata_unit *u = ide_removable(pc->ide, i / 2, i % 2);
    out->kind = VM_DRIVE_DISK;
    struct usb_disk *usb = pc_usb_disk(pc, i);
    out->locked = (u && u->atapi->locked) || (usb && usb->locked);
    out->pulled = usb && !usb_disk_plugged(usb);
    if (usb)
        snprintf(out->format, sizeof(out->format), "USB");
    else if (u)
        snprintf(out->format, sizeof(out->format), "removable");
    snprintf(out->name, sizeof(out->name), "hd%c", 'a' + i);
    out->medium = disk_name(d);
    out->bytes = disk_bytes(d);
    out->read_only = disk_read_only(d);
    out->written = disk_written(d);
    out->read = disk_was_read(d);
}

static void cdrom(const struct ata_unit *u, struct vm_drive *out)
{
    const struct cd_disc *d = atapi_medium(u);
    out->kind = VM_DRIVE_CD;
    snprintf(out->name, sizeof(out->name), "cd");
    out->read_only = true;
    out->locked = u->atapi->locked;
    if (!d)
        return;
    out->medium = cd_name(d);
    out->bytes = (u64)cd_blocks(d) * CD_BLOCK;
    out->tracks = d->tracks;
    out->read = d->blocks_read;
}

bool pc_drive(const struct pc *pc, unsigned place, struct vm_drive *out)
{
    *out = (struct vm_drive){.name = ""};
    if (place < VM_FLOPPIES) {
        floppy(pc, place, out);
        return fdc_drive_type(pc->fdc, place) != FLOPPY_NONE;
    }
    place -= VM_FLOPPIES;
    if (place < VM_DISKS) {
        if (pc->disk[place])
            hard_disk(pc, place, out);
        return pc->disk[place] != NULL;
    }
    const struct ata_unit *u = place == VM_DISKS ? ide_cdrom(pc->ide) : NULL;
    if (u)
        cdrom(u, out);
    return u != NULL;
}

/* NULL + err: it is a CD, or there is none. */
static struct disk *disk_at(struct pc *pc, unsigned place, struct err *e)
{
    struct disk *d = place < VM_FLOPPIES              ? pc->fdc->drive[place].disk
                     : place - VM_FLOPPIES < VM_DISKS ? pc->disk[place - VM_FLOPPIES]
                                                      : NULL;
    if (!d)
        err_set(e, "there is no disk in the drive");
    return d;
}

bool pc_drive_export(struct pc *pc, unsigned place, int fd, struct err *e)
{
    struct disk *d = disk_at(pc, place, e);
    return d && disk_export(d, fd, e);
}

bool pc_drive_let_go(struct pc *pc, unsigned place, struct err *e)
{
    struct disk *d = disk_at(pc, place, e);
    return d && disk_let_go(d, e);
}

bool pc_drive_take_up(struct pc *pc, unsigned place, const char *overlay, struct err *e)
{
    struct disk *d = disk_at(pc, place, e);
    return d && disk_take_up(d, overlay, e);
}

bool pc_drive_look(struct pc *pc, unsigned place, u64 *shown, u64 *now)
{
    struct disk *d = disk_at(pc, place, NULL);
    return d && disk_folder_look(d, shown, now);
}

/* A diskette or a removable disk comes out and goes in again, which its drive notices. */
bool pc_drive_renew(struct pc *pc, unsigned place, u32 *opening, enum renewed *how, struct err *e)
{
    *how = RENEW_NOT;
    struct disk *d = disk_at(pc, place, e);
    unsigned i = place - VM_FLOPPIES;
    bool hard = d && place >= VM_FLOPPIES;
    struct ata_unit *u = hard ? ide_removable(pc->ide, i / 2, i % 2) : NULL;
    struct usb_disk *usb = hard ? pc_usb_disk(pc, i) : NULL;
    if ((u && u->atapi->locked) || (usb && usb->locked))
        return err_set(e, "the guest has locked the disk in hd%c; it has to unmount it first",
                       'a' + (int)i);
    bool ok = d && disk_renew(d, opening, how, e);
    if (*how == RENEWED && place < VM_FLOPPIES)
        fdc_insert(pc->fdc, place, fdc_eject(pc->fdc, place));
    if (*how == RENEWED && u)
        atapi_disk_changed(u);
    if (*how == RENEWED && usb)
        usb_disk_changed(usb);
    return ok;
}

bool pc_usb_disk_plug(struct pc *pc, unsigned i, bool in, struct err *e)
{
    struct usb_disk *u = i < VM_DISKS ? pc_usb_disk(pc, i) : NULL;
    if (!u)
        return err_set(e, "hd%c is no USB stick (-device usb-disk,disk=hd%c)", 'a' + (int)(i % 26),
                       'a' + (int)(i % 26));
    if (usb_disk_plugged(u) == in)
        return err_set(e, in ? "the stick is plugged in already" : "the stick is not plugged in");
    usb_disk_plug(u, in);
    return true;
}

void pc_drive_lose(struct pc *pc, unsigned place)
{
    struct disk *d = disk_at(pc, place, NULL);
    if (d)
        disk_lose(d);
}

bool pc_flush_drives(struct pc *pc, struct err *e)
{
    for (unsigned place = 0; place < VM_FLOPPIES + VM_DISKS; place++) {
        struct disk *d = disk_at(pc, place, NULL);
        if (d && !disk_flush(d))
            return err_set(e, "%s: what the guest wrote cannot be written", disk_name(d));
    }
    return true;
}

bool pc_floppy_protect(struct pc *pc, unsigned drive, bool on, struct err *e)
{
    const struct disk *d = drive < VM_FLOPPIES ? pc->fdc->drive[drive].disk : NULL;
    if (!d)
        return err_set(e, "there is no diskette in drive %c:", 'A' + (int)(drive % 26));
    if (!on && disk_read_only(d))
        return err_set(e,
                       "%s: the file was opened for reading only; insert it again once it may be "
                       "written",
                       disk_name(d));
    fdc_protect(pc->fdc, drive, on);
    return true;
}
