/*
 * touch.h - which pages of physical memory data accesses of the processor touch, for who wants to
 * see it. Nothing is noted before somebody asks, and no guest can tell.
 *
 * It costs no access anything: when an interval begins, the tags of the fast path end for all pages
 * (what the TLB knows of them stays), and the first access to each page, which then takes the slow
 * path, is noted and lets the tag come back. The counts lie behind the TLB's tables.
 */
#ifndef FERRITE_TOUCH_H
#define FERRITE_TOUCH_H

#include "mmu/mmu.h"

enum { TOUCH_INTERVALS = 256 };

/* By page, the interval of the last access; intervals count from 1 on. */
struct touch {
    u32 interval;               /* the present one */
    u64 began[TOUCH_INTERVALS]; /* of the last ones: whatever their owner counts */
    u32 read[PHYS_PAGES], written[PHYS_PAGES];
};

struct tlb_room {
    struct tlb table[TLB_TABLES];
    struct touch *touch; /* NULL: nobody wants to know */
};

static inline struct tlb_room *tlb_room(const struct mmu *m)
{
    return (struct tlb_room *)(void *)m->tlb;
}

static inline struct touch *mmu_touch(const struct mmu *m)
{
    return tlb_room(m)->touch;
}

/* Another interval begins, the first one when nothing was noted before. false: out of memory. */
bool mmu_touch_again(struct mmu *m, u64 now);
/* Somebody wants to know, and this read did not go the fast way. Of writes the MMU knows. */
void mmu_touch_read(struct mmu *m, u32 lin, bool user, u32 phys);

static inline void touch_written(struct touch *t, u32 phys)
{
    t->written[phys >> PAGE_SHIFT] = t->interval;
}

#endif
