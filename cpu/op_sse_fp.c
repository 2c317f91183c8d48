/*
 * op_sse_fp.c - SSE and SSE2 floating-point arithmetic, comparisons, conversions, MXCSR. SDM vol.
 * 1, 10.2.3 and 11.5 (SIMD floating-point exceptions).
 *
 * As long as the guest masks all exceptions the host's MXCSR is the guest's (SSE_LIVE): the sticky
 * flags gather there by themselves. With an unmasked exception each operation runs masked with
 * clear flags, and what it raised decides between the result and #XM (sse_run).
 */
#include "cpu/models.h"
#include "cpu/sse_exec.h"
#include "cpu/simd_list.h"
#if FPU_HOST
#include "cpu/fpu_host.h"
#else
#include "cpu/fpu_soft_sse.h"
#endif

/* ---- running an operation ---- */

/* Is any result lane a denormal? With no inexact result that is the underflow of exact results. */
static bool has_denormal(vec v, enum fp_kind kind)
{
    union lanes l = v_lanes(v);
    unsigned n = kind == FP_PS ? 4 : kind == FP_PD ? 2 : kind == FP_NONE ? 0 : 1;
    for (unsigned i = 0; i < n; i++) {
        if (kind == FP_PS || kind == FP_SS) {
            if (!(l.d[i] & 0x7f800000) && (l.d[i] & 0x7fffff))
                return true;
        } else if (!(l.q[i] & 0x7ff0000000000000) && (l.q[i] & 0xfffffffffffff)) {
            return true;
        }
    }
    return false;
}

/* Run fn with this MXCSR and no flags; gives the flags it raised. */
static u32 run_flags(struct cpu *c, sse_fn *fn, vec a, vec b, u32 imm, u32 mxcsr, vec *r)
{
    u32 flags;
    mxcsr = (mxcsr & ~MXCSR_FLAGS) | MXCSR_MASKS;
#if FPU_HOST
    u32 host;
    __asm__ volatile("stmxcsr %0" : "=m"(host));
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
    *r = fn(c, a, b, imm);
    __asm__ volatile("stmxcsr %0" : "=m"(flags));
    __asm__ volatile("ldmxcsr %0" : : "m"(host));
#else
    u32 guest = c->fpu.mxcsr;
    c->fpu.mxcsr = mxcsr;
    *r = fn(c, a, b, imm);
    flags = c->fpu.mxcsr;
    c->fpu.mxcsr = guest;
#endif
    return flags & MXCSR_FLAGS;
}

