/*
 * sha256.h - SHA-256 (FIPS 180-4), by which a file that was fetched is known to be the right one.
 */
#ifndef FERRITE_SHA256_H
#define FERRITE_SHA256_H

#include "hw/base/types.h"

enum { SHA256_BYTES = 32, SHA256_TEXT = 2 * SHA256_BYTES + 1 };

struct sha256 {
    u32 h[8], k[64];
    u64 bytes;
    u8 block[64];
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t size);
void sha256_end(struct sha256 *s, u8 digest[SHA256_BYTES]);
/* Of all these bytes, as 64 digits in lower case. */
void sha256_text(const void *bytes, size_t size, char text[SHA256_TEXT]);

#endif
