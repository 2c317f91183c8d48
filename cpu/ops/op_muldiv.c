/*
 * op_muldiv.c - MUL IMUL DIV IDIV and the decimal instructions. SDM vol. 2.
 */
#include "cpu/alu.h"
#include "cpu/blocks/handlers.h"

/* ---- MUL, IMUL with the accumulator ---- */

#define STAMP_MUL(W, S, WIDE, LO, SET)                                                             \
    static enum op_status do_mul##W(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        u32 b;                                                                                     \
        TRY(rm_load(c, o, W / 8, &b));                                                             \
        u##WIDE r = (u##WIDE)((u##WIDE)(u##W)LO * (u##W)b);                                        \
        SET(r);                                                                                    \
        c->fl = (u32)alu_mul_fl(W, (u##W)r, r >> W);                                               \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_mul##W, do_mul##W)                                                                \
    static enum op_status do_imul##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        u32 b;                                                                                     \
        TRY(rm_load(c, o, W / 8, &b));                                                             \
        s##WIDE r = (s##WIDE)((s##WIDE)(s##W)LO * (s##W)b);                                        \
        SET(r);                                                                                    \
        c->fl = (u32)alu_mul_fl(W, (u##W)r, r != (s##W)r);                                         \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_imul##W, do_imul##W)
#define SET_AX(r) (REG16(0) = (u16)(r))
#define SET_DXAX(r) (REG16(0) = (u16)(r), REG16(4 * EDX) = (u16)((u32)(r) >> 16))
#define SET_EDXEAX(r) (c->gpr[EAX] = (u32)(r), c->gpr[EDX] = (u32)((u64)(r) >> 32))
STAMP_MUL(8, SIZE_8, 16, REG8(0), SET_AX)
STAMP_MUL(16, SIZE_16, 32, REG16(0), SET_DXAX)
STAMP_MUL(32, SIZE_32, 64, c->gpr[EAX], SET_EDXEAX)

/* ---- IMUL r, r/m (, imm) ---- */

#define MEM_IMUL(K, W, WIDE, nm, other)                                                            \
    static HANDLER(nm##W##_##K)                                                                    \
    {                                                                                              \
        LIN_##K(W / 8, rd_max, exec_##nm##W);                                                      \
        const void *p = tlb_read(c, lin, W / 8);                                                   \
        if (unlikely(!p))                                                                          \
            TAIL(exec_##nm##W(c, o, fl));                                                          \
        s##WIDE r = (s##WIDE)(s##W)HOST_LD(u##W, p) * (s##W)(other);                               \
        REG##W(o->r2) = (u##W)r;                                                                   \
        fl = alu_mul_fl(W, (u##W)r, r != (s##W)r);                                                 \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(nm##W##_##K##_nf)                                                               \
    {                                                                                              \
        LIN_##K(W / 8, rd_max, exec_##nm##W);                                                      \
        const void *p = tlb_read(c, lin, W / 8);                                                   \
        if (unlikely(!p))                                                                          \
            TAIL(exec_##nm##W(c, o, fl));                                                          \
        REG##W(o->r2) = (u##W)((u32)HOST_LD(u##W, p) * (u32)(other));                              \
        NEXT;                                                                                      \
    }
#define STAMP_IMUL2(W, WIDE, nm, other)                                                            \
    static enum op_status do_##nm##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        u32 b;                                                                                     \
        TRY(rm_load(c, o, W / 8, &b));                                                             \
        s##WIDE r = (s##WIDE)(s##W)b * (s##W)(other);                                              \
        REG##W(o->r2) = (u##W)r;                                                                   \
        c->fl = (u32)alu_mul_fl(W, (u##W)r, r != (s##W)r);                                         \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##W, do_##nm##W)                                                              \
    static HANDLER(nm##W##_r)                                                                      \
    {                                                                                              \
        s##WIDE r = (s##WIDE)(s##W)REG##W(o->r1) * (s##W)(other);                                  \
        REG##W(o->r2) = (u##W)r;                                                                   \
        fl = alu_mul_fl(W, (u##W)r, r != (s##W)r);                                                 \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(nm##W##_r_nf)                                                                   \
    {                                                                                              \
        REG##W(o->r2) = (u##W)((u32)REG##W(o->r1) * (u32)(other));                                 \
        NEXT;                                                                                      \
    }                                                                                              \
    FOR_MEM_KINDS(MEM_IMUL, W, WIDE, nm, other)
STAMP_IMUL2(16, 32, imul_ge, REG16(o->r2))
STAMP_IMUL2(32, 64, imul_ge, REG32(o->r2))
STAMP_IMUL2(16, 32, imul_gei, o->imm)
STAMP_IMUL2(32, 64, imul_gei, o->imm)

#define IMUL_ENTRIES(nm, W, S)                                                                     \
    [FAMILY_INDEX(S, K_REG, 0)] = nm##W##_r, [FAMILY_INDEX(S, K_REG, 1)] = nm##W##_r_nf,           \
                            [FAMILY_INDEX(S, K_B, 0)] = nm##W##_B,                                 \
                            [FAMILY_INDEX(S, K_B, 1)] = nm##W##_B_nf,                              \
                            [FAMILY_INDEX(S, K_X, 0)] = nm##W##_X,                                 \
                            [FAMILY_INDEX(S, K_X, 1)] = nm##W##_X_nf,                              \
                            [FAMILY_INDEX(S, K_S16, 0)] = nm##W##_S16,                             \
                            [FAMILY_INDEX(S, K_S16, 1)] = nm##W##_S16_nf,                          \
                            [FAMILY_INDEX(S, K_S32, 0)] = nm##W##_S32,                             \
                            [FAMILY_INDEX(S, K_S32, 1)] = nm##W##_S32_nf,
exec_fn *const family_imul_ge[FAMILY_ENTRIES] = {IMUL_ENTRIES(imul_ge, 16, SIZE_16)
                                                     IMUL_ENTRIES(imul_ge, 32, SIZE_32)};
exec_fn *const family_imul_gei[FAMILY_ENTRIES] = {IMUL_ENTRIES(imul_gei, 16, SIZE_16)
                                                      IMUL_ENTRIES(imul_gei, 32, SIZE_32)};

/* ---- DIV, IDIV: flags undefined, left alone ---- */

static enum op_status divide_error(struct cpu *c, u32 divisor)
{
    return cpu_fault(c, VEC_DE,
                     divisor ? "the quotient does not fit (divisor %x)"
                             : "division by zero (divisor %x)",
                     divisor);
}

#define STAMP_DIV(W, WIDE, DIVIDEND, SET)                                                          \
    static enum op_status do_div##W(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        u32 b;                                                                                     \
        TRY(rm_load(c, o, W / 8, &b));                                                             \
        u##WIDE a = (u##WIDE)(DIVIDEND);                                                           \
        if (!b || a / b > (u##W) ~0)                                                               \
            return divide_error(c, b);                                                             \
        u##WIDE q = (u##WIDE)(a / b), r = (u##WIDE)(a % b);                                        \
        SET(q, r);                                                                                 \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_div##W, do_div##W)                                                                \
    static enum op_status do_idiv##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        u32 b;                                                                                     \
        TRY(rm_load(c, o, W / 8, &b));                                                             \
        s64 a = (s##WIDE)(DIVIDEND), d = (s##W)b;                                                  \
        /* The most negative dividend by -1 overflows on the host too. */                          \
        if (!d || (d == -1 && a == INT64_MIN))                                                     \
            return divide_error(c, b);                                                             \
        s64 q = a / d, r = a % d;                                                                  \
        if (q != (s##W)q)                                                                          \
            return divide_error(c, b);                                                             \
        SET(q, r);                                                                                 \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_idiv##W, do_idiv##W)
#define DIV_AX(q, r) (REG8(0) = (u8)(q), REG8(1) = (u8)(r))
#define DIV_DXAX(q, r) (REG16(0) = (u16)(q), REG16(4 * EDX) = (u16)(r))
#define DIV_EDXEAX(q, r) (c->gpr[EAX] = (u32)(q), c->gpr[EDX] = (u32)(r))
STAMP_DIV(8, 16, REG16(0), DIV_AX)
STAMP_DIV(16, 32, (u32)REG16(4 * EDX) << 16 | REG16(0), DIV_DXAX)
STAMP_DIV(32, 64, (u64)c->gpr[EDX] << 32 | c->gpr[EAX], DIV_EDXEAX)

/* ---- decimal ---- */

/* SF, ZF, PF of AL; CF and AF given; OF (undefined) as of the addition that was done. */
static void bcd_flags(struct cpu *c, bool cf, bool af, bool of)
{
    c->fl = (u32)(alu_p_fl(8, REG8(0), cf, of, af));
}

static enum op_status daa_das(struct cpu *c, bool subtract)
{
    u8 al = REG8(0);
    bool cf = fl_cf(c->fl), af = c->fl & FL_AF, carry = false;
    u8 old = al;
    if ((al & 15) > 9 || af) {
        unsigned t = subtract ? al - 6u : al + 6u;
        carry = cf || t > 0xff;
        al = (u8)t;
        af = true;
    } else {
        af = false;
    }
    if (old > 0x99 || cf) {
        al = (u8)(subtract ? al - 0x60 : al + 0x60);
        carry = true;
    } else if (!subtract) {
        carry = false;
    }
    REG8(0) = al;
    bool of = subtract ? (old & ~al & 0x80) : (~old & al & 0x80);
    bcd_flags(c, carry, af, of);
    return OP_NEXT;
}
static enum op_status daa(struct cpu *c, const struct op *o)
{
    (void)o;
    return daa_das(c, false);
}
OP_CALL(exec_daa, daa)
static enum op_status das(struct cpu *c, const struct op *o)
{
    (void)o;
    return daa_das(c, true);
}
OP_CALL(exec_das, das)

static enum op_status aaa_aas(struct cpu *c, bool subtract)
{
    bool adjust = (REG8(0) & 15) > 9 || (c->fl & FL_AF);
    if (adjust)
        REG16(0) = (u16)(subtract ? REG16(0) - 0x106 : REG16(0) + 0x106);
    REG8(0) &= 15;
    bcd_flags(c, adjust, adjust, false);
    return OP_NEXT;
}
static enum op_status aaa(struct cpu *c, const struct op *o)
{
    (void)o;
    return aaa_aas(c, false);
}
OP_CALL(exec_aaa, aaa)
static enum op_status aas(struct cpu *c, const struct op *o)
{
    (void)o;
    return aaa_aas(c, true);
}
OP_CALL(exec_aas, aas)

static enum op_status aam(struct cpu *c, const struct op *o)
{
    u8 base = (u8)o->imm, al = REG8(0);
    if (!base)
        return divide_error(c, 0);
    REG8(1) = al / base;
    REG8(0) = al % base;
    bcd_flags(c, false, false, false);
    return OP_NEXT;
}
OP_CALL(exec_aam, aam)

static enum op_status aad(struct cpu *c, const struct op *o)
{
    REG16(0) = (u8)(REG8(0) + REG8(1) * (u8)o->imm);
    bcd_flags(c, false, false, false);
    return OP_NEXT;
}
OP_CALL(exec_aad, aad)
