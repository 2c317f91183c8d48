/*
 * op_sse_int.c - SSE and SSE2: moves, logic, shuffles and the integer instructions. SDM vol. 1,
 * chapters 10 and 11. Nothing here looks at MXCSR. The non-temporal stores are ordinary ones.
 */
#include "cpu/decode/simd_list.h"
#include "cpu/fpu/sse_exec.h"

HANDLER(sse_open)
{
    c->fl = (u32)fl;
    enum op_status s = fpu_open_sse(c, o);
    if (s != OP_NEXT)
        TAIL(exec_status(c, o, s));
    START_OVER;
}

static enum op_status alignment(struct cpu *c, const struct op *o, u32 lin)
{
    (void)o;
    return cpu_fault_code(c, VEC_GP, 0, "SSE operand at %08x is not 16-byte aligned", lin);
}

enum op_status sse_fetch(struct cpu *c, const struct op *o, unsigned n, bool aligned)
{
    u32 lin;
    TRY(fpu_open_sse(c, o));
    if (n != 16)
        return fpu_fetch(c, o, n);
    TRY(seg_read(c, o->seg, op_ea(c, o), 16, &lin));
    if (aligned && (lin & 15))
        return alignment(c, o, lin);
    TRY(lin_check_alignment(c, lin, 16));
    c->slow_op = o;
    fpu_callback(c);
    return lin_load_bytes(c, lin, c->fpu.scratch, 16);
}

enum op_status sse_store(struct cpu *c, const struct op *o, const void *v, unsigned n, bool aligned)
{
    u32 lin;
    TRY(fpu_open_sse(c, o));
    TRY(seg_write(c, o->seg, op_ea(c, o), n, &lin));
    if (aligned && n == 16 && (lin & 15))
        return alignment(c, o, lin);
    TRY(lin_check_alignment(c, lin, n));
    c->slow_op = o;
    fpu_callback(c);
    if (n == 16)
        return lin_store_bytes(c, lin, v, 16);
    return lin_store(c, lin, n, n == 8 ? get_le64(v) : get_le32(v));
}

