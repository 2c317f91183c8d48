/*
 * x64_profile.c - counting a block in machine code: what its first record does for the interpreter
 * (cpu/blocks/dispatch.c, cpu/profile/profile.h).
 *
 * The usual entry, which continues the function that we are in at the linear address that the block
 * was built for, costs a comparison and a count. What the interpreter notes beside it - which block
 * was entered last, and that it ends in a call - is written where machine code is left in the
 * middle (emit_entered()). A direct call that was made from the same node before and the return
 * from the innermost call are done where they stand (usual() in cpu/profile/profile.c), so that the
 * block behind them is what is expected. For whatever else profile_turn() is called, with the
 * processor's state complete.
 */
#include "cpu/profile/profile.h"

#include "cpu/blocks/dispatch.h"
#include "cpu/translate/emit.h"

#include <stdlib.h>

_Static_assert(offsetof(struct profile_frame, kind) == offsetof(struct profile_frame, ret) + 4,
               "the two are written at once");

#define TURN_BYTES 12 /* of LEA and JMP to the thunk */
#define X_PLACE(reg, field) X_MEM(reg, (s32)offsetof(struct cpu_place, field))
#define X_NODE(reg, field) X_MEM(reg, (s32)offsetof(struct profile_node, field))
#define X_NOTE(reg, n, field)                                                                      \
    X_MEM(reg, (n) * (s32)sizeof(struct profile_frame) + (s32)offsetof(struct profile_frame, field))

/* Is it at this linear address? Compared by what can differ: EIP or the segment's base. */
static void compare_address(struct emit *e, const struct cpu_place *k)
{
    u32 offset = k->phys & PAGE_MASK;
    if (e->flat)
        x64_alu_imm(&e->x, X_CMP, 4, X_CPU(page_eip), k->lin - offset);
    else
        x64_alu_imm(&e->x, X_CMP, 4, X_CPU(seg[SEG_CS].base), k->lin - offset - e->page_eip);
}

void emit_count(struct emit *e)
{
    struct x64 *x = &e->x;
    const struct cpu_place *k = op_place(e->block->op);
    x64_alu_imm(x, X_CMP, 4, X_CPU(counted.expect), k->symbol);
    e->turns[0] = x64_jcc_hole(x, CC_NZ);
    compare_address(e, k);
    e->turns[1] = x64_jcc_hole(x, CC_NZ);
    e->trusted = x->at;
    if (e->loop.on)
        e->loop.again = x->at;
    emit_round(e);
    e->counted = x->at;
}

void emit_round(struct emit *e)
{
    x64_mov_imm(&e->x, 8, X_REG(H_T0), (uintptr_t)op_place(e->block->op));
    x64_op(&e->x, X_GROUP5, 8, X_DIGIT(0), X_PLACE(H_T0, hits));
}

static void emit_end(struct emit *e)
{
    const struct cpu_place *k = op_place(e->block->op);
    if (k->end != END_PLAIN)
        x64_mov_imm(&e->x, 4, X_CPU(counted.expect), k->after);
}

void emit_counted_end(struct emit *e)
{
    if (e->entered) /* else it has been noted, perhaps of another linear address */
        emit_end(e);
}

void emit_entered(struct emit *e)
{
    emit_end(e);
    x64_mov_imm(&e->x, 8, X_REG(H_T0), (uintptr_t)op_place(e->block->op));
    x64_op(&e->x, X_MOV, 8, H_T0, X_CPU(counted.now));
}

/* ---- calls and returns ---- */

/* The register in which the stack pointer is as a linear address: `to`, or the guest's own, whose
 * upper half is 0 like all of them. */
static unsigned stack_address(struct emit *e, unsigned to)
{
    struct x64 *x = &e->x;
    if (e->stack32 && e->flat)
        return host_gpr(ESP);
    if (e->stack32)
        x64_op(x, X_MOV, 4, host_gpr(ESP), X_REG(to));
    else
        x64_op0f(x, X0F_MOVZX + 1, 4, to, X_REG(host_gpr(ESP)), 2);
    if (!e->flat)
        x64_op(x, X_ALU_LOAD(X_ADD), 4, to, X_CPU(seg[SEG_SS].base));
    return to;
}

/* Instructions since the last time, into a register: they are being charged now. */
static void take_since(struct emit *e, unsigned to)
{
    struct x64 *x = &e->x;
    x64_op(x, X_MOV_LOAD, 8, to, X_CPU(until));
    x64_op(x, X_ALU(X_SUB), 8, H_BUDGET, X_REG(to));
    x64_op(x, X_ALU_LOAD(X_SUB), 8, to, X_CPU(counted.mark));
    x64_op(x, X_ALU(X_ADD), 8, to, X_CPU(counted.mark));
}

