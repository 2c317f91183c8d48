/*
 * floppy.c - the table of diskette formats. See floppy.h.
 *
 * Only formats with 512-byte sectors: an image holds nothing but sectors, so its size names the
 * format.
 */
#include "hw/storage/floppy.h"

#include <stddef.h>

static const struct floppy_format formats[] = {
    /* name, sectors, cylinders, heads, sectors/track, rate, drive, 5.25" */
    {"160K", 320, 40, 1, 8, RATE_250K, FLOPPY_360K, true},
    {"180K", 360, 40, 1, 9, RATE_250K, FLOPPY_360K, true},
    {"320K", 640, 40, 2, 8, RATE_250K, FLOPPY_360K, true},
    {"360K", 720, 40, 2, 9, RATE_250K, FLOPPY_360K, true},
    {"720K", 1440, 80, 2, 9, RATE_250K, FLOPPY_720K, false},
    {"1.2M", 2400, 80, 2, 15, RATE_500K, FLOPPY_1200K, true},
    {"1.44M", 2880, 80, 2, 18, RATE_500K, FLOPPY_1440K, false},
    {"1.68M", 3360, 80, 2, 21, RATE_500K, FLOPPY_1440K, false}, /* DMF */
    {"1.72M", 3444, 82, 2, 21, RATE_500K, FLOPPY_1440K, false},
    {"2.88M", 5760, 80, 2, 36, RATE_1M, FLOPPY_2880K, false},
};

const struct floppy_format *floppy_format(u64 total_sectors)
{
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        if (formats[i].total == total_sectors)
            return &formats[i];
    }
    return NULL;
}

const char *floppy_format_names(void)
{
    return "163840 bytes = 160K, 184320 = 180K, 327680 = 320K, 368640 = 360K, 737280 = 720K, "
           "1228800 = 1.2M, 1474560 = 1.44M, 1720320 = 1.68M, 1763328 = 1.72M, 2949120 = 2.88M";
}

/* The drive of the high-density days: whatever comes into it later of the same size is read too. */
enum floppy_drive_type floppy_drive_for(const struct floppy_format *f)
{
    if (!f)
        return FLOPPY_1440K;
    if (f->drive == FLOPPY_360K)
        return FLOPPY_1200K;
    return f->drive == FLOPPY_720K ? FLOPPY_1440K : (enum floppy_drive_type)f->drive;
}
