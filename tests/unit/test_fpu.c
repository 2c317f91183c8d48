/*
 * test_fpu.c - the rules around x87, MMX and SSE: who may use the unit and what stops him, pending
 * exceptions inside and outside (IRQ 13), where the state is, its images in memory. What the
 * instructions compute is tested by tests/ops and test_fpu_soft.c.
 */
#include "cpu_harness.h"

#include "cpu/decode/models.h"
#include "cpu/fpu.h"
#include "hw/base/state.h"

#define NONE (-1)

/* Run this code until its HLT, or an exception handler's. Gives the exception's vector. */
static int run_code(struct rig *r, const char *code, unsigned n)
{
    put_bytes(r, CODE, code, n);
    put_bytes(r, CODE + n, "\xf4", 1);
    r->c->eip = CODE;
    r->c->halted = false;
    set_segment(r, SEG_CS, SEL_CODE0, 0, 0xffffffffu, 0xc09b);
    cpu_set_cpl(r->c, 0);
    r->c->gpr[ESP] = STACK0;
    rig_run(r, 1000);
    ck_assert(r->c->halted);
    return halted_in(r);
}
#define RUN(r, literal) run_code((r), (literal), sizeof(literal) - 1)

static struct rig *new_rig(const char *model)
{
    struct rig *r = rig_new(model);
    pm_init(r, 0);
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_NE | CR0_MP);
    if (r->c->model->cr4 & CR4_OSFXSR)
        mmu_set_cr4(&r->c->mmu, CR4_OSFXSR | CR4_OSXMMEXCPT);
    cpu_update_mode(r->c);
    r->c->fpu.fcw = FCW_INIT; /* as after FNINIT */
    r->c->fpu.ftw = 0;
    fpu_loaded(r->c);
    return r;
}

/* ---- who may ---- */

#define ESC_OP "\xd9\xe8"                       /* fld1 */
#define NOWAIT_OP "\xdf\xe0"                    /* fnstsw ax */
#define WAIT_OP "\x9b"                          /* fwait */
#define MMX_OP "\x0f\xef\xc0"                   /* pxor mm0, mm0 */
#define SSE_OP "\x0f\x57\xc0"                   /* xorps xmm0, xmm0 */
#define SSE_FP "\x0f\x58\xc0"                   /* addps xmm0, xmm0 */
#define FX_OP "\x0f\xae\x05\x00\x00\x04\x00"    /* fxsave [DATA] */
#define MXCSR_OP "\x0f\xae\x1d\x00\x00\x04\x00" /* stmxcsr [DATA] */
#define CODE_OF(s) s, sizeof(s) - 1

static const struct {
    const char *code;
    unsigned n;
    int vector[6]; /* by situation, see below */
} rules[] = {
    /* plain     TS       EM       TS no MP  TS+EM    no OSFXSR */
    {CODE_OF(ESC_OP), {NONE, VEC_NM, VEC_NM, VEC_NM, VEC_NM, NONE}},
    {CODE_OF(NOWAIT_OP), {NONE, VEC_NM, VEC_NM, VEC_NM, VEC_NM, NONE}},
    {CODE_OF(WAIT_OP), {NONE, VEC_NM, NONE, NONE, VEC_NM, NONE}},
    {CODE_OF(MMX_OP), {NONE, VEC_NM, VEC_UD, VEC_NM, VEC_UD, NONE}},
    {CODE_OF(SSE_OP), {NONE, VEC_NM, VEC_UD, VEC_NM, VEC_UD, VEC_UD}},
    {CODE_OF(SSE_FP), {NONE, VEC_NM, VEC_UD, VEC_NM, VEC_UD, VEC_UD}},
    {CODE_OF(FX_OP), {NONE, VEC_NM, VEC_NM, VEC_NM, VEC_NM, NONE}},
    {CODE_OF(MXCSR_OP), {NONE, VEC_NM, VEC_UD, VEC_NM, VEC_UD, VEC_UD}},
};

