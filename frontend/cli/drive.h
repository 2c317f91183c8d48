/*
 * drive.h - the value of -drive: "file=F,if=ide|floppy,index=N,media=disk|cdrom,overlay=O,..." or
 * "folder=DIR,rw=no,fat=auto,size=S,label=L,tz=local,cp=N,max-files=N,removable=on,if=...,index=N".
 */
#ifndef FERRITE_DRIVE_H
#define FERRITE_DRIVE_H

#include "hw/machine/vm.h"
#include "hw/storage/folder/folder.h"

/* What one drive gets; file and folder.path NULL: nothing. */
struct drive {
    const char *file, *overlay;
    struct folder_options folder; /* folder=; path NULL: none */
    bool read_only;
    bool raw;                              /* format=raw: whatever the file looks like */
    enum on_error write_error, read_error; /* werror=, rerror= */
};

enum { DRIVE_TEXT = 4096 };

/* All drives named with -drive. */
struct drives {
    struct drive floppy[VM_FLOPPIES], disk[VM_DISKS], cdrom;
    char text[DRIVE_TEXT]; /* the names live here */
    size_t used;
};

static inline bool drive_used(const struct drive *d)
{
    return d->file || d->folder.path;
}

/* "folder=DIR" or "file=FILE", for messages. */
static inline const char *drive_what(const struct drive *d)
{
    return d->file ? d->file : d->folder.path;
}

/* Keys that go with folder= alone, in this order; a value is NULL if the key is not there. */
enum {
    DRIVE_RW,
    DRIVE_FAT,
    DRIVE_SIZE,
    DRIVE_LABEL,
    DRIVE_TZ,
    DRIVE_CP,
    DRIVE_MAX_FILES,
    DRIVE_REMOVABLE,
    DRIVE_FOLDER_KEYS
};
bool drive_folder(struct folder_options *o, const char *const values[DRIVE_FOLDER_KEYS],
                  struct err *e);

bool drive_parse(struct drives *d, const char *value, struct err *e);

#endif
