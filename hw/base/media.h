/*
 * media.h - what stands in for a medium in a drive.
 */
#ifndef FERRITE_MEDIA_H
#define FERRITE_MEDIA_H

#include "hw/base/types.h"

/* A file that stands in for a disk. The embedded demo floppy comes as bytes, not as a file. */
struct media {
    const char *path;    /* NULL: no medium, unless bytes is set */
    const char *overlay; /* file that takes the writes, see hw/storage/overlay.h; NULL: none */
    const u8 *bytes;     /* a read-only image in memory, writes go to a throw-away copy */
    size_t size;         /* of bytes */
    bool raw;            /* plain sectors, whatever they look like (format=raw) */
    bool read_only;      /* write-protected, as the notch or the jumper would say */
};

#endif
