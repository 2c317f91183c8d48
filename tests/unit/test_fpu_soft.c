/*
 * test_fpu_soft.c - the portable x87 and SSE arithmetic against the host's own units: every form,
 * random operands rich in special cases, all rounding and precision modes, exceptions masked and
 * unmasked (SSE: masked; the host would raise a signal). Needs an x86-64 host: elsewhere, and with
 * FERRITE_PORTABLE, there is nothing to compare with.
 */
#include "cpu_harness.h"

#include "cpu/decode/decode.h"
#include "cpu/fpu/fpu_soft_sse.h"
#include "cpu/fpu/sse_quick.h"
#include "cpu/fpu/wide.h"
#include "cpu/fpu/x87_pairs.h"
#include "cpu/fpu/x87_quick.h"
#include "cpu/fpu/x87_soft.h"

#include <stdio.h>

#define CASES 400 /* per form; FERRITE_FUZZ multiplies */

static u64 seed = 0x243f6a8885a308d3;

static u64 rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

static unsigned below(unsigned n)
{
    return (unsigned)(rnd() >> 33) % n;
}

static unsigned cases(void)
{
    const char *s = getenv("FERRITE_FUZZ");
    return CASES * (s ? (unsigned)atoi(s) : 1);
}

/* ---- operands ---- */

static u64 random_sig(void)
{
    static const u64 some[] = {0,
                               1,
                               1ull << 63,
                               3ull << 62,
                               0xffffffffffffffff,
                               0x8000000000000001,
                               0x8000000000000400,
                               0x80000000000007ff,
                               0x8000008000000000,
                               0xbfffffffffffffff,
                               0x7fffffffffffffff,
                               0x4000000000000000};
    switch (below(4)) {
    case 0:
        return some[below(ARRAY_SIZE(some))];
    case 1:
        return rnd() << below(64);
    default:
        return rnd();
    }
}

static struct f80 random80(void)
{
    u16 sign = (u16)(below(2) << 15);
    u64 m = random_sig();
    switch (below(10)) {
    case 0: /* zero, denormal, pseudo-denormal */
        return (struct f80){below(3) ? m : 0, sign};
    case 1: /* infinity, NaN, pseudo forms */
        return (struct f80){below(3) ? m | 1ull << 63 : m, sign | 0x7fff};
    case 2: /* unnormal, any exponent */
        return (struct f80){m, sign | (u16)below(0x8000)};
    case 3: /* near the ends of the range */
        return (struct f80){m | 1ull << 63,
                            sign | (u16)(below(2) ? 1 + below(80) : 0x7ffe - below(80))};
    case 4: /* a whole number */
        return fp_to80(fp_from_int((s64)rnd() >> below(64)));
    case 5: /* near the ends of float and double */
        return (struct f80){m | 1ull << 63,
                            sign | (u16)(16383 + (below(2) ? 127 : 1023) * (below(2) ? 1 : -1) +
                                         (int)below(60) - 30)};
    default:
        return (struct f80){m | 1ull << 63, sign | (u16)(16383 - 70 + (int)below(140))};
    }
}

/*
 * A value related to a: same or nearly the same magnitude, so that sums cancel; or about half of a
 * unit in the last place of a or of what lies below it, so that they are rounded.
 */
static struct f80 related80(struct f80 a)
{
    struct f80 b = a;
    if (below(4) == 0 && (a.se & 0x7fff) > 66)
        return (struct f80){1ull << 63, (u16)((a.se ^ below(2) << 15) - 64 - below(2))};
    b.m ^= below(2) ? 0 : rnd() & 0xfff;
    b.se = (u16)(b.se + below(4) - 2);
    b.se ^= (u16)(below(2) << 15);
    return b;
}