START_TEST(permission)
{
    static const u32 set[6] = {0, CR0_TS, CR0_EM, CR0_TS, CR0_TS | CR0_EM, 0};
    for (unsigned warm = 0; warm < 2; warm++) {
        for (unsigned k = 0; k < 6; k++) {
            struct rig *r = new_rig("pentium3");
            struct cpu *c = r->c;
            if (warm) /* the gates have been open before */
                ck_assert_int_eq(RUN(r, "\xd9\xe8\x0f\x58\xc0\x0f\xef\xc0\x0f\x77"), NONE);
            /* mov cr0, eax; mov cr4, ebx; then the instruction */
            u32 cr0 = (c->mmu.cr0 | set[k]) & (k == 3 ? ~CR0_MP : ~0u);
            u32 cr4 = k == 5 ? 0 : c->mmu.cr4;
            char code[64] = "\x0f\x22\xc0\x0f\x22\xe3";
            c->gpr[EAX] = cr0;
            c->gpr[EBX] = cr4;
            memcpy(code + 6, rules[_i].code, rules[_i].n);
            ck_assert_int_eq(run_code(r, code, 6 + rules[_i].n), rules[_i].vector[k]);
            rig_free(r);
        }
    }
}
END_TEST

START_TEST(clts_opens)
{
    struct rig *r = new_rig("pentium3");
    r->c->gpr[EAX] = r->c->mmu.cr0 | CR0_TS;
    ck_assert_int_eq(RUN(r, "\x0f\x22\xc0\x0f\x06\xd9\xe8\x0f\x57\xc0\x0f\xef\xc0"), NONE);
    rig_free(r);
}
END_TEST

/* What a model lacks is undefined there. */
START_TEST(features)
{
    static const struct {
        const char *model, *code;
        unsigned n;
        int vector;
    } t[] = {
        {"486", CODE_OF(MMX_OP), VEC_UD},
        {"pentium", CODE_OF(MMX_OP), VEC_UD},
        {"pentium-mmx", CODE_OF(MMX_OP), NONE},
        {"pentium-mmx", CODE_OF("\x0f\xe0\xc0"), VEC_UD}, /* pavgb */
        {"pentium-mmx", CODE_OF("\xdb\xf0"), VEC_UD},     /* fcomi */
        {"pentium2", CODE_OF("\xdb\xf0"), NONE},
        {"pentium2", CODE_OF(SSE_OP), VEC_UD},
        {"pentium2", CODE_OF("\x0f\xe0\xc0"), VEC_UD},
        {"pentium3", CODE_OF("\x0f\xe0\xc0"), NONE},
        {"pentium3", CODE_OF("\x0f\xd4\xc0"), VEC_UD},     /* paddq */
        {"pentium3", CODE_OF("\x66\x0f\x58\xc0"), VEC_UD}, /* addpd */
        {"pentium4", CODE_OF("\x0f\xd4\xc0"), NONE},
        {"pentium4", CODE_OF("\x66\x0f\x58\xc0"), NONE},
        {"pentium4", CODE_OF("\xdd\x08"), VEC_UD}, /* fisttp: SSE3 */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
        struct rig *r = new_rig(t[i].model);
        ck_assert_msg(run_code(r, t[i].code, t[i].n) == t[i].vector, "%s, case %u", t[i].model, i);
        rig_free(r);
    }
}
END_TEST

/* The words of an undefined opcode tell who has it, or why nobody may. */
START_TEST(undefined_words)
{
    static const struct {
        const char *model, *code;
        unsigned n;
        const char *words;
    } t[] = {
        {"386", CODE_OF("\x0f\xc8"), ": the 386 has no bswap (-cpu 486 has)"},
        {"486", CODE_OF("\x0f\x31"), ": the 486 has no rdtsc (-cpu pentium has)"},
        {"pentium3", CODE_OF("\x66\x0f\x58\xc0"),
         ": the pentium3 has no addpd (-cpu pentium4 has)"},
        {"486", CODE_OF("\x0f\x07"), ": the 486 has no loadall (-cpu 386 has)"},
        {"386", CODE_OF("\x0f\xa6"), NULL}, /* CMPXCHG of the first 486s: no model of ours */
        {"386", CODE_OF("\xf0\x89\xc0"), ": mov cannot have LOCK here"},
        {"386", CODE_OF("\x0f\xff"), NULL},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
        char text[300];
        struct rig *r = new_rig(t[i].model);
        ck_assert_int_eq(run_code(r, t[i].code, t[i].n), VEC_UD);
        cpu_event_text(&r->c->event, text, sizeof text);
        const char *more = strchr(text + sizeof "undefined opcode at 0008:" - 1, ':');
        ck_assert_msg(!strncmp(text, "undefined opcode at ", 20), "case %u: %s", i, text);
        ck_assert_msg(t[i].words ? more && !strcmp(more, t[i].words) : !more, "case %u: %s", i,
                      text);
        rig_free(r);
    }
}
END_TEST

