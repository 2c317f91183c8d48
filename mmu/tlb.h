/*
 * tlb.h - between tlb.c and mmu.c: slots of the softmmu TLB. Other rooms use mmu.h.
 */
#ifndef FERRITE_TLB_H
#define FERRITE_TLB_H

#include "mmu/mmu.h"

/* The table that holds translations for this access. */
static inline struct tlb *tlb_table(const struct mmu *m, enum mmu_access access, bool user)
{
    return &m->tlb[(access == MMU_EXEC ? TLB_CODE_SUPERVISOR : TLB_SUPERVISOR) + user];
}

static inline u32 tlb_slot_of(u32 lin)
{
    return (lin >> PAGE_SHIFT) & (TLB_ENTRIES - 1);
}

/* What a walk found out about one 4 KiB page. */
struct tlb_fill {
    u32 phys;      /* frame, A20 applied */
    bool writable; /* stores are permitted and need no further A/D work */
    bool global;
    u8 shift; /* of the page that the tables describe: 12, 21 or 22 */
};

/* Enter the translation of lin's page. */
void tlb_fill(struct mmu *m, u32 lin, enum mmu_access access, bool user, const struct tlb_fill *f);

/* May stores to this page bypass phys_store()? To watched memory once it is known as written. */
bool tlb_fast_write(const struct mmu *m, const struct phys_page *pp, enum mmu_access access);

#endif
