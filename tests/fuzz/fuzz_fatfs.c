/*
 * fuzz_fatfs.c - the FAT of an image, read and written from outside (hw/storage/fatfs.h): whatever
 * is on it, it is refused with a reason or comes to an end.
 *
 * The input: a shape, then the first sectors of the image, then what is done.
 */
#include "hw/storage/fat_format.h"
#include "hw/storage/fatfs.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTORS = 2880 };

struct reading {
    u64 bytes;
    unsigned depth;
    struct fatfs *fs;
};

static void check(bool ok, const struct err *e)
{
    if (!ok && !e->text[0])
        abort(); /* no reason given */
}

static int count(void *opaque, const void *bytes, size_t size)
{
    struct reading *r = opaque;
    (void)bytes;
    r->bytes += size;
    return r->bytes > (u64)SECTORS * FAT_SECTOR * 4 ? 28 : 0;
}

static int zeros(void *opaque, void *bytes, size_t size)
{
    (void)opaque;
    memset(bytes, 0, size);
    return 0;
}

static bool visit(void *opaque, const struct fatfs_entry *e)
{
    struct reading *r = opaque;
    struct err why = {""};
    if (strchr(e->name, '/') || !strlen(e->name))
        abort(); /* no name that a host could have */
    if (!fatfs_is_folder(e)) {
        check(fatfs_read(r->fs, e, count, r, &why), &why);
    } else if (r->depth < 3) {
        r->depth++;
        check(fatfs_list(r->fs, e, visit, r, &why), &why);
        r->depth--;
    }
    return r->bytes < (u64)SECTORS * FAT_SECTOR * 4;
}

static void use(struct fatfs *f, struct choices *c)
{
    struct err e = {""};
    struct fatfs_entry root, made;
    struct reading r = {.fs = f};
    struct tree_time time = {0, 0};
    check(fatfs_find(f, "", &root, &e), &e);
    check(fatfs_list(f, &root, visit, &r, &e), &e);
    char name[] = "a file with a long name 0";
    for (unsigned i = 0; i < 4 && choices_left(c); i++) {
        u32 size = choose8(c) * 300u;
        name[sizeof(name) - 2] = (char)('0' + i);
        check(fatfs_write(f, &root, choose8(c) & 1 ? "A.TXT" : name, size, time, zeros, NULL, &e),
              &e);
        if (fatfs_make_folder(f, &root, choose8(c) & 1 ? "B" : "folder", time, &made, &e))
            check(fatfs_write(f, &made, "C", 7, time, zeros, NULL, &e), &e);
    }
    fatfs_free_clusters(f);
    check(fatfs_close(f, &e), &e);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct err e = {""};
    struct fat_format format = {.bytes = (u64)SECTORS * FAT_SECTOR};
    char path[] = "/tmp/ferrite-fuzz-fat-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || !fat_format(fd, &format, path, &e))
        abort();
    for (unsigned n = choose8(&c); n && choices_left(&c); n--) { /* damage, mostly in front */
        u8 byte[2] = {choose8(&c), choose8(&c)};
        u32 at = choose16(&c) % (byte[1] & 1 ? 512 : 32768);
        if (pwrite(fd, byte, 1, at) != 1)
            abort();
    }
    struct media m = {.path = path, .raw = true};
    struct disk *d = disk_open(&m, DISK_HARD, false, NULL, &e);
    struct fatfs *f = d ? fatfs_open(d, choose8(&c) % 3, &e) : NULL;
    check(f, &e);
    if (f)
        use(f, &c);
    char note[200];
    if (d && choose8(&c) & 1) {
        FILE *to = tmpfile();
        if (to) {
            check(fat_resize(d, fileno(to), (u64)choose16(&c) * 512, note, sizeof(note), &e), &e);
            fclose(to);
        }
    }
    disk_close(d, NULL);
    close(fd);
    unlink(path);
    return 0;
}