static u32 random32(void)
{
    static const u32 some[] = {0,          1,          0x7fffff,   0x800000,
                               0x3f800000, 0x7f7fffff, 0x7f800000, 0x7f800001,
                               0x7fc00000, 0x7fffffff, 0x4effffff, 0x4f000000,
                               0x4b000000, 0x4b000001, 0x3f000000, 0x3fc00000};
    u32 v;
    switch (below(5)) {
    case 0:
        v = some[below(ARRAY_SIZE(some))];
        break;
    case 1:
        v = (u32)rnd() & 0x7fffff; /* denormal */
        break;
    case 2:
        v = (u32)rnd();
        break;
    default:
        v = (127 - 30 + below(60)) << 23;
        v |= ((u32)rnd() & 0x7fffff) >> below(2) * 12 << below(2) * 11;
        v &= 0x7fffffff;
        break;
    }
    return v ^ (u32)below(2) << 31;
}

static u64 random64(void)
{
    static const u64 some[] = {0,
                               1,
                               0xfffffffffffff,
                               0x10000000000000,
                               0x3ff0000000000000,
                               0x7fefffffffffffff,
                               0x7ff0000000000000,
                               0x7ff0000000000001,
                               0x7ff8000000000000,
                               0x41dfffffffc00000,
                               0x41e0000000000000,
                               0x3fe0000000000000,
                               0x47efffffe0000000,
                               0x3810000000000000,
                               0x380fffffffffffff,
                               0x36a0000000000000};
    u64 v;
    switch (below(6)) {
    case 0:
        v = some[below(ARRAY_SIZE(some))];
        break;
    case 1:
        v = rnd() & 0xfffffffffffff;
        break;
    case 2:
        v = rnd();
        break;
    case 3: /* around the range of float */
        v = (u64)(1023 + (below(2) ? 127 : -127) + (int)below(60) - 30) << 52 |
            (rnd() & 0xfffffffffffff);
        break;
    default:
        v = (u64)(1023 - 60 + below(120)) << 52 | (rnd() & 0xfffffffffffff) << below(2) * 29;
        v &= 0x7fffffffffffffff;
        break;
    }
    return v ^ (u64)below(2) << 63;
}

/* ---- x87 ---- */

static void random_x87(struct cpu_fpu *f)
{
    unsigned top = below(8);
    f->fcw = (u16)(0x40 | below(4) << 8 | below(4) << 10 | (below(3) ? 0x3f : below(64)));
    f->fsw = (u16)(top << 11 | (rnd() & 0x4700));
    f->ftw = below(4) ? 0xff : (u8)rnd();
    if (below(4) == 0)
        f->ftw &= (u8) ~(1u << ((top + 7) & 7)); /* room for a push */
    struct f80 a = random80();
    for (unsigned i = 0; i < 8; i++) {
        struct f80 v = i == 0 ? a : below(3) ? random80() : related80(a);
        memset(f->st[(top + i) & 7], 0, 16);
        put_le64(f->st[(top + i) & 7], v.m);
        put_le16(f->st[(top + i) & 7] + 8, v.se);
    }
}

static bool transcendental(const u8 *code)
{
    return code[0] == 0xd9 && ((code[1] >= 0xf0 && code[1] <= 0xf3) || code[1] == 0xf9 ||
                               code[1] == 0xfb || code[1] >= 0xfe);
}

/* Condition codes that the instruction defines; the others keep or lose their value at will. */
static u16 fsw_mask(const u8 *code)
{
    unsigned ext = code[1] >> 3 & 7;
    bool mem = code[1] < 0xc0;
    bool cc = (!(code[0] & 1) && (ext == 2 || ext == 3) && !(code[0] == 0xda && !mem)) ||
              (code[0] == 0xda && code[1] == 0xe9) || (code[0] == 0xdd && !mem && ext >= 4) ||
              (code[0] == 0xd9 &&
               (code[1] == 0xe4 || code[1] == 0xe5 || code[1] == 0xf5 || code[1] == 0xf8));
    return cc ? 0xffff : (u16) ~(FSW_C0 | FSW_C2 | FSW_C3);
}

