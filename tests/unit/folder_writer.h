/*
 * folder_writer.h - a guest's file system driver for tests: it changes a FAT volume and keeps each
 * sector that it writes in a log, in the order in which FreeDOS or Linux write. It knows nothing of
 * the code under test but the layout of a long name's slot.
 */
#ifndef FOLDER_WRITER_H
#define FOLDER_WRITER_H

#include "folder_rig.h"

enum flavour { DOS, LINUX };

struct logged {
    u32 sector; /* of the volume */
    u32 op;     /* operation that it belongs to */
    u8 bytes[512];
};

struct writer {
    struct fat_reader r;
    enum flavour flavour;
    u8 **sector; /* the driver's own view; NULL: as on the disk */
    u32 sectors;
    struct logged *log;
    u32 logs, log_room;
    u32 op;    /* operations so far */
    u32 alias; /* for long names */
    u32 time;  /* of the next entry that is written */
    u32 hint;  /* where to look for a free cluster */
};

static inline void writer_open(struct writer *w, struct disk *d, enum flavour flavour)
{
    memset(w, 0, sizeof(*w));
    fat_reader_open(&w->r, d);
    w->flavour = flavour;
    w->sectors = (u32)(disk_sectors(d) - w->r.start);
    w->sector = calloc(w->sectors, sizeof(u8 *));
    w->time = 0x21 << 16 | 1;
    w->hint = 2;
}

static inline void writer_close(struct writer *w)
{
    for (u32 i = 0; i < w->sectors; i++)
        free(w->sector[i]);
    free(w->sector);
    free(w->log);
}

static inline u8 *w_sector(struct writer *w, u32 at)
{
    must(at < w->sectors);
    if (!w->sector[at]) {
        w->sector[at] = malloc(512);
        read_sectors(&w->r, at, 1, w->sector[at]);
    }
    return w->sector[at];
}

/* The sector as it is now goes to the disk. */
static inline void w_log(struct writer *w, u32 at)
{
    if (w->logs == w->log_room) {
        w->log_room = w->log_room * 2 + 64;
        w->log = realloc(w->log, w->log_room * sizeof(*w->log));
    }
    struct logged *l = &w->log[w->logs++];
    l->sector = at;
    l->op = w->op;
    memcpy(l->bytes, w_sector(w, at), 512);
}

/* ---- the table (16 and 32 bits) ---- */

static inline u32 w_fat_sector(const struct writer *w, u32 cluster)
{
    return w->r.reserved + cluster * (w->r.bits / 8) / 512;
}

static inline u32 w_get(struct writer *w, u32 cluster)
{
    u8 *p = w_sector(w, w_fat_sector(w, cluster)) + cluster * (w->r.bits / 8) % 512;
    return w->r.bits == 16 ? get_le16(p) : get_le32(p) & 0x0fffffff;
}

static inline void w_set(struct writer *w, u32 cluster, u32 value)
{
    for (u32 table = 0; table < 2; table++) {
        u32 at = w_fat_sector(w, cluster) + table * w->r.table_sectors;
        u8 *p = w_sector(w, at) + cluster * (w->r.bits / 8) % 512;
        if (w->r.bits == 16)
            put_le16(p, (u16)value);
        else
            put_le32(p, value);
    }
}

static inline u32 w_alloc(struct writer *w)
{
    for (u32 n = 0; n < w->r.clusters; n++) {
        u32 c = 2 + (w->hint - 2 + n) % w->r.clusters;
        if (w_get(w, c) == 0) {
            w->hint = c;
            w_set(w, c, 0x0fffffff);
            return c;
        }
    }
    ck_abort_msg("the volume is full");
    return 0;
}

static inline bool w_end(const struct writer *w, u32 v)
{
    return v < 2 || fat_is_end(&w->r, v);
}

