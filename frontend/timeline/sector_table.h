/*
 * sector_table.h - a number for each of very many sectors, of which most have none.
 */
#ifndef FERRITE_SECTOR_TABLE_H
#define FERRITE_SECTOR_TABLE_H

#include "hw/base/types.h"

struct sector_cell {
    u64 key; /* sector + 1 in the lower half, opening in the upper bits; 0: free */
    u64 value;
};

struct sector_table {
    struct sector_cell *cell;
    size_t room, used;
};

/* The sector's value, of the disk's n-th opening (hw/base/shown.h); NULL: it has none. */
u64 *sector_table_find(const struct sector_table *t, u32 opening, u64 sector);
/* Its value from now on. false: out of memory, and it has none. */
bool sector_table_set(struct sector_table *t, u32 opening, u64 sector, u64 value);
void sector_table_free(struct sector_table *t);

#endif
