/*
 * op_flow.c - near jumps, calls and returns, loops, and the doors to far transfers and interrupts.
 * SDM vol. 2; the far ones are in far.c and intr.c.
 *
 * A near branch whose target lies beyond the code segment's limit is #GP(0) at the branch. The
 * flat forms (K_B) skip that check: the limit is 4 GiB.
 */
#include "cpu/blocks/branch.h"
#include "cpu/blocks/handlers.h"
#include "cpu/protect/seg.h"

/* Target of a relative branch; 16-bit operand size wraps at 64K. */
#define TARGET(W) (W == 16 ? (u16)(c->eip + o->imm) : c->eip + o->imm)
/*
 * A link leads to the block at a fixed distance. Where IP wraps, the same block reached through
 * another CS would go 64K elsewhere, so such a branch never uses its link.
 */
#define WRAPPED(W, target) (W == 16 && unlikely((target) != c->eip + o->imm))
#define FALL (c->eip + o->pc + o->len)

static HANDLER(next_limited)
{
    c->eip = FALL;
    FOLLOW(&op_links(o)->next[1], exec_next_miss, true);
}

/* ---- JMP rel ---- */

#define STAMP_JMP(W, K, limited)                                                                   \
    HANDLER(exec_jmp##W##_##K)                                                                     \
    {                                                                                              \
        u32 target = TARGET(W);                                                                    \
        if (limited && unlikely(target > c->cs_limit))                                             \
            TAIL(exec_limit_fault(c, o, fl));                                                      \
        if (WRAPPED(W, target)) {                                                                  \
            c->eip = target;                                                                       \
            TAIL(exec_lookup(c, o, fl));                                                           \
        }                                                                                          \
        c->eip = target;                                                                           \
        FOLLOW(&op_links(o)->next[0], exec_taken_miss, limited);                                   \
    }
#define exec_jmp16_lim exec_jmp16
#define exec_jmp32_lim exec_jmp32
STAMP_JMP(16, lim, true)
STAMP_JMP(32, lim, true)
#define exec_jmp32_flat jmp32_flat
static STAMP_JMP(32, flat, false) exec_fn *const family_jmp[FAMILY_ENTRIES] = {
    [FAMILY_INDEX(SIZE_32, K_B, 0)] = jmp32_flat};

/* ---- Jcc ---- */

#define CC_LIST(X)                                                                                 \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define STAMP_JCC(cc)                                                                              \
    HANDLER(exec_jcc16_##cc)                                                                       \
    {                                                                                              \
        if (!fl_cond((u32)fl, cc))                                                                 \
            TAIL(next_limited(c, o, fl));                                                          \
        TAIL(exec_jmp16(c, o, fl));                                                                \
    }                                                                                              \
    HANDLER(exec_jcc32_##cc)                                                                       \
    {                                                                                              \
        if (!fl_cond((u32)fl, cc))                                                                 \
            TAIL(next_limited(c, o, fl));                                                          \
        TAIL(exec_jmp32(c, o, fl));                                                                \
    }                                                                                              \
    static HANDLER(jcc32_flat_##cc)                                                                \
    {                                                                                              \
        if (fl_cond((u32)fl, cc)) {                                                                \
            c->eip += o->imm;                                                                      \
            FOLLOW(&op_links(o)->next[0], exec_taken_miss, false);                                 \
        }                                                                                          \
        c->eip = FALL;                                                                             \
        FOLLOW(&op_links(o)->next[1], exec_next_miss, false);                                      \
    }                                                                                              \
    exec_fn *const family_jcc_##cc[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_32, K_B, 0)] =            \
                                                          jcc32_flat_##cc};
CC_LIST(STAMP_JCC)

/* ---- LOOP, LOOPZ, LOOPNZ, JCXZ: the count register follows the address size ---- */

static ALWAYS_INLINE u32 count_down(struct cpu *c, const struct op *o)
{
    if (o->flags & OPF_A16)
        return --REG16(4 * ECX);
    return --c->gpr[ECX];
}

#define STAMP_LOOP(nm, W, condition)                                                               \
    HANDLER(exec_##nm##W)                                                                          \
    {                                                                                              \
        u32 ecx = c->gpr[ECX];                                                                     \
        if (!(condition))                                                                          \
            TAIL(next_limited(c, o, fl));                                                          \
        if (unlikely(TARGET(W) > c->cs_limit))                                                     \
            c->gpr[ECX] = ecx;                                                                     \
        TAIL(exec_jmp##W(c, o, fl));                                                               \
    }
STAMP_LOOP(loop, 16, count_down(c, o))
STAMP_LOOP(loop, 32, count_down(c, o))
STAMP_LOOP(loopz, 16, count_down(c, o) && (fl & FL_ZF))
STAMP_LOOP(loopz, 32, count_down(c, o) && (fl & FL_ZF))
STAMP_LOOP(loopnz, 16, count_down(c, o) && !(fl & FL_ZF))
STAMP_LOOP(loopnz, 32, count_down(c, o) && !(fl & FL_ZF))
STAMP_LOOP(jcxz, 16, (o->flags & OPF_A16 ? (u16)ecx : ecx) == 0)
STAMP_LOOP(jcxz, 32, (o->flags & OPF_A16 ? (u16)ecx : ecx) == 0)

/* ---- CALL rel, RET ---- */

#define STAMP_CALL(W)                                                                              \
    static enum op_status do_call##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        u32 target = TARGET(W);                                                                    \
        if (target > c->cs_limit)                                                                  \
            return cpu_fault_code(c, VEC_GP, 0, "near CALL to %08x, beyond the code segment",      \
                                  target);                                                         \
        TRY(push(c, o, W / 8, op_next_eip(c, o)));                                                 \
        c->eip = target;                                                                           \
        return OP_JUMP;                                                                            \
    }                                                                                              \
    OP_CALL(exec_call##W, do_call##W)                                                              \
    static enum op_status do_ret##W(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(stack_peek(c, o, W / 8, 0, &v));                                                       \
        if (v > c->cs_limit)                                                                       \
            return cpu_fault_code(c, VEC_GP, 0, "RET to %08x, beyond the code segment", v);        \
        stack_move(c, (s32)(W / 8 + (o->imm & 0xffff)));                                           \
        c->eip = v;                                                                                \
        return OP_JUMP;                                                                            \
    }                                                                                              \
    OP_CALL(exec_ret##W, do_ret##W)                                                                \
    /* 16-bit stack, code segment with a limit: real mode's usual case */                          \
    static HANDLER(call##W##_S16)                                                                  \
    {                                                                                              \
        u32 target = TARGET(W);                                                                    \
        const struct seg *s = &c->seg[SEG_SS];                                                     \
        u16 sp = (u16)(c->gpr[ESP] - W / 8);                                                       \
        void *p;                                                                                   \
        if (unlikely(target > c->cs_limit) || WRAPPED(W, target) ||                                \
            unlikely((s64)sp + (W / 8 - 1) > s->wr_max) ||                                         \
            unlikely(!(p = tlb_write(c, s->base + sp, W / 8))))                                    \
            TAIL(exec_call##W(c, o, fl));                                                          \
        HOST_ST(u##W, p, (u##W)FALL);                                                              \
        REG16(4 * ESP) = sp;                                                                       \
        c->eip = target;                                                                           \
        FOLLOW(&op_links(o)->next[0], exec_taken_miss, true);                                      \
    }                                                                                              \
    static HANDLER(ret##W##_S16)                                                                   \
    {                                                                                              \
        const struct seg *s = &c->seg[SEG_SS];                                                     \
        u16 sp = (u16)c->gpr[ESP];                                                                 \
        const void *p;                                                                             \
        if (unlikely((s64)sp + (W / 8 - 1) > s->rd_max) ||                                         \
            unlikely(!(p = tlb_read(c, s->base + sp, W / 8))))                                     \
            TAIL(exec_ret##W(c, o, fl));                                                           \
        u32 v = HOST_LD(u##W, p);                                                                  \
        if (unlikely(v > c->cs_limit))                                                             \
            TAIL(exec_ret##W(c, o, fl));                                                           \
        REG16(4 * ESP) = (u16)(sp + W / 8 + o->imm);                                               \
        c->eip = v;                                                                                \
        JUMP_INDIRECT;                                                                             \
    }
STAMP_CALL(16)
STAMP_CALL(32)

static HANDLER(call32_B)
{
    u32 lin = c->gpr[ESP] - 4;
    void *p = tlb_write(c, lin, 4);
    if (unlikely(!p))
        TAIL(exec_call32(c, o, fl));
    HOST_ST(u32, p, FALL);
    c->gpr[ESP] = lin;
    c->eip += o->imm;
    FOLLOW(&op_links(o)->next[0], exec_taken_miss, false);
}
static HANDLER(ret32_B)
{
    const void *p = tlb_read(c, c->gpr[ESP], 4);
    if (unlikely(!p))
        TAIL(exec_ret32(c, o, fl));
    c->gpr[ESP] += 4 + (o->imm & 0xffff);
    c->eip = HOST_LD(u32, p);
    JUMP_INDIRECT;
}
exec_fn *const family_call[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_32, K_B, 0)] = call32_B,
                                              [FAMILY_INDEX(SIZE_16, K_S16, 0)] = call16_S16,
                                              [FAMILY_INDEX(SIZE_32, K_S16, 0)] = call32_S16};
exec_fn *const family_ret[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_32, K_B, 0)] = ret32_B,
                                             [FAMILY_INDEX(SIZE_16, K_S16, 0)] = ret16_S16,
                                             [FAMILY_INDEX(SIZE_32, K_S16, 0)] = ret32_S16};

/* ---- indirect ---- */

#define STAMP_INDIRECT(W)                                                                          \
    static enum op_status do_jmp_E##W(struct cpu *c, const struct op *o)                           \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(rm_load(c, o, W / 8, &v));                                                             \
        if (v > c->cs_limit)                                                                       \
            return cpu_fault_code(c, VEC_GP, 0, "near JMP to %08x, beyond the code segment", v);   \
        c->eip = v;                                                                                \
        return OP_JUMP;                                                                            \
    }                                                                                              \
    OP_CALL(exec_jmp_E##W, do_jmp_E##W)                                                            \
    static enum op_status do_call_E##W(struct cpu *c, const struct op *o)                          \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(rm_load(c, o, W / 8, &v));                                                             \
        if (v > c->cs_limit)                                                                       \
            return cpu_fault_code(c, VEC_GP, 0, "near CALL to %08x, beyond the code segment", v);  \
        TRY(push(c, o, W / 8, op_next_eip(c, o)));                                                 \
        c->eip = v;                                                                                \
        return OP_JUMP;                                                                            \
    }                                                                                              \
    OP_CALL(exec_call_E##W, do_call_E##W)
STAMP_INDIRECT(16)
STAMP_INDIRECT(32)

static HANDLER(jmp_E32_r)
{
    u32 v = REG32(o->r1);
    if (unlikely(v > c->cs_limit))
        TAIL(exec_jmp_E32(c, o, fl));
    c->eip = v;
    JUMP_INDIRECT;
}
#define STAMP_JMP_MEM(K)                                                                           \
    static HANDLER(jmp_E32_##K)                                                                    \
    {                                                                                              \
        LIN_##K(4, rd_max, exec_jmp_E32);                                                          \
        const void *p = tlb_read(c, lin, 4);                                                       \
        if (unlikely(!p))                                                                          \
            TAIL(exec_jmp_E32(c, o, fl));                                                          \
        u32 v = HOST_LD(u32, p);                                                                   \
        c->eip = v;                                                                                \
        JUMP_INDIRECT;                                                                             \
    }                                                                                              \
    static HANDLER(call_E32_##K)                                                                   \
    {                                                                                              \
        if (unlikely(!(c->mode & MODE_SS32)))                                                      \
            TAIL(exec_call_E32(c, o, fl));                                                         \
        LIN_##K(4, rd_max, exec_call_E32);                                                         \
        u32 sp = c->gpr[ESP] - 4;                                                                  \
        const void *p = tlb_read(c, lin, 4);                                                       \
        void *q = tlb_write(c, sp, 4);                                                             \
        if (unlikely(!p) || unlikely(!q))                                                          \
            TAIL(exec_call_E32(c, o, fl));                                                         \
        u32 v = HOST_LD(u32, p);                                                                   \
        HOST_ST(u32, q, FALL);                                                                     \
        c->gpr[ESP] = sp;                                                                          \
        c->eip = v;                                                                                \
        JUMP_INDIRECT;                                                                             \
    }
STAMP_JMP_MEM(B)
STAMP_JMP_MEM(X)
static HANDLER(call_E32_r)
{
    u32 sp = c->gpr[ESP] - 4, v = REG32(o->r1);
    void *q;
    if (unlikely((c->mode & (MODE_SS32 | MODE_FLAT)) != (MODE_SS32 | MODE_FLAT)) ||
        unlikely(!(q = tlb_write(c, sp, 4))))
        TAIL(exec_call_E32(c, o, fl));
    HOST_ST(u32, q, FALL);
    c->gpr[ESP] = sp;
    c->eip = v;
    JUMP_INDIRECT;
}
/* 16-bit, through a register or 16-bit addressed memory; a call on a 16-bit stack */
#define STAMP_INDIRECT16(K, target)                                                                \
    static HANDLER(jmp_E16_##K)                                                                    \
    {                                                                                              \
        target(exec_jmp_E16);                                                                      \
        if (unlikely(v > c->cs_limit))                                                             \
            TAIL(exec_jmp_E16(c, o, fl));                                                          \
        c->eip = v;                                                                                \
        JUMP_INDIRECT;                                                                             \
    }                                                                                              \
    static HANDLER(call_E16_##K)                                                                   \
    {                                                                                              \
        const struct seg *s = &c->seg[SEG_SS];                                                     \
        u16 sp = (u16)(c->gpr[ESP] - 2);                                                           \
        void *q;                                                                                   \
        target(exec_call_E16);                                                                     \
        if (unlikely(v > c->cs_limit) || unlikely(c->mode & MODE_SS32) ||                          \
            unlikely((s64)sp + 1 > s->wr_max) || unlikely(!(q = tlb_write(c, s->base + sp, 2))))   \
            TAIL(exec_call_E16(c, o, fl));                                                         \
        HOST_ST(u16, q, (u16)FALL);                                                                \
        REG16(4 * ESP) = sp;                                                                       \
        c->eip = v;                                                                                \
        JUMP_INDIRECT;                                                                             \
    }
#define TARGET_r(slow) u32 v = REG16(o->r1)
#define TARGET_S16(slow)                                                                           \
    LIN_S16(2, rd_max, slow);                                                                      \
    const void *p = tlb_read(c, lin, 2);                                                           \
    if (unlikely(!p))                                                                              \
        TAIL(slow(c, o, fl));                                                                      \
    u32 v = HOST_LD(u16, p)
STAMP_INDIRECT16(r, TARGET_r)
STAMP_INDIRECT16(S16, TARGET_S16)
exec_fn *const family_jmp_E[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_16, K_REG, 0)] = jmp_E16_r,
                                               [FAMILY_INDEX(SIZE_16, K_S16, 0)] = jmp_E16_S16,
                                               [FAMILY_INDEX(SIZE_32, K_REG, 0)] = jmp_E32_r,
                                               [FAMILY_INDEX(SIZE_32, K_B, 0)] = jmp_E32_B,
                                               [FAMILY_INDEX(SIZE_32, K_X, 0)] = jmp_E32_X};
exec_fn *const family_call_E[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_16, K_REG, 0)] = call_E16_r,
                                                [FAMILY_INDEX(SIZE_16, K_S16, 0)] = call_E16_S16,
                                                [FAMILY_INDEX(SIZE_32, K_REG, 0)] = call_E32_r,
                                                [FAMILY_INDEX(SIZE_32, K_B, 0)] = call_E32_B,
                                                [FAMILY_INDEX(SIZE_32, K_X, 0)] = call_E32_X};

/* ---- far transfers, interrupts ---- */

static ALWAYS_INLINE enum op_status far_imm(struct cpu *c, const struct op *o, unsigned n,
                                            enum far_kind k)
{
    return far_transfer(c, o, k, (u16)o->disp, n == 2 ? (u16)o->imm : o->imm, n);
}
static ALWAYS_INLINE enum op_status far_mem(struct cpu *c, const struct op *o, unsigned n,
                                            enum far_kind k)
{
    u64 off, sel;
    u32 ea = op_ea(c, o);
    TRY(mem_load(c, o, o->seg, ea, n, &off));
    TRY(mem_load(c, o, o->seg, o->flags & OPF_A16 ? (u16)(ea + n) : ea + n, 2, &sel));
    return far_transfer(c, o, k, (u16)sel, (u32)off, n);
}
#define STAMP_FAR(W, n)                                                                            \
    static enum op_status jmpf_imm##W(struct cpu *c, const struct op *o)                           \
    {                                                                                              \
        return far_imm(c, o, n, FAR_JMP);                                                          \
    }                                                                                              \
    OP_CALL(exec_jmpf_imm##W, jmpf_imm##W)                                                         \
    static enum op_status callf_imm##W(struct cpu *c, const struct op *o)                          \
    {                                                                                              \
        return far_imm(c, o, n, FAR_CALL);                                                         \
    }                                                                                              \
    OP_CALL(exec_callf_imm##W, callf_imm##W)                                                       \
    static enum op_status jmpf_E##W(struct cpu *c, const struct op *o)                             \
    {                                                                                              \
        return far_mem(c, o, n, FAR_JMP);                                                          \
    }                                                                                              \
    OP_CALL(exec_jmpf_E##W, jmpf_E##W)                                                             \
    static enum op_status callf_E##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        return far_mem(c, o, n, FAR_CALL);                                                         \
    }                                                                                              \
    OP_CALL(exec_callf_E##W, callf_E##W)                                                           \
    static enum op_status retf##W(struct cpu *c, const struct op *o)                               \
    {                                                                                              \
        return far_return(c, o, n, (u16)o->imm);                                                   \
    }                                                                                              \
    OP_CALL(exec_retf##W, retf##W)                                                                 \
    static enum op_status iret##W(struct cpu *c, const struct op *o)                               \
    {                                                                                              \
        return int_return(c, o, n);                                                                \
    }                                                                                              \
    OP_CALL(exec_iret##W, iret##W)
STAMP_FAR(16, 2)
STAMP_FAR(32, 4)

static enum op_status int_n(struct cpu *c, const struct op *o)
{
    c->int_taken = true;
    return software_interrupt(c, o, (u8)o->imm);
}
OP_CALL(exec_int, int_n)

static enum op_status int3(struct cpu *c, const struct op *o)
{
    c->int_taken = true;
    return software_interrupt(c, o, VEC_BP);
}
OP_CALL(exec_int3, int3)

static enum op_status icebp(struct cpu *c, const struct op *o)
{
    c->int_taken = true;
    return software_interrupt(c, o, VEC_DB);
}
OP_CALL(exec_icebp, icebp)

static enum op_status into(struct cpu *c, const struct op *o)
{
    if (!(c->fl & FL_OF)) {
        c->eip = op_next_eip(c, o);
        return OP_JUMP;
    }
    c->int_taken = true;
    return software_interrupt(c, o, VEC_OF);
}
OP_CALL(exec_into, into)
