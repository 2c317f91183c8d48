/*
 * wasm_mem.c - operands in WebAssembly: registers, memory by the TLB, the stack.
 */
#include "cpu/translate/wasm_emit.h"

/* ---- operands ---- */

static struct wasm_operand in_register(u16 reg)
{
    return (struct wasm_operand){.place = W_IN_REGISTER, .reg = reg};
}

struct wasm_operand wasm_operand(const struct wasm_emit *e, unsigned i)
{
    const struct op *o = e->o;
    u8 kind = op_row(o)->operand[i];
    if (kind_among(kind, KINDS_MOFFS) ||
        ((o->flags & OPF_MEM) && kind_among(kind, KINDS_MAYBE_MEMORY)))
        return (struct wasm_operand){.place = W_IN_MEMORY};
    switch ((enum operand)kind) {
    case Eb:
    case Zb:
    case Ew:
    case Ed:
    case Ev:
    case Zv:
        return in_register(o->r1);
    case Gb:
    case Gw:
    case Gd:
    case Gv:
        return in_register(o->r2);
    case ALb:
    case AXw:
    case eAX:
        return in_register(4 * EAX);
    case CLb:
        return in_register(4 * ECX);
    case Ib:
    case Ibs:
    case Iz:
    case Iw:
    case ONE:
        return (struct wasm_operand){.place = W_IMMEDIATE, .imm = o->imm};
    default:
        return (struct wasm_operand){.place = W_NOWHERE};
    }
}

void wasm_extend(struct wasm_emit *e, unsigned n, bool is_signed)
{
    if (n == 4)
        return;
    if (is_signed)
        w_op(e, n == 1 ? W_EXTEND8 : W_EXTEND16);
    else
        w_op_const(e, W_AND, n == 1 ? 0xff : 0xffff);
}

void wasm_get_register(struct wasm_emit *e, unsigned reg, unsigned n, bool is_signed)
{
    w_get(e, WL_GPR + reg / 4);
    if (reg % 4)
        w_op_const(e, W_SHR_U, 8); /* AH, CH, DH, BH */
    wasm_extend(e, n, is_signed);
}

void wasm_set_register(struct wasm_emit *e, unsigned reg, unsigned n, unsigned from)
{
    unsigned shift = reg % 4 ? 8 : 0;
    u32 mask = n == 4 ? 0xffffffffu : (n == 1 ? 0xffu : 0xffffu) << shift;
    if (n < 4) {
        w_get(e, WL_GPR + reg / 4);
        w_op_const(e, W_AND, ~mask);
    }
    w_get(e, from);
    if (shift)
        w_op_const(e, W_SHL, shift);
    if (n < 4) {
        w_op_const(e, W_AND, mask);
        w_op(e, W_OR);
    }
    w_set(e, WL_GPR + reg / 4);
}

static enum wasm_op load_of(unsigned n, bool is_signed)
{
    if (n == 4)
        return W_LOAD;
    return n == 1 ? (is_signed ? W_LOAD8S : W_LOAD8) : (is_signed ? W_LOAD16S : W_LOAD16);
}

void wasm_get_operand(struct wasm_emit *e, struct wasm_operand a, unsigned n, bool is_signed)
{
    u32 imm = a.imm;
    switch (a.place) {
    case W_IN_MEMORY:
        w_get(e, WL_AT);
        w_memory(e, load_of(n, is_signed), 0);
        break;
    case W_IN_REGISTER:
        wasm_get_register(e, a.reg, n, is_signed);
        break;
    default:
        if (n == 1)
            imm = is_signed ? (u32)(s8)imm : (u8)imm;
        else if (n == 2)
            imm = is_signed ? (u32)(s16)imm : (u16)imm;
        w_const(e, imm);
        break;
    }
}

void wasm_set_operand(struct wasm_emit *e, struct wasm_operand a, unsigned n, unsigned from)
{
    if (a.place == W_IN_REGISTER) {
        wasm_set_register(e, a.reg, n, from);
        return;
    }
    w_get(e, WL_AT);
    w_get(e, from);
    w_memory(e, n == 4 ? W_STORE : n == 2 ? W_STORE16 : W_STORE8, 0);
}

