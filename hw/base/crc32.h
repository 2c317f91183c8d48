/*
 * crc32.h - the CRC-32 of zip, PNG and Ethernet (polynomial EDB88320h, reflected).
 */
#ifndef FERRITE_CRC32_H
#define FERRITE_CRC32_H

#include "hw/base/types.h"

/* `crc` is that of the bytes before, 0 at first. */
u32 crc32_of(u32 crc, const u8 *p, size_t n);

#endif
