/*
 * op_bit.c - BT BTS BTR BTC BSF BSR, CMPXCHG, XADD, CMPXCHG8B. SDM vol. 2.
 */
#include "cpu/alu.h"
#include "cpu/blocks/handlers.h"

enum bit_action { BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT };

static ALWAYS_INLINE u32 bit_apply(u32 v, u32 mask, enum bit_action a)
{
    return a == BIT_SET          ? v | mask
           : a == BIT_RESET      ? v & ~mask
           : a == BIT_COMPLEMENT ? v ^ mask
                                 : v;
}

/* Bit offset in a register: a memory operand is a bit string, addressed from its start. */
static ALWAYS_INLINE enum op_status bit_eg(struct cpu *c, const struct op *o, unsigned n,
                                           enum bit_action a)
{
    u32 w = 8 * n, offset = n == 2 ? (u32)(s16)REG16(o->r2) : REG32(o->r2);
    u32 mask = 1u << (offset & (w - 1));
    u64 v;
    if (!(o->flags & OPF_MEM)) {
        u32 r = n == 2 ? REG16(o->r1) : REG32(o->r1);
        host_store((u8 *)c + o->r1, n, bit_apply(r, mask, a));
        c->fl = fl_set_cf(c->fl, r & mask);
        return OP_NEXT;
    }
    u32 ea = op_ea(c, o) + (u32)((s32)offset >> (n == 2 ? 4 : 5)) * n;
    if (o->flags & OPF_A16)
        ea = (u16)ea;
    if (a != BIT_TEST)
        TRY(mem_probe_write(c, o, o->seg, ea, n));
    TRY(mem_load(c, o, o->seg, ea, n, &v));
    if (a != BIT_TEST)
        TRY(mem_store(c, o, o->seg, ea, n, bit_apply((u32)v, mask, a)));
    c->fl = fl_set_cf(c->fl, v & mask);
    return OP_NEXT;
}

/* Bit offset immediate: taken modulo the width. */
static ALWAYS_INLINE enum op_status bit_ei(struct cpu *c, const struct op *o, unsigned n,
                                           enum bit_action a)
{
    u32 v, mask = 1u << (o->imm & (8 * n - 1));
    if (a != BIT_TEST)
        TRY(rm_probe(c, o, n));
    TRY(rm_load(c, o, n, &v));
    if (a != BIT_TEST)
        TRY(rm_store(c, o, n, bit_apply(v, mask, a)));
    c->fl = fl_set_cf(c->fl, v & mask);
    return OP_NEXT;
}

#define STAMP_BIT(nm, action)                                                                      \
    static enum op_status nm##_eg16(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        return bit_eg(c, o, 2, action);                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_EG16, nm##_eg16)                                                           \
    static enum op_status nm##_eg32(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        return bit_eg(c, o, 4, action);                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_EG32, nm##_eg32)                                                           \
    static enum op_status nm##_ei16(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        return bit_ei(c, o, 2, action);                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_EI16, nm##_ei16)                                                           \
    static enum op_status nm##_ei32(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        return bit_ei(c, o, 4, action);                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm##_EI32, nm##_ei32)
STAMP_BIT(bt, BIT_TEST)
STAMP_BIT(bts, BIT_SET)
STAMP_BIT(btr, BIT_RESET)
STAMP_BIT(btc, BIT_COMPLEMENT)

/* A source of 0 sets ZF and leaves the destination as it was. The other flags are undefined. */
static ALWAYS_INLINE enum op_status bit_scan(struct cpu *c, const struct op *o, unsigned n,
                                             bool reverse)
{
    u32 v;
    TRY(rm_load(c, o, n, &v));
    if (v) {
        u32 i = reverse ? 31 - (u32)__builtin_clz(v) : (u32)__builtin_ctz(v);
        host_store((u8 *)c + o->r2, n, i);
    }
    c->fl = (c->fl & ~FL_ZF) | (v ? 0 : FL_ZF);
    return OP_NEXT;
}
#define STAMP_SCAN(nm, reverse)                                                                    \
    static enum op_status nm##16(struct cpu * c, const struct op *o)                               \
    {                                                                                              \
        return bit_scan(c, o, 2, reverse);                                                         \
    }                                                                                              \
    OP_CALL(exec_##nm##16, nm##16)                                                                 \
    static enum op_status nm##32(struct cpu * c, const struct op *o)                               \
    {                                                                                              \
        return bit_scan(c, o, 4, reverse);                                                         \
    }                                                                                              \
    OP_CALL(exec_##nm##32, nm##32)
STAMP_SCAN(bsf, false)
STAMP_SCAN(bsr, true)

/* CMPXCHG writes the old value back when the comparison fails (and so always needs write access).
 */
#define STAMP_CMPXCHG(W, S, unused)                                                                \
    static enum op_status do_cmpxchg##W(struct cpu *c, const struct op *o)                         \
    {                                                                                              \
        u32 v;                                                                                     \
        u64 f;                                                                                     \
        TRY(rm_probe(c, o, W / 8));                                                                \
        TRY(rm_load(c, o, W / 8, &v));                                                             \
        alu_sub##W(REG##W(0), (u##W)v, &f);                                                        \
        bool equal = f & FL_ZF;                                                                    \
        TRY(rm_store(c, o, W / 8, equal ? REG##W(o->r2) : v));                                     \
        if (!equal)                                                                                \
            REG##W(0) = (u##W)v;                                                                   \
        c->fl = (u32)f;                                                                            \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_cmpxchg##W, do_cmpxchg##W)                                                        \
    static enum op_status do_xadd##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        u32 v;                                                                                     \
        u64 f;                                                                                     \
        TRY(rm_probe(c, o, W / 8));                                                                \
        TRY(rm_load(c, o, W / 8, &v));                                                             \
        u##W r = alu_add##W((u##W)v, REG##W(o->r2), &f);                                           \
        if (o->flags & OPF_MEM) {                                                                  \
            TRY(rm_store(c, o, W / 8, r));                                                         \
            REG##W(o->r2) = (u##W)v;                                                               \
        } else { /* XADD r, r of one register leaves the sum */                                    \
            REG##W(o->r2) = (u##W)v;                                                               \
            REG##W(o->r1) = r;                                                                     \
        }                                                                                          \
        c->fl = (u32)f;                                                                            \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_xadd##W, do_xadd##W)
FOR_WIDTHS(STAMP_CMPXCHG, )

static enum op_status cmpxchg8b(struct cpu *c, const struct op *o)
{
    u64 v, want = (u64)c->gpr[EDX] << 32 | c->gpr[EAX];
    u32 ea = op_ea(c, o);
    TRY(mem_probe_write(c, o, o->seg, ea, 8));
    TRY(mem_load(c, o, o->seg, ea, 8, &v));
    bool equal = v == want;
    TRY(mem_store(c, o, o->seg, ea, 8, equal ? (u64)c->gpr[ECX] << 32 | c->gpr[EBX] : v));
    if (!equal) {
        c->gpr[EAX] = (u32)v;
        c->gpr[EDX] = (u32)(v >> 32);
    }
    c->fl = (c->fl & ~FL_ZF) | (equal ? FL_ZF : 0);
    return OP_NEXT;
}
OP_CALL(exec_cmpxchg8b, cmpxchg8b)
