/*
 * disk_layer.h - one layer of a disk, for the files hw/storage/disk*.c only. See hw/storage/disk.h.
 *
 * To add a kind of image (an overlay file, a compressed image), write a struct that begins with
 * struct disk_layer, give it these operations, and let disk_open() put it into the stack.
 */
#ifndef FERRITE_DISK_LAYER_H
#define FERRITE_DISK_LAYER_H

#include "hw/base/budget.h"
#include "hw/base/shown.h"
#include "hw/storage/disk.h"

struct disk_layer;
struct folder;

struct disk_layer_ops {
    /* The caller has checked the range. 0, or an errno value. */
    int (*read)(struct disk_layer *l, u64 sector, u32 count, u8 *buf);
    int (*write)(struct disk_layer *l, u64 sector, u32 count, const u8 *buf); /* NULL: read-only */
    int (*flush)(struct disk_layer *l);                                       /* may be NULL */
    /* What was written survives the end of this program from now on; NULL: it does anyway. */
    int (*settle)(struct disk_layer *l);
    /* 100 ms of guest time have passed; NULL: it does not care. */
    void (*tick)(struct disk_layer *l);
    /* Frees the layer and those below it; 0 or an errno value of what could not be kept. */
    int (*close)(struct disk_layer *l);
    /* Bytes of the layer that belong to a snapshot; NULL: none. */
    void (*state)(struct disk_layer *l, struct state *s);
    /* Forget what the layer holds, so that the one below shows; NULL: cannot. */
    void (*clear)(struct disk_layer *l);
    /* First sector >= sector that may be other than zero, or the end; NULL: no holes known. */
    u64 (*next_data)(struct disk_layer *l, u64 sector);
    /* When this changes, the contents may have changed; for images too large to hash. */
    u64 (*stamp)(struct disk_layer *l);
    /* Was written to, and has somebody deleted the file since? NULL: no. */
    bool (*lost)(const struct disk_layer *l);
    /* A hash of what a host's folder holds now; NULL: the layer is none. false: cannot be read. */
    bool (*look)(struct disk_layer *l, const struct folder_options *o, u64 *hash);
    /* The fingerprint of what knows its contents without reading them; NULL: they are read. */
    u64 (*fingerprint)(struct disk_layer *l);
    /* Of one that only tells of another: that one's disk_layer_fingerprint(). NULL: it does not. */
    u64 (*print)(struct disk_layer *l);
};

struct disk_layer {
    const struct disk_layer_ops *ops;
    struct disk_layer *below; /* owned; NULL for the lowest */
    u64 sectors;    /* disk_open() may make it more (a diskette cut short) or fewer (a footer) */
    u64 bytes;      /* that are there; what sectors have behind them reads as zero */
    char note[400]; /* what a person has to know after opening it; "": nothing */
    struct budget *budget; /* for what makes its file larger; NULL: any */
};

/* Open a file. *read_only: in, asked for; out, what it became. NULL + err. */
struct disk_layer *disk_file_open(const char *path, bool *read_only, struct err *e);
/*
 * Throw-away copy-on-write over `below`, which it takes over: in memory up to so many bytes (0: 256
 * MiB), then in a temporary file. NULL when out of memory.
 */
struct disk_layer *disk_overlay_new(struct disk_layer *below, u64 memory_limit);
/*
 * An overlay file (hw/storage/overlay.h) over its base, which is only read. base NULL: the one that
 * the overlay names. *read_only as for disk_file_open(). NULL + err.
 */
struct disk_layer *disk_cow_open(const char *path, const char *base, bool *read_only,
                                 struct err *e);
/*
 * A folder of the host, or a tree in memory, as a FAT disk (hw/storage/folder/). *read_only as for
 * disk_file_open(). NULL + err.
 */
struct disk_layer *disk_folder_open(const struct folder_options *o, bool diskette, bool *read_only,
                                    struct log *log, struct err *e);
/*
 * The same without what the guest writes, whatever o->write says: the layer in *base, which is to
 * be closed, and the folder that it is made of.
 */
struct folder *disk_folder_base(const struct folder_options *o, struct disk_layer **base,
                                struct err *e);
/*
 * Over an image: whoever writes the run down is told of what is read (hw/base/shown.h). NULL: out
 * of memory, and the image is still the caller's. And what was written down, in a replay.
 */
struct disk_layer *disk_shown_over(struct disk_layer *image, const struct shown *shown, u32 number);
struct disk_layer *disk_shown_again(const struct shown *shown, u32 number,
                                    const struct shown_disk *d);
/* 64-bit fingerprint of a layer's contents. */
u64 disk_layer_fingerprint(struct disk_layer *l);

#endif
