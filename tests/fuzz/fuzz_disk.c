/*
 * fuzz_disk.c - image files of any size and content: opened, written, cut short while in use.
 */
#include "tests/fuzz/fuzz.h"

#include "hw/storage/disk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *scratch(void)
{
    static char path[64];
    snprintf(path, sizeof(path), "/tmp/ferrite-fuzz-%d.img", (int)getpid());
    return path;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct media m = {.path = scratch()};
    u8 flags = choose8(&c), buf[9 * SECTOR_SIZE];
    u32 length = choose32(&c) % (3 << 20);
    if (flags & 1)
        length &= ~511u;
    int fd = open(m.path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, length) != 0)
        abort();
    m.read_only = flags & 2;
    struct disk *d = disk_open(&m, flags & 4 ? DISK_FLOPPY : DISK_HARD, flags & 8, NULL, NULL);
    memset(buf, flags, sizeof(buf));
    while (d && choices_left(&c)) {
        u8 what = choose8(&c);
        u64 sector = choose32(&c) % (length / 512 + 4);
        u32 count = what >> 4;
        bool inside = sector + count <= disk_sectors(d);
        count = count > 9 ? 9 : count;
        switch (what & 3) {
        case 0:
            if (disk_read(d, sector, count, buf) && sector + count > disk_sectors(d))
                abort();
            break;
        case 1:
            if (disk_write(d, sector, count, buf) && (!inside && sector + count > disk_sectors(d)))
                abort();
            break;
        case 2:
            if (what < 16) /* it takes the host a while */
                disk_flush(d);
            break;
        case 3:
            if (what & 4 && ftruncate(fd, (off_t)(sector * 300)) != 0)
                abort();
            break;
        }
    }
    disk_close(d, NULL);
    close(fd);
    unlink(m.path);
    return 0;
}
