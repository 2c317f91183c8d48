/*
 * test_msr.c - model-specific registers: which exist, and what may be written into the memory types
 * (SDM vol. 3, 11.11).
 */
#include "cpu_harness.h"

/* One instruction of two bytes in ring 0: true when it does not fault. */
static bool done(struct rig *r, const char *code, u32 number, u64 value)
{
    struct cpu *c = r->c;
    pm_init(r, 0);
    put_bytes(r, CODE, code, 2);
    PUT(r, CODE + 2, "\xf4");
    c->halted = false;
    c->gpr[ECX] = number;
    c->gpr[EAX] = (u32)value;
    c->gpr[EDX] = (u32)(value >> 32);
    ck_assert_int_eq(cpu_run(c, 1000), CPU_HALT);
    ck_assert(halted_in(r) == -1 || halted_in(r) == VEC_GP);
    return halted_in(r) == -1;
}

static bool write_msr(struct rig *r, u32 number, u64 value)
{
    return done(r, "\x0f\x30", number, value);
}

static bool read_msr(struct rig *r, u32 number, u64 *value)
{
    bool ok = done(r, "\x0f\x32", number, 0);
    *value = (u64)r->c->gpr[EDX] << 32 | r->c->gpr[EAX];
    return ok;
}

START_TEST(memory_types)
{
    static const struct {
        u32 number;
        u64 value;
        bool good;
    } row[] = {
        {0x2ff, 0xc06, true},
        {0x2ff, 0xc00, true},
        {0x2ff, 0xc02, false},
        {0x2ff, 0xc03, false},
        {0x2ff, 0xc07, false},
        {0x2ff, 0x1c06, false},
        {0x200, 0x6, true},
        {0x200, 0x100001, true},
        {0x200, 0x2, false},
        {0x200, 0x806, false},
        {0x200, 0x7, false},
        {0x200, 1ull << 36, false},
        {0x201, 0xff000800, true},
        {0x201, 0xff000806, false},
        {0x20e, 0x5, true},
        {0x20f, 0x801, false},
        {0x250, 0x0606060606060606, true},
        {0x250, 0x0606060606060607, false},
        {0x277, 0x0007040600070406, true},
        {0x277, 0x0007040600070206, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        struct rig *r = rig_new(_i ? "pentium4" : "pentium2");
        u64 before, after;
        ck_assert(read_msr(r, row[i].number, &before));
        ck_assert_msg(write_msr(r, row[i].number, row[i].value) == row[i].good, "row %u", i);
        ck_assert(read_msr(r, row[i].number, &after));
        ck_assert_uint_eq(after, row[i].good ? row[i].value : before);
        rig_free(r);
    }
}
END_TEST

/* What drivers of a Pentium 4 read: its clock, and that it is cool; not on a Pentium III. */
START_TEST(of_the_pentium4)
{
    static const u32 number[] = {0x2c,  0x19a, 0x19b, 0x19c, 0x1d7, 0x1d8, 0x1da, 0x300,
                                 0x311, 0x360, 0x371, 0x3a0, 0x3be, 0x3c5, 0x3e1, 0x3f1};
    struct rig *four = rig_new("pentium4"), *three = rig_new("pentium3");
    u64 v;
    for (unsigned i = 0; i < ARRAY_SIZE(number); i++) {
        ck_assert_msg(read_msr(four, number[i], &v), "%x", number[i]);
        ck_assert_msg(!read_msr(three, number[i], &v), "%x", number[i]);
    }
    ck_assert(read_msr(four, 0x2c, &v));
    ck_assert_uint_eq(v >> 24, 18);    /* times */
    ck_assert_uint_eq(v >> 16 & 7, 1); /* 133 MHz */
    ck_assert(write_msr(four, 0x19a, 0x12) && read_msr(four, 0x19a, &v) && v == 0x12);
    ck_assert(!write_msr(four, 0x19a, 0x100));
    ck_assert(!read_msr(four, 0x312, &v));
    rig_free(four);
    rig_free(three);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("msr");
    TCase *t = tcase_create("msr");
    tcase_add_loop_test(t, memory_types, 0, 2);
    tcase_add_test(t, of_the_pentium4);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
