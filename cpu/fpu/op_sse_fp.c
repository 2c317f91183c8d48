/*
 * op_sse_fp.c - SSE and SSE2 floating-point arithmetic, comparisons, conversions, MXCSR. SDM vol.
 * 1, 10.2.3 and 11.5 (SIMD floating-point exceptions).
 *
 * As long as the guest masks all exceptions the host's MXCSR is the guest's (SSE_LIVE): the sticky
 * flags gather there by themselves. With an unmasked exception, and in portable builds, the
 * operation is computed in portable arithmetic, which knows what the unmasked responses are.
 */
#include "cpu/decode/simd_list.h"
#include "cpu/fpu/fpu_soft_sse.h"
#include "cpu/fpu/sse_approx.h"
#include "cpu/fpu/sse_exec.h"
#include "cpu/fpu/sse_quick.h"
#if FPU_HOST
#include "cpu/fpu/fpu_host.h"
#define HOST_FN(name) name##_fn
#define HOST_FN_DEF(name)                                                                          \
    static vec name##_fn(struct cpu *c, vec a, vec b, u32 imm)                                     \
    {                                                                                              \
        return f_##name(c, a, b, imm);                                                             \
    }
#define HOST_RESULT(name, a, b, imm) f_##name(c, a, b, imm)
#else
#define HOST_FN(name) NULL
#define HOST_FN_DEF(name)
#define HOST_RESULT(name, a, b, imm) (a) /* never reached: nothing goes live */
#endif
/* Nothing goes live in portable builds, which have their own way for ordinary numbers. */
#define WAY_FOR_ORDINARY(what, lane, n, from, slow)                                                \
    if (!FPU_HOST) {                                                                               \
        if (!sse_quick_open(&c->fpu) || !sse_quick(what, lane, n, R(o->r2), from))                 \
            TAIL(slow(c, o, fl));                                                                  \
        NEXT;                                                                                      \
    }

/* One operation: on the host's unit, and in portable arithmetic. */
typedef vec host_fn(struct cpu *c, vec a, vec b, u32 imm);
struct sse_op {
    host_fn *host;
    soft_fn *soft;
};
#define OP(name) ((struct sse_op){HOST_FN(name), s_##name})

/* Run it under the guest's MXCSR: the result, or #XM (#UD without CR4.OSXMMEXCPT). */
static enum op_status sse_run(struct cpu *c, struct sse_op op, vec a, vec b, u32 imm, vec *result)
{
    struct cpu_fpu *f = &c->fpu;
    if (f->sse == SSE_LIVE || sse_go_live(c)) {
        *result = op.host(c, a, b, imm);
        return OP_NEXT;
    }
    struct fp_env e = s_env(f->mxcsr);
    union lanes r = op.soft(&e, v_lanes(a), v_lanes(b), imm);
    *result = v_from(&r);
    unsigned before = e.flags & (FX_I | FX_D | FX_Z);
    if (before & ~e.masks)
        e.flags = before; /* found before the operation is carried out */
    f->mxcsr |= e.flags;
    if (!(e.flags & ~e.masks))
        return OP_NEXT;
    if (c->mmu.cr4 & CR4_OSXMMEXCPT)
        return cpu_fault(c, VEC_XM, "SIMD floating-point exception: MXCSR %04x", f->mxcsr);
    return cpu_fault(c, VEC_UD, "SIMD floating-point exception with CR4.OSXMMEXCPT clear");
}

/* ---- packed and scalar operations from and to XMM registers ---- */

/* The source: an XMM register, or n bytes of memory. */
static enum op_status source(struct cpu *c, const struct op *o, unsigned n, vec *b)
{
    if (!(o->flags & OPF_MEM)) {
        TRY(fpu_open_sse(c, o));
        *b = v_ld16(R(o->r1));
        return OP_NEXT;
    }
    TRY(sse_fetch(c, o, n, n == 16));
    *b = n == 16 ? v_ld16(c->fpu.scratch) : n == 8 ? v_ld8(c->fpu.scratch) : v_ld4(c->fpu.scratch);
    return OP_NEXT;
}

