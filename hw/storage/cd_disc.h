/*
 * cd_disc.h - a disc in the CD-ROM drive: tracks of data and of audio over one image file or more.
 *
 * Opened from an image of 2048-byte blocks (.iso), of raw sectors (2352 bytes, 2448 with
 * sub-channels, 2336 without headers), or from a cue sheet that names such files and WAVE files. A
 * disc is an array of extents: runs of sectors that lie in one file, or in none (silence). ECMA-130
 * (Yellow Book), IEC 908 (Red Book); the cue sheet as its users write it (cd_cue.c).
 *
 * Not modelled: more than one session, sub-channels R to W, defects.
 */
#ifndef FERRITE_CD_DISC_H
#define FERRITE_CD_DISC_H

#include "hw/storage/cd_sector.h"

struct state;

enum cd_mode { CD_AUDIO, CD_MODE1, CD_MODE2 };

enum { CD_TRACKS = 99, CD_FILES = 99, CD_EXTENTS = 400, CD_LEAD_OUT = 0xaa };

/* Bits of a track's control field (Q sub-channel). */
enum { CD_PRE_EMPHASIS = 1, CD_COPY = 2, CD_DATA = 4 };

struct cd_track {
    u8 mode;    /* enum cd_mode */
    u8 control; /* CD_DATA and so on */
    u32 start;  /* block of index 1 */
    u32 pregap; /* first block that belongs to it; start when it has none of its own */
    char isrc[13];
};

/* Sectors that lie one behind the other. */
struct cd_extent {
    u32 first, count; /* blocks on the disc */
    s32 file;         /* index, -1: silence, or zeros */
    u64 offset;       /* of the first one in the file */
    u16 size;         /* bytes of a sector there: 2048, 2336, 2352, 2448 */
    u8 track, index;
    bool swapped; /* audio with the high byte first */
};

struct cd_disc {
    char *name;      /* the file that was given */
    u64 blocks_read; /* for those who watch */
    struct disk *file[CD_FILES];
    struct cd_decoder *decoder[CD_FILES]; /* what is compressed; else NULL */
    unsigned files;
    struct cd_track track[CD_TRACKS]; /* number 1 is [0] */
    unsigned tracks;
    struct cd_extent extent[CD_EXTENTS];
    unsigned extents;
    u32 blocks; /* where the lead-out begins */
    char catalog[14];
};

/* NULL + err: what disk_open() refuses; a cue sheet that is wrong (with its line). */
struct cd_disc *cd_open(const struct media *m, struct log *log, struct err *e);
bool cd_close(struct cd_disc *d, struct err *e); /* NULL: nothing to do */
const char *cd_name(const struct cd_disc *d);

/*
 * Blocks before the lead-out. Of a plain image that is cut short the last one ends in zeros; of raw
 * sectors, what is behind the last whole one is not there.
 */
u32 cd_blocks(const struct cd_disc *d);
/* The track that a block belongs to (1 to tracks), and the index in it. */
unsigned cd_track_at(const struct cd_disc *d, u32 lba, u8 *index);
/* false: none, or no such block. */
bool cd_is_data(const struct cd_disc *d, u32 lba);

/*
 * The 2048 bytes of user data of a block; false: outside of the disc, audio, Mode 2 of form 2, or
 * the host cannot read the image.
 */
bool cd_read(struct cd_disc *d, u32 lba, u8 *block);
/*
 * The same as disk_on_stop() and disk_waits() for all of a disc's files: `fn` is called when the
 * host cannot read (rerror=stop), and the drive tries again when the machine goes on.
 */
void cd_on_stop(struct cd_disc *d, void (*fn)(void *opaque, const char *why), void *opaque);
bool cd_waits(const struct cd_disc *d);
/* The sector as it lies on the disc: audio samples (left, right; low byte first), or with sync. */
bool cd_read_raw(struct cd_disc *d, u32 lba, u8 raw[CD_RAW]);

/* Fingerprints of the files: a snapshot wants the disc that it was taken with. */
void cd_state(struct cd_disc *d, struct state *s);

/* ---- between cd_disc.c and cd_cue.c ---- */

/* Reads a cue sheet into an empty disc. */
bool cd_cue_open(struct cd_disc *d, const struct media *m, struct log *log, struct err *e);
/* One more file; its number in *file. */
bool cd_add_file(struct cd_disc *d, const struct media *m, struct log *log, u32 *file,
                 struct err *e);
/* The last file's samples come out of a decoder. false + err, as cd_decoder_open(). */
bool cd_decode(struct cd_disc *d, unsigned file, const char *path, u64 *bytes, struct err *e);
bool cd_add_extent(struct cd_disc *d, const struct cd_extent *x, struct err *e);
/* `len` bytes from anywhere in a file; what is behind its end is zero. */
bool cd_file_bytes(struct cd_disc *d, unsigned file, u64 offset, void *buf, u32 len);

#endif
