/*
 * state_memory.c - large memories in the snapshot stream. See state.h.
 *
 * After the field's head (count = size in bytes): u32 number of pages that are not zero, u32 page
 * index each (ascending), u8 packing, u64 length, that many bytes of the pages' contents.
 */
#include "hw/base/state_stream.h"

#include "hw/base/hash.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

enum { PAGE = 4096 };
enum packing { PACK_NONE, PACK_DEFLATE };

static size_t page_len(size_t size, size_t page)
{
    return size - page * PAGE < PAGE ? size - page * PAGE : PAGE;
}

static bool all_zero(const u8 *p, size_t len)
{
    static const u8 zeros[PAGE];
    return memcmp(p, zeros, len) == 0; /* done in the widest registers by the C library */
}

void state_cancel_by(struct state *s, const atomic_bool *cancel)
{
    s->cancel = cancel;
}

/* Asked for now and then; the stream has failed when true. */
static bool cancelled(struct state *s)
{
    if (!s->cancel || !atomic_load(s->cancel))
        return false;
    state_fail(s, "interrupted");
    return true;
}

#ifdef HAVE_ZLIB
/* compress2() in pieces. 0: it failed or did not get smaller. */
static size_t deflate_all(struct state *s, u8 *to, size_t room, const u8 *from, size_t len)
{
    enum { PIECE = 1 << 20 };
    z_stream z = {0};
    int status = deflateInit(&z, 1);
    if (status != Z_OK)
        return 0;
    size_t in = 0, out = 0;
    while (status == Z_OK && !cancelled(s)) {
        size_t n = len - in < PIECE ? len - in : PIECE, m = room - out < PIECE ? room - out : PIECE;
        z.next_in = (z_const Bytef *)(uintptr_t)(from + in);
        z.avail_in = (uInt)n;
        z.next_out = to + out;
        z.avail_out = (uInt)m;
        status = deflate(&z, in + n == len ? Z_FINISH : Z_NO_FLUSH);
        in += n - z.avail_in;
        out += m - z.avail_out;
        if (out == room && status != Z_STREAM_END)
            break;
    }
    deflateEnd(&z);
    return status == Z_STREAM_END && out < len ? out : 0;
}
#endif

static void memory_save(struct state *s, const u8 *mem, size_t size)
{
    size_t pages = (size + PAGE - 1) / PAGE;
    u32 used = 0;
    size_t head = s->size;
    if (!state_append(s, 4))
        return;
    for (size_t i = 0; i < pages; i++) {
        if (i % 256 == 0 && cancelled(s))
            return;
        if (all_zero(mem + i * PAGE, page_len(size, i)))
            continue;
        u8 *p = state_append(s, 4);
        if (!p)
            return;
        put_le32(p, (u32)i);
        used++;
    }
    put_le32(s->out + head, used);

    /* The pages one after the other (the last one padded), then packed. */
    size_t raw_len = (size_t)used * PAGE;
    u8 *raw = calloc(1, raw_len ? raw_len : 1);
    if (!raw) {
        state_fail(s, "out of memory");
        return;
    }
    for (u32 n = 0; n < used && !(n % 256 == 0 && cancelled(s)); n++) {
        size_t i = get_le32(s->out + head + 4 + 4 * (size_t)n);
        memcpy(raw + (size_t)n * PAGE, mem + i * PAGE, page_len(size, i));
    }
    u8 packing = PACK_NONE;
    u8 *packed = raw;
    size_t packed_len = raw_len;
#ifdef HAVE_ZLIB
    u8 *room = raw_len ? malloc(raw_len) : NULL;
    size_t deflated = room ? deflate_all(s, room, raw_len, raw, raw_len) : 0;
    if (deflated) {
        packing = PACK_DEFLATE;
        packed = room;
        packed_len = deflated;
    }
#endif
    u8 *p = s->failed ? NULL : state_append(s, 9 + packed_len);
    if (p) {
        p[0] = packing;
        put_le64(p + 1, packed_len);
        memcpy(p + 9, packed, packed_len);
    }
#ifdef HAVE_ZLIB
    free(room);
#endif
    free(raw);
}

