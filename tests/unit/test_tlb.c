/*
 * test_tlb.c - which entries of the TLB go when, for data and for decoded and linked code. SDM
 * vol. 3, 4.10.4.1 and 4.4.1.
 *
 * The same question is put about each event: a page is used, its entry in the page table is
 * changed in memory, the event comes, the page is used again. An old frame means that the entry
 * was kept. Where the manual allows a processor to keep or drop as it likes, a case says what ours
 * does: the same input has to be the same run.
 */
#include "hw/base/state.h"
#include "tests/unit/cpu_harness.h"

/* clang-format off */
enum {
    PD = 0x80000, PT_LOW = 0x81000, PT_WINDOW = 0x82000, PD_COPY = 0x83000, PDPTES = 0x84000,
    PAE_PD = 0x85000, PAE_PT = 0x86000,
    WINDOW = 0x400000,                    /* the page in question */
    FRAME_A = 0x100000, FRAME_B = 0x101000,
    ACT = CODE + 0x100, READ = CODE + 0x200, CALL = CODE + 0x300, JUMP = CODE + 0x400
};
/* clang-format on */

#define P_RW 3u
#define P_US 4u
#define P_PS 0x80u
#define P_G 0x100u

static void run_at(struct rig *r, u32 eip)
{
    r->c->halted = false;
    r->c->eip = eip;
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
}

/* A frame says who it is, to readers at offset 100h and to callers at offset 0. */
static void make_frame(struct rig *r, u32 frame, u32 value)
{
    PUT(r, frame,
        "\xb8...."
        "\xc3"); /* mov eax,value; ret */
    wr32(r, frame + 1, value);
    wr32(r, frame + 0x100, value);
}

/* Low memory is mapped to itself, WINDOW to FRAME_A. */
static struct rig *paged_rig(void)
{
    struct rig *r = rig_new("pentium3");

    pm_init(r, 0);
    for (u32 i = 0; i < 512; i++)
        wr32(r, PT_LOW + 4 * i, i << 12 | P_RW);
    wr32(r, PD, PT_LOW | P_RW);
    wr32(r, PD + 4, PT_WINDOW | P_RW | P_US);
    wr32(r, PD_COPY, PT_LOW | P_RW);
    wr32(r, PD_COPY + 4, PT_WINDOW | P_RW | P_US);
    make_frame(r, FRAME_A, 0xa);
    make_frame(r, FRAME_B, 0xb);
    PUT(r, READ, "\xa1\x00\x01\x40\x00\xf4");         /* mov eax,[WINDOW+100h]; hlt */
    PUT(r, CALL, "\xe8\xfb\xfc\x3e\x00\xf4");         /* call WINDOW; hlt */
    PUT(r, JUMP, "\xb9\x00\x00\x40\x00\xff\xd1\xf4"); /* mov ecx,WINDOW; call ecx; hlt */
    mmu_set_cr4(&r->c->mmu, CR4_PSE | CR4_PGE);
    mmu_set_cr3(&r->c->mmu, PD);
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_WP | CR0_PG);
    cpu_update_mode(r->c);
    return r;
}

static void expect_frame(struct rig *r, u32 value, const char *what)
{
    static const u32 entry[] = {READ, CALL, JUMP};
    static const char *const how[] = {"data", "linked code", "code by the jump cache"};

    for (unsigned i = 0; i < ARRAY_SIZE(entry); i++) {
        run_at(r, entry[i]);
        ck_assert_msg(r->c->gpr[EAX] == value, "%s: %s of %x, not %x", what, how[i], r->c->gpr[EAX],
                      value);
    }
}

/* ---- events that the processor or the board brings about ---- */

static void toggle_a20(struct rig *r)
{
    phys_set_a20(&r->phys, false);
    phys_set_a20(&r->phys, true);
}

static void save(struct rig *r)
{
    struct state *s = state_new_save();
    cpu_state(r->c, s);
    state_free(s);
}

static void load(struct rig *r)
{
    struct state *s = state_new_save();
    struct err e = {0};
    size_t size;

    cpu_state(r->c, s);
    const u8 *bytes = state_finish(s, &size);
    expect_frame(r, 0xb, "saving"); /* fills the TLB anew */
    wr32(r, PT_WINDOW, FRAME_A | P_RW);
    struct state *t = state_new_load(bytes, size, &e);
    ck_assert_ptr_nonnull(t);
    cpu_state(r->c, t);
    ck_assert(state_ok(t));
    expect_frame(r, 0xa, "loading");
    wr32(r, PT_WINDOW, FRAME_B | P_RW);
    mmu_flush(&r->c->mmu, true);
    state_free(t);
    state_free(s);
}

static void remap(struct rig *r)
{
    phys_unmap(&r->phys, 0xe0000000, 4096);
}

static void reset_tss2(struct rig *r, u32 cr3)
{
    static const u16 sel[6] = {SEL_DATA0, SEL_CODE0, SEL_DATA0, SEL_DATA0, SEL_DATA0, SEL_DATA0};

    for (u32 i = 0; i < 0x68; i += 4)
        wr32(r, TSS2 + i, 0);
    wr32(r, TSS2 + 0x1c, cr3);
    wr32(r, TSS2 + 0x20, CODE + 0xf0);
    wr32(r, TSS2 + 0x24, EFL_ONE);
    wr32(r, TSS2 + 0x28 + 4 * ESP, STACK1);
    for (unsigned i = 0; i < 6; i++)
        wr32(r, TSS2 + 0x48 + 4 * i, sel[i]);
    PUT(r, CODE + 0xf0, "\xf4");
}

