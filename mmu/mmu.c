/*
 * mmu.c - page walks, and the registers that govern them. Intel SDM vol. 3, chapter 4. The TLB that
 * keeps the results is in tlb.c.
 *
 * Not modelled: execute-disable, physical space beyond 4 GiB (frames of PSE-36 and PAE there are
 * unmapped memory: a page of phys.h's map that nobody has), caching attributes (PCD, PWT, PAT)
 * which have no visible effect here.
 */
#include "mmu/tlb.h"

#include <string.h>

#define PTE_P 1u
#define PTE_RW 2u
#define PTE_US 4u
#define PTE_A 0x20u
#define PTE_D 0x40u
#define PTE_PS 0x80u
#define PTE_G 0x100u

static bool fault(struct mmu *m, u32 lin, u32 error)
{
    m->fault_addr = lin;
    m->fault_error = error;
    return false;
}

/* May this access go through entries whose combined R/W and U/S bits are `rights`? */
static bool permitted(const struct mmu *m, u32 rights, enum mmu_access access, bool user)
{
    if (user && !(rights & PTE_US))
        return false;
    if (access == MMU_WRITE && !(rights & PTE_RW) && (user || (m->cr0 & CR0_WP)))
        return false;
    return true;
}

static void set_bits32(struct phys *p, u32 addr, u32 entry, u32 want)
{
    if ((entry & want) != want)
        phys_store(p, addr, entry | want, 4);
}

struct walk {
    u32 phys;
    u32 rights; /* AND of the R/W and U/S bits on the way */
    bool global, dirty;
    u8 shift;                   /* log2 of the page's size */
    struct mmu_refusal refusal; /* when there is no way through */
};

static bool refuse(struct walk *w, enum mmu_level level, enum mmu_reason reason, u32 index, u32 at,
                   u64 entry)
{
    w->refusal = (struct mmu_refusal){
        .level = (u8)level, .reason = (u8)reason, .index = (u16)index, .at = at, .entry = entry};
    return false;
}

/* Rights are missing in one of the two entries: the higher one has the first word. */
static bool refuse_rights(struct walk *w, bool user, u32 index, u32 pde_at, u64 pde, u32 pte_at,
                          u64 pte)
{
    u32 right = user && !(w->rights & PTE_US) ? PTE_US : PTE_RW;
    enum mmu_reason reason = right == PTE_US ? MMU_SUPERVISOR : MMU_READ_ONLY;
    if (!(pde & right))
        return refuse(w, MMU_PDE, reason, index >> 16, pde_at, pde);
    return refuse(w, MMU_PTE, reason, index & 0xffff, pte_at, pte);
}

/* 32-bit paging (4.3). Returns 0 or the P/RSVD part of the error code as a failure mark. */
static bool walk32(struct mmu *m, u32 lin, enum mmu_access access, bool user, bool touch,
                   struct walk *w, u32 *error)
{
    struct phys *p = m->phys;
    u32 pde_at = ((m->cr3 & ~PAGE_MASK) | (lin >> 22 << 2)) & p->a20_mask;
    u32 pde = (u32)phys_load(p, pde_at, 4);
    bool write = access == MMU_WRITE;

    *error = 0;
    if (!(pde & PTE_P))
        return refuse(w, MMU_PDE, MMU_NOT_PRESENT, lin >> 22, pde_at, pde);
    if ((pde & PTE_PS) && (m->cr4 & CR4_PSE)) {
        /* Bits 21-22 are reserved; 13-20 are the PSE-36 address or reserved without it. */
        if (pde & (m->pse36 ? 0x00200000u : 0x003fe000u)) {
            *error = PF_PRESENT | PF_RESERVED;
            return refuse(w, MMU_PDE, MMU_RESERVED, lin >> 22, pde_at, pde);
        }
        w->rights = pde;
        if (!permitted(m, w->rights, access, user)) {
            *error = PF_PRESENT;
            return refuse_rights(w, user, lin >> 22 << 16, pde_at, pde, 0, 0);
        }
        if (touch)
            set_bits32(p, pde_at, pde, PTE_A | (write ? PTE_D : 0));
        w->dirty = write || (pde & PTE_D);
        w->global = pde & PTE_G;
        w->shift = 22;
        w->phys = (m->pse36 && (pde & 0x001fe000u)) ? phys_hole(p)
                                                    : (pde & 0xffc00000u) | (lin & 0x003ff000u);
        return true;
    }
    u32 pte_at = ((pde & ~PAGE_MASK) | ((lin >> 12 & 0x3ff) << 2)) & p->a20_mask;
    u32 pte = (u32)phys_load(p, pte_at, 4);
    u32 index = lin >> 22 << 16 | (lin >> 12 & 0x3ff);
    if (!(pte & PTE_P))
        return refuse(w, MMU_PTE, MMU_NOT_PRESENT, index & 0xffff, pte_at, pte);
    w->rights = pde & pte;
    if (!permitted(m, w->rights, access, user)) {
        *error = PF_PRESENT;
        return refuse_rights(w, user, index, pde_at, pde, pte_at, pte);
    }
    if (touch) {
        set_bits32(p, pde_at, pde, PTE_A);
        set_bits32(p, pte_at, pte, PTE_A | (write ? PTE_D : 0));
    }
    w->dirty = write || (pte & PTE_D);
    w->global = pte & PTE_G;
    w->shift = PAGE_SHIFT;
    w->phys = pte & ~PAGE_MASK;
    return true;
}

