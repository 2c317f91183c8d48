/*
 * fuzz_overlay.c - overlay files with any header and table, most of them with a right checksum:
 * opened, looked at, read, written, committed, discarded.
 */
#include "tests/fuzz/fuzz.h"

#include "hw/base/crc32.h"
#include "hw/storage/disk.h"
#include "hw/storage/overlay.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTORS = 300, HEADER = 4096 };

static void make_base(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, SECTORS * SECTOR_SIZE) != 0)
        abort();
    close(fd);
}

/* Change header and table, put the checksum right unless the input says otherwise. */
static void damage(const char *path, struct choices *c)
{
    u8 h[HEADER + 64];
    int fd = open(path, O_RDWR);
    if (fd < 0 || pread(fd, h, sizeof(h), 0) != (ssize_t)sizeof(h))
        abort();
    u8 flags = choose8(c);
    for (unsigned n = choose8(c) % 6; n; n--) {
        u8 where = choose8(c);
        unsigned at = where < 0x60 ? where : where < 0xa0 ? HEADER + (where & 63u) : where * 16u;
        h[at % sizeof(h)] = choose8(c);
    }
    if (flags & 7) {
        u32 old = get_le32(h + 16) == 1; /* version 1 had it at the end */
        put_le32(h + 56, 0);
        put_le32(h + (old ? HEADER - 4 : 56), crc32_of(0, h, HEADER - 4));
    }
    if (pwrite(fd, h, sizeof(h), 0) != (ssize_t)sizeof(h) ||
        (flags & 0x80 && ftruncate(fd, choose32(c) % 300000) != 0))
        abort();
    close(fd);
}

static void use(const char *base, const char *path, struct choices *c)
{
    u8 buf[9 * SECTOR_SIZE];
    struct media m = {.path = base, .overlay = path};
    struct disk *d = disk_open(&m, DISK_HARD, choose8(c) & 1, NULL, NULL);
    if (d && disk_sectors(d) != SECTORS)
        abort();
    memset(buf, 0x5a, sizeof(buf));
    for (int n = choose8(c) % 16; d && n; n--) {
        u32 sector = choose32(c) % (SECTORS + 4), count = choose8(c) % 10;
        if (choose8(c) & 1)
            disk_read(d, sector, count, buf);
        else
            disk_write(d, sector, count, buf);
    }
    disk_close(d, NULL);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    char base[64], path[64];
    struct overlay_info info;
    /* Every header is synced: in memory, where there is such a file system. */
    const char *dir = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(base, sizeof(base), "%s/ferrite-fuzz-%d.base", dir, (int)getpid());
    snprintf(path, sizeof(path), "%s/ferrite-fuzz-%d.over", dir, (int)getpid());
    unlink(path);
    make_base(base);
    if (!overlay_create(path, base, NULL))
        abort();
    use(base, path, &c);
    damage(path, &c);
    while (choices_left(&c)) {
        switch (choose8(&c) & 7) {
        case 0:
            if (overlay_info(path, &info, NULL) && info.disk_bytes % SECTOR_SIZE)
                abort();
            break;
        case 1:
            overlay_commit(path, &info, NULL);
            break;
        case 3:
            /* What was repaired is whole. */
            if (overlay_check(path, true, &info, NULL) &&
                (!overlay_check(path, false, &info, NULL) || info.missing || info.shared))
                abort();
            break;
        case 2:
            overlay_discard(path, NULL);
            break;
        default:
            use(base, path, &c);
            break;
        }
    }
    unlink(path);
    unlink(base);
    return 0;
}