/* Sectors of both tables that name clusters of the chain, each once: F1 F2. */
static inline void w_log_tables(struct writer *w, const u32 *chain, u32 count)
{
    for (u32 table = 0; table < 2; table++) {
        u32 last = 0;
        for (u32 i = 0; i < count; i++) {
            u32 at = w_fat_sector(w, chain[i]) + table * w->r.table_sectors;
            if (at != last)
                w_log(w, at);
            last = at;
        }
    }
}

static inline u32 w_chain(struct writer *w, u32 start, u32 *chain, u32 room)
{
    u32 n = 0;
    for (u32 c = start; !w_end(w, c) && n < room; c = w_get(w, c))
        chain[n++] = c;
    return n;
}

/* ---- directories: start 0 is the root ---- */

static inline u32 w_dir_sector(struct writer *w, u32 dir, u32 slot)
{
    u32 n = slot / 16;
    if (!dir && w->r.bits != 32)
        return n < w->r.root_entries / 16 ? w->r.root_at + n : 0;
    u32 c = dir ? dir : w->r.root_cluster;
    for (; n >= w->r.cluster_sectors; n -= w->r.cluster_sectors) {
        c = w_get(w, c);
        if (w_end(w, c))
            return 0;
    }
    return w->r.data_at + (c - 2) * w->r.cluster_sectors + n;
}

static inline u8 *w_slot(struct writer *w, u32 dir, u32 slot)
{
    u32 at = w_dir_sector(w, dir, slot);
    return at ? w_sector(w, at) + slot % 16 * 32 : NULL;
}

/* Each sector of these slots once. */
static inline void w_log_slots(struct writer *w, u32 dir, u32 slot, u32 count)
{
    for (u32 i = slot; i < slot + count; i++) {
        if (i == slot || i % 16 == 0)
            w_log(w, w_dir_sector(w, dir, i));
    }
}

struct place {
    u32 dir, slot, slots; /* the last slot is the entry */
    u8 *entry;
};

/* An entry by its name as a guest sees it. */
static inline bool w_find(struct writer *w, u32 dir, const char *name, struct place *p)
{
    u32 first = 0;
    u8 all[21 * 32];
    for (u32 slot = 0;; slot++) {
        u8 *s = w_slot(w, dir, slot);
        if (!s || !s[0])
            return false;
        if (s[0] == 0xe5 || (s[11] == 8)) {
            first = slot + 1;
            continue;
        }
        if (s[11] == 15)
            continue;
        struct fat_item item;
        size_t at = 0, size = (slot + 1 - first) * 32;
        for (u32 i = first; i <= slot; i++)
            memcpy(all + (i - first) * 32, w_slot(w, dir, i), 32);
        if (next_item(&w->r, all, size, &at, &item) &&
            (!strcmp(item.name, name) || !strcmp(item.alias, name))) {
            *p = (struct place){dir, first, slot + 1 - first, s};
            return true;
        }
        first = slot + 1;
    }
}

static inline u32 w_start(const struct writer *w, const u8 *entry)
{
    return get_le16(entry + 26) | (w->r.bits == 32 ? (u32)get_le16(entry + 20) << 16 : 0);
}

static inline void w_put_start(u8 *entry, u32 start)
{
    put_le16(entry + 26, (u16)start);
    put_le16(entry + 20, (u16)(start >> 16));
}

/* "a/b" to the start of a and "b". */
static inline const char *w_parent(struct writer *w, const char *path, u32 *dir)
{
    *dir = 0;
    for (;;) {
        const char *slash = strchr(path, '/');
        char part[300];
        struct place p;
        if (!slash)
            return path;
        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        must(w_find(w, *dir, part, &p));
        *dir = w_start(w, p.entry);
        path = slash + 1;
    }
}

static inline bool w_exists(struct writer *w, const char *path, struct place *p)
{
    u32 dir;
    const char *name = w_parent(w, path, &dir);
    return w_find(w, dir, name, p);
}