/* ---- pending exceptions ---- */

/* fninit; fldcw [DATA] (divide by zero unmasked); fld1; fldz; fdivp */
#define DIVIDE "\xdb\xe3\xd9\x2d\x00\x00\x04\x00\xd9\xe8\xd9\xee\xde\xf9"

START_TEST(mf_at_next_waiting)
{
    static const struct {
        const char *code;
        unsigned n;
        int vector;
    } t[] = {
        {CODE_OF(DIVIDE), NONE}, /* reported later, not here */
        {CODE_OF(DIVIDE "\x9b"), VEC_MF},
        {CODE_OF(DIVIDE "\xd9\xe8"), VEC_MF},
        {CODE_OF(DIVIDE "\x0f\xef\xc0"), VEC_MF},
        {CODE_OF(DIVIDE "\x0f\x77"), VEC_MF},
        {CODE_OF(DIVIDE "\xd9\x2d\x00\x00\x04\x00"), VEC_MF}, /* fldcw waits */
        {CODE_OF(DIVIDE "\xdf\xe0"), NONE},
        {CODE_OF(DIVIDE "\xd9\x3d\x10\x00\x04\x00"), NONE},         /* fnstcw */
        {CODE_OF(DIVIDE "\xdb\xe2\xd9\xe8"), NONE},                 /* fnclex */
        {CODE_OF(DIVIDE "\xdd\x35\x10\x00\x04\x00\xd9\xe8"), NONE}, /* fnsave resets */
        {CODE_OF(DIVIDE "\x0f\x57\xc0\x0f\x58\xc0"), NONE},         /* SSE does not care */
    };
    struct rig *r = new_rig("pentium3");
    for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
        wr16(r, DATA, 0x037b);
        ck_assert_msg(run_code(r, t[i].code, t[i].n) == t[i].vector, "case %u", i);
    }
    /* The operands are still there, and FSW tells what happened. */
    RUN(r, DIVIDE);
    fpu_leave(r->c);
    ck_assert_uint_eq(r->c->fpu.fsw, FSW_ZE | FSW_ES | FSW_B | 6 << 11);
    ck_assert_uint_eq(get_le16(r->c->fpu.st[7] + 8), 0x3fff);
    ck_assert_uint_eq(get_le64(r->c->fpu.st[6]), 0);
    rig_free(r);
}
END_TEST

struct pins {
    struct rig *r;
    bool ferr;
    unsigned rises;
};

static void on_ferr(void *owner, bool level)
{
    struct rig *r = owner;
    struct pins *p = (struct pins *)(uintptr_t)r->ns;
    if (level)
        p->rises++;
    p->ferr = level;
}

START_TEST(ferr_pin)
{
    struct rig *r = new_rig("pentium3");
    struct cpu *c = r->c;
    struct pins p = {.r = r};
    r->ns = (u64)(uintptr_t)&p;
    c->bus.ferr = on_ferr;
    mmu_set_cr0(&c->mmu, c->mmu.cr0 & ~CR0_NE);
    fpu_update(c);
    wr16(r, DATA, 0x037b);
    ck_assert_int_eq(RUN(r, DIVIDE), NONE);
    ck_assert(p.ferr);
    /* The next waiting instruction stalls until an interrupt comes. */
    PUT(r, CODE, "\xd9\xe8\xf4");
    c->eip = CODE;
    c->halted = false;
    rig_run(r, 50);
    ck_assert(!c->halted);
    ck_assert_uint_eq(c->eip, CODE);
    /* IGNNE# lets it pass, and FNCLEX takes FERR# back. */
    fpu_set_ignne(c, true);
    rig_run(r, 50);
    ck_assert(c->halted);
    ck_assert_int_eq(RUN(r, "\xdb\xe2"), NONE);
    ck_assert(!p.ferr);
    ck_assert(!c->fpu.ignne);
    ck_assert_uint_eq(p.rises, 1);
    rig_free(r);
}
END_TEST

