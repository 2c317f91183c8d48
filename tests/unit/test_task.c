/*
 * test_task.c - hardware task switches, and the debug registers, single step and paging side
 * effects that the rest of the processor leaves to seg.c, task.c, intr.c and debug_regs.c.
 * SDM vol. 3, chapters 7 and 17.
 */
#include "cpu/protect/debug_regs.h"
#include "tests/unit/cpu_harness.h"

static u32 frame(struct rig *r, unsigned i)
{
    return rd32(r, r->c->gpr[ESP] + 4 * i);
}

/* A 32-bit TSS that starts at eip in ring 0 with its own stack. */
static void make_task(struct rig *r, u32 at, u32 eip, u32 eflags)
{
    static const u16 sel[6] = {SEL_DATA0, SEL_CODE0, SEL_DATA0, SEL_DATA0, 0, 0};
    for (unsigned i = 0; i < 0x68; i += 4)
        wr32(r, at + i, 0);
    wr32(r, at + 0x20, eip);
    wr32(r, at + 0x24, eflags);
    for (unsigned i = 0; i < 8; i++)
        wr32(r, at + 0x28 + 4 * i, 0x1000 * (i + 1));
    wr32(r, at + 0x28 + 4 * ESP, STACK1);
    for (unsigned i = 0; i < 6; i++)
        wr32(r, at + 0x48 + 4 * i, sel[i]);
    wr32(r, at + 0x64, 0x680000);
}

static u8 type_of(struct rig *r, u16 sel)
{
    return (u8)phys_load(&r->phys, GDT + (sel & 0xfff8u) + 5, 1);
}

START_TEST(jmp_switches_and_clears_busy)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE | EFL_CF);
    PUT(r, CODE, "\xb8\x78\x56\x34\x12\xea\x00\x00\x00\x00\x48\x00"); /* mov eax; jmp 48:0 */
    PUT(r, CODE + 0x100, "\xf4");
    cpu_set_eflags(r->c, EFL_ONE | EFL_ZF);
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->eip, CODE + 0x101);
    ck_assert_uint_eq(r->c->gpr[EAX], 0x1000);
    ck_assert_uint_eq(r->c->gpr[ESP], STACK1);
    ck_assert_uint_eq(cpu_eflags(r->c), EFL_ONE | EFL_CF);
    ck_assert_uint_eq(type_of(r, SEL_TSS), 0x89);
    ck_assert_uint_eq(type_of(r, SEL_TSS2), 0x8b);
    ck_assert_uint_eq(r->c->tr.sel, SEL_TSS2);
    ck_assert(r->c->mmu.cr0 & CR0_TS);
    ck_assert_uint_eq(rd32(r, TSS + 0x20), CODE + 12);
    ck_assert_uint_eq(rd32(r, TSS + 0x24), EFL_ONE | EFL_ZF);
    ck_assert_uint_eq(rd32(r, TSS + 0x28), 0x12345678);
    ck_assert_uint_eq(rd16(r, TSS + 0x4c), SEL_CODE0);
    rig_free(r);
}
END_TEST

START_TEST(call_nests_and_iret_returns)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE);
    PUT(r, CODE, "\x9a\x00\x00\x00\x00\x48\x00\x9c\x58\xf4"); /* call 48:0; pushf; pop eax; hlt */
    /* pushf; pop ebx; mov [DATA],eax; iret */
    PUT(r, CODE + 0x100, "\x9c\x5b\xa3\x00\x00\x04\x00\xcf");
    rig_run(r, 4); /* call and three of the new task: the IRET comes next */
    ck_assert_uint_eq(rd16(r, TSS2), SEL_TSS);
    ck_assert_uint_eq(type_of(r, SEL_TSS), 0x8b);
    ck_assert_uint_eq(type_of(r, SEL_TSS2), 0x8b);
    ck_assert_uint_eq(r->c->gpr[EBX] & EFL_NT, EFL_NT);
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->tr.sel, SEL_TSS);
    ck_assert_uint_eq(r->c->gpr[EAX] & EFL_NT, 0);
    ck_assert_uint_eq(type_of(r, SEL_TSS2), 0x89);
    ck_assert_uint_eq(rd32(r, TSS2 + 0x24) & EFL_NT, 0); /* IRET clears it in the image */
    ck_assert_uint_eq(rd32(r, TSS2 + 0x20), CODE + 0x108);
    rig_free(r);
}
END_TEST

/* #GP through a task gate: error code on the new task's stack, RF in the saved EFLAGS. */
START_TEST(fault_through_task_gate)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE);
    put_gate_at(r, IDT + 8 * 13, SEL_TSS2, 0, 0x85, 0);
    PUT(r, CODE, "\x90\xcd\x21");     /* nop; int 21 (DPL 0): #GP(10a) */
    PUT(r, CODE + 0x100, "\x58\xf4"); /* pop eax; hlt */
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->gpr[EAX], 0x21 * 8 + 2);
    ck_assert_uint_eq(r->c->cpl, 0);
    ck_assert_uint_eq(rd32(r, TSS + 0x20), CODE + 1);
    ck_assert_uint_eq(rd32(r, TSS + 0x24) & EFL_RF, EFL_RF);
    ck_assert_uint_eq(rd16(r, TSS2), SEL_TSS);
    rig_free(r);
}
END_TEST

