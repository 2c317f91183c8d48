/*
 * fpu_soft_sse.c - SSE and SSE2 floating point, lane by lane, in portable arithmetic. SDM vol. 1,
 * 4.8.3.5 (NaNs), 11.5 (exceptions); vol. 2.
 */
#include "cpu/fpu/fpu_soft_sse.h"

#include "cpu/flags.h"
#include "cpu/fpu.h"
#include "cpu/fpu/host_float.h"

struct fp_env s_env(u32 mxcsr)
{
    unsigned masks = mxcsr >> 7 & MXCSR_FLAGS;
    /* On x86 hosts MXCSR is the guest's: what comes here is what the host is not to compute. */
    bool plain = !FPU_HOST && masks == MXCSR_FLAGS && !(mxcsr >> 13 & 3) && mxcsr & FX_P;
    return (struct fp_env){.rc = mxcsr >> 13 & 3,
                           .masks = masks,
                           .plain = plain,
                           .ftz = (mxcsr & MXCSR_FTZ) && (masks & FX_U),
                           .daz = (mxcsr & MXCSR_DAZ) != 0};
}

/* ---- lanes ---- */

static struct fp operand(const struct fp_env *e, struct fp a)
{
    if (a.denormal && e->daz)
        return (struct fp){.cls = FC_ZERO, .neg = a.neg};
    return a;
}

static struct fp in32(const struct fp_env *e, u32 v)
{
    return operand(e, fp_from32(v));
}

static struct fp in64(const struct fp_env *e, u64 v)
{
    return operand(e, fp_from64(v));
}

static struct fp quiet(struct fp_env *e, struct fp a)
{
    if (a.cls == FC_SNAN)
        e->flags |= FX_I;
    a.cls = FC_QNAN;
    a.sig |= 1ull << 62;
    return a;
}

/* The first NaN of the two, made quiet. */
static bool nan2(struct fp_env *e, struct fp a, struct fp b, struct fp *r)
{
    if (!fp_is_nan(a) && !fp_is_nan(b))
        return false;
    if (a.cls == FC_SNAN || b.cls == FC_SNAN)
        e->flags |= FX_I;
    *r = quiet(e, fp_is_nan(a) ? a : b);
    return true;
}

/*
 * One lane's exceptions into the whole's: invalid and divide-by-zero hide the rest, and an
 * unmasked exception found before the operation stops it.
 */
static void gather(struct fp_env *e, const struct fp_env *lane, bool denormal)
{
    unsigned flags = lane->flags;
    if (flags & (FX_I | FX_Z))
        flags &= FX_I | FX_Z;
    else if (denormal)
        flags = lane->masks & FX_D ? flags | FX_D : FX_D;
    e->flags |= flags;
}

static struct fp arith(struct fp_env *e, const struct fp_format *f, enum arith op, struct fp a,
                       struct fp b)
{
    struct fp_env lane = *e;
    struct fp r;
    lane.flags = 0;
    if (op == ARITH_SQRT)
        a = b;
    bool denormal = (a.denormal || b.denormal) && !fp_is_nan(a) && !fp_is_nan(b);
    if (!nan2(&lane, a, b, &r)) {
        switch (op) {
        case ARITH_ADD:
            r = fp_add(&lane, f, a, b);
            break;
        case ARITH_SUB:
            r = fp_sub(&lane, f, a, b);
            break;
        case ARITH_MUL:
            r = fp_mul(&lane, f, a, b);
            break;
        case ARITH_DIV:
            r = fp_div(&lane, f, a, b);
            break;
        default:
            r = fp_sqrt(&lane, f, b);
            break;
        }
    }
    gather(e, &lane, denormal);
    return r;
}

/* MIN and MAX: the second operand unless the first is strictly less (greater). */
static bool take_first(struct fp_env *e, struct fp a, struct fp b, bool max)
{
    if (fp_is_nan(a) || fp_is_nan(b)) {
        e->flags |= FX_I;
        return false;
    }
    if (a.denormal || b.denormal)
        e->flags |= FX_D;
    int c = fp_compare(a, b);
    return max ? c > 0 : c < 0;
}

#define LANES_PS 4
#define LANES_SS 1
#define LANES_PD 2
#define LANES_SD 1

#define ARITH32(name, op, n)                                                                       \
    union lanes name(struct fp_env *e, union lanes a, union lanes b, u32 imm)                      \
    {                                                                                              \
        (void)imm;                                                                                 \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            if (!e->plain || !host_arith32(op, a.d[i], b.d[i], &a.d[i]))                           \
                a.d[i] = fp_to32(arith(e, &fp_f32, op, in32(e, a.d[i]), in32(e, b.d[i])));         \
        }                                                                                          \
        return a;                                                                                  \
    }
#define ARITH64(name, op, n)                                                                       \
    union lanes name(struct fp_env *e, union lanes a, union lanes b, u32 imm)                      \
    {                                                                                              \
        (void)imm;                                                                                 \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            if (!e->plain || !host_arith64(op, a.q[i], b.q[i], &a.q[i]))                           \
                a.q[i] = fp_to64(arith(e, &fp_f64, op, in64(e, a.q[i]), in64(e, b.q[i])));         \
        }                                                                                          \
        return a;                                                                                  \
    }
