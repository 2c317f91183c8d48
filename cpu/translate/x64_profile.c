/*
 * x64_profile.c - counting a block in machine code: what its first record does for the interpreter
 * (cpu/blocks/dispatch.c, cpu/profile/profile.h).
 *
 * The usual entry, which continues the function that we are in at the linear address that the block
 * was built for, costs a comparison and a count. For a call, a return and whatever else
 * profile_turn() is called, with the processor's state complete.
 */
#include "cpu/profile/profile.h"

#include "cpu/blocks/dispatch.h"
#include "cpu/translate/emit.h"

#define HEAD_AT(field) ((s32)offsetof(struct cpu_profile_head, field))
#define X_PLACE(reg, field) X_MEM(reg, (s32)offsetof(struct cpu_place, field))

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
    const struct cpu_profile_head *head = (const struct cpu_profile_head *)e->cpu->profile;
    x64_mov_imm(x, 8, X_REG(H_T0), (uintptr_t)k);
    x64_mov_imm(x, 8, X_REG(H_T1), (uintptr_t)head);
    x64_alu_imm(x, X_CMP, 4, X_MEM(H_T1, HEAD_AT(expect)), k->symbol);
    e->turns[0] = x64_jcc_hole(x, CC_NZ);
    compare_address(e, k);
    e->turns[1] = x64_jcc_hole(x, CC_NZ);
    if (k->end != END_PLAIN) {
        x64_op(x, X_MOV_LOAD, 4, H_T2, X_PLACE(H_T0, after));
        x64_op(x, X_MOV, 4, H_T2, X_MEM(H_T1, HEAD_AT(expect)));
    }
    x64_op(x, X_MOV, 8, H_T0, X_MEM(H_T1, HEAD_AT(now)));
    x64_op(x, X_GROUP5, 8, X_DIGIT(0), X_PLACE(H_T0, hits));
    e->counted = x->at;
}

void emit_turn(struct emit *e)
{
    for (unsigned i = 0; i < 2; i++)
        x64_fill(&e->x, e->turns[i], e->x.at);
    x64_mov_imm(&e->x, 8, X_REG(H_T0), (uintptr_t)e->block->op);
    x64_lea_rip(&e->x, H_T1, e->counted);
    x64_jmp(&e->x, e->jit->thunk.turn);
}
