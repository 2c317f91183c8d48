/*
 * test_jumps.c - indirect jumps of machine code: they find machine code by themselves, and never
 * what is no longer there.
 */
#include "cpu/blocks/block.h"
#include "tests/unit/jit_rig.h"

enum { ROUTINE = 0x50000, OTHER = 0x51000, ROUNDS = 2000, MOST = 100 * ROUNDS };

/* A processor that calls a routine many times; NULL: this host has no translator. */
static struct rig *calling(void)
{
    struct rig *r = translating(8);
    if (!r)
        return NULL;
    CODE_AT(r, ROUTINE, 0x40, 0xc3); /* inc eax; ret */
    CODE_AT(r, OTHER, 0x4f, 0xc3);   /* dec edi; ret */
    /* mov ebx,rounds; L: call esi; dec ebx; jnz L; hlt */
    CODE_AT(r, CODE, 0xbb, ROUNDS & 0xff, ROUNDS >> 8, 0, 0, 0xff, 0xd6, 0x4b, 0x75, 0xfb, 0xf4);
    return r;
}

/* How often was machine code left because of an indirect jump? */
static u64 call_all(struct rig *r)
{
    struct jit_stats before, after;
    ck_assert(jit_statistics(r->c, &before));
    r->c->halted = false;
    r->c->eip = CODE;
    r->c->gpr[ESI] = ROUTINE;
    r->c->gpr[EAX] = r->c->gpr[EDI] = 0;
    ck_assert_int_eq(rig_run(r, MOST), CPU_HALT);
    ck_assert(jit_statistics(r->c, &after));
    return after.left[LEAVE_INDIRECT] - before.left[LEAVE_INDIRECT];
}

START_TEST(calls_and_returns_stay_inside)
{
    struct rig *r = calling();
    if (!r)
        return;
    call_all(r);
    ck_assert_uint_eq(r->c->gpr[EAX], ROUNDS);
    ck_assert_uint_lt(call_all(r), 4);
    ck_assert_uint_eq(r->c->gpr[EAX], ROUNDS);
    rig_free(r);
}
END_TEST

START_TEST(a_routine_is_overwritten)
{
    struct rig *r = calling();
    if (!r)
        return;
    call_all(r);
    CODE_AT(r, ROUTINE, 0x47, 0xc3); /* inc edi; ret */
    call_all(r);
    ck_assert_uint_eq(r->c->gpr[EAX], 0);
    ck_assert_uint_eq(r->c->gpr[EDI], ROUNDS);
    ck_assert_uint_lt(call_all(r), 4);
    rig_free(r);
}
END_TEST

/* 4 MiB from linear address 0, as they are, but for the page of the routine. */
static void map(struct rig *r, u32 routine)
{
    const u32 directory = 0x60000, table = 0x61000;
    wr32(r, directory, table | 7);
    for (u32 page = 0; page < 1024; page++)
        wr32(r, table + 4 * page, page << PAGE_SHIFT | 7);
    wr32(r, table + 4 * (ROUTINE >> PAGE_SHIFT), routine | 7);
    r->c->mmu.cr3 = directory;
    r->c->mmu.cr0 |= CR0_PG;
    mmu_flush(&r->c->mmu, true);
}

START_TEST(a_page_shows_another_one)
{
    struct rig *r = calling();
    if (!r)
        return;
    map(r, ROUTINE);
    call_all(r);
    ck_assert_uint_lt(call_all(r), 4);
    map(r, OTHER);
    call_all(r);
    ck_assert_uint_eq(r->c->gpr[EAX], 0);
    ck_assert_uint_eq(r->c->gpr[EDI], (u32)-ROUNDS);
    map(r, ROUTINE);
    call_all(r);
    ck_assert_uint_eq(r->c->gpr[EAX], ROUNDS);
    rig_free(r);
}
END_TEST

/* What leaves too often rests, is called through the interpreter meanwhile, and comes back. */
START_TEST(a_routine_rests)
{
    struct rig *r = calling();
    struct jit_stats s;
    if (!r)
        return;
    /* inc eax; mov edx,[40ffeh], which lies in two pages; ret */
    CODE_AT(r, ROUTINE, 0x40, 0x8b, 0x15, 0xfe, 0x0f, 0x04, 0x00, 0xc3);
    for (unsigned i = 0; i < 5; i++) {
        call_all(r);
        ck_assert_uint_eq(r->c->gpr[EAX], ROUNDS);
    }
    ck_assert(jit_statistics(r->c, &s));
    ck_assert_uint_gt(s.rests, 1);
    ck_assert_uint_gt(s.left[LEAVE_MEMORY], SLOW_LIMIT); /* it was back */
    rig_free(r);
}
END_TEST

/* All code goes, and nothing leads to where it was. */
START_TEST(the_cache_is_emptied)
{
    struct rig *r = calling();
    if (!r)
        return;
    const u64 *word = r->c->mmu.tlb[TLB_SUPERVISOR].flat + CODE_SLOTS_AT;
    u64 any = 0, left = 0;
    call_all(r);
    for (unsigned i = 0; i < SLOT_WORDS; i++)
        any |= word[i];
    ck_assert_uint_ne(any, 0);
    blocks_drop_all(r->c);
    for (unsigned i = 0; i < SLOT_WORDS; i++)
        left |= word[i];
    ck_assert_uint_eq(left, 0);
    call_all(r);
    ck_assert_uint_eq(r->c->gpr[EAX], ROUNDS);
    rig_free(r);
}
END_TEST

START_TEST(stamps_come_again)
{
    struct rig *r = calling();
    if (!r)
        return;
    map(r, ROUTINE);
    u32 stamp = r->c->mmu.stamp[TLB_LOCAL];
    call_all(r);
    map(r, OTHER);
    blocks_forget_stamps(r->c);
    r->c->mmu.stamp[TLB_LOCAL] = stamp;
    call_all(r);
    ck_assert_uint_eq(r->c->gpr[EDI], (u32)-ROUNDS);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("jumps");
    TCase *t = tcase_create("jumps");
    tcase_add_test(t, calls_and_returns_stay_inside);
    tcase_add_test(t, a_routine_is_overwritten);
    tcase_add_test(t, a_page_shows_another_one);
    tcase_add_test(t, a_routine_rests);
    tcase_add_test(t, the_cache_is_emptied);
    tcase_add_test(t, stamps_come_again);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
