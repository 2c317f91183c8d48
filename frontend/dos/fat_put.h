/*
 * fat_put.h - a file into the root of a FAT12 or FAT16 volume, in place of one of that name: how a
 * copy of somebody's boot disk gets our programs.
 */
#ifndef FERRITE_DOS_FAT_PUT_H
#define FERRITE_DOS_FAT_PUT_H

#include "frontend/dos/fat_files.h"

/* Write whole sectors; false: there are none. */
typedef bool fat_write_fn(void *opaque, u64 sector, u32 count, const u8 *buf);

/*
 * `f` was opened; `write` gets f->opaque. false: no such name, no room (in the directory or the
 * volume), a FAT32 volume, or a damaged one. Then the volume may hold a part of the file.
 */
bool fat_put_file(struct fat_files *f, fat_write_fn *write, const char *name, const u8 *bytes,
                  u32 size);

#endif
