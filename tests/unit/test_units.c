/*
 * test_units.c - MMX beside SSE in machine code: operands of MMX in memory go through a register
 * that is one of the guest's as soon as XMM registers, or MXCSR, are used in the same block; and so
 * do strings that are copied.
 */
#include "tests/unit/jit_rig.h"

enum { VALUE = 0x20000, WORD = 0x20010, SOURCE = 0x20020, RESULT = 0x20030, SUM = 0x20040 };

/* What stands between two instructions of MMX, of which the second has its operand in memory. */
static const struct {
    u8 code[8], len;
} before_it[] = {
    {{0x90}, 1},
    {{0x0f, 0xae, 0x1d, WORD & 0xff, 0, WORD >> 16, 0}, 7}, /* stmxcsr [WORD] */
    {{0x0f, 0xae, 0x15, WORD & 0xff, 0, WORD >> 16, 0}, 7}, /* ldmxcsr [WORD] */
    {{0x0f, 0x58, 0xc9}, 3},                                /* addps xmm1,xmm1 */
    {{0x0f, 0x28, 0xca}, 3},                                /* movaps xmm1,xmm2 */
};

START_TEST(operands_of_mmx_leave_xmm_alone)
{
    struct rig *r = translating(0);
    u8 value[16], found[16];
    if (!r)
        return;
    mmu_set_cr4(&r->c->mmu, CR4_OSFXSR | CR4_OSXMMEXCPT);
    for (unsigned i = 0; i < sizeof value; i++)
        value[i] = (u8)(0x11 * i + 3);
    phys_write(&r->phys, VALUE, value, sizeof value);
    wr32(r, WORD, 0x1f80);
    wr32(r, SOURCE, 0x01020304);
    wr32(r, SOURCE + 4, 0x05060708);
    /* movups xmm7,[VALUE]; jmp to what is next; pxor mm1,mm1 */
    CODE_AT(r, CODE, 0x0f, 0x10, 0x3d, VALUE & 0xff, 0, VALUE >> 16, 0, 0xeb, 0, 0x0f, 0xef, 0xc9);
    u32 at = CODE + 12;
    phys_write(&r->phys, at, before_it[_i].code, before_it[_i].len);
    at += before_it[_i].len;
    /* paddb mm1,[SOURCE]; jmp to what is next */
    CODE_AT(r, at, 0x0f, 0xfc, 0x0d, SOURCE & 0xff, 0, SOURCE >> 16, 0, 0xeb, 0);
    /* movups [RESULT],xmm7; movq [SUM],mm1; hlt */
    CODE_AT(r, at + 9, 0x0f, 0x11, 0x3d, RESULT & 0xff, 0, RESULT >> 16, 0, 0x0f, 0x7f, 0x0d,
            SUM & 0xff, 0, SUM >> 16, 0, 0xf4);
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    phys_read(&r->phys, RESULT, found, sizeof found);
    ck_assert_mem_eq(found, value, sizeof value);
    ck_assert_uint_eq(rd32(r, SUM), 0x01020304);
    ck_assert_uint_eq(rd32(r, SUM + 4), 0x05060708);
    rig_free(r);
}
END_TEST

/* REP MOVS and REP STOS copy through a register that is one of the guest's while SSE is in use. */
START_TEST(strings_leave_xmm_alone)
{
    enum { FROM = 0x20200, TO = 0x20300, ELEMENTS = 10 };
    struct rig *r = translating(0);
    u8 value[16], found[16], copied[4 * ELEMENTS], expected[4 * ELEMENTS];
    if (!r)
        return;
    mmu_set_cr4(&r->c->mmu, CR4_OSFXSR | CR4_OSXMMEXCPT);
    for (unsigned i = 0; i < sizeof value; i++)
        value[i] = (u8)(0x11 * i + 3);
    for (unsigned i = 0; i < sizeof expected; i++)
        expected[i] = _i ? 0xaa : (u8)(0x80 + i);
    phys_write(&r->phys, VALUE, value, sizeof value);
    phys_write(&r->phys, FROM, expected, sizeof expected);
    r->c->gpr[EAX] = 0xaaaaaaaa;
    r->c->gpr[EBX] = 4; /* rounds: in the first one pages are met */
    /* movups xmm0,[VALUE]; mov esi,FROM; mov edi,TO; mov ecx,ELEMENTS */
    CODE_AT(r, CODE, 0x0f, 0x10, 0x05, VALUE & 0xff, 0, VALUE >> 16, 0, 0xbe, 0, FROM >> 8 & 0xff,
            FROM >> 16, 0, 0xbf, 0, TO >> 8 & 0xff, TO >> 16, 0, 0xb9, ELEMENTS, 0, 0, 0);
    /* rep movsd or stosd; movups [RESULT],xmm0; dec ebx; jnz to the start; hlt */
    CODE_AT(r, CODE + 22, 0xf3, _i ? 0xab : 0xa5, 0x0f, 0x11, 0x05, RESULT & 0xff, 0, RESULT >> 16,
            0, 0x4b, 0x75, 0xde, 0xf4);
    ck_assert_int_eq(rig_run(r, 1000), CPU_HALT);
    phys_read(&r->phys, RESULT, found, sizeof found);
    phys_read(&r->phys, TO, copied, sizeof copied);
    ck_assert_mem_eq(found, value, sizeof value);
    ck_assert_mem_eq(copied, expected, sizeof expected);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("units");
    TCase *t = tcase_create("units");
    tcase_add_loop_test(t, operands_of_mmx_leave_xmm_alone, 0, ARRAY_SIZE(before_it));
    tcase_add_loop_test(t, strings_leave_xmm_alone, 0, 2);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