/* PAE paging (4.4). Physical addresses have 36 bits; frames above 4 GiB are unmapped memory. */
#define PAE_RESERVED 0xfffffff000000000ull

static u32 frame_of(const struct phys *p, u64 entry, u32 offset)
{
    return entry >> 32 & 0xf ? phys_hole(p) : ((u32)entry & ~PAGE_MASK) | offset;
}

static bool walk_pae(struct mmu *m, u32 lin, enum mmu_access access, bool user, bool touch,
                     struct walk *w, u32 *error)
{
    struct phys *p = m->phys;
    u64 pdpte = m->pdpte[lin >> 30];
    bool write = access == MMU_WRITE;

    *error = 0;
    if (!(pdpte & PTE_P))
        return refuse(w, MMU_PDPTE, MMU_NOT_PRESENT, lin >> 30, 0, pdpte);
    u32 index = (lin >> 21 & 0x1ff) << 16 | (lin >> 12 & 0x1ff);
    u32 pde_at = (frame_of(p, pdpte, 0) | ((lin >> 21 & 0x1ff) << 3)) & p->a20_mask;
    u64 pde = phys_load(p, pde_at, 8);
    if (!(pde & PTE_P))
        return refuse(w, MMU_PDE, MMU_NOT_PRESENT, index >> 16, pde_at, pde);
    bool large = pde & PTE_PS;
    if (pde & (PAE_RESERVED | (large ? 0x001fe000ull : 0))) {
        *error = PF_PRESENT | PF_RESERVED;
        return refuse(w, MMU_PDE, MMU_RESERVED, index >> 16, pde_at, pde);
    }
    if (large) {
        w->rights = (u32)pde;
        if (!permitted(m, w->rights, access, user)) {
            *error = PF_PRESENT;
            return refuse_rights(w, user, index, pde_at, pde, 0, 0);
        }
        if (touch)
            set_bits32(p, pde_at, (u32)pde, PTE_A | (write ? PTE_D : 0));
        w->dirty = write || (pde & PTE_D);
        w->global = pde & PTE_G;
        w->shift = 21;
        w->phys = frame_of(p, pde & ~0x1fffffull, lin & 0x1ff000);
        return true;
    }
    u32 pte_at = (frame_of(p, pde, 0) | ((lin >> 12 & 0x1ff) << 3)) & p->a20_mask;
    u64 pte = phys_load(p, pte_at, 8);
    if (!(pte & PTE_P))
        return refuse(w, MMU_PTE, MMU_NOT_PRESENT, index & 0xffff, pte_at, pte);
    if (pte & PAE_RESERVED) {
        *error = PF_PRESENT | PF_RESERVED;
        return refuse(w, MMU_PTE, MMU_RESERVED, index & 0xffff, pte_at, pte);
    }
    w->rights = (u32)(pde & pte);
    if (!permitted(m, w->rights, access, user)) {
        *error = PF_PRESENT;
        return refuse_rights(w, user, index, pde_at, pde, pte_at, pte);
    }
    if (touch) {
        set_bits32(p, pde_at, (u32)pde, PTE_A);
        set_bits32(p, pte_at, (u32)pte, PTE_A | (write ? PTE_D : 0));
    }
    w->dirty = write || (pte & PTE_D);
    w->global = pte & PTE_G;
    w->shift = PAGE_SHIFT;
    w->phys = frame_of(p, pte, 0);
    return true;
}

static bool walk(struct mmu *m, u32 lin, enum mmu_access access, bool user, bool touch,
                 struct walk *w, u32 *error)
{
    return m->cr4 & CR4_PAE ? walk_pae(m, lin, access, user, touch, w, error)
                            : walk32(m, lin, access, user, touch, w, error);
}

