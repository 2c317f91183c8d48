/*
 * wasm_move.c - MOV MOVZX MOVSX LEA XCHG BSWAP, CBW CWDE CWD CDQ, SETcc CMOVcc, PUSH POP LEAVE.
 * SDM vol. 2.
 */
#include "cpu/translate/wasm_emit.h"

bool wasm_nop(struct wasm_emit *e)
{
    (void)e;
    return true;
}

bool wasm_mov(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0), from = wasm_operand(e, 1);
    unsigned n = wasm_operand_size(e->o);
    if (to.place == W_NOWHERE || from.place == W_NOWHERE)
        return false;
    if (to.place == W_IN_MEMORY || from.place == W_IN_MEMORY)
        wasm_access(e, n, to.place == W_IN_MEMORY);
    wasm_get_operand(e, from, n, false);
    w_set(e, WL_R);
    wasm_set_operand(e, to, n, WL_R);
    return true;
}

bool wasm_extend_move(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0), from = wasm_operand(e, 1);
    unsigned n = wasm_operand_size(e->o), from_n = op_operand_bytes(e->o, 1);
    if (to.place != W_IN_REGISTER || from.place == W_NOWHERE)
        return false;
    if (from.place == W_IN_MEMORY)
        wasm_access(e, from_n, false);
    wasm_get_operand(e, from, from_n, op_operation(e->o) == I_movsx);
    w_set(e, WL_R);
    wasm_set_operand(e, to, n, WL_R);
    return true;
}

bool wasm_lea(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0);
    wasm_offset(e);
    w_set(e, WL_R);
    wasm_set_operand(e, to, wasm_operand_size(e->o), WL_R);
    return true;
}

bool wasm_xchg(struct wasm_emit *e)
{
    struct wasm_operand a = wasm_operand(e, 0), b = wasm_operand(e, 1);
    unsigned n = wasm_operand_size(e->o);
    if (a.place == W_NOWHERE || b.place != W_IN_REGISTER)
        return false;
    if (a.place == W_IN_MEMORY)
        wasm_access(e, n, true);
    wasm_get_operand(e, a, n, false);
    w_set(e, WL_A);
    wasm_get_operand(e, b, n, false);
    w_set(e, WL_B);
    wasm_set_operand(e, a, n, WL_B);
    wasm_set_operand(e, b, n, WL_A);
    return true;
}

bool wasm_bswap(struct wasm_emit *e)
{
    struct wasm_operand a = wasm_operand(e, 0);
    if (e->o->flags & OPF_O16)
        return false;
    wasm_get_operand(e, a, 4, false); /* 3210: bytes 2 and 0 go left, 3 and 1 right */
    w_tee(e, WL_A);
    w_op_const(e, W_ROTL, 8);
    w_op_const(e, W_AND, 0x00ff00ff);
    w_get(e, WL_A);
    w_op_const(e, W_ROTR, 8);
    w_op_const(e, W_AND, 0xff00ff00);
    w_op(e, W_OR);
    w_set(e, WL_R);
    wasm_set_operand(e, a, 4, WL_R);
    return true;
}

/* CBW, CWDE; CWD, CDQ. */
bool wasm_widen(struct wasm_emit *e)
{
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    bool into_dx = op_operation(e->o) == I_cwd;
    wasm_get_register(e, 4 * EAX, into_dx ? n : n / 2, true);
    if (into_dx)
        w_op_const(e, W_SHR_S, 31);
    w_set(e, WL_R);
    wasm_set_register(e, 4 * (into_dx ? EDX : EAX), n, WL_R);
    return true;
}

bool wasm_setcc(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0);
    if (to.place == W_NOWHERE)
        return false;
    if (to.place == W_IN_MEMORY)
        wasm_access(e, 1, true);
    wasm_condition(e, (unsigned)op_condition(e->o));
    w_op(e, W_EQZ); /* whatever it is that is not 0 */
    w_op(e, W_EQZ);
    w_set(e, WL_R);
    wasm_set_operand(e, to, 1, WL_R);
    return true;
}

/* The source is read whatever the condition says. */
bool wasm_cmov(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0), from = wasm_operand(e, 1);
    unsigned n = wasm_operand_size(e->o);
    if (from.place == W_IN_MEMORY)
        wasm_access(e, n, false);
    wasm_get_operand(e, from, n, false);
    wasm_get_operand(e, to, n, false);
    wasm_condition(e, (unsigned)op_condition(e->o));
    w_op(e, W_SELECT);
    w_set(e, WL_R);
    wasm_set_operand(e, to, n, WL_R);
    return true;
}

/* PUSH of a segment register: two bytes, also where four are made room for. */
static bool push_segment(struct wasm_emit *e, unsigned n)
{
    wasm_access_stack(e, ESP, -(s32)n, 2, true);
    w_get(e, WL_AT);
    w_get(e, WL_CPU);
    w_memory(e, W_LOAD16,
             (u32)(offsetof(struct cpu, seg) + e->o->r2 * sizeof(struct seg) +
                   offsetof(struct seg, sel)));
    w_memory(e, W_STORE16, 0);
    wasm_move_stack(e, -(s32)n);
    return true;
}

bool wasm_push(struct wasm_emit *e)
{
    struct wasm_operand from = wasm_operand(e, 0);
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    if (op_row(e->o)->operand[0] >= ES_)
        return push_segment(e, n);
    if (from.place == W_NOWHERE)
        return false;
    if (from.place == W_IN_MEMORY) /* read before the stack is looked at, as the handler does */
        wasm_access(e, n, false);
    wasm_get_operand(e, from, n, false);
    w_set(e, WL_R);
    wasm_access_stack(e, ESP, -(s32)n, n, true);
    wasm_set_operand(e, (struct wasm_operand){.place = W_IN_MEMORY}, n, WL_R);
    wasm_move_stack(e, -(s32)n);
    return true;
}

bool wasm_pop(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0);
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    if (to.place != W_IN_REGISTER)
        return false;
    wasm_access_stack(e, ESP, 0, n, false);
    wasm_get_operand(e, (struct wasm_operand){.place = W_IN_MEMORY}, n, false);
    w_set(e, WL_R);
    wasm_move_stack(e, (s32)n); /* first: POP ESP gets what was popped */
    wasm_set_operand(e, to, n, WL_R);
    return true;
}

bool wasm_leave_frame(struct wasm_emit *e)
{
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    if ((n == 4) != e->flat)
        return false;
    wasm_access_stack(e, EBP, 0, n, false);
    w_get(e, WL_GPR + EBP);
    w_op_const(e, W_ADD, n);
    w_set(e, WL_R);
    wasm_set_register(e, 4 * ESP, n, WL_R);
    wasm_get_operand(e, (struct wasm_operand){.place = W_IN_MEMORY}, n, false);
    w_set(e, WL_R);
    wasm_set_register(e, 4 * EBP, n, WL_R);
    return true;
}
