/*
 * mkv.h - a stream of raw pictures and sound as Matroska, for a program that encodes it: RFC 8794
 * (EBML) and RFC 9559 (Matroska), as far as a stream needs that is written once and never sought
 * in.
 *
 * Why not a stream of bare pixels: this one says when each picture is shown, to the nanosecond, and
 * brings picture and sound through one pipe, so that neither waits for the other.
 */
#ifndef FERRITE_MKV_H
#define FERRITE_MKV_H

#include "hw/base/types.h"

struct mkv_video {
    unsigned width, height; /* pixels: blue, green, red and a byte that means nothing */
    double aspect;          /* width:height as it is shown */
    u64 frame_ns;           /* how long a picture usually stays */
};

struct mkv_sound {
    unsigned rate, channels; /* 0: there is none; 16-bit samples */
};

enum { MKV_HEAD = 512, MKV_BLOCK_HEAD = 64 };
enum mkv_track { MKV_VIDEO = 1, MKV_SOUND = 2 };

/* What the stream begins with. The number of bytes, MKV_HEAD at most. */
size_t mkv_head(u8 buf[MKV_HEAD], const struct mkv_video *v, const struct mkv_sound *s);
/* What stands before `size` bytes of a track that belong to `time` (ns since the beginning). */
size_t mkv_block_head(u8 buf[MKV_BLOCK_HEAD], enum mkv_track track, u64 time, size_t size);

/* The aspect as a ratio of small numbers, 4:3 and so on; else as near as 1/10000. */
void mkv_ratio(double aspect, unsigned *across, unsigned *down);

#endif