/* p: source; a: destination register; expr: its new value. */
#define SSE_R(name, expr)                                                                          \
    HANDLER(sse_##name##_r)                                                                        \
    {                                                                                              \
        if (unlikely(c->fpu.sse == SSE_CLOSED))                                                    \
            TAIL(sse_open(c, o, fl));                                                              \
        const u8 *p = R(o->r1);                                                                    \
        vec a = v_ld16(R(o->r2));                                                                  \
        (void)a;                                                                                   \
        v_st16(R(o->r2), expr);                                                                    \
        NEXT;                                                                                      \
    }

#define SSE_M_FORM(K, suffix, name, n, aligned, expr)                                              \
    exec_fn sse_##name##_m##suffix;                                                                \
    HANDLER(sse_##name##_m##suffix)                                                                \
    {                                                                                              \
        if (unlikely(c->fpu.sse == SSE_CLOSED))                                                    \
            TAIL(sse_##name##_slow(c, o, fl));                                                     \
        FPU_AT_##K(rd_max, tlb_read, n, sse_##name##_slow);                                        \
        if ((aligned) && (n) == 16 && unlikely(lin_ & 15))                                         \
            TAIL(sse_##name##_slow(c, o, fl));                                                     \
        vec a = v_ld16(R(o->r2));                                                                  \
        (void)a;                                                                                   \
        v_st16(R(o->r2), expr);                                                                    \
        NEXT;                                                                                      \
    }

#define SSE_M(name, n, aligned, expr)                                                              \
    static COLD HANDLER(sse_##name##_slow)                                                         \
    {                                                                                              \
        enum op_status s = sse_fetch(c, o, n, aligned);                                            \
        if (s != OP_NEXT)                                                                          \
            FAULT_OUT(s);                                                                          \
        const u8 *p = c->fpu.scratch;                                                              \
        vec a = v_ld16(R(o->r2));                                                                  \
        (void)a;                                                                                   \
        v_st16(R(o->r2), expr);                                                                    \
        NEXT_OR_STOP;                                                                              \
    }                                                                                              \
    FPU_KINDS(SSE_M_FORM, name, n, aligned, expr)                                                  \
    FPU_FAMILY(sse_##name##_m, sse_##name##_m_B, sse_##name##_m_X);

#define BINARY(opc, name, feat, n, who)                                                            \
    SSE_R(name, v_##name(a, v_ld16(p)))                                                            \
    SSE_M(name, 16, true, v_##name(a, v_ld16(p)))
SIMD_INT_OPS(BINARY)
BINARY(6c, punpcklqdq, , , )
BINARY(6d, punpckhqdq, , , )

#define SHIFT_IMM(opc, ext, name)                                                                  \
    HANDLER(sse_##name##_i)                                                                        \
    {                                                                                              \
        if (unlikely(c->fpu.sse == SSE_CLOSED))                                                    \
            TAIL(sse_open(c, o, fl));                                                              \
        v_st16(R(o->r1), v_##name(v_ld16(R(o->r1)), v_count((u8)o->imm)));                         \
        NEXT;                                                                                      \
    }
SIMD_SHIFT_IMM(SHIFT_IMM)

/* Byte shifts of the whole register, through a window of zeros. */
#define BYTE_SHIFT(name, at, from)                                                                 \
    HANDLER(sse_##name##_i)                                                                        \
    {                                                                                              \
        if (unlikely(c->fpu.sse == SSE_CLOSED))                                                    \
            TAIL(sse_open(c, o, fl));                                                              \
        u8 window[32] = {0};                                                                       \
        unsigned n = (u8)o->imm > 16 ? 16 : (u8)o->imm;                                            \
        memcpy(window + (at), R(o->r1), 16);                                                       \
        memcpy(R(o->r1), window + (from), 16);                                                     \
        NEXT;                                                                                      \
    }
BYTE_SHIFT(psrldq, 0, n)
BYTE_SHIFT(pslldq, 16, 16 - n)

/* ---- shuffles with an immediate ---- */

static ALWAYS_INLINE vec shuffle32(const u8 *x, const u8 *y, u32 imm)
{
    union lanes r;
    r.d[0] = HOST_LD(u32, x + 4 * (imm & 3));
    r.d[1] = HOST_LD(u32, x + 4 * (imm >> 2 & 3));
    r.d[2] = HOST_LD(u32, y + 4 * (imm >> 4 & 3));
    r.d[3] = HOST_LD(u32, y + 4 * (imm >> 6 & 3));
    return v_from(&r);
}

static ALWAYS_INLINE vec shuffle64(const u8 *x, const u8 *y, u32 imm)
{
    union lanes r;
    r.q[0] = HOST_LD(u64, x + 8 * (imm & 1));
    r.q[1] = HOST_LD(u64, y + 8 * (imm >> 1 & 1));
    return v_from(&r);
}

/* Words of one half; the other half as it is. */
static ALWAYS_INLINE vec shuffle16(const u8 *p, u32 imm, unsigned half)
{
    union lanes s, r;
    memcpy(&s, p, 16);
    r.q[1 - half] = s.q[1 - half];
    for (unsigned i = 0; i < 4; i++)
        r.w[4 * half + i] = s.w[4 * half + (imm >> 2 * i & 3)];
    return v_from(&r);
}

SSE_R(pshufd, shuffle32(p, p, o->imm))
SSE_M(pshufd, 16, true, shuffle32(p, p, o->imm))
SSE_R(pshufhw, shuffle16(p, o->imm, 1))
SSE_M(pshufhw, 16, true, shuffle16(p, o->imm, 1))
SSE_R(pshuflw, shuffle16(p, o->imm, 0))
SSE_M(pshuflw, 16, true, shuffle16(p, o->imm, 0))
SSE_R(shufps, shuffle32(R(o->r2), p, o->imm))
SSE_M(shufps, 16, true, shuffle32(R(o->r2), p, o->imm))
SSE_R(shufpd, shuffle64(R(o->r2), p, o->imm))
SSE_M(shufpd, 16, true, shuffle64(R(o->r2), p, o->imm))

/* ---- loads ---- */

static ALWAYS_INLINE vec low32(vec a, const u8 *p)
{
    union lanes r = v_lanes(a);
    r.d[0] = HOST_LD(u32, p);
    return v_from(&r);
}

static ALWAYS_INLINE vec halves(const u8 *lo, const u8 *hi)
{
    union lanes r;
    r.q[0] = HOST_LD(u64, lo);
    r.q[1] = HOST_LD(u64, hi);
    return v_from(&r);
}

static ALWAYS_INLINE vec insert16(vec a, u16 v, u32 imm)
{
    union lanes r = v_lanes(a);
    r.w[imm & 7] = v;
    return v_from(&r);
}

SSE_R(mova, v_ld16(p))
SSE_M(mova, 16, true, v_ld16(p))
SSE_R(movu, v_ld16(p))
SSE_M(movu, 16, false, v_ld16(p))
SSE_R(movss, low32(a, p))
SSE_M(movss, 4, false, v_ld4(p))
SSE_R(movsd, halves(p, R(o->r2) + 8))
SSE_M(movsd, 8, false, v_ld8(p))
SSE_R(movd, v_ld4(p))
SSE_M(movd, 4, false, v_ld4(p))
SSE_R(movq, v_ld8(p))
SSE_M(movq, 8, false, v_ld8(p))
SSE_M(movlp, 8, false, halves(p, R(o->r2) + 8))
SSE_M(movhp, 8, false, halves(R(o->r2), p))
SSE_R(pinsrw, insert16(a, HOST_LD(u16, p), o->imm))
SSE_M(pinsrw, 2, false, insert16(a, HOST_LD(u16, p), o->imm))

HANDLER(sse_movhlps)
{
    if (unlikely(c->fpu.sse == SSE_CLOSED))
        TAIL(sse_open(c, o, fl));
    HOST_ST(u64, R(o->r2), HOST_LD(u64, R(o->r1) + 8));
    NEXT;
}

HANDLER(sse_movlhps)
{
    if (unlikely(c->fpu.sse == SSE_CLOSED))
        TAIL(sse_open(c, o, fl));
    HOST_ST(u64, R(o->r2) + 8, HOST_LD(u64, R(o->r1)));
    NEXT;
}

/* ---- stores ---- */

#define SSE_ST_FORM(K, suffix, name, n, aligned, from)                                             \
    exec_fn sse_##name##_m##suffix;                                                                \
    HANDLER(sse_##name##_m##suffix)                                                                \
    {                                                                                              \
        if (unlikely(c->fpu.sse == SSE_CLOSED))                                                    \
            TAIL(name##_c(c, o, fl));                                                              \
        FPU_AT_##K(wr_max, tlb_write, n, name##_c);                                                \
        if ((aligned) && (n) == 16 && unlikely(lin_ & 15))                                         \
            TAIL(name##_c(c, o, fl));                                                              \
        memcpy(p, from, n);                                                                        \
        NEXT;                                                                                      \
    }

#define SSE_ST(name, n, aligned, from)                                                             \
    static enum op_status name##_slow(struct cpu *c, const struct op *o)                           \
    {                                                                                              \
        return sse_store(c, o, from, n, aligned);                                                  \
    }                                                                                              \
    static OP_CALL(name##_c, name##_slow) FPU_KINDS(SSE_ST_FORM, name, n, aligned, from)           \
        FPU_FAMILY(sse_##name##_m, sse_##name##_m_B, sse_##name##_m_X);
#define SSE_ST_R(name, expr)                                                                       \
    HANDLER(sse_##name##_r)                                                                        \
    {                                                                                              \
        if (unlikely(c->fpu.sse == SSE_CLOSED))                                                    \
            TAIL(sse_open(c, o, fl));                                                              \
        const u8 *p = R(o->r2);                                                                    \
        u8 *to = R(o->r1);                                                                         \
        expr;                                                                                      \
        NEXT;                                                                                      \
    }

SSE_ST(mova_st, 16, true, R(o->r2))
SSE_ST_R(mova_st, v_st16(to, v_ld16(p)))
SSE_ST(movu_st, 16, false, R(o->r2))
SSE_ST_R(movu_st, v_st16(to, v_ld16(p)))
SSE_ST(movss_st, 4, false, R(o->r2))
SSE_ST_R(movss_st, HOST_ST(u32, to, HOST_LD(u32, p)))
SSE_ST(movsd_st, 8, false, R(o->r2))
SSE_ST_R(movsd_st, HOST_ST(u64, to, HOST_LD(u64, p)))
SSE_ST(movq_st, 8, false, R(o->r2))
SSE_ST_R(movq_st, v_st16(to, v_ld8(p)))
SSE_ST(movd_st, 4, false, R(o->r2))
SSE_ST_R(movd_st, HOST_ST(u32, to, HOST_LD(u32, p)))

SSE_ST(movlp_st, 8, false, R(o->r2))
SSE_ST(movhp_st, 8, false, R(o->r2) + 8)

static enum op_status movnti(struct cpu *c, const struct op *o)
{
    return mem_store(c, o, o->seg, op_ea(c, o), 4, REG32(o->r2));
}
OP_CALL(sse_movnti, movnti)

static enum op_status maskmovdqu(struct cpu *c, const struct op *o)
{
    u32 off = c->gpr[EDI], lin;
    union lanes v, m;
    TRY(fpu_open_sse(c, o));
    if (o->flags & OPF_A16)
        off &= 0xffff;
    memcpy(&v, R(o->r2), 16);
    memcpy(&m, R(o->r1), 16);
    c->slow_op = o;
    TRY(seg_write(c, o->seg, off, 16, &lin));
    TRY(lin_probe_write(c, lin, 16));
    fpu_callback(c);
    for (unsigned i = 0; i < 16; i++)
        if (m.b[i] & 0x80)
            TRY(lin_store(c, lin + i, 1, v.b[i]));
    return OP_NEXT;
}
OP_CALL(sse_maskmovdqu, maskmovdqu)

/* ---- to general registers ---- */

#define SSE_TO_GPR(name, expr)                                                                     \
    HANDLER(sse_##name)                                                                            \
    {                                                                                              \
        if (unlikely(c->fpu.sse == SSE_CLOSED))                                                    \
            TAIL(sse_open(c, o, fl));                                                              \
        const u8 *p = R(o->r1);                                                                    \
        REG32(o->r2) = expr;                                                                       \
        NEXT;                                                                                      \
    }
SSE_TO_GPR(pextrw, HOST_LD(u16, p + 2 * (o->imm & 7)))
SSE_TO_GPR(pmovmskb, v_pmovmskb(v_ld16(p)))
SSE_TO_GPR(movmskps, (u32)(p[3] >> 7 | p[7] >> 7 << 1 | p[11] >> 7 << 2 | p[15] >> 7 << 3))
SSE_TO_GPR(movmskpd, (u32)(p[7] >> 7 | p[15] >> 7 << 1))

/* ---- between MMX and SSE registers ---- */

/* Both kinds of permission, and the MMX state entered. */
static enum op_status mmx_and_sse(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_sse(c, o));
    enum op_status s = fpu_open_mmx(c, o);
    if (s == OP_NEXT)
        fpu_enter_mmx(c);
    return s;
}

static enum op_status movq2dq(struct cpu *c, const struct op *o)
{
    enum op_status s = mmx_and_sse(c, o);
    if (s == OP_NEXT)
        v_st16(R(o->r2), v_ld8(R(o->r1)));
    return s;
}
OP_CALL(sse_movq2dq, movq2dq)

static enum op_status movdq2q(struct cpu *c, const struct op *o)
{
    enum op_status s = mmx_and_sse(c, o);
    if (s != OP_NEXT)
        return s;
    v_st8(R(o->r2), v_ld8(R(o->r1)));
    HOST_ST(u16, R(o->r2) + 8, 0xffff);
    return OP_NEXT;
}
OP_CALL(sse_movdq2q, movdq2q)

/* ---- fences and hints: memory is always in order here ---- */

HANDLER(sse_fence)
{
    (void)c;
    NEXT;
}

static enum op_status clflush(struct cpu *c, const struct op *o)
{
    u64 v;
    return mem_load(c, o, o->seg, op_ea(c, o), 1, &v);
}
OP_CALL(sse_clflush, clflush)
