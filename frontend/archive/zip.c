/*
 * zip.c - the central directory and the files of a zip (APPNOTE.TXT 4.3, 4.4). See zip.h.
 *
 * Stored and deflated files are read. Not read, and said so: what is encrypted, PKZIP 1's methods
 * (shrink, reduce, implode), the later ones, ZIP64, archives in several parts.
 *
 * The central directory is believed, not the headers in front of the files; where both give a
 * file's name they may differ, and a reader that takes one here and the other there can be fooled.
 */
#include "frontend/archive/zip.h"

#include "frontend/archive/inflate.h"
#include "hw/base/crc32.h"
#include "hw/storage/folder/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    END_SIZE = 22,
    CENTRAL_SIZE = 46,
    LOCAL_SIZE = 30,
    COMMENT_MAX = 65535,
    ENCRYPTED = 1 << 0,
    UTF8 = 1 << 11,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    MADE_ON_UNIX = 3,
};

/* ---- names ---- */

/* From the archive's bytes to UTF-8 with slashes. false: too long. */
static bool decode_name(const u8 *p, size_t n, bool utf8, char out[ZIP_PATH_MAX])
{
    const struct codepage *cp = codepage_find(437);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        u16 c = p[i];
        if (at + 4 > ZIP_PATH_MAX)
            return false;
        if (c >= 0x80 && !utf8)
            c = codepage_to_unicode(cp, p[i]);
        if (c == '\\') /* by tools of DOS and Windows that do not know better */
            c = '/';
        if (c < 0x80 || utf8) {
            out[at++] = (char)c;
        } else if (c < 0x800) {
            out[at++] = (char)(0xc0 | c >> 6);
            out[at++] = (char)(0x80 | (c & 0x3f));
        } else {
            out[at++] = (char)(0xe0 | c >> 12);
            out[at++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[at++] = (char)(0x80 | (c & 0x3f));
        }
    }
    out[at] = 0;
    return strlen(out) == at; /* a zero within would hide the rest */
}

