/*
 * folder_watch.c - see folder_watch.h.
 *
 * A folder is taken as changed when two looks have found the same and something else than is shown,
 * so that nobody sees a half-copied file list, and while the guest lets the drive alone. What the
 * guest itself writes (rw=live) reaches the files a while later; that is no change.
 */
#include "frontend/cli/folder_watch.h"

#include <stdio.h>
#include <string.h>

#define EVERY 1.0 /* seconds */
enum { OWN_LOOKS = 3 };

static void change(struct control *c, unsigned place, struct watched *d, const char *name)
{
    char text[300];
    struct err e;
    u64 now;
    bool ok = vm_drive_renew(c->vm, place, &e);
    char drive[20];
    bool diskette = place < VM_FLOPPIES;
    snprintf(drive, sizeof(drive), diskette ? "%c:" : "hd%c",
             (diskette ? 'A' + (int)place : 'a' + (int)(place - VM_FLOPPIES)));
    d->known = ok && vm_drive_look(c->vm, place, &d->base, &now);
    if (ok)
        snprintf(text, sizeof(text), "%.200s has changed, and with it the %s in %s", name,
                 diskette ? "diskette" : "disk", drive);
    else
        snprintf(text, sizeof(text), "%s: %.250s", drive, e.text);
    if (c->notice)
        c->notice(c->opaque, text);
}

static void look(struct control *c, unsigned place, struct watched *d)
{
    struct vm_drive drive;
    u64 shown, now;
    /* A hard disk cannot tell the guest. */
    if (!vm_drive(c->vm, place, &drive) || (place >= VM_FLOPPIES && !drive.format[0]) ||
        !vm_drive_look(c->vm, place, &shown, &now)) {
        d->known = false;
        return;
    }
    bool quiet = drive.read == d->read && drive.written == d->written && !drive.locked;
    if (!d->known) {
        *d = (struct watched){.base = shown, .last = now, .known = true};
    } else {
        if (drive.written != d->written)
            d->own = OWN_LOOKS;
        if (d->own) {
            d->own--;
            d->base = now;
        } else if (now != d->base && now == d->last && quiet) {
            change(c, place, d, drive.medium);
            vm_drive(c->vm, place, &drive);
        }
        d->last = now;
    }
    d->read = drive.read;
    d->written = drive.written;
}

void folder_watch_look(struct folder_watch *w, struct control *c, double now)
{
    if (now < w->next)
        return;
    w->next = now + EVERY;
    for (unsigned place = 0; place < VM_FLOPPIES + VM_DISKS; place++)
        look(c, place, &w->drive[place]);
}
