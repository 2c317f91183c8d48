/*
 * mmu.h - linear to physical: the page walk and the softmmu TLB that keeps its results.
 *
 * Intel SDM vol. 3, chapter 4 (32-bit and PAE paging). Every data access of the CPU first tries
 * the fast tags inline (cpu/protect/access.h): one compare decides "present, permitted, RAM, inside
 * one page", one add gives the host address. Everything else - MMIO, ROM writes, pages that hold
 * decoded code, the first write to a clean page, a miss - fails the compare and takes the slow
 * path through mmu_translate().
 *
 * There is one table for each privilege (supervisor, user), so that a change of CPL only switches
 * a pointer, and a third one that stays empty: pointing the CPU at it sends all accesses to the
 * slow path (data breakpoints, alignment checks). Code fetches have two tables of their own. The
 * block cache remembers where linear addresses lead under a stamp, which changes whenever one of
 * these loses an entry: so a jump from block to block and a fetch always see the same mapping.
 * There are two stamps, because a change of process drops nothing of the kernel's global pages.
 *
 * A flush walks the list of entries that were filled since the last one: its cost is paid for by
 * the fills, and hits need no generation in their compare. Global pages have a list of their own.
 */
#ifndef FERRITE_MMU_H
#define FERRITE_MMU_H

#include "hw/base/types.h"
#include "mmu/phys.h"

#define TLB_BITS 13
#define TLB_ENTRIES (1u << TLB_BITS)
#define TLB_EMPTY 1u /* never equal to a page address */

/* Fast part: a linear page address when an access of that kind may go straight to host memory. */
struct tlb_fast {
    u32 read;
    u32 write;
    u64 add; /* host address = linear address + add */
};

/* Slow part: the translation itself, whatever is behind it. */
struct tlb_info {
    u32 page;      /* linear page address, or TLB_EMPTY */
    u32 phys;      /* physical page address, A20 applied */
    bool writable; /* a write needs no further check: permitted, and D is set */
    bool global;   /* survives a CR3 load (CR4.PGE) */
    u8 shift;      /* log2 of the page's size in the page tables: 12, 21 or 22 */
    u8 listed;     /* a bit for each list that the slot is on */
};

/* Pages that a CR3 load drops, and those that it does not. */
enum { TLB_LOCAL, TLB_GLOBAL, TLB_KINDS };

/*
 * The fast part once more for machine code, where a translator asks for it (mmu_flat_start()): by
 * page a word for reads and, FLAT_WRITES further on, one for writes, tlb_fast.add or 0 for "not
 * this way". It holds what the fast part holds, no more and no less.
 */
#define FLAT_WRITES (1u << (32 - PAGE_SHIFT))
#define FLAT_WORDS (2 * FLAT_WRITES)

struct tlb {
    struct tlb_fast fast[TLB_ENTRIES];
    struct tlb_info info[TLB_ENTRIES];
    /* Slots filled since they were last emptied, with pages of this kind; now perhaps with others.
     */
    u16 used[TLB_KINDS][TLB_ENTRIES];
    u32 used_count[TLB_KINDS];
    u64 *flat; /* NULL: nobody asked */
};

/* Two pairs, user right behind supervisor; the tables for code have no fast part. */
enum { TLB_SUPERVISOR, TLB_USER, TLB_NEVER, TLB_CODE_SUPERVISOR, TLB_CODE_USER, TLB_TABLES };

enum mmu_access { MMU_READ = 0, MMU_WRITE = 2, MMU_EXEC = 16 };

/* CR0, CR4 bits that the walk looks at. */
#define CR0_PE (1u << 0)
#define CR0_MP (1u << 1)
#define CR0_EM (1u << 2)
#define CR0_TS (1u << 3)
#define CR0_ET (1u << 4)
#define CR0_NE (1u << 5)
#define CR0_WP (1u << 16)
#define CR0_AM (1u << 18)
#define CR0_NW (1u << 29)
#define CR0_CD (1u << 30)
#define CR0_PG (1u << 31)
#define CR4_VME (1u << 0)
#define CR4_PVI (1u << 1)
#define CR4_TSD (1u << 2)
#define CR4_DE (1u << 3)
#define CR4_PSE (1u << 4)
#define CR4_PAE (1u << 5)
#define CR4_MCE (1u << 6)
#define CR4_PGE (1u << 7)
#define CR4_PCE (1u << 8)
#define CR4_OSFXSR (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)

/* Page-fault error code. */
#define PF_PRESENT 1u
#define PF_WRITE 2u
#define PF_USER 4u
#define PF_RESERVED 8u

/* What refused a translation: which entry, what it held, and why. For people. */
enum mmu_level { MMU_PDPTE, MMU_PDE, MMU_PTE };
enum mmu_reason { MMU_NOT_PRESENT, MMU_RESERVED, MMU_SUPERVISOR, MMU_READ_ONLY };
struct mmu_refusal {
    u8 level, reason; /* enum mmu_level, enum mmu_reason */
    u8 access;        /* enum mmu_access */
    u16 index;        /* of the entry in its table */
    u32 at;           /* physical address of the entry; 0 for a PDPTE, which is in the processor */
    u64 entry;
};

/* Stamps that are never given out: for "whatever the mapping" and for "under none". */
#define MMU_ANY_STAMP 0u
#define MMU_NO_STAMP 0xffffffffu