/* What is wrong with one part of a path; NULL: nothing. */
static const char *bad_part(const char *part, size_t n)
{
    u8 base[8];
    size_t bases = 0;
    if (n == 0)
        return "an absolute or empty name";
    if ((n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
        return "a name that leads out of its folder";
    if (n > NAME_BYTES)
        return "a name of more than 255 bytes";
    if (n >= 2 && part[1] == ':')
        return "a drive's letter";
    for (size_t i = 0; i < n; i++) {
        if ((u8)part[i] < ' ' || part[i] == 0x7f)
            return "a control character in a name";
    }
    /* "con .txt" is the device for DOS, too. */
    for (size_t i = 0; i < n && part[i] != '.' && bases < sizeof(base); i++) {
        char c = part[i];
        if (c != ' ')
            base[bases++] = (u8)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return bases && alias_is_device(base, (unsigned)bases) ? "the name of one of DOS' devices"
                                                           : NULL;
}

static const char *bad_name(const char *name)
{
    for (const char *part = name; *part;) {
        size_t n = strcspn(part, "/");
        const char *bad = bad_part(part, n);
        if (bad)
            return bad;
        part += n + (part[n] == '/');
    }
    return *name ? NULL : "an empty name";
}

/* ---- the directory ---- */

/* Is this its last record, with so many bytes behind it? */
static bool is_end(const u8 *bytes, const u8 *p, size_t behind, bool exactly)
{
    size_t comment = get_le16(p + 20), at = (size_t)(p - bytes);
    u32 directory = get_le32(p + 12);
    if (memcmp(p, "PK\5\6", 4) != 0 || comment > behind)
        return false;
    return exactly ? comment == behind
                   : directory >= CENTRAL_SIZE && directory <= at &&
                         memcmp(p - directory, "PK\1\2", 4) == 0;
}

/*
 * Its last record; NULL: none that fits. What came by a modem has bytes behind it, to a multiple of
 * 128 or 1024 (XMODEM): then the record that does lead to a directory.
 */
static const u8 *find_end(const u8 *bytes, size_t size)
{
    if (size < END_SIZE)
        return NULL;
    size_t first = size > END_SIZE + COMMENT_MAX ? size - END_SIZE - COMMENT_MAX : 0;
    for (int exactly = 1; exactly >= 0; exactly--) {
        for (size_t at = size - END_SIZE + 1; at-- > first;) {
            if (is_end(bytes, bytes + at, size - at - END_SIZE, exactly))
                return bytes + at;
        }
    }
    return NULL;
}

static bool read_entry(struct zip *z, struct zip_entry *x, const u8 *p, const char *archive,
                       u32 before, struct err *e)
{
    char name[ZIP_PATH_MAX];
    u16 name_bytes = get_le16(p + 28);
    *x = (struct zip_entry){
        .flags = get_le16(p + 8),
        .method = get_le16(p + 10),
        .time = get_le16(p + 12),
        .date = get_le16(p + 14),
        .crc = get_le32(p + 16),
        .packed = get_le32(p + 20),
        .size = get_le32(p + 24),
        .header = get_le32(p + 42) + before,
    };
    u32 attributes = get_le32(p + 38);
    if (x->packed == 0xffffffff || x->size == 0xffffffff || get_le32(p + 42) == 0xffffffff)
        return err_set(e, "%s: is a ZIP64 archive, which is not read; unpack it into a folder",
                       archive);
    if (!decode_name(p + CENTRAL_SIZE, name_bytes, x->flags & UTF8, name))
        return err_set(e,
                       "%s: damaged, or made to do harm: file %zu has a name that is too long "
                       "or has a zero in it",
                       archive, z->count + 1);
    const char *bad = bad_name(name);
    if (bad)
        return err_set(e, "%s: refused: \"%.200s\" is %s", archive, name, bad);
    u32 mode = p[5] == MADE_ON_UNIX ? attributes >> 28 : 0;
    if (mode && mode != 8 && mode != 4)
        return err_set(e, "%s: refused: \"%.200s\" is a link or a device", archive, name);
    size_t n = strlen(name);
    x->folder = name[n - 1] == '/';
    if (x->folder)
        name[n - 1] = 0;
    x->read_only = attributes & 1;
    x->hidden = attributes & 2;
    x->name = strdup(name);
    z->total += x->folder ? 0 : x->size;
    return x->name || err_set(e, "%s: out of memory", archive);
}

static int by_name(const void *a, const void *b)
{
    const struct zip_entry *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* One name twice: which one would it be? */
static bool all_different(const struct zip *z, const char *archive, struct err *e)
{
    const struct zip_entry **sorted = calloc(z->count + 1, sizeof(struct zip_entry *));
    if (!sorted)
        return err_set(e, "%s: out of memory", archive);
    for (size_t i = 0; i < z->count; i++)
        sorted[i] = &z->entries[i];
    qsort(sorted, z->count, sizeof(*sorted), by_name);
    bool ok = true;
    for (size_t i = 1; ok && i < z->count; i++) {
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            ok = err_set(e, "%s: refused: \"%.200s\" is in it twice", archive, sorted[i]->name);
    }
    free(sorted);
    return ok;
}

bool zip_open(struct zip *z, const char *name, const u8 *bytes, size_t size, struct err *e)
{
    *z = (struct zip){.bytes = bytes, .size = size};
    const u8 *end = find_end(bytes, size);
    if (!end)
        return err_set(e,
                       "%s: the archive is cut short: its directory, which is at the end, is "
                       "missing",
                       name);
    size_t count = get_le16(end + 10);
    u32 directory = get_le32(end + 12), start = get_le32(end + 16);
    size_t before = (size_t)(end - bytes);
    if (get_le16(end + 4) || get_le16(end + 6) || get_le16(end + 8) != count)
        return err_set(e,
                       "%s: one part of an archive in several, which is not read; unpack it "
                       "into a folder",
                       name);
    if (start == 0xffffffff || count == 0xffff)
        return err_set(e, "%s: is a ZIP64 archive, which is not read; unpack it into a folder",
                       name);
    if (directory > before || start > before - directory)
        return err_set(e, "%s: damaged: its directory does not lie within it", name);
    before -= directory + start; /* what a self-extracting archive has in front */
    const u8 *p = end - directory;
    z->entries = calloc(count + 1, sizeof(*z->entries));
    if (!z->entries)
        return err_set(e, "%s: out of memory", name);
    for (; z->count < count; z->count++) {
        size_t left = (size_t)(end - p);
        size_t record = left >= CENTRAL_SIZE ? CENTRAL_SIZE + (size_t)get_le16(p + 28) +
                                                   get_le16(p + 30) + get_le16(p + 32)
                                             : left + 1;
        bool ok = record <= left && memcmp(p, "PK\1\2", 4) == 0;
        if (!ok)
            err_set(e, "%s: damaged: its directory ends within file %zu of %zu", name, z->count + 1,
                    count);
        if (!ok || !read_entry(z, &z->entries[z->count], p, name, (u32)before, e)) {
            zip_close(z);
            return false;
        }
        p += record;
    }
    if (all_different(z, name, e))
        return true;
    zip_close(z);
    return false;
}

void zip_close(struct zip *z)
{
    for (size_t i = 0; i < z->count; i++)
        free(z->entries[i].name);
    free(z->entries);
    z->entries = NULL;
    z->count = 0;
}

/* ---- files ---- */

size_t zip_find(const struct zip *z, const char *name)
{
    for (size_t i = 0; i < z->count; i++) {
        if (strcasecmp(z->entries[i].name, name) == 0)
            return i;
    }
    return z->count;
}

static const char *method_name(u16 method)
{
    static const char *const old[] = {"stored",  "shrunk",   "reduced",   "reduced",  "reduced",
                                      "reduced", "imploded", "tokenized", "deflated", "deflated64"};
    return method < ARRAY_SIZE(old) ? old[method] : "packed in a way younger than DOS";
}

/* Its bytes within the archive. */
static const u8 *packed_bytes(const struct zip *z, const struct zip_entry *x, struct err *e)
{
    size_t at = x->header;
    if (at <= z->size && z->size - at >= LOCAL_SIZE && memcmp(z->bytes + at, "PK\3\4", 4) == 0) {
        at += LOCAL_SIZE + (size_t)get_le16(z->bytes + at + 26) + get_le16(z->bytes + at + 28);
        if (at <= z->size && z->size - at >= x->packed)
            return z->bytes + at;
    }
    err_set(e, "%s: damaged: its bytes do not lie within the archive", x->name);
    return NULL;
}

u8 *zip_read(const struct zip *z, size_t entry, struct err *e)
{
    const struct zip_entry *x = &z->entries[entry];
    const u8 *packed = packed_bytes(z, x, e);
    if (!packed)
        return NULL;
    if (x->flags & ENCRYPTED) {
        err_set(e, "%s: is encrypted; unpack the archive into a folder first", x->name);
        return NULL;
    }
    if (x->method != METHOD_STORED && x->method != METHOD_DEFLATED) {
        err_set(e, "%s: is %s, which is not read; unpack the archive into a folder: unzip ARCHIVE",
                x->name, method_name(x->method));
        return NULL;
    }
    if (x->method == METHOD_DEFLATED && !inflate_there()) {
        err_set(e,
                "%s: this build of Ferrite has no zlib to unpack it with; unpack the archive into "
                "a folder: unzip ARCHIVE",
                x->name);
        return NULL;
    }
    /* Two bits of DEFLATE make 258 bytes, and nothing makes more: no memory for what cannot be. */
    bool possible =
        x->method == METHOD_STORED ? x->size == x->packed : x->size / 1032 <= (u64)x->packed + 1;
    u8 *bytes = possible ? malloc(x->size + 1ul) : NULL;
    if (possible && !bytes) {
        err_set(e, "%s: out of memory for its %lu bytes", x->name, (unsigned long)x->size);
        return NULL;
    }
    if (possible && x->method == METHOD_STORED)
        memcpy(bytes, packed, x->size);
    else if (possible)
        possible = inflate_bytes(packed, x->packed, bytes, x->size);
    if (possible && crc32_of(0, bytes, x->size) == x->crc)
        return bytes;
    err_set(e, "%s: damaged: %s", x->name,
            possible ? "its checksum is wrong" : "it does not unpack to its size");
    free(bytes);
    return NULL;
}
