/*
 * volume.h - the file system as the guest sees it now: chains and directories, read through a
 * function, whatever they hold. Nothing here changes anything, and nothing touches the host.
 */
#ifndef FERRITE_VOLUME_H
#define FERRITE_VOLUME_H

#include "hw/storage/folder/fat.h"

struct volume {
    const struct fat_volume *shape;
    /* Sectors of the disk. 0 or an errno value. */
    int (*read)(void *opaque, u64 sector, u32 count, u8 *buf);
    void *opaque;
    /* Pieces of both tables that were read last. */
    u8 piece[2][3 * FAT_SECTOR];
    u32 piece_at[2]; /* UINT32_MAX: none */
};

void volume_init(struct volume *v, const struct fat_volume *shape,
                 int (*read)(void *opaque, u64 sector, u32 count, u8 *buf), void *opaque);
/* What was read before counts no more. */
void volume_forget(struct volume *v);
/* The entry of a cluster in table 0 or 1. What cannot be read is FAT_BAD. */
u32 volume_fat(struct volume *v, unsigned table, u32 cluster);
/* First sector of a cluster, on the disk. */
u64 volume_sector(const struct volume *v, u32 cluster);

/*
 * The chain from `start`. clusters: an array of so many, or NULL. VOLUME_GOOD: it ends, within the
 * volume, equal in both tables, without a circle.
 */
enum volume_chain { VOLUME_GOOD, VOLUME_BAD };
struct chain {
    u32 count;
    bool contiguous;
    u64 hash; /* of the first `hashed` clusters; 0 if they follow one another */
};
/* `fn` is called for each cluster; false ends it as VOLUME_BAD. May be NULL. */
enum volume_chain volume_walk(struct volume *v, u32 start, u32 hashed, struct chain *out,
                              bool (*fn)(void *opaque, u32 cluster, u32 index), void *opaque);

/* One file or folder of a directory, with the name that the guest gave it. */
struct volume_entry {
    struct fat_entry fat;
    struct long_name name; /* the long name, or what the alias says */
    bool has_long;         /* a long name belongs to it */
    bool sound;            /* a name that a file may have */
    u32 slot, slots;       /* where it begins, how many it takes */
    u8 raw[FAT_ENTRY];
};
/*
 * All entries of a directory but . .. and labels: of cluster `start`, or of the root of FAT12/16
 * for 0. `fn` false ends it. false: the directory cannot be read to its end.
 */
bool volume_list(struct volume *v, const struct codepage *cp, u32 start,
                 bool (*fn)(void *opaque, const struct volume_entry *e), void *opaque);
/* The sector, from the volume's start, of a slot of that directory; 0: there is none. */
u32 volume_slot_sector(struct volume *v, u32 start, u32 slot);

#endif
