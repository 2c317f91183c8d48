/*
 * inflate.c - DEFLATE by zlib. See inflate.h.
 */
#include "frontend/archive/inflate.h"

#ifdef HAVE_ZLIB

#include <zlib.h>

bool inflate_there(void)
{
    return true;
}

bool inflate_bytes(const u8 *in, size_t size, u8 *out, size_t out_size)
{
    enum { RAW = -15 }; /* no header: the archive has its own */
    u8 nothing;
    z_stream s = {.next_in = (u8 *)(uintptr_t)in, .next_out = out_size ? out : &nothing};
    if (size > UINT32_MAX || out_size > UINT32_MAX)
        return false;
    s.avail_in = (uInt)size;
    s.avail_out = (uInt)out_size;
    if (inflateInit2(&s, RAW) != Z_OK)
        return false;
    bool whole = inflate(&s, Z_FINISH) == Z_STREAM_END && s.total_out == out_size;
    inflateEnd(&s);
    return whole;
}

#else

bool inflate_there(void)
{
    return false;
}

bool inflate_bytes(const u8 *in, size_t size, u8 *out, size_t out_size)
{
    (void)in;
    (void)size;
    (void)out;
    (void)out_size;
    return false;
}

#endif
