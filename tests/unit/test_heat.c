/*
 * test_heat.c - which blocks are translated, and when: those that run often, and no more of them
 * than what the guest executes pays for; and which of their loads expect the word of last time.
 */
#include "cpu/spin.h"
#include "tests/unit/jit_rig.h"

/* `rounds` times a loop of so many rounds inside. */
static struct jit_stats after_loops(struct rig *r, u32 rounds, u32 inner)
{
    struct jit_stats s = {0};
    /* mov ebx,rounds; again: mov ecx,inner; L: dec ecx; jnz L; dec ebx; jnz again; hlt */
    CODE_AT(r, CODE, 0xbb, 0, 0, 0, 0, 0xb9, 0, 0, 0, 0, 0x49, 0x75, 0xfd, 0x4b, 0x75, 0xf5, 0xf4);
    phys_write(&r->phys, CODE + 1, &rounds, 4);
    phys_write(&r->phys, CODE + 6, &inner, 4);
    ck_assert_int_eq(rig_run(r, 2 * rounds * (inner + 2)), CPU_HALT);
    ck_assert(jit_statistics(r->c, &s));
    return s;
}

/* The outer loop is translated where its rounds are short, ... */
START_TEST(what_comes_by_often_is_translated)
{
    struct rig *r = translating(JIT_THRESHOLD);
    if (!r)
        return;
    struct jit_stats s = after_loops(r, 4 * JIT_THRESHOLD, 100);
    ck_assert_uint_eq(s.blocks, 3); /* its start, the inner loop, its end */
    rig_free(r);
}
END_TEST

/* ...and where they are long, too. */
START_TEST(so_is_what_comes_by_seldom)
{
    struct rig *r = translating(JIT_THRESHOLD);
    if (!r)
        return;
    struct jit_stats s = after_loops(r, JIT_THRESHOLD + 100, 100000);
    ck_assert_uint_eq(s.blocks, 3);
    ck_assert_uint_eq(s.refused, 0);
    rig_free(r);
}
END_TEST

/*
 * A load expects the word of last time where there is little code, and where it is hot; both give
 * what is in memory.
 */
static const struct {
    u32 used, inner, cells;
} loading[] = {{0, 100, 1}, {0, 100000, 1}, {NEAR_CODE, 100, 1}, {NEAR_CODE, 100000, 0}};
START_TEST(hot_loads_predict)
{
    struct rig *r = translating(JIT_THRESHOLD);
    if (!r)
        return;
    u32 rounds = JIT_THRESHOLD + 100, inner = loading[_i].inner, word = 3;
    if (loading[_i].used)
        r->c->jit->used = loading[_i].used;
    /* mov ebx,rounds; again: mov ecx,inner; L: dec ecx; jnz L; add eax,[8000h]; dec ebx; jnz again
     */
    CODE_AT(r, CODE, 0xbb, 0, 0, 0, 0, 0xb9, 0, 0, 0, 0, 0x49, 0x75, 0xfd, 0x03, 0x05, 0, 0x80, 0,
            0, 0x4b, 0x75, 0xef, 0xf4);
    phys_write(&r->phys, CODE + 1, &rounds, 4);
    phys_write(&r->phys, CODE + 6, &inner, 4);
    phys_write(&r->phys, 0x8000, &word, 4);
    ck_assert_int_eq(rig_run(r, 2 * rounds * (inner + 3)), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EAX], 3 * rounds);
    ck_assert_uint_eq(r->c->jit->cells_used, loading[_i].cells);
    rig_free(r);
}
END_TEST

#define MUCH ((u64)1 << 40)
enum { BLOCKS = 6000, IN_EACH = 11 };

/*
 * Block behind block, all of them hot at once: they are not all translated there and then. Nor
 * behind a load: what others have executed up to a later state pays for nothing; behind an earlier
 * one more was skipped in loops that wait than there are instructions.
 */
enum { NO_LOAD, LATER, EARLIER, LOADS };
START_TEST(translations_are_paid_for)
{
    struct rig *r = translating(JIT_THRESHOLD);
    if (!r)
        return;
    u32 at = 0x40000, rounds = JIT_THRESHOLD + 50;
    ck_assert(cpu_skip_waits(r->c, true));
    r->c->until += _i == LATER ? MUCH : 0;
    r->c->spin->skipped = _i == EARLIER ? MUCH : 0;
    if (_i != NO_LOAD)
        load_from(r->c, r->c);
    u64 before = cpu_executed(r->c);
    for (unsigned i = 0; i < BLOCKS; i++, at += 15) /* inc eax, ten times; jmp to what is next */
        CODE_AT(r, at, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0xe9, 0, 0, 0,
                0);
    CODE_AT(r, at, 0xc3);
    /* mov ebx,rounds; L: call 40000h; dec ebx; jnz L; hlt */
    CODE_AT(r, CODE, 0xbb, 0, 0, 0, 0, 0xe8, 0xf6, 0xff, 0x02, 0, 0x4b, 0x75, 0xf8, 0xf4);
    phys_write(&r->phys, CODE + 1, &rounds, 4);
    ck_assert_int_eq(rig_run(r, 2 * rounds * BLOCKS * IN_EACH), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EAX], rounds * BLOCKS * (IN_EACH - 1));
    struct jit_stats s = {0};
    ck_assert(jit_statistics(r->c, &s));
    ck_assert_uint_gt(s.refused, 0);
    ck_assert_uint_gt(s.instructions, 30000); /* the advance is used */
    ck_assert_uint_lt(s.instructions, 30000 + (cpu_executed(r->c) - before) / 4500);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("heat");
    TCase *t = tcase_create("heat");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, what_comes_by_often_is_translated);
    tcase_add_test(t, so_is_what_comes_by_seldom);
    tcase_add_loop_test(t, hot_loads_predict, 0, ARRAY_SIZE(loading));
    tcase_add_loop_test(t, translations_are_paid_for, 0, LOADS);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