/* The TLB does not know, or not enough: walk, and enter what was found. */
static NOINLINE bool walk_and_fill(struct mmu *m, u32 lin, enum mmu_access access, bool user,
                                   u32 *phys)
{
    struct tlb_fill f = {.phys = lin & ~PAGE_MASK, .writable = true, .shift = PAGE_SHIFT};
    if (m->cr0 & CR0_PG) {
        struct walk w;
        u32 error;
        if (!walk(m, lin, access, user, true, &w, &error)) {
            /* What still allows other accesses to the page goes as well (4.10.4.1). */
            mmu_flush_page(m, lin);
            m->refusal = w.refusal;
            m->refusal.access = (u8)access;
            return fault(m, lin,
                         error | (access == MMU_WRITE ? PF_WRITE : 0) | (user ? PF_USER : 0));
        }
        f = (struct tlb_fill){.phys = w.phys,
                              .writable = w.dirty && permitted(m, w.rights, MMU_WRITE, user),
                              .global = w.global && (m->cr4 & CR4_PGE),
                              .shift = w.shift};
    }
    f.phys &= m->phys->a20_mask;
    if (access == MMU_WRITE && unlikely(mmu_touch(m) != NULL))
        touch_written(mmu_touch(m), f.phys);
    tlb_fill(m, lin, access, user, &f);
    *phys = f.phys | (lin & PAGE_MASK);
    return true;
}

bool mmu_translate_slow(struct mmu *m, u32 lin, enum mmu_access access, bool user, u32 *phys)
{
    struct tlb *t = tlb_table(m, access, user);
    u32 page = lin & ~PAGE_MASK, slot = tlb_slot_of(lin);
    const struct tlb_info *i = &t->info[slot];

    if (i->page != page || (access == MMU_WRITE && !i->writable)) {
        m->walking = true;
        bool found = walk_and_fill(m, lin, access, user, phys);
        m->walking = false;
        return found;
    }
    if (access == MMU_WRITE) {
        if (unlikely(mmu_touch(m) != NULL))
            touch_written(mmu_touch(m), i->phys);
        /* A page that held code when it was entered may have been given up since. */
        const struct phys_page *pp = &m->phys->page[i->phys >> PAGE_SHIFT];
        if (tlb_fast_write(m, pp, access) && !mmu_page_is_slow(m, page))
            tlb_let_write(t, slot, page);
    }
    *phys = i->phys | (lin & PAGE_MASK);
    return true;
}

bool mmu_probe(struct mmu *m, u32 lin, enum mmu_access access, bool user, u32 *phys,
               struct mmu_refusal *refusal)
{
    struct walk w;
    u32 error;
    if (!(m->cr0 & CR0_PG)) {
        *phys = lin & m->phys->a20_mask;
        return true;
    }
    if (!walk(m, lin, access, user, false, &w, &error)) {
        if (refusal)
            *refusal = w.refusal;
        return false;
    }
    *phys = (w.phys & m->phys->a20_mask) | (lin & PAGE_MASK);
    return true;
}

bool mmu_peek(struct mmu *m, u32 lin, u32 *phys)
{
    return mmu_probe(m, lin, MMU_READ, false, phys, NULL);
}

void mmu_set_cr0(struct mmu *m, u32 value)
{
    u32 changed = m->cr0 ^ value;
    m->cr0 = value;
    if (changed & (CR0_PG | CR0_WP | CR0_PE))
        mmu_flush(m, true);
}

bool mmu_load_pdptes(struct mmu *m, u32 cr3)
{
    u64 pdpte[4];
    for (unsigned i = 0; i < 4; i++) {
        pdpte[i] = phys_load(m->phys, ((cr3 & ~31u) + 8 * i) & m->phys->a20_mask, 8);
        if ((pdpte[i] & PTE_P) && (pdpte[i] & (PAE_RESERVED | 0x1e6)))
            return false;
    }
    memcpy(m->pdpte, pdpte, sizeof pdpte);
    return true;
}

bool mmu_set_cr3(struct mmu *m, u32 value)
{
    if ((m->cr0 & CR0_PG) && (m->cr4 & CR4_PAE) && !mmu_load_pdptes(m, value))
        return false;
    m->cr3 = value;
    mmu_flush(m, false);
    return true;
}

void mmu_set_cr4(struct mmu *m, u32 value)
{
    u32 changed = m->cr4 ^ value;
    m->cr4 = value;
    if (changed & (CR4_PSE | CR4_PAE | CR4_PGE))
        mmu_flush(m, true);
}
