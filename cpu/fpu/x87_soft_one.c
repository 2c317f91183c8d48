/*
 * x87_soft_one.c - the portable x87: the D9 instructions on the top of the stack: signs, constants,
 * examination, rounding, square root, scaling, remainders. SDM vol. 1, 8.3.4-8.3.8; vol. 2.
 */
#include "cpu/fpu/x87_soft.h"

static void constant(struct cpu *c, enum operation what)
{
    static const struct {
        enum operation what;
        s32 exp;
        u64 hi, lo;
    } k[] = {
        {I_fld1, 0, 0x8000000000000000, 0},
        {I_fldl2t, 1, 0xd49a784bcd1b8afe, 0x492bf6ff4dafdb4c},  /* log2 10 */
        {I_fldl2e, 0, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88},  /* log2 e */
        {I_fldpi, 1, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1},   /* pi */
        {I_fldlg2, -2, 0x9a209a84fbcff798, 0x8f8959ac0b7c9178}, /* log10 2 */
        {I_fldln2, -1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af}, /* ln 2 */
        {I_fldz, 0, 0, 0},
    };
    unsigned n = 0;
    while (k[n].what != what)
        n++;
    struct fp_env e = x87_env(c);
    struct fp r = fp_round(&e, &fp_f80, false, k[n].exp, k[n].hi, k[n].lo);
    x87_push_value(c, fp_to80(r));
}

static void examine(struct cpu *c)
{
    struct f80 v = x87_get(c, 0);
    struct fp a = fp_from80(v);
    u16 cc;
    if (x87_empty(c, 0))
        cc = FSW_C3 | FSW_C0;
    else if (a.cls == FC_BAD)
        cc = 0;
    else if (fp_is_nan(a))
        cc = FSW_C0;
    else if (a.cls == FC_INF)
        cc = FSW_C2 | FSW_C0;
    else if (a.cls == FC_ZERO)
        cc = FSW_C3;
    else
        cc = a.denormal ? FSW_C3 | FSW_C2 : FSW_C2;
    x87_set_cc(c, cc | (v.se >> 15 ? FSW_C1 : 0));
}

/* FCHS (0), FABS (1) */
static void change_sign(struct cpu *c, bool absolute)
{
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        if (!x87_stack_fault(c, false))
            x87_put(c, 0, x87_indefinite());
        return;
    }
    struct f80 v = x87_get(c, 0);
    v.se = absolute ? v.se & 0x7fff : v.se ^ 0x8000;
    x87_put(c, 0, v);
}

static void square_root(struct cpu *c)
{
    if (!x87_have1(c))
        return;
    struct fp_env e = x87_env(c);
    struct fp a = x87_reg(c, 0), r;
    if (!x87_nan1(&e, a, &r))
        r = fp_sqrt(&e, x87_format(c), a);
    if (x87_commit(c, &e, a.denormal))
        x87_put(c, 0, fp_to80(r));
}

static void round_to_integral(struct cpu *c)
{
    if (!x87_have1(c))
        return;
    struct fp_env e = x87_env(c);
    struct fp a = x87_reg(c, 0), r;
    if (!x87_nan1(&e, a, &r))
        r = fp_rint(&e, a);
    if (x87_commit(c, &e, a.denormal))
        x87_put(c, 0, fp_to80(r));
}

static void scale(struct cpu *c)
{
    if (!x87_have2(c))
        return;
    struct fp_env e = x87_env(c), quiet_env = {.rc = 3, .masks = FCW_MASKS};
    struct fp a = x87_reg(c, 0), b = x87_reg(c, 1), r;
    s64 n = 0;
    if (x87_nan2(&e, a, b, &r)) {
        /* r */
    } else if (b.cls == FC_INF) {
        if (b.neg ? a.cls == FC_INF : a.cls == FC_ZERO) {
            e.flags |= FX_I;
            r = fp_indefinite();
        } else {
            r = (struct fp){.cls = b.neg ? FC_ZERO : FC_INF, .neg = a.neg, .sig = 1ull << 63};
        }
    } else if (a.cls != FC_NORM) {
        r = a;
    } else {
        if (!fp_to_int(&quiet_env, b, 32, &n) || n > 70000 || n < -70000)
            n = b.neg ? -70000 : 70000;
        s32 exp = a.exp + (s32)n;
        r = fp_round(&e, &fp_f80, a.neg, exp, a.sig, 0);
        /* Out of reach even of the unmasked responses' exponent adjustment? */
        if ((e.flags & FX_O) && !(e.masks & FX_O) && exp - fp_f80.wrap > fp_f80.emax) {
            r = (struct fp){.cls = FC_INF, .neg = a.neg, .sig = 1ull << 63};
            e.flags |= FX_P;
            e.up = true;
        } else if ((e.flags & FX_U) && !(e.masks & FX_U) && exp + fp_f80.wrap < fp_f80.emin) {
            r = (struct fp){.cls = FC_ZERO, .neg = a.neg};
            e.flags |= FX_P;
            e.up = false;
        }
    }
    if (x87_commit(c, &e, x87_denormal2(a, b)))
        x87_put(c, 0, fp_to80(r));
}