static inline u32 w_free_slots(struct writer *w, u32 dir, u32 count)
{
    u32 run = 0;
    for (u32 slot = 0;; slot++) {
        u8 *s = w_slot(w, dir, slot);
        if (!s) { /* a folder grows by a cluster of zeros */
            must(dir || w->r.bits == 32);
            u32 chain[64], n = w_chain(w, dir ? dir : w->r.root_cluster, chain, 64), c = w_alloc(w);
            w_set(w, chain[n - 1], c);
            for (u32 i = 0; i < w->r.cluster_sectors; i++) {
                u32 at = w->r.data_at + (c - 2) * w->r.cluster_sectors + i;
                memset(w_sector(w, at), 0, 512);
                w_log(w, at);
            }
            chain[n] = c;
            w_log_tables(w, chain + n - 1, 2);
            s = w_slot(w, dir, slot);
        }
        run = s[0] == 0 || s[0] == 0xe5 ? run + 1 : 0;
        if (run == count)
            return slot + 1 - count;
    }
}

static inline bool w_short_name(const char *name, u8 alias[11])
{
    const char *dot = strrchr(name, '.');
    size_t base = dot ? (size_t)(dot - name) : strlen(name);
    memset(alias, ' ', 11);
    if (!base || base > 8 || (dot && strlen(dot + 1) > 3))
        return false;
    for (const char *p = name; *p; p++) {
        if ((*p >= 'a' && *p <= 'z') || *p == ' ' || (*p == '.' && p != dot) || *p & 0x80)
            return false;
    }
    memcpy(alias, name, base);
    if (dot)
        memcpy(alias + 8, dot + 1, strlen(dot + 1));
    return true;
}

static inline bool w_has_alias(struct writer *w, u32 dir, const u8 alias[11])
{
    for (u32 slot = 0;; slot++) {
        const u8 *s = w_slot(w, dir, slot);
        if (!s || !s[0])
            return false;
        if (s[11] != 15 && memcmp(s, alias, 11) == 0)
            return true;
    }
}

/* Slots for a name, in the driver's view alone; the entry itself comes empty. */
static inline void w_new_entry(struct writer *w, u32 dir, const char *name, struct place *p)
{
    u8 alias[11], sum = 0;
    struct long_name n;
    u32 slots = 1;
    bool is_short = w_short_name(name, alias);
    must(name_from_host(name, strlen(name), &n));
    if (!is_short) {
        char text[32];
        do { /* a file may have one from another driver, before this one was started */
            snprintf(text, sizeof(text), "LN%05u~1   ", w->alias++ % 100000);
            memcpy(alias, text, 11);
        } while (w_has_alias(w, dir, alias));
        slots += fat_long_slots(&n);
    }
    for (unsigned i = 0; i < 11; i++)
        sum = (u8)((sum << 7 | sum >> 1) + alias[i]);
    *p = (struct place){dir, w_free_slots(w, dir, slots), slots, NULL};
    for (u32 i = 0; i + 1 < slots; i++)
        fat_put_long(w_slot(w, dir, p->slot + i), &n, slots - 1 - i, sum);
    p->entry = w_slot(w, dir, p->slot + slots - 1);
    must(p->entry);
    memset(p->entry, 0, 32);
    memcpy(p->entry, alias, 11);
}

static inline void w_touch(struct writer *w, u8 *entry)
{
    put_le16(entry + 22, (u16)w->time);
    put_le16(entry + 24, (u16)(0x21 + (w->time >> 16)));
    w->time += 1;
    if ((w->time & 0x1f) == 30)
        w->time += 2;
}

static inline void w_erase(struct writer *w, const struct place *p)
{
    for (u32 i = 0; i < p->slots; i++)
        w_slot(w, p->dir, p->slot + i)[0] = 0xe5;
}

/* ---- operations ---- */

static inline void w_data(struct writer *w, const u32 *chain, const u8 *bytes, u32 size, u32 from)
{
    u32 per = w->r.cluster_sectors;
    for (u32 s = from / 512; s < (size + 511) / 512; s++) {
        u32 at = w->r.data_at + (chain[s / per] - 2) * per + s % per;
        u32 n = size - s * 512 < 512 ? size - s * 512 : 512;
        memcpy(w_sector(w, at), bytes + s * 512, n);
        w_log(w, at);
    }
}

