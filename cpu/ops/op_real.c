/*
 * op_real.c - what real-mode programs do all the time, without frames and status codes: segment
 * registers to and from everywhere, far JMP, CALL, RET and IRET, near jumps through memory. 16-bit
 * operands, addresses and stack; real mode and virtual-8086 mode (SDM vol. 3, chapter 20).
 *
 * A segment load changes selector and base only, as long as the hidden part is what real mode makes
 * it (seg_moves()). All else - protected mode, SS with its shadow, a limit of big real mode, a wrap
 * of the stack, a TLB miss - is the generic handlers' (op_mov.c, op_flow.c), which start over.
 */
#include "cpu/blocks/branch.h"
#include "cpu/blocks/handlers.h"
#include "cpu/protect/seg.h"

/* ES, DS, FS, GS: CS cannot be loaded like that, SS holds interrupts, two do not exist. */
static ALWAYS_INLINE bool is_data_seg(unsigned n)
{
    return (1u << SEG_ES | 1u << SEG_DS | 1u << SEG_FS | 1u << SEG_GS) >> n & 1;
}

/* Would loading a selector into this one change its base only? */
static ALWAYS_INLINE bool seg_moves(const struct cpu *c, const struct seg *s)
{
    return likely((c->mode & (MODE_PE | MODE_VM)) != MODE_PE) &&
           likely(seg_is_real(s, c->mode & MODE_VM));
}

static ALWAYS_INLINE void seg_move(struct seg *s, u16 sel)
{
    s->sel = sel;
    s->base = (u32)sel << 4;
}

/*
 * Declare `sp` and `p` for n bytes at the top of a 16-bit stack, or tail-call `slow`. They may not
 * wrap around the end of the segment, which is 64K here even when its limit is not.
 */
#define STACK_16(sp_, n, max, tlb, slow)                                                           \
    u16 sp = (u16)(sp_);                                                                           \
    void *p;                                                                                       \
    if (unlikely(c->mode & MODE_SS32) || unlikely(sp > 0x10000 - (n)) ||                           \
        unlikely((s64)sp + ((n)-1) > c->seg[SEG_SS].max) ||                                        \
        unlikely(!(p = tlb(c, c->seg[SEG_SS].base + sp, n))))                                      \
    TAIL(slow(c, o, fl))

/* ---- MOV, PUSH, POP of segment registers; LES and its relatives ---- */

static HANDLER(mov_sreg_r)
{
    if (unlikely(!is_data_seg(o->r2)) || unlikely(!seg_moves(c, &c->seg[o->r2])))
        TAIL(exec_mov_sreg_E(c, o, fl));
    seg_move(&c->seg[o->r2], REG16(o->r1));
    NEXT;
}

static HANDLER(mov_sreg_S16)
{
    if (unlikely(!is_data_seg(o->r2)) || unlikely(!seg_moves(c, &c->seg[o->r2])))
        TAIL(exec_mov_sreg_E(c, o, fl));
    LIN_S16(2, rd_max, exec_mov_sreg_E);
    const void *p = tlb_read(c, lin, 2);
    if (unlikely(!p))
        TAIL(exec_mov_sreg_E(c, o, fl));
    seg_move(&c->seg[o->r2], HOST_LD(u16, p));
    NEXT;
}

static HANDLER(mov_r16_sreg)
{
    if (unlikely(o->r2 >= SEG_COUNT))
        TAIL(exec_mov_E_sreg16(c, o, fl));
    REG16(o->r1) = c->seg[o->r2].sel;
    NEXT;
}

static HANDLER(mov_S16_sreg)
{
    if (unlikely(o->r2 >= SEG_COUNT))
        TAIL(exec_mov_E_sreg16(c, o, fl));
    LIN_S16(2, wr_max, exec_mov_E_sreg16);
    void *p = tlb_write(c, lin, 2);
    if (unlikely(!p))
        TAIL(exec_mov_E_sreg16(c, o, fl));
    HOST_ST(u16, p, c->seg[o->r2].sel);
    NEXT;
}

static HANDLER(push_sreg_S16)
{
    STACK_16(c->gpr[ESP] - 2, 2, wr_max, tlb_write, exec_push_sreg16);
    HOST_ST(u16, p, c->seg[o->r2].sel);
    REG16(4 * ESP) = sp;
    NEXT;
}

static HANDLER(pop_sreg_S16)
{
    struct seg *s = &c->seg[o->r2];
    if (unlikely(!is_data_seg(o->r2)) || unlikely(!seg_moves(c, s)))
        TAIL(exec_pop_sreg16(c, o, fl));
    STACK_16(c->gpr[ESP], 2, rd_max, tlb_read, exec_pop_sreg16);
    seg_move(s, HOST_LD(u16, p));
    REG16(4 * ESP) = (u16)(sp + 2);
    NEXT;
}

/* LIN_S16() of a far pointer. Its halves may lie at both ends of 64K: a limit above allows that. */
#define LIN_FAR(slow)                                                                              \
    if (unlikely((u16)(REG32(o->base) + REG32(o->index) + o->disp) > 0x10000 - 4))                 \
        TAIL(slow(c, o, fl));                                                                      \
    LIN_S16(4, rd_max, slow)

