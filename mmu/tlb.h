/*
 * tlb.h - between tlb.c and mmu.c: filling the softmmu TLB. Other rooms use mmu.h.
 */
#ifndef FERRITE_TLB_H
#define FERRITE_TLB_H

#include "mmu/touch.h"

/* What a walk found out about one 4 KiB page. */
struct tlb_fill {
    u32 phys;      /* frame, A20 applied */
    bool writable; /* stores are permitted and need no further A/D work */
    bool global;
    u8 shift; /* of the page that the tables describe: 12, 21 or 22 */
};

/* ---- the fast part of a slot; all changes of it go this way ---- */

static ALWAYS_INLINE void tlb_let_read(struct tlb *t, u32 slot, u32 page)
{
    t->fast[slot].read = page;
    if (t->flat)
        t->flat[page >> PAGE_SHIFT] = t->fast[slot].add;
}

static ALWAYS_INLINE void tlb_let_write(struct tlb *t, u32 slot, u32 page)
{
    t->fast[slot].write = page;
    if (t->flat)
        t->flat[FLAT_WRITES + (page >> PAGE_SHIFT)] = t->fast[slot].add;
}

static ALWAYS_INLINE void tlb_end_write(struct tlb *t, u32 slot)
{
    u32 page = t->fast[slot].write;
    if (page == TLB_EMPTY)
        return;
    t->fast[slot].write = TLB_EMPTY;
    if (t->flat)
        t->flat[FLAT_WRITES + (page >> PAGE_SHIFT)] = 0;
}

static ALWAYS_INLINE void tlb_end_both(struct tlb *t, u32 slot)
{
    u32 page = t->fast[slot].read;
    tlb_end_write(t, slot);
    if (page == TLB_EMPTY)
        return;
    t->fast[slot].read = TLB_EMPTY;
    if (t->flat)
        t->flat[page >> PAGE_SHIFT] = 0;
}

/* Enter the translation of lin's page. */
void tlb_fill(struct mmu *m, u32 lin, enum mmu_access access, bool user, const struct tlb_fill *f);

/* May stores to this page bypass phys_store()? To watched memory once it is known as written. */
static inline bool tlb_fast_write(const struct mmu *m, const struct phys_page *pp,
                                  enum mmu_access access)
{
    if (pp->kind != PAGE_RAM || pp->code || pp->shared)
        return false;
    if (unlikely(pp->watched)) {
        u8 *written = phys_written(m->phys, pp);
        if (access == MMU_WRITE)
            *written = 1;
        return *written && (access == MMU_WRITE || !mmu_touch(m));
    }
    return access == MMU_WRITE || likely(!mmu_touch(m));
}

#endif