enum { W_CHAIN = 4096 };

static inline void w_free_chain(struct writer *w, u32 start)
{
    u32 chain[W_CHAIN], n = w_chain(w, start, chain, W_CHAIN);
    for (u32 i = 0; i < n; i++)
        w_set(w, chain[i], 0);
    w_log_tables(w, chain, n);
}

/* A file with these bytes, new or written again from its beginning. */
static inline void w_write(struct writer *w, const char *path, const u8 *bytes, u32 size)
{
    struct place p;
    u32 dir, chain[W_CHAIN] = {0}, count;
    u32 per = w->r.cluster_sectors * 512;
    const char *name = w_parent(w, path, &dir);
    w->op++;
    if (w_find(w, dir, name, &p)) {
        u32 start = w_start(w, p.entry);
        if (w->flavour == LINUX) { /* truncated in memory, and written back as one */
            w_put_start(p.entry, 0);
            put_le32(p.entry + 28, 0);
        }
        if (start)
            w_free_chain(w, start);
        w_put_start(p.entry, 0);
        put_le32(p.entry + 28, 0);
        w_log_slots(w, dir, p.slot, p.slots);
    } else {
        w_new_entry(w, dir, name, &p);
        p.entry[11] = 0x20;
        w_touch(w, p.entry);
        if (w->flavour == DOS)
            w_log_slots(w, dir, p.slot, p.slots);
    }
    count = (size + per - 1) / per;
    must(count <= W_CHAIN);
    for (u32 i = 0; i < count; i++) {
        chain[i] = w_alloc(w);
        if (i)
            w_set(w, chain[i - 1], chain[i]);
    }
    if (w->flavour == LINUX) { /* F1 F2 R(size 0) D R(size) */
        w_log_tables(w, chain, count);
        w_put_start(p.entry, count ? chain[0] : 0);
        w_log_slots(w, dir, p.slot, p.slots);
        w_data(w, chain, bytes, size, 0);
        put_le32(p.entry + 28, size);
        w_touch(w, p.entry);
        w_log_slots(w, dir, p.slot, p.slots);
    } else { /* D R(size, chain still free) F1 F2 */
        w_data(w, chain, bytes, size, 0);
        w_put_start(p.entry, count ? chain[0] : 0);
        put_le32(p.entry + 28, size);
        w_touch(w, p.entry);
        w_log_slots(w, dir, p.slot, p.slots);
        w_log_tables(w, chain, count);
    }
}

/* More bytes at its end. DOS: the directory says so before they are there. */
static inline void w_append(struct writer *w, const char *path, const u8 *bytes, u32 size)
{
    struct place p;
    u32 chain[W_CHAIN] = {0}, per = w->r.cluster_sectors * 512;
    w->op++;
    must(w_exists(w, path, &p));
    u32 old = get_le32(p.entry + 28), n = w_chain(w, w_start(w, p.entry), chain, W_CHAIN), had = n;
    u8 *all = malloc(old + size);
    for (u32 i = 0; i < old; i++)
        all[i] = w_sector(w, w->r.data_at + (chain[i / per] - 2) * w->r.cluster_sectors +
                                 i % per / 512)[i % 512];
    memcpy(all + old, bytes, size);
    for (; n < (old + size + per - 1) / per; n++) {
        chain[n] = w_alloc(w);
        if (n)
            w_set(w, chain[n - 1], chain[n]);
    }
    if (n > had)
        w_log_tables(w, chain + (had ? had - 1 : 0), n - (had ? had - 1 : 0));
    w_put_start(p.entry, chain[0]);
    put_le32(p.entry + 28, old + size);
    w_touch(w, p.entry);
    if (w->flavour == DOS)
        w_log_slots(w, p.dir, p.slot, p.slots);
    w_data(w, chain, all, old + size, old);
    if (w->flavour == LINUX)
        w_log_slots(w, p.dir, p.slot, p.slots);
    free(all);
}

