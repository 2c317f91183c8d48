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
#include "hw/base/state_stream.h"

#include "hw/base/crc32.h"
#include "hw/base/hash.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FORMAT_VERSION = 1,
    HEADER_SIZE = STATE_HEADER,
};

static const u8 magic[8] = {'F', 'E', 'R', 'R', 'I', 'T', 'E', 0x1a};

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
    if (crc32_of(0, file + HEADER_SIZE, body) != get_le32(file + 20)) {
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

void state_tell(struct state *s, enum tag tag, const char *name, const void *v, unsigned width,
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

void state_digest_appended(struct state *s)
{
    s->digest = hash_bytes(s->digest, s->out, s->size);
    s->size = 0;
}

u64 state_digest(struct state *s)
{
    assert(s->digesting && (s->failed || s->depth == 0));
    state_digest_appended(s);
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
    put_le32(s->out + 20, crc32_of(0, s->out + HEADER_SIZE, body));
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

u8 *state_append(struct state *s, size_t len)
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

const u8 *state_take(struct state *s, size_t len)
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
            state_digest_appended(s);
        u8 *p = state_append(s, 2 + len);
        if (!p)
            return false;
        p[0] = (u8)tag;
        p[1] = (u8)len;
        memcpy(p + 2, name, len);
        return true;
    }
    const u8 *p = state_take(s, 2);
    if (!p)
        return false;
    u8 found_tag = p[0], found_len = p[1];
    const u8 *found = state_take(s, found_len);
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
bool state_field(struct state *s, enum tag tag, const char *name, u64 count)
{
    if (!record(s, tag, name))
        return false;
    if (!s->loading) {
        u8 *p = state_append(s, 8);
        if (p)
            put_le64(p, count);
        return p != NULL;
    }
    const u8 *p = state_take(s, 8);
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
        u8 *p = state_append(s, 4);
        if (p)
            put_le32(p, stored);
        return version;
    }
    const u8 *p = state_take(s, 4);
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
        state_tell(s, tag, name, v, width, count);
        return;
    }
    if (!state_field(s, tag, name, count))
        return;
    u8 *mem = v;
    if (!s->loading) {
        u8 *p = state_append(s, width * count);
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
    const u8 *p = state_take(s, width * count);
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
