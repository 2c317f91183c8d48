/*
 * test_stale.c - machine code goes on along links and code slots whose stamp has gone, if the TLB
 * finds the page of the target where it was (x64_stale.c): how often, and never to anything else.
 *
 * Of a page of small routines each is called from another page, directly or through a register, in
 * ring 0 or 3. Then the process changes, and what the page is.
 */
#include "cpu/blocks/block.h"
#include "tests/unit/jit_rig.h"

enum {
    ROUTINE = 0x50000,
    OTHER = 0x52000, /* what stands there is another page's */
    FAR_ALIAS = TLB_ENTRIES << PAGE_SHIFT,
    COUNT = 32, /* routines, of so many bytes */
    APART = 16,
    ROUNDS = 100,
    ALL = COUNT * ROUNDS,
    MOST = 100 * ALL,
    DIRECTORY = 0x60000,
    TABLE = 0x61000,
    FAR_TABLE = 0x62000,
    GLOBAL = 0x100,
    SEVERAL = 16 /* ways out, fewer than there are routines */
};
/* Bits; ALIASED: before all of them one is called at an address with the same place in the TLB. */
enum { INDIRECT, DIRECT, USER, WAYS = 4, ALIASED = 4 };

static void put_routines(struct rig *r, u32 at, u8 op)
{
    for (u32 i = 0; i < COUNT; i++)
        CODE_AT(r, at + APART * i, op, 0xc3);
}

static void put_call(struct rig *r, u32 *at, u32 to)
{
    CODE_AT(r, *at, 0xe8);
    wr32(r, *at + 1, to - (*at + 5));
    *at += 5;
}

/* mov ebx,ROUNDS; L: ... ; dec ebx; jnz L; hlt: where the loop's contents are, and what ends it */
static u32 loop_start(struct rig *r)
{
    CODE_AT(r, CODE, 0xbb, ROUNDS, 0, 0, 0);
    return CODE + 5;
}

static void loop_end(struct rig *r, u32 at)
{
    CODE_AT(r, at, 0x4b, 0x0f, 0x85);
    wr32(r, at + 3, loop_start(r) - (at + 7));
    CODE_AT(r, at + 7, 0xf4);
}

static void map_page(struct rig *r, u32 lin, u32 frame, u32 bits)
{
    wr32(r, (lin < FAR_ALIAS ? TABLE : FAR_TABLE) + 4 * (lin >> PAGE_SHIFT & 1023),
         frame | 7 | bits);
}

/* The page of the routines shows this frame, when the TLB has forgotten it. */
static void map(struct rig *r, u32 frame)
{
    map_page(r, ROUTINE, frame, 0);
}

static void other_process(struct rig *r)
{
    ck_assert(mmu_set_cr3(&r->c->mmu, DIRECTORY));
}

/* INC EAX in the routines, DEC EDI in the others; NULL: this host has no translator. */
static struct rig *calling(unsigned way)
{
    struct rig *r = translating(8);
    if (!r)
        return NULL;
    put_routines(r, ROUTINE, 0x40);
    put_routines(r, OTHER, 0x4f);
    u32 at = loop_start(r);
    if (way & ALIASED)
        put_call(r, &at, FAR_ALIAS + ROUTINE);
    for (u32 i = 0; i < COUNT && (way & DIRECT); i++)
        put_call(r, &at, ROUTINE + APART * i);
    if (!(way & DIRECT)) {
        CODE_AT(r, at, 0xb9, COUNT, 0, 0, 0, 0xbe); /* mov ecx,COUNT; mov esi,ROUTINE */
        wr32(r, at + 6, ROUTINE);
        /* M: nop; nop; call esi; add esi,APART; dec ecx; jnz M. No two want the same slot. */
        CODE_AT(r, at + 10, 0x90, 0x90, 0xff, 0xd6, 0x83, 0xc6, APART, 0x49, 0x75, 0xf6);
        at += 20;
    }
    loop_end(r, at);
    wr32(r, DIRECTORY, TABLE | 7);
    wr32(r, DIRECTORY + 4 * (FAR_ALIAS >> 22), FAR_TABLE | 7);
    for (u32 page = 0; page < 1024; page++) {
        map_page(r, page << PAGE_SHIFT, page << PAGE_SHIFT, 0);
        map_page(r, FAR_ALIAS + (page << PAGE_SHIFT), page << PAGE_SHIFT, 0);
    }
    mmu_set_cr4(&r->c->mmu, CR4_PGE);
    other_process(r);
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_PG);
    return r;
}