/* What the switch itself refuses: nothing changes. {TSS attr, limit, vector, error} */
static const struct {
    u16 attr;
    u32 limit;
    int vector;
    u32 error;
} refused[] = {
    {0x0009, 0x67, 11, SEL_TSS2},
    {0x0089, 0x66, 10, SEL_TSS2},
    {0x0081, 0x2a, 10, SEL_TSS2},
    {0x008b, 0x67, 13, SEL_TSS2},
};

START_TEST(switch_refused)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE);
    put_desc(r, SEL_TSS2, TSS2, refused[_i].limit, refused[_i].attr);
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00");
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), refused[_i].vector);
    ck_assert_uint_eq(frame(r, 0), refused[_i].error);
    ck_assert_uint_eq(frame(r, 1), CODE);
    ck_assert_uint_eq(r->c->tr.sel, SEL_TSS);
    ck_assert_uint_eq(type_of(r, SEL_TSS), 0x8b);
    rig_free(r);
}
END_TEST

/* A bad segment in the new TSS faults in the new task. {offset, selector, vector} */
static const struct {
    u32 at;
    u16 sel;
    int vector;
    u32 error;
} broken[] = {
    {0x60, SEL_DATA0, 10, SEL_DATA0},     /* LDT is no LDT */
    {0x60, SEL_FREE, 10, SEL_FREE},       /* nor is an empty descriptor */
    {0x60, SEL_LDT | 4, 10, SEL_LDT | 4}, /* an LDT is in the GDT */
    {0x60, 0xfff8, 10, 0xfff8},           /* and inside it */
    {0x4c, 0, 10, 0},                     /* CS is null */
    {0x54, 0x120, 10, 0x120},             /* DS is code that cannot be read */
    {0x4c, SEL_DATA0, 10, SEL_DATA0},     /* CS is data */
    {0x54, 0x7fc & 0xff8, 10, 0x7f8},     /* DS empty descriptor */
};

START_TEST(new_task_faults_in_its_own_context)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE);
    wr32(r, TSS2 + broken[_i].at, broken[_i].sel);
    put_desc(r, 0x120, 0, 0xfffff, 0xc099);
    /* #TS through a task gate, so that a handler can run without a usable stack */
    put_desc(r, SEL_FREE, 0x3800, 0x67, 0x0089);
    make_task(r, 0x3800, CODE + 0x200, EFL_ONE);
    put_gate_at(r, IDT + 8 * 10, SEL_FREE, 0, 0x85, 0);
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00");
    PUT(r, CODE + 0x200, "\x58\xf4");
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->gpr[EAX], broken[_i].error);
    ck_assert_uint_eq(rd16(r, 0x3800), SEL_TSS2);
    ck_assert_uint_eq(rd32(r, TSS2 + 0x20), CODE + 0x100);
    ck_assert_uint_eq(type_of(r, SEL_TSS), 0x89);
    rig_free(r);
}
END_TEST

START_TEST(task_with_16_bit_tss)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    put_desc(r, SEL_TSS2, TSS2, 0x2b, 0x0081);
    for (unsigned i = 0; i < 0x2c; i += 2)
        wr16(r, TSS2 + i, 0);
    wr16(r, TSS2 + 0x0e, 0x5000); /* IP in a 16-bit code segment */
    wr16(r, TSS2 + 0x12, 0xabcd);
    wr16(r, TSS2 + 0x22, SEL_DATA0);
    wr16(r, TSS2 + 0x24, SEL_CODE16);
    wr16(r, TSS2 + 0x26, SEL_DATA0);
    wr16(r, TSS2 + 0x28, SEL_DATA0);
    PUT(r, 0x5000, "\xf4");
    PUT(r, CODE, "\x9a\x00\x00\x00\x00\x48\x00");
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->eip, 0x5001);
    ck_assert_uint_eq(r->c->gpr[EAX] & 0xffff, 0xabcd);
    ck_assert_uint_eq(type_of(r, SEL_TSS2), 0x83);
    ck_assert_uint_eq(rd16(r, TSS2), SEL_TSS);
    ck_assert_uint_eq(rd32(r, TSS + 0x20), CODE + 7);
    ck_assert(!r->c->seg[SEG_FS].usable);
    rig_free(r);
}
END_TEST

/* Where a TSS keeps things, wide or not: SDM vol. 3, figures 7-2 and 7-10. */
static const u8 in_file[6] = {SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS};
enum { IMAGE = 0x80, BEFORE = 0x10 }; /* bytes that are compared, from below the TSS on */

struct image {
    u8 byte[IMAGE];
};

static struct image image_at(struct rig *r, u32 tss)
{
    struct image m;
    for (unsigned i = 0; i < IMAGE; i++)
        m.byte[i] = (u8)phys_load(&r->phys, tss - BEFORE + i, 1);
    return m;
}