/* The same pages, as they are. */
static void memory_digest(struct state *s, const u8 *mem, size_t size, const u8 *blank,
                          const u8 *written)
{
    size_t pages = (size + PAGE - 1) / PAGE;
    state_digest_appended(s);
    for (size_t i = 0; i < pages; i++) {
        if (i % 256 == 0 && cancelled(s))
            return;
        if ((blank && blank[i] && !(written && written[i])) ||
            all_zero(mem + i * PAGE, page_len(size, i)))
            continue;
        s->digest = hash_u64(s->digest, i);
        s->digest = hash_bytes(s->digest, mem + i * PAGE, page_len(size, i));
    }
}

static void memory_load(struct state *s, const char *name, u8 *mem, size_t size)
{
    size_t pages = (size + PAGE - 1) / PAGE;
    const u8 *p = state_take(s, 4);
    if (!p)
        return;
    u32 used = get_le32(p);
    if (used > pages) {
        state_fail(s, "\"%s\" has more pages than the memory", name);
        return;
    }
    const u8 *index = state_take(s, 4 * (size_t)used);
    if (!index)
        return;
    for (u32 n = 0; n < used; n++) {
        u32 i = get_le32(index + 4 * (size_t)n);
        if (i >= pages || (n && i <= get_le32(index + 4 * (size_t)(n - 1)))) {
            state_fail(s, "\"%s\" has a wrong page number", name);
            return;
        }
    }
    p = state_take(s, 9);
    if (!p)
        return;
    u8 packing = p[0];
    u64 packed_len = get_le64(p + 1);
    if (packed_len > SIZE_MAX) {
        state_fail(s, "\"%s\" is too long", name);
        return;
    }
    const u8 *raw = state_take(s, (size_t)packed_len);
    if (!raw)
        return;
    size_t raw_len = (size_t)used * PAGE;
    u8 *room = NULL;
    if (packing == PACK_DEFLATE) {
#ifdef HAVE_ZLIB
        room = malloc(raw_len ? raw_len : 1);
        uLongf got = raw_len;
        if (!room)
            state_fail(s, "out of memory");
        else if (uncompress(room, &got, raw, packed_len) != Z_OK || got != raw_len)
            state_fail(s, "\"%s\" does not unpack", name);
        raw = room;
#else
        state_fail(s, "\"%s\" is compressed and this program was built without zlib", name);
#endif
    } else if (packing != PACK_NONE || packed_len != raw_len) {
        state_fail(s, "\"%s\" has an unknown packing or a wrong length", name);
    }
    if (!s->failed) {
        u32 n = 0;
        for (size_t i = 0; i < pages; i++) {
            u8 *to = mem + i * PAGE;
            size_t len = page_len(size, i);
            if (n < used && get_le32(index + 4 * (size_t)n) == i)
                memcpy(to, raw + (size_t)n++ * PAGE, len);
            else if (!all_zero(to, len)) /* do not touch pages that the host never gave us */
                memset(to, 0, len);
        }
    }
    free(room);
}

void state_apart(struct state *s, const struct state_keeper *keeper)
{
    s->keeper = keeper;
}

static void keep_apart(struct state *s, const char *name, u8 *mem, size_t size)
{
    if (!s->failed && !s->keeper->keep(s->keeper->opaque, s->loading, mem, size))
        state_fail(s, "\"%s\": out of memory", name);
}

void state_memory(struct state *s, const char *name, u8 *mem, size_t size)
{
    state_memory_known(s, name, mem, size, NULL, NULL);
}

void state_memory_known(struct state *s, const char *name, u8 *mem, size_t size, const u8 *blank,
                        const u8 *written)
{
    if (s->keeper) {
        state_same_u64(s, name, size);
        keep_apart(s, name, mem, size);
        return;
    }
    if (s->eye) {
        state_tell(s, TAG_MEMORY, name, NULL, 1, size);
        return;
    }
    if (!state_field(s, TAG_MEMORY, name, size))
        return;
    if (s->loading)
        memory_load(s, name, mem, size);
    else if (s->digesting)
        memory_digest(s, mem, size, blank, written);
    else
        memory_save(s, mem, size);
}

void state_piece(struct state *s, const char *name, void *v, size_t size)
{
    if (!s->keeper)
        state_bytes(s, name, v, size);
    else
        keep_apart(s, name, v, size);
}