/* In slices of n instructions. How often was machine code left at the end of a block? */
static u64 run_slices(struct rig *r, unsigned way, u64 n)
{
    struct jit_stats before, after;
    u64 end = cpu_executed(r->c) + MOST;
    ck_assert(jit_statistics(r->c, &before));
    r->c->halted = false;
    pm_init(r, way & USER ? 3 : 0);
    r->c->gpr[EAX] = r->c->gpr[EDI] = 0;
    while (rig_run(r, n) != CPU_HALT)
        ck_assert_uint_lt(cpu_executed(r->c), end);
    ck_assert(jit_statistics(r->c, &after));
    return after.left[LEAVE_INDIRECT] - before.left[LEAVE_INDIRECT] + after.left[LEAVE_LINK] -
           before.left[LEAVE_LINK];
}

static u64 run(struct rig *r, unsigned way)
{
    return run_slices(r, way, MOST);
}

/* So many of each were done. */
static void check_done(const struct rig *r, u32 routines, u32 others)
{
    ck_assert_uint_eq(r->c->gpr[EAX], routines);
    ck_assert_uint_eq(0 - r->c->gpr[EDI], others);
}

/* A processor that has called all for a while, in one process. */
static struct rig *called(unsigned way)
{
    struct rig *r = calling(way);
    if (!r)
        return NULL;
    run(r, way);
    check_done(r, ALL, 0);
    ck_assert_uint_lt(run(r, way), SEVERAL);
    return r;
}

/* One look at a page is for all ways into it. */
START_TEST(a_process_runs_again)
{
    struct rig *r = called((unsigned)_i);
    if (!r)
        return;
    other_process(r);
    ck_assert_uint_lt(run(r, (unsigned)_i), SEVERAL);
    check_done(r, ALL, 0);
    rig_free(r);
}
END_TEST

/* However it is cut: the budget ends before, at and behind every one of its ways. */
START_TEST(slices)
{
    struct rig *r = called((unsigned)_i);
    if (!r)
        return;
    for (u64 n = 1; n < 12; n++) {
        other_process(r);
        run_slices(r, (unsigned)_i, n);
        check_done(r, ALL, 0);
    }
    rig_free(r);
}
END_TEST

START_TEST(another_page)
{
    struct rig *r = called((unsigned)_i);
    if (!r)
        return;
    for (unsigned i = 0; i < 6; i++) {
        bool other = !(i & 1);
        map(r, other ? OTHER : ROUTINE);
        other_process(r);
        run(r, (unsigned)_i);
        check_done(r, other ? 0 : ALL, other ? ALL : 0);
    }
    rig_free(r);
}
END_TEST

/* The TLB's entry is another page's, which lies where the target lay. */
START_TEST(an_entry_is_of_another_page)
{
    unsigned way = (unsigned)_i | ALIASED;
    struct rig *r = calling(way);
    if (!r)
        return;
    for (unsigned i = 0; i < 6; i++) {
        bool other = i & 1;
        map(r, other ? OTHER : ROUTINE);
        other_process(r);
        run(r, way);
        check_done(r, ROUNDS + (other ? 0 : ALL), other ? ALL : 0);
    }
    rig_free(r);
}
END_TEST

/* What is made good is not under the stamp of pages that a change of process drops. */
START_TEST(the_page_becomes_global)
{
    struct rig *r = called((unsigned)_i);
    if (!r)
        return;
    map_page(r, ROUTINE, ROUTINE, GLOBAL);
    other_process(r);
    run(r, (unsigned)_i);
    check_done(r, ALL, 0);
    ck_assert_uint_lt(run(r, (unsigned)_i), SEVERAL); /* from a page of the other kind */
    map_page(r, ROUTINE, OTHER, GLOBAL);
    other_process(r);
    run(r, (unsigned)_i);
    check_done(r, ALL, 0); /* the TLB has it still */
    mmu_flush_page(&r->c->mmu, ROUTINE);
    run(r, (unsigned)_i);
    check_done(r, 0, ALL);
    map(r, ROUTINE);
    mmu_flush_page(&r->c->mmu, ROUTINE);
    run(r, (unsigned)_i);
    check_done(r, ALL, 0);
    map(r, OTHER);
    other_process(r);
    run(r, (unsigned)_i);
    check_done(r, 0, ALL);
    rig_free(r);
}
END_TEST

