/*
 * counters.c - counters of clusters and slots. See counters.h. Only what was written to takes
 * memory.
 */
#include "hw/storage/folder/counters.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 256 };

/* Open addressing by sector; 0 is free, and no directory lies in sector 0. */
struct slots {
    u32 sector;
    u32 tick[FAT_SLOTS];
};

struct counters {
    struct cluster_info **page;
    u32 pages, clusters;
    struct slots *slots;
    u32 slot_places, slot_count;
};

static const struct cluster_info untouched = {.owner = NOBODY};

struct counters *counters_new(u32 clusters)
{
    struct counters *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->clusters = clusters;
    c->pages = (clusters + 2 + PAGE - 1) / PAGE;
    c->page = calloc(c->pages, sizeof(struct cluster_info *));
    if (c->page)
        return c;
    free(c);
    return NULL;
}

void counters_free(struct counters *c)
{
    if (!c)
        return;
    for (u32 i = 0; i < c->pages; i++)
        free(c->page[i]);
    free(c->page);
    free(c->slots);
    free(c);
}

const struct cluster_info *counters_get(const struct counters *c, u32 cluster)
{
    if (cluster >= c->clusters + 2 || !c->page[cluster / PAGE])
        return &untouched;
    return &c->page[cluster / PAGE][cluster % PAGE];
}

struct cluster_info *counters_at(struct counters *c, u32 cluster)
{
    if (cluster >= c->clusters + 2)
        return NULL;
    struct cluster_info **page = &c->page[cluster / PAGE];
    if (!*page)
        *page = calloc(PAGE, sizeof(struct cluster_info));
    return *page ? &(*page)[cluster % PAGE] : NULL;
}

static u32 place_of(const struct slots *slots, u32 places, u32 sector)
{
    u32 i = sector * 0x9e3779b1u;
    for (;; i++) {
        i &= places - 1;
        if (!slots[i].sector || slots[i].sector == sector)
            return i;
    }
}

u32 counters_slot(const struct counters *c, u32 sector, unsigned slot)
{
    return c->slots ? c->slots[place_of(c->slots, c->slot_places, sector)].tick[slot] : 0;
}

static bool grow(struct counters *c)
{
    u32 places = c->slot_places ? c->slot_places * 2 : 64;
    struct slots *made = calloc(places, sizeof(*made));
    if (!made)
        return false;
    for (u32 i = 0; i < c->slot_places; i++) {
        if (c->slots[i].sector)
            made[place_of(made, places, c->slots[i].sector)] = c->slots[i];
    }
    free(c->slots);
    c->slots = made;
    c->slot_places = places;
    return true;
}

bool counters_set_slot(struct counters *c, u32 sector, unsigned slot, u32 tick)
{
    if (c->slot_count * 2 >= c->slot_places && !grow(c))
        return false;
    struct slots *s = &c->slots[place_of(c->slots, c->slot_places, sector)];
    c->slot_count += !s->sector;
    s->sector = sector;
    s->tick[slot] = tick;
    return true;
}