static void image_put(struct rig *r, u32 tss, const struct image *m)
{
    for (unsigned i = 0; i < IMAGE; i++)
        phys_store(&r->phys, tss - BEFORE + i, m->byte[i], 1);
}

static void field(struct image *m, unsigned at, unsigned size, u32 v)
{
    for (unsigned i = 0; i < size; i++)
        m->byte[BEFORE + at + i] = (u8)(v >> 8 * i);
}

static void put_context(struct image *m, bool wide, u32 eip, u32 eflags, const u32 gpr[8],
                        const u16 sel[6])
{
    unsigned n = wide ? 4 : 2;
    field(m, wide ? 0x20 : 0x0e, n, eip);
    field(m, wide ? 0x24 : 0x10, n, eflags);
    for (unsigned i = 0; i < 8; i++)
        field(m, (wide ? 0x28 : 0x12) + n * i, n, gpr[i]);
    for (unsigned i = 0; i < (wide ? 6u : 4u); i++)
        field(m, (wide ? 0x48 : 0x22) + n * i, 2, sel[i]);
}

/*
 * From either format to either: the old TSS holds each register at its place and nothing else has
 * changed; each register comes from its place in the new one, which has not changed at all.
 */
START_TEST(whole_images)
{
    bool from = _i & 1, to = _i & 2; /* wide? */
    static const u32 old_gpr[8] = {0x10012001, 0x10022002, 0x10032003, 0x10042004,
                                   STACK0,     0x10062006, 0x10072007, 0x10082008};
    static const u32 new_gpr[8] = {0x30014001, 0x30024002, 0x30034003, 0x30044004,
                                   0x30054005, 0x30064006, 0x30074007, 0x30084008};
    u16 old_sel[6] = {SEL_DATA3, SEL_CODE0, SEL_DATA0, SEL_DATA1, SEL_SMALL, SEL_DATA1};
    u16 new_sel[6] = {SEL_DATA1, to ? SEL_CODE0 : SEL_CODE16, SEL_DATA0, SEL_DATA3, SEL_SMALL,
                      SEL_DATA3};
    struct image filled, old, new;
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    put_desc(r, SEL_TSS, TSS, from ? 0x67 : 0x2b, from ? 0x008b : 0x0083);
    put_desc(r, SEL_TSS2, TSS2, to ? 0x67 : 0x2b, to ? 0x0089 : 0x0081);
    r->c->tr.limit = from ? 0x67 : 0x2b;
    r->c->tr.attr = from ? 0x8b : 0x83;
    memset(filled.byte, 0xa5, sizeof filled.byte);
    image_put(r, TSS, &filled);
    new = filled;
    put_context(&new, to, 0x5000, EFL_ONE | EFL_CF | EFL_DF, new_gpr, new_sel);
    field(&new, to ? 0x60 : 0x2a, 2, SEL_LDT);
    if (to) {
        field(&new, 0x1c, 4, 0); /* CR3 */
        field(&new, 0x64, 2, 0); /* no trap */
    }
    image_put(r, TSS2, &new);
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00"); /* jmp 48:0 */
    PUT(r, 0x5000, "\xf4");
    memcpy(r->c->gpr, old_gpr, sizeof old_gpr);
    for (unsigned i = 0; i < 6; i++)
        if (in_file[i] != SEG_CS)
            r->c->seg[in_file[i]].sel = old_sel[i];
    cpu_set_eflags(r->c, EFL_ONE | EFL_ZF | EFL_SF);
    rig_run(r, 10);
    ck_assert(r->c->halted);

    old = filled;
    put_context(&old, from, CODE + 7, EFL_ONE | EFL_ZF | EFL_SF, old_gpr, old_sel);
    struct image is = image_at(r, TSS);
    for (unsigned i = 0; i < IMAGE; i++)
        ck_assert_msg(is.byte[i] == old.byte[i], "old TSS, %d: %02x, expected %02x",
                      (int)i - BEFORE, is.byte[i], old.byte[i]);
    is = image_at(r, TSS2);
    ck_assert_mem_eq(is.byte, new.byte, IMAGE);
    ck_assert_uint_eq(r->c->eip, 0x5001);
    ck_assert_uint_eq(cpu_eflags(r->c), EFL_ONE | EFL_CF | EFL_DF);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(r->c->gpr[i], to ? new_gpr[i] : 0xffff0000u | new_gpr[i]);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(r->c->seg[in_file[i]].sel, to || i < 4 ? new_sel[i] : 0);
    ck_assert_uint_eq(r->c->ldtr.sel, SEL_LDT);
    ck_assert(r->c->ldtr.usable && r->c->ldtr.base == LDT && r->c->ldtr.limit == 0xff);
    ck_assert_uint_eq(r->c->tr.limit, to ? 0x67 : 0x2b);
    rig_free(r);
}
END_TEST

