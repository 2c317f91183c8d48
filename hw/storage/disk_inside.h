/*
 * disk_inside.h - a disk's parts, for the files that are one: disk.c (sectors, errors, snapshots),
 * disk_open.c (from an image to layers) and disk_renew.c (the image changes under a machine).
 */
#ifndef FERRITE_DISK_INSIDE_H
#define FERRITE_DISK_INSIDE_H

#include "hw/storage/disk.h"
#include "hw/storage/disk_budget.h"
#include "hw/storage/disk_layer.h"
#include "hw/storage/folder/folder.h"

struct disk {
    struct disk_layer *top;
    struct disk_layer *image; /* what remains after us: a file, with its overlay file */
    struct log *log;
    char *name;
    struct floppy_format floppy; /* DISK_FLOPPY; total 0: none */
    bool read_only;
    u64 written;
    u64 was_read;    /* sectors, for those who watch */
    u64 settled_at;  /* value of `written` at the last disk_settle() */
    bool told_lost;  /* the person, that its file was deleted */
    int first_error; /* of a write or flush, errno; reported by disk_close() */
    int last_error;  /* of the last read, write or flush; 0: none of the host */
    enum on_error write_error, read_error;
    bool waits;
    u64 errors; /* of the host, said or not */
    void (*on_stop)(void *opaque, const char *why);
    void *on_stop_opaque;
    bool (*go_on)(struct err *e); /* NULL: always */
    u64 fingerprint;              /* of image, valid for this value of `written` */
    u64 fingerprint_at;
    bool fingerprint_known;
    /* How it was opened, for disk_take_up(). */
    struct media media; /* path and overlay are ours, as are the folder's options and their texts */
    struct folder_options folder;
    enum disk_kind kind;
    bool snapshot;
    u32 opening;            /* the number that media.shown has given it */
    struct budget *budget;  /* disk_budget.h */
    struct disk_layer gone; /* instead of the layers, between disk_let_go() and disk_take_up() */
};

/* disk_open.c. The layers of a disk that has none; false + err: d->top may be there and is closed
 * by the caller. */
bool disk_open_layers(struct disk *d, const struct media *m, enum disk_kind kind, bool snapshot,
                      struct err *e);
/* As disk_open(), for a host's folder that is shown for the `opening`th time. */
struct disk *disk_open_again(const struct media *m, enum disk_kind kind, bool snapshot,
                             struct log *log, u32 opening, struct err *e);
void disk_free(struct disk *d); /* without its layers */

#endif