static void task_other_cr3(struct rig *r)
{
    reset_tss2(r, PD_COPY);
    PUT(r, ACT, "\xea\x00\x00\x00\x00\x48\x00"); /* jmp 48:0 */
    run_at(r, ACT);
    ck_assert_uint_eq(r->c->mmu.cr3, PD_COPY);
}

static void task_same_cr3(struct rig *r)
{
    reset_tss2(r, PD);
    PUT(r, ACT, "\xea\x00\x00\x00\x00\x48\x00");
    run_at(r, ACT);
    ck_assert_uint_eq(r->c->tr.sel, SEL_TSS2);
}

/* A store to a page that has become read-only faults, after a walk of the present tables. */
static void write_fault(struct rig *r)
{
    wr32(r, PT_WINDOW, (rd32(r, PT_WINDOW) & ~2u));
    PUT(r, ACT, "\xa3\x80\x00\x40\x00\xf4"); /* mov [WINDOW+80h],eax */
    run_at(r, ACT);
    ck_assert_int_eq(halted_in(r), VEC_PF);
    ck_assert_uint_eq(rd32(r, r->c->gpr[ESP]), PF_PRESENT | PF_WRITE);
    ck_assert_uint_eq(r->c->cr2, WINDOW + 0x80);
}

enum { PLAIN = 1, GLOBAL = 2, BOTH = 3 };

#define GUEST(...) .code = (const u8[]){__VA_ARGS__}, .size = sizeof((const u8[]){__VA_ARGS__})

static void act(struct rig *r, const u8 *code, unsigned size)
{
    phys_write(&r->phys, ACT, code, size);
    PUT(r, ACT + size, "\xf4");
    run_at(r, ACT);
}

/* Code for ACT, or a function; which kinds of page lose their entry. */
static const struct {
    const char *what;
    const u8 *code;
    unsigned size;
    void (*event)(struct rig *r);
    unsigned drops;
} events[] = {
    {.what = "nothing", GUEST(0x90), .drops = 0},
    {.what = "MOV CR3", GUEST(0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8), .drops = PLAIN},
    {.what = "MOV CR4, PGE and back",
     GUEST(0x0f, 0x20, 0xe0, 0x34, 0x80, 0x0f, 0x22, 0xe0, 0x34, 0x80, 0x0f, 0x22, 0xe0),
     .drops = BOTH},
    {.what = "MOV CR4, PSE", GUEST(0x0f, 0x20, 0xe0, 0x34, 0x10, 0x0f, 0x22, 0xe0), .drops = BOTH},
    {.what = "MOV CR4, TSD", GUEST(0x0f, 0x20, 0xe0, 0x34, 0x04, 0x0f, 0x22, 0xe0), .drops = 0},
    {.what = "MOV CR0, PG off and on",
     GUEST(0x0f, 0x20, 0xc0, 0x89, 0xc1, 0x25, 0xff, 0xff, 0xff, 0x7f, 0x0f, 0x22, 0xc0, 0x0f, 0x22,
           0xc1),
     .drops = BOTH},
    {.what = "MOV CR0, WP",
     GUEST(0x0f, 0x20, 0xc0, 0x35, 0, 0, 1, 0, 0x0f, 0x22, 0xc0),
     .drops = BOTH},
    {.what = "MOV CR0, CD and NW",
     GUEST(0x0f, 0x20, 0xc0, 0x35, 0, 0, 0, 0x60, 0x0f, 0x22, 0xc0),
     .drops = 0},
    {.what = "CLTS", GUEST(0x0f, 0x06), .drops = 0},
    {.what = "LMSW", GUEST(0xb8, 0x09, 0, 0, 0, 0x0f, 0x01, 0xf0), .drops = 0},
    {.what = "INVLPG", GUEST(0x0f, 0x01, 0x3d, 0xff, 0x0f, 0x40, 0), .drops = BOTH},
    {.what = "INVLPG of the next page", GUEST(0x0f, 0x01, 0x3d, 0, 0x10, 0x40, 0), .drops = 0},
    {.what = "INVD, WBINVD", GUEST(0x0f, 0x08, 0x0f, 0x09), .drops = 0},
    {.what = "WRMSR MTRRdefType",
     GUEST(0xb9, 0xff, 2, 0, 0, 0x31, 0xd2, 0xb8, 6, 0x0c, 0, 0, 0x0f, 0x30),
     .drops = 0},
    {.what = "task switch, other CR3", .event = task_other_cr3, .drops = PLAIN},
    {.what = "task switch, same CR3", .event = task_same_cr3, .drops = 0},
    {.what = "#PF", .event = write_fault, .drops = BOTH},
    {.what = "A20", .event = toggle_a20, .drops = BOTH},
    {.what = "physical map", .event = remap, .drops = BOTH},
    {.what = "saving the state", .event = save, .drops = BOTH},
    {.what = "loading a state", .event = load, .drops = BOTH},
};

START_TEST(what_drops_an_entry)
{
    unsigned n = (unsigned)_i / 2, kind = _i & 1 ? GLOBAL : PLAIN;
    struct rig *r = paged_rig();
    char what[80];

    snprintf(what, sizeof what, "%s, %s page", events[n].what, kind == GLOBAL ? "global" : "plain");
    wr32(r, PT_WINDOW, FRAME_A | P_RW | (kind == GLOBAL ? P_G : 0));
    for (unsigned again = 0; again < 3; again++)
        expect_frame(r, 0xa, "before");
    wr32(r, PT_WINDOW, FRAME_B | P_RW | (kind == GLOBAL ? P_G : 0));
    if (events[n].event) {
        events[n].event(r);
    } else {
        act(r, events[n].code, events[n].size);
        ck_assert_int_eq(halted_in(r), -1);
    }
    expect_frame(r, events[n].drops & kind ? 0xb : 0xa, what);
    rig_free(r);
}
END_TEST