/* The busy bits are in two pages, and that of the new task's cannot be written: nothing changes. */
START_TEST(busy_bit_that_cannot_be_written)
{
    enum { PD = 0x80000, PT = 0x81000, NEW = 0x1000, RW = 3, READ_ONLY = 1 };
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    put_desc(r, NEW, TSS2, 0x67, 0x0089); /* at 2000h */
    r->c->gdtr.limit = 0x17ff;
    make_task(r, TSS2, CODE + 0x100, EFL_ONE);
    wr32(r, PD, PT | RW);
    for (u32 i = 0; i < 256; i++)
        wr32(r, PT + 4 * i, i << 12 | (i == 2 ? READ_ONLY : RW));
    mmu_set_cr3(&r->c->mmu, PD);
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_PG | CR0_WP);
    cpu_update_mode(r->c);
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x00\x10"); /* jmp 1000:0 */
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->eip, HANDLERS + 16 * VEC_PF + 1);
    ck_assert_uint_eq(r->c->cr2 & ~7u, 0x2000);
    ck_assert_uint_eq(type_of(r, SEL_TSS), 0x8b);
    ck_assert_uint_eq(type_of(r, NEW), 0x89);
    ck_assert_uint_eq(r->c->tr.sel, SEL_TSS);
    rig_free(r);
}
END_TEST

/*
 * A switch that ring 3 asks for goes by the supervisor's pages; the old TSS lies in two of them,
 * and both must be writable before anything is.
 */
START_TEST(tss_in_supervisor_pages)
{
    enum { PD = 0x80000, PT = 0x81000, RW = 3, READ_ONLY = 1, USER = 4, OLD = 0x41fc0 };
    for (unsigned bad = 0; bad < 2; bad++) {
        struct rig *r = rig_new("pentium3");
        pm_init(r, 3);
        put_desc(r, SEL_TSS2, TSS2, 0x67, 0x00e9);
        put_desc(r, SEL_TSS, OLD, 0x67, 0x008b);
        r->c->tr.base = OLD;
        make_task(r, OLD, 0, EFL_ONE);
        make_task(r, TSS2, CODE + 0x100, EFL_ONE);
        wr32(r, TSS2 + 0x1c, PD);
        wr32(r, OLD + 4, STACK0);
        wr32(r, OLD + 8, SEL_DATA0);
        wr32(r, PD, PT | RW | USER);
        for (u32 i = 0; i < 256; i++)
            wr32(r, PT + 4 * i, i << 12 | RW);
        wr32(r, PT + 4 * (CODE >> 12), CODE | RW | USER);
        if (bad)
            wr32(r, PT + 4 * (OLD / 0x1000 + 1), ((OLD & ~0xfffu) + 0x1000) | READ_ONLY);
        mmu_set_cr3(&r->c->mmu, PD);
        mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_PG | CR0_WP);
        cpu_update_mode(r->c);
        PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00");
        PUT(r, CODE + 0x100, "\xf4");
        rig_run(r, 10);
        ck_assert(r->c->halted);
        ck_assert_int_eq(halted_in(r), bad ? VEC_PF : -1);
        ck_assert_uint_eq(r->c->tr.sel, bad ? SEL_TSS : SEL_TSS2);
        ck_assert_uint_eq(rd32(r, OLD + 0x20), bad ? 0 : CODE + 7);
        if (bad)
            ck_assert_uint_eq(frame(r, 0), PF_PRESENT | PF_WRITE);
        rig_free(r);
    }
}
END_TEST

/* Segments of the new task are marked as used; code that can be read serves for data. */
START_TEST(new_segments)
{
    static const struct {
        u16 at, sel, attr;
    } t[] = {{0x4c, 0x100, 0xc09a},  /* CS */
             {0x50, 0x108, 0xc092},  /* SS */
             {0x54, 0x110, 0xc09a},  /* DS: code */
             {0x48, 0x118, 0xc09e},  /* ES: conforming code */
             {0x58, 0x128, 0xc090}}; /* FS: read only */
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE);
    for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
        put_desc(r, t[i].sel, 0, 0xfffff, t[i].attr);
        wr32(r, TSS2 + t[i].at, t[i].sel);
    }
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00");
    PUT(r, CODE + 0x100, "\xf4");
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->eip, CODE + 0x101);
    for (unsigned i = 0; i < ARRAY_SIZE(t); i++)
        ck_assert_uint_eq(type_of(r, t[i].sel), (t[i].attr & 0xff) | 1);
    rig_free(r);
}
END_TEST

/*
 * While the segments of a new task are being loaded, whose ring do checks and handlers go by? Until
 * its stack is good the task counts as one of ring 3: a handler in ring 0 gets the stack that the
 * new TSS has for it. From then on it is the ring of CS's selector, also while CS itself is not
 * loaded yet. What comes behind the segment that failed is not loaded, and has its selector.
 */
