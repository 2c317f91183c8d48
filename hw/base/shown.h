/*
 * shown.h - what a guest was shown of a disk that is no image file (a host's folder, bytes in
 * memory): told to whoever writes a run down, and given again in a replay, which needs no folder.
 *
 * The contents are the host's, which may change or lose them at any time; whoever keeps them has
 * to see every sector that was read. Sectors that nobody has read are not known to a replay.
 */
#ifndef FERRITE_SHOWN_H
#define FERRITE_SHOWN_H

#include "hw/base/types.h"

/* A disk as it was opened: by disk_open(), or again by disk_renew(). */
struct shown_disk {
    const char *name;
    u64 sectors, bytes; /* of the image, without what the guest writes */
    u64 fingerprint;    /* disk_layer_fingerprint() */
    bool writable;      /* for the guest */
    bool folder, removable;
    u64 held; /* a folder: folder_hash() */
};

struct shown {
    bool replays;
    const char *name; /* a replay: for messages; NULL: none */
    bool removable;   /* a replay: in a drive that can tell the guest of another medium */
    /* It is written down. Opening begins, and gets a number, by which it is known from then on. */
    u32 (*begins)(void *opaque);
    void (*opened)(void *opaque, u32 number, const struct shown_disk *d);
    /* Sectors of the image were read: `buf`, or NULL and why not. */
    void (*told)(void *opaque, u32 number, u64 sector, u32 count, const u8 *buf, int error);
    /* By the guest, into the image. */
    void (*written)(void *opaque, u32 number, u64 sector, u32 count);
    /* A replay: the disk of that number, false: there is none; and its sectors, 0 or errno. */
    bool (*disk)(void *opaque, u32 number, struct shown_disk *out);
    int (*read)(void *opaque, u32 number, u64 sector, u32 count, u8 *buf);
    void *opaque;
};

#endif
