/*
 * region.h - memory for machine code, never writable and executable at one address: the same pages
 * are mapped twice, once to write and once to run (W^X).
 */
#ifndef FERRITE_REGION_H
#define FERRITE_REGION_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct region {
    u8 *write;     /* where code is written... */
    const u8 *run; /* ...and where the same bytes are executed */
    size_t size;
};

/* false + err: the host has no such memory, or forbids executing it. */
bool region_map(struct region *r, size_t size, struct err *e);
void region_unmap(struct region *r);

#endif