/* ---- large pages ---- */

/* Every part of a 4 MiB page goes with one INVLPG (or #PF), although the tables no longer say 4
 * MiB.
 */
static const struct {
    const char *what;
    u32 pde;       /* the new one */
    bool fault;    /* by a page fault, not by INVLPG */
    bool user_too; /* parts in the user's table as well */
} large_cases[] = {
    {"still large", P_PS | P_RW | P_US, false, true},
    {"split", PT_WINDOW | P_RW | P_US, false, true},
    {"split, global", PT_WINDOW | P_RW | P_US, false, false},
    {"split, read-only, by a fault", PT_WINDOW | 1 | P_US, true, false},
};

START_TEST(large_page_goes_as_a_whole)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p, old = 0x000000 | P_PS | P_RW | P_US | (_i == 2 ? P_G : 0);

    wr32(r, PD + 4, old);
    for (u32 a = WINDOW; a < WINDOW + 0x400000; a += 0x7000) {
        ck_assert(mmu_translate(m, a, MMU_READ, false, &p));
        ck_assert_uint_eq(p, a - WINDOW);
        ck_assert(mmu_translate(m, a, MMU_EXEC, false, &p));
        if (large_cases[_i].user_too)
            ck_assert(mmu_translate(m, a, MMU_WRITE, true, &p));
    }
    for (u32 i = 0; i < 1024; i++)
        wr32(r, PT_WINDOW + 4 * i, FRAME_B | P_RW | P_US);
    unsigned kind = _i == 2 ? TLB_GLOBAL : TLB_LOCAL;
    u32 stamp = m->stamp[kind], pde = large_cases[_i].pde;
    if (pde & P_PS)
        pde |= 0x400000;
    wr32(r, PD + 4, pde);
    if (large_cases[_i].fault)
        ck_assert(!mmu_translate(m, WINDOW + 0x345678, MMU_WRITE, false, &p));
    else
        mmu_flush_page(m, WINDOW + 0x345678);
    ck_assert_uint_ne(m->stamp[kind], stamp);
    for (u32 a = WINDOW; a < WINDOW + 0x400000; a += 0x1000) {
        u32 want = pde & P_PS ? a : FRAME_B;
        ck_assert(mmu_translate(m, a, MMU_EXEC, false, &p));
        ck_assert_uint_eq(p, want);
        ck_assert(mmu_translate(m, a, MMU_READ, false, &p));
        ck_assert_uint_eq(p, want);
        ck_assert(mmu_translate(m, a, MMU_READ, true, &p));
        ck_assert_uint_eq(p, want);
    }
    rig_free(r);
}
END_TEST

/* INVLPG of a 2 MiB page leaves its neighbour in the same 4 MiB, and parts of it can still go. */
START_TEST(two_megabyte_pages_are_apart)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p;

    mmu_set_cr0(m, m->cr0 & ~CR0_PG);
    for (u32 i = 0; i < 4; i++)
        wr32(r, PDPTES + 8 * i, 0);
    wr32(r, PDPTES, PAE_PD | 1);
    for (u32 i = 0; i < 512; i++)
        wr32(r, PAE_PD + 8 * i, i << 21 | P_PS | P_RW), wr32(r, PAE_PD + 8 * i + 4, 0);
    for (u32 i = 0; i < 512; i++)
        wr32(r, PAE_PT + 8 * i, i << 12 | P_RW), wr32(r, PAE_PT + 8 * i + 4, 0);
    wr32(r, PAE_PD, PAE_PT | P_RW);
    mmu_set_cr4(m, m->cr4 | CR4_PAE);
    mmu_set_cr3(m, PDPTES);
    ck_assert(mmu_load_pdptes(m, PDPTES));
    mmu_set_cr0(m, m->cr0 | CR0_PG);
    for (u32 a = 0x400000; a < 0x800000; a += 0x1000) {
        mmu_flush_page(m, 0x5000); /* a small page is walked in between */
        ck_assert(mmu_translate(m, 0x5000, MMU_READ, false, &p));
        ck_assert(mmu_translate(m, a, MMU_READ, false, &p));
    }
    for (u32 i = 2; i < 4; i++)
        wr32(r, PAE_PD + 8 * i, (i + 8) << 21 | P_PS | P_RW);
    mmu_flush_page(m, 0x5ff123);
    for (u32 a = 0x400000; a < 0x800000; a += 0x1000) {
        ck_assert(mmu_translate(m, a, MMU_READ, false, &p));
        ck_assert_uint_eq(p, a < 0x600000 ? a + 0x1000000 : a);
    }
    mmu_flush_page(m, 0x600000);
    ck_assert(mmu_translate(m, 0x7ff000, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x17ff000);
    rig_free(r);
}
END_TEST