START_TEST(unmasked_store_keeps_memory)
{
    struct rig *r = new_rig("pentium3");
    /* 1e30 does not fit 32 bits: with invalid unmasked nothing is stored, nothing popped. */
    wr16(r, DATA, 0x037e);
    wr32(r, DATA + 8, 0x7149f2ca);
    wr32(r, DATA + 16, 0x12345678);
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\x2d\x00\x00\x04\x00\xd9\x05\x08\x00\x04\x00"
                            "\xdb\x1d\x10\x00\x04\x00\xdf\xe0"),
                     NONE);
    ck_assert_uint_eq(rd32(r, DATA + 16), 0x12345678);
    ck_assert_uint_eq(r->c->gpr[EAX] & 0xffff, 0xb881);
    /* The same across a page boundary, which takes the slow path. */
    wr32(r, DATA + 0xffe, 0x12345678);
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\x2d\x00\x00\x04\x00\xd9\x05\x08\x00\x04\x00"
                            "\xdb\x1d\xfe\x0f\x04\x00\xdf\xe0"),
                     NONE);
    ck_assert_uint_eq(rd32(r, DATA + 0xffe), 0x12345678);
    /* Precision alone is reported after the store. */
    wr16(r, DATA, 0x035f);
    wr32(r, DATA + 8, 0x3fc00000);
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\x2d\x00\x00\x04\x00\xd9\x05\x08\x00\x04\x00"
                            "\xdb\x1d\xfe\x0f\x04\x00\xdf\xe0"),
                     NONE);
    ck_assert_uint_eq(rd32(r, DATA + 0xffe), 2);
    ck_assert_uint_eq(r->c->gpr[EAX] & (FSW_ES | FSW_PE | FSW_TOP), FSW_ES | FSW_PE);
    rig_free(r);
}
END_TEST

/* ---- images ---- */

START_TEST(env_protected_32)
{
    struct rig *r = new_rig("pentium3");
    wr32(r, DATA + 0x100, 0x40490fdb);
    /* fninit; fld dword [DATA+100h]; fldz; fnstenv [DATA] */
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\x05\x00\x01\x04\x00\xd9\xee\xd9\x35\x00\x00\x04\x00"),
                     NONE);
    ck_assert_uint_eq(rd32(r, DATA), 0xffff037f);
    ck_assert_uint_eq(rd32(r, DATA + 4), 0xffff3000);
    ck_assert_uint_eq(rd32(r, DATA + 8), 0xffff1fff); /* R7 valid, R6 zero */
    ck_assert_uint_eq(rd32(r, DATA + 12), CODE + 8);
    ck_assert_uint_eq(rd32(r, DATA + 16), 0x01ee0000 | SEL_CODE0);
    ck_assert_uint_eq(rd32(r, DATA + 20), DATA + 0x100);
    ck_assert_uint_eq(rd16(r, DATA + 24), SEL_DATA0);
    rig_free(r);
}
END_TEST

START_TEST(env_protected_16)
{
    struct rig *r = new_rig("pentium3");
    wr32(r, DATA + 0x100, 0x40490fdb);
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\x05\x00\x01\x04\x00\x66\xd9\x35\x00\x00\x04\x00"), NONE);
    ck_assert_uint_eq(rd16(r, DATA), 0x037f);
    ck_assert_uint_eq(rd16(r, DATA + 2), 0x3800);
    ck_assert_uint_eq(rd16(r, DATA + 4), 0x3fff);
    ck_assert_uint_eq(rd16(r, DATA + 6), (CODE + 2) & 0xffff);
    ck_assert_uint_eq(rd16(r, DATA + 8), SEL_CODE0);
    ck_assert_uint_eq(rd16(r, DATA + 10), (DATA + 0x100) & 0xffff);
    ck_assert_uint_eq(rd16(r, DATA + 12), SEL_DATA0);
    rig_free(r);
}
END_TEST

