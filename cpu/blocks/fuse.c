/*
 * fuse.c - CMP/TEST/DEC of registers with the conditional branch behind it, as one op.
 *
 * Only in flat mode, where the branch cannot fault: the pair is then as precise as its first half.
 * The fused op keeps the first instruction's record (registers, immediate in imm) and takes the
 * branch target into disp, the length of both into len. The flags are computed in full: they are
 * alive behind the branch.
 */
#include "cpu/blocks/fuse.h"

#include "cpu/alu.h"
#include "cpu/blocks/branch.h"
#include "cpu/decode/query.h"

/* clang-format off */
#define CC_LIST(X, ...)                                                                            \
    X(0, __VA_ARGS__) X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__)                        \
    X(4, __VA_ARGS__) X(5, __VA_ARGS__) X(6, __VA_ARGS__) X(7, __VA_ARGS__)                        \
    X(8, __VA_ARGS__) X(9, __VA_ARGS__) X(10, __VA_ARGS__) X(11, __VA_ARGS__)                      \
    X(12, __VA_ARGS__) X(13, __VA_ARGS__) X(14, __VA_ARGS__) X(15, __VA_ARGS__)
/* clang-format on */

#define BRANCH(cc)                                                                                 \
    if (fl_cond((u32)fl, cc)) {                                                                    \
        c->eip += o->disp;                                                                         \
        FOLLOW(&op_links(o)->next[0], exec_taken_miss, false);                                     \
    }                                                                                              \
    c->eip += o->pc + o->len;                                                                      \
    FOLLOW(&op_links(o)->next[1], exec_next_miss, false);

#define STAMP(cc, nm, compute)                                                                     \
    static HANDLER(fused_##nm##_##cc)                                                              \
    {                                                                                              \
        compute;                                                                                   \
        BRANCH(cc)                                                                                 \
    }
#define ENTRY(cc, nm) fused_##nm##_##cc,
#define FUSED(nm, compute)                                                                         \
    CC_LIST(STAMP, nm, compute)                                                                    \
    static exec_fn *const fused_##nm[16] = {CC_LIST(ENTRY, nm)};

FUSED(cmp_rr, alu_sub32(REG32(o->r1), REG32(o->r2), &fl))
FUSED(cmp_ri, alu_sub32(REG32(o->r1), o->imm, &fl))
FUSED(test_rr, alu_and32(REG32(o->r1), REG32(o->r2), &fl))
FUSED(test_ri, alu_and32(REG32(o->r1), o->imm, &fl))
FUSED(dec_r, REG32(o->r1) = alu_dec32(REG32(o->r1), &fl))
FUSED(cmp8_ri, alu_sub8(REG8(o->r1), (u8)o->imm, &fl))

/* The fused forms of a register instruction, or NULL: 32-bit but for CMP r8, imm8. */
static exec_fn *const *fused_with(const struct op *o)
{
    const struct opdef *r = op_row(o);
    unsigned size = op_size(o);
    bool imm = r->operand[1] == Ib || r->operand[1] == Ibs || r->operand[1] == Iz;

    if (op_class(o) != OC_FUSES || (o->flags & OPF_MEM))
        return NULL;
    switch (op_operation(o)) {
    case I_cmp:
        if (size == 0)
            return imm ? fused_cmp8_ri : NULL;
        return size == 1 ? NULL : imm ? fused_cmp_ri : r->operand[0] == Gv ? NULL : fused_cmp_rr;
    case I_test:
        return size != 2 ? NULL : imm ? fused_test_ri : fused_test_rr;
    case I_dec:
        return size != 2 ? NULL : fused_dec_r;
    default:
        return NULL;
    }
}

unsigned fuse_ops(struct op *op, unsigned count, u32 mode)
{
    if (count < 2 || !(mode & MODE_FLAT))
        return count;
    struct op *first = &op[count - 2], *branch = &op[count - 1];
    exec_fn *const *table;
    if (op_class(branch) != OC_JCC || (branch->flags & OPF_O16) || !(table = fused_with(first)))
        return count;
    first->fn = table[op_condition(branch)];
    first->disp = branch->imm;
    first->len = (u8)(first->len + branch->len);
    first->def = branch->def; /* ends the block; links follow */
    first->flags |= OPF_FUSED;
    return count - 1;
}

unsigned fuse_weight(const struct op *o)
{
    return o->flags & OPF_FUSED ? 2 : o->len ? 1 : 0;
}
