/*
 * test_mmu.c - page walks, accessed and dirty bits, protection, large pages, PAE, A20 and the TLB,
 * without a processor.
 */
#include "mmu/mmu.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { DIR = 0x1000, TABLE = 0x2000, PDPT = 0x5000, PAE_DIR = 0x6000, PAE_TABLE = 0x7000 };

static struct phys phys;
static struct mmu mmu;

static void setup(void)
{
    ck_assert(phys_init(&phys, 8 << 20, NULL));
    ck_assert(mmu_init(&mmu, &phys));
}

static void teardown(void)
{
    mmu_free(&mmu);
    phys_free(&phys);
}

static void wr(u32 a, u32 v)
{
    phys_store(&phys, a, v, 4);
}

static u32 rd(u32 a)
{
    return (u32)phys_load(&phys, a, 4);
}

static void paging_on(u32 extra_cr0, u32 cr4)
{
    mmu_set_cr4(&mmu, cr4);
    ck_assert(mmu_set_cr3(&mmu, cr4 & CR4_PAE ? PDPT : DIR));
    mmu_set_cr0(&mmu, CR0_PE | CR0_PG | extra_cr0);
    if (cr4 & CR4_PAE)
        ck_assert(mmu_load_pdptes(&mmu, PDPT));
}

