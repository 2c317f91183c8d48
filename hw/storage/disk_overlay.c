/*
 * disk_overlay.c - throw-away copy-on-write (-snapshot, images given as bytes).
 *
 * Written sectors live in clusters of 8, found through a two-level table; a bit for each sector
 * tells whether it was written, so that a write never has to read the layer below. The table's
 * order is the disk's order, which makes the saved state independent of the order of writes.
 *
 * The first clusters are kept in memory, up to a limit; what comes then goes into a temporary file
 * without a name ($TMPDIR, else /var/tmp). Nothing else depends on where a cluster is.
 */
#include "hw/base/hostfile.h"
#include "hw/base/state.h"
#include "hw/storage/disk_layer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLUSTER = 8, CLUSTER_BYTES = CLUSTER * SECTOR_SIZE, LEAF = 1024 };

#define DEFAULT_LIMIT (256ull << 20)

struct cluster {
    u8 present; /* bit n: sector n of the cluster is here */
    u64 slot;   /* 0: the data follow; n: they are the file's n-th */
    u8 data[];
};

struct leaf {
    struct cluster *cluster[LEAF];
};

struct overlay {
    struct disk_layer layer;
    struct leaf **leaves;
    u64 leaf_count;
    u64 cluster_count; /* in use */
    u64 in_memory, memory_limit;
    int fd; /* of the temporary file; -1: none yet */
    u64 slots;
};

static struct cluster *find(const struct overlay *o, u64 index)
{
    const struct leaf *leaf = o->leaves[index / LEAF];
    return leaf ? leaf->cluster[index % LEAF] : NULL;
}

static struct cluster *new_in_memory(struct overlay *o)
{
    struct cluster *c = calloc(1, sizeof(*c) + CLUSTER_BYTES);
    o->in_memory += c != NULL;
    return c;
}

static struct cluster *new_in_file(struct overlay *o, int *error)
{
    if (o->fd < 0 && (*error = host_temporary(&o->fd)))
        return NULL;
    if (!budget_take(o->layer.budget, CLUSTER_BYTES)) {
        *error = ENOSPC;
        return NULL;
    }
    struct cluster *c = calloc(1, sizeof(*c));
    if (c)
        c->slot = ++o->slots;
    else
        *error = ENOMEM;
    return c;
}

/* The cluster, made if need be. NULL: *error. */
static struct cluster *find_or_add(struct overlay *o, u64 index, int *error)
{
    struct leaf **leaf = &o->leaves[index / LEAF];
    *error = ENOMEM;
    if (!*leaf && !(*leaf = calloc(1, sizeof(**leaf))))
        return NULL;
    struct cluster **c = &(*leaf)->cluster[index % LEAF];
    if (*c)
        return *c;
    *c = o->in_memory < o->memory_limit ? new_in_memory(o) : new_in_file(o, error);
    o->cluster_count += *c != NULL;
    return *c;
}

static int get(const struct overlay *o, const struct cluster *c, u32 in, u32 n, u8 *buf)
{
    size_t at = (size_t)in * SECTOR_SIZE, size = (size_t)n * SECTOR_SIZE;
    if (c->slot)
        return host_read(o->fd, buf, size, (c->slot - 1) * CLUSTER_BYTES + at);
    memcpy(buf, c->data + at, size);
    return 0;
}

static int put(const struct overlay *o, struct cluster *c, u32 in, u32 n, const u8 *buf)
{
    size_t at = (size_t)in * SECTOR_SIZE, size = (size_t)n * SECTOR_SIZE;
    if (c->slot)
        return host_write(o->fd, buf, size, (c->slot - 1) * CLUSTER_BYTES + at);
    memcpy(c->data + at, buf, size);
    return 0;
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
    budget_give(o->layer.budget, o->slots * CLUSTER_BYTES);
    o->cluster_count = o->in_memory = o->slots = 0;
    if (o->fd >= 0)
        close(o->fd); /* and with it the room that it took */
    o->fd = -1;
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
        int error = here ? get(o, find(o, sector / CLUSTER), sector % CLUSTER, n, buf)
                         : l->below->ops->read(l->below, sector, n, buf);
        if (error)
            return error;
        buf += (size_t)n * SECTOR_SIZE;
        sector += n;
        count -= n;
    }
    return 0;
}

static int overlay_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    struct overlay *o = (struct overlay *)l;
    while (count) {
        int error;
        u32 in = sector % CLUSTER, n = CLUSTER - in < count ? CLUSTER - in : count;
        struct cluster *c = find_or_add(o, sector / CLUSTER, &error);
        if (!c || (error = put(o, c, in, n, buf)))
            return error;
        c->present |= (u8)(((1u << n) - 1) << in);
        buf += (size_t)n * SECTOR_SIZE;
        sector += n;
        count -= n;
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

/* The same bytes wherever it is: sectors that were never written count as zeros. */
static bool save_cluster(struct overlay *o, struct state *s, struct cluster *c, u64 index)
{
    u8 data[CLUSTER_BYTES] = {0};
    for (u32 i = 0; i < CLUSTER; i++) {
        int error = c->present >> i & 1 ? get(o, c, i, 1, data + i * SECTOR_SIZE) : 0;
        if (error) {
            state_fail(s, "what the guest wrote cannot be read back: %s", strerror(error));
            return false;
        }
    }
    state_u64(s, "cluster", &index);
    state_u8(s, "present", &c->present);
    state_piece(s, "sectors", data, sizeof(data));
    return true;
}

static void load_cluster(struct overlay *o, struct state *s, u64 index)
{
    int error;
    u8 data[CLUSTER_BYTES] = {0};
    struct cluster *c = find_or_add(o, index, &error);
    if (c) {
        state_u8(s, "present", &c->present);
        state_piece(s, "sectors", data, sizeof(data));
        error = put(o, c, 0, CLUSTER, data);
    }
    if (error)
        state_fail(s, "no room for what the guest wrote: %s", strerror(error));
}

static void save_clusters(struct overlay *o, struct state *s)
{
    for (u64 i = 0; i < o->leaf_count; i++) {
        for (unsigned k = 0; o->leaves[i] && k < LEAF; k++) {
            struct cluster *c = o->leaves[i]->cluster[k];
            u64 index = i * LEAF + k;
            if (!c)
                continue;
            if (!save_cluster(o, s, c, index))
                return;
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
        load_cluster(o, s, index);
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

static u64 overlay_next_data(struct disk_layer *l, u64 sector)
{
    const struct overlay *o = (const struct overlay *)l;
    struct disk_layer *below = l->below;
    u64 next = below->ops->next_data ? below->ops->next_data(below, sector) : sector;
    for (u64 k = sector / CLUSTER; k * CLUSTER < next; k++) {
        if (!o->leaves[k / LEAF]) {
            k |= LEAF - 1; /* none of the whole leaf's */
            continue;
        }
        if (!find(o, k))
            continue;
        return k * CLUSTER > sector ? k * CLUSTER : sector;
    }
    return next;
}

static const struct disk_layer_ops overlay_ops = {
    .read = overlay_read,
    .write = overlay_write,
    .close = overlay_close,
    .next_data = overlay_next_data,
    .state = overlay_state,
    .clear = overlay_clear,
};

struct disk_layer *disk_overlay_new(struct disk_layer *below, u64 memory_limit)
{
    struct overlay *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    o->layer.ops = &overlay_ops;
    o->fd = -1;
    o->memory_limit = (memory_limit ? memory_limit : DEFAULT_LIMIT) / CLUSTER_BYTES;
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
