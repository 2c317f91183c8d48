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
/*
 * Pages for the bytes [from, to), which are about to be written. The host counts memory files when
 * their pages are touched, and ends a program by a signal where it has none left then; here it is
 * false + err, and no byte there may be touched.
 */
bool region_reserve(struct region *r, size_t from, size_t to, struct err *e);
/*
 * After fork(2) both processes have the same pages, for they are shared: give this one pages of its
 * own, at the same addresses, with what stands in [from[i], to[i]). false + err: only to be
 * unmapped.
 */
bool region_part(struct region *r, const size_t from[2], const size_t to[2], struct err *e);

#endif