static void compare(const u8 *code, unsigned n, const struct cpu_fpu *init,
                    const struct cpu_fpu *want, const struct cpu_fpu *got, const u8 *mem0,
                    const u8 *mem_want, const u8 *mem_got)
{
    u16 mask = transcendental(code) ? 0xffff : fsw_mask(code);
    bool same = ((want->fsw ^ got->fsw) & mask) == 0 && want->ftw == got->ftw &&
                want->fcw == got->fcw && memcmp(mem_want, mem_got, 10) == 0;
    for (unsigned i = 0; i < 8; i++)
        if (memcmp(want->st[i], got->st[i], 10) != 0)
            same = false;
    if (same)
        return;
    printf("%02x %02x: FCW %04x FSW %04x tags %02x\n", code[0], code[1], init->fcw, init->fsw,
           init->ftw);
    for (unsigned k = 0; k < 2; k++)
        printf("  ST%u %04x:%016llx\n", k, get_le16(init->st[(FPU_TOP(init) + k) & 7] + 8),
               (unsigned long long)get_le64(init->st[(FPU_TOP(init) + k) & 7]));
    if (n)
        printf("  memory %016llx:%04x\n", (unsigned long long)get_le64(mem0), get_le16(mem0 + 8));
    printf("  host FSW %04x tags %02x, portable FSW %04x tags %02x\n", want->fsw, want->ftw,
           got->fsw, got->ftw);
    for (unsigned i = 0; i < 8; i++)
        if (memcmp(want->st[i], got->st[i], 10) != 0)
            printf("  R%u host %04x:%016llx, portable %04x:%016llx\n", i, get_le16(want->st[i] + 8),
                   (unsigned long long)get_le64(want->st[i]), get_le16(got->st[i] + 8),
                   (unsigned long long)get_le64(got->st[i]));
    if (memcmp(mem_want, mem_got, 10) != 0)
        printf("  stored: host %016llx:%04x, portable %016llx:%04x\n",
               (unsigned long long)get_le64(mem_want), get_le16(mem_want + 8),
               (unsigned long long)get_le64(mem_got), get_le16(mem_got + 8));
    fflush(stdout);
    ck_abort_msg("portable x87 differs from the host at %02x %02x", code[0], code[1]);
}

static void random_memory(u8 opcode, unsigned ext, unsigned n, u8 *mem)
{
    put_le64(mem, rnd());
    put_le16(mem + 8, (u16)rnd());
    if (n == 10 && opcode == 0xdb) {
        struct f80 v = random80();
        put_le64(mem, v.m);
        put_le16(mem + 8, v.se);
    } else if (n == 10) { /* BCD: digits, now and then not */
        for (unsigned i = 0; i < 9 && below(8); i++)
            mem[i] = (u8)(below(10) << 4 | below(10));
        mem[9] = (u8)(below(2) << 7);
    } else if (opcode == 0xd8 || (opcode == 0xd9 && ext == 0)) {
        put_le32(mem, random32());
    } else if (opcode == 0xdc || (opcode == 0xdd && ext == 0)) {
        put_le64(mem, random64());
    }
}

/* Is it an x87 instruction that x87_soft() knows? Not control instructions. [EAX] is enough. */
static bool exists(const struct op *o)
{
    if ((o->flags & OPF_MEM) && (o->modrm & 7) != EAX)
        return false;
    switch (op_operation(o)) {
    case I_fldenv:
    case I_fldcw:
    case I_fnstenv:
    case I_fnstcw:
    case I_frstor:
    case I_fnsave:
    case I_fnstsw:
    case I_fneni:
    case I_fndisi:
    case I_fnclex:
    case I_fninit:
    case I_fnsetpm:
        return false;
    default:
        return op_class(o) == OC_X87 || op_class(o) == OC_FCMOVCC;
    }
}

/* The way for ordinary numbers, by itself: when it takes a case it is right, else it changes
 * nothing. How many it took. */