#define ARITH(name, op)                                                                            \
    ARITH32(s_##name##ps, op, LANES_PS)                                                            \
    ARITH32(s_##name##ss, op, LANES_SS)                                                            \
    ARITH64(s_##name##pd, op, LANES_PD)                                                            \
    ARITH64(s_##name##sd, op, LANES_SD)
ARITH(add, ARITH_ADD)
ARITH(sub, ARITH_SUB)
ARITH(mul, ARITH_MUL)
ARITH(div, ARITH_DIV)
ARITH(sqrt, ARITH_SQRT)

/* What MIN and MAX hand on is the operand itself; with DAZ a denormal one has become zero. */
#define MINMAX(name, max, lane, in, out, n)                                                        \
    union lanes name(struct fp_env *e, union lanes a, union lanes b, u32 imm)                      \
    {                                                                                              \
        (void)imm;                                                                                 \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            struct fp x = in(e, a.lane[i]), y = in(e, b.lane[i]);                                  \
            bool first = take_first(e, x, y, max);                                                 \
            struct fp r = first ? x : y;                                                           \
            a.lane[i] = r.cls == FC_ZERO ? out(r) : first ? a.lane[i] : b.lane[i];                 \
        }                                                                                          \
        return a;                                                                                  \
    }
MINMAX(s_minps, false, d, in32, fp_to32, LANES_PS)
MINMAX(s_minss, false, d, in32, fp_to32, LANES_SS)
MINMAX(s_minpd, false, q, in64, fp_to64, LANES_PD)
MINMAX(s_minsd, false, q, in64, fp_to64, LANES_SD)
MINMAX(s_maxps, true, d, in32, fp_to32, LANES_PS)
MINMAX(s_maxss, true, d, in32, fp_to32, LANES_SS)
MINMAX(s_maxpd, true, q, in64, fp_to64, LANES_PD)
MINMAX(s_maxsd, true, q, in64, fp_to64, LANES_SD)

/* ---- comparison ---- */

/* -1, 0, 1, or 2 when unordered; QNaNs raise invalid if `signals`. */
static int order(struct fp_env *e, struct fp a, struct fp b, bool signals)
{
    if (fp_is_nan(a) || fp_is_nan(b)) {
        if (signals || a.cls == FC_SNAN || b.cls == FC_SNAN)
            e->flags |= FX_I;
        return 2;
    }
    if (a.denormal || b.denormal)
        e->flags |= FX_D;
    return fp_compare(a, b);
}

static int order32(struct fp_env *e, u32 a, u32 b, bool signals)
{
    int c;
    return host_order32(a, b, &c) ? c : order(e, in32(e, a), in32(e, b), signals);
}

static int order64(struct fp_env *e, u64 a, u64 b, bool signals)
{
    int c;
    return host_order64(a, b, &c) ? c : order(e, in64(e, a), in64(e, b), signals);
}

/* EQ LT LE UNORD NEQ NLT NLE ORD; those with LT and LE in them mind quiet NaNs. */
static bool predicate_signals(u32 imm)
{
    return (imm & 3) == 1 || (imm & 3) == 2;
}

static bool predicate(int c, u32 imm)
{
    unsigned p = imm & 3;
    bool r = p == 0 ? c == 0 : p == 1 ? c == -1 : p == 2 ? c == -1 || c == 0 : c == 2;
    return r ^ (imm >> 2 & 1);
}

#define CMP(name, lane, order_of, n)                                                               \
    union lanes name(struct fp_env *e, union lanes a, union lanes b, u32 imm)                      \
    {                                                                                              \
        for (unsigned i = 0; i < (n); i++)                                                         \
            a.lane[i] = predicate(order_of(e, a.lane[i], b.lane[i], predicate_signals(imm)), imm)  \
                            ? ~(__typeof__(a.lane[0]))0                                            \
                            : 0;                                                                   \
        return a;                                                                                  \
    }
CMP(s_cmpps, d, order32, LANES_PS)
CMP(s_cmpss, d, order32, LANES_SS)
CMP(s_cmppd, q, order64, LANES_PD)
CMP(s_cmpsd, q, order64, LANES_SD)

#define COMI(name, lane, order_of, signals)                                                        \
    union lanes name(struct fp_env *e, union lanes a, union lanes b, u32 imm)                      \
    {                                                                                              \
        (void)imm;                                                                                 \
        int c = order_of(e, a.lane[0], b.lane[0], signals);                                        \
        a.d[0] = c == 2 ? FL_ZF | FL_PF | FL_CF : c == 0 ? FL_ZF : c < 0 ? FL_CF : 0;              \
        return a;                                                                                  \
    }
COMI(s_ucomiss, d, order32, false)
COMI(s_comiss, d, order32, true)
COMI(s_ucomisd, q, order64, false)
COMI(s_comisd, q, order64, true)

/* ---- conversion ---- */

static struct fp convert(struct fp_env *e, const struct fp_format *f, struct fp a)
{
    struct fp_env lane = *e;
    lane.flags = 0;
    struct fp r = fp_is_nan(a) ? quiet(&lane, a) : fp_convert(&lane, f, a);
    gather(e, &lane, a.denormal);
    return r;
}

static u64 widen(struct fp_env *e, u32 v)
{
    u64 r;
    return host_widen(v, &r) ? r : fp_to64(convert(e, &fp_f64, in32(e, v)));
}

static u32 narrow(struct fp_env *e, u64 v)
{
    u32 r;
    return e->plain && host_narrow(v, &r) ? r : fp_to32(convert(e, &fp_f32, in64(e, v)));
}

static u64 from_int64(struct fp_env *e, s32 v)
{
    return HOST_FLOAT ? bits_of_f64(v) : fp_to64(fp_convert(e, &fp_f64, fp_from_int(v)));
}

static u32 from_int32(struct fp_env *e, s32 v)
{
    return HOST_FLOAT && e->plain ? bits_of_f32((float)v)
                                  : fp_to32(fp_convert(e, &fp_f32, fp_from_int(v)));
}

union lanes s_cvtps2pd(struct fp_env *e, union lanes a, union lanes b, u32 imm)
{
    (void)imm;
    for (unsigned i = 0; i < 2; i++)
        a.q[i] = widen(e, b.d[i]);
    return a;
}

union lanes s_cvtss2sd(struct fp_env *e, union lanes a, union lanes b, u32 imm)
{
    (void)imm;
    a.q[0] = widen(e, b.d[0]);
    return a;
}

union lanes s_cvtpd2ps(struct fp_env *e, union lanes a, union lanes b, u32 imm)
{
    (void)imm;
    for (unsigned i = 0; i < 2; i++)
        a.d[i] = narrow(e, b.q[i]);
    a.q[1] = 0;
    return a;
}

union lanes s_cvtsd2ss(struct fp_env *e, union lanes a, union lanes b, u32 imm)
{
    (void)imm;
    a.d[0] = narrow(e, b.q[0]);
    return a;
}

union lanes s_cvtdq2ps(struct fp_env *e, union lanes a, union lanes b, u32 imm)
{
    (void)imm;
    for (unsigned i = 0; i < 4; i++)
        a.d[i] = from_int32(e, b.sd[i]);
    return a;
}

union lanes s_cvtsi2ss(struct fp_env *e, union lanes a, union lanes b, u32 imm)
{
    (void)imm;
    a.d[0] = from_int32(e, b.sd[0]);
    return a;
}

union lanes s_cvtdq2pd(struct fp_env *e, union lanes a, union lanes b, u32 imm)
{
    (void)imm;
    for (unsigned i = 0; i < 2; i++)
        a.q[i] = from_int64(e, b.sd[i]);
    return a;
}

union lanes s_cvtsi2sd(struct fp_env *e, union lanes a, union lanes b, u32 imm)
{
    (void)imm;
    a.q[0] = from_int64(e, b.sd[0]);
    return a;
}

static u32 to_int(struct fp_env *e, struct fp a, bool truncate)
{
    struct fp_env lane = *e;
    s64 v;
    lane.flags = 0;
    if (truncate)
        lane.rc = 3;
    bool ok = fp_to_int(&lane, a, 32, &v);
    e->flags |= lane.flags;
    return ok ? (u32)v : 0x80000000u;
}

static u32 to_int32(struct fp_env *e, u32 v, bool truncate)
{
    s32 r;
    bool host = e->plain && f32_normal(v) && host_integer(f32_of(v), truncate, &r);
    return host ? (u32)r : to_int(e, in32(e, v), truncate);
}

static u32 to_int64(struct fp_env *e, u64 v, bool truncate)
{
    s32 r;
    bool host = e->plain && f64_normal(v) && host_integer(f64_of(v), truncate, &r);
    return host ? (u32)r : to_int(e, in64(e, v), truncate);
}

#define TO_DQ(name, lane, to, n, truncate)                                                         \
    union lanes name(struct fp_env *e, union lanes a, union lanes b, u32 imm)                      \
    {                                                                                              \
        (void)imm;                                                                                 \
        a.q[1] = 0;                                                                                \
        for (unsigned i = 0; i < (n); i++)                                                         \
            a.d[i] = to(e, b.lane[i], truncate);                                                   \
        return a;                                                                                  \
    }
TO_DQ(s_cvtps2dq, d, to_int32, 4, false)
TO_DQ(s_cvttps2dq, d, to_int32, 4, true)
TO_DQ(s_cvtpd2dq, q, to_int64, 2, false)
TO_DQ(s_cvttpd2dq, q, to_int64, 2, true)
TO_DQ(s_cvtss2si, d, to_int32, 1, false)
TO_DQ(s_cvttss2si, d, to_int32, 1, true)
TO_DQ(s_cvtsd2si, q, to_int64, 1, false)
TO_DQ(s_cvttsd2si, q, to_int64, 1, true)
