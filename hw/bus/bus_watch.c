/* bus_watch.c - see bus_watch.h. */
#include "hw/bus/bus_watch.h"

#include <stdlib.h>
#include <string.h>

struct bus_ring {
    u64 count; /* ever */
    struct bus_access access[BUS_LAST];
};

struct bus_watch {
    u64 (*instant)(void *owner);
    void *owner;
    struct bus_ring **ring; /* by range; NULL: none of its ports was touched */
    size_t rings;
};

bool bus_watch(struct bus *b, u64 (*instant)(void *owner), void *owner)
{
    if (!b->ranges[0].dev)
        b->ranges[0].dev = calloc(1, sizeof(struct bus_watch));
    struct bus_watch *w = b->ranges[0].dev;
    if (!w)
        return false;
    w->instant = instant;
    w->owner = owner;
    return true;
}

void bus_watch_free(struct bus *b)
{
    struct bus_watch *w = b->ranges[0].dev;
    for (size_t i = 0; w && i < w->rings; i++)
        free(w->ring[i]);
    if (w)
        free(w->ring);
    free(w);
    b->ranges[0].dev = NULL;
}

void bus_watch_forget(struct bus *b, size_t range)
{
    struct bus_watch *w = b->ranges[0].dev;
    if (w && range < w->rings && w->ring[range])
        w->ring[range]->count = 0;
}

/* NULL: the host has no memory, and nothing is noted. */
static struct bus_ring *ring_of(struct bus_watch *w, size_t slot)
{
    if (slot >= w->rings) {
        size_t rings = slot + 16;
        struct bus_ring **more = realloc(w->ring, rings * sizeof(*more));
        if (!more)
            return NULL;
        memset(more + w->rings, 0, (rings - w->rings) * sizeof(*more));
        w->ring = more;
        w->rings = rings;
    }
    if (!w->ring[slot])
        w->ring[slot] = calloc(1, sizeof(struct bus_ring));
    return w->ring[slot];
}

void bus_note(struct bus *b, u16 port, u32 value, unsigned size, bool out)
{
    struct bus_watch *w = b->ranges[0].dev;
    struct bus_ring *r = ring_of(w, b->port_map[port]);
    if (!r)
        return;
    r->access[r->count++ % BUS_LAST] = (struct bus_access){.instant = w->instant(w->owner),
                                                           .value = value,
                                                           .port = port,
                                                           .size = (u8)size,
                                                           .out = out};
}

/* The last `most` of one ring, the latest first; those of before go on in `out`. */
static unsigned merge(const struct bus_ring *r, struct bus_access *out, unsigned n, unsigned most)
{
    u64 have = r->count < BUS_LAST ? r->count : BUS_LAST;
    unsigned at = 0;
    for (u64 i = 0; i < have; i++) {
        const struct bus_access *a = &r->access[(r->count - 1 - i) % BUS_LAST];
        while (at < n && out[at].instant >= a->instant)
            at++;
        if (at == most)
            break;
        n = n < most ? n + 1 : n;
        memmove(&out[at + 1], &out[at], (n - 1 - at) * sizeof(*out));
        out[at++] = *a;
    }
    return n;
}

unsigned bus_last(const struct bus *b, const char *name, struct bus_access *out, unsigned most)
{
    const struct bus_watch *w = b->ranges[0].dev;
    unsigned n = 0;
    for (size_t i = 1; w && i < b->range_count && i < w->rings; i++)
        if (w->ring[i] && b->ranges[i].name && strcmp(b->ranges[i].name, name) == 0)
            n = merge(w->ring[i], out, n, most);
    return n;
}
