/*
 * op_alu.c - ADD OR ADC SBB AND SUB XOR CMP TEST INC DEC NEG NOT. SDM vol. 2.
 *
 * Each operation is one line in a list below; the forms (E,G), (G,E), (E,I) in three widths and
 * five kinds of operand are stamped from it. A form with a memory destination always computes the
 * flags: after a store the block may have to stop, and the flags are then seen.
 */
#include "cpu/alu.h"
#include "cpu/blocks/handlers.h"

/* Results without flags, for the forms whose flags nobody reads. */
#define NF_add(a, b) ((a) + (b))
#define NF_or(a, b) ((a) | (b))
#define NF_adc(a, b) ((a) + (b) + (unsigned)fl_cf((u32)fl))
#define NF_sbb(a, b) ((a) - (b) - (unsigned)fl_cf((u32)fl))
#define NF_and(a, b) ((a) & (b))
#define NF_sub(a, b) ((a) - (b))
#define NF_xor(a, b) ((a) ^ (b))
#define NF_inc(a) ((a) + 1)
#define NF_dec(a) ((a)-1)
#define NF_neg(a) (0 - (a))
#define NF_not(a) (~(a))

#define LD(W, p) HOST_LD(u##W, p)
#define ST(W, p, v) HOST_ST(u##W, p, (u##W)(v))
#define IMM(W) ((u##W)o->imm)
#define SRC_EG(W) REG##W(o->r2)
#define SRC_EI(W) IMM(W)

/* ---- generic forms: any operand, out of line ---- */

