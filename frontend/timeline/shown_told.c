/*
 * shown_told.c - see shown_told.h, and recording.h for the records.
 *
 * A sector that was read for the first time is a record by itself (S), whenever that was: it has
 * been so since the disk was opened. One that reads otherwise the next time, or cannot be read, is
 * entered in the journal with the instant, as the host has changed its file.
 */
#include "frontend/timeline/shown_told.h"

#include "frontend/archive/inflate.h"
#include "frontend/timeline/recording_format.h"
#include "frontend/timeline/sector_table.h"
#include "hw/base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512 };

/* In a table: a hash of the contents, and how they were told. OWN: the guest's, so not told. */
enum { ENTERED = 1, AGAIN = 2, FLAGS = 3, OWN = 0 };

struct told_place {
    struct shown shown;
    struct shown_told *all;
    u8 place;
    u32 openings;
    struct sector_table sectors;
};

struct shown_told {
    struct told_place place[SHOWN_PLACES];
    void (*record)(void *opaque, char letter, const void *head, size_t head_size, const void *rest,
                   size_t rest_size);
    void *opaque;
    struct journal *journal;
    bool made, over;
};

static u64 hash_of(const u8 *buf, int error)
{
    u64 h = buf ? hash_bytes(HASH_START, buf, SECTOR) : (u64)(u32)error << 8 | 4;
    return (h & ~(u64)FLAGS) | 4;
}

/* The guest has written there since, or out of memory: it is told again when it is read. */
static void remember(struct told_place *p, u32 number, u64 sector, u64 value)
{
    sector_table_set(&p->sectors, number, sector, value);
}

static void tell_first(struct told_place *p, u32 number, u64 sector, u32 count, const u8 *buf)
{
    u8 head[SECTORS_HEAD], packed[SECTORS_MOST * SECTOR];
    size_t size = (size_t)count * SECTOR, n = deflate_bytes(buf, size, packed, sizeof(packed));
    head[0] = p->place;
    put_le32(head + 1, number);
    put_le64(head + 5, sector);
    put_le32(head + 13, count);
    head[17] = n ? PACKED_DEFLATE : PACKED_NONE;
    p->all->record(p->all->opaque, 'S', head, sizeof(head), n ? packed : buf, n ? n : size);
}

/* One that is not as it was told, or cannot be read: u32 opening, u64 sector, u32 error, bytes. */
static bool enter(struct told_place *p, u32 number, u64 sector, const u8 *buf, int error)
{
    u8 fact[FACT_HEAD + SECTOR];
    struct journal *j = p->all->journal;
    if (!journal_notes(j))
        return false;
    put_le32(fact, number);
    put_le64(fact + 4, sector);
    put_le32(fact + 12, (u32)error);
    if (buf)
        memcpy(fact + FACT_HEAD, buf, SECTOR);
    bool settled = j->settled; /* it is no call */
    journal_note(j, JOURNAL_SECTORS, p->place, fact, buf ? sizeof(fact) : FACT_HEAD);
    j->settled = settled;
    return true;
}

static void told(void *opaque, u32 number, u64 sector, u32 count, const u8 *buf, int error)
{
    struct told_place *p = opaque;
    u64 first = 0;
    u32 fresh = 0;
    if (p->all->over || journal_replays(p->all->journal))
        return;
    for (u32 i = 0; i < count; i++) {
        const u8 *bytes = buf ? buf + (size_t)i * SECTOR : NULL;
        const u64 *known = sector_table_find(&p->sectors, number, sector + i);
        u64 hash = hash_of(bytes, error);
        if (!known && bytes) {
            first = fresh ? first : sector + i;
            remember(p, number, sector + i, hash);
            if (++fresh < SECTORS_MOST)
                continue;
        } else if (!known || (*known != OWN && ((*known ^ hash) & ~(u64)ENTERED))) {
            if (enter(p, number, sector + i, bytes, error))
                remember(p, number, sector + i, hash | ENTERED);
        }
        if (fresh)
            tell_first(p, number, first, fresh, buf + (size_t)(first - sector) * SECTOR);
        fresh = 0;
    }
    if (fresh)
        tell_first(p, number, first, fresh, buf + (size_t)(first - sector) * SECTOR);
}

static void written(void *opaque, u32 number, u64 sector, u32 count)
{
    struct told_place *p = opaque;
    for (u32 i = 0; !p->all->over && i < count; i++)
        remember(p, number, sector + i, OWN);
}

static u32 begins(void *opaque)
{
    return ((struct told_place *)opaque)->openings++;
}

static void opened(void *opaque, u32 number, const struct shown_disk *d)
{
    struct told_place *p = opaque;
    u8 head[OPENED_HEAD];
    if (p->all->over)
        return;
    head[0] = p->place;
    put_le32(head + 1, number);
    put_le64(head + 5, d->sectors);
    put_le64(head + 13, d->bytes);
    put_le64(head + 21, d->fingerprint);
    head[29] = (u8)((d->writable ? OPENED_WRITABLE : 0) | (d->folder ? OPENED_FOLDER : 0) |
                    (d->removable ? OPENED_REMOVABLE : 0));
    put_le64(head + 30, d->held);
    p->all->record(p->all->opaque, 'O', head, sizeof(head), d->name, strlen(d->name));
}

struct shown_told *shown_told_new(void (*record)(void *opaque, char letter, const void *head,
                                                 size_t head_size, const void *rest,
                                                 size_t rest_size),
                                  void *opaque)
{
    struct shown_told *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->record = record;
    t->opaque = opaque;
    for (unsigned i = 0; i < SHOWN_PLACES; i++) {
        struct told_place *p = &t->place[i];
        p->all = t;
        p->place = (u8)i;
        p->shown = (struct shown){
            .begins = begins, .opened = opened, .told = told, .written = written, .opaque = p};
    }
    return t;
}

const struct shown *shown_told_at(struct shown_told *t, unsigned place)
{
    return &t->place[place].shown;
}

void shown_told_journal(struct shown_told *t, struct journal *j)
{
    t->journal = j;
    t->over = !j;
}

void shown_told_back(struct shown_told *t)
{
    for (unsigned i = 0; i < SHOWN_PLACES; i++) {
        struct sector_table *s = &t->place[i].sectors;
        for (size_t k = 0; k < s->room; k++)
            s->cell[k].value |= s->cell[k].value & ENTERED ? AGAIN : 0;
    }
}

void shown_told_free(struct shown_told *t)
{
    for (unsigned i = 0; t && i < SHOWN_PLACES; i++)
        sector_table_free(&t->place[i].sectors);
    free(t);
}