static inline void w_mkdir(struct writer *w, const char *path)
{
    struct place p;
    u32 dir;
    const char *name = w_parent(w, path, &dir);
    w->op++;
    w_new_entry(w, dir, name, &p);
    u32 c = w_alloc(w);
    p.entry[11] = 0x10;
    w_put_start(p.entry, c);
    w_touch(w, p.entry);
    if (w->flavour == DOS)
        w_log_slots(w, dir, p.slot, p.slots);
    else
        w_log_tables(w, &c, 1);
    for (u32 i = w->r.cluster_sectors; i-- > 0;) {
        u8 *s = w_sector(w, w->r.data_at + (c - 2) * w->r.cluster_sectors + i);
        memset(s, 0, 512);
        if (i)
            continue;
        memcpy(s, ".          \x10", 12);
        memcpy(s + 32, "..         \x10", 12);
        w_put_start(s, c);
        w_put_start(s + 32, dir);
    }
    for (u32 i = 0; i < w->r.cluster_sectors; i++) {
        w_log(w, w->r.data_at + (c - 2) * w->r.cluster_sectors + i);
        if (i == 0 && w->flavour == DOS)
            w_log_tables(w, &c, 1);
    }
    if (w->flavour == LINUX)
        w_log_slots(w, dir, p.slot, p.slots);
}

static inline void w_delete(struct writer *w, const char *path)
{
    struct place p;
    w->op++;
    must(w_exists(w, path, &p));
    u32 start = w_start(w, p.entry);
    w_erase(w, &p);
    if (w->flavour == DOS)
        w_log_slots(w, p.dir, p.slot, p.slots);
    if (start)
        w_free_chain(w, start);
    if (w->flavour == LINUX)
        w_log_slots(w, p.dir, p.slot, p.slots);
}

/* Also to another folder: Linux writes the old place back first, and the new one later. */
static inline void w_rename(struct writer *w, const char *from, const char *to)
{
    struct place p, q;
    u32 dir;
    u8 entry[32];
    w->op++;
    must(w_exists(w, from, &p));
    const char *name = w_parent(w, to, &dir);
    memcpy(entry, p.entry, 32);
    u8 alias[11];
    if (dir == p.dir && p.slots == 1 && w_short_name(name, alias)) { /* DOS, in place */
        memcpy(p.entry, alias, 11);
        p.entry[12] = 0;
        w_log_slots(w, dir, p.slot, 1);
        return;
    }
    w_erase(w, &p);
    w_new_entry(w, dir, name, &q);
    memcpy(q.entry + 11, entry + 11, 21);
    q.entry[12] = 0;
    if (w->flavour == LINUX || dir == p.dir) {
        w_log_slots(w, p.dir, p.slot, p.slots);
        w_log_slots(w, dir, q.slot, q.slots);
    } else {
        w_log_slots(w, dir, q.slot, q.slots);
        w_log_slots(w, p.dir, p.slot, p.slots);
    }
    u32 start = w_start(w, entry);
    if (entry[11] & 0x10 && dir != p.dir) { /* .. of a folder that has moved */
        u8 *s = w_sector(w, w->r.data_at + (start - 2) * w->r.cluster_sectors);
        w_put_start(s + 32, dir);
        w_log(w, w->r.data_at + (start - 2) * w->r.cluster_sectors);
    }
}

static inline void w_attributes(struct writer *w, const char *path, u8 attributes)
{
    struct place p;
    w->op++;
    must(w_exists(w, path, &p));
    p.entry[11] = attributes;
    w_log_slots(w, p.dir, p.slot, p.slots);
}

/* ---- the log goes to the disk ---- */

static inline void play(struct writer *w, struct disk *d, u32 from, u32 to)
{
    for (u32 i = from; i < to; i++)
        must(disk_write(d, w->r.start + w->log[i].sector, 1, w->log[i].bytes));
}

static inline void ticks(struct disk *d, u32 n)
{
    while (n--)
        disk_tick(d);
}

#endif
