/*
 * state.c - the snapshot stream. See state.h for how a device uses it and for the file's frame.
 *
 * Body: a sequence of records, each starting with one tag byte.
 *   TAG_BEGIN  name, u32 version           a chunk opens (chunks may nest)
 *   TAG_END                                the innermost chunk closes
 *   other tag  name, u64 count, data       a field; the tag is its element type
 * A name is a length byte and that many characters. All numbers are little-endian.
 *
 * Loading never trusts the file: it is divided into its outermost chunks at once (the index), and
 * each of them is read strictly in the order in which a device asks, never past its end; each
 * record must carry the tag, name and count that the device expects, and nothing is allocated by
 * a size that the file gives. The CRC finds damage; the checks here find files made on purpose.
 */
#include "hw/base/state.h"
#include "hw/base/state_look.h"

#include "hw/base/hash.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

enum {
    FORMAT_VERSION = 1,
    HEADER_SIZE = STATE_HEADER,
    MAX_DEPTH = 8,
    MAX_NAME = STATE_NAME - 1,
    MAX_CHUNKS = 256, /* outermost ones */
    PAGE = 4096,
};

static const u8 magic[8] = {'F', 'E', 'R', 'R', 'I', 'T', 'E', 0x1a};

enum tag {
    TAG_BEGIN = 0xB0,
    TAG_END = 0xE0,
    TAG_BOOL = 1,
    TAG_U8,
    TAG_U16,
    TAG_U32,
    TAG_U64,
    TAG_S32,
    TAG_S64,
    TAG_BYTES,
    TAG_MEMORY,
    TAG_SAME,
};

enum packing { PACK_NONE, PACK_DEFLATE };

struct state {
    bool loading;
    bool failed;
    char error[256];
    char chunk[MAX_DEPTH][MAX_NAME + 1]; /* names of the open chunks, for messages */
    u32 version[MAX_DEPTH];              /* of the open chunks: as found, or as saved */
    unsigned depth;
    const atomic_bool *cancel;         /* NULL: nobody cancels */
    const struct state_keeper *keeper; /* NULL: all is in the stream */
    /* Saving. */
    u8 *out;
    size_t size, capacity;
    /* Saving into a hash: `out` holds what is not in it yet. */
    bool digesting;
    u64 digest;
    const struct state_eye *eye; /* what would be saved is told; NULL: it is saved */
    /* Loading: what may be read now, and all. */
    const u8 *in, *end, *body_end;
    struct {
        const u8 *from, *to;
        bool read;
    } index[MAX_CHUNKS];
    unsigned chunks;
};

static u32 checksum(const u8 *p, size_t len)
{
#ifdef HAVE_ZLIB
    uLong crc = crc32(0, NULL, 0);
    while (len) {
        uInt part = len > 1u << 30 ? 1u << 30 : (uInt)len;
        crc = crc32(crc, p, part);
        p += part;
        len -= part;
    }
    return (u32)crc;
#else
    u32 table[256];
    for (u32 i = 0; i < 256; i++) {
        u32 r = i;
        for (int k = 0; k < 8; k++)
            r = r >> 1 ^ (r & 1 ? 0xEDB88320u : 0);
        table[i] = r;
    }
    u32 crc = ~0u;
    while (len--)
        crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
    return ~crc;
#endif
}

/* ---- life ---- */

struct state *state_new_save(void)
{
    struct state *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->capacity = 64 * 1024;
    s->size = HEADER_SIZE;
    s->out = calloc(1, s->capacity);
    if (!s->out) {
        free(s);
        return NULL;
    }
    return s;
}

bool state_check_head(const void *head, size_t have, u64 size, struct err *e)
{
    const u8 *file = head;
    if (have < sizeof(magic) || memcmp(file, magic, sizeof(magic)) != 0)
        return err_set(e, "not a Ferrite snapshot");
    if (have < HEADER_SIZE)
        return err_set(e, "snapshot is truncated: %zu bytes are no whole header", have);
    u32 version = get_le32(file + 8);
    u64 body = get_le64(file + 12);
    if (version != FORMAT_VERSION)
        return err_set(e, "snapshot has format %u, this program reads format %u", version,
                       FORMAT_VERSION);
    if (body != size - HEADER_SIZE)
        return err_set(e, "snapshot is %s: its header promises %llu bytes, %llu are there",
                       body > size - HEADER_SIZE ? "truncated" : "damaged",
                       (unsigned long long)body, (unsigned long long)(size - HEADER_SIZE));
    return true;
}