/* clang-format off */
static const struct {
    const char *what;
    u16 cs, ss, ds, es, ldt;
    u32 esp;
    int vector;    /* -1: no fault */
    u32 error;
    bool inner;    /* the handler has the stack of ring 0 from the TSS */
    bool ds_loaded;
} loading[] = {
    {"ring 0, LDT", SEL_CODE0, SEL_DATA0, SEL_DATA0, SEL_DATA0, SEL_DATA0, STACK1,
     10, SEL_DATA0, true, false},
    {"ring 3, LDT", SEL_CODE3, SEL_DATA3, SEL_DATA3, SEL_DATA3, 0xfff8, STACK3,
     10, 0xfff8, true, false},
    {"SS null", SEL_CODE0, 0, SEL_DATA0, SEL_DATA0, 0, STACK1, 10, 0, true, false},
    {"SS null with RPL", SEL_CODE3, 3, SEL_DATA3, SEL_DATA3, 0, STACK3, 10, 0, true, false},
    {"SS's RPL, not CS's", SEL_CODE0, SEL_DATA3, SEL_DATA0, SEL_DATA0, 0, STACK1,
     10, SEL_DATA3 & ~3, true, false},
    {"SS's DPL, not CS's RPL", SEL_CODE0, SEL_DATA1 & ~3, SEL_DATA0, SEL_DATA0, 0, STACK1,
     10, SEL_DATA1 & ~3, true, false},
    {"SS that cannot be written", SEL_CODE0, 0x80, SEL_DATA0, SEL_DATA0, 0, STACK1,
     10, 0x80, true, false},
    {"SS not present", SEL_CODE0, 0x88, SEL_DATA0, SEL_DATA0, 0, STACK1,
     12, 0x88, true, false},
    {"SS before DS and CS", SEL_DATA0, 0x88, SEL_TSS, SEL_TSS, 0, STACK1,
     12, 0x88, true, false},
    {"ring 0, DS", SEL_CODE0, SEL_DATA0, SEL_TSS, SEL_DATA0, 0, STACK1,
     10, SEL_TSS, false, false},
    {"ring 0, DS's RPL", SEL_CODE0, SEL_DATA0, SEL_DATA0 | 1, SEL_DATA0, 0, STACK1,
     10, SEL_DATA0, false, false},
    {"ring 1, DS of ring 0", SEL_CODE1, SEL_DATA1, SEL_DATA0, SEL_DATA1, 0, STACK1,
     10, SEL_DATA0, true, false},
    {"ring 1, ES of ring 0", SEL_CODE1, SEL_DATA1, SEL_DATA1, SEL_DATA0, 0, STACK1,
     10, SEL_DATA0, true, true},
    {"ring 1, DS of ring 1", SEL_CODE1, SEL_DATA1, SEL_DATA1, SEL_DATA3, 0, STACK1,
     -1, 0, false, true},
    {"ring 3, DS of ring 1", SEL_CODE3, SEL_DATA3, SEL_DATA1, SEL_DATA3, 0, STACK3,
     10, SEL_DATA1 & ~3, true, false},
    {"ring 3, DS of ring 3", SEL_CODE3, SEL_DATA3, SEL_DATA3, SEL_DATA3, 0, STACK3,
     -1, 0, false, true},
    {"ring 3, DS conforming code of ring 0", SEL_CODE3, SEL_DATA3, SEL_CONF0 | 3, SEL_DATA3, 0,
     STACK3, -1, 0, false, true},
    {"DS not present", SEL_CODE0, SEL_DATA0, 0x88, SEL_DATA0, 0, STACK1,
     11, 0x88, false, false},
    {"DS before CS", 0xfff8, SEL_DATA0, 0x88, SEL_DATA0, 0, STACK1, 11, 0x88, false, false},
    {"ring 0, CS's DPL", SEL_CODE1 & ~3, SEL_DATA0, SEL_DATA0, SEL_DATA0, 0, STACK1,
     10, SEL_CODE1 & ~3, false, true},
    {"ring 3, CS's DPL", SEL_CODE1 | 3, SEL_DATA3, SEL_DATA3, SEL_DATA3, 0, STACK3,
     10, SEL_CODE1 & ~3, true, true},
    {"ring 0, CS not present", 0x90, SEL_DATA0, SEL_DATA0, SEL_DATA0, 0, STACK1,
     11, 0x90, false, true},
    {"conforming CS of ring 1, RPL 0", 0x98, SEL_DATA0, SEL_DATA0, SEL_DATA0, 0, STACK1,
     10, 0x98, false, true},
    {"conforming CS of ring 0, RPL 3", SEL_CONF0 | 3, SEL_DATA3, SEL_DATA3, SEL_DATA3, 0, STACK3,
     -1, 0, false, true},
    {"ring 3, EIP beyond CS", 0xa3, SEL_DATA3, SEL_DATA3, SEL_DATA3, 0, STACK3,
     13, 0, true, true},
};
/* clang-format on */

