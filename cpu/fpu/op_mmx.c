/*
 * op_mmx.c - the MMX instructions, with those that came with SSE and SSE2. SDM vol. 1, chapter 9.
 *
 * MMX registers are the significands of the physical x87 registers in struct cpu_fpu; the x87
 * state is parked there while MMX code runs. The gate FPU_MMX says that TOP is 0 and all tags are
 * valid, so that the hot handlers only set the exponent of the register they write.
 */
#include "cpu/blocks/handlers.h"
#include "cpu/decode/simd_list.h"
#include "cpu/fpu/fpu_exec.h"
#include "cpu/fpu/simd.h"

#define R(off) ((u8 *)c + (off))

static ALWAYS_INLINE void put_mmx(struct cpu *c, unsigned off, vec v)
{
    v_st8(R(off), v);
    HOST_ST(u16, R(off) + 8, 0xffff);
}

/* Register forms: open the gate and start over. */
static COLD HANDLER(open_gate)
{
    c->fl = (u32)fl;
    enum op_status s = fpu_open_mmx(c, o);
    if (s != OP_NEXT)
        TAIL(exec_status(c, o, s));
    fpu_enter_mmx(c);
    START_OVER;
}

/* Memory forms: open, fetch n bytes to the scratch area, and only then touch the state. */
static enum op_status slow_fetch(struct cpu *c, const struct op *o, unsigned n)
{
    enum op_status s = OP_NEXT;
    if (c->fpu.gate != FPU_MMX)
        s = fpu_open_mmx(c, o);
    if (s == OP_NEXT)
        s = fpu_fetch(c, o, n);
    if (s == OP_NEXT && c->fpu.gate != FPU_MMX)
        fpu_enter_mmx(c);
    return s;
}

/* A store that faults has set TOP to 0 already, but no tags yet: so the silicon. No load has. */
static enum op_status slow_store(struct cpu *c, const struct op *o, const void *v, unsigned n)
{
    if (c->fpu.gate != FPU_MMX) {
        enum op_status s = fpu_open_mmx(c, o);
        if (s != OP_NEXT) /* it may be OP_JUMP: not for TRY */
            return s;
        c->fpu.fsw &= (u16)~FSW_TOP;
    }
    TRY(fpu_probe(c, o, n));
    memcpy(c->fpu.scratch, v, 8);
    if (c->fpu.gate != FPU_MMX)
        fpu_enter_mmx(c);
    return fpu_put(c, o, n);
}

/* Destination register (modrm.reg), r/m source of n bytes; expr in a, b and p (the source). */
#define MMX_R(name, expr)                                                                          \
    HANDLER(mmx_##name##_r)                                                                        \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_MMX))                                                      \
            TAIL(open_gate(c, o, fl));                                                             \
        const u8 *p = R(o->r1);                                                                    \
        vec a = v_ld8(R(o->r2));                                                                   \
        (void)a;                                                                                   \
        put_mmx(c, o->r2, expr);                                                                   \
        NEXT;                                                                                      \
    }