/* Bytes behind the head of a record (tag, name) at p; false when the file ends before. */
static bool record_size(const u8 *p, size_t room, u8 tag, u64 *size)
{
    static const u8 width[] = {
        [TAG_BOOL] = 1, [TAG_U8] = 1,  [TAG_U16] = 2,   [TAG_U32] = 4,    [TAG_U64] = 8,
        [TAG_S32] = 4,  [TAG_S64] = 8, [TAG_BYTES] = 1, [TAG_MEMORY] = 0, [TAG_SAME] = 8};
    if (tag == TAG_BEGIN || tag == TAG_END) {
        *size = tag == TAG_BEGIN ? 4 : 0;
        return *size <= room;
    }
    if (tag == 0 || tag >= ARRAY_SIZE(width) || room < 8)
        return false;
    u64 count = get_le64(p);
    if (tag != TAG_MEMORY) {
        *size = 8 + count * width[tag];
        return count <= room && *size <= room;
    }
    if (room < 12)
        return false;
    u64 index = 4 * (u64)get_le32(p + 8); /* page numbers; then packing and length */
    if (12 + index + 9 > room)
        return false;
    u64 packed = get_le64(p + 12 + index + 1);
    *size = 12 + index + 9 + packed;
    return packed <= room && *size <= room;
}

/* The end of what starts at p: of a field, or of a chunk with all that is in it. NULL: none. */
static const u8 *whole_record(const u8 *p, const u8 *end)
{
    unsigned depth = 0;
    do {
        u64 size;
        if (end - p < 2 || end - p - 2 < p[1])
            return NULL;
        u8 tag = p[0];
        p += 2 + p[1];
        if (!record_size(p, (size_t)(end - p), tag, &size))
            return NULL;
        p += size;
        if (tag == TAG_BEGIN && ++depth > MAX_DEPTH)
            return NULL;
        if (tag == TAG_END && depth-- == 0)
            return NULL;
    } while (depth);
    return p;
}

/* A file that is no sequence of records fails as a stream, when it is read. */
static void make_index(struct state *s)
{
    for (const u8 *p = s->in, *to; p < s->body_end; p = to) {
        to = whole_record(p, s->body_end);
        if (!to || s->chunks == MAX_CHUNKS) {
            state_fail(s, to ? "the snapshot has too many parts" : "the snapshot is damaged");
            return;
        }
        s->index[s->chunks].from = p;
        s->index[s->chunks++].to = to;
    }
}

struct state *state_new_load(const void *bytes, size_t size, struct err *e)
{
    const u8 *file = bytes;
    if (!state_check_head(bytes, size, size, e))
        return NULL;
    size_t body = size - HEADER_SIZE;
    if (checksum(file + HEADER_SIZE, body) != get_le32(file + 20)) {
        err_set(e, "snapshot is damaged: its checksum is wrong");
        return NULL;
    }
    struct state *s = calloc(1, sizeof(*s));
    if (!s) {
        err_set(e, "out of memory");
        return NULL;
    }
    s->loading = true;
    s->in = file + HEADER_SIZE;
    s->end = s->body_end = file + size;
    make_index(s);
    return s;
}

struct state *state_new_digest(void)
{
    struct state *s = state_new_save();
    if (s) {
        s->size = 0;
        s->digesting = true;
        s->digest = HASH_START;
    }
    return s;
}

/* ---- looking (state_look.h) ---- */

struct state *state_new_look(const struct state_eye *eye)
{
    struct state *s = state_new_digest();
    if (s)
        s->eye = eye;
    return s;
}

static void look(struct state *s, enum tag tag, const char *name, const void *v, unsigned width,
                 size_t count)
{
    enum state_seen kind = tag == TAG_BOOL                         ? STATE_SEES_BOOL
                           : tag == TAG_S32 || tag == TAG_S64      ? STATE_SEES_SIGNED
                           : tag == TAG_BYTES || tag == TAG_MEMORY ? STATE_SEES_BYTES
                                                                   : STATE_SEES_NUMBERS;
    if (!s->failed)
        s->eye->field(s->eye->opaque, name, kind, v, width, count);
}

bool state_digesting(const struct state *s)
{
    return s->digesting;
}

static void digest_what_is_there(struct state *s)
{
    s->digest = hash_bytes(s->digest, s->out, s->size);
    s->size = 0;
}

u64 state_digest(struct state *s)
{
    assert(s->digesting && (s->failed || s->depth == 0));
    digest_what_is_there(s);
    return s->digest;
}