/* Real mode: linear addresses, and the opcode in both sizes. */
START_TEST(env_real)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    seg_load_real(c, SEG_CS, 0x1234);
    seg_load_real(c, SEG_DS, 0x4000);
    c->eip = 0x10;
    cpu_update_mode(c);
    PUT(r, 0x12350, "\xdb\xe3\xd9\x06\x00\x01\xd9\x36\x00\x00\x66\xd9\x36\x40\x00\xf4");
    rig_run(r, 100);
    ck_assert(c->halted);
    ck_assert_uint_eq(rd16(r, 0x40006), 0x2352);
    ck_assert_uint_eq(rd16(r, 0x40008), 0x1000 | 0x106);
    ck_assert_uint_eq(rd16(r, 0x4000a), 0x0100);
    ck_assert_uint_eq(rd16(r, 0x4000c), 0x4000);
    ck_assert_uint_eq(rd16(r, 0x4004c), 0x2352);
    ck_assert_uint_eq(rd32(r, 0x40050), 0x1000 | 0x106);
    ck_assert_uint_eq(rd16(r, 0x40054), 0x0100);
    ck_assert_uint_eq(rd32(r, 0x40058), 0x4000);
    rig_free(r);
}
END_TEST

/* log2(1) times infinity is no number. */
START_TEST(logarithm_of_one)
{
    struct rig *r = new_rig("pentium3");
    wr32(r, DATA, 0x7f800000);
    /* fninit; fld dword [DATA]; fld1; fyl2x; fnstsw ax */
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\x05\x00\x00\x04\x00\xd9\xe8\xd9\xf1\xdf\xe0"), NONE);
    ck_assert_uint_eq(r->c->gpr[EAX] & 0x3f, FSW_IE);
    fpu_leave(r->c);
    ck_assert_uint_eq(get_le64(r->c->fpu.st[7]), 0xc000000000000000);
    ck_assert_uint_eq(get_le16(r->c->fpu.st[7] + 8), 0xffff);
    rig_free(r);
}
END_TEST

/* What FLDENV takes the pointers from, in each layout; what is not in one becomes 0. */
START_TEST(env_loaded)
{
    static const struct {
        bool real;
        const char *code;
        unsigned n;
        u32 fip, fcs, fop, fdp, fds;
    } t[] = {
        {false, CODE_OF("\xd9\x25\x00\x00\x04\x00"), 0x07070606, 0x0808, 0x109, 0x0b0b0a0a, 0x0c0c},
        {false, CODE_OF("\x66\xd9\x25\x00\x00\x04\x00"), 0x0303, 0x0404, 0, 0x0505, 0x0606},
        {true, CODE_OF("\xd9\x26\x00\x00"), 0x10303, 0, 0x404, 0x20505, 0},
        {true, CODE_OF("\x66\xd9\x26\x00\x00"), 0x10606, 0, 0, 0x20a0a, 0},
    };
    struct rig *r = t[_i].real ? rig_new("pentium3") : new_rig("pentium3");
    struct cpu *c = r->c;
    for (u32 i = 3; i < 14; i++)
        wr16(r, DATA + 2 * i, (u16)(i << 8 | i));
    wr32(r, DATA, 0x37f);
    if (t[_i].real) { /* the upper bits of an address lie four further up */
        bool wide = t[_i].n == 5;
        wr16(r, DATA + (wide ? 16 : 8), (u16)(0x1000 | (wide ? 0 : 0x404)));
        wr16(r, DATA + (wide ? 24 : 12), 0x2000);
        wr16(r, DATA + 26, 0);
        if (wide)
            wr16(r, DATA + 18, 0);
        seg_load_real(c, SEG_CS, CODE >> 4);
        seg_load_real(c, SEG_DS, DATA >> 4);
        c->eip = CODE & 15;
        cpu_update_mode(c);
        put_bytes(r, CODE, t[_i].code, t[_i].n);
        PUT(r, CODE + t[_i].n, "\xf4");
        rig_run(r, 10);
        ck_assert(c->halted);
    } else {
        ck_assert_int_eq(run_code(r, t[_i].code, t[_i].n), NONE);
    }
    fpu_leave(c);
    ck_assert_uint_eq(c->fpu.fip, t[_i].fip);
    ck_assert_uint_eq(c->fpu.fcs, t[_i].fcs);
    ck_assert_uint_eq(c->fpu.fop, t[_i].fop);
    ck_assert_uint_eq(c->fpu.fdp, t[_i].fdp);
    ck_assert_uint_eq(c->fpu.fds, t[_i].fds);
    rig_free(r);
}
END_TEST

