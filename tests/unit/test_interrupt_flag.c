/*
 * test_interrupt_flag.c - STI and POPF in machine code: an interrupt that comes at any instruction
 * of a loop that switches interrupts off and on again is taken where the interpreter takes it, one
 * instruction behind STI; what they leave undone for now is done later.
 */
#include "cpu/inspect.h"
#include "tests/unit/jit_rig.h"

enum { WARM = 200, SINGLY = 100 };

/* Loops: CLI .. STI; STI; STI; POPF of a constant; PUSHF .. POPF; POPF that changes AC and ID each
 * time; POPF of DF, OF and others, which PUSHF shows; the same of 16 bits. */
static const struct {
    u8 n, bytes[20];
} loop[] = {
    {8, {0xfa, 0x40, 0xfb, 0x43, 0x42, 0x49, 0x75, 0xf8}},
    {10, {0xfa, 0x40, 0xfb, 0xfb, 0x9c, 0x5e, 0x42, 0x49, 0x75, 0xf6}},
    {13, {0xfa, 0x68, 0x46, 0x02, 0x00, 0x00, 0x40, 0x9d, 0x43, 0x42, 0x49, 0x75, 0xf3}},
    {10, {0x9c, 0xfa, 0x40, 0x9d, 0xfb, 0x43, 0x42, 0x49, 0x75, 0xf6}},
    {15, {0x9c, 0x81, 0x34, 0x24, 0, 0, 0x24, 0, 0x9d, 0x9c, 0x5e, 0xfb, 0x49, 0x75, 0xf1}},
    {14, {0xfa, 0x68, 0x96, 0x0e, 0, 0, 0x40, 0x9d, 0x9c, 0x5e, 0xfc, 0x49, 0x75, 0xf2}},
    {14, {0xfa, 0x66, 0x68, 0x96, 0x0e, 0x40, 0x66, 0x9d, 0x9c, 0x5e, 0xfc, 0x49, 0x75, 0xf2}},
};

static void put_loop(struct rig *r, unsigned which)
{
    PUT(r, CODE, "\xb9\x00\x10\x00\x00"); /* mov ecx */
    phys_write(&r->phys, CODE + 5, loop[which].bytes, loop[which].n);
}

/* Where it stands after so many instructions, some of them one at a time, and an interrupt. */
static u32 interrupted(struct rig *r, unsigned which, unsigned after)
{
    put_loop(r, which);
    rig_run(r, WARM);
    for (unsigned i = 0; i < SINGLY; i++)
        rig_run(r, 1);
    rig_run(r, WARM + after);
    cpu_set_intr(r->c, true);
    rig_run(r, 40);
    return r->c->halted ? rd32(r, r->c->gpr[ESP]) : 0;
}

/* Each block is run by the interpreter once more (-jit check). */
static struct rig *checking(void)
{
    struct rig *r = rig_new("pentium3");
    struct err e;
    pm_init(r, 0);
    ck_assert(jit_start(r->c, 0, true, &e));
    return r;
}

START_TEST(an_interrupt_is_taken_where_it_was)
{
    unsigned which = (unsigned)_i / 2;
    for (unsigned after = 0; after < 24; after++) {
        struct rig *fast = translating(0), *plain = rig_new("pentium3");
        if (!fast) {
            rig_free(plain);
            return;
        }
        if (_i & 1) {
            rig_free(fast);
            fast = checking();
        }
        pm_init(plain, 0);
        u32 at = interrupted(plain, which, after);
        ck_assert_uint_eq(interrupted(fast, which, after), at);
        ck_assert_uint_ge(at, CODE);
        ck_assert_mem_eq(fast->c->gpr, plain->c->gpr, sizeof plain->c->gpr);
        ck_assert_uint_eq(cpu_eflags(fast->c), cpu_eflags(plain->c));
        ck_assert_uint_eq(cpu_executed(fast->c), cpu_executed(plain->c));
        rig_free(fast);
        rig_free(plain);
    }
}
END_TEST

/* A debugger's point, at which who looks finds what one who counts instructions would find. */
START_TEST(a_point_behind_sti_is_in_its_shadow)
{
    const struct inspect_point p = {.kind = INSPECT_EXECUTE, .lin = CODE + 5 + 3};
    struct rig *r = translating(0);
    if (!r)
        return;
    put_loop(r, 0);
    rig_run(r, WARM);
    ck_assert(cpu_point_set(r->c, &p));
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(rig_run(r, WARM), CPU_REQUEST);
        ck_assert_uint_eq(r->c->eip, p.lin);
        ck_assert_uint_eq(r->c->shadow, SHADOW_STI);
    }
    cpu_set_intr(r->c, true);
    cpu_points_clear(r->c);
    rig_run(r, 1);
    ck_assert_uint_eq(r->c->eip, p.lin + 1);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("interrupt_flag");
    TCase *t = tcase_create("interrupt_flag");
    tcase_add_loop_test(t, an_interrupt_is_taken_where_it_was, 0, 2 * (int)ARRAY_SIZE(loop));
    tcase_add_test(t, a_point_behind_sti_is_in_its_shadow);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
