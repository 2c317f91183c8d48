/*
 * shown_given.c - see shown_given.h. Nothing of the records is believed: a sector that does not
 * unpack, or that was never read in the recorded run, cannot be read, and the replay says so.
 */
#include "frontend/timeline/shown_given.h"

#include "frontend/archive/inflate.h"
#include "frontend/timeline/recording_format.h"
#include "frontend/timeline/sector_table.h"
#include "hw/base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, OPENINGS_MOST = 4096 };

/* Sectors side by side, packed. */
struct sectors {
    u64 first;
    u32 number, count;
    u32 size;
    u8 packing;
    u8 *bytes;
};

struct opening {
    u32 number;
    struct shown_disk disk;
};

struct given_place {
    struct shown shown;
    struct shown_given *all;
    struct opening *opening;
    unsigned openings;
    struct sectors *piece;
    size_t pieces, room;
    const struct sectors *unpacked; /* whose sectors are in `sector` */
    u8 sector[SECTORS_MOST * SECTOR];
    struct sector_table later; /* number of a change + 1 */
    u8 **change;               /* u32 error, bytes */
    size_t changes, change_room;
};

struct shown_given {
    struct given_place place[SHOWN_PLACES];
    struct journal *journal;
};

/* ---- what the machine asks for ---- */

static bool disk(void *opaque, u32 number, struct shown_disk *out)
{
    const struct given_place *p = opaque;
    for (unsigned i = 0; i < p->openings; i++) {
        if (p->opening[i].number == number) {
            *out = p->opening[i].disk;
            return true;
        }
    }
    return false;
}

static const struct sectors *piece_of(const struct given_place *p, u32 number, u64 sector)
{
    size_t low = 0, high = p->pieces;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct sectors *s = &p->piece[middle];
        if (s->number < number || (s->number == number && s->first + s->count <= sector))
            low = middle + 1;
        else
            high = middle;
    }
    const struct sectors *s = low < p->pieces ? &p->piece[low] : NULL;
    return s && s->number == number && s->first <= sector ? s : NULL;
}

static bool unpack(struct given_place *p, const struct sectors *s)
{
    size_t size = (size_t)s->count * SECTOR;
    if (p->unpacked == s)
        return true;
    p->unpacked = NULL;
    if (s->packing == PACKED_NONE)
        memcpy(p->sector, s->bytes, size); /* its length was looked at */
    else if (!inflate_bytes(s->bytes, s->size, p->sector, size))
        return false;
    p->unpacked = s;
    return true;
}

static int one(struct given_place *p, u32 number, u64 sector, u8 *buf)
{
    const u64 *later = sector_table_find(&p->later, number, sector);
    if (later) {
        const u8 *change = p->change[*later - 1];
        memcpy(buf, change + 4, SECTOR);
        return (int)get_le32(change);
    }
    const struct sectors *s = piece_of(p, number, sector);
    if (!s || !unpack(p, s)) {
        if (p->all->journal)
            journal_lost(p->all->journal, "sector %llu of %s was not read in the recorded run%s",
                         (unsigned long long)sector, p->shown.name,
                         s && !inflate_there() ? " (or this program was built without zlib)" : "");
        return EIO;
    }
    memcpy(buf, p->sector + (sector - s->first) * SECTOR, SECTOR);
    return 0;
}

static int read_sectors(void *opaque, u32 number, u64 sector, u32 count, u8 *buf)
{
    struct given_place *p = opaque;
    int error = 0;
    if (p->all->journal)
        journal_facts(p->all->journal);
    for (u32 i = 0; i < count && !error; i++)
        error = one(p, number, sector + i, buf + (size_t)i * SECTOR);
    return error;
}

/* ---- records ---- */

struct shown_given *shown_given_new(void)
{
    struct shown_given *g = calloc(1, sizeof(*g));
    for (unsigned i = 0; g && i < SHOWN_PLACES; i++) {
        struct given_place *p = &g->place[i];
        p->all = g;
        p->shown = (struct shown){.replays = true, .disk = disk, .read = read_sectors, .opaque = p};
    }
    return g;
}

void shown_given_free(struct shown_given *g)
{
    for (unsigned i = 0; g && i < SHOWN_PLACES; i++) {
        struct given_place *p = &g->place[i];
        for (unsigned k = 0; k < p->openings; k++)
            free((char *)(uintptr_t)p->opening[k].disk.name);
        for (size_t k = 0; k < p->pieces; k++)
            free(p->piece[k].bytes);
        for (size_t k = 0; k < p->changes; k++)
            free(p->change[k]);
        free(p->opening);
        free(p->piece);
        free(p->change);
        sector_table_free(&p->later);
    }
    free(g);
}

