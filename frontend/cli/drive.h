/*
 * drive.h - the value of -drive: "file=F,if=ide|floppy,index=N,media=disk|cdrom,overlay=O,...".
 */
#ifndef FERRITE_DRIVE_H
#define FERRITE_DRIVE_H

#include "hw/machine/vm.h"

/* What one drive gets; file NULL: nothing. */
struct drive {
    const char *file, *overlay;
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

bool drive_parse(struct drives *d, const char *value, struct err *e);

#endif
