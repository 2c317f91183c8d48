/*
 * cd_sector.h - what lies around the 2048 bytes of a block on a disc: addresses in minutes, seconds
 * and frames; sync, header, EDC and ECC of raw sectors.
 */
#ifndef FERRITE_CD_SECTOR_H
#define FERRITE_CD_SECTOR_H

#include "hw/storage/disk.h"

enum { CD_BLOCK = 2048, CD_RAW = 2352, CD_PREGAP = 150, CD_FRAMES = 75 };

/* Do these 12 bytes open a raw sector? */
bool cd_has_sync(const u8 *sector);
/* Sync and header of the sector at this block. */
void cd_raw_header(u32 lba, u8 mode, u8 raw[CD_RAW]);
/* A Mode 1 sector as it lies on the disc: raw[16..2063] is the block and has been filled in. */
void cd_raw_sector(u32 lba, u8 raw[CD_RAW]);

/* Minute, second, frame of a block; false and back: no such address. */
void cd_msf(u32 lba, u8 msf[3]);
bool cd_from_msf(const u8 msf[3], u32 *lba);

#endif
