/*
 * resident.h - memory that its owner is about to fill from one end to the other.
 *
 * Fresh memory is brought in by the host page by page, each at the first touch (madvise(2)). Where
 * all of it is written at once, asking for it in one go takes a quarter of the time: start-up is a
 * few milliseconds, of which a tenth were such faults.
 */
#ifndef FERRITE_RESIDENT_H
#define FERRITE_RESIDENT_H

#include <stddef.h>

/* What is there stays; where the host cannot do it, nothing happens and the pages come one by one.
 */
void make_resident(void *at, size_t size);

#endif