static unsigned quick_cases;
static void quick_form(const u8 *code, unsigned n, const struct op *o, const struct cpu_fpu *init,
                       const struct cpu_fpu *want, const u8 *mem0, const u8 *mem_want, u32 eflags,
                       u32 eflags_want)
{
    struct cpu_fpu quick = *init;
    u8 mem[16], operand[16];
    u64 fl = fl_from_eflags(eflags);
    memcpy(mem, mem0, 16);
    memcpy(operand, mem0, 16);
    bool took = n ? x87_quick_memory(&quick, code[0], code[1] >> 3 & 7, operand)
                  : x87_quick_register(&quick, code[0], code[1], &fl) ||
                        x87_quick_transcendental(&quick, op_operation(o));
    if (!took) {
        memcpy(quick.scratch, init->scratch, sizeof quick.scratch);
        ck_assert_mem_eq(&quick, init, sizeof quick);
        ck_assert_mem_eq(operand, mem0, 16);
        ck_assert_uint_eq(fl_to_eflags((u32)fl), eflags & EFL_ARITH);
        return;
    }
    quick_cases++;
    if (op_row(o)->attr & A_STORE)
        memcpy(mem, operand, n);
    compare(code, n, init, want, &quick, mem0, mem_want, mem);
    ck_assert_uint_eq(eflags_want & EFL_ARITH, fl_to_eflags((u32)fl));
}

static void one_form(struct rig *r, u8 opcode, u8 modrm)
{
    struct cpu *c = r->c;
    static struct cpu portable;
    u8 code[2] = {opcode, modrm}, fnop[2] = {0xd9, 0xd0};
    bool stored;
    struct op o;
    if (decode_op(c->decoder, MODE_CS32 | MODE_PE, code, 2, &o) != 2 || !exists(&o))
        return;
    unsigned n = op_memory(&o).bytes;
    phys_write(&r->phys, CODE, fnop, 2);
    phys_write(&r->phys, CODE + 2, code, 2);
    for (unsigned k = 0; k < cases(); k++) {
        struct cpu_fpu init;
        u8 mem0[16] = {0}, mem_host[16], mem_soft[16];
        fpu_leave(c);
        random_x87(&c->fpu);
        fpu_loaded(c);
        u32 eflags = EFL_ONE | ((u32)rnd() & EFL_ARITH);
        cpu_set_eflags(c, eflags);
        if (n)
            random_memory(opcode, modrm >> 3 & 7, n, mem0);
        phys_write(&r->phys, DATA, mem0, 16);
        c->gpr[EAX] = DATA;
        c->eip = CODE;
        init = c->fpu;
        portable.fpu = init;
        portable.mmu.cr0 = c->mmu.cr0;
        u32 fl = c->fl;
        ck_assert_int_eq(cpu_run(c, 2), CPU_BUDGET); /* FNOP: then the state is live */
        fpu_leave(c);
        ck_assert_uint_eq(c->eip, CODE + 4);
        phys_read(&r->phys, DATA, mem_host, 16);

        memcpy(mem_soft, mem0, 16);
        u8 operand[16];
        memcpy(operand, mem0, 16);
        x87_soft(&portable, &o, operand, &stored, &fl);
        if (stored)
            memcpy(mem_soft, operand, n);
        compare(code, n, &init, &c->fpu, &portable.fpu, mem0, mem_host, mem_soft);
        ck_assert_uint_eq(cpu_eflags(c) & EFL_ARITH, fl_to_eflags(fl));
        if (!(init.fsw & FSW_ES)) /* the gate is not FPU_LIVE then */
            quick_form(code, n, &o, &init, &c->fpu, mem0, mem_host, eflags, cpu_eflags(c));
    }
}

START_TEST(x87_forms)
{
    struct rig *r = rig_new("pentium4");
    pm_init(r, 0);
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_NE);
    quick_cases = 0;
    for (unsigned modrm = 0; modrm < 256; modrm++)
        one_form(r, (u8)_i, (u8)modrm);
    if (_i != 0xda) /* one form only, and seldom */
        ck_assert_uint_gt(quick_cases, 0);
    rig_free(r);
}
END_TEST

