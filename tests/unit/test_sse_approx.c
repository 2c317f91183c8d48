/*
 * test_sse_approx.c - RCP and RSQRT: the error stays within the manual's bound everywhere, results
 * are those of silicon in each kind of special case. (The recorded vectors, tests/ops/vectors/ssea,
 * hold the rule itself to the bit.)
 */
#include "cpu/fpu/sse_approx.h"

#include <check.h>
#include <math.h>
#include <string.h>

static double value(u32 bits)
{
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static u32 seed = 1;

static u32 fraction(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 9;
}

START_TEST(within_the_bound)
{
    for (u32 e = 1; e < 255; e++)
        for (unsigned i = 0; i < 60; i++) {
            u32 v = e << 23 | (i < 2 ? 0x7fffff * i : fraction());
            double x = value(v), rcp = value(sse_rcp(v)), rsqrt = value(sse_rsqrt(v));
            if (fabs(1 / x) >= 0x1.001p-126) /* not close to a denormal, which would be 0 */
                ck_assert_msg(fabs(rcp * x - 1) <= 1.5 / 4096, "rcp %08x: %08x", v, sse_rcp(v));
            ck_assert_msg(fabs(rsqrt * sqrt(x) - 1) <= 1.5 / 4096, "rsqrt %08x: %08x", v,
                          sse_rsqrt(v));
            ck_assert_uint_eq(sse_rcp(v | 0x80000000), sse_rcp(v) | 0x80000000);
            ck_assert_uint_eq(sse_rsqrt(v | 0x80000000), 0xffc00000);
        }
}
END_TEST

static const struct {
    u32 operand, rcp, rsqrt;
} recorded[] = {
    {0x00000000, 0x7f800000, 0x7f800000}, {0x80000000, 0xff800000, 0xff800000},
    {0x00400000, 0x7f800000, 0x7f800000}, {0x807fffff, 0xff800000, 0xff800000},
    {0x7f800000, 0x00000000, 0x00000000}, {0xff800000, 0x80000000, 0xffc00000},
    {0x7f800001, 0x7fc00001, 0x7fc00001}, {0xffbfffff, 0xffffffff, 0xffffffff},
    {0x7f000000, 0x00000000, 0x1fb4f800}, {0x3f800001, 0x3f7ff000, 0x3f7ff000},
    {0x41d00000, 0x3d1d8000, 0x3e48c800}, {0x4effffff, 0x30000800, 0x37b50800},
};

START_TEST(as_recorded)
{
    ck_assert_uint_eq(sse_rcp(recorded[_i].operand), recorded[_i].rcp);
    ck_assert_uint_eq(sse_rsqrt(recorded[_i].operand), recorded[_i].rsqrt);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sse_approx");
    TCase *t = tcase_create("sse_approx");

    tcase_add_test(t, within_the_bound);
    tcase_add_loop_test(t, as_recorded, 0, sizeof recorded / sizeof *recorded);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
