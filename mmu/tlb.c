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

#include "hw/base/resident.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The tables with entries: all but TLB_NEVER. */
static const u8 filled[] = {TLB_SUPERVISOR, TLB_USER, TLB_CODE_SUPERVISOR, TLB_CODE_USER};
/* Those with a fast part, and words by page: all but those for code. */
static const u8 with_words[] = {TLB_SUPERVISOR, TLB_USER, TLB_NEVER};

#define REGION_SHIFT 22
#define REGION_SLOTS (1u << (REGION_SHIFT - PAGE_SHIFT))
_Static_assert(TLB_ENTRIES % REGION_SLOTS == 0, "the slots of a region do not wrap");

static bool holds_page(const struct tlb_info *i)
{
    return !(i->page & PAGE_MASK);
}

/* What a table has no use for does not come into memory: tags of code, pages of TLB_NEVER. */
static void start_table(struct tlb *t, bool tags, bool pages)
{
    const size_t all = offsetof(struct tlb, info) + sizeof t->info;
    u8 *at = (u8 *)t;
    size_t from = tags ? offsetof(struct tlb, fast) : offsetof(struct tlb, info);
    make_resident(at + from, (pages ? all : sizeof t->fast) - from);
    for (unsigned i = 0; i < TLB_ENTRIES && tags; i++)
        t->fast[i].read = t->fast[i].write = TLB_EMPTY;
    for (unsigned i = 0; i < TLB_ENTRIES && pages; i++)
        t->info[i].page = TLB_EMPTY;
}

#define FIRST_STAMP(kind) ((kind) == TLB_LOCAL ? MMU_ANY_STAMP + 2 : 1u)

bool mmu_init(struct mmu *m, struct phys *p)
{
    memset(m, 0, sizeof *m);
    m->phys = p;
    struct tlb_room *room = calloc(1, sizeof *room);
    if (!room)
        return false;
    m->tlb = room->table;
    for (unsigned t = 0; t < TLB_TABLES; t++)
        start_table(&m->tlb[t], t < TLB_CODE_SUPERVISOR, t != TLB_NEVER);
    m->stamp[TLB_LOCAL] = FIRST_STAMP(TLB_LOCAL);
    m->stamp[TLB_GLOBAL] = FIRST_STAMP(TLB_GLOBAL);
    return true;
}

/* ---- words by page ---- */

static void enter_words(struct tlb *t, u32 slot)
{
    if (t->fast[slot].read != TLB_EMPTY)
        tlb_let_read(t, slot, t->fast[slot].read);
    if (t->fast[slot].write != TLB_EMPTY)
        tlb_let_write(t, slot, t->fast[slot].write);
}

bool mmu_flat_start(struct mmu *m, u32 spare)
{
    size_t size = (FLAT_WORDS + (size_t)spare) * sizeof(u64);
    u8 *at = mmap(NULL, ARRAY_SIZE(with_words) * size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    mmu_flat_stop(m);
    if (at == MAP_FAILED)
        return false;
#ifdef MADV_NOHUGEPAGE
    madvise(at, ARRAY_SIZE(with_words) * size, MADV_NOHUGEPAGE); /* else much of it is resident */
#endif
    for (unsigned i = 0; i < ARRAY_SIZE(with_words); i++) {
        struct tlb *t = &m->tlb[with_words[i]];
        t->flat = (u64 *)(void *)(at + i * size);
        for (unsigned kind = 0; kind < TLB_KINDS; kind++)
            for (u32 k = 0; k < t->used_count[kind]; k++)
                enter_words(t, t->used[kind][k]);
    }
    m->flat_size = ARRAY_SIZE(with_words) * size;
    return true;
}

void mmu_flat_stop(struct mmu *m)
{
    if (m->flat_size)
        munmap(m->tlb[with_words[0]].flat, m->flat_size);
    m->flat_size = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(with_words); i++)
        m->tlb[with_words[i]].flat = NULL;
}

void mmu_free(struct mmu *m)
{
    if (m->tlb)
        mmu_flat_stop(m);
    if (m->tlb) {
        free(mmu_touch(m));
        free(tlb_room(m));
    }
    m->tlb = NULL;
    free(m->slow);
    m->slow = NULL;
}

