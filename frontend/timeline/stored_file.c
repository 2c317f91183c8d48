/*
 * stored_file.c - files within a recorded run. See stored_file.h. Nothing in a record is believed.
 */
#include "frontend/timeline/stored_file.h"

#include "frontend/archive/inflate.h"
#include "frontend/timeline/recording_format.h"
#include "hw/base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stored_piece {
    u64 at;
    u32 size, packed;
    u8 packing;
    u8 *bytes;
};

void stored_free(struct stored_file *f)
{
    for (size_t k = 0; k < f->pieces; k++)
        free(f->piece[k].bytes);
    free(f->piece);
    free(f->path);
}

bool stored_begin(struct stored_file *f, const u8 *record, size_t size)
{
    *f = (struct stored_file){.size = 0};
    if (size <= FILE_HEAD || memchr(record + FILE_HEAD, 0, size - FILE_HEAD))
        return false;
    f->size = get_le64(record);
    memcpy(f->hash, record + 8, sizeof(f->hash));
    f->path = strndup((const char *)record + FILE_HEAD, size - FILE_HEAD);
    return f->path != NULL;
}

bool stored_piece(struct stored_file *f, const u8 *record, size_t size)
{
    if (size < PIECE_HEAD)
        return false;
    struct stored_piece n = {.at = get_le64(record),
                             .size = get_le32(record + 8),
                             .packing = record[12],
                             .packed = (u32)(size - PIECE_HEAD)};
    u64 end = f->pieces ? f->piece[f->pieces - 1].at + f->piece[f->pieces - 1].size : 0;
    if (n.size > PIECE_MOST || n.at < end || n.at > f->size || n.size > f->size - n.at ||
        n.packing > PACKED_DEFLATE || (n.packing == PACKED_NONE && n.packed != n.size))
        return false;
    if (!ARRAY_ROOM(f->piece, f->room, f->pieces + 1))
        return false;
    n.bytes = malloc(n.packed + 1u);
    if (!n.bytes)
        return false;
    memcpy(n.bytes, record + PIECE_HEAD, n.packed);
    f->piece[f->pieces++] = n;
    return true;
}

bool stored_holds(const struct stored_file *f)
{
    return f->pieces != 0;
}

bool stored_is(const struct stored_file *f, const char *name, const char *path, struct err *e)
{
    u8 hash[SHA256_BYTES];
    struct err why;
    u64 size;
    if (!recording_hash_file(path, &size, hash, &why)) {
        char then[2 * SHA256_BYTES + 1];
        for (unsigned i = 0; i < SHA256_BYTES; i++)
            snprintf(then + 2 * i, 3, "%02x", f->hash[i]);
        return err_set(e,
                       "%s: was recorded with a file that is not there: %.400s; it had %llu bytes "
                       "with SHA-256 %s",
                       name, why.text, (unsigned long long)f->size, then);
    }
    if (size == f->size && memcmp(hash, f->hash, sizeof(hash)) == 0)
        return true;
    return err_set(e,
                   "%s: %s is not the file that this was recorded with: then it had %llu bytes "
                   "with SHA-256 %02x%02x%02x%02x..., now %llu with %02x%02x%02x%02x...",
                   name, path, (unsigned long long)f->size, f->hash[0], f->hash[1], f->hash[2],
                   f->hash[3], (unsigned long long)size, hash[0], hash[1], hash[2], hash[3]);
}

static bool write_piece(FILE *f, const struct stored_piece *p)
{
    u8 bytes[PIECE_MOST];
    const u8 *from = p->bytes;
    if (p->packing == PACKED_DEFLATE) {
        if (!inflate_bytes(p->bytes, p->packed, bytes, p->size))
            return false;
        from = bytes;
    }
    return fseeko(f, (off_t)p->at, SEEK_SET) == 0 && fwrite(from, 1, p->size, f) == p->size;
}

bool stored_unpack(const struct stored_file *f, const char *name, const char *path, struct err *e)
{
    FILE *out = fopen(path, "wbxe");
    bool ok = out && ftruncate(fileno(out), (off_t)f->size) == 0;
    for (size_t k = 0; ok && k < f->pieces; k++)
        ok = write_piece(out, &f->piece[k]);
    int error = errno;
    if (out && fclose(out) != 0) {
        ok = false;
        error = errno;
    }
    return ok || err_set(e, "%s: %s cannot be unpacked to %s: %s", name, f->path, path,
                         inflate_there() ? strerror(error) : "this program was built without zlib");
}