static HANDLER(load_far_S16)
{
    if (unlikely(!is_data_seg(o->r1)) || unlikely(!seg_moves(c, &c->seg[o->r1])))
        TAIL(exec_load_far16(c, o, fl));
    LIN_FAR(exec_load_far16);
    const void *p = tlb_read(c, lin, 4);
    if (unlikely(!p))
        TAIL(exec_load_far16(c, o, fl));
    u32 v = HOST_LD(u32, p);
    seg_move(&c->seg[o->r1], (u16)(v >> 16));
    REG16(o->r2) = (u16)v;
    NEXT;
}

#define FORM(name, kind, handler)                                                                  \
    exec_fn *const family_##name[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_16, kind, 0)] = handler};
exec_fn *const family_mov_to_sreg[FAMILY_ENTRIES] = {[FAMILY_INDEX(SIZE_16, K_REG, 0)] = mov_sreg_r,
                                                     [FAMILY_INDEX(SIZE_16, K_S16, 0)] =
                                                         mov_sreg_S16};
exec_fn *const family_mov_from_sreg[FAMILY_ENTRIES] = {
    [FAMILY_INDEX(SIZE_16, K_REG, 0)] = mov_r16_sreg,
    [FAMILY_INDEX(SIZE_16, K_S16, 0)] = mov_S16_sreg};
FORM(push_sreg, K_REG, push_sreg_S16)
FORM(pop_sreg, K_REG, pop_sreg_S16)
FORM(load_far, K_S16, load_far_S16)

/* ---- far transfers ---- */

/* CS:IP becomes v, when CS moves; its limit is then FFFFh, which every IP fits in. */
#define GO_FAR(v)                                                                                  \
    do {                                                                                           \
        u32 to_ = (v);                                                                             \
        seg_move(&c->seg[SEG_CS], (u16)(to_ >> 16));                                               \
        c->eip = (u16)to_;                                                                         \
        JUMP_INDIRECT;                                                                             \
    } while (0)

/* The far address of an instruction of each kind, in `v`. */
#define FAR_IMM(slow) u32 v = o->disp << 16 | (u16)o->imm
#define FAR_S16(slow)                                                                              \
    LIN_FAR(slow);                                                                                 \
    const void *at = tlb_read(c, lin, 4);                                                          \
    if (unlikely(!at))                                                                             \
        TAIL(slow(c, o, fl));                                                                      \
    u32 v = HOST_LD(u32, at)

#define STAMP_FAR(form, K, kind)                                                                   \
    static HANDLER(jmpf_##K)                                                                       \
    {                                                                                              \
        if (unlikely(!seg_moves(c, &c->seg[SEG_CS])))                                              \
            TAIL(exec_jmpf_##form##16(c, o, fl));                                                  \
        FAR_##K(exec_jmpf_##form##16);                                                             \
        GO_FAR(v);                                                                                 \
    }                                                                                              \
    static HANDLER(callf_##K)                                                                      \
    {                                                                                              \
        if (unlikely(!seg_moves(c, &c->seg[SEG_CS])))                                              \
            TAIL(exec_callf_##form##16(c, o, fl));                                                 \
        FAR_##K(exec_callf_##form##16);                                                            \
        STACK_16(c->gpr[ESP] - 4, 4, wr_max, tlb_write, exec_callf_##form##16);                    \
        HOST_ST(u32, p, (u32)c->seg[SEG_CS].sel << 16 | (u16)op_next_eip(c, o));                   \
        REG16(4 * ESP) = sp;                                                                       \
        GO_FAR(v);                                                                                 \
    }                                                                                              \
    FORM(jmpf_##form, kind, jmpf_##K)                                                              \
    FORM(callf_##form, kind, callf_##K)
STAMP_FAR(imm, IMM, K_REG)
STAMP_FAR(E, S16, K_S16)

static HANDLER(retf_S16)
{
    if (unlikely(!seg_moves(c, &c->seg[SEG_CS])))
        TAIL(exec_retf16(c, o, fl));
    STACK_16(c->gpr[ESP], 4, rd_max, tlb_read, exec_retf16);
    REG16(4 * ESP) = (u16)(sp + 4 + o->imm);
    GO_FAR(HOST_LD(u32, p));
}

/* Real mode only, and not when somebody waits for the flags that come. */
static HANDLER(iret_S16)
{
    const u32 mask = EFL_TF | EFL_DF | EFL_NT | EFL_IF | EFL_IOPL;
    if (unlikely(c->mode & MODE_PE) || unlikely(!seg_moves(c, &c->seg[SEG_CS])) ||
        unlikely(c->nmi || c->intr || (c->eflags & EFL_RF)))
        TAIL(exec_iret16(c, o, fl));
    STACK_16(c->gpr[ESP], 6, rd_max, tlb_read, exec_iret16);
    u32 flags = HOST_LD(u16, (u8 *)p + 4);
    if (unlikely(flags & EFL_TF))
        TAIL(exec_iret16(c, o, fl));
    c->eflags = (c->eflags & ~mask) | (flags & mask);
    c->nmi_blocked = false;
    fl = fl_from_eflags(flags);
    REG16(4 * ESP) = (u16)(sp + 6);
    GO_FAR(HOST_LD(u32, p));
}
FORM(retf, K_REG, retf_S16)
FORM(iret, K_REG, iret_S16)
