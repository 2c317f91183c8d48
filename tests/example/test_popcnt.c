/*
 * test_popcnt.c - the example of cpu/README.md: a processor with one instruction more executes,
 * disassembles and knows it, and has lost none of the others.
 */
#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"
#include "tests/unit/cpu_harness.h"

enum { ADDRESS = 0x40000 };

/* Start with all flags set; the code ends in HLT. */
static struct rig *run(const char *model, const char *code, unsigned n)
{
    struct rig *r = rig_new(model);
    pm_init(r, 0);
    put_bytes(r, CODE, code, n);
    cpu_set_eflags(r->c, EFL_ONE | EFL_ARITH);
    r->c->gpr[EAX] = 0xffffffff;
    r->c->gpr[EBX] = ADDRESS;
    r->c->gpr[ECX] = 0x80f00301;
    wr32(r, ADDRESS, 0x10008003);
    rig_run(r, 100);
    ck_assert(r->c->halted);
    return r;
}
#define RUN(model, code) run(model, code, sizeof(code) - 1)

START_TEST(counts)
{
    struct rig *r = RUN("pentium4", "\xf3\x0f\xb8\xc1\xf4"); /* popcnt eax, ecx */
    ck_assert_uint_eq(r->c->gpr[EAX], 8);
    ck_assert_uint_eq(cpu_eflags(r->c) & EFL_ARITH, 0);
    rig_free(r);
    r = RUN("pentium4", "\x66\xf3\x0f\xb8\x03\xf4"); /* popcnt ax, [ebx] */
    ck_assert_uint_eq(r->c->gpr[EAX], 0xffff0003);
    rig_free(r);
    r = RUN("pentium4", "\xf3\x0f\xb8\x03\xf4"); /* popcnt eax, [ebx] */
    ck_assert_uint_eq(r->c->gpr[EAX], 4);
    rig_free(r);
    r = RUN("pentium4", "\x31\xc9\xf3\x0f\xb8\xc1\xf4"); /* xor ecx, ecx; popcnt eax, ecx */
    ck_assert_uint_eq(r->c->gpr[EAX], 0);
    ck_assert_uint_eq(cpu_eflags(r->c) & EFL_ARITH, EFL_ZF);
    rig_free(r);
    /* cmp eax, eax; popcnt eax, ecx; jnz over hlt; hlt: the flags that Jcc sees are POPCNT's */
    r = RUN("pentium4", "\x39\xc0\xf3\x0f\xb8\xc1\x75\x01\xf4\x40\xf4");
    ck_assert_uint_eq(r->c->gpr[EAX], 9);
    rig_free(r);
}
END_TEST

START_TEST(others_have_none)
{
    struct rig *r = RUN("pentium3", "\xf3\x0f\xb8\xc1\xf4");
    ck_assert_int_eq(halted_in(r), 6); /* #UD */
    rig_free(r);
    r = RUN("pentium4", "\x0f\xb8\xc1\xf4"); /* without F3 it is nothing */
    ck_assert_int_eq(halted_in(r), 6);
    rig_free(r);
}
END_TEST

START_TEST(is_known)
{
    static const u8 code[] = {0xf3, 0x0f, 0xb8, 0x03, 0xf4};
    struct decoder *d = decoder_new(cpu_model_find("pentium4"));
    char text[DISASM_TEXT];
    struct op o;
    ck_assert_ptr_nonnull(d);
    ck_assert_uint_eq(disasm(d, MODE_CS32 | MODE_PE, code, sizeof code, 0, text, sizeof text), 4);
    ck_assert_str_eq(text, "popcnt eax, [ebx]");
    ck_assert(decode_op(d, MODE_CS32 | MODE_PE, code, sizeof code, &o));
    ck_assert_uint_eq(op_operation(&o), I_popcnt);
    disasm(d, MODE_CS32 | MODE_PE, code + 4, 1, 0, text, sizeof text);
    ck_assert_str_eq(text, "hlt");
    decoder_free(d);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("popcnt");
    tcase_add_test(t, counts);
    tcase_add_test(t, others_have_none);
    tcase_add_test(t, is_known);
    Suite *s = suite_create("popcnt");
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