START_TEST(whose_ring_while_segments_are_loaded)
{
    enum { ESP0 = 0x2f000 };
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    put_desc(r, 0x80, 0, 0xfffff, 0xc091);
    put_desc(r, 0x88, 0, 0xfffff, 0xc013);
    put_desc(r, 0x90, 0, 0xfffff, 0xc01b);
    put_desc(r, 0x98, 0, 0xfffff, 0xc0bf);
    put_desc(r, 0xa0, 0, 0xff, 0x40fb);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE | EFL_CF);
    wr32(r, TSS2 + 4, ESP0);
    wr32(r, TSS2 + 8, SEL_DATA0);
    wr32(r, TSS2 + 0x28 + 4 * ESP, loading[_i].esp);
    wr32(r, TSS2 + 0x48, loading[_i].es);
    wr32(r, TSS2 + 0x4c, loading[_i].cs);
    wr32(r, TSS2 + 0x50, loading[_i].ss);
    wr32(r, TSS2 + 0x54, loading[_i].ds);
    wr32(r, TSS2 + 0x60, loading[_i].ldt);
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00"); /* jmp 48:0 */
    rig_run(r, 1);
    if (loading[_i].vector < 0) {
        ck_assert_msg(!r->c->event.pending && r->c->eip == CODE + 0x100, "%s", loading[_i].what);
        ck_assert_uint_eq(r->c->cpl, loading[_i].cs & 3);
        ck_assert_uint_eq(r->c->seg[SEG_CS].sel, loading[_i].cs);
        rig_free(r);
        return;
    }
    rig_run(r, 2);
    ck_assert_msg(halted_in(r) == loading[_i].vector, "%s: vector %d", loading[_i].what,
                  halted_in(r));
    ck_assert_msg(frame(r, 0) == loading[_i].error, "%s: error %x", loading[_i].what, frame(r, 0));
    ck_assert_uint_eq(frame(r, 1), CODE + 0x100);
    ck_assert_uint_eq(frame(r, 2), loading[_i].cs);
    ck_assert_uint_eq(frame(r, 3) & ~EFL_RF, EFL_ONE | EFL_CF);
    ck_assert_msg(r->c->gpr[ESP] == (loading[_i].inner ? ESP0 - 24 : loading[_i].esp - 16),
                  "%s: ESP %x", loading[_i].what, r->c->gpr[ESP]);
    if (loading[_i].inner) {
        ck_assert_uint_eq(frame(r, 4), loading[_i].esp);
        ck_assert_uint_eq(frame(r, 5), loading[_i].ss);
    }
    ck_assert_uint_eq(r->c->cpl, 0);
    ck_assert_uint_eq(r->c->tr.sel, SEL_TSS2);
    ck_assert_uint_eq(type_of(r, SEL_TSS), 0x89);
    ck_assert_uint_eq(r->c->seg[SEG_SS].sel, SEL_DATA0);
    ck_assert_uint_eq(r->c->seg[SEG_DS].sel, loading[_i].ds);
    ck_assert_msg(r->c->seg[SEG_DS].usable == loading[_i].ds_loaded, "%s: DS", loading[_i].what);
    rig_free(r);
}
END_TEST

/* So it is when CR3 of the new task is refused, which comes before all of its segments. */
START_TEST(cr3_of_the_new_task_is_refused)
{
    enum { PDPT = 0x80000, PD = 0x81000, BAD = 0x82000, ESP0 = 0x2f000, ONE_TO_ONE = 0x83 };
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    wr32(r, PDPT, PD | 1);
    wr32(r, PD, ONE_TO_ONE);
    wr32(r, BAD, PD | 1 | 2); /* bit 1 is reserved */
    mmu_set_cr4(&r->c->mmu, CR4_PAE);
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_PG);
    ck_assert(mmu_set_cr3(&r->c->mmu, PDPT));
    cpu_update_mode(r->c);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE);
    wr32(r, TSS2 + 4, ESP0);
    wr32(r, TSS2 + 8, SEL_DATA0);
    wr32(r, TSS2 + 0x1c, BAD);
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00");
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), VEC_GP);
    ck_assert_uint_eq(r->c->gpr[ESP], ESP0 - 24);
    ck_assert_uint_eq(frame(r, 0), 0);
    ck_assert_uint_eq(frame(r, 1), CODE + 0x100);
    ck_assert_uint_eq(frame(r, 2), SEL_CODE0);
    ck_assert_uint_eq(r->c->tr.sel, SEL_TSS2);
    ck_assert_uint_eq(r->c->mmu.cr3, PDPT);
    rig_free(r);
}
END_TEST

START_TEST(t_bit_traps)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    make_task(r, TSS2, CODE + 0x100, EFL_ONE);
    wr32(r, TSS2 + 0x64, 0x680001);
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00");
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), 1);
    ck_assert_uint_eq(frame(r, 0), CODE + 0x100);
    ck_assert_uint_eq(r->c->dr[6] & 0xe00f, DR6_BT);
    rig_free(r);
}
END_TEST

/* ---- debug ---- */

START_TEST(single_step)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    cpu_set_eflags(r->c, EFL_ONE | EFL_TF);
    PUT(r, CODE, "\x90\x90\x90");
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), 1);
    ck_assert_uint_eq(frame(r, 0), CODE + 1);
    ck_assert_uint_eq(frame(r, 2) & EFL_TF, EFL_TF);
    ck_assert_uint_eq(r->c->dr[6] & 0xe00f, DR6_BS);
    ck_assert_uint_eq(cpu_eflags(r->c) & EFL_TF, 0);
    rig_free(r);
}
END_TEST