const u8 *state_finish(struct state *s, size_t *size)
{
    assert(!s->loading && !s->digesting && (s->failed || s->depth == 0));
    if (s->failed)
        return NULL;
    size_t body = s->size - HEADER_SIZE;
    memcpy(s->out, magic, sizeof(magic));
    put_le32(s->out + 8, FORMAT_VERSION);
    put_le64(s->out + 12, body);
    put_le32(s->out + 20, checksum(s->out + HEADER_SIZE, body));
    *size = s->size;
    return s->out;
}

void state_free(struct state *s)
{
    if (!s)
        return;
    free(s->out);
    free(s);
}

bool state_loading(const struct state *s)
{
    return s->loading;
}

bool state_ok(const struct state *s)
{
    return !s->failed;
}

const char *state_error(const struct state *s)
{
    return s->error;
}

void state_fail(struct state *s, const char *fmt, ...)
{
    if (s->failed) /* the first reason is the true one */
        return;
    s->failed = true;
    size_t n = 0;
    for (unsigned i = 0; i < s->depth && n < sizeof(s->error) / 2; i++)
        n += (size_t)snprintf(s->error + n, sizeof(s->error) - n, "%s: ", s->chunk[i]);
    va_list args;
    va_start(args, fmt);
    vsnprintf(s->error + n, sizeof(s->error) - n, fmt, args);
    va_end(args);
}

/* ---- bytes ---- */

static u8 *append(struct state *s, size_t len)
{
    if (s->failed)
        return NULL;
    if (len > s->capacity - s->size) {
        size_t capacity = s->capacity * 2 > s->size + len ? s->capacity * 2 : s->size + len;
        u8 *out = realloc(s->out, capacity);
        if (!out) {
            state_fail(s, "out of memory");
            return NULL;
        }
        s->out = out;
        s->capacity = capacity;
    }
    u8 *p = s->out + s->size;
    s->size += len;
    return p;
}

static const u8 *take(struct state *s, size_t len)
{
    if (s->failed)
        return NULL;
    if (len > (size_t)(s->end - s->in)) {
        state_fail(s, "the snapshot ends too early");
        return NULL;
    }
    const u8 *p = s->in;
    s->in += len;
    return p;
}

static void printable(char text[MAX_NAME + 1], const u8 *name, size_t len)
{
    size_t n = len < MAX_NAME ? len : MAX_NAME;
    for (size_t i = 0; i < n; i++)
        text[i] = name[i] >= ' ' && name[i] < 127 ? (char)name[i] : '?';
    text[n] = 0;
}

/* The tag and name that start a record. False when the stream has failed. */
static bool record(struct state *s, enum tag tag, const char *name)
{
    size_t len = strlen(name);
    assert(len <= MAX_NAME);
    if (!s->loading) {
        if (s->digesting)
            digest_what_is_there(s);
        u8 *p = append(s, 2 + len);
        if (!p)
            return false;
        p[0] = (u8)tag;
        p[1] = (u8)len;
        memcpy(p + 2, name, len);
        return true;
    }
    const u8 *p = take(s, 2);
    if (!p)
        return false;
    u8 found_tag = p[0], found_len = p[1];
    const u8 *found = take(s, found_len);
    if (!found)
        return false;
    if (found_len != len || memcmp(found, name, len) != 0) {
        char text[MAX_NAME + 1];
        printable(text, found, found_len);
        state_fail(s, "the snapshot has \"%s\" where \"%s\" belongs", text, name);
        return false;
    }
    if (found_tag != tag) {
        state_fail(s, "\"%s\" has type %u, expected %u", name, found_tag, tag);
        return false;
    }
    return true;
}

/* Start of a field: also the element count, which must be the expected one when loading. */
static bool field(struct state *s, enum tag tag, const char *name, u64 count)
{
    if (!record(s, tag, name))
        return false;
    if (!s->loading) {
        u8 *p = append(s, 8);
        if (p)
            put_le64(p, count);
        return p != NULL;
    }
    const u8 *p = take(s, 8);
    if (!p)
        return false;
    if (get_le64(p) != count) {
        state_fail(s, "\"%s\" has %llu elements, expected %llu", name,
                   (unsigned long long)get_le64(p), (unsigned long long)count);
        return false;
    }
    return true;
}

/* ---- chunks ---- */

/* The first one of that name that has not been read; the number of chunks: none. */
static unsigned chunk_named(const struct state *s, const char *name)
{
    size_t len = strlen(name);
    unsigned i = 0;
    for (; i < s->chunks; i++) {
        const u8 *p = s->index[i].from;
        if (!s->index[i].read && p[0] == TAG_BEGIN && p[1] == len && !memcmp(p + 2, name, len))
            break;
    }
    return i;
}

