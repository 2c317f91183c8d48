/*
 * sealed.h - snapshots that were changed by hand, with the length and the checksum they should
 * have.
 */
#ifndef SEALED_H
#define SEALED_H

#include "hw/base/state.h"

static inline u32 crc32_plain(const u8 *p, size_t len)
{
    u32 crc = ~0u;
    while (len--) {
        crc ^= *p++;
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static inline void seal(u8 *file, size_t size)
{
    put_le64(file + 12, size - STATE_HEADER);
    put_le32(file + 20, crc32_plain(file + STATE_HEADER, size - STATE_HEADER));
}

#endif
