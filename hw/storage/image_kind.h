/*
 * image_kind.h - what a file given as a disk really is, by its first and last bytes: sectors as
 * they are, a container that only looks like a disk, or no disk at all.
 */
#ifndef FERRITE_IMAGE_KIND_H
#define FERRITE_IMAGE_KIND_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum { IMAGE_HEAD = 2048, IMAGE_TAIL = 512, IMAGE_VOLUME = 512 };

#define IMAGE_VOLUME_AT 32768 /* where a file system of CDs has its first descriptor */

/* What there is to look at. Behind the file's end the head is zero. */
struct image_look {
    const char *name; /* of the file, for messages and for its suffix */
    u64 bytes;        /* of the whole file */
    u8 head[IMAGE_HEAD];
    u8 tail[IMAGE_TAIL];     /* its last bytes; zero when it has fewer */
    u8 volume[IMAGE_VOLUME]; /* from IMAGE_VOLUME_AT; zero when it has fewer */
    bool cd;                 /* given as a CD, where text and programs have no special look */
};

/*
 * May it be taken as sectors? *data: how many bytes of it are (all, but for a fixed VHD, which
 * carries a footer). false + err: its name and how to make sectors of it, or the drive that such
 * an image belongs into (a CD in a disk's place, a disk in a CD's). Nothing is ever guessed
 * from what the guest may have written but the first sectors, so format=raw (media.raw) stays the
 * way to skip this.
 */
bool image_is_raw(const struct image_look *look, u64 *data, struct err *e);

/* Is it a container, an archive or a description of one of these, by a magic number? Then err says
 * which, and what to do. */
bool image_is_container(const struct image_look *look, struct err *e);

#endif