bool state_has(struct state *s, const char *name)
{
    assert(s->loading && (s->failed || s->depth == 0));
    return chunk_named(s, name) < s->chunks;
}

/* From now on only this chunk is read. */
static bool find_chunk(struct state *s, const char *name)
{
    unsigned i = chunk_named(s, name);
    if (i == s->chunks) {
        state_fail(s, "the snapshot has no \"%s\"", name);
        return false;
    }
    s->index[i].read = true;
    s->in = s->index[i].from;
    s->end = s->index[i].to;
    return true;
}

u32 state_begin(struct state *s, const char *name, u32 version)
{
    if (s->failed)
        return version;
    assert(s->depth < MAX_DEPTH);
    if (s->eye) {
        s->version[s->depth++] = version & ~STATE_OPTIONAL;
        s->eye->begin(s->eye->opaque, name);
        return version & ~STATE_OPTIONAL;
    }
    u32 stored = version;
    version &= ~STATE_OPTIONAL;
    if (s->loading && s->depth == 0 && !find_chunk(s, name))
        return version;
    if (!record(s, TAG_BEGIN, name))
        return version;
    s->version[s->depth] = version;
    snprintf(s->chunk[s->depth++], sizeof(s->chunk[0]), "%s", name);
    if (!s->loading) {
        u8 *p = append(s, 4);
        if (p)
            put_le32(p, stored);
        return version;
    }
    const u8 *p = take(s, 4);
    if (!p)
        return version;
    u32 found = get_le32(p) & ~STATE_OPTIONAL;
    if (found == 0 || found > version) {
        state_fail(s, "version %u was saved by a newer program, this one knows %u", found, version);
        return version;
    }
    s->version[s->depth - 1] = found;
    return found;
}

u32 state_version(const struct state *s)
{
    return s->depth ? s->version[s->depth - 1] : 0;
}

void state_end(struct state *s)
{
    if (s->failed)
        return;
    assert(s->depth > 0);
    if (s->eye) {
        s->depth--;
        s->eye->end(s->eye->opaque);
        return;
    }
    record(s, TAG_END, "");
    if (s->failed)
        return;
    if (--s->depth == 0 && s->loading)
        s->end = s->body_end;
}

bool state_unread(struct state *s, unsigned *at, char *name, bool *optional)
{
    for (; *at < s->chunks; (*at)++) {
        const u8 *p = s->index[*at].from;
        if (s->index[*at].read)
            continue;
        printable(name, p + 2, p[1]);
        *optional = p[0] == TAG_BEGIN && get_le32(p + 2 + p[1]) & STATE_OPTIONAL;
        (*at)++;
        return true;
    }
    return false;
}

/* ---- fields ---- */

/* `count` integers of `width` bytes each, in host order in memory. */
static void integers(struct state *s, enum tag tag, const char *name, void *v, unsigned width,
                     size_t count)
{
    if (s->eye) {
        look(s, tag, name, v, width, count);
        return;
    }
    if (!field(s, tag, name, count))
        return;
    u8 *mem = v;
    if (!s->loading) {
        u8 *p = append(s, width * count);
        for (size_t i = 0; p && i < count; i++, p += width, mem += width) {
            if (width == 1)
                *p = *mem;
            else if (width == 2)
                put_le16(p, *(u16 *)(void *)mem);
            else if (width == 4)
                put_le32(p, *(u32 *)(void *)mem);
            else
                put_le64(p, *(u64 *)(void *)mem);
        }
        return;
    }
    const u8 *p = take(s, width * count);
    for (size_t i = 0; p && i < count; i++, p += width, mem += width) {
        if (width == 1)
            *mem = *p;
        else if (width == 2)
            *(u16 *)(void *)mem = get_le16(p);
        else if (width == 4)
            *(u32 *)(void *)mem = get_le32(p);
        else
            *(u64 *)(void *)mem = get_le64(p);
    }
}

void state_bool(struct state *s, const char *name, bool *v)
{
    u8 b = *v;
    integers(s, TAG_BOOL, name, &b, 1, 1);
    if (!s->loading || s->failed)
        return;
    if (b > 1)
        state_fail(s, "\"%s\" is neither true nor false", name);
    else
        *v = b;
}

void state_u8(struct state *s, const char *name, u8 *v)
{
    integers(s, TAG_U8, name, v, 1, 1);
}

void state_u16(struct state *s, const char *name, u16 *v)
{
    integers(s, TAG_U16, name, v, 2, 1);
}

void state_u32(struct state *s, const char *name, u32 *v)
{
    integers(s, TAG_U32, name, v, 4, 1);
}