void emit_counted_call(struct emit *e, u32 to)
{
    struct x64 *x = &e->x;
    const struct cpu_place *k = op_place(e->block->op);
    if (to == NO_WAY || (k->end != END_CALL && k->end != END_FAR_CALL)) {
        emit_counted_end(e);
        return;
    }
    s32 way = (s32)profile_way(to);
    flags_to_rax(e);
    e->at_near_call = k->end == END_CALL;
    if (!e->entered) {
        compare_address(e, k);
        e->unusual[3] = x64_jcc_hole(x, CC_NZ);
    }
    x64_op(x, X_MOV_LOAD, 8, H_T0, X_CPU(counted.top));
    unsigned esp = stack_address(e, H_T2);
    x64_op(x, X_MOV_LOAD, 8, H_T1, X_NOTE(H_T0, 0, slot));
    x64_op(x, X_ALU(X_SUB), 8, esp, X_REG(H_T1));
    x64_op(x, X_LEA, 8, H_T1, X_MEM(H_T1, -1));
    x64_alu_imm(x, X_CMP, 8, X_REG(H_T1), PROFILE_NEAR - 1);
    e->unusual[0] = x64_jcc_hole(x, CC_NB);
    x64_op(x, X_ALU_LOAD(X_CMP), 8, H_T0, X_CPU(counted.last));
    e->unusual[1] = x64_jcc_hole(x, CC_Z);
    x64_op(x, X_MOV_LOAD, 8, H_T1, X_CPU(counted.at));
    x64_alu_imm(x, X_CMP, 4, X_MEM(H_T1, (s32)offsetof(struct profile_node, to) + 4 * way), to);
    e->unusual[2] = x64_jcc_hole(x, CC_NZ);
    x64_op(x, X_MOV, 8, esp, X_NOTE(H_T0, 1, slot));
    x64_op(x, X_MOV, 8, H_T1, X_NOTE(H_T0, 1, node));
    x64_mov_imm(x, 8, X_NOTE(H_T0, 1, ret), k->lin + k->bytes); /* and kind, its sign */
    x64_alu_imm(x, X_ADD, 8, X_CPU(counted.top), sizeof(struct profile_frame));
    take_since(e, H_T0);
    x64_op(x, X_ALU(X_ADD), 8, H_T0, X_NODE(H_T1, self));
    x64_op(x, X_MOV_LOAD, 8, H_T1, X_MEM(H_T1, (s32)offsetof(struct profile_node, way) + 8 * way));
    x64_op(x, X_GROUP5, 8, X_DIGIT(0), X_NODE(H_T1, calls));
    x64_op(x, X_MOV, 8, H_T1, X_CPU(counted.at));
    x64_mov_imm(x, 4, X_CPU(counted.expect), profile_symbol(e->cpu, to));
    e->settled = x->at;
    e->settled_entered = e->entered;
}

void emit_counted_ret(struct emit *e)
{
    struct x64 *x = &e->x;
    flags_clobber(e);
    x64_op(x, X_MOV_LOAD, 8, H_T0, X_CPU(counted.top));
    unsigned esp = stack_address(e, H_T1);
    x64_op(x, X_ALU(X_CMP), 8, esp, X_NOTE(H_T0, 0, slot));
    e->unusual[0] = x64_jcc_hole(x, CC_NZ);
    take_since(e, H_T1);
    x64_op(x, X_MOV_LOAD, 8, H_T0, X_CPU(counted.at));
    x64_op(x, X_ALU(X_ADD), 8, H_T1, X_NODE(H_T0, self));
    x64_op(x, X_MOV_LOAD, 8, H_T0, X_CPU(counted.top));
    x64_op(x, X_MOV_LOAD, 8, H_T0, X_NOTE(H_T0, 0, node));
    x64_op(x, X_MOV, 8, H_T0, X_CPU(counted.at));
    x64_alu_imm(x, X_SUB, 8, X_CPU(counted.top), sizeof(struct profile_frame));
    x64_op(x, X_MOV_LOAD, 4, H_T0, X_NODE(H_T0, symbol));
    x64_op(x, X_MOV, 4, H_T0, X_CPU(counted.expect));
    e->settled = x->at;
    e->settled_entered = e->entered;
}

/*
 * The code counts one place, which those that it jumps to by trust rely on: at another linear
 * address the interpreter does the block.
 */
void emit_turn(struct emit *e)
{
    struct x64 *x = &e->x;
    const struct op *record = e->block->op;
    for (unsigned i = 0; i < 2; i++)
        x64_fill(x, e->turns[i], x->at);
    x64_mov_imm(x, 8, X_REG(H_T0), (uintptr_t)record);
    u8 *back = x->at + TURN_BYTES;
    x64_lea_rip(x, H_T1, back);
    x64_jmp(x, e->jit->thunk.turn);
    if (x->at != back && !x->overflow)
        abort();
    x64_mov_imm(x, 8, X_REG(H_T0), (uintptr_t)record);
    x64_mov_imm(x, 8, X_REG(H_T1), (uintptr_t)op_place(record));
    x64_op(x, X_ALU(X_CMP), 8, H_T1, X_MEM(H_T0, (s32)offsetof(struct op, disp)));
    x64_jcc(x, CC_Z, e->counted);
    e->exits[e->exit_count++] =
        (struct exit_hole){.hole = x64_jmp_hole(x), .reason = LEAVE_LINK, .place = {.insn = 0}};
}

u32 emit_trusted(struct emit *e)
{
    u8 *start = e->x.at;
    if (!e->flat || e->cpu->timing)
        return 0;
    x64_alu_imm(&e->x, X_SUB, 8, X_REG(H_BUDGET), e->block->count);
    e->trusted_out = x64_jcc_hole(&e->x, CC_S);
    x64_jmp(&e->x, e->trusted);
    return (u32)(start - e->jit->region.write);
}