/*
 * The transcendental instructions are computed in integers whatever the host has; its own are
 * another opinion, at most a unit apart.
 */
/* The position of a number among all numbers: neighbours differ by one. */
static __int128 rank_of(const u8 *p)
{
    unsigned exp = get_le16(p + 8) & 0x7fff;
    return ((__int128)(exp ? exp - 1 : 0) << 63) + get_le64(p);
}

/* At most one unit in the last place apart. */
static bool near(const u8 *a, const u8 *b)
{
    __int128 d = rank_of(a) - rank_of(b);
    return (get_le16(a + 8) ^ get_le16(b + 8)) >> 15 == 0 && d >= -1 && d <= 1;
}

#define ON_HOST(name, insn)                                                                        \
    static void name(const u8 *a, const u8 *b, u8 *r)                                              \
    {                                                                                              \
        __asm__ volatile("fldt %2\n\tfldt %1\n\t" insn "\n\tfstpt %0\n\tfninit"                    \
                         : "=m"(*(u8(*)[10])r)                                                     \
                         : "m"(*(const u8(*)[10])a), "m"(*(const u8(*)[10])b));                    \
    }
ON_HOST(host_f2xm1, "f2xm1")
ON_HOST(host_fyl2x, "fyl2x")
ON_HOST(host_fptan, "fptan\n\tfstp %%st(0)")
ON_HOST(host_fpatan, "fpatan")
ON_HOST(host_fyl2xp1, "fyl2xp1")
ON_HOST(host_fsin, "fsin")
ON_HOST(host_fcos, "fcos")

static const struct {
    enum operation what;
    void (*run)(const u8 *a, const u8 *b, u8 *r);
    int lowest, highest; /* exponent of ST0 */
    bool negative;
} on_host[] = {
    {I_f2xm1, host_f2xm1, -60, -1, true},      {I_fyl2x, host_fyl2x, -2000, 2000, false},
    {I_fptan, host_fptan, -60, 20, true},      {I_fpatan, host_fpatan, -80, 80, true},
    {I_fyl2xp1, host_fyl2xp1, -60, -2, false}, {I_fsin, host_fsin, -60, 20, true},
    {I_fcos, host_fcos, -60, 20, true},
};

START_TEST(near_the_host)
{
    unsigned span = (unsigned)(on_host[_i].highest - on_host[_i].lowest + 1);
    for (unsigned k = 0; k < cases(); k++) {
        u8 a[16] = {0}, b[16] = {0}, host[16] = {0}, ours[16] = {0};
        struct fp_env e = {.masks = FCW_MASKS};
        struct big value, second;
        struct f80 x = {rnd() | 1ull << 63, 0}, y = {rnd() | 1ull << 63, 0}, r;
        x.se = (u16)(16383 + on_host[_i].lowest + (int)below(span));
        x.se |= on_host[_i].negative && below(2) ? 0x8000 : 0;
        y.se = (u16)(16383 - 20 + (int)below(40));
        if (on_host[_i].what == I_fpatan && below(2)) /* about as large */
            y.se = (u16)((x.se & 0x7fff) - 1 + (int)below(3));
        x87_store80(a, x);
        x87_store80(b, y);
        on_host[_i].run(a, b, host);
        ck_assert(x87_ordinary(on_host[_i].what, x, y, &value, &second));
        r = fp_to80(big_to_fp(&e, value));
        x87_store80(ours, r);
        ck_assert_msg(near(host, ours),
                      "%s of %04x:%016llx, %04x:%016llx: host %04x:%016llx, %04x:%016llx",
                      operations[on_host[_i].what].text, x.se, (unsigned long long)x.m, y.se,
                      (unsigned long long)y.m, get_le16(host + 8),
                      (unsigned long long)get_le64(host), r.se, (unsigned long long)r.m);
    }
}
END_TEST

/* ---- the functions by pairs of doubles ---- */

