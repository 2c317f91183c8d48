/*
 * bus_watch.h - the last accesses to the ports of each device, for who looks at it. No state of the
 * machine, and nothing of it while nobody looks. What a loop that waits would read again and again
 * is counted, not executed (cpu/spin.h), and is not among them.
 */
#ifndef FERRITE_BUS_WATCH_H
#define FERRITE_BUS_WATCH_H

#include "hw/bus/bus.h"

enum { BUS_LAST = 64 };

struct bus_access {
    u64 instant; /* as the watcher's function counts */
    u32 value;
    u16 port;
    u8 size; /* 1, 2, 4 */
    bool out;
};

/*
 * From now on the last accesses are kept; `instant` says when one is. Nothing is noted before.
 * false: out of memory.
 */
bool bus_watch(struct bus *b, u64 (*instant)(void *owner), void *owner);
/* The latest first, at most so many, of the ranges that are called so. */
unsigned bus_last(const struct bus *b, const char *name, struct bus_access *out, unsigned most);

/* ---- for bus.c ---- */

/* Who watches belongs to the range that stands for "nobody". */
static inline bool bus_watched(const struct bus *b)
{
    return unlikely(b->ranges[0].dev != NULL);
}
void bus_note(struct bus *b, u16 port, u32 value, unsigned size, bool out);
void bus_watch_forget(struct bus *b, size_t range); /* it is another one from now on */
void bus_watch_free(struct bus *b);

#endif
