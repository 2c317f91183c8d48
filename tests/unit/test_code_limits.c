/*
 * test_code_limits.c - where a code segment ends: machine code that was made while it reached
 * farther is not entered, and what would be pushed beyond 64K is the interpreter's.
 */
#include "tests/unit/jit_rig.h"

enum { BASE = 0x60000, IP = 0x100 };

/* Code of 16 bits, which is at IP in a segment of that limit; the stack is of 16 bits as well. */
static void enter(struct rig *r, u32 ip, u32 limit)
{
    struct cpu *c = r->c;
    set_segment(r, SEG_CS, SEL_CODE16, BASE, limit, 0x009b);
    set_segment(r, SEG_SS, SEL_DATA0, 0, 0xffff, 0x0093);
    cpu_set_cpl(c, 0);
    c->gpr[ESP] = 0x9000;
    c->gpr[EAX] = 0;
    c->eip = ip;
    c->halted = false;
}

/* Both to the end, which is that of a handler or of the program. */
static void compare(struct rig *fast, struct rig *plain)
{
    ck_assert_int_eq(rig_run(fast, 1000), CPU_HALT);
    ck_assert_int_eq(rig_run(plain, 1000), CPU_HALT);
    ck_assert_uint_eq(fast->c->eip, plain->c->eip);
    ck_assert_uint_eq(cpu_executed(fast->c), cpu_executed(plain->c));
    ck_assert_mem_eq(fast->c->gpr, plain->c->gpr, sizeof plain->c->gpr);
    ck_assert_mem_eq(fast->phys.ram, plain->phys.ram, 1 << 20);
}

/* inc ax; inc ax; jmp on; inc ax; jmp on; hlt: the limit comes down to each byte of it. */
START_TEST(limit_comes_down)
{
    static const u8 code[] = {0x40, 0x40, 0xeb, 0, 0x40, 0xeb, 0, 0xf4};
    struct rig *fast = translating(0), *plain = rig_new("pentium3");
    if (!fast) {
        rig_free(plain);
        return;
    }
    pm_init(plain, 0);
    struct rig *both[] = {fast, plain};
    for (unsigned i = 0; i < 2; i++)
        phys_write(&both[i]->phys, BASE + IP, code, sizeof code);
    for (u32 last = IP + sizeof code; last >= IP; last--) {
        for (unsigned round = 0; round < 2; round++) {
            u32 limit = round ? last : 0xffff;
            enter(fast, IP, limit);
            enter(plain, IP, limit);
            compare(fast, plain);
            ck_assert_uint_eq(plain->c->gpr[EAX] == 3, limit >= IP + 4);
        }
    }
    ck_assert_uint_gt(fast->c->jit->stats.entered, sizeof code);
    rig_free(fast);
    rig_free(plain);
}
END_TEST

/* CALL at the end of 64K: what is pushed is 0 or 10000h, by the operand size and the limit. */
static const struct call {
    u8 n, bytes[6];
} calls[] = {
    {3, {0xe8, 0x03, 0x20}},                   /* call 2003h beyond */
    {6, {0x66, 0xe8, 0x03, 0x20, 0xff, 0xff}}, /* the same of 32 bits, back */
    {2, {0xff, 0xd3}},                         /* call bx */
    {3, {0x66, 0xff, 0xd3}},                   /* call ebx */
};

START_TEST(call_before_the_end_of_64k)
{
    const struct call *k = &calls[_i / 2];
    u32 limit = _i % 2 ? 0x1ffff : 0xffff, ip = 0x10000u - k->n;
    struct rig *fast = translating(0), *plain = rig_new("pentium3");
    if (!fast) {
        rig_free(plain);
        return;
    }
    pm_init(plain, 0);
    struct rig *both[] = {fast, plain};
    for (unsigned i = 0; i < 2; i++) {
        struct rig *r = both[i];
        phys_write(&r->phys, BASE + ip, k->bytes, k->n);
        memset(r->phys.ram + BASE + 0x2000, 0xf4, 16);
        memset(r->phys.ram + BASE + 0x12000, 0xf4, 16);
    }
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < 2; i++) {
            enter(both[i], ip, limit);
            both[i]->c->gpr[EBX] = 0x2003;
            phys_write(&both[i]->phys, 0x8ff0, "0123456789abcdef", 16);
        }
        compare(fast, plain);
    }
    rig_free(fast);
    rig_free(plain);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("code limits");
    TCase *t = tcase_create("code limits");
    tcase_add_test(t, limit_comes_down);
    tcase_add_loop_test(t, call_before_the_end_of_64k, 0, 2 * ARRAY_SIZE(calls));
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
