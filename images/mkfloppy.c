/*
 * mkfloppy: makes a bootable 1.44 MB floppy image with a FAT12 file system.
 *
 * Runs on the build machine. Files are stored one after the other without gaps, the first
 * one right at the start of the data area, so that a boot sector may read it in one sweep.
 * Equal input gives an equal image: the time stamp of every file is fixed.
 *
 * Usage: mkfloppy IMAGE LABEL BOOT-SECTOR FILE...
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECTOR = 512,
    SECTORS = 2880,
    FAT_SECTORS = 9,
    ROOT_SECTORS = 14,
    ROOT_START = 1 + 2 * FAT_SECTORS,
    DATA_START = ROOT_START + ROOT_SECTORS,
    CLUSTERS = SECTORS - DATA_START, /* a cluster is one sector; the first is number 2 */
    DIRECTORY_ENTRY = 32,
    FAT_DATE = (2026 - 1980) << 9 | 1 << 5 | 1, /* 1 January 2026 */
};

static _Noreturn void die(const char *what, const char *name)
{
    fprintf(stderr, "mkfloppy: %s: %s\n", name, what);
    exit(1);
}

static void put16(uint8_t *p, unsigned value)
{
    p[0] = value & 0xFF;
    p[1] = value >> 8 & 0xFF;
}

static void set_fat(uint8_t *image, unsigned cluster, unsigned value)
{
    for (unsigned copy = 0; copy < 2; copy++) {
        uint8_t *p = image + (1 + copy * FAT_SECTORS) * SECTOR + cluster * 3 / 2;
        if (cluster & 1) {
            p[0] = (p[0] & 0x0F) | (value << 4 & 0xF0);
            p[1] = value >> 4 & 0xFF;
        } else {
            p[0] = value & 0xFF;
            p[1] = (p[1] & 0xF0) | (value >> 8 & 0x0F);
        }
    }
}

/* "path/demo.bin" becomes "DEMO    BIN". */
static void short_name(uint8_t *entry, const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    unsigned at = 0;

    memset(entry, ' ', 11);
    for (; *name; name++) {
        if (*name == '.') {
            at = 8;
        } else {
            if (at >= 11)
                die("not an 8.3 name", path);
            entry[at++] = toupper((unsigned char)*name);
        }
    }
}

static void add_file(uint8_t *image, const char *path, unsigned *entry, unsigned *cluster)
{
    uint8_t *dir = image + ROOT_START * SECTOR + *entry * DIRECTORY_ENTRY;
    uint8_t *data = image + (DATA_START + *cluster - 2) * SECTOR;
    size_t room = (size_t)(CLUSTERS + 2 - *cluster) * SECTOR;
    FILE *f = fopen(path, "rb");

    if (!f)
        die("cannot be read", path);
    size_t size = fread(data, 1, room, f);
    if (ferror(f) || fgetc(f) != EOF)
        die("does not fit", path);
    fclose(f);

    short_name(dir, path);
    dir[11] = 0x20; /* archive */
    put16(dir + 24, FAT_DATE);
    put16(dir + 26, size ? *cluster : 0);
    put16(dir + 28, size & 0xFFFF);
    put16(dir + 30, size >> 16);
    for (size_t done = 0; done < size; done += SECTOR, ++*cluster)
        set_fat(image, *cluster, done + SECTOR < size ? *cluster + 1 : 0xFFF);
    ++*entry;
}

int main(int argc, char **argv)
{
    static uint8_t image[SECTORS * SECTOR];
    unsigned entry = 0, cluster = 2;

    if (argc < 4 || strlen(argv[2]) > 11) {
        fputs("usage: mkfloppy IMAGE LABEL BOOT-SECTOR FILE...\n", stderr);
        return 1;
    }
    FILE *f = fopen(argv[3], "rb");
    if (!f || fread(image, 1, SECTOR, f) != SECTOR || fgetc(f) != EOF)
        die("is not one sector of 512 bytes", argv[3]);
    fclose(f);

    set_fat(image, 0, 0xFF0); /* media descriptor */
    set_fat(image, 1, 0xFFF);
    for (int i = 4; i < argc; i++)
        add_file(image, argv[i], &entry, &cluster);

    /* The volume label is an entry of its own. */
    uint8_t *label = image + ROOT_START * SECTOR + entry * DIRECTORY_ENTRY;
    memset(label, ' ', 11);
    memcpy(label, argv[2], strlen(argv[2]));
    label[11] = 0x08;
    put16(label + 24, FAT_DATE);

    f = fopen(argv[1], "wb");
    if (!f || fwrite(image, 1, sizeof image, f) != sizeof image || fclose(f) != 0)
        die("cannot be written", argv[1]);
    return 0;
}
