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
    d->known = ok && vm_drive_look(c->vm, place, &d->base, &now);
    if (ok)
        snprintf(text, sizeof(text), "%.200s has changed, and with it the diskette in %c:", name,
                 'A' + (int)place);
    else
        snprintf(text, sizeof(text), "%c: %.250s", 'A' + (int)place, e.text);
    if (c->notice)
        c->notice(c->opaque, text);
}

static void look(struct control *c, unsigned place, struct watched *d)
{
    struct vm_drive drive;
    u64 shown, now;
    if (!vm_drive(c->vm, place, &drive) || !vm_drive_look(c->vm, place, &shown, &now)) {
        d->known = false;
        return;
    }
    bool quiet = drive.read == d->read && drive.written == d->written;
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
    for (unsigned place = 0; place < VM_FLOPPIES; place++)
        look(c, place, &w->drive[place]);
}