/* No trap between MOV SS and the next instruction. */
START_TEST(mov_ss_shadows_single_step)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    cpu_set_eflags(r->c, EFL_ONE | EFL_TF);
    r->c->gpr[EAX] = SEL_DATA0;
    PUT(r, CODE, "\x8e\xd0\x90\x90"); /* mov ss,ax; nop */
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), 1);
    ck_assert_uint_eq(frame(r, 0), CODE + 3);
    rig_free(r);
}
END_TEST

START_TEST(code_breakpoint_and_rf)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    r->c->dr[1] = CODE + 2;
    debug_set_dr7(r->c, 1 << 3); /* G1, execute */
    PUT(r, CODE, "\x90\x90\x90\xf4");
    /* The handler counts in EBX, sets RF in the image and returns. */
    PUT(r, HANDLERS + 16, "\x43\x80\x4c\x24\x0a\x01\xcf");
    rig_run(r, 20);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->eip, CODE + 4);
    ck_assert_uint_eq(r->c->gpr[EBX], 1);
    ck_assert_uint_eq(r->c->dr[6] & 0xe00f, 2);
    rig_free(r);
}
END_TEST

/* {RW, LEN, code, hits} on DATA + 4 */
/* clang-format off */
static const struct {
    u32 rw, len;
    const char *code;
    unsigned bytes;
    bool hit;
} watch[] = {
    {1, 3, "\xa3\x04\x00\x04\x00", 5, true},        /* mov [DATA+4],eax */
    {1, 3, "\xa1\x04\x00\x04\x00", 5, false},       /* read: a write watch does not see it */
    {3, 3, "\xa1\x04\x00\x04\x00", 5, true},
    {3, 0, "\xa0\x05\x00\x04\x00", 5, false},       /* one byte watched, the next one read */
    {3, 3, "\xa0\x07\x00\x04\x00", 5, true},
    {1, 0, "\xa3\x02\x00\x04\x00", 5, true},        /* dword that covers the byte */
    {3, 3, "\xff\x05\x04\x00\x04\x00", 6, true},    /* inc */
};
/* clang-format on */

START_TEST(data_breakpoints)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    r->c->dr[0] = DATA + 4;
    debug_set_dr7(r->c, 2 | watch[_i].rw << 16 | watch[_i].len << 18);
    put_bytes(r, CODE, watch[_i].code, watch[_i].bytes);
    PUT(r, CODE + watch[_i].bytes, "\x90\xf4");
    rig_run(r, 20);
    ck_assert(r->c->halted);
    if (watch[_i].hit) {
        ck_assert_int_eq(halted_in(r), 1);
        ck_assert_uint_eq(frame(r, 0), CODE + watch[_i].bytes);
        ck_assert_uint_eq(r->c->dr[6] & 0xe00f, 1);
    } else {
        ck_assert_uint_eq(r->c->eip, CODE + watch[_i].bytes + 2);
    }
    rig_free(r);
}
END_TEST

START_TEST(general_detect)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    debug_set_dr7(r->c, DR7_GD);
    PUT(r, CODE, "\x0f\x21\xf8"); /* mov eax,dr7 */
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), 1);
    ck_assert_uint_eq(frame(r, 0), CODE);
    ck_assert_uint_eq(r->c->dr[6] & 0xe00f, DR6_BD);
    ck_assert_uint_eq(r->c->dr[7] & DR7_GD, 0);
    rig_free(r);
}
END_TEST

START_TEST(dr4_is_dr6_unless_de)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    r->c->gpr[EAX] = 0xffffffff;
    PUT(r, CODE, "\x0f\x23\xe0\x0f\x21\xf3\xf4"); /* mov dr4,eax; mov ebx,dr6; hlt */
    rig_run(r, 10);
    ck_assert_uint_eq(r->c->gpr[EBX], 0xffffefff);
    rig_free(r);
    r = rig_new("pentium3");
    pm_init(r, 0);
    mmu_set_cr4(&r->c->mmu, CR4_DE);
    PUT(r, CODE, "\x0f\x23\xe0");
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), 6);
    rig_free(r);
}
END_TEST

/* ---- system registers by model ---- */

/* clang-format off */
static const struct {
    const char *model;
    const char *code;
    unsigned bytes;
    int vector;
} by_model[] = {
    {"386", "\x0f\xa2", 2, 6},          /* CPUID */
    {"486", "\x0f\xa2", 2, -1},
    {"386", "\x0f\x20\xe0", 3, 6},      /* mov eax,cr4 */
    {"486", "\x0f\x20\xe0", 3, -1},
    {"486", "\x0f\x31", 2, 6},          /* RDTSC */
    {"pentium", "\x0f\x31", 2, -1},
    {"386", "\x0f\x24\xf0", 3, -1},     /* mov eax,tr6 */
    {"486", "\x0f\x24\xd8", 3, -1},     /* mov eax,tr3 */
    {"386", "\x0f\x24\xd8", 3, 6},
    {"pentium", "\x0f\x24\xf0", 3, 6},
    {"pentium", "\x0f\x34", 2, 6},      /* SYSENTER */
    {"pentium2", "\x0f\x34", 2, 13},    /* with a null SYSENTER_CS */
    {"pentium3", "\x0f\x32", 2, 13},    /* RDMSR of ECX = ffffffff */
    {"386", "\x0f\x08", 2, 6},          /* INVD */
    {"pentium3", "\x0f\x0b", 2, 6},
    {"pentium3", "\x0f\xaa", 2, 6},     /* RSM */
    {"pentium3", "\x0f\x22\xc8", 3, 6}, /* mov cr1,eax */
};
/* clang-format on */

