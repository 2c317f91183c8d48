/*
 * cdrom_image.h - an image file as a data CD: blocks of 2048 bytes, and what lies around them on
 * the disc (addresses in minutes, seconds and frames; sync, header, EDC and ECC of raw sectors).
 */
#ifndef FERRITE_CDROM_IMAGE_H
#define FERRITE_CDROM_IMAGE_H

#include "hw/storage/disk.h"

enum { CD_BLOCK = 2048, CD_RAW = 2352, CD_PREGAP = 150, CD_FRAMES = 75 };

/* Whole blocks on the disc. What a truncated image has behind the last one does not count. */
u32 cd_blocks(const struct disk *d);
/* false: outside of the disc, or the host cannot read the image. */
bool cd_read(struct disk *d, u32 lba, u32 count, u8 *buf);

/* A Mode 1 sector as it lies on the disc: raw[16..2063] is the block and has been filled in. */
void cd_raw_sector(u32 lba, u8 raw[CD_RAW]);

/* Minute, second, frame of a block; false and back: no such address. */
void cd_msf(u32 lba, u8 msf[3]);
bool cd_from_msf(const u8 msf[3], u32 *lba);

#endif