struct mmu {
    struct phys *phys;
    u32 cr0, cr3, cr4;
    bool pse36;      /* 4 MiB pages above 4 GiB exist on this model (bits 13-20 of the PDE) */
    u64 pdpte[4];    /* PAE: loaded with CR3 */
    u32 fault_error; /* after a failed translation: the #PF error code... */
    u32 fault_addr;  /* ...and the linear address for CR2 */
    struct mmu_refusal refusal; /* ...and the entry that refused */
    /*
     * By kind of page: changes when code at a linear address of that kind may be other code than
     * before. Even and odd, so that a stamp tells by itself which of the two it is.
     */
    u32 stamp[TLB_KINDS];
    struct tlb *tlb;  /* TLB_TABLES of them */
    size_t flat_size; /* bytes of the words by page; 0: there are none */
    /* A bit for each 4 MiB: may the tables hold parts of large pages there, and of global ones? */
    u32 large[32], large_global[32];
    /*
     * For debuggers: a bit for each linear page whose data accesses all take the slow path, where
     * watchpoints see them; NULL: there is none. What the TLB knows of the pages stays.
     */
    u32 *slow;
    /* All stamps have been given out and will come again: forget what was noted under any. */
    void (*stamps_used_up)(void *owner);
    void *owner;
    bool walking; /* page tables: for who takes samples of this thread */
};

bool mmu_init(struct mmu *m, struct phys *p);
void mmu_free(struct mmu *m);
/*
 * Tables of words by page for TLB_SUPERVISOR, TLB_USER, and one of zeros for TLB_NEVER, each with
 * `spare` words behind it for the caller. What is never touched takes no memory. false: the host
 * has no room.
 */
bool mmu_flat_start(struct mmu *m, u32 spare);
void mmu_flat_stop(struct mmu *m);

/* The table that holds translations for this access. */
static inline struct tlb *tlb_table(const struct mmu *m, enum mmu_access access, bool user)
{
    return &m->tlb[(access == MMU_EXEC ? TLB_CODE_SUPERVISOR : TLB_SUPERVISOR) + user];
}

static inline u32 tlb_slot_of(u32 lin)
{
    return (lin >> PAGE_SHIFT) & (TLB_ENTRIES - 1);
}

/* Has nothing changed for code since this stamp was given out? */
static ALWAYS_INLINE bool mmu_stamp_holds(const struct mmu *m, u32 stamp)
{
    return stamp == m->stamp[stamp & 1];
}

/* The stamp under which the page that code was just fetched from at lin stays where it is. */
static inline u32 mmu_stamp_of(const struct mmu *m, u32 lin, bool user)
{
    const struct tlb_info *i = &tlb_table(m, MMU_EXEC, user)->info[tlb_slot_of(lin)];
    return m->stamp[i->page == (lin & ~PAGE_MASK) && i->global ? TLB_GLOBAL : TLB_LOCAL];
}

/* What mmu_translate() below does not find out by a glance at the TLB. */
bool mmu_translate_slow(struct mmu *m, u32 lin, enum mmu_access access, bool user, u32 *phys);

/*
 * Translate one linear address. Sets A (and D for MMU_WRITE) in the page tables as the processor
 * does. false: page fault, see fault_error and fault_addr; entries for the page have gone then
 * (4.10.4.1). CR0.PG off: the identity.
 */
static ALWAYS_INLINE bool mmu_translate(struct mmu *m, u32 lin, enum mmu_access access, bool user,
                                        u32 *phys)
{
    const struct tlb_info *i = &tlb_table(m, access, user)->info[tlb_slot_of(lin)];
    /* Stores come here only when the tag for writing is missing: there is more to it. */
    if (access != MMU_WRITE && likely(i->page == (lin & ~PAGE_MASK))) {
        *phys = i->phys | (lin & PAGE_MASK);
        return true;
    }
    return mmu_translate_slow(m, lin, access, user, phys);
}

/* For debuggers: translate without side effects (no A/D bits, no TLB fill, no fault record). */
bool mmu_peek(struct mmu *m, u32 lin, u32 *phys);

/* The same for any access, with the reason when it is refused; refusal may be NULL. */
bool mmu_probe(struct mmu *m, u32 lin, enum mmu_access access, bool user, u32 *phys,
               struct mmu_refusal *refusal);

/*
 * New paging registers. What they make stale is flushed: a CR3 load keeps global pages, a change
 * of PG, WP, PSE, PAE or PGE drops everything. mmu_set_cr3 returns false when PAE paging is on
 * and the new PDPTEs have reserved bits set (#GP); nothing has changed then.
 */
void mmu_set_cr0(struct mmu *m, u32 value);
bool mmu_set_cr3(struct mmu *m, u32 value);
void mmu_set_cr4(struct mmu *m, u32 value);
bool mmu_load_pdptes(struct mmu *m, u32 cr3); /* false: reserved bits set */
/* INVLPG: entries for the page at lin, global or not, and all parts of a large page there. */
void mmu_flush_page(struct mmu *m, u32 lin);
void mmu_flush(struct mmu *m, bool global_too);

/*
 * The page at physical address `page` now holds decoded code (or holds none any more): fast
 * writes to it end (or may be granted again at the next slow access).
 */
void mmu_code_page(struct mmu *m, u32 page);

/*
 * From now on data accesses to the linear pages first..last take the slow path, or do not any more.
 * No guest can tell. false: out of memory, nothing has changed.
 */
bool mmu_slow_pages(struct mmu *m, u32 first, u32 last, bool on);

static inline bool mmu_page_is_slow(const struct mmu *m, u32 lin)
{
    u32 page = lin >> PAGE_SHIFT;
    return unlikely(m->slow != NULL) && (m->slow[page / 32] >> page % 32 & 1);
}

/* No page of what this one watches counts as written any more: fast writes to them end. */
void mmu_watch_again(struct mmu *m, enum phys_watcher who);

#endif