/* The other ring has looked the page up where it was, this one finds it elsewhere. */
START_TEST(the_other_ring_knows_the_page)
{
    struct rig *r = called((unsigned)_i);
    if (!r)
        return;
    other_process(r);
    run(r, (unsigned)_i ^ USER);
    check_done(r, ALL, 0);
    map(r, OTHER);
    run(r, (unsigned)_i);
    check_done(r, 0, ALL);
    rig_free(r);
}
END_TEST

/* The page is where it was, but not its code. */
START_TEST(code_is_made_anew)
{
    struct rig *r = called((unsigned)_i);
    if (!r)
        return;
    other_process(r);
    put_routines(r, ROUTINE, 0x4f);
    run(r, (unsigned)_i);
    check_done(r, 0, ALL);
    other_process(r);
    ck_assert_uint_lt(run(r, (unsigned)_i), SEVERAL);
    check_done(r, 0, ALL);
    blocks_drop_all(r->c);
    other_process(r);
    run(r, (unsigned)_i);
    check_done(r, 0, ALL);
    rig_free(r);
}
END_TEST

/* The stamp that the ways were made under comes again. */
START_TEST(stamps_come_again)
{
    struct rig *r = called((unsigned)_i);
    if (!r)
        return;
    u32 *stamp = &r->c->mmu.stamp[TLB_LOCAL], before = *stamp;
    map(r, OTHER);
    *stamp = MMU_ANY_STAMP - 2u;
    while (*stamp != before)
        other_process(r);
    run(r, (unsigned)_i);
    check_done(r, 0, ALL);
    rig_free(r);
}
END_TEST

/* Of an instruction in two pages, the second one is another: add eax,1; add eax,2. */
START_TEST(the_second_page_is_another)
{
    const u32 frame[2] = {0x70000, 0x72000};
    struct rig *r = calling(DIRECT);
    if (!r)
        return;
    u32 at = loop_start(r);
    put_call(r, &at, ROUTINE);
    put_call(r, &at, ROUTINE + PAGE_SIZE - 2);
    loop_end(r, at);
    CODE_AT(r, ROUTINE + PAGE_SIZE - 2, 0x83, 0xc0);
    for (u32 i = 0; i < 6; i++) {
        CODE_AT(r, frame[i & 1], (u8)(1 + (i & 1)), 0xc3);
        map_page(r, ROUTINE + PAGE_SIZE, frame[i & 1], 0);
        other_process(r);
        run(r, (unsigned)_i);
        check_done(r, (2 + (i & 1)) * ROUNDS, 0);
    }
    rig_free(r);
}
END_TEST

/* An empty slot looks like one of linear address 0, at the physical one. */
START_TEST(address_0)
{
    struct rig *r = calling(INDIRECT);
    if (!r)
        return;
    put_routines(r, 0, 0x40);
    u32 at = loop_start(r);
    put_call(r, &at, APART);
    CODE_AT(r, at, 0x31, 0xf6, 0xff, 0xd6); /* xor esi,esi; call esi */
    loop_end(r, at + 4);
    run(r, (unsigned)_i);
    check_done(r, 2 * ROUNDS, 0);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stale");
    TCase *t = tcase_create("stale");
    tcase_add_loop_test(t, a_process_runs_again, 0, WAYS);
    tcase_add_loop_test(t, slices, 0, WAYS);
    tcase_add_loop_test(t, another_page, 0, WAYS);
    tcase_add_loop_test(t, an_entry_is_of_another_page, 0, WAYS);
    tcase_add_loop_test(t, the_page_becomes_global, 0, WAYS);
    tcase_add_loop_test(t, the_other_ring_knows_the_page, 0, WAYS);
    tcase_add_loop_test(t, code_is_made_anew, 0, WAYS);
    tcase_add_loop_test(t, stamps_come_again, 0, WAYS);
    tcase_add_loop_test(t, the_second_page_is_another, 0, WAYS);
    tcase_add_loop_test(t, address_0, 0, WAYS);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