START_TEST(instructions_by_model)
{
    struct rig *r = rig_new(by_model[_i].model);
    pm_init(r, 0);
    r->c->gpr[ECX] = 0xffffffff;
    put_bytes(r, CODE, by_model[_i].code, by_model[_i].bytes);
    PUT(r, CODE + by_model[_i].bytes, "\xf4");
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), by_model[_i].vector);
    rig_free(r);
}
END_TEST

START_TEST(sysenter_and_sysexit)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    r->c->msr.sysenter_cs = SEL_CODE0;
    r->c->msr.sysenter_esp = STACK0;
    r->c->msr.sysenter_eip = CODE + 0x100;
    cpu_set_eflags(r->c, EFL_ONE | EFL_IF);
    PUT(r, CODE, "\x0f\x34");
    /* mov edx,CODE+200; mov ecx,STACK3; sysexit */
    PUT(r, CODE + 0x100, "\xba\x00\x02\x01\x00\xb9\x00\x80\x03\x00\x0f\x35");
    PUT(r, CODE + 0x200, "\x8c\xc8\x8c\xd3\xf4"); /* mov eax,cs; mov ebx,ss; hlt: #GP */
    rig_run(r, 1);
    ck_assert_uint_eq(r->c->eip, CODE + 0x100);
    ck_assert_uint_eq(r->c->cpl, 0);
    ck_assert_uint_eq(r->c->gpr[ESP], STACK0);
    ck_assert_uint_eq(cpu_eflags(r->c), EFL_ONE);
    rig_run(r, 20);
    ck_assert_int_eq(halted_in(r), 13);
    ck_assert_uint_eq(r->c->gpr[EAX], SEL_CODE0 + 16 + 3);
    ck_assert_uint_eq(r->c->gpr[EBX], SEL_CODE0 + 24 + 3);
    rig_free(r);
}
END_TEST

/* EFLAGS bits that software uses to tell the models apart. */
static const struct {
    const char *model;
    u32 bits;
} toggles[] = {{"386", 0}, {"486", EFL_AC | EFL_ID}, {"pentium3", EFL_AC | EFL_ID}};

START_TEST(eflags_ac_and_id)
{
    struct rig *r = rig_new(toggles[_i].model);
    pm_init(r, 0);
    /* push 240002h; popf; pushf; pop eax; hlt */
    PUT(r, CODE, "\x68\x02\x00\x24\x00\x9d\x9c\x58\xf4");
    rig_run(r, 10);
    ck_assert_uint_eq(r->c->gpr[EAX] & (EFL_AC | EFL_ID), toggles[_i].bits);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("task");
    TCase *t = tcase_create("task");
    tcase_add_test(t, jmp_switches_and_clears_busy);
    tcase_add_test(t, call_nests_and_iret_returns);
    tcase_add_test(t, fault_through_task_gate);
    tcase_add_loop_test(t, switch_refused, 0, (int)ARRAY_SIZE(refused));
    tcase_add_loop_test(t, new_task_faults_in_its_own_context, 0, (int)ARRAY_SIZE(broken));
    tcase_add_test(t, task_with_16_bit_tss);
    tcase_add_loop_test(t, whole_images, 0, 4);
    tcase_add_test(t, busy_bit_that_cannot_be_written);
    tcase_add_test(t, tss_in_supervisor_pages);
    tcase_add_test(t, new_segments);
    tcase_add_loop_test(t, whose_ring_while_segments_are_loaded, 0, (int)ARRAY_SIZE(loading));
    tcase_add_test(t, cr3_of_the_new_task_is_refused);
    tcase_add_test(t, t_bit_traps);
    suite_add_tcase(s, t);
    t = tcase_create("debug");
    tcase_add_test(t, single_step);
    tcase_add_test(t, mov_ss_shadows_single_step);
    tcase_add_test(t, code_breakpoint_and_rf);
    tcase_add_loop_test(t, data_breakpoints, 0, (int)ARRAY_SIZE(watch));
    tcase_add_test(t, general_detect);
    tcase_add_test(t, dr4_is_dr6_unless_de);
    suite_add_tcase(s, t);
    t = tcase_create("system");
    tcase_add_loop_test(t, instructions_by_model, 0, (int)ARRAY_SIZE(by_model));
    tcase_add_test(t, sysenter_and_sysexit);
    tcase_add_loop_test(t, eflags_ac_and_id, 0, (int)ARRAY_SIZE(toggles));
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
