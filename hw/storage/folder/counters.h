/*
 * counters.h - what is remembered of a guest's writes, cluster by cluster: how often each was
 * freed, when its entry in the table and its data changed last, which of its sectors were written.
 *
 * Moments are ticks: a number that grows by one at each settling. What is written between two of
 * them carries the number of the next one, so nothing is ever older than it seems.
 */
#ifndef FERRITE_COUNTERS_H
#define FERRITE_COUNTERS_H

#include "hw/storage/folder/fat.h"

#define NOBODY UINT32_MAX

struct cluster_info {
    u32 freed;      /* how often its entry became 0 */
    u32 table_tick; /* last change of its entry; 0: never */
    u32 data_tick;  /* last write into it */
    u32 owner;      /* object that was applied with it */
    bool owned;     /* `owner` is meant; else whoever the layout says */
    bool changed;   /* written since its object was applied */
    u64 written[2]; /* sectors that were written since it was freed last */
};

struct counters;
struct counters *counters_new(u32 clusters); /* NULL: out of memory */
void counters_free(struct counters *c);
/* All zero, if nothing is known of it. */
const struct cluster_info *counters_get(const struct counters *c, u32 cluster);
/* To be changed; NULL: no such cluster, or out of memory. */
struct cluster_info *counters_at(struct counters *c, u32 cluster);

/* When a slot of a directory changed: by sector of the volume, 0 for what was not seen. */
u32 counters_slot(const struct counters *c, u32 sector, unsigned slot);
bool counters_set_slot(struct counters *c, u32 sector, unsigned slot, u32 tick);

#endif