void state_u64(struct state *s, const char *name, u64 *v)
{
    integers(s, TAG_U64, name, v, 8, 1);
}

void state_s64(struct state *s, const char *name, s64 *v)
{
    integers(s, TAG_S64, name, v, 8, 1);
}

void state_int(struct state *s, const char *name, int *v)
{
    s32 n = *v;
    integers(s, TAG_S32, name, &n, 4, 1);
    *v = n;
}

void state_u16s(struct state *s, const char *name, u16 *v, size_t count)
{
    integers(s, TAG_U16, name, v, 2, count);
}

void state_u32s(struct state *s, const char *name, u32 *v, size_t count)
{
    integers(s, TAG_U32, name, v, 4, count);
}

void state_u64s(struct state *s, const char *name, u64 *v, size_t count)
{
    integers(s, TAG_U64, name, v, 8, count);
}

void state_bytes(struct state *s, const char *name, void *v, size_t size)
{
    integers(s, TAG_BYTES, name, v, 1, size);
}

u64 state_was_u64(struct state *s, const char *name, u64 v)
{
    integers(s, TAG_SAME, name, &v, 8, 1);
    return v;
}

bool state_more(const struct state *s)
{
    return s->loading && !s->failed && s->in < s->end && *s->in != TAG_END;
}

void state_same_u64(struct state *s, const char *name, u64 v)
{
    u64 found = state_was_u64(s, name, v);
    if (s->loading && !s->failed && found != v)
        state_fail(s, "the snapshot was made with %s = %llu, this machine has %llu", name,
                   (unsigned long long)found, (unsigned long long)v);
}

/* ---- large memories ---- */

/*
 * After the field's head (count = size in bytes): u32 number of pages, u32 page index each
 * (ascending), u8 packing, u64 length, that many bytes of page contents.
 */
static size_t page_len(size_t size, size_t page)
{
    return size - page * PAGE < PAGE ? size - page * PAGE : PAGE;
}

static bool all_zero(const u8 *p, size_t len)
{
    static const u8 zeros[PAGE];
    return memcmp(p, zeros, len) ==
           0; /* the C library has it for the processor's widest registers */
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
    if (!append(s, 4))
        return;
    for (size_t i = 0; i < pages; i++) {
        if (i % 256 == 0 && cancelled(s))
            return;
        if (all_zero(mem + i * PAGE, page_len(size, i)))
            continue;
        u8 *p = append(s, 4);
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
    u8 *p = s->failed ? NULL : append(s, 9 + packed_len);
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
static void memory_digest(struct state *s, const u8 *mem, size_t size)
{
    size_t pages = (size + PAGE - 1) / PAGE;
    digest_what_is_there(s);
    for (size_t i = 0; i < pages; i++) {
        if (i % 256 == 0 && cancelled(s))
            return;
        if (all_zero(mem + i * PAGE, page_len(size, i)))
            continue;
        s->digest = hash_u64(s->digest, i);
        s->digest = hash_bytes(s->digest, mem + i * PAGE, page_len(size, i));
    }
}

static void memory_load(struct state *s, const char *name, u8 *mem, size_t size)
{
    size_t pages = (size + PAGE - 1) / PAGE;
    const u8 *p = take(s, 4);
    if (!p)
        return;
    u32 used = get_le32(p);
    if (used > pages) {
        state_fail(s, "\"%s\" has more pages than the memory", name);
        return;
    }
    const u8 *index = take(s, 4 * (size_t)used);
    if (!index)
        return;
    for (u32 n = 0; n < used; n++) {
        u32 i = get_le32(index + 4 * (size_t)n);
        if (i >= pages || (n && i <= get_le32(index + 4 * (size_t)(n - 1)))) {
            state_fail(s, "\"%s\" has a wrong page number", name);
            return;
        }
    }
    p = take(s, 9);
    if (!p)
        return;
    u8 packing = p[0];
    u64 packed_len = get_le64(p + 1);
    if (packed_len > SIZE_MAX) {
        state_fail(s, "\"%s\" is too long", name);
        return;
    }
    const u8 *raw = take(s, (size_t)packed_len);
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
    if (s->keeper) {
        state_same_u64(s, name, size);
        keep_apart(s, name, mem, size);
        return;
    }
    if (s->eye) {
        look(s, TAG_MEMORY, name, NULL, 1, size);
        return;
    }
    if (!field(s, TAG_MEMORY, name, size))
        return;
    if (s->loading)
        memory_load(s, name, mem, size);
    else if (s->digesting)
        memory_digest(s, mem, size);
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