/* FNSAVE and FRSTOR, FXSAVE and FXRSTOR bring back what was there. */
START_TEST(save_restore)
{
    static const struct {
        const char *code;
        unsigned n;
    } t[] = {
        /* fnsave [DATA]; frstor [DATA], both sizes */
        {CODE_OF("\xdd\x35\x00\x00\x04\x00\xdd\x25\x00\x00\x04\x00")},
        {CODE_OF("\x66\xdd\x35\x00\x00\x04\x00\x66\xdd\x25\x00\x00\x04\x00")},
        /* fxsave [DATA]; fninit; xorps xmm1, xmm1; fxrstor [DATA] */
        {CODE_OF("\x0f\xae\x05\x00\x00\x04\x00\xdb\xe3\x0f\x57\xc9\x0f\xae\x0d\x00\x00\x04\x00")},
    };
    struct rig *r = new_rig("pentium3");
    struct cpu_fpu before;
    for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
        /* fninit; fldpi; fld1; fdecstp; fldln2; ffree st(1) */
        ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\xeb\xd9\xe8\xd9\xf6\xd9\xed\xdd\xc1"), NONE);
        fpu_leave(r->c);
        put_le64(r->c->fpu.xmm[1], 0x0123456789abcdef);
        before = r->c->fpu;
        ck_assert_int_eq(run_code(r, t[i].code, t[i].n), NONE);
        fpu_leave(r->c);
        ck_assert_uint_eq(before.fcw, r->c->fpu.fcw);
        ck_assert_uint_eq(before.fsw, r->c->fpu.fsw);
        ck_assert_uint_eq(before.ftw, r->c->fpu.ftw);
        ck_assert_uint_eq(before.fip & 0xffff, r->c->fpu.fip & 0xffff);
        ck_assert_mem_eq(before.st, r->c->fpu.st, sizeof before.st);
        ck_assert_mem_eq(before.xmm, r->c->fpu.xmm, sizeof before.xmm);
    }
    rig_free(r);
}
END_TEST

START_TEST(fxsave_checks)
{
    struct rig *r = new_rig("pentium3");
    ck_assert_int_eq(RUN(r, "\x0f\xae\x05\x08\x00\x04\x00"), VEC_GP);
    ck_assert_int_eq(RUN(r, "\x0f\xae\x05\x00\x00\x04\x00"), NONE);
    wr32(r, DATA + 24, 0x11f80);
    ck_assert_int_eq(RUN(r, "\x0f\xae\x0d\x00\x00\x04\x00"), VEC_GP);
    wr32(r, DATA, 0x1fc0); /* DAZ does not exist on a Pentium III */
    ck_assert_int_eq(RUN(r, "\x0f\xae\x15\x00\x00\x04\x00"), VEC_GP);
    wr32(r, DATA, 0xffbf);
    ck_assert_int_eq(RUN(r, "\x0f\xae\x15\x00\x00\x04\x00"), NONE);
    rig_free(r);
}
END_TEST

/* ---- MMX ---- */

