/*
 * tlb.c - the softmmu TLB: filling and dropping entries. Intel SDM vol. 3, 4.10.
 *
 * An entry covers 4 KiB, whatever the size of the page that it comes from: large pages are cached
 * in fragments (4.10.2.3). Each fragment remembers the size of its page, because INVLPG and a page
 * fault drop the whole page (4.10.4.1) - also when the tables have described it differently since.
 *
 * Not modelled: paging-structure caches. A walk reads all levels from memory.
 */
#include "mmu/tlb.h"

#include <stdlib.h>
#include <string.h>

/* The tables with entries: all but TLB_NEVER. */
static const u8 filled[] = {TLB_SUPERVISOR, TLB_USER, TLB_CODE_SUPERVISOR, TLB_CODE_USER};

#define REGION_SHIFT 22
#define REGION_SLOTS (1u << (REGION_SHIFT - PAGE_SHIFT))
_Static_assert(TLB_ENTRIES % REGION_SLOTS == 0, "the slots of a region do not wrap");

/* An emptied slot that is on its table's used list already. */
#define TLB_LISTED (TLB_EMPTY | 2)

static bool holds_page(const struct tlb_info *i)
{
    return !(i->page & PAGE_MASK);
}

bool mmu_init(struct mmu *m, struct phys *p)
{
    memset(m, 0, sizeof *m);
    m->phys = p;
    m->tlb = calloc(TLB_TABLES, sizeof *m->tlb);
    if (!m->tlb)
        return false;
    for (unsigned t = 0; t < TLB_TABLES; t++) {
        for (unsigned i = 0; i < TLB_ENTRIES; i++) {
            m->tlb[t].fast[i].read = m->tlb[t].fast[i].write = TLB_EMPTY;
            m->tlb[t].info[i].page = TLB_EMPTY;
        }
    }
    m->stamp = MMU_ANY_STAMP + 1;
    return true;
}

void mmu_free(struct mmu *m)
{
    free(m->tlb);
    m->tlb = NULL;
}

/* A guest that loads CR3 in a loop needs some minutes for all of them. */
static void new_stamp(struct mmu *m)
{
    if (likely(++m->stamp != MMU_NO_STAMP))
        return;
    m->stamp = MMU_ANY_STAMP + 1;
    if (m->stamps_used_up)
        m->stamps_used_up(m->owner);
}

/* Drop one entry, which stays on the used list. Code was perhaps linked through it. */
static void drop(struct mmu *m, unsigned table, u32 slot)
{
    struct tlb *t = &m->tlb[table];
    t->fast[slot].read = t->fast[slot].write = TLB_EMPTY;
    t->info[slot].page = TLB_LISTED;
    t->info[slot].global = false; /* a flush needs to look at nothing else */
    if (table >= TLB_CODE_SUPERVISOR)
        new_stamp(m);
}

/* ---- large pages: which regions of 4 MiB have fragments? ---- */

static void note_large(struct mmu *m, u32 lin)
{
    u32 region = lin >> REGION_SHIFT;
    m->large[region / 32] |= 1u << region % 32;
}

static bool any_large(const struct mmu *m, u32 lin)
{
    u32 region = lin >> REGION_SHIFT;
    return m->large[region / 32] >> region % 32 & 1;
}

/* Drop the fragments of all large pages, as they were when they were filled, that held lin. */
static void drop_large(struct mmu *m, u32 lin)
{
    u32 first = tlb_slot_of(lin >> REGION_SHIFT << REGION_SHIFT), region = lin >> REGION_SHIFT;
    bool others = false;

    for (unsigned k = 0; k < ARRAY_SIZE(filled); k++) {
        const struct tlb_info *info = m->tlb[filled[k]].info;
        for (u32 slot = first; slot < first + REGION_SLOTS; slot++) {
            const struct tlb_info *i = &info[slot];
            if (i->shift == PAGE_SHIFT || !holds_page(i))
                continue;
            if ((i->page ^ lin) >> i->shift == 0)
                drop(m, filled[k], slot);
            else if (i->page >> REGION_SHIFT == region)
                others = true;
        }
    }
    if (!others)
        m->large[region / 32] &= ~(1u << region % 32);
}

/* ---- dropping ---- */

