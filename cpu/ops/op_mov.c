/*
 * op_mov.c - data movement: MOV, MOVZX, MOVSX, LEA, XCHG, PUSH, POP, CMOVcc, SETcc, BSWAP, sign
 * extension, XLAT, segment registers and far pointers. SDM vol. 2.
 */
#include "cpu/blocks/handlers.h"
#include "cpu/protect/seg.h"

#define LD(W, p) HOST_LD(u##W, p)
#define ST(W, p, v) HOST_ST(u##W, p, (u##W)(v))

/* ---- MOV ---- */

#define SRC_EG(W) REG##W(o->r2)
#define SRC_EI(W) ((u##W)o->imm)

#define MEM_STORE(K, W, form)                                                                      \
    static HANDLER(mov_##form##W##_##K)                                                            \
    {                                                                                              \
        LIN_##K(W / 8, wr_max, exec_mov_##form##W);                                                \
        void *p = tlb_write(c, lin, W / 8);                                                        \
        if (unlikely(!p))                                                                          \
            TAIL(exec_mov_##form##W(c, o, fl));                                                    \
        ST(W, p, SRC_##form(W));                                                                   \
        NEXT;                                                                                      \
    }
#define STAMP_MOV_E(W, S, form)                                                                    \
    static enum op_status do_mov_##form##W(struct cpu *c, const struct op *o)                      \
    {                                                                                              \
        return rm_store(c, o, W / 8, SRC_##form(W));                                               \
    }                                                                                              \
    OP_CALL(exec_mov_##form##W, do_mov_##form##W)                                                  \
    static HANDLER(mov_##form##W##_r)                                                              \
    {                                                                                              \
        REG##W(o->r1) = SRC_##form(W);                                                             \
        NEXT;                                                                                      \
    }                                                                                              \
    FOR_MEM_KINDS(MEM_STORE, W, form)

#define MEM_LOAD(K, W)                                                                             \
    static HANDLER(mov_GE##W##_##K)                                                                \
    {                                                                                              \
        LIN_##K(W / 8, rd_max, exec_mov_GE##W);                                                    \
        const void *p = tlb_read(c, lin, W / 8);                                                   \
        if (unlikely(!p))                                                                          \
            TAIL(exec_mov_GE##W(c, o, fl));                                                        \
        REG##W(o->r2) = LD(W, p);                                                                  \
        NEXT;                                                                                      \
    }
#define STAMP_MOV_GE(W, S, unused)                                                                 \
    static enum op_status do_mov_GE##W(struct cpu *c, const struct op *o)                          \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(rm_load(c, o, W / 8, &v));                                                             \
        REG##W(o->r2) = (u##W)v;                                                                   \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_mov_GE##W, do_mov_GE##W)                                                          \
    static HANDLER(mov_GE##W##_r)                                                                  \
    {                                                                                              \
        REG##W(o->r2) = REG##W(o->r1);                                                             \
        NEXT;                                                                                      \
    }                                                                                              \
    FOR_MEM_KINDS(MEM_LOAD, W)

FOR_WIDTHS(STAMP_MOV_E, EG)
FOR_WIDTHS(STAMP_MOV_E, EI)
FOR_WIDTHS(STAMP_MOV_GE, )

#define ENTRIES(W, S, form)                                                                        \
    [FAMILY_INDEX(S, K_REG, 0)] = mov_##form##W##_r,                                               \
                            [FAMILY_INDEX(S, K_B, 0)] = mov_##form##W##_B,                         \
                            [FAMILY_INDEX(S, K_X, 0)] = mov_##form##W##_X,                         \
                            [FAMILY_INDEX(S, K_S16, 0)] = mov_##form##W##_S16,                     \
                            [FAMILY_INDEX(S, K_S32, 0)] = mov_##form##W##_S32,
exec_fn *const family_mov_EG[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES, EG)};
exec_fn *const family_mov_EI[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES, EI)};
exec_fn *const family_mov_GE[FAMILY_ENTRIES] = {FOR_WIDTHS(ENTRIES, GE)};

/* ---- MOVZX, MOVSX: from width F to the destination's width T ---- */

#define MEM_EXTEND(K, nm, type, F, T)                                                              \
    static HANDLER(nm##_##K)                                                                       \
    {                                                                                              \
        LIN_##K(F / 8, rd_max, exec_##nm);                                                         \
        const void *p = tlb_read(c, lin, F / 8);                                                   \
        if (unlikely(!p))                                                                          \
            TAIL(exec_##nm(c, o, fl));                                                             \
        REG##T(o->r2) = (u##T)(type)LD(F, p);                                                      \
        NEXT;                                                                                      \
    }
#define EXTEND(nm, type, F, T)                                                                     \
    static enum op_status do_##nm(struct cpu *c, const struct op *o)                               \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(rm_load(c, o, F / 8, &v));                                                             \
        REG##T(o->r2) = (u##T)(type)v;                                                             \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_##nm, do_##nm)                                                                    \
    static HANDLER(nm##_r)                                                                         \
    {                                                                                              \
        REG##T(o->r2) = (u##T)(type)REG##F(o->r1);                                                 \
        NEXT;                                                                                      \
    }                                                                                              \
    FOR_MEM_KINDS(MEM_EXTEND, nm, type, F, T)

EXTEND(movzx8_16, u8, 8, 16)
EXTEND(movzx8_32, u8, 8, 32)
EXTEND(movzx16_16, u16, 16, 16)
EXTEND(movzx16_32, u16, 16, 32)
EXTEND(movsx8_16, s8, 8, 16)
EXTEND(movsx8_32, s8, 8, 32)
EXTEND(movsx16_16, s16, 16, 16)
EXTEND(movsx16_32, s16, 16, 32)

#define EXT_ENTRIES(S, nm)                                                                         \
    [FAMILY_INDEX(S, K_REG, 0)] = nm##_r, [FAMILY_INDEX(S, K_B, 0)] = nm##_B,                      \
                            [FAMILY_INDEX(S, K_X, 0)] = nm##_X,                                    \
                            [FAMILY_INDEX(S, K_S16, 0)] = nm##_S16,                                \
                            [FAMILY_INDEX(S, K_S32, 0)] = nm##_S32,
#define EXT_FAMILY(nm, F)                                                                          \
    exec_fn *const family_##nm##F[FAMILY_ENTRIES] = {EXT_ENTRIES(SIZE_16, nm##F##_16)              \
                                                         EXT_ENTRIES(SIZE_32, nm##F##_32)};
EXT_FAMILY(movzx, 8)
EXT_FAMILY(movzx, 16)
EXT_FAMILY(movsx, 8)
EXT_FAMILY(movsx, 16)

/* ---- LEA ---- */

HANDLER(exec_lea16)
{
    REG16(o->r2) = (u16)op_ea(c, o);
    NEXT;
}
HANDLER(exec_lea32)
{
    REG32(o->r2) = op_ea(c, o);
    NEXT;
}
static HANDLER(lea32_B)
{
    REG32(o->r2) = REG32(o->base) + o->disp;
    NEXT;
}
static HANDLER(lea32_X)
{
    REG32(o->r2) = REG32(o->base) + (REG32(o->index) << o->shift) + o->disp;
    NEXT;
}
exec_fn *const family_lea[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_32, K_B, 0)] = lea32_B,
                                             [FAMILY_INDEX(SIZE_32, K_X, 0)] = lea32_X,
                                             [FAMILY_INDEX(SIZE_32, K_S32, 0)] = lea32_X};

/* ---- XCHG, BSWAP ---- */

#define STAMP_XCHG(W, S, unused)                                                                   \
    static enum op_status do_xchg##W(struct cpu *c, const struct op *o)                            \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(rm_probe(c, o, W / 8));                                                                \
        TRY(rm_load(c, o, W / 8, &v));                                                             \
        TRY(rm_store(c, o, W / 8, REG##W(o->r2)));                                                 \
        REG##W(o->r2) = (u##W)v;                                                                   \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_xchg##W, do_xchg##W)                                                              \
    static HANDLER(xchg##W##_r)                                                                    \
    {                                                                                              \
        u##W t = REG##W(o->r1);                                                                    \
        REG##W(o->r1) = REG##W(o->r2);                                                             \
        REG##W(o->r2) = t;                                                                         \
        NEXT;                                                                                      \
    }
FOR_WIDTHS(STAMP_XCHG, )
exec_fn *const family_xchg[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_8, K_REG, 0)] = xchg8_r,
                                              [FAMILY_INDEX(SIZE_16, K_REG, 0)] = xchg16_r,
                                              [FAMILY_INDEX(SIZE_32, K_REG, 0)] = xchg32_r};

HANDLER(exec_bswap32)
{
    REG32(o->r1) = __builtin_bswap32(REG32(o->r1));
    NEXT;
}
/* Undefined with a 16-bit operand; the processors clear the register's low half. */
HANDLER(exec_bswap16)
{
    REG16(o->r1) = 0;
    NEXT;
}

HANDLER(exec_nop)
{
    NEXT;
}

/* ---- PUSH, POP ---- */

#define PUSH_VALUE_r32 REG32(o->r1)
#define PUSH_VALUE_r16 REG16(o->r1)
#define PUSH_VALUE_i32 o->imm
#define PUSH_VALUE_i16 ((u16)o->imm)

#define STAMP_PUSH(W, form)                                                                        \
    static enum op_status do_push_##form##W(struct cpu *c, const struct op *o)                     \
    {                                                                                              \
        return push(c, o, W / 8, PUSH_VALUE_##form##W);                                            \
    }                                                                                              \
    OP_CALL(exec_push_##form##W, do_push_##form##W)                                                \
    static HANDLER(push_##form##W##_B)                                                             \
    {                                                                                              \
        u32 lin = c->gpr[ESP] - W / 8;                                                             \
        void *p = tlb_write(c, lin, W / 8);                                                        \
        if (unlikely(!p))                                                                          \
            TAIL(exec_push_##form##W(c, o, fl));                                                   \
        ST(W, p, PUSH_VALUE_##form##W);                                                            \
        c->gpr[ESP] = lin;                                                                         \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(push_##form##W##_S16)                                                           \
    {                                                                                              \
        const struct seg *s = &c->seg[SEG_SS];                                                     \
        u16 sp = (u16)(c->gpr[ESP] - W / 8);                                                       \
        if (unlikely((s64)sp + (W / 8 - 1) > s->wr_max))                                           \
            TAIL(exec_push_##form##W(c, o, fl));                                                   \
        void *p = tlb_write(c, s->base + sp, W / 8);                                               \
        if (unlikely(!p))                                                                          \
            TAIL(exec_push_##form##W(c, o, fl));                                                   \
        ST(W, p, PUSH_VALUE_##form##W);                                                            \
        REG16(4 * ESP) = sp;                                                                       \
        NEXT;                                                                                      \
    }
STAMP_PUSH(16, r)
STAMP_PUSH(32, r)
STAMP_PUSH(16, i)
STAMP_PUSH(32, i)
#define PUSH_ENTRIES(W, S, form)                                                                   \
    [FAMILY_INDEX(S, K_B, 0)] = push_##form##W##_B,                                                \
                          [FAMILY_INDEX(S, K_S16, 0)] = push_##form##W##_S16,
exec_fn *const family_push_r[FAMILY_ENTRIES] = {PUSH_ENTRIES(16, SIZE_16, r)
                                                    PUSH_ENTRIES(32, SIZE_32, r)};
exec_fn *const family_push_i[FAMILY_ENTRIES] = {PUSH_ENTRIES(16, SIZE_16, i)
                                                    PUSH_ENTRIES(32, SIZE_32, i)};

/* POP SP: the value popped wins over the increment. */
#define STAMP_POP(W, S)                                                                            \
    static enum op_status do_pop_r##W(struct cpu *c, const struct op *o)                           \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(stack_peek(c, o, W / 8, 0, &v));                                                       \
        stack_move(c, W / 8);                                                                      \
        REG##W(o->r1) = (u##W)v;                                                                   \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_pop_r##W, do_pop_r##W)                                                            \
    static HANDLER(pop_r##W##_B)                                                                   \
    {                                                                                              \
        const void *p = tlb_read(c, c->gpr[ESP], W / 8);                                           \
        if (unlikely(!p))                                                                          \
            TAIL(exec_pop_r##W(c, o, fl));                                                         \
        c->gpr[ESP] += W / 8;                                                                      \
        REG##W(o->r1) = LD(W, p);                                                                  \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(pop_r##W##_S16)                                                                 \
    {                                                                                              \
        const struct seg *s = &c->seg[SEG_SS];                                                     \
        u16 sp = (u16)c->gpr[ESP];                                                                 \
        if (unlikely((s64)sp + (W / 8 - 1) > s->rd_max))                                           \
            TAIL(exec_pop_r##W(c, o, fl));                                                         \
        const void *p = tlb_read(c, s->base + sp, W / 8);                                          \
        if (unlikely(!p))                                                                          \
            TAIL(exec_pop_r##W(c, o, fl));                                                         \
        REG16(4 * ESP) = (u16)(sp + W / 8);                                                        \
        REG##W(o->r1) = LD(W, p);                                                                  \
        NEXT;                                                                                      \
    }
STAMP_POP(16, SIZE_16)
STAMP_POP(32, SIZE_32)
exec_fn *const family_pop_r[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_16, K_B, 0)] = pop_r16_B,
                                               [FAMILY_INDEX(SIZE_16, K_S16, 0)] = pop_r16_S16,
                                               [FAMILY_INDEX(SIZE_32, K_B, 0)] = pop_r32_B,
                                               [FAMILY_INDEX(SIZE_32, K_S16, 0)] = pop_r32_S16};

static ALWAYS_INLINE enum op_status push_e(struct cpu *c, const struct op *o, unsigned n)
{
    u32 v;
    TRY(rm_load(c, o, n, &v));
    return push(c, o, n, v);
}
OP_CALL_W(exec_push_E16, push_e, 2)
OP_CALL_W(exec_push_E32, push_e, 4)

/*
 * POP m: the address is computed with the stack pointer already moved. A fault puts it back - but
 * not when the destination is outside its segment in real mode: so the 80286, whose vectors are
 * all that is known of real mode. In protected mode current processors do put it back.
 */
static ALWAYS_INLINE enum op_status pop_e(struct cpu *c, const struct op *o, unsigned n)
{
    u32 v, lin, esp = c->gpr[ESP];
    TRY(stack_peek(c, o, n, 0, &v));
    stack_move(c, (s32)n);
    if (o->flags & OPF_MEM && !(c->mmu.cr0 & CR0_PE))
        TRY(seg_write(c, o->seg, op_ea(c, o), n, &lin));
    if (rm_store(c, o, n, v)) {
        c->gpr[ESP] = esp;
        return OP_FAULT;
    }
    return OP_NEXT;
}
OP_CALL_W(exec_pop_E16, pop_e, 2)
OP_CALL_W(exec_pop_E32, pop_e, 4)

/* All eight are checked before the first is written (probe lowest and highest). */
static ALWAYS_INLINE enum op_status pusha(struct cpu *c, const struct op *o, unsigned n)
{
    u32 esp = c->gpr[ESP];
    for (unsigned i = 1; i <= 8; i++)
        TRY(mem_probe_write(c, o, SEG_SS, stack_off(c, -(s32)(n * i)), n));
    for (unsigned i = 0; i < 8; i++) {
        u32 v = i == ESP ? esp : c->gpr[i];
        TRY(mem_store(c, o, SEG_SS, stack_off(c, -(s32)(n * (i + 1))), n, v));
    }
    stack_move(c, -(s32)(8 * n));
    return OP_NEXT;
}
OP_CALL_W(exec_pusha16, pusha, 2)
OP_CALL_W(exec_pusha32, pusha, 4)

/*
 * A fault on the way leaves the registers that were popped before it changed, as on the
 * processors; in real mode the limit is checked for the whole first (80286). ESP moves last.
 */
static ALWAYS_INLINE enum op_status popa(struct cpu *c, const struct op *o, unsigned n)
{
    u32 lin, v;
    for (unsigned i = 0; i < 8 && !(c->mmu.cr0 & CR0_PE); i++)
        TRY(seg_read(c, SEG_SS, stack_off(c, (s32)(n * i)), n, &lin));
    for (unsigned i = 0; i < 8; i++) {
        TRY(stack_peek(c, o, n, (s32)(n * i), &v));
        if (7 - i != ESP)
            host_store(&c->gpr[7 - i], n, v);
    }
    stack_move(c, (s32)(8 * n));
    return OP_NEXT;
}
OP_CALL_W(exec_popa16, popa, 2)
OP_CALL_W(exec_popa32, popa, 4)

/* ---- segment registers ---- */

/* A load may have changed the mode the block was decoded for; then it must end here. */
static enum op_status after_seg_load(struct cpu *c, const struct op *o, u32 mode)
{
    if (likely(c->mode == mode))
        return OP_NEXT;
    c->eip = op_next_eip(c, o);
    return OP_JUMP;
}

static inline unsigned sreg(const struct op *o)
{
    return o->r2;
}

static enum op_status mov_sreg_e(struct cpu *c, const struct op *o)
{
    u32 v, mode = c->mode;
    unsigned s = sreg(o);
    if (s == SEG_CS || s >= SEG_COUNT)
        return cpu_fault(c, VEC_UD, "MOV to segment register %u, which does not exist or is CS", s);
    TRY(rm_load(c, o, 2, &v));
    TRY(seg_load(c, s, (u16)v));
    if (s == SEG_SS) {
        c->shadow = SHADOW_SS;
        c->eip = op_next_eip(c, o);
        return OP_LEAVE;
    }
    return after_seg_load(c, o, mode);
}
OP_CALL(exec_mov_sreg_E, mov_sreg_e)

static ALWAYS_INLINE enum op_status mov_e_sreg(struct cpu *c, const struct op *o, unsigned n)
{
    unsigned s = sreg(o);
    if (s >= SEG_COUNT)
        return cpu_fault(c, VEC_UD, "MOV from segment register %u, which does not exist", s);
    u16 sel = c->seg[s].sel;
    /* To memory always 16 bits; to a 32-bit register zero-extended (P6). */
    return rm_store(c, o, o->flags & OPF_MEM ? 2 : n, sel);
}
OP_CALL_W(exec_mov_E_sreg16, mov_e_sreg, 2)
OP_CALL_W(exec_mov_E_sreg32, mov_e_sreg, 4)

/* The operand's number is in the row: PUSH/POP ES, CS, SS, DS, FS, GS. With a 32-bit operand
 * size only two bytes of the slot are written (386, 486, P6). */
static ALWAYS_INLINE enum op_status push_sreg(struct cpu *c, const struct op *o, unsigned n)
{
    TRY(mem_store(c, o, SEG_SS, stack_off(c, -(s32)n), 2, c->seg[o->r2].sel));
    stack_move(c, -(s32)n);
    return OP_NEXT;
}
OP_CALL_W(exec_push_sreg16, push_sreg, 2)
OP_CALL_W(exec_push_sreg32, push_sreg, 4)

static ALWAYS_INLINE enum op_status pop_sreg(struct cpu *c, const struct op *o, unsigned n)
{
    u32 v, mode = c->mode;
    TRY(stack_peek(c, o, n == 4 ? 2 : n, 0, &v));
    u32 mask = c->stack_mask;
    TRY(seg_load(c, o->r2, (u16)v));
    /* The stack that was popped from had the old size. */
    c->gpr[ESP] = (c->gpr[ESP] & ~mask) | ((c->gpr[ESP] + n) & mask);
    if (o->r2 == SEG_SS) {
        c->shadow = SHADOW_SS;
        c->eip = op_next_eip(c, o);
        return OP_LEAVE;
    }
    return after_seg_load(c, o, mode);
}
OP_CALL_W(exec_pop_sreg16, pop_sreg, 2)
OP_CALL_W(exec_pop_sreg32, pop_sreg, 4)

/* LES LDS LSS LFS LGS: row's r1 is the segment register. */
static ALWAYS_INLINE enum op_status load_far(struct cpu *c, const struct op *o, unsigned n)
{
    u64 off = 0, sel = 0;
    u32 mode = c->mode, ea = op_ea(c, o);
    TRY(mem_load(c, o, o->seg, ea, n, &off));
    TRY(mem_load(c, o, o->seg, o->flags & OPF_A16 ? (u16)(ea + n) : ea + n, 2, &sel));
    TRY(seg_load(c, o->r1, (u16)sel));
    if (n == 2)
        REG16(o->r2) = (u16)off;
    else
        REG32(o->r2) = (u32)off;
    return after_seg_load(c, o, mode);
}
OP_CALL_W(exec_load_far16, load_far, 2)
OP_CALL_W(exec_load_far32, load_far, 4)

/* ---- conditional moves and sets ---- */

/* CMOVcc reads its source (and may fault) whatever the condition says. */
#define CC_LIST(X)                                                                                 \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define STAMP_CC(cc)                                                                               \
    static enum op_status do_cmov16_##cc(struct cpu *c, const struct op *o)                        \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(rm_load(c, o, 2, &v));                                                                 \
        if (fl_cond(c->fl, cc))                                                                    \
            REG16(o->r2) = (u16)v;                                                                 \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_cmov16_##cc, do_cmov16_##cc)                                                      \
    static enum op_status do_cmov32_##cc(struct cpu *c, const struct op *o)                        \
    {                                                                                              \
        u32 v;                                                                                     \
        TRY(rm_load(c, o, 4, &v));                                                                 \
        if (fl_cond(c->fl, cc))                                                                    \
            REG32(o->r2) = v;                                                                      \
        return OP_NEXT;                                                                            \
    }                                                                                              \
    OP_CALL(exec_cmov32_##cc, do_cmov32_##cc)                                                      \
    static HANDLER(cmov32_r_##cc)                                                                  \
    {                                                                                              \
        u32 v = REG32(o->r1), old = REG32(o->r2);                                                  \
        REG32(o->r2) = fl_cond((u32)fl, cc) ? v : old;                                             \
        NEXT;                                                                                      \
    }                                                                                              \
    exec_fn *const family_cmov_##cc[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_32, K_REG, 0)] =         \
                                                           cmov32_r_##cc};                         \
    static enum op_status do_set_##cc(struct cpu *c, const struct op *o)                           \
    {                                                                                              \
        return rm_store(c, o, 1, fl_cond(c->fl, cc));                                              \
    }                                                                                              \
    OP_CALL(exec_set_##cc, do_set_##cc)                                                            \
    static HANDLER(set_r_##cc)                                                                     \
    {                                                                                              \
        REG8(o->r1) = fl_cond((u32)fl, cc);                                                        \
        NEXT;                                                                                      \
    }                                                                                              \
    exec_fn *const family_set_##cc[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_8, K_REG, 0)] =           \
                                                          set_r_##cc};
CC_LIST(STAMP_CC)

/* ---- accumulators ---- */

HANDLER(exec_cbw)
{
    REG16(0) = (u16)(s8)REG8(0);
    NEXT;
}
HANDLER(exec_cwde)
{
    c->gpr[EAX] = (u32)(s16)c->gpr[EAX];
    NEXT;
}
HANDLER(exec_cwd)
{
    REG16(4 * EDX) = (s16)c->gpr[EAX] < 0 ? 0xffff : 0;
    NEXT;
}
HANDLER(exec_cdq)
{
    c->gpr[EDX] = (u32)((s32)c->gpr[EAX] >> 31);
    NEXT;
}

static enum op_status xlat(struct cpu *c, const struct op *o)
{
    u64 v;
    u32 ea = c->gpr[EBX] + (c->gpr[EAX] & 0xff);
    TRY(mem_load(c, o, o->seg, o->flags & OPF_A16 ? (u16)ea : ea, 1, &v));
    REG8(0) = (u8)v;
    return OP_NEXT;
}
OP_CALL(exec_xlat, xlat)
