/*
 * test_beside.c - stores of machine code into a page that holds code, too: those to other bytes are
 * done in place, those to the code are seen by it, at every distance and of every size. Who wants
 * to know of stores hears of them, and what forbids them does.
 */
#include "mmu/touch.h"
#include "tests/unit/jit_rig.h"

/* In one page: the loop, data, and a routine at the beginning of a granule of its own, or at its
 * end; or in the next page. */
enum { PAGE = 0x50000, LOOP = PAGE + 0x100, SCRATCH = PAGE + 0x400, ROUNDS = 300 };
static const u32 places[] = {PAGE + 0x800, PAGE + 0x87a, PAGE + 0x1000};
static const u8 routine[] = {0xb8, 0x44, 0x33, 0x22, 0x11, 0xc3}; /* mov eax,imm; ret */

/* So many rounds that store EDX's lower bytes there and call the routine; how many left for memory?
 */
static u64 rounds(struct rig *r, u32 n, u32 at, u32 value)
{
    const struct jit *j = r->c->jit;
    u64 before = j->stats.left[LEAVE_MEMORY];
    r->c->halted = false;
    r->c->eip = LOOP;
    r->c->gpr[ECX] = n;
    r->c->gpr[EBX] = at;
    r->c->gpr[EDX] = value;
    ck_assert_int_eq(rig_run(r, 10 * n), CPU_HALT);
    return j->stats.left[LEAVE_MEMORY] - before;
}

/* L: mov [ebx],edx (dx, dl); nops; call the routine; dec ecx; jnz L; hlt */
static void loop_of(struct rig *r, unsigned size, u32 place)
{
    u32 far = place - (LOOP + 9);
    CODE_AT(r, LOOP, 0x90, 0x89, 0x13, 0x90, 0xe8, 0, 0, 0, 0, 0x49, 0x75, 0xf4, 0xf4);
    if (size == 2)
        CODE_AT(r, LOOP, 0x66);
    else if (size == 1)
        CODE_AT(r, LOOP + 1, 0x88);
    phys_write(&r->phys, LOOP + 5, &far, 4);
    phys_write(&r->phys, place, routine, sizeof(routine));
}

static u32 word_at(struct rig *r, u32 at)
{
    u32 v;
    phys_read(&r->phys, at, &v, 4);
    return v;
}

START_TEST(at_every_distance)
{
    unsigned size = 1u << _i % 3;
    u32 place = places[_i / 3];
    struct rig *r = translating(8);
    if (!r)
        return;
    for (s32 d = -5; d < 8; d++) {
        u8 is[24], now[24], value[4];
        loop_of(r, size, place);
        rounds(r, ROUNDS, SCRATCH, 0x5a5a5a5a); /* all is machine code, and has met this page */
        ck_assert_uint_le(rounds(r, ROUNDS, SCRATCH, 0x5a5a5a5a), 4);
        ck_assert_uint_eq(r->c->gpr[EAX], 0x11223344);
        phys_read(&r->phys, place - 8, is, sizeof(is));
        for (s32 i = 0; i < 4; i++) /* MOV's and RET's opcode stay */
            value[i] = d + i == 0 ? 0xb8 : d + i == 5 ? 0xc3 : (u8)(0x60 + d + 4 * i);
        memcpy(is + 8 + d, value, size);
        rounds(r, 3, place + (u32)d, (u32)get_le32(value));
        phys_read(&r->phys, place - 8, now, sizeof(now));
        ck_assert_msg(memcmp(is, now, sizeof(is)) == 0, "%u bytes at %d", size, d);
        ck_assert_msg(r->c->gpr[EAX] == word_at(r, place + 1), "%u bytes at %d: the old code", size,
                      d);
    }
    rig_free(r);
}
END_TEST

/* Into the next page, which has no code; and next to the loop itself. */
START_TEST(at_edges)
{
    struct rig *r = translating(8);
    if (!r)
        return;
    loop_of(r, 4, places[0]);
    rounds(r, ROUNDS, SCRATCH, 1);
    for (u32 at = PAGE + 0xffc; at <= PAGE + 0x1000; at++) {
        rounds(r, 5, at, 0xabcdef00 + at);
        ck_assert_uint_eq(word_at(r, at), 0xabcdef00 + at);
    }
    for (u32 at = LOOP + 13; at < LOOP + 20; at++) { /* in the loop's granule: byte by byte */
        rounds(r, ROUNDS, at, 0x12345600 + at);
        ck_assert_uint_eq(word_at(r, at), 0x12345600 + at);
        ck_assert_uint_eq(r->c->gpr[EAX], 0x11223344);
    }
    rig_free(r);
}
END_TEST

/* A processor whose stores to SCRATCH machine code does by itself. */
static struct rig *storing(void)
{
    struct rig *r = translating(8);
    if (!r)
        return NULL;
    loop_of(r, 4, places[0]);
    rounds(r, ROUNDS, SCRATCH, 1);
    ck_assert_uint_le(rounds(r, ROUNDS, SCRATCH, 2), 4);
    return r;
}

START_TEST(who_notes_pages_hears_of_them)
{
    struct rig *r = storing();
    for (u32 i = 1; r && i < 4; i++) {
        ck_assert(mmu_touch_again(&r->c->mmu, i));
        rounds(r, 5, SCRATCH, i);
        ck_assert_uint_eq(mmu_touch(&r->c->mmu)->written[PAGE >> PAGE_SHIFT], i);
        ck_assert_uint_eq(word_at(r, SCRATCH), i);
    }
    if (r)
        rig_free(r);
}
END_TEST

