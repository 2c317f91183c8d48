/*
 * inflate.h - what DEFLATE (RFC 1951) has packed, as in a zip; and packing with it.
 */
#ifndef FERRITE_INFLATE_H
#define FERRITE_INFLATE_H

#include "hw/base/types.h"

/* Was the program built with zlib? Else nothing unpacks. */
bool inflate_there(void);

/*
 * Unpack `size` bytes at `in` into exactly `out_size` bytes at `out`. false: the stream is damaged,
 * ends early, or holds more or fewer bytes than that. Any input is safe.
 */
bool inflate_bytes(const u8 *in, size_t size, u8 *out, size_t out_size);

/* Pack, quickly. How many bytes; 0: not fewer than `size` and at most `room`, or built without. */
size_t deflate_bytes(const u8 *in, size_t size, u8 *out, size_t room);

#endif