static void extract(struct cpu *c)
{
    x87_set_c1(c, false);
    if (x87_empty(c, 0) || !x87_empty(c, 7)) {
        if (!x87_stack_fault(c, !x87_empty(c, 0))) {
            x87_put(c, 0, x87_indefinite());
            x87_push(c, x87_indefinite());
        }
        return;
    }
    struct fp_env e = x87_env(c);
    struct fp a = x87_reg(c, 0), exp, sig = a;
    if (x87_nan1(&e, a, &sig)) {
        exp = sig;
    } else if (a.cls == FC_INF) {
        exp = a;
        exp.neg = false;
    } else if (a.cls == FC_ZERO) {
        e.flags |= FX_Z;
        exp = (struct fp){.cls = FC_INF, .neg = true, .sig = 1ull << 63};
    } else {
        exp = fp_from_int(a.exp);
        sig.exp = 0;
    }
    if (x87_commit(c, &e, a.denormal)) {
        x87_put(c, 0, fp_to80(exp));
        x87_push(c, fp_to80(sig));
    }
}

/*
 * FPREM, FPREM1. When the exponents are 64 or more apart one instruction reduces by a multiple of
 * 2^(D - N) times the divisor, with the N that Intel's processors take.
 */
static void remainder_op(struct cpu *c, bool nearest)
{
    u16 cc = c->fpu.fsw & (FSW_C0 | FSW_C3); /* stay when there is no quotient */
    c->fpu.fsw &= (u16) ~(FSW_C1 | FSW_C2);
    if (!x87_have2(c))
        return;
    struct fp_env e = x87_env(c);
    struct fp a = x87_reg(c, 0), b = x87_reg(c, 1), r = a;
    if (x87_nan2(&e, a, b, &r)) {
        /* r */
    } else if (a.cls == FC_INF || b.cls == FC_ZERO) {
        e.flags |= FX_I;
        r = fp_indefinite();
    } else if (a.cls == FC_ZERO || b.cls == FC_INF) {
        cc = 0;
        if (a.cls == FC_NORM) { /* unchanged, and no underflow when it is a denormal */
            struct fp_env masked = {.masks = FCW_MASKS};
            r = fp_round(&masked, &fp_f80, a.neg, a.exp, a.sig, 0);
        }
    } else {
        s32 d = a.exp - b.exp;
        u64 q = 0;
        cc = 0;
        unsigned __int128 rest = a.sig;
        s32 exp = b.exp;
        if (d < 64) {
            if (d < 0) { /* smaller already; FPREM1 may still round up when d is -1 */
                exp = a.exp;
            } else {
                /* a.sig * 2^d mod b.sig, and the low bits of the quotient */
                unsigned __int128 div = b.sig;
                if (rest >= div) {
                    rest -= div;
                    q = 1;
                }
                for (s32 i = 0; i < d; i++) {
                    rest <<= 1;
                    q <<= 1;
                    if (rest >= div) {
                        rest -= div;
                        q |= 1;
                    }
                }
            }
            if (nearest && d >= -1) {
                /* compare 2 * rest with the divisor, both on the scale of exp */
                unsigned __int128 twice = rest << 1;
                unsigned __int128 div = (unsigned __int128)b.sig << (b.exp - exp);
                if (twice > div || (twice == div && (q & 1))) {
                    rest = div - rest;
                    a.neg = !a.neg;
                    q++;
                }
            }
        } else {
            unsigned n = ((unsigned)d & 31) | 32;
            unsigned __int128 div = b.sig;
            if (rest >= div)
                rest -= div;
            for (unsigned i = 0; i < n; i++) {
                rest <<= 1;
                if (rest >= div)
                    rest -= div;
            }
            exp = a.exp - (s32)n;
            cc = FSW_C2;
        }
        if (rest == 0)
            r = (struct fp){.cls = FC_ZERO, .neg = x87_reg(c, 0).neg};
        else
            r = fp_round(&e, &fp_f80, a.neg, exp + 64, (u64)(rest >> 64), (u64)rest);
        if (!cc)
            cc = (u16)((q & 4 ? FSW_C0 : 0) | (q & 2 ? FSW_C3 : 0) | (q & 1 ? FSW_C1 : 0));
    }
    if (x87_commit(c, &e, x87_denormal2(x87_reg(c, 0), b))) {
        x87_put(c, 0, fp_to80(r));
        x87_set_cc(c, cc);
    }
}

static void test_zero(struct cpu *c)
{
    x87_compare_cc(c, (struct fp){.cls = FC_ZERO}, true, false, 0);
}

void x87_one_operand(struct cpu *c, enum operation what)
{
    switch (what) {
    case I_fnop:
        break;
    case I_fchs:
    case I_fabs:
        change_sign(c, what == I_fabs);
        break;
    case I_ftst:
        test_zero(c);
        break;
    case I_fxam:
        examine(c);
        break;
    case I_fld1:
    case I_fldl2t:
    case I_fldl2e:
    case I_fldpi:
    case I_fldlg2:
    case I_fldln2:
    case I_fldz:
        constant(c, what);
        break;
    case I_fxtract:
        extract(c);
        break;
    case I_fprem1:
    case I_fprem:
        remainder_op(c, what == I_fprem1);
        break;
    case I_fdecstp:
    case I_fincstp:
        x87_set_c1(c, false);
        x87_set_top(c, FPU_TOP(&c->fpu) + (what == I_fincstp ? 1 : 7));
        break;
    case I_fsqrt:
        square_root(c);
        break;
    case I_frndint:
        round_to_integral(c);
        break;
    case I_fscale:
        scale(c);
        break;
    default:
        x87_transcendental(c, what);
        break;
    }
}
