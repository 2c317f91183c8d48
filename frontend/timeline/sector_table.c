/*
 * sector_table.c - see sector_table.h. Open addressing; never more than three quarters full.
 */
#include "frontend/timeline/sector_table.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1024, SECTOR_BITS = 36 };

static u64 key_of(u32 opening, u64 sector)
{
    return (u64)opening << SECTOR_BITS | ((sector + 1) & ((1ull << SECTOR_BITS) - 1));
}

static struct sector_cell *place_of(const struct sector_table *t, u64 key)
{
    size_t i = (size_t)(key * 0x9e3779b97f4a7c15ull >> 20) & (t->room - 1);
    while (t->cell[i].key && t->cell[i].key != key)
        i = (i + 1) & (t->room - 1);
    return &t->cell[i];
}

u64 *sector_table_find(const struct sector_table *t, u32 opening, u64 sector)
{
    if (!t->room)
        return NULL;
    struct sector_cell *c = place_of(t, key_of(opening, sector));
    return c->key ? &c->value : NULL;
}

static bool grow(struct sector_table *t)
{
    struct sector_table more = {.room = t->room ? 2 * t->room : FIRST_ROOM, .used = t->used};
    more.cell = calloc(more.room, sizeof(*more.cell));
    if (!more.cell)
        return false;
    for (size_t i = 0; i < t->room; i++) {
        if (t->cell[i].key)
            *place_of(&more, t->cell[i].key) = t->cell[i];
    }
    free(t->cell);
    *t = more;
    return true;
}

bool sector_table_set(struct sector_table *t, u32 opening, u64 sector, u64 value)
{
    if (t->used >= t->room / 4 * 3 && !grow(t))
        return false;
    struct sector_cell *c = place_of(t, key_of(opening, sector));
    t->used += !c->key;
    *c = (struct sector_cell){key_of(opening, sector), value};
    return true;
}

void sector_table_free(struct sector_table *t)
{
    free(t->cell);
    *t = (struct sector_table){.room = 0};
}
