/*
 * test_rep_joins.c - machine code that is joined in the middle, behind a repeated string
 * instruction whose memory is not plain: the handler did that one, in the same budget and at the
 * same place of the segment as if nobody had left.
 */
#include "tests/unit/jit_rig.h"

/* No memory is there: 3 bytes of it, for REP STOSB. */
#define NOWHERE 0xbf, 0, 0, 0x90, 0, 0xb9, 3, 0, 0, 0 /* mov edi,900000h; mov ecx,3 */

static const struct loop {
    u8 n, bytes[28];
} loops[] = {
    /* NOWHERE; dec ebx; rep stosb; lea esi,[esi+1]; jnz: charged once more before DEC */
    {18, {NOWHERE, 0x4b, 0xf3, 0xaa, 0x8d, 0x76, 1, 0x75, 0xee}},
    /* NOWHERE; rep stosb; inc esi; inc edx; dec ebx; jnz: behind the join */
    {17, {NOWHERE, 0xf3, 0xaa, 0x46, 0x42, 0x4b, 0x75, 0xef}},
    /* NOWHERE; dec ebx; rep stosb; the same of two bytes at 30000h; lea; jnz */
    {27,
     {NOWHERE, 0x4b, 0xf3, 0xaa, 0xbf, 0, 0, 3, 0, 0xb1, 2, 0xf3, 0xaa, 0x8d, 0x76, 1, 0x75, 0xe5}},
};

static struct rig *looping(struct rig *r, const struct loop *l)
{
    pm_init(r, 0);
    r->c->gpr[EBX] = 1000000;
    phys_write(&r->phys, CODE, l->bytes, l->n);
    return r;
}

/* Both tiers do as much as they are told, however the budget cuts the loop. */
START_TEST(budgets_are_kept)
{
    const struct loop *l = &loops[_i];
    struct rig *fast = translating(0), *plain = rig_new("pentium3");
    if (!fast) {
        rig_free(plain);
        return;
    }
    looping(fast, l);
    looping(plain, l);
    for (unsigned n = 1; n < 200; n++) {
        ck_assert_int_eq(rig_run(fast, n), rig_run(plain, n));
        ck_assert_uint_eq(cpu_executed(fast->c), cpu_executed(plain->c));
        ck_assert_uint_eq(fast->c->eip, plain->c->eip);
        ck_assert_mem_eq(fast->c->gpr, plain->c->gpr, sizeof plain->c->gpr);
    }
    ck_assert_uint_lt(fast->c->gpr[EBX], 1000000 - 500);
    rig_free(fast);
    rig_free(plain);
}
END_TEST

/* Of 16 bits: mov di,0; mov cx,3; rep stosb; inc si; inc si; jmp 20h bytes further on */
static const u8 jumping[] = {0xbf, 0, 0, 0xb9, 3, 0, 0xf3, 0xaa, 0x46, 0x46, 0xeb, 0x20};

/* The same code at the end of a segment, where it jumps to the segment's start, and before it. */
START_TEST(code_elsewhere_in_its_segment_is_not_joined)
{
    enum { END = CODE + sizeof jumping, LAST = END - 0xfff0 /* its base */ };
    static const u32 bases[] = {0x100, 0x100, 0x100, LAST, 0x100, LAST, LAST, 0x200};
    struct rig *r = translating(0);
    if (!r)
        return;
    phys_write(&r->phys, CODE, jumping, sizeof jumping);
    PUT(r, END + 0x20, "\xf4");
    PUT(r, LAST + 0x10, "\xf4");
    set_segment(r, SEG_ES, SEL_DATA0, 0x900000, 0xffff, 0x0093); /* nowhere */
    set_segment(r, SEG_SS, SEL_DATA0, 0, 0xffff, 0x0093);
    for (unsigned i = 0; i < 8 * ARRAY_SIZE(bases); i++) {
        u32 base = bases[i % ARRAY_SIZE(bases)];
        set_segment(r, SEG_CS, SEL_CODE16, base, 0xffff, 0x009b);
        cpu_set_cpl(r->c, 0);
        r->c->eip = CODE - base;
        r->c->halted = false;
        ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
        ck_assert_uint_eq(r->c->eip, (u16)(END + 0x20 - base) + 1);
    }
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rep joins");
    TCase *t = tcase_create("rep joins");
    tcase_add_loop_test(t, budgets_are_kept, 0, ARRAY_SIZE(loops));
    tcase_add_test(t, code_elsewhere_in_its_segment_is_not_joined);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
