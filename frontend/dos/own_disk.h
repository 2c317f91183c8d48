/*
 * own_disk.h - a copy, in memory, of somebody's boot disk, that starts one program with its own DOS
 * and drivers: MS-DOS, PC DOS, DR-DOS, or a FreeDOS that was set up (-keep-config). Nothing of what
 * the guest writes to it is kept; the image is only read.
 */
#ifndef FERRITE_DOS_OWN_DISK_H
#define FERRITE_DOS_OWN_DISK_H

#include "frontend/dos/dos_alias.h"

struct own_disk {
    u8 *bytes;
    size_t size;
    bool floppy;
    char letter;              /* that DOS gives it: A or C */
    char shell[DOS_PATH + 2]; /* "A:\COMMAND.COM" */
    char *autoexec;           /* its AUTOEXEC.BAT; NULL: none */
    u32 autoexec_size;
    bool menu; /* its CONFIG.SYS has a menu, and was left out */
};

/* false + err: no image of a bootable FAT12 or FAT16 disk, or no room on it for FERRITE.COM. */
bool own_disk_make(struct own_disk *d, const char *image, struct err *e);
void own_disk_free(struct own_disk *d);

#endif