/* Global parts survive a CR3 load, and INVLPG still finds all of them afterwards. */
START_TEST(global_parts_are_still_found)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p;

    wr32(r, PD + 4, P_PS | P_RW | P_G);
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    ck_assert(mmu_translate(m, WINDOW + 0x9000, MMU_READ, false, &p));
    wr32(r, PD + 4, 0x400000 | P_PS | P_RW | P_G);
    ck_assert(mmu_set_cr3(m, PD));
    ck_assert(mmu_translate(m, WINDOW + 0x9000, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x9000);
    mmu_flush_page(m, WINDOW);
    ck_assert(mmu_translate(m, WINDOW + 0x9000, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x409000);
    rig_free(r);
}
END_TEST

static u32 random_below(u32 *seed, u32 n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}
#define RANDOM(n) random_below(&seed, (n))

/*
 * Page tables change at random; after each change INVLPG is given for what the change made stale,
 * one address of a large page, each page of a split or joined one. Then no access may differ from a
 * fresh walk, whoever makes it.
 */
START_TEST(no_stale_entry_after_the_right_invalidations)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 seed = 77 + (u32)_i;
    enum { DIRS = 4, BASE = 0x10000000 };

    for (u32 d = 0; d < DIRS; d++)
        wr32(r, PD + (BASE >> 20) + 4 * d, 0);
    for (unsigned step = 0; step < 4000; step++) {
        u32 d = RANDOM(DIRS), dir = BASE + (d << 22), pde_at = PD + (dir >> 20);
        u32 table = 0x100000 + (d << 12), page = RANDOM(1024), pte_at = table + 4 * page;
        u32 pde = rd32(r, pde_at), bits = P_RW | (RANDOM(2) ? P_US : 0) | (RANDOM(2) ? P_G : 0);
        bool was_large = (pde & (P_PS | 1)) == (P_PS | 1), is_large = RANDOM(3) == 0;

        switch (RANDOM(4)) {
        case 0: /* another page directory entry */
            wr32(r, pde_at, is_large ? RANDOM(8) << 22 | P_PS | bits : table | P_RW | P_US);
            if (was_large)
                mmu_flush_page(m, dir + (RANDOM(0x400000)));
            else
                for (u32 a = 0; a < 0x400000; a += 0x1000)
                    mmu_flush_page(m, dir + a + 0x123);
            break;
        case 1: /* another page table entry */
            wr32(r, pte_at, RANDOM(5) ? RANDOM(512) << 12 | bits : 0);
            if (!was_large)
                mmu_flush_page(m, dir + (page << 12));
            break;
        case 2:
            if (RANDOM(20) == 0)
                mmu_set_cr3(m, PD);
            break;
        default:
            break;
        }
        for (unsigned n = 0; n < 8; n++) {
            static const enum mmu_access how[] = {MMU_READ, MMU_WRITE, MMU_EXEC};
            u32 lin = dir + (RANDOM(n & 1 ? 0x4000 : 0x400000)), got, want;
            bool user = RANDOM(2), there = mmu_peek(m, lin, &want);
            bool ok = mmu_translate(m, lin, how[RANDOM(3)], user, &got);
            if (!user)
                ck_assert(ok == there);
            if (ok)
                ck_assert_msg(there && got == want, "step %u: %08x is %08x, not %08x", step, lin,
                              got, want);
        }
    }
    rig_free(r);
}
END_TEST

/* ---- permissions, A and D ---- */

/* An entry that refuses is never the last word: the tables are walked before a fault. */
START_TEST(more_rights_need_no_invalidation)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p;

    wr32(r, PT_WINDOW, FRAME_A | 1);
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    ck_assert(!mmu_translate(m, WINDOW, MMU_WRITE, false, &p));
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    wr32(r, PT_WINDOW, FRAME_A | P_RW);
    ck_assert(mmu_translate(m, WINDOW, MMU_WRITE, false, &p));
    ck_assert(!mmu_translate(m, WINDOW, MMU_READ, true, &p));
    ck_assert_uint_eq(m->fault_error, PF_PRESENT | PF_USER);
    wr32(r, PT_WINDOW, FRAME_A | P_RW | P_US);
    ck_assert(mmu_translate(m, WINDOW, MMU_WRITE, true, &p));
    wr32(r, PT_WINDOW, 0);
    ck_assert(mmu_translate(m, WINDOW, MMU_WRITE, true, &p)); /* stale, and allowed to be */
    rig_free(r);
}
END_TEST

/* A fault of one privilege drops the entries of the other, for data and for code. */
START_TEST(fault_drops_the_page_for_everybody)
{
    static const enum mmu_access how[] = {MMU_READ, MMU_EXEC};
    for (unsigned i = 0; i < ARRAY_SIZE(how); i++) {
        struct rig *r = paged_rig();
        struct mmu *m = &r->c->mmu;
        u32 p;

        wr32(r, PT_WINDOW, FRAME_A | P_RW);
        ck_assert(mmu_translate(m, WINDOW, how[i], false, &p));
        wr32(r, PT_WINDOW, FRAME_B | P_RW);
        ck_assert(!mmu_translate(m, WINDOW + 8, MMU_READ, true, &p));
        ck_assert(mmu_translate(m, WINDOW, how[i], false, &p));
        ck_assert_uint_eq(p, FRAME_B);
        rig_free(r);
    }
}
END_TEST

/* A store through an entry with D = 0 walks again; whoever reads then sees what was stored. */
START_TEST(store_to_a_clean_page_walks_again)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p;

    wr32(r, PT_WINDOW, FRAME_A | P_RW | P_US);
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, true, &p));
    ck_assert(mmu_translate(m, WINDOW, MMU_EXEC, false, &p));
    ck_assert(mmu_translate(m, WINDOW, MMU_EXEC, true, &p));
    u32 stamp = m->stamp[TLB_LOCAL];
    wr32(r, PT_WINDOW, FRAME_B | P_RW | P_US);
    ck_assert(mmu_translate(m, WINDOW, MMU_WRITE, true, &p));
    ck_assert_uint_eq(p, FRAME_B);
    ck_assert_uint_eq(rd32(r, PT_WINDOW), FRAME_B | P_RW | P_US | 0x60);
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    ck_assert_uint_eq(p, FRAME_B);
    /* Code has entries of its own: the running block need not stop for a store. */
    ck_assert(mmu_translate(m, WINDOW, MMU_EXEC, false, &p));
    ck_assert_uint_eq(p, FRAME_A);
    ck_assert_uint_eq(m->stamp[TLB_LOCAL], stamp);
    rig_free(r);
}
END_TEST