static enum op_status slow(struct cpu *c, const struct op *o, struct sse_op op, unsigned n)
{
    vec b, r;
    TRY(source(c, o, n, &b));
    TRY(sse_run(c, op, v_ld16(R(o->r2)), b, o->imm, &r));
    v_st16(R(o->r2), r);
    return OP_NEXT;
}

#define LD_4 v_ld4
#define LD_8 v_ld8
#define LD_16 v_ld16

#define FP_M_FORM(K, suffix, name, n, what, lane, lanes)                                           \
    exec_fn sse_##name##_m##suffix;                                                                \
    HANDLER(sse_##name##_m##suffix)                                                                \
    {                                                                                              \
        if ((FPU_HOST || (what) == QUICK_NONE) && unlikely(c->fpu.sse != SSE_LIVE))                \
            TAIL(name##_c(c, o, fl));                                                              \
        FPU_AT_##K(rd_max, tlb_read, n, name##_c);                                                 \
        if ((n) == 16 && unlikely(lin_ & 15))                                                      \
            TAIL(name##_c(c, o, fl));                                                              \
        WAY_FOR_ORDINARY(what, lane, lanes, p, name##_c)                                           \
        v_st16(R(o->r2), HOST_RESULT(name, v_ld16(R(o->r2)), LD_##n(p), o->imm));                  \
        NEXT;                                                                                      \
    }

/* n: bytes of a memory source, aligned when 16. what, lane, lanes: sse_quick(). */
#define FP_OP(name, n) FP_OP_(name, n, QUICK_NONE, 4, 0)
#define FP_OP_(name, n, what, lane, lanes)                                                         \
    HOST_FN_DEF(name)                                                                              \
    static COLD enum op_status name##_slow(struct cpu *c, const struct op *o)                      \
    {                                                                                              \
        return slow(c, o, OP(name), n);                                                            \
    }                                                                                              \
    static OP_CALL(name##_c, name##_slow) HANDLER(sse_##name##_r)                                  \
    {                                                                                              \
        WAY_FOR_ORDINARY(what, lane, lanes, R(o->r1), name##_c)                                    \
        if (unlikely(c->fpu.sse != SSE_LIVE))                                                      \
            TAIL(name##_c(c, o, fl));                                                              \
        v_st16(R(o->r2), HOST_RESULT(name, v_ld16(R(o->r2)), v_ld16(R(o->r1)), o->imm));           \
        NEXT;                                                                                      \
    }                                                                                              \
    FPU_KINDS(FP_M_FORM, name, n, what, lane, lanes)                                               \
    FPU_FAMILY(sse_##name##_m, sse_##name##_m_B, sse_##name##_m_X);
#define QUICK_sqrt QUICK_SQRT
#define QUICK_add QUICK_ADD
#define QUICK_mul QUICK_MUL
#define QUICK_sub QUICK_SUB
#define QUICK_min QUICK_MIN
#define QUICK_div QUICK_DIV
#define QUICK_max QUICK_MAX
#define FP4_OP(opc, name)                                                                          \
    FP_OP_(name##ps, 16, QUICK_##name, 4, 4)                                                       \
    FP_OP_(name##ss, 4, QUICK_##name, 4, 1)                                                        \
    FP_OP_(name##pd, 16, QUICK_##name, 8, 2)                                                       \
    FP_OP_(name##sd, 8, QUICK_##name, 8, 1)

SIMD_FP4_OPS(FP4_OP)
FP_OP(cmpps, 16)
FP_OP(cmpss, 4)
FP_OP(cmppd, 16)
FP_OP(cmpsd, 8)
FP_OP(cvtps2pd, 8)
FP_OP(cvtpd2ps, 16)
FP_OP(cvtss2sd, 4)
FP_OP(cvtsd2ss, 8)
FP_OP(cvtdq2ps, 16)
FP_OP(cvtps2dq, 16)
FP_OP(cvttps2dq, 16)
FP_OP(cvtdq2pd, 8)
FP_OP(cvtpd2dq, 16)
FP_OP(cvttpd2dq, 16)

/* RCP and RSQRT raise nothing and do not look at MXCSR; the same on every host (sse_approx.h). */
static enum op_status approximate(struct cpu *c, const struct op *o, unsigned n, u32 (*f)(u32))
{
    vec b;
    TRY(source(c, o, n, &b));
    union lanes r = v_lanes(v_ld16(R(o->r2))), from = v_lanes(b);
    for (unsigned i = 0; i < n / 4; i++)
        r.d[i] = f(from.d[i]);
    v_st16(R(o->r2), v_from(&r));
    return OP_NEXT;
}
#define APPROX_OP(name, n, f)                                                                      \
    static enum op_status name(struct cpu *c, const struct op *o)                                  \
    {                                                                                              \
        return approximate(c, o, n, f);                                                            \
    }                                                                                              \
    OP_CALL(sse_##name##_m, name)                                                                  \
    FPU_FAMILY(sse_##name##_m, NULL, NULL);                                                        \
    HANDLER(sse_##name##_r)                                                                        \
    {                                                                                              \
        TAIL(sse_##name##_m(c, o, fl));                                                            \
    }
APPROX_OP(rcpps, 16, sse_rcp)
APPROX_OP(rcpss, 4, sse_rcp)
APPROX_OP(rsqrtps, 16, sse_rsqrt)
APPROX_OP(rsqrtss, 4, sse_rsqrt)

/* ---- comparisons into EFLAGS ---- */

#define COMI_OP(name, n)                                                                           \
    HOST_FN_DEF(name)                                                                              \
    static enum op_status name(struct cpu *c, const struct op *o)                                  \
    {                                                                                              \
        vec b, r;                                                                                  \
        TRY(source(c, o, n, &b));                                                                  \
        TRY(sse_run(c, OP(name), v_ld16(R(o->r2)), b, 0, &r));                                     \
        c->fl = v_lanes(r).d[0];                                                                   \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(sse_##name, name)
COMI_OP(ucomiss, 4)
COMI_OP(comiss, 4)
COMI_OP(ucomisd, 8)
COMI_OP(comisd, 8)

/* ---- conversions from and to general registers ---- */

#define SI2_OP(name)                                                                               \
    HOST_FN_DEF(name)                                                                              \
    static enum op_status name(struct cpu *c, const struct op *o)                                  \
    {                                                                                              \
        vec r;                                                                                     \
        u32 v;                                                                                     \
        TRY(fpu_open_sse(c, o));                                                                   \
        TRY(rm_load(c, o, 4, &v));                                                                 \
        TRY(sse_run(c, OP(name), v_ld16(R(o->r2)), v_ld4(&v), 0, &r));                             \
        v_st16(R(o->r2), r);                                                                       \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(sse_##name, name)
SI2_OP(cvtsi2ss)
SI2_OP(cvtsi2sd)

#define TO_SI_OP(name, n)                                                                          \
    HOST_FN_DEF(name)                                                                              \
    static enum op_status name(struct cpu *c, const struct op *o)                                  \
    {                                                                                              \
        vec b, r;                                                                                  \
        TRY(source(c, o, n, &b));                                                                  \
        TRY(sse_run(c, OP(name), b, b, 0, &r));                                                    \
        REG32(o->r2) = v_lanes(r).d[0];                                                            \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(sse_##name, name)
TO_SI_OP(cvtss2si, 4)
TO_SI_OP(cvttss2si, 4)
TO_SI_OP(cvtsd2si, 8)
TO_SI_OP(cvttsd2si, 8)

/* ---- conversions from and to MMX registers ---- */

/* The MMX state is entered when memory has been read, before a #XM. */
static enum op_status mmx_allowed(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_sse(c, o));
    return fpu_open_mmx(c, o);
}

/* `both`: the result fills the register. A source in memory leaves the x87 state alone. */
static enum op_status from_mmx(struct cpu *c, const struct op *o, struct sse_op op, bool both)
{
    vec b, r, a = v_ld16(R(o->r2));
    bool mem = o->flags & OPF_MEM;
    enum op_status s = mmx_allowed(c, o);
    if (s != OP_NEXT)
        return s;
    if (mem)
        TRY(sse_fetch(c, o, 8, false));
    else
        fpu_enter_mmx(c);
    b = v_ld8(mem ? c->fpu.scratch : R(o->r1));
    TRY(sse_run(c, op, a, b, 0, &r));
    if (both)
        v_st16(R(o->r2), r);
    else
        v_st8(R(o->r2), r);
    return OP_NEXT;
}

static enum op_status to_mmx(struct cpu *c, const struct op *o, struct sse_op op, unsigned n)
{
    vec b, r;
    enum op_status s = mmx_allowed(c, o);
    if (s != OP_NEXT)
        return s;
    TRY(source(c, o, n, &b));
    if (n == 8)
        b = v_ld8(&b); /* two lanes; the others must not raise anything */
    fpu_enter_mmx(c);
    TRY(sse_run(c, op, b, b, 0, &r));
    v_st8(R(o->r2), r);
    HOST_ST(u16, R(o->r2) + 8, 0xffff);
    return OP_NEXT;
}

static enum op_status cvtpi2ps(struct cpu *c, const struct op *o)
{
    return from_mmx(c, o, OP(cvtdq2ps), false);
}
OP_CALL(sse_cvtpi2ps, cvtpi2ps)

static enum op_status cvtpi2pd(struct cpu *c, const struct op *o)
{
    return from_mmx(c, o, OP(cvtdq2pd), true);
}
OP_CALL(sse_cvtpi2pd, cvtpi2pd)

static enum op_status cvtps2pi(struct cpu *c, const struct op *o)
{
    return to_mmx(c, o, OP(cvtps2dq), 8);
}
OP_CALL(sse_cvtps2pi, cvtps2pi)

static enum op_status cvttps2pi(struct cpu *c, const struct op *o)
{
    return to_mmx(c, o, OP(cvttps2dq), 8);
}
OP_CALL(sse_cvttps2pi, cvttps2pi)

static enum op_status cvtpd2pi(struct cpu *c, const struct op *o)
{
    return to_mmx(c, o, OP(cvtpd2dq), 16);
}
OP_CALL(sse_cvtpd2pi, cvtpd2pi)

static enum op_status cvttpd2pi(struct cpu *c, const struct op *o)
{
    return to_mmx(c, o, OP(cvttpd2dq), 16);
}
OP_CALL(sse_cvttpd2pi, cvttpd2pi)

/* ---- MXCSR ---- */

static enum op_status ldmxcsr(struct cpu *c, const struct op *o)
{
    u64 v = 0;
    TRY(fpu_open_sse(c, o));
    TRY(mem_load(c, o, o->seg, op_ea(c, o), 4, &v));
    if (v & ~(u64)c->fpu.mxcsr_mask)
        return cpu_fault_code(c, VEC_GP, 0, "LDMXCSR: reserved bits in %08x", (u32)v);
    fpu_park_mxcsr(c);
    c->fpu.mxcsr = (u32)v;
    return OP_NEXT;
}
OP_CALL(sse_ldmxcsr, ldmxcsr)

static enum op_status stmxcsr(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_sse(c, o));
    fpu_park_mxcsr(c);
    return mem_store(c, o, o->seg, op_ea(c, o), 4, c->fpu.mxcsr);
}
OP_CALL(sse_stmxcsr, stmxcsr)