#define MMX_M_FORM(K, suffix, name, n, expr)                                                       \
    exec_fn mmx_##name##_m##suffix;                                                                \
    HANDLER(mmx_##name##_m##suffix)                                                                \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_MMX))                                                      \
            TAIL(mmx_##name##_slow(c, o, fl));                                                     \
        FPU_AT_##K(rd_max, tlb_read, n, mmx_##name##_slow);                                        \
        vec a = v_ld8(R(o->r2));                                                                   \
        (void)a;                                                                                   \
        put_mmx(c, o->r2, expr);                                                                   \
        NEXT;                                                                                      \
    }

#define MMX_M(name, n, expr)                                                                       \
    static COLD HANDLER(mmx_##name##_slow)                                                         \
    {                                                                                              \
        enum op_status s = slow_fetch(c, o, n);                                                    \
        if (s != OP_NEXT)                                                                          \
            FAULT_OUT(s);                                                                          \
        const u8 *p = c->fpu.scratch;                                                              \
        vec a = v_ld8(R(o->r2));                                                                   \
        (void)a;                                                                                   \
        put_mmx(c, o->r2, expr);                                                                   \
        NEXT_OR_STOP;                                                                              \
    }                                                                                              \
    FPU_KINDS(MMX_M_FORM, name, n, expr)                                                           \
    FPU_FAMILY(mmx_##name##_m, mmx_##name##_m_B, mmx_##name##_m_X);

#define LD_4 v_ld4
#define LD_8 v_ld8
#define BINARY(opc, name, feat, n, who)                                                            \
    MMX_R(name, who##_##name(a, LD_8(p)))                                                          \
    MMX_M(name, n, who##_##name(a, LD_##n(p)))
SIMD_INT_OPS(BINARY)

#define SHIFT_IMM(opc, ext, name)                                                                  \
    HANDLER(mmx_##name##_i)                                                                        \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_MMX))                                                      \
            TAIL(open_gate(c, o, fl));                                                             \
        put_mmx(c, o->r1, v_##name(v_ld8(R(o->r1)), v_count((u8)o->imm)));                         \
        NEXT;                                                                                      \
    }
SIMD_SHIFT_IMM(SHIFT_IMM)

static ALWAYS_INLINE vec pshufw(const u8 *p, u32 imm)
{
    union lanes s, r;
    memcpy(&s, p, 8);
    for (unsigned i = 0; i < 4; i++)
        r.w[i] = s.w[imm >> 2 * i & 3];
    return v_ld8(&r);
}

static ALWAYS_INLINE vec pinsrw(vec a, u16 v, u32 imm)
{
    union lanes r = v_lanes(a);
    r.w[imm & 3] = v;
    return v_from(&r);
}

MMX_R(movd, v_ld4(p))
MMX_M(movd, 4, v_ld4(p))
MMX_R(movq, v_ld8(p))
MMX_M(movq, 8, v_ld8(p))
MMX_R(pshufw, pshufw(p, o->imm))
MMX_M(pshufw, 8, pshufw(p, o->imm))
MMX_R(pinsrw, pinsrw(a, get_le16(p), o->imm))
MMX_M(pinsrw, 2, pinsrw(a, get_le16(p), o->imm))

/* ---- stores and moves to general registers ---- */

HANDLER(mmx_movq_st_r)
{
    if (unlikely(c->fpu.gate != FPU_MMX))
        TAIL(open_gate(c, o, fl));
    put_mmx(c, o->r1, v_ld8(R(o->r2)));
    NEXT;
}

HANDLER(mmx_movd_st_r)
{
    if (unlikely(c->fpu.gate != FPU_MMX))
        TAIL(open_gate(c, o, fl));
    REG32(o->r1) = REG32(o->r2);
    NEXT;
}

#define MMX_ST_FORM(K, suffix, name, n)                                                            \
    exec_fn name##suffix;                                                                          \
    HANDLER(name##suffix)                                                                          \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_MMX))                                                      \
            TAIL(name##_c(c, o, fl));                                                              \
        FPU_AT_##K(wr_max, tlb_write, n, name##_c);                                                \
        memcpy(p, R(o->r2), n);                                                                    \
        NEXT;                                                                                      \
    }

#define MMX_ST(name, n)                                                                            \
    static enum op_status name##_slow(struct cpu *c, const struct op *o)                           \
    {                                                                                              \
        return slow_store(c, o, R(o->r2), n);                                                      \
    }                                                                                              \
    static OP_CALL(name##_c, name##_slow) FPU_KINDS(MMX_ST_FORM, name, n)                          \
        FPU_FAMILY(name, name##_B, name##_X);
MMX_ST(mmx_movq_st_m, 8)
MMX_ST(mmx_movd_st_m, 4)

HANDLER(mmx_pextrw)
{
    if (unlikely(c->fpu.gate != FPU_MMX))
        TAIL(open_gate(c, o, fl));
    REG32(o->r2) = HOST_LD(u16, R(o->r1) + 2 * (o->imm & 3));
    NEXT;
}

HANDLER(mmx_pmovmskb)
{
    if (unlikely(c->fpu.gate != FPU_MMX))
        TAIL(open_gate(c, o, fl));
    REG32(o->r2) = v_pmovmskb(v_ld8(R(o->r1))) & 0xff;
    NEXT;
}

static enum op_status maskmovq(struct cpu *c, const struct op *o)
{
    u32 off = c->gpr[EDI], lin;
    union lanes v, m;
    enum op_status s = fpu_open_mmx(c, o);
    if (s != OP_NEXT)
        return s;
    if (o->flags & OPF_A16)
        off &= 0xffff;
    memcpy(&v, R(o->r2), 8);
    memcpy(&m, R(o->r1), 8);
    c->slow_op = o;
    fpu_enter_mmx(c); /* even when it faults now */
    TRY(seg_write(c, o->seg, off, 8, &lin));
    TRY(lin_probe_write(c, lin, 8));
    fpu_callback(c);
    for (unsigned i = 0; i < 8; i++)
        if (m.b[i] & 0x80)
            TRY(lin_store(c, lin + i, 1, v.b[i]));
    return OP_NEXT;
}
OP_CALL(mmx_maskmovq, maskmovq)

static enum op_status emms(struct cpu *c, const struct op *o)
{
    enum op_status s = fpu_open_mmx(c, o);
    if (s != OP_NEXT)
        return s;
    c->fpu.fsw &= (u16)~FSW_TOP;
    c->fpu.ftw = 0;
    c->fpu.gate = FPU_CLOSED;
    return OP_NEXT;
}
static OP_CALL(emms_slow, emms)

    HANDLER(mmx_emms)
{
    if (unlikely(c->fpu.gate != FPU_MMX))
        TAIL(emms_slow(c, o, fl));
    c->fpu.ftw = 0;
    c->fpu.gate = FPU_CLOSED;
    NEXT;
}