/* CR0.WP set: entries under which the supervisor wrote to read-only pages are of no use. */
START_TEST(wp_takes_effect_at_once)
{
    struct rig *r = paged_rig();

    wr32(r, PT_WINDOW, FRAME_A | 1);
    PUT(r, ACT, "\xa3\x80\x00\x40\x00\xf4"); /* mov [WINDOW+80h],eax; hlt */
    /* mov eax,cr0; xor eax,10000h; mov cr0,eax; hlt */
    PUT(r, ACT + 0x20, "\x0f\x20\xc0\x35\x00\x00\x01\x00\x0f\x22\xc0\xf4");
    for (unsigned i = 0; i < 6; i++) {
        run_at(r, ACT);
        ck_assert_int_eq(halted_in(r), i & 1 ? -1 : VEC_PF);
        run_at(r, ACT + 0x20);
    }
    rig_free(r);
}
END_TEST

/* ---- the stamps: each moves when code of its kind may have moved, and only then ---- */

/* Which stamps moved since the last call? A bit for each kind. */
static unsigned moved(const struct mmu *m)
{
    static u32 before[TLB_KINDS];
    unsigned which = 0;

    for (unsigned k = 0; k < TLB_KINDS; k++) {
        which |= (unsigned)(m->stamp[k] != before[k]) << k;
        before[k] = m->stamp[k];
    }
    return which;
}

START_TEST(stamps_move_with_code_of_their_kind)
{
    const unsigned none = 0, kind = 1u << _i, both = 3;
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p, right = P_RW | (_i == TLB_GLOBAL ? P_G : 0);

    wr32(r, PT_WINDOW, FRAME_A | right);
    wr32(r, PT_WINDOW + 4, 0);
    moved(m);
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    mmu_flush_page(m, WINDOW);
    ck_assert(!mmu_translate(m, WINDOW + 0x1000, MMU_WRITE, false, &p));
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    ck_assert_uint_eq(moved(m), none);
    /* The first fetch moves nothing either; the entry's end does, by INVLPG or by eviction. */
    ck_assert(mmu_translate(m, WINDOW, MMU_EXEC, false, &p));
    ck_assert_uint_eq(moved(m), none);
    ck_assert_uint_eq(mmu_stamp_of(m, WINDOW, false), m->stamp[_i]);
    mmu_flush_page(m, WINDOW);
    ck_assert_uint_eq(moved(m), kind);
    ck_assert(mmu_translate(m, WINDOW, MMU_EXEC, false, &p));
    ck_assert_uint_eq(moved(m), none);
    const u32 same_slot = WINDOW + (TLB_ENTRIES << 12);
    wr32(r, PD + (same_slot >> 22) * 4, PT_WINDOW | P_RW);
    ck_assert(mmu_translate(m, same_slot, MMU_EXEC, false, &p));
    ck_assert_uint_eq(moved(m), kind);
    /* A CR3 load leaves global pages where they are, anything more does not. */
    ck_assert(mmu_set_cr3(m, PD));
    ck_assert_uint_eq(moved(m), 1u << TLB_LOCAL);
    mmu_set_cr4(m, m->cr4 ^ CR4_PGE);
    ck_assert_uint_eq(moved(m), both);
    mmu_flush(m, true);
    ck_assert_uint_eq(moved(m), both);
    rig_free(r);
}
END_TEST

/* A slot changes its kind, in both directions: flushes drop what is in it, not what it was. */
START_TEST(slot_of_changing_kind)
{
    static const u32 kinds[][3] = {{0, P_G, 0}, {P_G, 0, P_G}, {P_G, P_G, 0}, {0, P_G, P_G}};
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p;

    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        mmu_flush(m, true);
        for (unsigned k = 0; k < 3; k++) {
            wr32(r, PT_WINDOW, FRAME_A | P_RW | kinds[i][k]);
            mmu_flush_page(m, WINDOW);
            ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
        }
        for (unsigned k = 0; k < 2; k++) {
            wr32(r, PT_WINDOW, FRAME_B | P_RW | kinds[i][2]);
            mmu_flush(m, k);
            ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
            ck_assert_uint_eq(p, kinds[i][2] && !k ? FRAME_A : FRAME_B);
        }
    }
    rig_free(r);
}
END_TEST

/* A link into two pages, of one kind or of both: whatever drops either of them ends it. */
START_TEST(link_to_a_pair_of_pages)
{
    for (unsigned i = 0; i < 8; i++) {
        struct rig *r = paged_rig();
        u32 first = i & 1 ? P_G : 0, second = i & 2 ? P_G : 0;
        bool invlpg = i & 4;

        PUT(r, CALL, "\xe8\xfa\x0c\x3f\x00\xf4"); /* call WINDOW+FFFh; hlt */
        PUT(r, FRAME_A + 0xfff, "\xb0");
        PUT(r, FRAME_B + 0xfff, "\xb0\x01\xc3"); /* mov al,1; ret */
        PUT(r, FRAME_B + 0x2000, "\x02\xc3");    /* mov al,2; ret */
        wr32(r, PT_WINDOW, FRAME_B | P_RW | first);
        wr32(r, PT_WINDOW + 4, (FRAME_B + 0x1000) | P_RW | second);
        for (unsigned k = 0; k < 3; k++) {
            run_at(r, CALL);
            ck_assert_uint_eq(r->c->gpr[EAX] & 0xff, 1);
        }
        wr32(r, PT_WINDOW + 4, (FRAME_B + 0x2000) | P_RW | second);
        if (invlpg)
            mmu_flush_page(&r->c->mmu, WINDOW + 0x1000);
        else
            ck_assert(mmu_set_cr3(&r->c->mmu, PD));
        run_at(r, CALL);
        ck_assert_uint_eq(r->c->gpr[EAX] & 0xff, second && !invlpg ? 1 : 2);
        mmu_flush(&r->c->mmu, true);
        run_at(r, CALL);
        ck_assert_uint_eq(r->c->gpr[EAX] & 0xff, 2);
        rig_free(r);
    }
}
END_TEST