static const struct {
    enum pair_function what;
    enum operation operation;
    int lowest, highest; /* exponent of ST0 */
    bool negative;
} in_pairs[] = {
    {PAIR_EXP, I_f2xm1, -45, -1, true},   {PAIR_LOG, I_fyl2x, -45, 62, false},
    {PAIR_LOG, I_fyl2x, -1, 0, false},    {PAIR_TAN, I_fptan, -45, 62, true},
    {PAIR_ATAN, I_fpatan, -45, 62, true}, {PAIR_SIN, I_fsin, -45, 62, true},
    {PAIR_COS, I_fcos, -45, 62, true},    {PAIR_SIN_COS, I_fsincos, -45, 62, true},
};

static void rounds_alike(struct big a, struct big b)
{
    for (unsigned rc = 0; rc < 4; rc++) {
        struct fp_env e = {.rc = rc, .masks = FCW_MASKS}, f = e;
        struct f80 x = fp_to80(big_to_fp(&e, a)), y = fp_to80(big_to_fp(&f, b));
        ck_assert_msg(x.m == y.m && x.se == y.se && e.up == f.up && e.flags == f.flags,
                      "%04x:%016llx for %04x:%016llx", x.se, (unsigned long long)x.m, y.se,
                      (unsigned long long)y.m);
    }
}

/* What they give is what integers give; and they give it nearly always. */
START_TEST(pairs_round_alike)
{
    unsigned span = (unsigned)(in_pairs[_i].highest - in_pairs[_i].lowest + 1), given = 0;
    unsigned n = 5 * cases();
    for (unsigned k = 0; k < n; k++) {
        struct big exact, second, pairs, pairs_second;
        struct f80 x = {rnd() | 1ull << 63, 0}, y = {rnd() | 1ull << 63, 0};
        if (below(4) == 0) /* few bits, as numbers in programs have them */
            x.m &= 0xfffull << 52;
        x.se = (u16)(16383 + in_pairs[_i].lowest + (int)below(span));
        x.se |= in_pairs[_i].negative && below(2) ? 0x8000 : 0;
        y.se = (u16)(16383 - 20 + (int)below(40)) | (below(2) ? 0x8000 : 0);
        if (in_pairs[_i].what == PAIR_ATAN && below(2)) /* about as large */
            y.se = (u16)((x.se & 0x7fff) - 1 + (int)below(3));
        if (!x87_ordinary(in_pairs[_i].operation, x, y, &exact, &second))
            continue;
        if (!pairs_value(in_pairs[_i].what, fp_from80(x), fp_from80(y), &pairs, &pairs_second))
            continue;
        given++;
        rounds_alike(exact, pairs);
        if (in_pairs[_i].what == PAIR_SIN_COS)
            rounds_alike(second, pairs_second);
    }
    ck_assert_uint_gt(given, n / 2); /* small arguments need more than pairs have */
}
END_TEST

/* ---- SSE ---- */

enum { PS, PD, INT };