void mmu_flush(struct mmu *m, bool global_too)
{
    memset(m->large, 0, sizeof m->large);
    for (unsigned k = 0; k < ARRAY_SIZE(filled); k++) {
        struct tlb *t = &m->tlb[filled[k]];
        u32 kept = 0;
        for (u32 i = 0; i < t->used_count; i++) {
            u32 slot = t->used[i];
            struct tlb_info *info = &t->info[slot];
            if (!global_too && info->global) {
                t->used[kept++] = (u16)slot;
                if (info->shift != PAGE_SHIFT)
                    note_large(m, info->page);
            } else {
                t->fast[slot].read = t->fast[slot].write = TLB_EMPTY;
                info->page = TLB_EMPTY;
            }
        }
        t->used_count = kept;
    }
    new_stamp(m);
}

void mmu_flush_page(struct mmu *m, u32 lin)
{
    u32 page = lin & ~PAGE_MASK, slot = tlb_slot_of(lin);
    for (unsigned k = 0; k < ARRAY_SIZE(filled); k++)
        if (m->tlb[filled[k]].info[slot].page == page)
            drop(m, filled[k], slot);
    if (unlikely(any_large(m, lin)))
        drop_large(m, lin);
}

/* ---- write tags ---- */

void mmu_code_page(struct mmu *m, u32 page)
{
    for (unsigned k = TLB_SUPERVISOR; k <= TLB_USER; k++) {
        struct tlb *t = &m->tlb[k];
        for (u32 i = 0; i < t->used_count; i++) {
            u32 slot = t->used[i];
            if (t->info[slot].phys == page)
                t->fast[slot].write = TLB_EMPTY;
        }
    }
}

void mmu_watch_again(struct mmu *m)
{
    for (unsigned k = TLB_SUPERVISOR; k <= TLB_USER; k++) {
        struct tlb *t = &m->tlb[k];
        for (u32 i = 0; i < t->used_count; i++) {
            u32 slot = t->used[i];
            if (m->phys->page[t->info[slot].phys >> PAGE_SHIFT].watched)
                t->fast[slot].write = TLB_EMPTY;
        }
    }
}

/* ---- filling ---- */

/*
 * An entry on the used list gives way to a new one.
 *
 * A processor has one entry for a page, whatever the privilege. When a walk replaces an entry (a
 * store through one with D = 0 walks again) and finds another frame, what the other table holds of
 * the old one goes, too. Code and data have entries of their own: running code does not notice data
 * accesses.
 */
static NOINLINE void replace(struct mmu *m, u32 page, u32 slot, enum mmu_access access, bool user,
                             u32 phys)
{
    const struct tlb_info *old = &tlb_table(m, access, user)->info[slot];
    if (old->page == page) {
        struct tlb *other = tlb_table(m, access, !user);
        if (other->info[slot].page == page && other->info[slot].phys != phys)
            drop(m, (unsigned)(other - m->tlb), slot);
    }
    if (access == MMU_EXEC && holds_page(old))
        new_stamp(m); /* links through the evicted entry must not outlive it */
}

void tlb_fill(struct mmu *m, u32 lin, enum mmu_access access, bool user, const struct tlb_fill *w)
{
    struct tlb *t = tlb_table(m, access, user);
    u32 page = lin & ~PAGE_MASK, slot = tlb_slot_of(lin), phys = w->phys;
    bool writable = w->writable;
    u8 shift = w->shift;
    struct tlb_fast *f = &t->fast[slot];
    struct tlb_info *i = &t->info[slot];

    if (likely(i->page == TLB_EMPTY))
        t->used[t->used_count++] = (u16)slot;
    else
        replace(m, page, slot, access, user, phys);
    *i = (struct tlb_info){
        .page = page, .phys = phys, .writable = writable, .global = w->global, .shift = shift};
    if (unlikely(shift != PAGE_SHIFT))
        note_large(m, lin);
    f->read = f->write = TLB_EMPTY;
    if (access == MMU_EXEC)
        return;
    const struct phys_page *pp = &m->phys->page[phys >> PAGE_SHIFT];
    if (pp->kind == PAGE_RAM || pp->kind == PAGE_ROM) {
        f->add = (u64)(uintptr_t)pp->host - page;
        f->read = page;
        if (writable && tlb_fast_write(m, pp, access))
            f->write = page;
    }
}