/*
 * Stamps are used up at some time. A link or a jump slot of old must not come back to life when its
 * stamp is given out again: here, after 2^31 flushes that only count.
 */
START_TEST(stamps_come_again_without_what_was_noted)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 right = P_RW | (_i == TLB_GLOBAL ? P_G : 0);

    wr32(r, PT_WINDOW, FRAME_A | right);
    expect_frame(r, 0xa, "at first");
    u32 stamp = m->stamp[_i];
    wr32(r, PT_WINDOW, FRAME_B | right);
    m->stamp[_i] = 0xfffffff0u | (unsigned)_i;
    for (unsigned i = 0; m->stamp[_i] != stamp; i++) {
        ck_assert_uint_lt(i, 1000);
        mmu_flush(m, _i == TLB_GLOBAL);
        ck_assert_uint_ne(m->stamp[_i], MMU_ANY_STAMP);
        ck_assert_uint_ne(m->stamp[_i], MMU_NO_STAMP);
        ck_assert_uint_eq(m->stamp[_i] & 1, (unsigned)_i);
    }
    expect_frame(r, 0xb, "when the stamp has come again");
    rig_free(r);
}
END_TEST

/* ---- PDPTEs are loaded when the manual says so, and only then ---- */

/* Guest code at ACT after which the changed PDPTE counts, or does not. */
static const struct {
    const char *what;
    const u8 *code;
    unsigned size;
    bool loads;
} pdpte_cases[] = {
    {.what = "nothing", GUEST(0x90), .loads = false},
    {.what = "INVLPG", GUEST(0x0f, 0x01, 0x3d, 0, 0, 0, 0x40), .loads = false},
    {.what = "MOV CR3", GUEST(0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8), .loads = true},
    {.what = "MOV CR0, CD and NW",
     GUEST(0x0f, 0x20, 0xc0, 0x35, 0, 0, 0, 0x60, 0x0f, 0x22, 0xc0),
     .loads = true},
    {.what = "MOV CR0, WP",
     GUEST(0x0f, 0x20, 0xc0, 0x35, 0, 0, 1, 0, 0x0f, 0x22, 0xc0),
     .loads = false},
    {.what = "MOV CR0, PG off and on",
     GUEST(0x0f, 0x20, 0xc0, 0x89, 0xc1, 0x25, 0xff, 0xff, 0xff, 0x7f, 0x0f, 0x22, 0xc0, 0x0f, 0x22,
           0xc1),
     .loads = true},
    {.what = "MOV CR4, PSE", GUEST(0x0f, 0x20, 0xe0, 0x34, 0x10, 0x0f, 0x22, 0xe0), .loads = true},
    {.what = "MOV CR4, PGE", GUEST(0x0f, 0x20, 0xe0, 0x34, 0x80, 0x0f, 0x22, 0xe0), .loads = true},
    {.what = "MOV CR4, TSD", GUEST(0x0f, 0x20, 0xe0, 0x34, 0x04, 0x0f, 0x22, 0xe0), .loads = false},
    {.what = "task switch, same CR3", GUEST(0xea, 0, 0, 0, 0, 0x48, 0), .loads = false},
    {.what = "task switch, other CR3", GUEST(0xea, 0, 0, 0, 0, 0x48, 0), .loads = true},
};

static struct rig *pae_rig(void)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;

    mmu_set_cr0(m, m->cr0 & ~CR0_PG);
    for (u32 i = 0; i < 16; i++) /* two sets of PDPTEs */
        wr32(r, PDPTES + 4 * i, 0);
    wr32(r, PDPTES, PAE_PD | 1);
    wr32(r, PDPTES + 32, PAE_PD | 1);
    for (u32 i = 0; i < 1024; i++)
        wr32(r, PAE_PD + 4 * i, 0), wr32(r, PAE_PT + 4 * i, 0);
    wr32(r, PAE_PD, 0 | P_PS | P_RW);
    mmu_set_cr4(m, m->cr4 | CR4_PAE);
    mmu_set_cr3(m, PDPTES);
    ck_assert(mmu_load_pdptes(m, PDPTES));
    mmu_set_cr0(m, m->cr0 | CR0_PG);
    cpu_update_mode(r->c);
    return r;
}

START_TEST(pdptes)
{
    struct rig *r = pae_rig();
    u32 p;

    reset_tss2(r, _i == 9 ? PDPTES : PDPTES + 32);
    ck_assert(!mmu_translate(&r->c->mmu, 0x40000000, MMU_READ, false, &p));
    wr32(r, PDPTES + 8, PAE_PD | 1);
    wr32(r, PDPTES + 32 + 8, PAE_PD | 1);
    act(r, pdpte_cases[_i].code, pdpte_cases[_i].size);
    ck_assert_int_eq(halted_in(r), -1);
    ck_assert_msg(mmu_translate(&r->c->mmu, 0x40000000, MMU_READ, false, &p) ==
                      pdpte_cases[_i].loads,
                  "%s", pdpte_cases[_i].what);
    /* Reserved bits: #GP, and the old ones stay. */
    wr32(r, PDPTES, PAE_PD | 3);
    wr32(r, PDPTES + 32, PAE_PD | 3);
    /* (The first half of "off and on" is past paging by then.) */
    if (pdpte_cases[_i].loads && pdpte_cases[_i].code[0] != 0xea) {
        run_at(r, ACT);
        ck_assert_int_eq(halted_in(r), VEC_GP);
        if (_i != 5) {
            ck_assert(mmu_translate(&r->c->mmu, 0x40000000, MMU_READ, false, &p));
        }
    }
    rig_free(r);
}
END_TEST