START_TEST(who_watches_memory_hears_of_them)
{
    u8 written[(2 << 20) >> PAGE_SHIFT] = {0};
    struct rig *r = storing();
    if (!r)
        return;
    ck_assert_uint_eq(r->phys.ram_size, sizeof(written) << PAGE_SHIFT);
    phys_watch(&r->phys, WATCH_RAM, r->phys.ram, r->phys.ram_size, written);
    for (u32 i = 0; i < 3; i++) {
        memset(written, 0, sizeof(written));
        phys_watch_again(&r->phys, WATCH_RAM);
        rounds(r, 5, SCRATCH, i);
        ck_assert_uint_eq(written[PAGE >> PAGE_SHIFT], 1);
        ck_assert_uint_eq(word_at(r, SCRATCH), i);
    }
    phys_watch(&r->phys, WATCH_RAM, NULL, 0, NULL);
    rig_free(r);
}
END_TEST

/* Of a page with a watchpoint all accesses take the complete way, and only while there is one. */
START_TEST(a_debugger_sees_them)
{
    enum { SLOW = 20, NUMBER = PAGE >> PAGE_SHIFT };
    struct rig *r = storing();
    if (!r)
        return;
    ck_assert(mmu_slow_pages(&r->c->mmu, NUMBER, NUMBER, true));
    ck_assert_uint_ge(rounds(r, SLOW, SCRATCH, 3), SLOW - 1);
    ck_assert(mmu_slow_pages(&r->c->mmu, NUMBER, NUMBER, false));
    rounds(r, SLOW, SCRATCH, 4);
    ck_assert_uint_le(rounds(r, SLOW, SCRATCH, 5), 1);
    rig_free(r);
}
END_TEST

enum { DIRECTORY = 0x60000, TABLE = 0x61000, FAR_TABLE = 0x62000, OTHER = 0x52000 };
#define FAR_ALIAS (PAGE + ((u32)TLB_ENTRIES << PAGE_SHIFT))

/* The same with paging: everything is where it was, and OTHER at FAR_ALIAS, too, whose entry of the
 * TLB is PAGE's. */
static struct rig *paged(void)
{
    struct rig *r = storing();
    if (!r)
        return NULL;
    wr32(r, DIRECTORY, TABLE | 7);
    wr32(r, DIRECTORY + 4 * (FAR_ALIAS >> 22), FAR_TABLE | 7);
    for (u32 page = 0; page < 512; page++)
        wr32(r, TABLE + 4 * page, page << PAGE_SHIFT | 7);
    wr32(r, FAR_TABLE + 4 * (FAR_ALIAS >> PAGE_SHIFT & 1023), OTHER | 0x67); /* written before */
    ck_assert(mmu_set_cr3(&r->c->mmu, DIRECTORY));
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_PG | CR0_WP);
    rounds(r, 20, SCRATCH, 3);
    ck_assert_uint_le(rounds(r, 20, SCRATCH, 4), 1);
    return r;
}

/* mov eax,[at]; ret: when it has been called, the TLB knows the page as one that may be read. */
static void routine_reads(struct rig *r, u32 at)
{
    CODE_AT(r, places[0], 0xa1, 0, 0, 0, 0, 0xc3);
    wr32(r, places[0] + 1, at);
}

START_TEST(a_page_that_is_read_only_is_not_written)
{
    enum { CALL = LOOP + 4, PAGE_FAULT = HANDLERS + 16 * 14 };
    struct rig *r = paged();
    if (!r)
        return;
    routine_reads(r, SCRATCH);
    rounds(r, ROUNDS, SCRATCH, 5);
    wr32(r, TABLE + 4 * (PAGE >> PAGE_SHIFT), PAGE | 5);
    mmu_flush_page(&r->c->mmu, PAGE);
    r->c->halted = false;
    r->c->eip = CALL;
    r->c->gpr[ECX] = 3;
    r->c->gpr[EDX] = 6;
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(r->c->eip, PAGE_FAULT + 1);
    ck_assert_uint_eq(r->c->gpr[EAX], 5);
    ck_assert_uint_eq(word_at(r, SCRATCH), 5);
    rig_free(r);
}
END_TEST

/* Two pages with code take the one entry from each other in each round. */
START_TEST(an_entry_is_of_another_page)
{
    struct rig *r = paged();
    if (!r)
        return;
    CODE_AT(r, OTHER, 0xc3);
    CODE_AT(r, CODE, 0xe8, 0, 0, 0, 0, 0xf4); /* call OTHER; hlt */
    wr32(r, CODE + 1, OTHER - (CODE + 5));
    r->c->halted = false;
    r->c->eip = CODE;
    ck_assert_int_eq(rig_run(r, 10), CPU_HALT);
    ck_assert_uint_ne(r->phys.page[OTHER >> PAGE_SHIFT].code, 0);
    routine_reads(r, FAR_ALIAS + (SCRATCH - PAGE));
    for (u32 i = 0; i < 3; i++) {
        rounds(r, ROUNDS, SCRATCH, 0x777 + i);
        ck_assert_uint_eq(word_at(r, SCRATCH), 0x777 + i);
        ck_assert_uint_eq(r->c->gpr[EAX], 0);
        ck_assert_uint_eq(word_at(r, OTHER + (SCRATCH - PAGE)), 0);
    }
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("beside");
    TCase *t = tcase_create("beside");
    tcase_add_loop_test(t, at_every_distance, 0, 9);
    tcase_add_test(t, at_edges);
    tcase_add_test(t, who_notes_pages_hears_of_them);
    tcase_add_test(t, who_watches_memory_hears_of_them);
    tcase_add_test(t, a_debugger_sees_them);
    tcase_add_test(t, a_page_that_is_read_only_is_not_written);
    tcase_add_test(t, an_entry_is_of_another_page);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