START_TEST(mmx_aliases)
{
    struct rig *r = new_rig("pentium3");
    wr32(r, DATA, 0x11223344);
    /* fninit; fldpi; fld1; movd mm5, [DATA] */
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\xeb\xd9\xe8\x0f\x6e\x2d\x00\x00\x04\x00"), NONE);
    fpu_leave(r->c);
    ck_assert_uint_eq(r->c->fpu.fsw & FSW_TOP, 0);
    ck_assert_uint_eq(r->c->fpu.ftw, 0xff);
    ck_assert_uint_eq(get_le64(r->c->fpu.st[5]), 0x11223344);
    ck_assert_uint_eq(get_le16(r->c->fpu.st[5] + 8), 0xffff);
    ck_assert_uint_eq(get_le64(r->c->fpu.st[7]), 0xc90fdaa22168c235); /* pi is MM7 */
    /* emms; fnstenv: all empty; x87 works again */
    ck_assert_int_eq(RUN(r, "\x0f\x77\xd9\x35\x00\x00\x04\x00\xd9\xe8\xdf\xe0"), NONE);
    ck_assert_uint_eq(rd16(r, DATA + 8), 0xffff);
    ck_assert_uint_eq(r->c->gpr[EAX] & 0xffff, 0x3800);
    rig_free(r);
}
END_TEST

/* A memory operand that faults leaves the x87 state as it was. */
START_TEST(mmx_fault_changes_nothing)
{
    struct rig *r = new_rig("pentium3");
    set_segment(r, SEG_ES, SEL_SMALL, DATA, 0xff, 0x40f3);
    /* fninit; fld1; paddb mm0, es:[fdh] */
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\xe8\x26\x0f\xfc\x05\xfd\x00\x00\x00"), VEC_GP);
    fpu_leave(r->c);
    ck_assert_uint_eq(r->c->fpu.fsw, 0x3800);
    ck_assert_uint_eq(r->c->fpu.ftw, 0x80);
    rig_free(r);
}
END_TEST

/* ---- SSE ---- */

START_TEST(sse_alignment)
{
    struct rig *r = new_rig("pentium3");
    ck_assert_int_eq(RUN(r, "\x0f\x28\x05\x04\x00\x04\x00"), VEC_GP); /* movaps */
    ck_assert_int_eq(RUN(r, "\x0f\x58\x05\x04\x00\x04\x00"), VEC_GP); /* addps */
    ck_assert_int_eq(RUN(r, "\x0f\x29\x05\x04\x00\x04\x00"), VEC_GP);
    ck_assert_int_eq(RUN(r, "\xf3\x0f\x58\x05\x05\x00\x04\x00"), NONE); /* addss */
    wr32(r, DATA + 0xffc, 0x11111111);
    wr32(r, DATA + 0x1000, 0x22222222);
    ck_assert_int_eq(RUN(r, "\x0f\x10\x0d\xfc\x0f\x04\x00\x0f\x11\x0d\xfa\x1f\x04\x00"), NONE);
    ck_assert_uint_eq(rd32(r, DATA + 0x1ffa), 0x11111111); /* movups across pages */
    ck_assert_uint_eq(rd32(r, DATA + 0x1ffe), 0x22222222);
    rig_free(r);
}
END_TEST

START_TEST(sse_unmasked)
{
    struct rig *r = new_rig("pentium3");
    wr32(r, DATA, MXCSR_INIT & ~(FSW_ZE << 7));
    wr32(r, DATA + 4, 0x3f800000);
    /* ldmxcsr; movss xmm0, [DATA+4]; xorps xmm1, xmm1; divss xmm0, xmm1 */
#define DIVIDE_SS                                                                                  \
    "\x0f\xae\x15\x00\x00\x04\x00\xf3\x0f\x10\x05\x04\x00\x04\x00\x0f\x57\xc9\xf3\x0f\x5e\xc1"
    ck_assert_int_eq(RUN(r, DIVIDE_SS), VEC_XM);
    fpu_leave(r->c);
    ck_assert_uint_eq(r->c->fpu.mxcsr, (MXCSR_INIT & ~(FSW_ZE << 7)) | FSW_ZE);
    ck_assert_uint_eq(get_le32(r->c->fpu.xmm[0]), 0x3f800000);
    mmu_set_cr4(&r->c->mmu, CR4_OSFXSR);
    fpu_update(r->c);
    ck_assert_int_eq(RUN(r, DIVIDE_SS), VEC_UD);
    wr32(r, DATA, MXCSR_INIT);
    ck_assert_int_eq(RUN(r, DIVIDE_SS "\x0f\xae\x1d\x08\x00\x04\x00"), NONE);
    ck_assert_uint_eq(rd32(r, DATA + 8), MXCSR_INIT | FSW_ZE);
    rig_free(r);
}
END_TEST