/* MOV CR3 while paging is off: the PDPTEs are not looked at. */
START_TEST(pdptes_without_paging)
{
    struct rig *r = pae_rig();
    struct mmu *m = &r->c->mmu;
    mmu_set_cr0(m, m->cr0 & ~CR0_PG);
    wr32(r, PDPTES + 32, PAE_PD | 3);
    ck_assert(mmu_set_cr3(m, PDPTES + 32));
    ck_assert_uint_eq(m->cr3, PDPTES + 32);
    ck_assert_uint_eq(m->pdpte[0], PAE_PD | 1);
    rig_free(r);
}
END_TEST

/* Each bit of one: what is reserved is refused, and means nothing where the entry is not present.
 */
START_TEST(reserved_bits_of_pdptes)
{
    struct rig *r = pae_rig();
    struct mmu *m = &r->c->mmu;
    for (unsigned bit = 0; bit < 64; bit++) {
        bool reserved = bit == 1 || bit == 2 || (bit >= 5 && bit <= 8) || bit >= 36;
        u64 entry = 1ull << bit;
        wr32(r, PDPTES + 24, (u32)entry | 1);
        wr32(r, PDPTES + 28, (u32)(entry >> 32));
        ck_assert_msg(mmu_set_cr3(m, PDPTES) == !reserved, "bit %u", bit);
        wr32(r, PDPTES + 24, (u32)entry & ~1u);
        ck_assert_msg(mmu_set_cr3(m, PDPTES), "bit %u of one that is not present", bit);
    }
    rig_free(r);
}
END_TEST

/*
 * Turning PAE on under paging loads them, too. One page is directory and PDPTEs here, so the code
 * runs where the walk leaves no A bits in the latter.
 */
START_TEST(pae_on_loads_pdptes)
{
    struct rig *r = pae_rig();
    struct mmu *m = &r->c->mmu;
    u32 p, high = 0x2000000;

    mmu_set_cr4(m, m->cr4 & ~CR4_PAE);
    wr32(r, PDPTES + (high >> 20), P_PS | P_RW);
    wr32(r, PAE_PD + (high >> 18), P_PS | P_RW);
    wr32(r, PDPTES + 8, PAE_PD | 1);
    PUT(r, ACT, "\x0f\x20\xe0\x34\x20\x0f\x22\xe0\xf4"); /* mov eax,cr4; xor al,20h; ... */
    run_at(r, high + ACT);
    ck_assert(m->cr4 & CR4_PAE);
    ck_assert(mmu_translate(m, 0x40000000, MMU_READ, false, &p));
    rig_free(r);
}
END_TEST

/* 32-bit paging to PAE and back without leaving paging: the tables are read in the new format. */
START_TEST(pae_toggle_drops_everything)
{
    struct rig *r = pae_rig();
    struct mmu *m = &r->c->mmu;
    u32 p;

    wr32(r, PAE_PD + 16, 0x200000 | P_PS | P_RW | P_G);
    ck_assert(mmu_translate(m, 0x400000, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x200000);
    wr32(r, PDPTES + 4, 0x800000 | P_PS | P_RW | P_G); /* PDE 1 of the other format */
    mmu_set_cr4(m, m->cr4 & ~CR4_PAE);
    ck_assert(mmu_translate(m, 0x400000, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x800000);
    mmu_set_cr4(m, m->cr4 | CR4_PAE);
    ck_assert(mmu_translate(m, 0x400000, MMU_READ, false, &p));
    ck_assert_uint_eq(p, 0x200000);
    rig_free(r);
}
END_TEST

/* Without CR4.PGE the G bit of an entry means nothing. */
START_TEST(global_needs_pge)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p;

    mmu_set_cr4(m, CR4_PSE);
    wr32(r, PT_WINDOW, FRAME_A | P_RW | P_G);
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    wr32(r, PT_WINDOW, FRAME_B | P_RW | P_G);
    ck_assert(mmu_set_cr3(m, PD));
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    ck_assert_uint_eq(p, FRAME_B);
    rig_free(r);
}
END_TEST

/* The lists of used slots name each slot once, however often INVLPG empties it. */
START_TEST(a_slot_is_listed_once)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    u32 p;

    wr32(r, PT_WINDOW, FRAME_A | P_RW);
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    u32 listed = m->tlb[TLB_SUPERVISOR].used_count[TLB_LOCAL];
    for (unsigned i = 0; i < 2 * TLB_ENTRIES; i++) {
        mmu_flush_page(m, WINDOW);
        ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    }
    ck_assert_uint_eq(m->tlb[TLB_SUPERVISOR].used_count[TLB_LOCAL], listed);
    /* A slot that INVLPG emptied is free again after the next flush of its kind. */
    mmu_flush_page(m, WINDOW);
    wr32(r, PT_WINDOW, FRAME_A | P_RW | P_G);
    ck_assert(mmu_translate(m, WINDOW, MMU_READ, false, &p));
    mmu_flush_page(m, WINDOW);
    mmu_flush(m, false);
    ck_assert_uint_eq(m->tlb[TLB_SUPERVISOR].used_count[TLB_LOCAL], 0);
    ck_assert_uint_eq(m->tlb[TLB_SUPERVISOR].used_count[TLB_GLOBAL], 1);
    mmu_flush(m, true);
    ck_assert_uint_eq(m->tlb[TLB_SUPERVISOR].used_count[TLB_GLOBAL], 0);
    rig_free(r);
}
END_TEST