bool shown_given_opened(struct shown_given *g, const u8 *p, size_t size)
{
    if (size < OPENED_HEAD || p[0] >= SHOWN_PLACES ||
        memchr(p + OPENED_HEAD, 0, size - OPENED_HEAD))
        return false;
    struct given_place *at = &g->place[p[0]];
    struct opening o = {.number = get_le32(p + 1),
                        .disk = {.sectors = get_le64(p + 5),
                                 .bytes = get_le64(p + 13),
                                 .fingerprint = get_le64(p + 21),
                                 .held = get_le64(p + 30),
                                 .writable = (p[29] & OPENED_WRITABLE) != 0,
                                 .folder = (p[29] & OPENED_FOLDER) != 0,
                                 .removable = (p[29] & OPENED_REMOVABLE) != 0}};
    struct shown_disk there;
    if (at->openings == OPENINGS_MOST || disk(at, o.number, &there))
        return false;
    struct opening *more = realloc(at->opening, (at->openings + 1) * sizeof(*more));
    if (more)
        at->opening = more;
    o.disk.name = strndup((const char *)p + OPENED_HEAD, size - OPENED_HEAD);
    if (!more || !o.disk.name) {
        free((char *)(uintptr_t)o.disk.name);
        return false;
    }
    at->opening[at->openings++] = o;
    return true;
}

bool shown_given_sectors(struct shown_given *g, const u8 *p, size_t size)
{
    if (size <= SECTORS_HEAD || p[0] >= SHOWN_PLACES)
        return false;
    struct given_place *at = &g->place[p[0]];
    struct sectors s = {.number = get_le32(p + 1),
                        .first = get_le64(p + 5),
                        .count = get_le32(p + 13),
                        .packing = p[17],
                        .size = (u32)(size - SECTORS_HEAD)};
    if (!s.count || s.count > SECTORS_MOST || s.first > UINT64_MAX - s.count ||
        s.packing > PACKED_DEFLATE || (s.packing == PACKED_NONE && s.size != s.count * SECTOR))
        return false;
    if (!ARRAY_ROOM(at->piece, at->room, at->pieces + 1))
        return false;
    s.bytes = malloc(s.size);
    if (!s.bytes)
        return false;
    memcpy(s.bytes, p + SECTORS_HEAD, s.size);
    at->piece[at->pieces++] = s;
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct sectors *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

bool shown_given_arrange(struct shown_given *g)
{
    for (unsigned i = 0; i < SHOWN_PLACES; i++) {
        struct given_place *p = &g->place[i];
        if (p->pieces)
            qsort(p->piece, p->pieces, sizeof(*p->piece), by_place);
        for (size_t k = 1; k < p->pieces; k++) {
            const struct sectors *a = &p->piece[k - 1], *b = &p->piece[k];
            if (a->number == b->number && a->first + a->count > b->first)
                return false;
        }
    }
    return true;
}

const struct shown *shown_given_at(struct shown_given *g, unsigned place)
{
    struct given_place *p = &g->place[place];
    struct shown_disk first;
    if (!disk(p, 0, &first))
        return NULL;
    p->shown.name = first.name;
    p->shown.removable = first.removable;
    return &p->shown;
}

bool shown_given_disk(const struct shown_given *g, unsigned place, struct shown_disk *out)
{
    return disk((void *)(uintptr_t)&g->place[place], 0, out);
}

void shown_given_journal(struct shown_given *g, struct journal *j)
{
    g->journal = j;
    if (j) {
        j->fact = shown_given_fact;
        j->fact_opaque = g;
    }
}

static u8 **one_more(struct given_place *p)
{
    return ARRAY_ROOM(p->change, p->change_room, p->changes + 1) ? &p->change[p->changes] : NULL;
}

void shown_given_fact(void *opaque, const struct journal_entry *e, const u8 *data)
{
    struct shown_given *g = opaque;
    if (e->unit >= SHOWN_PLACES || (e->size != FACT_HEAD && e->size != FACT_HEAD + SECTOR))
        return;
    struct given_place *p = &g->place[e->unit];
    u8 **to = one_more(p), *change = to ? calloc(1, 4 + SECTOR) : NULL;
    u32 error = get_le32(data + 12);
    if (!change)
        return;
    bool bytes = e->size > FACT_HEAD;
    put_le32(change, bytes ? 0 : error && error < 4096 ? error : EIO);
    if (bytes)
        memcpy(change + 4, data + FACT_HEAD, SECTOR);
    *to = change;
    if (sector_table_set(&p->later, get_le32(data), get_le64(data + 4), p->changes + 1))
        p->changes++;
    else
        free(change);
}