/* ---- memory ---- */

void wasm_slow_if(struct wasm_emit *e)
{
    w_branch(e, W_BR_IF, e->slow);
}

void wasm_offset(struct wasm_emit *e)
{
    const struct op *o = e->o;
    bool any = false;
    if (o->base != ZERO_OFF) {
        w_get(e, WL_GPR + o->base / 4);
        any = true;
    }
    if (o->index != ZERO_OFF) {
        w_get(e, WL_GPR + o->index / 4);
        if (o->shift)
            w_op_const(e, W_SHL, o->shift);
        if (any)
            w_op(e, W_ADD);
        any = true;
    }
    if (!any)
        w_const(e, o->disp);
    else if (o->disp)
        w_op_const(e, W_ADD, o->disp);
    if (o->flags & OPF_A16)
        w_op_const(e, W_AND, 0xffff);
}

/* The offset on the stack, in a segment: checked, and made linear. */
static void segment(struct wasm_emit *e, unsigned seg, unsigned bytes, bool write)
{
    u32 at = (u32)(offsetof(struct cpu, seg) + seg * sizeof(struct seg));
    if (e->flat && (seg == SEG_DS || seg == SEG_SS || seg == SEG_ES))
        return;
    w_tee(e, WL_LIN);
    w_op(e, W_EXTEND_U);
    if (bytes > 1) {
        w_const64(e, bytes - 1);
        w_op(e, W_ADD64);
    }
    w_get(e, WL_CPU);
    w_memory(e, W_LOAD64,
             at + (u32)(write ? offsetof(struct seg, wr_max) : offsetof(struct seg, rd_max)));
    w_op(e, W_GT_S64);
    wasm_slow_if(e);
    w_get(e, WL_LIN);
    w_get(e, WL_CPU);
    w_memory(e, W_LOAD, at + (u32)offsetof(struct seg, base));
    w_op(e, W_ADD);
}

/* The linear address on the stack: what tlb_read() and tlb_write() do (access.h). */
static void lookup(struct wasm_emit *e, unsigned bytes, bool write)
{
    w_tee(e, WL_LIN);
    w_op_const(e, W_SHR_U, PAGE_SHIFT - 4);
    w_op_const(e, W_AND, (TLB_ENTRIES - 1) << 4);
    w_get(e, WL_TLB);
    w_op(e, W_ADD);
    w_tee(e, WL_SLOT);
    w_memory(e, W_LOAD,
             (u32)(write ? offsetof(struct tlb_fast, write) : offsetof(struct tlb_fast, read)));
    w_get(e, WL_LIN);
    if (bytes > 1)
        w_op_const(e, W_ADD, bytes - 1);
    w_op_const(e, W_AND, ~PAGE_MASK);
    w_op(e, W_NE);
    wasm_slow_if(e);
    w_get(e, WL_LIN);
    w_get(e, WL_SLOT);
    w_memory(e, W_LOAD, (u32)offsetof(struct tlb_fast, add));
    w_op(e, W_ADD);
    w_set(e, WL_AT);
}

void wasm_access(struct wasm_emit *e, unsigned bytes, bool write)
{
    wasm_offset(e);
    segment(e, e->o->seg, bytes, write);
    lookup(e, bytes, write);
}

/* ---- the stack: flat and 32 bits wide, or of 16 bits in a segment ---- */

void wasm_access_stack(struct wasm_emit *e, unsigned reg, s32 distance, unsigned bytes, bool write)
{
    w_get(e, WL_GPR + reg);
    if (distance)
        w_op_const(e, W_ADD, (u32)distance);
    if (!e->flat)
        w_op_const(e, W_AND, 0xffff);
    segment(e, SEG_SS, bytes, write);
    lookup(e, bytes, write);
}

void wasm_move_stack(struct wasm_emit *e, s32 distance)
{
    w_get(e, WL_GPR + ESP);
    w_op_const(e, W_ADD, (u32)distance);
    if (e->flat) {
        w_set(e, WL_GPR + ESP);
        return;
    }
    w_set(e, WL_T);
    wasm_set_register(e, 4 * ESP, 2, WL_T);
}
