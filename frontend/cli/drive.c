/*
 * drive.c - reading -drive, which says more about a drive than -hda can. See drive.h.
 *
 * As in QEMU, a comma in a file name is written twice.
 */
#include "frontend/cli/drive.h"

#include "hw/base/nearest.h"

#include <stdlib.h>
#include <string.h>

static const char *const keys[] = {
    "file",   "if", "index", "media", "overlay", "readonly", "format", "werror",    "rerror",
    "folder", "rw", "fat",   "size",  "label",   "tz",       "cp",     "max-files", "removable"};
enum {
    FILE_KEY,
    IF_KEY,
    INDEX_KEY,
    MEDIA_KEY,
    OVERLAY_KEY,
    READONLY_KEY,
    FORMAT_KEY,
    WERROR_KEY,
    RERROR_KEY,
    FOLDER_KEY,
    FOLDER_KEYS_AT,
    KEYS = FOLDER_KEYS_AT + DRIVE_FOLDER_KEYS
};

/* The next "key=value" of *p into the pool, commas undone; both NUL-terminated. */
static bool next_pair(struct drives *d, const char **p, char **key, char **value, struct err *e)
{
    *key = d->text + d->used;
    *value = NULL;
    for (; **p; (*p)++) {
        char c = **p;
        if (c == ',') {
            if ((*p)[1] != ',')
                break;
            (*p)++;
        }
        if (d->used + 2 >= DRIVE_TEXT)
            return err_set(e, "-drive: too much text");
        if (c == '=' && !*value) {
            d->text[d->used++] = 0;
            *value = d->text + d->used;
        } else {
            d->text[d->used++] = c;
        }
    }
    d->text[d->used++] = 0;
    if (**p == ',')
        (*p)++;
    if (!*value || !**value)
        return err_set(e, "-drive: \"%.60s\" wants a value: %.60s=...", *key, *key);
    return true;
}

static bool find_key(const char *key, unsigned *which, struct err *e)
{
    for (*which = 0; *which < KEYS; (*which)++) {
        if (strcmp(key, keys[*which]) == 0)
            return true;
    }
    const char *near = nearest_word(key, keys, KEYS);
    return err_set(e,
                   "-drive: there is no \"%.60s\"%s%s; say file or folder, if, index, "
                   "media, overlay, readonly, format, werror, rerror; for a folder rw, fat, size, "
                   "label, tz, cp, max-files, removable",
                   key, near ? "; did you mean " : "", near ? near : "");
}

static bool on_off(const char *value, bool *on, struct err *e)
{
    *on = strcmp(value, "on") == 0;
    return *on || strcmp(value, "off") == 0 ||
           err_set(e, "-drive readonly=%.60s: on or off", value);
}

static bool on_error(const char *key, const char *value, enum on_error *action, struct err *e)
{
    static const char *const names[] = {"report", "stop", "ignore", "enospc"};
    static const enum on_error actions[] = {ON_ERROR_REPORT, ON_ERROR_STOP, ON_ERROR_IGNORE,
                                            ON_ERROR_ENOSPC};
    bool write = strcmp(key, "werror") == 0;
    for (unsigned i = 0; i < ARRAY_SIZE(names) - !write; i++) {
        if (strcmp(value, names[i]) == 0) {
            *action = actions[i];
            return true;
        }
    }
    return err_set(e, "-drive %s=%.60s: say report, stop%s", key, value,
                   write ? ", ignore or enospc (stop when there is no room, else report)"
                         : " or ignore");
}

/* Where it goes: the named place, or the first free one. */
static bool choose(struct drives *d, bool floppy, bool cd, const char *index, struct drive **at,
                   struct err *e)
{
    struct drive *list = floppy ? d->floppy : d->disk;
    int places = floppy ? VM_FLOPPIES : VM_DISKS, n = 0;
    if (index) {
        char *end;
        long v = strtol(index, &end, 10);
        if (end == index || *end || v < 0 || v >= places)
            return err_set(e, "-drive index=%.60s: say 0 to %d", index, places - 1);
        n = (int)v;
    } else if (cd) {
        n = 2;
    } else {
        while (n < places - 1 && drive_used(&list[n]))
            n++;
    }
    if (cd && (floppy || n != 2))
        return err_set(e, "-drive media=cdrom: the CD-ROM drive is if=ide,index=2");
    *at = cd ? &d->cdrom : &list[n];
    return !drive_used(*at) ||
           err_set(e, "-drive: two images for if=%s,index=%d", floppy ? "floppy" : "ide", n);
}

