/*
 * disk_budget.h - what a disk's files may grow by; see hw/base/budget.h.
 */
#ifndef FERRITE_DISK_BUDGET_H
#define FERRITE_DISK_BUDGET_H

#include "hw/base/budget.h"

struct disk;

/* From now on; what does not fit fails as on a full host. NULL: any. The disk keeps the pointer. */
void disk_budget(struct disk *d, struct budget *b);

#endif
