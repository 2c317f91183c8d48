/*
 * test_seg.c - the hidden parts of segment registers: bounds of the fast path, limits of both kinds
 * of segment, real-mode loads, reset. SDM vol. 3, 3.4.5, 5.3, 20.1.1, table 9-1.
 */
#include "cpu/protect/access.h"
#include "cpu/protect/desc.h"
#include "tests/unit/cpu_harness.h"

/* What the fast path may do by itself: rd, wr say whether the bound is the limit or "ask". */
static const struct {
    u16 attr;
    bool usable, rd, wr;
} bounds[] = {
    {SEG_P | SEG_S | SEG_RW, true, true, true},
    {SEG_P | SEG_S, true, true, false},
    {SEG_P | SEG_S | SEG_RW, false, false, false},
    {SEG_S | SEG_RW, true, false, false},
    {SEG_P | SEG_RW, true, false, false},
    {SEG_P | SEG_S | SEG_RW | SEG_ED_CONF, true, false, false},
    {SEG_P | SEG_S | SEG_CODE | SEG_RW, true, true, false},
    {SEG_P | SEG_S | SEG_CODE | SEG_RW | SEG_ED_CONF, true, true, false},
    {SEG_P | SEG_S | SEG_CODE, true, false, false},
};

START_TEST(bounds_of_the_fast_path)
{
    struct seg s = {.limit = 0x12345, .attr = bounds[_i].attr, .usable = bounds[_i].usable};
    seg_update(&s);
    ck_assert_int_eq(s.rd_max, bounds[_i].rd ? 0x12345 : -1);
    ck_assert_int_eq(s.wr_max, bounds[_i].wr ? 0x12345 : -1);
}
END_TEST

/* First and last byte of accesses around each end; seg_in_limit and the access check agree. */
static const struct {
    u16 attr;
    u32 limit, off;
    unsigned n;
    bool in;
} limits[] = {
    {SEG_RW, 0xfff, 0xffc, 4, true},
    {SEG_RW, 0xfff, 0xffd, 4, false},
    {SEG_RW, 0xfff, 0xfff, 1, true},
    {SEG_RW, 0xfff, 0x1000, 1, false},
    {SEG_RW, 0xffffffff, 0xfffffffc, 4, true},
    {SEG_RW, 0xffffffff, 0xfffffffd, 4, false},
    {SEG_RW | SEG_ED_CONF, 0xfff, 0xfff, 1, false},
    {SEG_RW | SEG_ED_CONF, 0xfff, 0x1000, 4, true},
    {SEG_RW | SEG_ED_CONF, 0xfff, 0xfffc, 4, true},
    {SEG_RW | SEG_ED_CONF, 0xfff, 0xfffd, 4, false},
    {SEG_RW | SEG_ED_CONF, 0xffff, 0x10000, 1, false},
    {SEG_RW | SEG_ED_CONF | SEG_DB, 0xfff, 0xfffd, 4, true},
    {SEG_RW | SEG_ED_CONF | SEG_DB, 0xfff, 0xfffffffc, 4, true},
    {SEG_RW | SEG_ED_CONF | SEG_DB, 0xfff, 0xfffffffd, 4, false},
    {SEG_RW | SEG_ED_CONF | SEG_DB, 0xfff, 0xfff, 4, false},
    {SEG_CODE | SEG_ED_CONF | SEG_RW, 0xfff, 0xffc, 4, true}, /* conforming, not expand-down */
    {SEG_CODE | SEG_ED_CONF | SEG_RW, 0xfff, 0x1000, 4, false},
};

START_TEST(limit)
{
    struct rig *r = rig_new("pentium3");
    u32 lin = 0;

    pm_init(r, 0);
    set_segment(r, SEG_FS, SEL_DATA0, 0x1000, limits[_i].limit, limits[_i].attr | SEG_P | SEG_S);
    const struct seg *s = &r->c->seg[SEG_FS];
    ck_assert(seg_in_limit(s, limits[_i].off, limits[_i].n) == limits[_i].in);
    ck_assert((seg_check_slow(r->c, SEG_FS, limits[_i].off, limits[_i].n, false, &lin) ==
               OP_NEXT) == limits[_i].in);
    if (limits[_i].in)
        ck_assert_uint_eq(lin, 0x1000 + limits[_i].off);
    else
        ck_assert_uint_eq(r->c->event.vector, VEC_GP);
    /* The inline form answers the same. */
    r->c->event.pending = false;
    ck_assert((seg_read(r->c, SEG_FS, limits[_i].off, limits[_i].n, &lin) == OP_NEXT) ==
              limits[_i].in);
    rig_free(r);
}
END_TEST

