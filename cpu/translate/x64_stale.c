/*
 * x64_stale.c - links and code slots of a stamp that has gone, whose page is where it was.
 *
 * A change of process ends all stamps of pages that are not global; as a rule the process that runs
 * then has run before. What was linked in it is good again when the TLB has found the page of the
 * target once more, at the same physical page: the stamp is made new here, as link_missed() and
 * block_find_guess() do it in C.
 */
#include "cpu/translate/jit_private.h"

/* Of the entry at T1, in the table for code. */
#define X_ENTRY(user, field)                                                                       \
    X_MEM(H_T1, (s32)((TLB_CODE_SUPERVISOR + (user)) * sizeof(struct tlb) +                        \
                      offsetof(struct tlb, info) + offsetof(struct tlb_info, field)))

/* The entry that has the code at `lin`, and its page in `page`, which may be the same register. */
static void find_entry(struct x64 *x, unsigned user, unsigned lin, unsigned page, u8 *no[2])
{
    x64_op(x, X_MOV, 4, lin, X_REG(H_T1));
    x64_shift_imm(x, X_SHR, 4, X_REG(H_T1), PAGE_SHIFT);
    x64_alu_imm(x, X_AND, 4, X_REG(H_T1), TLB_ENTRIES - 1);
    x64_imul_imm(x, 4, H_T1, X_REG(H_T1), sizeof(struct tlb_info));
    x64_op(x, X_ALU_LOAD(X_ADD), 8, H_T1, X_CPU(mmu.tlb));
    if (page != lin)
        x64_op(x, X_MOV, 4, lin, X_REG(page));
    x64_alu_imm(x, X_AND, 4, X_REG(page), ~PAGE_MASK);
    x64_op(x, X_ALU(X_CMP), 4, page, X_ENTRY(user, page));
    no[0] = x64_jcc_hole(x, CC_NZ);
    x64_alu_imm(x, X_CMP, 1, X_ENTRY(user, global), 0);
    no[1] = x64_jcc_hole(x, CC_NZ);
}

/* To the code of the slot that T0 is the first word of; its address is in T2. */
void emit_take_slot(struct x64 *x)
{
    x64_alu_imm(x, X_AND, 4, X_REG(H_T2), ~PAGE_MASK); /* EIP is the linear address */
    x64_op(x, X_MOV, 4, H_T2, X_CPU(page_eip));
    x64_op(x, X_GROUP5, 4, X_DIGIT(4), X_CODE_SLOT(code));
}

/* Jumped to from emit_indirect(): T0, T1, T2 are the slot's first word, its stamp, the target. */
static void emit_other_stamp(struct jit *j, struct x64 *x, unsigned kind, unsigned user)
{
    u8 *no[3];
    j->thunk.other_stamp[kind][user] = x->at;
    x64_op(x, X_ALU_LOAD(X_CMP), 4, H_T1, X_CPU(mmu.stamp[TLB_KINDS - 1 - kind]));
    u8 *holds = x64_jcc_hole(x, CC_Z);
    x64_push(x, X_CX);
    find_entry(x, user, H_T2, X_CX, no);
    x64_op(x, X_MOV_LOAD, 4, X_CX, X_ENTRY(user, phys));
    x64_alu_imm(x, X_OR, 4, X_REG(X_CX), CODE_PAGE_KNOWN);
    x64_op(x, X_ALU(X_CMP), 4, X_CX, X_MEMX(H_TLB, H_T0, 2, (s32)(CODE_PAGES_AT * sizeof(u64))));
    no[2] = x64_jcc_hole(x, CC_NZ);
    x64_op(x, X_MOV_LOAD, 4, X_CX, X_CPU(mmu.stamp[TLB_LOCAL]));
    x64_op(x, X_MOV, 4, X_CX, X_CODE_SLOT(stamp));
    x64_pop(x, X_CX);
    x64_fill(x, holds, x->at);
    emit_take_slot(x);
    for (unsigned i = 0; i < ARRAY_SIZE(no); i++)
        x64_fill(x, no[i], x->at);
    x64_pop(x, X_CX);
    x64_jmp(x, j->thunk.lookup);
}

/*
 * Called by a way to another page whose link's stamp is none of the page's own kind that holds: T0,
 * T2 are the linear address and the link. The zero flag: it is good.
 */
static void emit_renew(struct jit *j, struct x64 *x, unsigned user)
{
    u8 *no[5];
    j->thunk.renew[user] = x->at;
    x64_op(x, X_MOV_LOAD, 4, H_T1, X_MEM(H_T2, (s32)offsetof(struct link, stamp)));
    for (unsigned kind = TLB_LOCAL; kind < TLB_KINDS; kind++) {
        x64_op(x, X_ALU_LOAD(X_CMP), 4, H_T1, X_CPU(mmu.stamp[kind]));
        u8 *other = x64_jcc_hole(x, CC_NZ);
        x64_ret(x);
        x64_fill(x, other, x->at);
    }
    find_entry(x, user, H_T0, H_T0, no);
    x64_op(x, X_MOV_LOAD, 4, H_T1, X_ENTRY(user, phys));
    x64_op(x, X_MOV_LOAD, 8, H_T0, X_MEM(H_T2, (s32)offsetof(struct link, to)));
    x64_op(x, X_TEST, 8, H_T0, X_REG(H_T0));
    no[2] = x64_jcc_hole(x, CC_Z);
    x64_op(x, X_ALU_LOAD(X_XOR), 4, H_T1, X_MEM(H_T0, (s32)offsetof(struct block, phys)));
    x64_test_imm(x, 4, X_REG(H_T1), ~PAGE_MASK);
    no[3] = x64_jcc_hole(x, CC_NZ);
    /* What has code lies in one page (make_plan()): no other one has to be looked up. */
    x64_alu_imm(x, X_CMP, 4, X_MEM(H_T0, (s32)offsetof(struct block, code)), 0);
    no[4] = x64_jcc_hole(x, CC_Z);
    x64_op(x, X_MOV_LOAD, 4, H_T1, X_CPU(mmu.stamp[TLB_LOCAL]));
    x64_op(x, X_MOV, 4, H_T1, X_MEM(H_T2, (s32)offsetof(struct link, stamp)));
    x64_op(x, X_ALU(X_XOR), 4, H_T1, X_REG(H_T1));
    x64_ret(x);
    for (unsigned i = 0; i < ARRAY_SIZE(no); i++)
        x64_fill(x, no[i], x->at);
    x64_op(x, X_TEST, 8, X_SP, X_REG(X_SP));
    x64_ret(x);
}

void emit_stale(struct jit *j, struct x64 *x)
{
    for (unsigned user = 0; user < 2; user++) {
        emit_renew(j, x, user);
        for (unsigned kind = TLB_LOCAL; kind < TLB_KINDS; kind++)
            emit_other_stamp(j, x, kind, user);
    }
}
