/*
 * machine_media.c - what is in the drives of a command line's machine. See machine_media.h.
 */
#include "frontend/cli/machine_media.h"

#include "frontend/control/media.h"
#include "hw/storage/overlay.h"
#ifdef HAVE_DEMO
#include "images/demo.h"
#endif

#include <stdio.h>
#include <unistd.h>

/* One of -drive. */
static bool open_drive(struct media *m, const struct drive *d, bool floppy, bool snapshot,
                       struct err *e)
{
    if (media_present(m))
        return err_set(e, "-drive %s: %s is in the same place", drive_what(d),
                       m->folder ? m->folder->path : m->path);
    if (d->folder.path) {
        if (snapshot && d->folder.write == FOLDER_LIVE)
            fprintf(stderr,
                    "ferrite: -drive folder=%s,rw=live: with -snapshot the folder stays as it is; "
                    "what the guest writes is gone at the end\n",
                    d->folder.path);
        *m = (struct media){.folder = &d->folder,
                            .overlay = d->overlay,
                            .write_error = d->write_error,
                            .read_error = d->read_error};
        return true;
    }
    /* Behind an overlay or a write-protect tab nothing is written to the file itself. */
    bool apart = snapshot || d->overlay || d->read_only;
    if (floppy ? !media_floppy(m, "-drive", d->file, apart, e)
               : !media_disk(m, "-drive", d->file, apart, e))
        return false;
    m->read_only |= d->read_only;
    m->overlay = d->overlay;
    m->raw = d->raw;
    m->write_error = d->write_error;
    m->read_error = d->read_error;
    /* An overlay that does not exist yet is made; with -snapshot it would stay empty. */
    return !d->overlay || access(d->overlay, F_OK) == 0 || overlay_create(d->overlay, d->file, e);
}

static bool open_drives(struct vm_config *c, const struct drives *d, bool snapshot, struct err *e)
{
    for (unsigned i = 0; i < VM_FLOPPIES; i++) {
        if (drive_used(&d->floppy[i]) &&
            !open_drive(&c->floppy[i], &d->floppy[i], true, snapshot, e))
            return false;
    }
    for (unsigned i = 0; i < VM_DISKS; i++) {
        if (drive_used(&d->disk[i]) && !open_drive(&c->disk[i], &d->disk[i], false, snapshot, e))
            return false;
    }
    if (d->cdrom.file && c->cdrom.path)
        return err_set(e, "-drive file=%s: there is one CD-ROM drive, and %s is in it",
                       d->cdrom.file, c->cdrom.path);
    if (d->cdrom.file && !media_cd(&c->cdrom, "-drive", d->cdrom.file, e))
        return false;
    c->cdrom.raw |= d->cdrom.raw;
    if (d->cdrom.file)
        c->cdrom.read_error = d->cdrom.read_error;
    if (c->cdrom.path && media_present(&c->disk[2]))
        return err_set(e, "a CD and a hard disk in the same place (secondary master); put the disk "
                          "elsewhere, with -hdb or -hdd");
    return true;
}

bool machine_open_media(struct vm_config *c, const struct options *o, struct err *e)
{
    static const char *const fd[] = {"-fda", "-fdb"}, *const hd[] = {"-hda", "-hdb", "-hdc",
                                                                     "-hdd"};
    bool any = o->kernel != NULL || o->cdrom != NULL || o->drives.used;

    if ((o->append || o->initrd) && !o->kernel)
        return err_set(e, "%s wants a -kernel", o->append ? "-append" : "-initrd");
    for (unsigned i = 0; i < VM_FLOPPIES; i++) {
        if (o->floppy[i] && !media_floppy(&c->floppy[i], fd[i], o->floppy[i], o->snapshot, e))
            return false;
        any |= o->floppy[i] != NULL;
    }
    for (unsigned i = 0; i < VM_DISKS; i++) {
        if (o->disk[i] && !media_disk(&c->disk[i], hd[i], o->disk[i], o->snapshot, e))
            return false;
        any |= o->disk[i] != NULL;
    }
    if (media_present(&o->made_floppy)) {
        if (c->floppy[0].path)
            return err_set(e, "-fda %s: there is a diskette already", o->floppy[0]);
        c->floppy[0] = o->made_floppy;
        any = true;
    }
    for (unsigned i = 0; i < VM_DISKS; i++) {
        if (!media_present(&o->made_disk[i]))
            continue;
        if (c->disk[i].path)
            return err_set(e, "%s %s: there is a disk already", hd[i], o->disk[i]);
        c->disk[i] = o->made_disk[i];
        any = true;
    }
    if (o->cdrom && !media_cd(&c->cdrom, "-cdrom", o->cdrom, e))
        return false;
    if (!open_drives(c, &o->drives, o->snapshot, e))
        return false;
#ifdef HAVE_DEMO
    if (!any)
        c->floppy[0] = (struct media){.bytes = demo_floppy, .size = demo_floppy_size};
#else
    (void)any;
#endif
    for (unsigned i = 0; i < VM_FLOPPIES; i++)
        c->floppy[i].snapshot_memory = o->snapshot_memory;
    for (unsigned i = 0; i < VM_DISKS; i++)
        c->disk[i].snapshot_memory = o->snapshot_memory;
    return (!o->kernel || media_readable("-kernel", o->kernel, e)) &&
           (!o->bios || media_readable("-bios", o->bios, e)) &&
           (!o->vga_bios || media_readable("-vgabios", o->vga_bios, e));
}
