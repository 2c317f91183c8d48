/*
 * disk_overlay.c - throw-away copy-on-write in memory (-snapshot, images given as bytes).
 *
 * Written sectors live in clusters of 8, found through a two-level table; a bit for each sector
 * tells whether it was written, so that a write never has to read the layer below. The table's
 * order is the disk's order, which makes the saved state independent of the order of writes.
 */
#include "hw/base/state.h"
#include "hw/storage/disk_layer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CLUSTER = 8, LEAF = 1024 };

struct cluster {
    u8 present; /* bit n: sector n of the cluster is here */
    u8 data[CLUSTER * SECTOR_SIZE];
};

struct leaf {
    struct cluster *cluster[LEAF];
};

struct overlay {
    struct disk_layer layer;
    struct leaf **leaves;
    u64 leaf_count;
    u64 cluster_count; /* in use */
};

static struct cluster *find(const struct overlay *o, u64 index)
{
    const struct leaf *leaf = o->leaves[index / LEAF];
    return leaf ? leaf->cluster[index % LEAF] : NULL;
}

static struct cluster *find_or_add(struct overlay *o, u64 index)
{
    struct leaf **leaf = &o->leaves[index / LEAF];
    if (!*leaf && !(*leaf = calloc(1, sizeof(**leaf))))
        return NULL;
    struct cluster **c = &(*leaf)->cluster[index % LEAF];
    if (!*c && (*c = calloc(1, sizeof(**c))))
        o->cluster_count++;
    return *c;
}

static void overlay_clear(struct disk_layer *l)
{
    struct overlay *o = (struct overlay *)l;
    for (u64 i = 0; i < o->leaf_count; i++) {
        if (!o->leaves[i])
            continue;
        for (unsigned k = 0; k < LEAF; k++)
            free(o->leaves[i]->cluster[k]);
        free(o->leaves[i]);
        o->leaves[i] = NULL;
    }
    o->cluster_count = 0;
}

/* How many sectors from `sector` on, at most count, come from the same place. */
static u32 run_length(const struct overlay *o, u64 sector, u32 count, bool *here)
{
    u32 n = 0;
    while (n < count) {
        u64 s = sector + n;
        const struct cluster *c = find(o, s / CLUSTER);
        bool present = c && (c->present >> (s % CLUSTER) & 1);
        if (n == 0)
            *here = present;
        else if (present != *here || (present && s % CLUSTER == 0))
            break;
        n++;
    }
    return n;
}

static int overlay_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    struct overlay *o = (struct overlay *)l;
    while (count) {
        bool here = false;
        u32 n = run_length(o, sector, count, &here);
        if (here) {
            const struct cluster *c = find(o, sector / CLUSTER);
            memcpy(buf, c->data + sector % CLUSTER * SECTOR_SIZE, (size_t)n * SECTOR_SIZE);
        } else {
            int error = l->below->ops->read(l->below, sector, n, buf);
            if (error)
                return error;
        }
        buf += (size_t)n * SECTOR_SIZE;
        sector += n;
        count -= n;
    }
    return 0;
}

static int overlay_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    struct overlay *o = (struct overlay *)l;
    for (; count; count--, sector++, buf += SECTOR_SIZE) {
        struct cluster *c = find_or_add(o, sector / CLUSTER);
        if (!c)
            return ENOMEM;
        memcpy(c->data + sector % CLUSTER * SECTOR_SIZE, buf, SECTOR_SIZE);
        c->present |= (u8)(1u << sector % CLUSTER);
    }
    return 0;
}

static int overlay_close(struct disk_layer *l)
{
    struct overlay *o = (struct overlay *)l;
    overlay_clear(&o->layer);
    int error = l->below->ops->close(l->below);
    free(o->leaves);
    free(o);
    return error;
}

static void save_clusters(struct overlay *o, struct state *s)
{
    for (u64 i = 0; i < o->leaf_count; i++) {
        for (unsigned k = 0; o->leaves[i] && k < LEAF; k++) {
            struct cluster *c = o->leaves[i]->cluster[k];
            u64 index = i * LEAF + k;
            if (!c)
                continue;
            state_u64(s, "cluster", &index);
            state_u8(s, "present", &c->present);
            state_bytes(s, "sectors", c->data, sizeof(c->data));
        }
    }
}

static void load_clusters(struct overlay *o, struct state *s, u64 count)
{
    u64 clusters = (o->layer.sectors + CLUSTER - 1) / CLUSTER;
    overlay_clear(&o->layer);
    for (u64 i = 0; i < count && state_ok(s); i++) {
        u64 index = 0;
        state_u64(s, "cluster", &index);
        if (!state_ok(s))
            return;
        if (index >= clusters) {
            state_fail(s, "a disk overlay has a cluster beyond the disk's end");
            return;
        }
        struct cluster *c = find_or_add(o, index);
        if (!c) {
            state_fail(s, "out of memory for a disk overlay");
            return;
        }
        state_u8(s, "present", &c->present);
        state_bytes(s, "sectors", c->data, sizeof(c->data));
    }
}

static void overlay_state(struct disk_layer *l, struct state *s)
{
    struct overlay *o = (struct overlay *)l;
    u64 count = o->cluster_count;
    state_u64(s, "overlay clusters", &count);
    if (state_loading(s))
        load_clusters(o, s, state_ok(s) ? count : 0);
    else
        save_clusters(o, s);
}

static const struct disk_layer_ops overlay_ops = {
    .read = overlay_read,
    .write = overlay_write,
    .close = overlay_close,
    .state = overlay_state,
    .clear = overlay_clear,
};

struct disk_layer *disk_overlay_new(struct disk_layer *below)
{
    struct overlay *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    o->layer.ops = &overlay_ops;
    o->layer.below = below;
    o->layer.sectors = below->sectors;
    o->leaf_count = below->sectors / (CLUSTER * LEAF) + 1;
    o->leaves = calloc(o->leaf_count, sizeof(*o->leaves));
    if (!o->leaves) {
        free(o);
        return NULL;
    }
    return &o->layer;
}
