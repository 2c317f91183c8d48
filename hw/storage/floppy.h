/*
 * floppy.h - the diskette formats of the PC and the drives that take them.
 */
#ifndef FERRITE_FLOPPY_H
#define FERRITE_FLOPPY_H

#include "hw/base/types.h"

/* Drive types as CMOS byte 10h encodes them. */
enum floppy_drive_type {
    FLOPPY_NONE = 0,
    FLOPPY_360K = 1,  /* 5.25", 40 tracks */
    FLOPPY_1200K = 2, /* 5.25", 80 tracks */
    FLOPPY_720K = 3,  /* 3.5" */
    FLOPPY_1440K = 4,
    FLOPPY_2880K = 5,
};

/* DRATE1-0 of the data-rate registers. */
enum floppy_rate { RATE_500K = 0, RATE_300K = 1, RATE_250K = 2, RATE_1M = 3 };

enum { FLOPPY_MAX_SECTORS = 5760 };

struct floppy_format {
    char name[20]; /* "1.44M", or "80 x 2 x 23": cylinders, heads, sectors a track */
    u16 total;     /* sectors on the whole diskette */
    u8 cylinders, heads, sectors;
    u8 rate;    /* enum floppy_rate, in a drive of `drive` type */
    u8 drive;   /* enum floppy_drive_type: the usual drive for it */
    bool inch5; /* 5.25" */
};

/*
 * The diskette that an image of so many bytes is of. Its boot sector (512 bytes; NULL: not known)
 * decides where it describes one that the file fits on; else the size, which names all usual
 * formats; else the smallest one of high density that holds it: an image that was cut short, or a
 * bare boot sector, is nearly always of 1.44M. false: larger than 2.88M.
 */
bool floppy_geometry(u64 bytes, const u8 *boot, struct floppy_format *out);
/*
 * The drive that a BIOS should believe in when this image is in at power-on; no image: 1.44M. The
 * ones of the high-density days are preferred, which read whatever comes into them later. But a
 * diskette of 40 tracks needs two steps a cylinder in the 1.2M drive, and not all firmware makes
 * them: unless `steps_twice`, it gets the 360K drive.
 */
enum floppy_drive_type floppy_drive_for(const struct floppy_format *f, bool steps_twice);

#endif