static void empty(struct mmu *m, unsigned table, u32 slot)
{
    struct tlb *t = &m->tlb[table];
    if (table < TLB_CODE_SUPERVISOR)
        tlb_end_both(t, slot);
    t->info[slot].page = TLB_EMPTY;
}

/* A guest that loads CR3 in a loop needs some minutes for all of them. */
static void new_stamp(struct mmu *m, unsigned kind)
{
    m->stamp[kind] += 2;
    if (likely(m->stamp[kind] != MMU_ANY_STAMP && m->stamp[kind] != MMU_NO_STAMP))
        return;
    m->stamp[kind] = FIRST_STAMP(kind);
    if (m->stamps_used_up)
        m->stamps_used_up(m->owner);
}

/* Code is no longer to be found through this entry: what was linked through it has to ask again. */
static void code_moved(struct mmu *m, const struct tlb_info *i)
{
    new_stamp(m, i->global ? TLB_GLOBAL : TLB_LOCAL);
}

/* Drop one entry, which stays on the used list. */
static void drop(struct mmu *m, unsigned table, u32 slot)
{
    empty(m, table, slot);
    if (table >= TLB_CODE_SUPERVISOR)
        code_moved(m, &m->tlb[table].info[slot]);
}

/* ---- large pages: which regions of 4 MiB have fragments? ---- */

static void note_large(struct mmu *m, u32 lin, bool global)
{
    u32 region = lin >> REGION_SHIFT, bit = 1u << region % 32;
    m->large[region / 32] |= bit;
    if (global)
        m->large_global[region / 32] |= bit;
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
    if (!others) {
        m->large[region / 32] &= ~(1u << region % 32);
        m->large_global[region / 32] &= ~(1u << region % 32);
    }
}

/* ---- dropping ---- */

/* Empty the slots on one of the lists, but for those that now hold a page of the other kind. */
static void flush_list(struct mmu *m, unsigned table, unsigned kind)
{
    struct tlb *t = &m->tlb[table];
    for (u32 i = 0; i < t->used_count[kind]; i++) {
        u32 slot = t->used[kind][i];
        t->info[slot].listed &= (u8) ~(1u << kind);
        if (t->info[slot].global == (kind == TLB_GLOBAL))
            empty(m, table, slot);
    }
    t->used_count[kind] = 0;
}

void mmu_flush(struct mmu *m, bool global_too)
{
    for (unsigned k = 0; k < ARRAY_SIZE(filled); k++) {
        flush_list(m, filled[k], TLB_LOCAL);
        if (global_too)
            flush_list(m, filled[k], TLB_GLOBAL);
    }
    if (global_too)
        memset(m->large_global, 0, sizeof m->large_global);
    memcpy(m->large, m->large_global, sizeof m->large);
    new_stamp(m, TLB_LOCAL);
    if (global_too)
        new_stamp(m, TLB_GLOBAL);
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

/* Stores to pages that `ends` names take the slow path from now on. */
static ALWAYS_INLINE void
end_fast_writes(struct mmu *m, bool (*ends)(const struct mmu *m, u32 phys, u32 page), u32 page)
{
    for (unsigned k = TLB_SUPERVISOR; k <= TLB_USER; k++) {
        struct tlb *t = &m->tlb[k];
        for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
            for (u32 i = 0; i < t->used_count[kind]; i++) {
                u32 slot = t->used[kind][i];
                if (ends(m, t->info[slot].phys, page))
                    tlb_end_write(t, slot);
            }
        }
    }
}

static bool is_page(const struct mmu *m, u32 phys, u32 page)
{
    (void)m;
    return phys == page;
}

static bool is_watched(const struct mmu *m, u32 phys, u32 watched)
{
    return m->phys->page[phys >> PAGE_SHIFT].watched == watched;
}

void mmu_code_page(struct mmu *m, u32 page)
{
    end_fast_writes(m, is_page, page);
}

void mmu_watch_again(struct mmu *m, enum phys_watcher who)
{
    end_fast_writes(m, is_watched, 1 + who);
}

/* ---- filling ---- */

/*
 * An entry gives way to a new one.
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
    if (access == MMU_EXEC)
        code_moved(m, old); /* links through the evicted entry must not outlive it */
}