/* The host's own settings are its own again outside of cpu_run(). */
START_TEST(host_is_left_alone)
{
#if FPU_HOST
    struct rig *r = new_rig("pentium3");
    u16 cw;
    u32 mxcsr;
    wr16(r, DATA, 0x0f3f);
    wr32(r, DATA + 4, 0xff80);
    ck_assert_int_eq(RUN(r, "\xdb\xe3\xd9\x2d\x00\x00\x04\x00\xd9\xeb\x0f\xae\x15\x04\x00\x04\x00"
                            "\x0f\x58\xc0"),
                     NONE);
    __asm__ volatile("fnstcw %0\n\tstmxcsr %1" : "=m"(cw), "=m"(mxcsr));
    ck_assert_uint_eq(cw, 0x037f);
    ck_assert_uint_eq(mxcsr & ~MXCSR_FLAGS, MXCSR_INIT);
    ck_assert_uint_eq(r->c->fpu.live | r->c->fpu.mxcsr_live, 0);
    ck_assert_uint_eq(r->c->fpu.fcw, 0x0f7f);
    rig_free(r);
#endif
}
END_TEST

/* Stopped after every instruction, with the state out and in again, the result is the same. */
START_TEST(parking_is_invisible)
{
    static const char code[] = "\xdb\xe3\xd9\xeb\xd9\xe8\xd9\xfe\xde\xc9\xd9\xfa\xd9\xc0\xd8\xc8"
                               "\x0f\x57\xc9\xf3\x0f\x53\xc1\x0f\x51\xd0\xdd\x1d\x00\x00\x04\x00"
                               "\xd9\xe4\xdf\xe0\xf4";
    struct cpu_fpu whole;
    for (unsigned step = 0; step < 2; step++) {
        struct rig *r = new_rig("pentium3");
        put_bytes(r, CODE, code, sizeof code - 1);
        for (unsigned i = 0; i < 100 && !r->c->halted; i++) {
            rig_run(r, step ? 1 : 1000);
            if (step)
                fpu_loaded(r->c);
        }
        ck_assert(r->c->halted);
        fpu_leave(r->c);
        if (!step)
            whole = r->c->fpu;
        else
            ck_assert_mem_eq(&whole, &r->c->fpu, offsetof(struct cpu_fpu, gate));
        rig_free(r);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("x87, MMX, SSE");
    TCase *t = tcase_create("rules");
    tcase_add_loop_test(t, permission, 0, ARRAY_SIZE(rules));
    tcase_add_test(t, clts_opens);
    tcase_add_test(t, features);
    tcase_add_test(t, undefined_words);
    tcase_add_test(t, mf_at_next_waiting);
    tcase_add_test(t, ferr_pin);
    tcase_add_test(t, unmasked_store_keeps_memory);
    tcase_add_test(t, env_protected_32);
    tcase_add_test(t, env_protected_16);
    tcase_add_test(t, env_real);
    tcase_add_loop_test(t, env_loaded, 0, 4);
    tcase_add_test(t, logarithm_of_one);
    tcase_add_test(t, save_restore);
    tcase_add_test(t, fxsave_checks);
    tcase_add_test(t, mmx_aliases);
    tcase_add_test(t, mmx_fault_changes_nothing);
    tcase_add_test(t, sse_alignment);
    tcase_add_test(t, sse_unmasked);
    tcase_add_test(t, host_is_left_alone);
    tcase_add_test(t, parking_is_invisible);
    suite_add_tcase(s, t);
    SRunner *run = srunner_create(s);
    srunner_run_all(run, CK_NORMAL);
    int failed = srunner_ntests_failed(run);
    srunner_free(run);
    return failed != 0;
}
