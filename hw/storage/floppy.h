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

struct floppy_format {
    const char *name; /* "1.44M" */
    u16 total;        /* sectors on the whole diskette */
    u8 cylinders, heads, sectors;
    u8 rate;    /* enum floppy_rate, in a drive of `drive` type */
    u8 drive;   /* enum floppy_drive_type: the usual drive for it */
    bool inch5; /* 5.25" */
};

/* The format with this number of sectors, NULL when there is none. */
const struct floppy_format *floppy_format(u64 total_sectors);
/* "160K, 180K, ... or 2.88M": for the message that refuses a size. */
const char *floppy_format_names(void);
/* The drive that a BIOS should believe in when this image is in at power-on; no image: 1.44M. */
enum floppy_drive_type floppy_drive_for(const struct floppy_format *f);

#endif