/* What an access check refuses by type; #SS instead of #GP through SS. */
START_TEST(types)
{
    static const struct {
        u16 attr;
        bool usable, rd, wr;
    } rows[] = {
        {SEG_RW, true, true, true},
        {0, true, true, false},
        {SEG_CODE | SEG_RW, true, true, false},
        {SEG_CODE, true, false, false},
        {SEG_RW, false, false, false},
    };
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    u32 lin;

    pm_init(r, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        for (unsigned seg = SEG_SS; seg <= SEG_DS; seg++) {
            for (unsigned write = 0; write < 2; write++) {
                set_segment(r, seg, SEL_DATA0, 0, 0xffff, rows[i].attr | SEG_P | SEG_S);
                c->seg[seg].usable = rows[i].usable;
                bool ok = seg_check_slow(c, seg, 0x10, 4, write, &lin) == OP_NEXT;
                ck_assert_msg(ok == (write ? rows[i].wr : rows[i].rd), "row %u, %u", i, write);
                if (!ok)
                    ck_assert_uint_eq(c->event.vector, seg == SEG_SS ? VEC_SS : VEC_GP);
                c->event.pending = false;
            }
        }
    }
    rig_free(r);
}
END_TEST

/* Real mode keeps limit and size of what was there; V86 mode sets all. */
START_TEST(real_mode_loads)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;

    set_segment(r, SEG_ES, 0, 0, 0xffffffff, SEG_G | SEG_DB | SEG_P | SEG_S | SEG_CODE);
    seg_load_real(c, SEG_ES, 0x1234);
    const struct seg *s = &c->seg[SEG_ES];
    ck_assert_uint_eq(s->sel, 0x1234);
    ck_assert_uint_eq(s->base, 0x12340);
    ck_assert_uint_eq(s->limit, 0xffffffff);
    ck_assert_uint_eq(s->attr, SEG_G | SEG_DB | SEG_P | SEG_S | SEG_RW | SEG_ACCESSED);
    ck_assert_int_eq(s->wr_max, 0xffffffff);
    seg_load_real(c, SEG_ES, 0x4321);
    ck_assert_uint_eq(s->base, 0x43210);
    ck_assert_uint_eq(s->limit, 0xffffffff);

    seg_load_real(c, SEG_FS, 0xf00f);
    s = &c->seg[SEG_FS];
    ck_assert_uint_eq(s->sel, 0xf00f);
    ck_assert_uint_eq(s->base, 0xf00f0);
    ck_assert_uint_eq(s->limit, 0xffff);
    ck_assert_int_eq(s->wr_max, 0xffff);
    /* An unusable one becomes usable. */
    seg_assign_null(&c->seg[SEG_GS], 0);
    ck_assert_int_eq(c->seg[SEG_GS].rd_max, -1);
    seg_load_real(c, SEG_GS, 0x10);
    ck_assert(c->seg[SEG_GS].usable);
    ck_assert_int_eq(c->seg[SEG_GS].rd_max, 0xffff);

    pm_init(r, 3);
    cpu_set_eflags(c, EFL_ONE | EFL_VM);
    s = &c->seg[SEG_DS];
    seg_load_real(c, SEG_DS, 0x2345);
    ck_assert_uint_eq(s->base, 0x23450);
    ck_assert_uint_eq(s->limit, 0xffff);
    ck_assert_uint_eq(s->attr, SEG_P | 0x60 | SEG_S | SEG_RW | SEG_ACCESSED);
    ck_assert_int_eq(s->wr_max, 0xffff);
    seg_load_real(c, SEG_DS, 0x3456);
    ck_assert_uint_eq(s->base, 0x34560);
    ck_assert_uint_eq(s->sel, 0x3456);
    rig_free(r);
}
END_TEST