void tlb_fill(struct mmu *m, u32 lin, enum mmu_access access, bool user, const struct tlb_fill *w)
{
    struct tlb *t = tlb_table(m, access, user);
    u32 page = lin & ~PAGE_MASK, slot = tlb_slot_of(lin), phys = w->phys;
    bool writable = w->writable;
    u8 shift = w->shift;
    struct tlb_info *i = &t->info[slot];

    if (unlikely(holds_page(i)))
        replace(m, page, slot, access, user, phys);
    unsigned kind = w->global ? TLB_GLOBAL : TLB_LOCAL;
    if (!(i->listed >> kind & 1))
        t->used[kind][t->used_count[kind]++] = (u16)slot;
    *i = (struct tlb_info){.page = page,
                           .phys = phys,
                           .writable = writable,
                           .global = w->global,
                           .shift = shift,
                           .listed = (u8)(i->listed | 1u << kind)};
    if (unlikely(shift != PAGE_SHIFT))
        note_large(m, lin, w->global);
    if (access == MMU_EXEC)
        return;
    tlb_end_both(t, slot);
    const struct phys_page *pp = &m->phys->page[phys >> PAGE_SHIFT];
    if (pp->kind == PAGE_RAM || pp->kind == PAGE_ROM) {
        bool fast_write = writable && tlb_fast_write(m, pp, access);
        t->fast[slot].add = (u64)(uintptr_t)pp->host - page;
        if (mmu_page_is_slow(m, page))
            return;
        if (access == MMU_READ || likely(!mmu_touch(m)))
            tlb_let_read(t, slot, page);
        if (fast_write)
            tlb_let_write(t, slot, page);
    }
}

/* ---- which pages are touched? ---- */

bool mmu_touch_again(struct mmu *m, u64 now)
{
    struct tlb_room *room = tlb_room(m);
    if (!room->touch) /* of it, the host gives memory only for what is touched */
        room->touch = calloc(1, sizeof *room->touch);
    if (!room->touch)
        return false;
    room->touch->interval++;
    room->touch->began[room->touch->interval % TOUCH_INTERVALS] = now;
    for (unsigned k = TLB_SUPERVISOR; k <= TLB_USER; k++)
        for (u32 slot = 0; slot < TLB_ENTRIES; slot++)
            tlb_end_both(&m->tlb[k], slot);
    return true;
}

void mmu_touch_read(struct mmu *m, u32 lin, bool user, u32 phys)
{
    struct tlb *t = tlb_table(m, MMU_READ, user);
    u32 page = lin & ~PAGE_MASK, slot = tlb_slot_of(lin);
    u8 kind = m->phys->page[phys >> PAGE_SHIFT].kind;
    mmu_touch(m)->read[phys >> PAGE_SHIFT] = mmu_touch(m)->interval;
    if (t->info[slot].page == page && !mmu_page_is_slow(m, page) &&
        (kind == PAGE_RAM || kind == PAGE_ROM))
        tlb_let_read(t, slot, page); /* known until the next interval */
}

/* ---- pages of watchpoints ---- */

/* The tags of one page, as they are to be now. A missing tag for writing comes by itself. */
static void tags_again(struct mmu *m, u32 page, bool slow)
{
    for (unsigned k = TLB_SUPERVISOR; k <= TLB_USER; k++) {
        u32 slot = tlb_slot_of(page);
        const struct tlb_info *i = &m->tlb[k].info[slot];
        if (i->page != page)
            continue;
        u8 kind = m->phys->page[i->phys >> PAGE_SHIFT].kind;
        tlb_end_both(&m->tlb[k], slot);
        if (!slow && (kind == PAGE_RAM || kind == PAGE_ROM))
            tlb_let_read(&m->tlb[k], slot, page);
    }
}

bool mmu_slow_pages(struct mmu *m, u32 first, u32 last, bool on)
{
    if (!m->slow && on)
        m->slow = calloc(PHYS_PAGES / 32, sizeof(u32));
    if (!m->slow)
        return !on;
    for (u32 page = first; page <= last; page++) {
        u32 bit = 1u << page % 32;
        m->slow[page / 32] = on ? m->slow[page / 32] | bit : m->slow[page / 32] & ~bit;
        tags_again(m, page << PAGE_SHIFT, on);
    }
    return true;
}