#define GENERIC_E(nm, W, form)                                                                     \
    static enum op_status do_##nm##_##form##W(struct cpu *c, const struct op *o)                   \
    {                                                                                              \
        u32 a;                                                                                     \
        u64 f = c->fl;                                                                             \
        TRY(rm_probe(c, o, W / 8));                                                                \
        TRY(rm_load(c, o, W / 8, &a));                                                             \
        u##W r = alu_##nm##W((u##W)a, SRC_##form(W), &f);                                          \
        TRY(rm_store(c, o, W / 8, r));                                                             \
        c->fl = (u32)f;                                                                            \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_##form##W, do_##nm##_##form##W)

#define GENERIC_GE(nm, W)                                                                          \
    static enum op_status do_##nm##_GE##W(struct cpu *c, const struct op *o)                       \
    {                                                                                              \
        u32 b;                                                                                     \
        u64 f = c->fl;                                                                             \
        TRY(rm_load(c, o, W / 8, &b));                                                             \
        REG##W(o->r2) = alu_##nm##W(REG##W(o->r2), (u##W)b, &f);                                   \
        c->fl = (u32)f;                                                                            \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_GE##W, do_##nm##_GE##W)

/* CMP and TEST only read. */
#define GENERIC_E_READ(nm, alu, W, form)                                                           \
    static enum op_status do_##nm##_##form##W(struct cpu *c, const struct op *o)                   \
    {                                                                                              \
        u32 a;                                                                                     \
        u64 f = c->fl;                                                                             \
        TRY(rm_load(c, o, W / 8, &a));                                                             \
        alu_##alu##W((u##W)a, SRC_##form(W), &f);                                                  \
        c->fl = (u32)f;                                                                            \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_##form##W, do_##nm##_##form##W)

/* ---- specialised forms ---- */

#define REG_E(nm, W, form)                                                                         \
    static HANDLER(nm##_##form##W##_r)                                                             \
    {                                                                                              \
        REG##W(o->r1) = alu_##nm##W(REG##W(o->r1), SRC_##form(W), &fl);                            \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(nm##_##form##W##_r_nf)                                                          \
    {                                                                                              \
        REG##W(o->r1) = (u##W)NF_##nm(REG##W(o->r1), SRC_##form(W));                               \
        NEXT;                                                                                      \
    }

#define MEM_E(K, nm, W, form)                                                                      \
    static HANDLER(nm##_##form##W##_##K)                                                           \
    {                                                                                              \
        LIN_##K(W / 8, wr_max, exec_##nm##_##form##W);                                             \
        void *p = tlb_write(c, lin, W / 8);                                                        \
        if (unlikely(!p))                                                                          \
            TAIL(exec_##nm##_##form##W(c, o, fl));                                                 \
        ST(W, p, alu_##nm##W(LD(W, p), SRC_##form(W), &fl));                                       \
        NEXT;                                                                                      \
    }

#define REG_GE(nm, W)                                                                              \
    static HANDLER(nm##_GE##W##_r)                                                                 \
    {                                                                                              \
        REG##W(o->r2) = alu_##nm##W(REG##W(o->r2), REG##W(o->r1), &fl);                            \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(nm##_GE##W##_r_nf)                                                              \
    {                                                                                              \
        REG##W(o->r2) = (u##W)NF_##nm(REG##W(o->r2), REG##W(o->r1));                               \
        NEXT;                                                                                      \
    }

#define MEM_GE(K, nm, W)                                                                           \
    static HANDLER(nm##_GE##W##_##K)                                                               \
    {                                                                                              \
        LIN_##K(W / 8, rd_max, exec_##nm##_GE##W);                                                 \
        const void *p = tlb_read(c, lin, W / 8);                                                   \
        if (unlikely(!p))                                                                          \
            TAIL(exec_##nm##_GE##W(c, o, fl));                                                     \
        REG##W(o->r2) = alu_##nm##W(REG##W(o->r2), LD(W, p), &fl);                                 \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(nm##_GE##W##_##K##_nf)                                                          \
    {                                                                                              \
        LIN_##K(W / 8, rd_max, exec_##nm##_GE##W);                                                 \
        const void *p = tlb_read(c, lin, W / 8);                                                   \
        if (unlikely(!p))                                                                          \
            TAIL(exec_##nm##_GE##W(c, o, fl));                                                     \
        REG##W(o->r2) = (u##W)NF_##nm(REG##W(o->r2), LD(W, p));                                    \
        NEXT;                                                                                      \
    }

#define REG_E_READ(nm, alu, W, form)                                                               \
    static HANDLER(nm##_##form##W##_r)                                                             \
    {                                                                                              \
        alu_##alu##W(REG##W(o->r1), SRC_##form(W), &fl);                                           \
        NEXT;                                                                                      \
    }

#define MEM_E_READ(K, nm, alu, W, form)                                                            \
    static HANDLER(nm##_##form##W##_##K)                                                           \
    {                                                                                              \
        LIN_##K(W / 8, rd_max, exec_##nm##_##form##W);                                             \
        const void *p = tlb_read(c, lin, W / 8);                                                   \
        if (unlikely(!p))                                                                          \
            TAIL(exec_##nm##_##form##W(c, o, fl));                                                 \
        alu_##alu##W(LD(W, p), SRC_##form(W), &fl);                                                \
        NEXT;                                                                                      \
    }

/* ---- tables ---- */

#define ROW_NF(nm, form, W, S)                                                                     \
    [FAMILY_INDEX(S, K_REG, 0)] = nm##_##form##W##_r,                                              \
                            [FAMILY_INDEX(S, K_REG, 1)] = nm##_##form##W##_r_nf
#define ROW_MEM(nm, form, W, S)                                                                    \
    [FAMILY_INDEX(S, K_B, 0)] = nm##_##form##W##_B,                                                \
                          [FAMILY_INDEX(S, K_X, 0)] = nm##_##form##W##_X,                          \
                          [FAMILY_INDEX(S, K_S16, 0)] = nm##_##form##W##_S16,                      \
                          [FAMILY_INDEX(S, K_S32, 0)] = nm##_##form##W##_S32
#define ROW_MEM_NF(nm, form, W, S)                                                                 \
    [FAMILY_INDEX(S, K_B, 1)] = nm##_##form##W##_B_nf,                                             \
                          [FAMILY_INDEX(S, K_X, 1)] = nm##_##form##W##_X_nf,                       \
                          [FAMILY_INDEX(S, K_S16, 1)] = nm##_##form##W##_S16_nf,                   \
                          [FAMILY_INDEX(S, K_S32, 1)] = nm##_##form##W##_S32_nf

#define STAMP_E(W, S, nm, form)                                                                    \
    GENERIC_E(nm, W, form) REG_E(nm, W, form) FOR_MEM_KINDS(MEM_E, nm, W, form)
#define STAMP_GE(W, S, nm) GENERIC_GE(nm, W) REG_GE(nm, W) FOR_MEM_KINDS(MEM_GE, nm, W)
#define STAMP_E_READ(W, S, nm, alu, form)                                                          \
    GENERIC_E_READ(nm, alu, W, form)                                                               \
    REG_E_READ(nm, alu, W, form) FOR_MEM_KINDS(MEM_E_READ, nm, alu, W, form)

#define ENTRIES_E(W, S, nm, form) ROW_NF(nm, form, W, S), ROW_MEM(nm, form, W, S),
#define ENTRIES_GE(W, S, nm) ROW_NF(nm, GE, W, S), ROW_MEM(nm, GE, W, S), ROW_MEM_NF(nm, GE, W, S),
#define ENTRIES_READ(W, S, nm, form)                                                               \
    [FAMILY_INDEX(S, K_REG, 0)] = nm##_##form##W##_r, ROW_MEM(nm, form, W, S),

#define BINARY(nm)                                                                                 \
    FOR_WIDTHS(STAMP_E, nm, EG)                                                                    \
    FOR_WIDTHS(STAMP_E, nm, EI)                                                                    \
    FOR_WIDTHS(STAMP_GE, nm)                                                                       \
    exec_fn *const family_##nm##_EG[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_E, nm, EG)};             \
    exec_fn *const family_##nm##_EI[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_E, nm, EI)};             \
    exec_fn *const family_##nm##_GE[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_GE, nm)};

BINARY(add)
BINARY(or)
BINARY(adc)
BINARY(sbb)
BINARY(and)
BINARY(sub)
BINARY(xor)

/* CMP and TEST: (E,G) and (E,I) like the others without the store; CMP also (G,E). */
FOR_WIDTHS(STAMP_E_READ, cmp, sub, EG)
FOR_WIDTHS(STAMP_E_READ, cmp, sub, EI)
FOR_WIDTHS(STAMP_E_READ, test, and, EG)
FOR_WIDTHS(STAMP_E_READ, test, and, EI)

#define STAMP_CMP_GE(W, S, unused)                                                                 \
    static enum op_status do_cmp_GE##W(struct cpu *c, const struct op *o)                          \
    {                                                                                              \
        u32 b;                                                                                     \
        u64 f = c->fl;                                                                             \
        TRY(rm_load(c, o, W / 8, &b));                                                             \
        alu_sub##W(REG##W(o->r2), (u##W)b, &f);                                                    \
        c->fl = (u32)f;                                                                            \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_cmp_GE##W, do_cmp_GE##W)                                                          \
    static HANDLER(cmp_GE##W##_r)                                                                  \
    {                                                                                              \
        alu_sub##W(REG##W(o->r2), REG##W(o->r1), &fl);                                             \
        NEXT;                                                                                      \
    }                                                                                              \
    FOR_MEM_KINDS(MEM_CMP_GE, W)
#define MEM_CMP_GE(K, W)                                                                           \
    static HANDLER(cmp_GE##W##_##K)                                                                \
    {                                                                                              \
        LIN_##K(W / 8, rd_max, exec_cmp_GE##W);                                                    \
        const void *p = tlb_read(c, lin, W / 8);                                                   \
        if (unlikely(!p))                                                                          \
            TAIL(exec_cmp_GE##W(c, o, fl));                                                        \
        alu_sub##W(REG##W(o->r2), LD(W, p), &fl);                                                  \
        NEXT;                                                                                      \
    }
FOR_WIDTHS(STAMP_CMP_GE, )

exec_fn *const family_cmp_EG[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_READ, cmp, EG)};
exec_fn *const family_cmp_EI[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_READ, cmp, EI)};
exec_fn *const family_cmp_GE[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_READ, cmp, GE)};
exec_fn *const family_test_EG[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_READ, test, EG)};
exec_fn *const family_test_EI[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_READ, test, EI)};

/* ---- one operand ---- */

static ALWAYS_INLINE u8 alu_not8(u8 a, u64 *fl)
{
    (void)fl;
    return (u8)~a;
}
static ALWAYS_INLINE u16 alu_not16(u16 a, u64 *fl)
{
    (void)fl;
    return (u16)~a;
}
static ALWAYS_INLINE u32 alu_not32(u32 a, u64 *fl)
{
    (void)fl;
    return ~a;
}

#define MEM_UNARY(K, nm, W)                                                                        \
    static HANDLER(nm##_E##W##_##K)                                                                \
    {                                                                                              \
        LIN_##K(W / 8, wr_max, exec_##nm##_E##W);                                                  \
        void *p = tlb_write(c, lin, W / 8);                                                        \
        if (unlikely(!p))                                                                          \
            TAIL(exec_##nm##_E##W(c, o, fl));                                                      \
        ST(W, p, alu_##nm##W(LD(W, p), &fl));                                                      \
        NEXT;                                                                                      \
    }
#define STAMP_UNARY(W, S, nm)                                                                      \
    static enum op_status do_##nm##_E##W(struct cpu *c, const struct op *o)                        \
    {                                                                                              \
        u32 a;                                                                                     \
        u64 f = c->fl;                                                                             \
        TRY(rm_probe(c, o, W / 8));                                                                \
        TRY(rm_load(c, o, W / 8, &a));                                                             \
        u##W r = alu_##nm##W((u##W)a, &f);                                                         \
        TRY(rm_store(c, o, W / 8, r));                                                             \
        c->fl = (u32)f;                                                                            \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_E##W, do_##nm##_E##W)                                                      \
    static HANDLER(nm##_E##W##_r)                                                                  \
    {                                                                                              \
        REG##W(o->r1) = alu_##nm##W(REG##W(o->r1), &fl);                                           \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(nm##_E##W##_r_nf)                                                               \
    {                                                                                              \
        REG##W(o->r1) = (u##W)NF_##nm(REG##W(o->r1));                                              \
        NEXT;                                                                                      \
    }                                                                                              \
    FOR_MEM_KINDS(MEM_UNARY, nm, W)
#define ENTRIES_UNARY(W, S, nm) ROW_NF(nm, E, W, S), ROW_MEM(nm, E, W, S),
#define UNARY(nm)                                                                                  \
    FOR_WIDTHS(STAMP_UNARY, nm)                                                                    \
    exec_fn *const family_##nm##_E[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES_UNARY, nm)};

UNARY(inc)
UNARY(dec)
UNARY(neg)
UNARY(not )

exec_fn *const family_none[FAMILY_ENTRIES] = {0};