enum op_status sse_run(struct cpu *c, sse_fn *fn, vec a, vec b, u32 imm, enum fp_kind kind,
                       vec *result)
{
    struct cpu_fpu *f = &c->fpu;
    if (f->sse == SSE_LIVE || sse_go_live(c)) {
        *result = fn(c, a, b, imm);
        return OP_NEXT;
    }
    u32 mxcsr = f->mxcsr, masks = mxcsr >> 7 & MXCSR_FLAGS;
    if (!(masks & FSW_UE))
        mxcsr &= ~MXCSR_FTZ; /* flush-to-zero is a masked response */
    u32 flags = run_flags(c, fn, a, b, imm, mxcsr, result);
    if (!(masks & FSW_UE) && has_denormal(*result, kind))
        flags |= FSW_UE;
    u32 before = flags & (FSW_IE | FSW_DE | FSW_ZE);
    if (before & ~masks)
        flags = before; /* found before the operation is carried out */
    f->mxcsr |= flags;
    if (!(flags & ~masks))
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

static enum op_status slow(struct cpu *c, const struct op *o, sse_fn *fn, unsigned n,
                           enum fp_kind kind)
{
    vec b, r;
    TRY(source(c, o, n, &b));
    TRY(sse_run(c, fn, v_ld16(R(o->r2)), b, o->imm, kind, &r));
    v_st16(R(o->r2), r);
    return OP_NEXT;
}

#define LD_4 v_ld4
#define LD_8 v_ld8
#define LD_16 v_ld16

/* n: bytes of a memory source, aligned when 16. */
#define FP_OP(name, n, kind)                                                                     \
    static vec name##_fn(struct cpu *c, vec a, vec b, u32 imm)                                   \
    {                                                                                            \
        return f_##name(c, a, b, imm);                                                           \
    }                                                                                            \
    static COLD enum op_status name##_slow(struct cpu *c, const struct op *o)                    \
    {                                                                                            \
        return slow(c, o, name##_fn, n, kind);                                                   \
    }                                                                                            \
    static OP_CALL(name##_c, name##_slow)                                                        \
    HANDLER(sse_##name##_r)                                                                      \
    {                                                                                            \
        if (unlikely(c->fpu.sse != SSE_LIVE))                                                    \
            TAIL(name##_c(c, o, fl));                                                            \
        v_st16(R(o->r2), f_##name(c, v_ld16(R(o->r2)), v_ld16(R(o->r1)), o->imm));               \
        NEXT;                                                                                    \
    }                                                                                            \
    HANDLER(sse_##name##_m)                                                                      \
    {                                                                                            \
        if (unlikely(c->fpu.sse != SSE_LIVE))                                                    \
            TAIL(name##_c(c, o, fl));                                                            \
        FPU_ADDR(rd_max, tlb_read, n, name##_c);                                                 \
        if ((n) == 16 && unlikely(lin_ & 15))                                                    \
            TAIL(name##_c(c, o, fl));                                                            \
        v_st16(R(o->r2), f_##name(c, v_ld16(R(o->r2)), LD_##n(p), o->imm));                      \
        NEXT;                                                                                    \
    }
/* MIN and MAX hand on one of their operands: a denormal there is no underflow. */
#define RESULT_sqrt(kind) kind
#define RESULT_add(kind) kind
#define RESULT_sub(kind) kind
#define RESULT_mul(kind) kind
#define RESULT_div(kind) kind
#define RESULT_min(kind) FP_NONE
#define RESULT_max(kind) FP_NONE
#define FP4_OP(opc, name)                                                                        \
    FP_OP(name##ps, 16, RESULT_##name(FP_PS))                                                    \
    FP_OP(name##ss, 4, RESULT_##name(FP_SS))                                                     \
    FP_OP(name##pd, 16, RESULT_##name(FP_PD))                                                    \
    FP_OP(name##sd, 8, RESULT_##name(FP_SD))

SIMD_FP4_OPS(FP4_OP)
FP_OP(cmpps, 16, FP_NONE)
FP_OP(cmpss, 4, FP_NONE)
FP_OP(cmppd, 16, FP_NONE)
FP_OP(cmpsd, 8, FP_NONE)
FP_OP(rcpps, 16, FP_NONE)
FP_OP(rcpss, 4, FP_NONE)
FP_OP(rsqrtps, 16, FP_NONE)
FP_OP(rsqrtss, 4, FP_NONE)
FP_OP(cvtps2pd, 8, FP_NONE)
FP_OP(cvtpd2ps, 16, FP_PS)
FP_OP(cvtss2sd, 4, FP_NONE)
FP_OP(cvtsd2ss, 8, FP_SS)
FP_OP(cvtdq2ps, 16, FP_NONE)
FP_OP(cvtps2dq, 16, FP_NONE)
FP_OP(cvttps2dq, 16, FP_NONE)
FP_OP(cvtdq2pd, 8, FP_NONE)
FP_OP(cvtpd2dq, 16, FP_NONE)
FP_OP(cvttpd2dq, 16, FP_NONE)

/* ---- comparisons into EFLAGS ---- */

#define COMI_OP(name, n)                                                                         \
    static vec name##_fn(struct cpu *c, vec a, vec b, u32 imm)                                   \
    {                                                                                            \
        return f_##name(c, a, b, imm);                                                           \
    }                                                                                            \
    static enum op_status name(struct cpu *c, const struct op *o)                                \
    {                                                                                            \
        vec b, r;                                                                                \
        TRY(source(c, o, n, &b));                                                                \
        TRY(sse_run(c, name##_fn, v_ld16(R(o->r2)), b, 0, FP_NONE, &r));                         \
        c->fl = v_lanes(r).d[0];                                                                 \
        return OP_NEXT;                                                                          \
    }                                                                                            \
    OP_CALL(sse_##name, name)
COMI_OP(ucomiss, 4)
COMI_OP(comiss, 4)
COMI_OP(ucomisd, 8)
COMI_OP(comisd, 8)

/* ---- conversions from and to general registers ---- */

#define SI2_OP(name, kind)                                                                       \
    static vec name##_fn(struct cpu *c, vec a, vec b, u32 imm)                                   \
    {                                                                                            \
        return f_##name(c, a, b, imm);                                                           \
    }                                                                                            \
    static enum op_status name(struct cpu *c, const struct op *o)                                \
    {                                                                                            \
        vec r;                                                                                   \
        u32 v;                                                                                   \
        TRY(fpu_open_sse(c, o));                                                                 \
        TRY(rm_load(c, o, 4, &v));                                                               \
        TRY(sse_run(c, name##_fn, v_ld16(R(o->r2)), v_ld4(&v), 0, kind, &r));                    \
        v_st16(R(o->r2), r);                                                                     \
        return OP_NEXT;                                                                          \
    }                                                                                            \
    OP_CALL(sse_##name, name)
SI2_OP(cvtsi2ss, FP_NONE)
SI2_OP(cvtsi2sd, FP_NONE)

#define TO_SI_OP(name, n)                                                                        \
    static vec name##_fn(struct cpu *c, vec a, vec b, u32 imm)                                   \
    {                                                                                            \
        return f_##name(c, a, b, imm);                                                           \
    }                                                                                            \
    static enum op_status name(struct cpu *c, const struct op *o)                                \
    {                                                                                            \
        vec b, r;                                                                                \
        TRY(source(c, o, n, &b));                                                                \
        TRY(sse_run(c, name##_fn, b, b, 0, FP_NONE, &r));                                        \
        REG32(o->r2) = v_lanes(r).d[0];                                                          \
        return OP_NEXT;                                                                          \
    }                                                                                            \
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
static enum op_status from_mmx(struct cpu *c, const struct op *o, sse_fn *fn, bool both)
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
    TRY(sse_run(c, fn, a, b, 0, FP_NONE, &r));
    if (both)
        v_st16(R(o->r2), r);
    else
        v_st8(R(o->r2), r);
    return OP_NEXT;
}

static enum op_status to_mmx(struct cpu *c, const struct op *o, sse_fn *fn, unsigned n)
{
    vec b, r;
    enum op_status s = mmx_allowed(c, o);
    if (s != OP_NEXT)
        return s;
    TRY(source(c, o, n, &b));
    if (n == 8)
        b = v_ld8(&b); /* two lanes; the others must not raise anything */
    fpu_enter_mmx(c);
    TRY(sse_run(c, fn, b, b, 0, FP_NONE, &r));
    v_st8(R(o->r2), r);
    HOST_ST(u16, R(o->r2) + 8, 0xffff);
    return OP_NEXT;
}

static enum op_status cvtpi2ps(struct cpu *c, const struct op *o)
{
    return from_mmx(c, o, cvtdq2ps_fn, false);
}
OP_CALL(sse_cvtpi2ps, cvtpi2ps)

static enum op_status cvtpi2pd(struct cpu *c, const struct op *o)
{
    return from_mmx(c, o, cvtdq2pd_fn, true);
}
OP_CALL(sse_cvtpi2pd, cvtpi2pd)

static enum op_status cvtps2pi(struct cpu *c, const struct op *o)
{
    return to_mmx(c, o, cvtps2dq_fn, 8);
}
OP_CALL(sse_cvtps2pi, cvtps2pi)

static enum op_status cvttps2pi(struct cpu *c, const struct op *o)
{
    return to_mmx(c, o, cvttps2dq_fn, 8);
}
OP_CALL(sse_cvttps2pi, cvttps2pi)

static enum op_status cvtpd2pi(struct cpu *c, const struct op *o)
{
    return to_mmx(c, o, cvtpd2dq_fn, 16);
}
OP_CALL(sse_cvtpd2pi, cvtpd2pi)

static enum op_status cvttpd2pi(struct cpu *c, const struct op *o)
{
    return to_mmx(c, o, cvttpd2dq_fn, 16);
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
