/*
 * floppy.c - diskette formats: the usual ones, and any other that a boot sector or a size tells.
 * See floppy.h.
 *
 * Not modelled: sectors of other sizes than 512 bytes. An image holds nothing but bytes, so one of
 * XDF or of a PC-98 is laid out as 512-byte sectors of the same number of bytes a track.
 */
#include "hw/storage/floppy.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { SECTOR = 512, MAX_CYLINDERS = 84, MAX_PER_TRACK = 36 };

static const struct floppy_format formats[] = {
    /* name, sectors, cylinders, heads, sectors/track, rate, drive, 5.25" */
    {"160K", 320, 40, 1, 8, RATE_250K, FLOPPY_360K, true},
    {"180K", 360, 40, 1, 9, RATE_250K, FLOPPY_360K, true},
    {"320K", 640, 40, 2, 8, RATE_250K, FLOPPY_360K, true},
    {"360K", 720, 40, 2, 9, RATE_250K, FLOPPY_360K, true},
    {"640K", 1280, 80, 2, 8, RATE_250K, FLOPPY_720K, false},
    {"720K", 1440, 80, 2, 9, RATE_250K, FLOPPY_720K, false},
    {"800K", 1600, 80, 2, 10, RATE_250K, FLOPPY_720K, false},
    {"820K", 1640, 82, 2, 10, RATE_250K, FLOPPY_720K, false},
    {"1.2M", 2400, 80, 2, 15, RATE_500K, FLOPPY_1200K, true},
    {"1.23M", 2464, 77, 2, 16, RATE_500K, FLOPPY_1200K, true}, /* PC-98 */
    {"1.44M", 2880, 80, 2, 18, RATE_500K, FLOPPY_1440K, false},
    {"1.48M", 2952, 82, 2, 18, RATE_500K, FLOPPY_1440K, false},
    {"1.6M", 3200, 80, 2, 20, RATE_500K, FLOPPY_1440K, false},
    {"1.68M", 3360, 80, 2, 21, RATE_500K, FLOPPY_1440K, false}, /* DMF */
    {"1.72M", 3444, 82, 2, 21, RATE_500K, FLOPPY_1440K, false},
    {"1.76M", 3520, 80, 2, 22, RATE_500K, FLOPPY_1440K, false},
    {"1.84M", 3680, 80, 2, 23, RATE_500K, FLOPPY_1440K, false}, /* XDF */
    {"1.92M", 3840, 80, 2, 24, RATE_500K, FLOPPY_1440K, false},
    {"2.88M", 5760, 80, 2, 36, RATE_1M, FLOPPY_2880K, false},
};

/* One of our own making: how fast it passes, and which drive can do that, follow from its tracks.
 */
static void make_format(struct floppy_format *f, unsigned cylinders, unsigned heads,
                        unsigned sectors)
{
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        if (formats[i].cylinders == cylinders && formats[i].heads == heads &&
            formats[i].sectors == sectors) {
            *f = formats[i];
            return;
        }
    }
    *f = (struct floppy_format){.total = (u16)(cylinders * heads * sectors),
                                .cylinders = (u8)cylinders,
                                .heads = (u8)heads,
                                .sectors = (u8)sectors,
                                .rate = RATE_500K,
                                .drive = FLOPPY_1440K};
    snprintf(f->name, sizeof(f->name), "%u x %u x %u", cylinders, heads, sectors);
    if (sectors <= 12) {
        f->rate = RATE_250K;
        f->inch5 = cylinders <= 42 && sectors <= 9;
        f->drive = f->inch5 ? FLOPPY_360K : FLOPPY_720K;
    } else if (sectors <= 17) {
        f->drive = FLOPPY_1200K;
        f->inch5 = true;
    } else if (sectors > 24) {
        f->rate = RATE_1M;
        f->drive = FLOPPY_2880K;
    }
}

/* The BIOS parameter block of DOS 2.0 and later, when it makes sense and the file fits on it. */
static bool by_boot_sector(u64 bytes, const u8 *b, struct floppy_format *out)
{
    unsigned cluster = b[0x0d], heads = get_le16(b + 0x1a), sectors = get_le16(b + 0x18);
    u32 total = get_le16(b + 0x13) ? get_le16(b + 0x13) : get_le32(b + 0x20);
    if (get_le16(b + 0x0b) != SECTOR || !cluster || cluster & (cluster - 1) ||
        !get_le16(b + 0x0e) || b[0x10] < 1 || b[0x10] > 2 || b[0x15] < 0xf0 || heads < 1 ||
        heads > 2 || sectors < 8 || sectors > MAX_PER_TRACK || total > FLOPPY_MAX_SECTORS)
        return false;
    u64 there = (bytes + SECTOR - 1) / SECTOR, most = there > total ? there : total;
    u64 cylinders = (most + heads * sectors - 1) / (heads * sectors);
    /* A file system may be smaller than its diskette, but no diskette stops in the middle. */
    unsigned least = sectors <= 9 && most <= 40u * heads * sectors ? 40 : 80;
    if (sectors == 16 && most <= 77u * heads * sectors)
        least = 77;
    if (cylinders < least)
        cylinders = least;
    if (cylinders > MAX_CYLINDERS || cylinders * heads * sectors > FLOPPY_MAX_SECTORS)
        return false;
    make_format(out, (unsigned)cylinders, heads, sectors);
    return true;
}

static bool by_size(u64 bytes, struct floppy_format *out)
{
    u64 sectors = (bytes + SECTOR - 1) / SECTOR;
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        if ((u64)formats[i].total * SECTOR == bytes) {
            *out = formats[i];
            return true;
        }
    }
    for (unsigned per_track = 18; per_track <= MAX_PER_TRACK; per_track++) {
        u64 cylinders = (sectors + 2 * per_track - 1) / (2 * per_track);
        if (cylinders < 80)
            cylinders = 80;
        if (cylinders <= 83 && cylinders * 2 * per_track <= FLOPPY_MAX_SECTORS) {
            make_format(out, (unsigned)cylinders, 2, per_track);
            return true;
        }
    }
    return false;
}

bool floppy_geometry(u64 bytes, const u8 *boot, struct floppy_format *out)
{
    if (bytes > (u64)FLOPPY_MAX_SECTORS * SECTOR)
        return false;
    return (boot && by_boot_sector(bytes, boot, out)) || by_size(bytes, out);
}

enum floppy_drive_type floppy_drive_for(const struct floppy_format *f, bool steps_twice)
{
    if (!f)
        return FLOPPY_1440K;
    if (f->drive == FLOPPY_360K)
        return steps_twice ? FLOPPY_1200K : FLOPPY_360K;
    return f->drive == FLOPPY_720K ? FLOPPY_1440K : (enum floppy_drive_type)f->drive;
}
