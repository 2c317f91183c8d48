/*
 * boot_disk.h - drive C: of `ferrite dos`: a hard disk in memory with a DOS and what starts the
 * program. Made for each run; what the guest writes to it is gone at the end.
 */
#ifndef FERRITE_DOS_BOOT_DISK_H
#define FERRITE_DOS_BOOT_DISK_H

#include "frontend/dos/dos_memory.h"
#include "frontend/dos/dos_source.h"

#define BOOT_DISK_BATCH "BATCH"

struct boot_disk {
    u8 *bytes;
    size_t size;
};

/*
 * Kernel and shell of this DOS, FERRITE.COM, the drivers that `memory` wants, and a FDCONFIG.SYS
 * that starts it. `batch`: a file for the folder BATCH, or NULL. The same input makes the same
 * disk. false + err.
 */
bool boot_disk_make(struct boot_disk *d, const struct dos_source *dos,
                    const struct dos_memory *memory, const struct dos_file *batch, struct err *e);
void boot_disk_free(struct boot_disk *d);

#endif
