/*
 * crc32.c - see crc32.h.
 */
#include "hw/base/crc32.h"
#ifdef HAVE_ZLIB
#include <zlib.h>

/* Several times as fast. */
u32 crc32_of(u32 crc, const u8 *p, size_t n)
{
    return (u32)crc32_z(crc, p, n);
}
#else

u32 crc32_of(u32 crc, const u8 *p, size_t n)
{
    u32 table[16]; /* of half a byte: small enough to be made each time */
    for (u32 i = 0; i < 16; i++) {
        table[i] = i;
        for (int k = 0; k < 4; k++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
    }
    for (crc = ~crc; n; n--) {
        crc ^= *p++;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}
#endif