START_TEST(identity_without_paging_and_a20)
{
    u32 p;
    ck_assert(mmu_translate(&mmu, 0x123456, MMU_WRITE, false, &p));
    ck_assert_uint_eq(p, 0x123456);
    phys.changed = NULL;
    phys_set_a20(&phys, false);
    mmu_flush(&mmu, true);
    ck_assert(mmu_translate(&mmu, 0x123456, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x023456);
}
END_TEST

START_TEST(accessed_and_dirty)
{
    u32 p;
    wr(DIR, TABLE | 7);
    wr(TABLE + 4 * 5, 0x400007);
    paging_on(0, 0);
    ck_assert(mmu_translate(&mmu, 0x5123, MMU_READ, true, &p));
    ck_assert_uint_eq(p, 0x400123);
    ck_assert_uint_eq(rd(DIR), TABLE | 0x27);
    ck_assert_uint_eq(rd(TABLE + 20), 0x400027);
    /* The write finds the entry in the TLB but must still set D. */
    ck_assert(mmu_translate(&mmu, 0x5123, MMU_WRITE, true, &p));
    ck_assert_uint_eq(rd(TABLE + 20), 0x400067);
}
END_TEST

/* rights of PDE, PTE; WP; access; user; does it fault, with what error code? */
static const struct {
    u32 pde, pte, wp, access;
    bool user, ok;
    u32 error;
} cases[] = {
    {7, 7, 0, MMU_WRITE, true, true, 0},
    {7, 5, 0, MMU_WRITE, true, false, PF_PRESENT | PF_WRITE | PF_USER},
    {5, 7, 0, MMU_WRITE, true, false, PF_PRESENT | PF_WRITE | PF_USER},
    {7, 3, 0, MMU_READ, true, false, PF_PRESENT | PF_USER},
    {3, 7, 0, MMU_READ, true, false, PF_PRESENT | PF_USER},
    {7, 5, 0, MMU_WRITE, false, true, 0},
    {7, 5, CR0_WP, MMU_WRITE, false, false, PF_PRESENT | PF_WRITE},
    {1, 1, 0, MMU_READ, false, true, 0},
    {7, 0, 0, MMU_READ, false, false, 0},
    {0, 7, 0, MMU_WRITE, false, false, PF_WRITE},
    {7, 6, 0, MMU_WRITE, true, false, PF_WRITE | PF_USER},
};

START_TEST(protection)
{
    u32 p;
    wr(DIR, TABLE | cases[_i].pde);
    wr(TABLE, 0x400000 | cases[_i].pte);
    paging_on(cases[_i].wp, 0);
    bool ok = mmu_translate(&mmu, 0x10, (enum mmu_access)cases[_i].access, cases[_i].user, &p);
    ck_assert(ok == cases[_i].ok);
    if (!ok) {
        ck_assert_uint_eq(mmu.fault_error, cases[_i].error);
        ck_assert_uint_eq(mmu.fault_addr, 0x10);
        /* A refused access sets neither A nor D. */
        ck_assert_uint_eq(rd(TABLE), 0x400000 | cases[_i].pte);
    }
}
END_TEST

/* A translation that fails tells which entry refused, what it held, and why. */
static void refused(u32 lin, enum mmu_access access, bool user, enum mmu_level level,
                    enum mmu_reason reason, u32 index, u32 at, u64 entry)
{
    u32 p;
    ck_assert(!mmu_translate(&mmu, lin, access, user, &p));
    ck_assert_uint_eq(mmu.fault_addr, lin);
    ck_assert_uint_eq(mmu.refusal.level, level);
    ck_assert_uint_eq(mmu.refusal.reason, reason);
    ck_assert_uint_eq(mmu.refusal.access, access);
    ck_assert_uint_eq(mmu.refusal.index, index);
    ck_assert_uint_eq(mmu.refusal.at, at);
    ck_assert_uint_eq(mmu.refusal.entry, entry);
}

START_TEST(what_refused)
{
    wr(DIR, TABLE | 7);
    wr(DIR + 4, TABLE | 5);              /* read-only */
    wr(DIR + 8, TABLE | 3);              /* supervisor */
    wr(DIR + 12, 0x00400083 | 1u << 13); /* large, reserved bit */
    wr(DIR + 20, 0x00400083);            /* large, supervisor */
    wr(TABLE + 4, 0x400005);             /* 1: read-only */
    wr(TABLE + 8, 0x400003);             /* 2: supervisor */
    wr(TABLE + 12, 0x400007);            /* 3 */
    paging_on(CR0_WP, CR4_PSE);
    refused(0x01000000, MMU_READ, false, MMU_PDE, MMU_NOT_PRESENT, 4, DIR + 16, 0);
    refused(0x00000123, MMU_EXEC, true, MMU_PTE, MMU_NOT_PRESENT, 0, TABLE, 0);
    refused(0x00001000, MMU_WRITE, false, MMU_PTE, MMU_READ_ONLY, 1, TABLE + 4, 0x400005);
    refused(0x00002000, MMU_READ, true, MMU_PTE, MMU_SUPERVISOR, 2, TABLE + 8, 0x400003);
    refused(0x00403000, MMU_WRITE, true, MMU_PDE, MMU_READ_ONLY, 1, DIR + 4, TABLE | 5);
    refused(0x00803000, MMU_READ, true, MMU_PDE, MMU_SUPERVISOR, 2, DIR + 8, TABLE | 3);
    refused(0x00c00000, MMU_READ, false, MMU_PDE, MMU_RESERVED, 3, DIR + 12, 0x00402083);
    refused(0x01412000, MMU_READ, true, MMU_PDE, MMU_SUPERVISOR, 5, DIR + 20, 0x00400083);
    mmu_set_cr0(&mmu, 0);
    /* PAE: the pointer table has a level of its own. */
    wr(PDPT, PAE_DIR | 1);
    wr(PDPT + 8, 0x123000);
    wr(PAE_DIR + 24, 0x00600083);
    wr(PAE_DIR, PAE_TABLE | 7);
    wr(PAE_TABLE + 8, 0x400005);
    wr(PAE_TABLE + 16, 0x400007);
    wr(PAE_TABLE + 20, 0x10); /* bit 36 and up */
    wr(PAE_DIR + 8, 0x00402087);
    paging_on(CR0_WP, CR4_PAE);
    refused(0x40000000, MMU_READ, false, MMU_PDPTE, MMU_NOT_PRESENT, 1, 0, 0x123000);
    refused(0x00612000, MMU_READ, true, MMU_PDE, MMU_SUPERVISOR, 3, PAE_DIR + 24, 0x00600083);
    refused(0x00400000, MMU_READ, false, MMU_PDE, MMU_NOT_PRESENT, 2, PAE_DIR + 16, 0);
    refused(0x00200000, MMU_READ, false, MMU_PDE, MMU_RESERVED, 1, PAE_DIR + 8, 0x00402087);
    refused(0x00000000, MMU_READ, false, MMU_PTE, MMU_NOT_PRESENT, 0, PAE_TABLE, 0);
    refused(0x00001000, MMU_WRITE, true, MMU_PTE, MMU_READ_ONLY, 1, PAE_TABLE + 8, 0x400005);
    refused(0x00002000, MMU_READ, true, MMU_PTE, MMU_RESERVED, 2, PAE_TABLE + 16, 0x1000400007ull);
}
END_TEST

START_TEST(large_pages)
{
    u32 p;
    wr(DIR + 4, 0x400087);
    paging_on(0, CR4_PSE);
    ck_assert(mmu_translate(&mmu, 0x412345, MMU_WRITE, true, &p));
    ck_assert_uint_eq(p, 0x412345);
    ck_assert_uint_eq(rd(DIR + 4), 0x4000e7);
    wr(DIR + 4, 0x600087); /* bit 21 is reserved */
    mmu_flush(&mmu, true);
    ck_assert(!mmu_translate(&mmu, 0x412345, MMU_READ, false, &p));
    ck_assert_uint_eq(mmu.fault_error, PF_PRESENT | PF_RESERVED);
}
END_TEST

/*
 * PAE: one row for each way in which a level can refuse (4.4.2, 4.7), and for what it leaves behind
 * in the tables. pdpte, pde, pte: low and high half, frames are filled in; error: of a supervisor's
 * read, write and user bits come on top.
 */
#define HIGH 0x100000000ull
#define LARGE 0x80
static const struct {
    u64 pdpte, pde, pte;
    enum mmu_access access;
    bool user, ok;
    u32 error;
    bool pde_a, pte_a, d; /* set afterwards; d in the entry that maps the page */
} pae_cases[] = {
    {1, 7, 7, MMU_READ, true, true, 0, true, true, false},
    {1, 7, 7, MMU_WRITE, true, true, 0, true, true, true},
    {1, 7, 7, MMU_EXEC, true, true, 0, true, true, false},
    {0, 7, 7, MMU_READ, false, false, 0, false, false, false},
    {0, 7, 7, MMU_WRITE, true, false, 0, false, false, false},
    {1, 6, 7, MMU_READ, false, false, 0, false, false, false},
    {1, 7, 6, MMU_READ, false, false, 0, false, false, false},
    {1, 7, 6, MMU_WRITE, true, false, 0, false, false, false},
    {1, 7 | 0x10 * HIGH, 7, MMU_READ, false, false, PF_PRESENT | PF_RESERVED, false, false, false},
    {1, 7 | 0x80000000 * HIGH, 7, MMU_WRITE, true, false, PF_PRESENT | PF_RESERVED, false, false,
     false},
    {1, 6 | 0x10 * HIGH, 7, MMU_READ, false, false, 0, false, false, false},
    {1, 7, 7 | 0x10 * HIGH, MMU_READ, false, false, PF_PRESENT | PF_RESERVED, false, false, false},
    {1, 7, 6 | 0x10 * HIGH, MMU_READ, false, false, 0, false, false, false},
    {1, 3, 7, MMU_READ, true, false, PF_PRESENT, false, false, false},
    {1, 7, 3, MMU_READ, true, false, PF_PRESENT, false, false, false},
    {1, 5, 7, MMU_WRITE, true, false, PF_PRESENT, false, false, false},
    {1, 7, 5, MMU_WRITE, true, false, PF_PRESENT, false, false, false},
    {1, 7, 5, MMU_WRITE, false, true, 0, true, true, true}, /* CR0.WP is clear */
    {1, 7 | LARGE, 0, MMU_READ, true, true, 0, true, false, false},
    {1, 7 | LARGE, 0, MMU_WRITE, true, true, 0, true, false, true},
    {1, 7 | LARGE | 0x1000, 0, MMU_READ, true, true, 0, true, false, false}, /* PAT */
    {1, 7 | LARGE | 0x2000, 0, MMU_READ, false, false, PF_PRESENT | PF_RESERVED, false, false,
     false},
    {1, 7 | LARGE | 0x100000, 0, MMU_READ, true, false, PF_PRESENT | PF_RESERVED, false, false,
     false},
    {1, 7 | LARGE | 0x20 * HIGH, 0, MMU_READ, false, false, PF_PRESENT | PF_RESERVED, false, false,
     false},
    {1, 3 | LARGE, 0, MMU_READ, true, false, PF_PRESENT, false, false, false},
    {1, 5 | LARGE, 0, MMU_WRITE, true, false, PF_PRESENT, false, false, false},
};

START_TEST(pae_levels)
{
    enum { SLOT = 5, PAGE = 9 }; /* entries in directory and table */
    u32 lin = 3u << 30 | SLOT << 21 | PAGE << 12 | 0x678, p;
    u64 pde = pae_cases[_i].pde, pte = pae_cases[_i].pte | 0x345000;
    u32 pde_at = PAE_DIR + 8 * SLOT, pte_at = PAE_TABLE + 8 * PAGE;

    pde |= pde & LARGE ? 0x600000 : PAE_TABLE;
    phys_store(&phys, PDPT + 24, pae_cases[_i].pdpte | PAE_DIR, 8);
    phys_store(&phys, pde_at, pde, 8);
    phys_store(&phys, pte_at, pte, 8);
    paging_on(0, CR4_PAE);
    bool ok = mmu_translate(&mmu, lin, pae_cases[_i].access, pae_cases[_i].user, &p);
    ck_assert(ok == pae_cases[_i].ok);
    if (ok)
        ck_assert_uint_eq(p, pde & LARGE ? 0x600000 | PAGE << 12 | 0x678 : 0x345678);
    else
        ck_assert_uint_eq(mmu.fault_error, pae_cases[_i].error |
                                               (pae_cases[_i].user ? PF_USER : 0) |
                                               (pae_cases[_i].access == MMU_WRITE ? PF_WRITE : 0));
    u32 d = pae_cases[_i].d ? 0x40 : 0;
    ck_assert_uint_eq(phys_load(&phys, pde_at, 8),
                      pde | (pae_cases[_i].pde_a ? 0x20 : 0) | (pde & LARGE ? d : 0));
    ck_assert_uint_eq(phys_load(&phys, pte_at, 8),
                      pte | (pae_cases[_i].pte_a ? 0x20 : 0) | (pde & LARGE ? 0 : d));
    /* A debugger's look agrees and leaves nothing behind. */
    phys_store(&phys, pde_at, pde, 8);
    phys_store(&phys, pte_at, pte, 8);
    u32 stamp[TLB_KINDS], q;
    memcpy(stamp, mmu.stamp, sizeof stamp);
    if (mmu_peek(&mmu, lin, &q) && ok)
        ck_assert_uint_eq(q, p);
    else
        ck_assert(!ok);
    ck_assert_mem_eq(mmu.stamp, stamp, sizeof stamp);
    ck_assert_uint_eq(phys_load(&phys, pde_at, 8), pde);
    ck_assert_uint_eq(phys_load(&phys, pte_at, 8), pte);
}
END_TEST

/* Bits 13-21 of a 4 MiB entry (4.3): an address on models with PSE-36, else reserved. */
START_TEST(large_page_reserved_bits)
{
    for (unsigned bit = 12; bit < 22; bit++) {
        for (unsigned pse36 = 0; pse36 < 2; pse36++) {
            u32 p;
            mmu.pse36 = pse36;
            wr(DIR + 4, 0x400087 | 1u << bit);
            paging_on(0, CR4_PSE);
            mmu_flush(&mmu, true);
            bool ok = mmu_translate(&mmu, 0x412345, MMU_READ, false, &p);
            ck_assert(ok == (bit == 12 || (pse36 && bit != 21)));
            if (!ok)
                ck_assert_uint_eq(mmu.fault_error, PF_PRESENT | PF_RESERVED);
            else if (bit == 12)
                ck_assert_uint_eq(p, 0x412345);
            else /* beyond the modelled space */
                ck_assert_uint_eq(phys.page[p >> PAGE_SHIFT].kind, PAGE_NONE);
        }
    }
    /* Without CR4.PSE the bit that says "large" means nothing. */
    wr(DIR + 4, TABLE | 0x87);
    wr(TABLE + 4 * 0x12, 0x7000 | 7);
    paging_on(0, 0);
    u32 p;
    ck_assert(mmu_translate(&mmu, 0x412345, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x7345);
}
END_TEST

/*
 * Frames beyond 4 GiB are unmapped memory, whatever is at the top of the map (a PC has its BIOS
 * there) and whether A20 is low or not: all ones, writes are lost, and nothing else is touched.
 */
START_TEST(frames_beyond_4_gib)
{
    static u8 rom[0x40000];
    phys.changed = NULL;
    memset(rom, 0x5a, sizeof(rom));
    phys_map_rom(&phys, 0xfffc0000, sizeof(rom), rom);
    for (unsigned pae = 0; pae < 2; pae++) {
        for (unsigned a20 = 0; a20 < 2; a20++) {
            u32 p;
            phys_set_a20(&phys, a20);
            mmu.pse36 = true;
            if (pae) {
                wr(PDPT, DIR | 1);
                wr(PDPT + 4, 0);
                wr(DIR, 0x87);
                wr(DIR + 4, 1); /* 4 GiB */
                paging_on(0, CR4_PAE);
            } else {
                wr(DIR, 0x2087); /* bit 13: 4 GiB */
                paging_on(0, CR4_PSE);
            }
            mmu_flush(&mmu, true);
            ck_assert(mmu_translate(&mmu, 0x12344, MMU_WRITE, false, &p));
            ck_assert_uint_eq(phys_load(&phys, p, 4), 0xffffffff);
            phys_store(&phys, p, 0x12345678, 4);
            ck_assert_uint_eq(phys_load(&phys, p, 4), 0xffffffff);
            ck_assert_uint_ne(mmu.tlb[TLB_SUPERVISOR].fast[0x12].read, 0x12000);
        }
    }
    for (unsigned i = 0; i < sizeof(rom); i++)
        ck_assert_uint_eq(rom[i], 0x5a);
}
END_TEST

/* Which entries may be written without another walk: dirty ones that permit it; all formats. */
START_TEST(fast_writes_of_dirty_pages)
{
    static const struct {
        u32 cr4, at, bits, value, wp;
        bool fast;
    } rows[] = {
        {0, TABLE, 0x67, 0x300000, 0, true},
        {0, TABLE, 0x27, 0x300000, 0, false},
        {0, TABLE, 0x65, 0x300000, 0, true},
        {0, TABLE, 0x65, 0x300000, CR0_WP, false},
        {CR4_PSE, DIR, 0xe7, 0, 0, true},
        {CR4_PSE, DIR, 0xa7, 0, 0, false},
        {CR4_PSE, DIR, 0xe5, 0, CR0_WP, false},
        {CR4_PAE, PAE_TABLE, 0x67, 0x300000, 0, true},
        {CR4_PAE, PAE_TABLE, 0x27, 0x300000, 0, false},
        {CR4_PAE, PAE_DIR, 0xe7, 0, 0, true},
        {CR4_PAE, PAE_DIR, 0xa7, 0, 0, false},
        {CR4_PAE, PAE_DIR, 0xe5, 0, CR0_WP, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        u32 p;
        mmu_set_cr0(&mmu, CR0_PE);
        phys_store(&phys, PDPT, PAE_DIR | 1, 8);
        phys_store(&phys, PAE_DIR, PAE_TABLE | 7, 8);
        wr(DIR, TABLE | 7);
        phys_store(&phys, rows[i].at, rows[i].value | rows[i].bits, rows[i].cr4 & CR4_PAE ? 8 : 4);
        paging_on(rows[i].wp, rows[i].cr4);
        mmu_flush(&mmu, true);
        ck_assert(mmu_translate(&mmu, 0x123, MMU_READ, false, &p));
        const struct tlb_fast *f = &mmu.tlb[TLB_SUPERVISOR].fast[0];
        ck_assert_uint_eq(f->read, 0);
        ck_assert_msg((f->write == 0) == rows[i].fast, "row %u", i);
        ck_assert_ptr_eq((void *)(uintptr_t)(0x123 + f->add), phys.ram + p);
    }
}
END_TEST

/* INVLPG of a small page of either format leaves its neighbour alone. */
START_TEST(invlpg_leaves_the_neighbour)
{
    static const u32 formats[] = {0, CR4_PAE};
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        u32 p, size = formats[i] ? 8 : 4, table = formats[i] ? PAE_TABLE : TABLE;
        mmu_set_cr0(&mmu, CR0_PE);
        phys_store(&phys, PDPT, PAE_DIR | 1, 8);
        phys_store(&phys, PAE_DIR, PAE_TABLE | 7, 8);
        wr(DIR, TABLE | 7);
        for (u32 n = 0; n < 2; n++)
            phys_store(&phys, table + n * size, 0x300000 | n << 12 | 7, size);
        paging_on(0, formats[i]);
        for (u32 n = 0; n < 2; n++)
            ck_assert(mmu_translate(&mmu, n << 12, MMU_READ, false, &p));
        for (u32 n = 0; n < 2; n++)
            phys_store(&phys, table + n * size, 0x400000 | n << 12 | 7, size);
        mmu_flush_page(&mmu, 0xfff);
        ck_assert(mmu_translate(&mmu, 0, MMU_READ, false, &p));
        ck_assert_uint_eq(p, 0x400000);
        ck_assert(mmu_translate(&mmu, 0x1000, MMU_READ, false, &p));
        ck_assert_uint_eq(p, 0x301000);
    }
}
END_TEST

START_TEST(pae)
{
    u32 p;
    wr(PDPT, PAE_DIR | 1);
    wr(PAE_DIR, PAE_TABLE | 7);
    wr(PAE_TABLE + 8 * 3, 0x400007);
    wr(PAE_DIR + 8, 0x600087); /* 2 MiB page at 200000 */
    paging_on(0, CR4_PAE);
    ck_assert(mmu_translate(&mmu, 0x3abc, MMU_READ, true, &p));
    ck_assert_uint_eq(p, 0x400abc);
    ck_assert(mmu_translate(&mmu, 0x200010, MMU_WRITE, true, &p));
    ck_assert_uint_eq(p, 0x600010);
    ck_assert_uint_eq(rd(PAE_DIR + 8), 0x6000e7);
    wr(PAE_TABLE + 8 * 4, 0x400007);
    wr(PAE_TABLE + 8 * 4 + 4, 0x80000000); /* bit 63 is reserved without NX */
    ck_assert(!mmu_translate(&mmu, 0x4000, MMU_READ, true, &p));
    ck_assert_uint_eq(mmu.fault_error, PF_PRESENT | PF_RESERVED | PF_USER);
    wr(PDPT + 8, 0x1e6 | 1); /* reserved PDPTE bits: refused as a whole */
    ck_assert(!mmu_set_cr3(&mmu, PDPT));
}
END_TEST

START_TEST(global_pages_and_invlpg)
{
    u32 p;
    wr(DIR, TABLE | 7);
    wr(TABLE, 0x400107); /* global */
    wr(TABLE + 4, 0x401007);
    paging_on(0, CR4_PGE);
    ck_assert(mmu_translate(&mmu, 0x0, MMU_READ, false, &p));
    ck_assert(mmu_translate(&mmu, 0x1000, MMU_READ, false, &p));
    wr(TABLE, 0x500107);
    wr(TABLE + 4, 0x501007);
    u32 stamp = mmu.stamp[TLB_LOCAL];
    ck_assert(mmu_set_cr3(&mmu, DIR));
    ck_assert(mmu.stamp[TLB_LOCAL] != stamp);
    ck_assert(mmu_translate(&mmu, 0x0, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x400000); /* still the old one */
    ck_assert(mmu_translate(&mmu, 0x1000, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x501000);
    mmu_flush_page(&mmu, 0x0);
    ck_assert(mmu_translate(&mmu, 0x0, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x500000);
}
END_TEST

START_TEST(fast_tags_follow_code_pages)
{
    u32 p;
    ck_assert(mmu_translate(&mmu, 0x9000, MMU_WRITE, false, &p));
    struct tlb_fast *f = &mmu.tlb[TLB_SUPERVISOR].fast[9];
    ck_assert_uint_eq(f->write, 0x9000);
    phys.page[9].code = 1;
    mmu_code_page(&mmu, 0x9000);
    ck_assert_uint_ne(f->write, 0x9000);
    ck_assert_uint_eq(f->read, 0x9000);
    /* Still code: a slow write does not open the fast path again; given up: it does. */
    ck_assert(mmu_translate(&mmu, 0x9000, MMU_WRITE, false, &p));
    ck_assert_uint_ne(f->write, 0x9000);
    phys.page[9].code = 0;
    ck_assert(mmu_translate(&mmu, 0x9000, MMU_WRITE, false, &p));
    ck_assert_uint_eq(f->write, 0x9000);
}
END_TEST

static void again(void *m, enum phys_watcher who)
{
    mmu_watch_again(m, who);
}

/* Every way to write to watched memory is noted, also through a second place in the map. */
START_TEST(watched_memory)
{
    static u8 video[3 * 4096], written[3];
    u32 p;

    memset(written, 0, sizeof written);
    phys_watch(&phys, WATCH_DISPLAY, video, sizeof video, written);
    phys.owner = &mmu;
    phys.watch_again = again;
    phys_map_ram(&phys, 0xa0000, sizeof video, video);
    phys_map_ram(&phys, 0xe0000000, sizeof video, video);
    struct tlb_fast *f = &mmu.tlb[TLB_SUPERVISOR].fast[0xa1];
    ck_assert(mmu_translate(&mmu, 0xa1000, MMU_READ, false, &p));
    ck_assert_uint_eq(f->read, 0xa1000);
    ck_assert_uint_ne(f->write, 0xa1000);
    ck_assert_uint_eq(written[1], 0);
    ck_assert(mmu_translate(&mmu, 0xa1000, MMU_WRITE, false, &p));
    ck_assert_uint_eq(f->write, 0xa1000);
    ck_assert_int_eq(memcmp(written, "\0\1\0", 3), 0);
    /* A page that is written already may be written fast at once through the other place. */
    struct tlb_fast *g = &mmu.tlb[TLB_USER].fast[1];
    ck_assert(mmu_translate(&mmu, 0xe0001000, MMU_READ, true, &p));
    ck_assert_uint_eq(g->write, 0xe0001000);
    written[1] = 0;
    phys_watch_again(&phys, WATCH_DISPLAY);
    ck_assert_uint_ne(f->write, 0xa1000);
    ck_assert_uint_ne(g->write, 0xe0001000);
    ck_assert_uint_eq(f->read, 0xa1000);
    ck_assert(mmu_translate(&mmu, 0xa1000, MMU_WRITE, false, &p)); /* the entry is still there */
    ck_assert_uint_eq(f->write, 0xa1000);
    ck_assert_uint_eq(written[1], 1);
    /* DMA, the processor's slow path, with and without decoded code. */
    phys_write(&phys, 0xe0000fff, "ab", 2);
    ck_assert_int_eq(memcmp(written, "\1\1\0", 3), 0);
    memset(written, 0, sizeof written);
    phys.page[0xa2].code = 1;
    phys_store(&phys, 0xa2004, 1, 4);
    ck_assert_int_eq(memcmp(written, "\0\0\1", 3), 0);
    /* Not RAM any more: nothing is noted, nothing is read beyond the list. */
    phys_map_rom(&phys, 0xa0000, sizeof video, video);
    memset(written, 0, sizeof written);
    phys_store(&phys, 0xa0000, 1, 4);
    phys_store(&phys, 0x1000, 1, 4);
    ck_assert_int_eq(memcmp(written, "\0\0\0", 3), 0);
}
END_TEST

START_TEST(many_pages_and_flushes_keep_the_list_bounded)
{
    u32 p;
    for (unsigned round = 0; round < 50; round++) {
        for (u32 a = 0; a < 8u << 20; a += 4096) {
            ck_assert(mmu_translate(&mmu, a, MMU_READ, round & 1, &p));
            mmu_flush_page(&mmu, a ^ 0x1000);
        }
        for (unsigned k = 0; k < TLB_KINDS; k++)
            ck_assert_uint_le(mmu.tlb[round & 1].used_count[k], TLB_ENTRIES);
        if (round % 3 == 0)
            mmu_flush(&mmu, round & 4);
    }
}
END_TEST

START_TEST(unmapped_and_rom)
{
    static const u8 rom[4096] = {0x12, 0x34};
    phys_map_rom(&phys, 0xf0000, 4096, rom);
    ck_assert_uint_eq(phys_load(&phys, 0xf0000, 2), 0x3412);
    phys_store(&phys, 0xf0000, 0, 2);
    ck_assert_uint_eq(phys_load(&phys, 0xf0000, 2), 0x3412);
    ck_assert_uint_eq(phys_load(&phys, 0xd0000000, 4), 0xffffffff);
    ck_assert_uint_eq(phys_load(&phys, 0xd0000000, 8), ~0ull);
    u8 b[8192];
    phys_read(&phys, 0xfffff800, b, sizeof b); /* wraps at 4 GiB, must not run off the map */
    phys_write(&phys, 0xfffff800, b, sizeof b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mmu");
    TCase *t = tcase_create("mmu");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, identity_without_paging_and_a20);
    tcase_add_test(t, accessed_and_dirty);
    tcase_add_loop_test(t, protection, 0, (int)ARRAY_SIZE(cases));
    tcase_add_test(t, what_refused);
    tcase_add_test(t, large_pages);
    tcase_add_loop_test(t, pae_levels, 0, (int)ARRAY_SIZE(pae_cases));
    tcase_add_test(t, large_page_reserved_bits);
    tcase_add_test(t, frames_beyond_4_gib);
    tcase_add_test(t, fast_writes_of_dirty_pages);
    tcase_add_test(t, invlpg_leaves_the_neighbour);
    tcase_add_test(t, pae);
    tcase_add_test(t, global_pages_and_invlpg);
    tcase_add_test(t, fast_tags_follow_code_pages);
    tcase_add_test(t, watched_memory);
    tcase_add_test(t, many_pages_and_flushes_keep_the_list_bounded);
    tcase_add_test(t, unmapped_and_rom);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
