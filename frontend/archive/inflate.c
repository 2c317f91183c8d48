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

enum { RAW = -15 }; /* no header: the archive has its own */

size_t deflate_bytes(const u8 *in, size_t size, u8 *out, size_t room)
{
    enum { QUICK = 1, MEMORY = 8 };
    z_stream s = {.next_in = (u8 *)(uintptr_t)in, .next_out = out};
    if (size > UINT32_MAX || room > UINT32_MAX ||
        deflateInit2(&s, QUICK, Z_DEFLATED, RAW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    s.avail_in = (uInt)size;
    s.avail_out = (uInt)(room < size ? room : size);
    bool whole = deflate(&s, Z_FINISH) == Z_STREAM_END && s.total_out < size;
    deflateEnd(&s);
    return whole ? s.total_out : 0;
}

bool inflate_bytes(const u8 *in, size_t size, u8 *out, size_t out_size)
{
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

size_t deflate_bytes(const u8 *in, size_t size, u8 *out, size_t room)
{
    (void)in;
    (void)size;
    (void)out;
    (void)room;
    return 0;
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
