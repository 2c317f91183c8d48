/*
 * x64_units.c - the guest's XMM and MMX registers in the host's: loaded by the first instruction
 * that wants them, stored when machine code is left; and what an emitter says before it uses them.
 *
 * Permission is asked for at the same time: a block looks at one byte on the stack, and while it
 * says that the registers are there the instructions are allowed, because whatever could change
 * that is done by handlers, for which machine code is left.
 */
#include "cpu/translate/emit.h"

#define XMM_LOAD 0x10 /* MOVUPS */
#define XMM_STORE 0x11
#define MM_LOAD 0x7e  /* F3: MOVQ */
#define MM_STORE 0xd6 /* 66 */

static struct x64_rm xmm_home(unsigned i)
{
    return X_MEM(H_CPU, (s32)(offsetof(struct cpu, fpu.xmm) + 16 * i));
}

static struct x64_rm mm_home(unsigned i)
{
    return X_MEM(H_CPU, (s32)(offsetof(struct cpu, fpu.st) + 16 * i));
}

void emit_units_out(struct x64 *x, s32 depth)
{
    struct x64_rm units = X_MEM(X_SP, depth + FRAME_UNITS);
    x64_test_imm(x, 1, units, UNIT_XMM);
    u8 *none = x64_jcc_hole(x, CC_Z);
    for (unsigned i = 0; i < 8; i++)
        x64_simd(x, 0, XMM_STORE, i, xmm_home(i));
    x64_fill(x, none, x->at);
    x64_test_imm(x, 1, units, UNIT_MMX);
    none = x64_jcc_hole(x, CC_Z);
    for (unsigned i = 0; i < 8; i++)
        x64_simd(x, 0x66, MM_STORE, MM_FIRST + i, mm_home(i));
    x64_fill(x, none, x->at);
    x64_mov_imm(x, 1, units, 0);
}

static void units_in(struct x64 *x)
{
    static const u8 pushed[] = {X_AX, X_CX, X_DX, X_SI, X_DI, X_R8, X_R9, X_R10, X_R11};
    s32 depth = 8 + (s32)sizeof pushed * 8; /* which keeps the stack aligned */
    for (unsigned i = 0; i < sizeof pushed; i++)
        x64_push(x, pushed[i]);
    x64_op0f(x, X0F_MOVZX, 4, X_SI, X_MEM(X_SP, depth + FRAME_UNITS), 1);
    emit_units_out(x, depth);
    x64_op(x, X_MOV_LOAD, 4, X_DX, X_MEM(X_SP, depth + FRAME_WANTED));
    x64_op(x, X_MOV, 8, H_CPU, X_REG(X_DI));
    x64_mov_imm(x, 8, X_REG(X_AX), (uintptr_t)jit_units);
    x64_op(x, X_GROUP5, 4, X_DIGIT(2), X_REG(X_AX));
    x64_test_imm(x, 1, X_REG(X_AX), UNIT_XMM);
    u8 *none = x64_jcc_hole(x, CC_Z);
    for (unsigned i = 0; i < 8; i++)
        x64_simd(x, 0, XMM_LOAD, i, xmm_home(i));
    x64_fill(x, none, x->at);
    x64_test_imm(x, 1, X_REG(X_AX), UNIT_MMX);
    none = x64_jcc_hole(x, CC_Z);
    for (unsigned i = 0; i < 8; i++)
        x64_simd(x, 0xf3, MM_LOAD, MM_FIRST + i, mm_home(i));
    x64_fill(x, none, x->at);
    x64_op(x, X_MOV, 4, X_AX, X_REG(X_CX));
    x64_alu_imm(x, X_AND, 4, X_REG(X_CX), UNITS_NO - 1);
    x64_op(x, X_MOV, 1, X_CX, X_MEM(X_SP, depth + FRAME_UNITS));
    x64_alu_imm(x, X_AND, 4, X_REG(X_AX), UNITS_NO);
    x64_alu_imm(x, X_XOR, 4, X_REG(X_AX), UNITS_NO);
    for (unsigned i = sizeof pushed; i-- > 0;)
        x64_pop(x, pushed[i]);
    x64_ret(x);
}

void emit_units(struct jit *j, struct x64 *x)
{
    j->thunk.units_out = x->at;
    emit_units_out(x, 8);
    x64_ret(x);
    j->thunk.units_in = x->at;
    units_in(x);
}

/* ---- in a block ---- */

/* Unless cc, what is in units_wanted has to come first; and be there afterwards. */
static void check(struct emit *e, unsigned cc, u32 wanted, u8 known)
{
    struct unit_hole *h = &e->unit_holes[e->unit_count++];
    *h = (struct unit_hole){.hole = x64_jcc_hole(&e->x, cc ^ 1),
                            .back = e->x.at,
                            .place = place_here(e),
                            .wanted = wanted};
    e->units |= known;
}

void want_sse(struct emit *e, bool arithmetic)
{
    u8 unit = arithmetic ? UNIT_SSE : UNIT_XMM;
    if (e->units & unit)
        return;
    flags_put_aside(e);
    x64_test_imm(&e->x, 1, X_MEM(X_SP, FRAME_UNITS), unit);
    check(e, CC_NZ, UNITS_WANTED(UNIT_XMM | unit, UNIT_XMM | UNIT_SSE | UNIT_MMX), UNIT_XMM | unit);
}

/* Without XMM0-7 as the guest's they are scratch registers. */
void want_mmx(struct emit *e)
{
    if (e->units & UNIT_MMX)
        return;
    flags_put_aside(e);
    if (e->mixed)
        x64_test_imm(&e->x, 1, X_MEM(X_SP, FRAME_UNITS), UNIT_MMX);
    else
        x64_alu_imm(&e->x, X_CMP, 1, X_MEM(X_SP, FRAME_UNITS), UNIT_MMX);
    check(e, e->mixed ? CC_NZ : CC_Z, UNITS_WANTED(UNIT_MMX, e->mixed ? UNIT_XMM | UNIT_SSE : 0),
          UNIT_MMX);
    e->units &= (u8)~UNIT_X87;
    e->mm_marked = 0;
}

void want_x87(struct emit *e)
{
    if (e->units & UNIT_X87)
        return;
    flags_clobber(e);
    x64_alu_imm(&e->x, X_CMP, 1, X_CPU(fpu.gate), FPU_LIVE);
    check(e, CC_Z, UNITS_WANTED(UNIT_X87, UNIT_XMM | UNIT_SSE), UNIT_X87);
    e->units &= (u8)~UNIT_MMX;
}

/* In the cold part. */
void emit_unit_holes(struct emit *e)
{
    struct x64 *x = &e->x;
    for (const struct unit_hole *h = e->unit_holes; h < e->unit_holes + e->unit_count; h++) {
        x64_fill(x, h->hole, x->at);
        x64_mov_imm(x, 4, X_MEM(X_SP, FRAME_WANTED), h->wanted);
        x64_call(x, e->jit->thunk.units_in);
        x64_jcc(x, CC_NZ, h->back);
        go_to_place(e, &h->place);
        exit_always(e, LEAVE_FPU);
    }
}
