/*
 * op_shift.c - ROL ROR RCL RCR SHL SHR SAR, SHLD SHRD. SDM vol. 2.
 *
 * The count is masked to five bits first; a masked count of 0 changes neither operand nor flags,
 * but a memory operand is still accessed (and may fault).
 */
#include "cpu/alu.h"
#include "cpu/blocks/handlers.h"

#define COUNT_imm ((u8)(o->imm & 31))
#define COUNT_cl ((u8)(c->gpr[ECX] & 31))

#define NF_shl(W, a, n) ((u32)(a) << (n))
#define NF_shr(W, a, n) ((u32)(a) >> (n))
#define NF_sar(W, a, n) ((u32)((s32)(s##W)(a) >> (n)))

#define GENERIC_SHIFT(nm, W, count)                                                                \
    static enum op_status do_##nm##_##count##W(struct cpu *c, const struct op *o)                  \
    {                                                                                              \
        u32 a;                                                                                     \
        u64 f = c->fl;                                                                             \
        u8 n = COUNT_##count;                                                                      \
        TRY(rm_probe(c, o, W / 8));                                                                \
        TRY(rm_load(c, o, W / 8, &a));                                                             \
        if (n) {                                                                                   \
            u##W r = alu_##nm##W((u##W)a, n, &f);                                                  \
            TRY(rm_store(c, o, W / 8, r));                                                         \
            c->fl = (u32)f;                                                                        \
        }                                                                                          \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_##count##W, do_##nm##_##count##W)

/* Immediate counts of 0 are left to the generic form (handlers.c). */
#define REG_SHIFT(nm, W)                                                                           \
    static HANDLER(nm##_imm##W##_r)                                                                \
    {                                                                                              \
        REG##W(o->r1) = alu_##nm##W(REG##W(o->r1), ALU_COUNT(o->imm), &fl);                        \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(nm##_cl##W##_r)                                                                 \
    {                                                                                              \
        u8 n = COUNT_cl;                                                                           \
        if (likely(n))                                                                             \
            REG##W(o->r1) = alu_##nm##W(REG##W(o->r1), n, &fl);                                    \
        NEXT;                                                                                      \
    }
#define REG_SHIFT_NF(nm, W)                                                                        \
    static HANDLER(nm##_imm##W##_r_nf)                                                             \
    {                                                                                              \
        REG##W(o->r1) = (u##W)NF_##nm(W, REG##W(o->r1), COUNT_imm);                                \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(nm##_cl##W##_r_nf)                                                              \
    {                                                                                              \
        REG##W(o->r1) = (u##W)NF_##nm(W, REG##W(o->r1), COUNT_cl);                                 \
        NEXT;                                                                                      \
    }

#define STAMP_SHIFT(W, S, nm)                                                                      \
    GENERIC_SHIFT(nm, W, imm) GENERIC_SHIFT(nm, W, cl) REG_SHIFT(nm, W) REG_SHIFT_NF(nm, W)
#define STAMP_ROTATE(W, S, nm) GENERIC_SHIFT(nm, W, imm) GENERIC_SHIFT(nm, W, cl) REG_SHIFT(nm, W)

#define ENTRY_NF(W, S, nm, count)                                                                  \
    [FAMILY_INDEX(S, K_REG, 0)] = nm##_##count##W##_r,                                             \
                            [FAMILY_INDEX(S, K_REG, 1)] = nm##_##count##W##_r_nf,
#define ENTRY(W, S, nm, count) [FAMILY_INDEX(S, K_REG, 0)] = nm##_##count##W##_r,

#define SHIFT(nm)                                                                                  \
    FOR_WIDTHS(STAMP_SHIFT, nm)                                                                    \
    exec_fn *const family_##nm##_imm[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRY_NF, nm, imm)};            \
    exec_fn *const family_##nm##_cl[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRY_NF, nm, cl)};
#define ROTATE(nm)                                                                                 \
    FOR_WIDTHS(STAMP_ROTATE, nm)                                                                   \
    exec_fn *const family_##nm##_imm[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRY, nm, imm)};               \
    exec_fn *const family_##nm##_cl[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRY, nm, cl)};

SHIFT(shl)
SHIFT(shr)
SHIFT(sar)
ROTATE(rol)
ROTATE(ror)
ROTATE(rcl)
ROTATE(rcr)

/*
 * SHLD, SHRD. Flags as of a shift; OF is set when the sign changed (defined for count 1 only).
 * 16-bit operands with a count above 16 are undefined: the processors of the P6 family shift
 * through dest:src:dest, which is what is done here.
 */
static ALWAYS_INLINE enum op_status double_shift(struct cpu *c, const struct op *o, unsigned n,
                                                 bool left, u8 count)
{
    u32 a, w = 8 * n, src = n == 2 ? REG16(o->r2) : REG32(o->r2), r;
    bool cf;
    TRY(rm_probe(c, o, n));
    TRY(rm_load(c, o, n, &a));
    if (!count)
        return OP_NEXT;
    if (n == 2) {
        u64 x = (u64)a << 32 | src << 16 | a; /* dest:src:dest */
        if (left) {
            r = (u16)(x >> (32 - count));
            cf = x >> (48 - count) & 1;
        } else {
            r = (u16)(x >> count);
            cf = x >> (count - 1) & 1;
        }
    } else if (left) {
        r = a << count | src >> (32 - count);
        cf = a >> (32 - count) & 1;
    } else {
        r = a >> count | src << (32 - count);
        cf = a >> (count - 1) & 1;
    }
    TRY(rm_store(c, o, n, r));
    c->fl = (u32)alu_p_fl(w, r, cf, (r ^ a) >> (w - 1) & 1, false);
    return OP_NEXT;
}

#define STAMP_DOUBLE(nm, left, n, W)                                                               \
    static enum op_status do_##nm##_imm##W(struct cpu *c, const struct op *o)                      \
    {                                                                                              \
        return double_shift(c, o, n, left, COUNT_imm);                                             \
    }                                                                                              \
    OP_CALL(exec_##nm##_imm##W, do_##nm##_imm##W)                                                  \
    static enum op_status do_##nm##_cl##W(struct cpu *c, const struct op *o)                       \
    {                                                                                              \
        return double_shift(c, o, n, left, COUNT_cl);                                              \
    }                                                                                              \
    OP_CALL(exec_##nm##_cl##W, do_##nm##_cl##W)
STAMP_DOUBLE(shld, true, 2, 16)
STAMP_DOUBLE(shld, true, 4, 32)
STAMP_DOUBLE(shrd, false, 2, 16)
STAMP_DOUBLE(shrd, false, 4, 32)