/* The words by page say what the fast part says: each of its tags, and nothing else. */
static void compare_words(const struct mmu *m, unsigned table, unsigned step)
{
    const struct tlb *t = &m->tlb[table];
    u32 words = 0, tags = 0;
    for (u32 slot = 0; slot < TLB_ENTRIES; slot++) {
        const struct tlb_fast *f = &t->fast[slot];
        for (unsigned write = 0; write < 2; write++) {
            u32 page = write ? f->write : f->read;
            if (page == TLB_EMPTY)
                continue;
            tags++;
            ck_assert_msg(t->flat[write * FLAT_WRITES + (page >> PAGE_SHIFT)] == f->add,
                          "step %u, table %u, page %x, write %u", step, table, page, write);
        }
    }
    for (u32 i = 0; i < FLAT_WORDS; i++)
        words += t->flat[i] != 0;
    ck_assert_msg(words == tags, "step %u, table %u: %u words, %u tags", step, table, words, tags);
}

START_TEST(words_by_page)
{
    struct rig *r = paged_rig();
    struct mmu *m = &r->c->mmu;
    const u32 again = TLB_ENTRIES << PAGE_SHIFT; /* in the same slots */
    u32 seed = 7, p;

    /* What is there already is taken over. Slots are used by several pages in turn. */
    ck_assert(mmu_translate(m, 0x5000, MMU_WRITE, false, &p));
    ck_assert(mmu_flat_start(m, 16));
    ck_assert_uint_ne(m->tlb[TLB_SUPERVISOR].flat[FLAT_WRITES + 5], 0);
    wr32(r, PD + (again >> 22) * 4, PT_LOW | P_RW | P_US);
    wr32(r, PD + ((again + WINDOW) >> 22) * 4, 0 | P_PS | P_RW | P_G);
    for (unsigned step = 0; step < 4000; step++) {
        const u32 base[] = {0, WINDOW, again, again + WINDOW};
        u32 lin = base[RANDOM(4)] + (RANDOM(512) << PAGE_SHIFT);
        switch (RANDOM(24)) {
        case 0:
            mmu_flush(m, RANDOM(2));
            break;
        case 1:
            mmu_flush_page(m, lin);
            break;
        case 2:
            mmu_code_page(m, RANDOM(512) << PAGE_SHIFT);
            break;
        case 3:
            ck_assert(mmu_slow_pages(m, lin >> PAGE_SHIFT, lin >> PAGE_SHIFT, RANDOM(2)));
            break;
        default:
            mmu_translate(m, lin, RANDOM(2) ? MMU_WRITE : MMU_READ, RANDOM(2), &p);
        }
        if (step % 400 == 0) {
            compare_words(m, TLB_SUPERVISOR, step);
            compare_words(m, TLB_USER, step);
            compare_words(m, TLB_NEVER, step);
        }
    }
    mmu_flat_stop(m);
    ck_assert_ptr_null(m->tlb[TLB_USER].flat);
    rig_free(r);
}
END_TEST

/* RESET empties the TLB, global entries included. */
START_TEST(reset_drops_everything)
{
    struct rig *r = paged_rig();
    u32 p;

    wr32(r, PT_WINDOW, FRAME_A | P_RW | P_G);
    ck_assert(mmu_translate(&r->c->mmu, WINDOW, MMU_READ, false, &p));
    cpu_reset(r->c);
    ck_assert(mmu_translate(&r->c->mmu, WINDOW, MMU_READ, false, &p));
    ck_assert_uint_eq(p, WINDOW);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tlb");
    TCase *t = tcase_create("tlb");
    tcase_add_loop_test(t, what_drops_an_entry, 0, 2 * (int)ARRAY_SIZE(events));
    tcase_add_loop_test(t, large_page_goes_as_a_whole, 0, (int)ARRAY_SIZE(large_cases));
    tcase_add_test(t, two_megabyte_pages_are_apart);
    tcase_add_test(t, global_parts_are_still_found);
    tcase_add_loop_test(t, no_stale_entry_after_the_right_invalidations, 0, 8);
    tcase_add_test(t, more_rights_need_no_invalidation);
    tcase_add_test(t, fault_drops_the_page_for_everybody);
    tcase_add_test(t, store_to_a_clean_page_walks_again);
    tcase_add_test(t, wp_takes_effect_at_once);
    tcase_add_loop_test(t, stamps_move_with_code_of_their_kind, 0, TLB_KINDS);
    tcase_add_test(t, slot_of_changing_kind);
    tcase_add_test(t, link_to_a_pair_of_pages);
    tcase_add_loop_test(t, stamps_come_again_without_what_was_noted, 0, TLB_KINDS);
    tcase_add_loop_test(t, pdptes, 0, (int)ARRAY_SIZE(pdpte_cases));
    tcase_add_test(t, pdptes_without_paging);
    tcase_add_test(t, reserved_bits_of_pdptes);
    tcase_add_test(t, pae_on_loads_pdptes);
    tcase_add_test(t, pae_toggle_drops_everything);
    tcase_add_test(t, global_needs_pge);
    tcase_add_test(t, a_slot_is_listed_once);
    tcase_add_test(t, words_by_page);
    tcase_add_test(t, reset_drops_everything);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