static bool take_folder(struct drive *d, const char *const *given, bool cd, struct err *e)
{
    static const unsigned none[] = {FILE_KEY, READONLY_KEY, FORMAT_KEY};
    d->folder.path = given[FOLDER_KEY];
    if (!d->folder.path) {
        for (unsigned k = FOLDER_KEYS_AT; k < KEYS; k++) {
            if (given[k])
                return err_set(e, "-drive %s=%.60s goes with folder=, not with file=", keys[k],
                               given[k]);
        }
        return true;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(none); i++) {
        if (given[none[i]])
            return err_set(e, "-drive folder=%.200s: %s= goes with file= alone", d->folder.path,
                           keys[none[i]]);
    }
    if (cd)
        return err_set(e,
                       "-drive folder=%.200s: a folder is shown as a hard disk or a diskette, "
                       "not as a CD; leave media=cdrom out",
                       d->folder.path);
    if (!drive_folder(&d->folder, given + FOLDER_KEYS_AT, e))
        return false;
    if (d->folder.removable && given[IF_KEY] && !strcmp(given[IF_KEY], "floppy"))
        return err_set(e, "-drive folder=%.200s: a diskette is removable; leave removable= out",
                       d->folder.path);
    if (d->folder.write == FOLDER_OVERLAY && given[IF_KEY] && !strcmp(given[IF_KEY], "floppy"))
        return err_set(e, "-drive folder=%.200s: a diskette is rw=no or rw=live", d->folder.path);
    if ((d->folder.write == FOLDER_OVERLAY) == (given[OVERLAY_KEY] != NULL))
        return true;
    return err_set(e, "-drive folder=%.200s: rw=overlay and overlay=FILE go together",
                   d->folder.path);
}

bool drive_parse(struct drives *d, const char *value, struct err *e)
{
    const char *given[KEYS] = {NULL};
    struct drive drive = {0}, *at = NULL;
    for (const char *p = value; *p;) {
        char *key, *text;
        unsigned which;
        if (!next_pair(d, &p, &key, &text, e) || !find_key(key, &which, e))
            return false;
        if (given[which])
            return err_set(e, "-drive: %s is said twice", keys[which]);
        given[which] = text;
    }
    drive.file = given[FILE_KEY];
    drive.overlay = given[OVERLAY_KEY];
    const char *kind = given[IF_KEY] ? given[IF_KEY] : "ide";
    const char *media = given[MEDIA_KEY] ? given[MEDIA_KEY] : "disk";
    bool floppy = strcmp(kind, "floppy") == 0, cd = strcmp(media, "cdrom") == 0;
    if (!drive.file && !given[FOLDER_KEY])
        return err_set(e, "-drive wants file=FILE or folder=FOLDER");
    if (!take_folder(&drive, given, cd, e))
        return false;
    if (!floppy && strcmp(kind, "ide") != 0)
        return err_set(e, "-drive if=%.60s: say ide or floppy", kind);
    if (!cd && strcmp(media, "disk") != 0)
        return err_set(e, "-drive media=%.60s: say disk or cdrom", media);
    if (given[FORMAT_KEY] && strcmp(given[FORMAT_KEY], "raw") != 0)
        return err_set(e,
                       "-drive format=%.60s: say raw, or nothing (a fixed VHD is known by itself); "
                       "convert others: qemu-img convert -O raw FILE NEW",
                       given[FORMAT_KEY]);
    drive.raw = given[FORMAT_KEY] != NULL;
    if (given[READONLY_KEY] && !on_off(given[READONLY_KEY], &drive.read_only, e))
        return false;
    if (cd && given[WERROR_KEY])
        return err_set(e, "-drive: a CD is not written to; leave werror=%.60s out",
                       given[WERROR_KEY]);
    for (unsigned k = WERROR_KEY; k <= RERROR_KEY; k++) {
        enum on_error *action = k == WERROR_KEY ? &drive.write_error : &drive.read_error;
        if (given[k] && !on_error(keys[k], given[k], action, e))
            return false;
    }
    if (cd && drive.overlay)
        return err_set(e, "-drive: a CD is not written to; leave overlay=%.60s out", drive.overlay);
    if (!choose(d, floppy, cd, given[INDEX_KEY], &at, e))
        return false;
    *at = drive;
    return true;
}