START_TEST(after_reset)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;

    pm_init(r, 3);
    cpu_reset(c);
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        const struct seg *s = &c->seg[i];
        ck_assert_uint_eq(s->sel, i == SEG_CS ? 0xf000 : 0);
        ck_assert_uint_eq(s->base, i == SEG_CS ? 0xffff0000 : 0);
        ck_assert_uint_eq(s->limit, 0xffff);
        ck_assert_uint_eq(s->attr, SEG_P | SEG_S | SEG_RW | SEG_ACCESSED);
        ck_assert_int_eq(s->rd_max, 0xffff);
    }
    ck_assert_uint_eq(c->gdtr.base, 0);
    ck_assert_uint_eq(c->gdtr.limit, 0xffff);
    ck_assert_uint_eq(c->idtr.limit, 0xffff);
    ck_assert_uint_eq(c->ldtr.limit, 0xffff);
    ck_assert_uint_eq(c->tr.limit, 0xffff);
    ck_assert_uint_eq(c->cpl, 0);
    rig_free(r);
}
END_TEST

/* The mode word: each bit follows its cause. */
/* PUSHA that does not fit leaves all of the stack as it was. */
START_TEST(pusha_writes_all_or_nothing)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    set_segment(r, SEG_SS, SEL_DATA0, DATA, 0xff, 0x4093);
    cpu_update_mode(r->c);
    for (u32 at = 0; at < 0x20; at += 4)
        wr32(r, DATA + at, 0x55aa55aa);
    PUT(r, CODE, "\x60\xf4");
    r->c->eip = CODE;
    r->c->gpr[ESP] = 0x1c;        /* one place is missing */
    wr32(r, IDT + 8 * VEC_SS, 0); /* and then a double fault, and no end, without a stack */
    wr32(r, IDT + 8 * VEC_SS + 4, 0);
    wr32(r, IDT + 8 * VEC_DF + 4, 0);
    ck_assert_int_eq(rig_run(r, 10), CPU_SHUTDOWN);
    ck_assert_uint_eq(r->c->gpr[ESP], 0x1c);
    for (u32 at = 0; at < 0x20; at += 4)
        ck_assert_uint_eq(rd32(r, DATA + at), 0x55aa55aa);
    rig_free(r);
}
END_TEST

START_TEST(mode_word)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;

    ck_assert_uint_eq(c->mode, 0);
    ck_assert_uint_eq(c->stack_mask, 0xffff);
    pm_init(r, 0);
    ck_assert_uint_eq(c->mode, MODE_CS32 | MODE_SS32 | MODE_FLAT | MODE_PE);
    ck_assert_uint_eq(c->stack_mask, 0xffffffff);
    ck_assert_ptr_eq(c->tlb, c->mmu.tlb[TLB_SUPERVISOR].fast);
    static const unsigned flat[] = {SEG_DS, SEG_ES, SEG_SS, SEG_CS};
    for (unsigned i = 0; i < ARRAY_SIZE(flat); i++) {
        struct seg keep = c->seg[flat[i]];
        c->seg[flat[i]].base = 0x10;
        cpu_update_mode(c);
        ck_assert_uint_eq(c->mode & MODE_FLAT, 0);
        c->seg[flat[i]] = keep;
    }
    c->seg[SEG_CS].limit = 0xfffffffe;
    cpu_update_mode(c);
    ck_assert_uint_eq(c->mode & MODE_FLAT, 0);
    ck_assert_uint_eq(c->cs_limit, 0xfffffffe);
    pm_init(r, 3);
    ck_assert_uint_eq(c->mode, MODE_CS32 | MODE_SS32 | MODE_FLAT | MODE_PE | MODE_USER);
    ck_assert_ptr_eq(c->tlb, c->mmu.tlb[TLB_USER].fast);
    ck_assert(c->user);
    /* Alignment checks and data breakpoints go the slow way. */
    mmu_set_cr0(&c->mmu, c->mmu.cr0 | CR0_AM);
    cpu_set_eflags(c, EFL_ONE | EFL_AC);
    ck_assert_ptr_eq(c->tlb, c->mmu.tlb[TLB_NEVER].fast);
    cpu_set_eflags(c, EFL_ONE);
    ck_assert_ptr_eq(c->tlb, c->mmu.tlb[TLB_USER].fast);
    cpu_set_eflags(c, EFL_ONE | EFL_VM);
    ck_assert_uint_eq(c->mode & MODE_VM, MODE_VM);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("seg");
    TCase *t = tcase_create("seg");
    tcase_add_loop_test(t, bounds_of_the_fast_path, 0, (int)ARRAY_SIZE(bounds));
    tcase_add_loop_test(t, limit, 0, (int)ARRAY_SIZE(limits));
    tcase_add_test(t, types);
    tcase_add_test(t, real_mode_loads);
    tcase_add_test(t, after_reset);
    tcase_add_test(t, pusha_writes_all_or_nothing);
    tcase_add_test(t, mode_word);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
