/*
 * named_file.c - see named_file.h.
 *
 * Whether a disk's image is a floppy's is its size: none of those that our drives take is larger
 * than 2.88 MB, and no hard disk was so small. One that is shorter than any floppy is its
 * beginning, as an assembler makes it: a boot sector, and what it loads.
 */
#include "frontend/named_file.h"

#include "frontend/dos/classify.h"
#include "hw/storage/disk_nbd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LARGEST_FLOPPY = 2880 * 1024,
    SECTOR = 512,
    CD_DESCRIPTOR = 0x8001, /* the standard identifier of the first one, ISO 9660 8.1 */
};

/* By the names that people give to images, where nothing inside says it: a disk not yet formatted.
 */
static bool called_image(const char *path)
{
    static const char *const endings[] = {".img", ".ima", ".flp", ".vfd", ".dsk", ".raw", ".hdd"};
    for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
        if (has_extension(path, endings[i]))
            return true;
    }
    return false;
}

/* "-cdrom", "-fda", "-hda"; NULL: no image. */
static const char *drive_for(const char *path)
{
    u8 boot[SECTOR], mark[5] = {0};
    struct stat st;
    if (has_extension(path, ".iso") || has_extension(path, ".cue"))
        return "-cdrom";
    if (disk_served_format(path))
        return "-hda";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    bool whole = fstat(fd, &st) == 0 && pread(fd, boot, SECTOR, 0) == SECTOR;
    bool cd = pread(fd, mark, sizeof(mark), CD_DESCRIPTOR) == sizeof(mark) &&
              memcmp(mark, "CD001", sizeof(mark)) == 0;
    close(fd);
    if (cd)
        return "-cdrom";
    bool bootable = whole && get_le16(boot + SECTOR - 2) == 0xaa55;
    if (!bootable && !called_image(path))
        return NULL;
    return whole && st.st_size <= LARGEST_FLOPPY ? "-fda" : "-hda";
}

/* A folder with a machine.ini, or that file. */
static bool is_machine(const char *path)
{
    char inside[PATH_MAX];
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, "machine.ini") == 0 ||
           (snprintf(inside, sizeof(inside), "%s/machine.ini", path) < (int)sizeof(inside) &&
            access(inside, F_OK) == 0);
}

const char *named_file_word(const char *path, struct err *e)
{
    e->text[0] = 0;
    if (access(path, F_OK) != 0)
        return NULL;
    if (is_machine(path))
        return "run";
    enum program_kind kind = classify_path(path, e);
    if (kind != PROGRAM_NONE && kind != PROGRAM_CD)
        return "dos";
    return kind == PROGRAM_CD ? "-cdrom" : drive_for(path);
}