static const struct sse_case {
    const char *name;
    u8 pfx, opcode;
    u8 kind; /* of the operands */
    soft_fn *fn;
    u8 imm; /* number of immediates, 0 = none */
} sse_cases[] = {
/* clang-format off */
#define FOUR(name, opcode)                                                                       \
    {#name "ps", 0, opcode, PS, s_##name##ps, 0}, {#name "ss", 0xf3, opcode, PS, s_##name##ss, 0}, \
        {#name "pd", 0x66, opcode, PD, s_##name##pd, 0},                                         \
        {#name "sd", 0xf2, opcode, PD, s_##name##sd, 0}
    /* clang-format on */
    FOUR(sqrt, 0x51),
    FOUR(add, 0x58),
    FOUR(mul, 0x59),
    FOUR(sub, 0x5c),
    FOUR(min, 0x5d),
    FOUR(div, 0x5e),
    FOUR(max, 0x5f),
    {"cmpps", 0, 0xc2, PS, s_cmpps, 8},
    {"cmpss", 0xf3, 0xc2, PS, s_cmpss, 8},
    {"cmppd", 0x66, 0xc2, PD, s_cmppd, 8},
    {"cmpsd", 0xf2, 0xc2, PD, s_cmpsd, 8},
    {"cvtps2pd", 0, 0x5a, PS, s_cvtps2pd, 0},
    {"cvtpd2ps", 0x66, 0x5a, PD, s_cvtpd2ps, 0},
    {"cvtss2sd", 0xf3, 0x5a, PS, s_cvtss2sd, 0},
    {"cvtsd2ss", 0xf2, 0x5a, PD, s_cvtsd2ss, 0},
    {"cvtdq2ps", 0, 0x5b, INT, s_cvtdq2ps, 0},
    {"cvtps2dq", 0x66, 0x5b, PS, s_cvtps2dq, 0},
    {"cvttps2dq", 0xf3, 0x5b, PS, s_cvttps2dq, 0},
    {"cvtdq2pd", 0xf3, 0xe6, INT, s_cvtdq2pd, 0},
    {"cvtpd2dq", 0xf2, 0xe6, PD, s_cvtpd2dq, 0},
    {"cvttpd2dq", 0x66, 0xe6, PD, s_cvttpd2dq, 0},
};

static void random_xmm(u8 *p, unsigned kind)
{
    for (unsigned i = 0; i < 4; i++) {
        if (kind == PD) {
            if (i < 2)
                put_le64(p + 8 * i, random64());
        } else {
            put_le32(p + 4 * i, kind == PS ? random32() : (u32)((s64)rnd() >> below(64)));
        }
    }
}

static enum sse_quick quick_of(u8 opcode)
{
    static const struct {
        u8 opcode;
        enum sse_quick what;
    } t[] = {
        {0x51, QUICK_SQRT}, {0x58, QUICK_ADD}, {0x59, QUICK_MUL}, {0x5c, QUICK_SUB},
        {0x5d, QUICK_MIN},  {0x5e, QUICK_DIV}, {0x5f, QUICK_MAX},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(t); i++)
        if (t[i].opcode == opcode)
            return t[i].what;
    return QUICK_NONE;
}

/* The way for ordinary numbers: took it the case? Then it is right. */
static bool sse_quick_form(const struct sse_case *t, u32 mxcsr, union lanes a, union lanes b,
                           const struct cpu_fpu *want)
{
    struct cpu_fpu f = {.sse = SSE_MOVE, .mxcsr = mxcsr};
    bool scalar = t->pfx == 0xf3 || t->pfx == 0xf2;
    unsigned lane = t->kind == PD ? 8 : 4;
    union lanes r = a;
    if (!sse_quick_open(&f) ||
        !sse_quick(quick_of(t->opcode), lane, scalar ? 1 : 16 / lane, r.b, b.b)) {
        ck_assert_mem_eq(&r, &a, 16);
        return false;
    }
    ck_assert_mem_eq(&r, want->xmm[1], 16);
    ck_assert_uint_eq(want->mxcsr, mxcsr);
    return true;
}

START_TEST(sse_forms)
{
    unsigned quick = 0;
    const struct sse_case *t = &sse_cases[_i];
    struct rig *r = rig_new("pentium4");
    struct cpu *c = r->c;
    pm_init(r, 0);
    mmu_set_cr4(&c->mmu, CR4_OSFXSR | CR4_OSXMMEXCPT);
    for (unsigned imm = 0; imm < (t->imm ? t->imm : 1u); imm++) {
        u8 code[5];
        unsigned n = 0;
        if (t->pfx)
            code[n++] = t->pfx;
        code[n++] = 0x0f;
        code[n++] = t->opcode;
        code[n++] = 0xca; /* xmm1, xmm2 */
        if (t->imm)
            code[n++] = (u8)imm;
        phys_write(&r->phys, CODE, code, n);
        for (unsigned k = 0; k < 5 * cases(); k++) {
            fpu_leave(c);
            random_xmm(c->fpu.xmm[1], t->kind);
            random_xmm(c->fpu.xmm[2], t->kind);
            if (below(4) == 0)
                memcpy(c->fpu.xmm[2], c->fpu.xmm[1], 16);
            c->fpu.mxcsr = MXCSR_MASKS | below(4) << 13 | (below(4) ? 0 : MXCSR_FTZ) |
                           (below(4) ? 0 : MXCSR_DAZ) | (below(2) ? FX_P : 0);
            fpu_loaded(c);
            c->eip = CODE;
            union lanes a, b, got;
            memcpy(&a, c->fpu.xmm[1], 16);
            memcpy(&b, c->fpu.xmm[2], 16);
            u32 mxcsr = c->fpu.mxcsr;
            ck_assert_int_eq(cpu_run(c, 1), CPU_BUDGET);
            fpu_leave(c);
            ck_assert_uint_eq(c->eip, CODE + n);
            quick += sse_quick_form(t, mxcsr, a, b, &c->fpu);
            struct fp_env e = s_env(mxcsr);
            e.plain = !(mxcsr >> 13 & 3) && mxcsr & FX_P; /* as in portable builds */
            got = t->fn(&e, a, b, imm);
            if (memcmp(&got, c->fpu.xmm[1], 16) == 0 && (mxcsr | e.flags) == c->fpu.mxcsr)
                continue;
            ck_abort_msg("%s %u, MXCSR %04x\n a %016llx %016llx b %016llx %016llx\n host %016llx "
                         "%016llx flags %02x\n portable %016llx %016llx flags %02x",
                         t->name, imm, mxcsr, (unsigned long long)a.q[1],
                         (unsigned long long)a.q[0], (unsigned long long)b.q[1],
                         (unsigned long long)b.q[0],
                         (unsigned long long)get_le64(c->fpu.xmm[1] + 8),
                         (unsigned long long)get_le64(c->fpu.xmm[1]), c->fpu.mxcsr & 0x3f,
                         (unsigned long long)got.q[1], (unsigned long long)got.q[0], e.flags);
        }
    }
    ck_assert(quick > 0 || quick_of(t->opcode) == QUICK_NONE);
    rig_free(r);
}
END_TEST

/* ---- words of 128 bits in pieces ---- */

START_TEST(wide_pieces)
{
    for (unsigned k = 0; k < 1000 * cases(); k++) {
        u64 a = random_sig(), b = random_sig(), d = b | 1ull << 63, low = random_sig(), lo, rest;
        unsigned __int128 p = (unsigned __int128)a * b, n = (unsigned __int128)a << 64 | low;
        ck_assert_uint_eq(wide_mul_pieces(a, b, &lo), (u64)(p >> 64));
        ck_assert_uint_eq(lo, (u64)p);
        if (a >= d)
            continue;
        ck_assert_uint_eq(wide_div_pieces(a, low, d, &rest), (u64)(n / d));
        ck_assert_uint_eq(rest, (u64)(n % d));
    }
}
END_TEST

int main(void)
{
#if !FPU_HOST
    puts("skipped: no x87 and SSE units of the host to compare with");
    return 0;
#endif
    Suite *s = suite_create("portable floating point");
    TCase *t = tcase_create("x87");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, x87_forms, 0xd8, 0xe0);
    tcase_add_loop_test(t, near_the_host, 0, ARRAY_SIZE(on_host));
    suite_add_tcase(s, t);
    t = tcase_create("sse");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, sse_forms, 0, ARRAY_SIZE(sse_cases));
    suite_add_tcase(s, t);
    t = tcase_create("words");
    tcase_add_test(t, wide_pieces);
    tcase_add_loop_test(t, pairs_round_alike, 0, ARRAY_SIZE(in_pairs));
    suite_add_tcase(s, t);
    SRunner *run = srunner_create(s);
    srunner_run_all(run, CK_NORMAL);
    int failed = srunner_ntests_failed(run);
    srunner_free(run);
    return failed != 0;
}
