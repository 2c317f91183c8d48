/*
 * test_alu.c - arithmetic and flags against brute force: every pair of 8-bit operands is compared
 * with flags computed from their definitions, and the host's forms with the portable ones.
 */
#include "cpu/alu.h"

#include <check.h>
#include <stdlib.h>

/* Flags of an addition or subtraction from their definitions, in wide signed arithmetic. */
static u64 defined(int wide, int signed_wide, int nibble)
{
    u8 r = (u8)wide;
    bool cf = wide < 0 || wide > 255, of = signed_wide < -128 || signed_wide > 127;
    bool af = nibble < 0 || nibble > 15, pf = true;
    for (unsigned i = 0; i < 8; i++)
        pf ^= r >> i & 1;
    return (u64)of | (u64)cf << 8 | (u64)pf << 10 | (u64)af << 12 | (u64)(r == 0) << 14 |
           (u64)(r >> 7) << 15;
}

START_TEST(add_and_subtract_bytes)
{
    for (int a = 0; a < 256; a++)
        for (int b = 0; b < 256; b++)
            for (int c = 0; c < 2; c++) {
                s8 sa = (s8)a, sb = (s8)b;
                u64 fl = c ? FL_CF : 0;
                ck_assert_uint_eq(alu_adc8((u8)a, (u8)b, &fl), (u8)(a + b + c));
                ck_assert_uint_eq(fl & FL_ALL,
                                  defined(a + b + c, sa + sb + c, (a & 15) + (b & 15) + c));
                fl = c ? FL_CF : 0;
                ck_assert_uint_eq(alu_sbb8((u8)a, (u8)b, &fl), (u8)(a - b - c));
                ck_assert_uint_eq(fl & FL_ALL,
                                  defined(a - b - c, sa - sb - c, (a & 15) - (b & 15) - c));
            }
}
END_TEST

/* All flags, the undefined ones included: a guest's state must not depend on the host. */
#define SAME(W, host, portable)                                                                    \
    do {                                                                                           \
        u64 f1 = fl, f2 = fl;                                                                      \
        u##W r1 = host, r2 = portable;                                                             \
        if (r1 != r2 || ((f1 ^ f2) & FL_ALL))                                                      \
            ck_abort_msg("%s: %x, %x: %x %x against %x %x", #host, a, b, r1,                       \
                         (unsigned)(f1 & FL_ALL), r2, (unsigned)(f2 & FL_ALL));                    \
    } while (0)
#define COMPARE(W)                                                                                 \
    do {                                                                                           \
        u##W x = (u##W)a, y = (u##W)b;                                                             \
        u8 n = (u8)(b >> 8 & 31);                                                                  \
        SAME(W, alu_add##W(x, y, &f1), alu_p_add##W(x, y, &f2));                                   \
        SAME(W, alu_sub##W(x, y, &f1), alu_p_sub##W(x, y, &f2));                                   \
        SAME(W, alu_adc##W(x, y, &f1), alu_p_adc##W(x, y, &f2));                                   \
        SAME(W, alu_sbb##W(x, y, &f1), alu_p_sbb##W(x, y, &f2));                                   \
        SAME(W, alu_and##W(x, y, &f1), alu_p_and##W(x, y, &f2));                                   \
        SAME(W, alu_or##W(x, y, &f1), alu_p_or##W(x, y, &f2));                                     \
        SAME(W, alu_xor##W(x, y, &f1), alu_p_xor##W(x, y, &f2));                                   \
        SAME(W, alu_inc##W(x, &f1), alu_p_inc##W(x, &f2));                                         \
        SAME(W, alu_dec##W(x, &f1), alu_p_dec##W(x, &f2));                                         \
        SAME(W, alu_neg##W(x, &f1), alu_p_neg##W(x, &f2));                                         \
        if (n) {                                                                                   \
            SAME(W, alu_shl##W(x, n, &f1), alu_p_shl##W(x, n, &f2));                               \
            SAME(W, alu_shr##W(x, n, &f1), alu_p_shr##W(x, n, &f2));                               \
            SAME(W, alu_sar##W(x, n, &f1), alu_p_sar##W(x, n, &f2));                               \
            SAME(W, alu_rol##W(x, n, &f1), alu_p_rol##W(x, n, &f2));                               \
            SAME(W, alu_ror##W(x, n, &f1), alu_p_ror##W(x, n, &f2));                               \
            SAME(W, alu_rcl##W(x, n, &f1), alu_p_rcl##W(x, n, &f2));                               \
            SAME(W, alu_rcr##W(x, n, &f1), alu_p_rcr##W(x, n, &f2));                               \
        }                                                                                          \
    } while (0)

START_TEST(host_and_portable_agree)
{
    static const u32 edge[] = {0,      1,      0x7f,       0x80,       0xff,      0x7fff,
                               0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    u32 seed = 12345;
    for (unsigned i = 0; i < 200000; i++) {
        u32 a = seed = seed * 1664525 + 1013904223, b = seed = seed * 1664525 + 1013904223;
        if ((i & 3) == 0)
            a = edge[a % ARRAY_SIZE(edge)];
        if ((i & 5) == 0)
            b = edge[b % ARRAY_SIZE(edge)];
        u64 fl = fl_from_eflags(seed);
        COMPARE(8);
        COMPARE(16);
        COMPARE(32);
    }
}
END_TEST

START_TEST(flag_word_and_eflags_convert)
{
    for (u32 e = 0; e < 0x1000; e++)
        ck_assert_uint_eq(fl_to_eflags(fl_from_eflags(e)), e & EFL_ARITH);
}
END_TEST

START_TEST(conditions)
{
    for (u32 e = 0; e < 0x1000; e++) {
        u32 fl = fl_from_eflags(e);
        bool cf = e & EFL_CF, zf = e & EFL_ZF, sf = e & EFL_SF, of = e & EFL_OF, pf = e & EFL_PF;
        const bool want[8] = {of, cf, zf, cf || zf, sf, pf, sf != of, zf || sf != of};
        for (unsigned cc = 0; cc < 16; cc++)
            ck_assert(fl_cond(fl | 0xffff0000u, cc) == (want[cc >> 1] ^ (cc & 1)));
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("alu");
    TCase *t = tcase_create("alu");
    tcase_add_test(t, add_and_subtract_bytes);
    tcase_add_test(t, host_and_portable_agree);
    tcase_add_test(t, flag_word_and_eflags_convert);
    tcase_add_test(t, conditions);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
