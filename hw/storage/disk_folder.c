/*
 * disk_folder.c - a host's folder, or a tree in memory, as the lowest layer of a disk. What it is
 * made of is in hw/storage/folder/.
 */
#include "hw/storage/disk_layer.h"
#include "hw/storage/folder/folder.h"

#include <stdio.h>
#include <stdlib.h>

struct folder_layer {
    struct disk_layer layer;
    struct folder *folder;
};

static int layer_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    return folder_read(((struct folder_layer *)l)->folder, sector, count, buf);
}

static int layer_close(struct disk_layer *l)
{
    folder_close(((struct folder_layer *)l)->folder);
    free(l);
    return 0;
}

static u64 layer_next_data(struct disk_layer *l, u64 sector)
{
    return layout_next_data(folder_layout(((struct folder_layer *)l)->folder), sector);
}

static u64 layer_fingerprint(struct disk_layer *l)
{
    return folder_hash(((struct folder_layer *)l)->folder);
}

static const struct disk_layer_ops ops = {
    .read = layer_read,
    .close = layer_close,
    .next_data = layer_next_data,
    .fingerprint = layer_fingerprint,
};

struct disk_layer *disk_folder_open(const struct folder_options *o, bool diskette, bool *read_only,
                                    struct log *log, struct err *e)
{
    struct folder_layer *l = calloc(1, sizeof(*l));
    if (!l) {
        err_set(e, "folder: out of memory");
        return NULL;
    }
    l->folder = folder_open(o, diskette, log, e);
    if (!l->folder) {
        free(l);
        return NULL;
    }
    *read_only = true;
    l->layer.ops = &ops;
    l->layer.sectors = folder_layout(l->folder)->sectors;
    l->layer.bytes = l->layer.sectors * SECTOR_SIZE;
    snprintf(l->layer.note, sizeof(l->layer.note), "%s", folder_note(l->folder));
    return &l->layer;
}
