/*
 * x64_frame.c - the way into machine code and out of it: pieces of code that all blocks share, made
 * once at the start.
 *
 * A handler is called with (struct cpu *, struct op *, flags) in rdi, rsi, rdx. Machine code keeps
 * the host's six saved registers and two scratch words on the stack; on the way out they are
 * popped, and what comes next is jumped to as a handler, which returns to the run loop in our
 * place.
 */
#include "cpu/profile/profile.h"
#include "cpu/protect/access.h"
#include "cpu/translate/jit_private.h"
#include "mmu/touch.h"

_Static_assert(sizeof(struct block) == 64, "the fields of a block are addressed from its records");

static const u8 saved[] = {X_BP, X_BX, X_R12, X_R13, X_R14, X_R15};

static void load(struct x64 *x, unsigned size, unsigned reg, struct x64_rm from)
{
    x64_op(x, X_MOV_LOAD, size, reg, from);
}

static void store(struct x64 *x, unsigned size, unsigned reg, struct x64_rm to)
{
    x64_op(x, X_MOV, size, reg, to);
}

static void move(struct x64 *x, unsigned size, unsigned to, unsigned from)
{
    x64_op(x, X_MOV, size, from, X_REG(to));
}

static void constant(struct x64 *x, unsigned reg, u64 value)
{
    x64_mov_imm(x, 8, X_REG(reg), value);
}

static void load_registers(struct x64 *x)
{
    for (unsigned i = 0; i < 8; i++)
        load(x, 4, host_gpr(i), X_CPU(gpr[i]));
}

/* ---- in ---- */

static void emit_enter(struct jit *j, struct x64 *x)
{
    /* rax: behind the head, because the interpreter has charged the block; ecx: its page offset. */
    j->thunk.enter = x->at;
    load(x, 4, X_AX, X_BLOCK(X_SI, code));
    x64_lea_rip(x, X_R10, j->region.write);
    x64_op(x, X_LEA, 8, X_AX, X_MEMX(X_AX, X_R10, 0, HEAD_BYTES));
    load(x, 4, X_CX, X_BLOCK(X_SI, phys));
    x64_alu_imm(x, X_AND, 4, X_REG(X_CX), PAGE_MASK);

    j->thunk.enter_at = x->at;
    for (unsigned i = 0; i < ARRAY_SIZE(saved); i++)
        x64_push(x, saved[i]);
    x64_alu_imm(x, X_SUB, 8, X_REG(X_SP), FRAME);
    x64_mov_imm(x, 4, X_MEM(X_SP, FRAME_UNITS), 0);
    move(x, 8, H_CPU, X_DI);
    move(x, 8, H_T2, X_AX);
    constant(x, X_AX, (uintptr_t)&j->stats.entered);
    x64_op(x, X_GROUP5, 8, X_DIGIT(0), X_MEM(X_AX, 0));
    move(x, 4, H_FL, X_DX);
    x64_alu_imm(x, X_AND, 4, X_REG(H_FL), FL_ALL);
    load(x, 4, X_DI, X_CPU(eip));
    x64_op(x, X_ALU(X_SUB), 4, X_CX, X_REG(X_DI));
    store(x, 4, X_DI, X_CPU(page_eip));
    load_registers(x);
    load(x, 8, H_TLB, X_CPU(flat));
    load(x, 8, H_BUDGET, X_CPU(budget));
    x64_op(x, X_GROUP5, 4, X_DIGIT(4), X_REG(H_T2));
}

/* ---- out ---- */

static void store_registers(const struct jit *j, struct x64 *x)
{
    x64_alu_imm(x, X_CMP, 1, X_MEM(X_SP, FRAME_UNITS), 0);
    u8 *none = x64_jcc_hole(x, CC_Z);
    x64_call(x, j->thunk.units_out);
    x64_fill(x, none, x->at);
    for (unsigned i = 0; i < 8; i++)
        store(x, 4, host_gpr(i), X_CPU(gpr[i]));
    store(x, 8, H_BUDGET, X_CPU(budget));
}

static void pop_frame(struct x64 *x)
{
    x64_alu_imm(x, X_ADD, 8, X_REG(X_SP), FRAME);
    for (unsigned i = ARRAY_SIZE(saved); i-- > 0;)
        x64_pop(x, saved[i]);
}

static void count(struct jit *j, struct x64 *x, enum leave_reason r)
{
    constant(x, X_CX, (uintptr_t)&j->stats.left[r]);
    x64_op(x, X_GROUP5, 8, X_DIGIT(0), X_MEM(X_CX, 0));
}

/* Go on in the handler in rax; esi or rsi is its op already. */
static void to_handler(struct x64 *x)
{
    move(x, 4, X_DX, X_CX); /* the flags were put aside there */
    move(x, 8, X_DI, H_CPU);
    pop_frame(x);
    x64_op(x, X_GROUP5, 4, X_DIGIT(4), X_REG(X_AX));
}

static void to_function(struct x64 *x, exec_fn *fn)
{
    move(x, 4, X_CX, H_FL);
    constant(x, X_AX, (uintptr_t)fn);
    to_handler(x);
}

/*
 * To the interpreter at a record. r14: the block's first record; esi: reason << 16 | distance of
 * the record from it; rdi: the record's own handler, 0: the one that it has. leave_slow: an exit
 * that costs time, which too many of must not happen.
 */
static void emit_leave(struct jit *j, struct x64 *x)
{
    j->thunk.leave_slow = x->at;
    x64_op(x, X_GROUP5, 2, X_DIGIT(1), X_BLOCK(H_T2, slow));
    u8 *fresh = x64_jcc_hole(x, CC_NZ);
    constant(x, X_DI, (uintptr_t)j->handler.tired);
    x64_fill(x, fresh, x->at);

    j->thunk.leave = x->at;
    store_registers(j, x);
    move(x, 4, X_BX, X_SI);
    x64_shift_imm(x, X_SHR, 4, X_REG(X_BX), 16);
    constant(x, X_CX, (uintptr_t)j->stats.left);
    x64_op(x, X_GROUP5, 8, X_DIGIT(0), X_MEMX(X_CX, X_BX, 3, 0));
    x64_alu_imm(x, X_CMP, 4, X_REG(X_BX), LEAVE_OP);
    u8 *not_op = x64_jcc_hole(x, CC_NZ);
    x64_op0f(x, X0F_MOVZX + 1, 4, X_CX, X_REG(X_SI), 2);
    x64_op0f(x, X0F_MOVZX + 1, 4, X_CX, X_MEMX(H_T2, X_CX, 0, (s32)offsetof(struct op, def)), 2);
    constant(x, X_DX, (uintptr_t)j->left_at);
    x64_op(x, X_GROUP5, 8, X_DIGIT(0), X_MEMX(X_DX, X_CX, 3, 0));
    x64_fill(x, not_op, x->at);
    load(x, 4, X_CX, X_BLOCK(H_T2, phys));
    x64_alu_imm(x, X_AND, 4, X_REG(X_CX), PAGE_MASK);
    x64_op(x, X_ALU_LOAD(X_ADD), 4, X_CX, X_CPU(page_eip));
    store(x, 4, X_CX, X_CPU(eip));
    move(x, 4, X_CX, H_FL);
    x64_op0f(x, X0F_MOVZX + 1, 4, X_SI, X_REG(X_SI), 2);
    x64_op(x, X_ALU(X_ADD), 8, H_T2, X_REG(X_SI));
    move(x, 8, X_AX, X_DI);
    x64_op(x, X_TEST, 8, X_AX, X_REG(X_AX));
    u8 *given = x64_jcc_hole(x, CC_NZ);
    load(x, 8, X_AX, X_MEM(X_SI, 0));
    x64_op(x, X_ALU(X_CMP), 8, H_T2, X_REG(X_SI));
    u8 *other = x64_jcc_hole(x, CC_NZ);
    load(x, 8, X_AX, X_BLOCK(H_T2, first));
    x64_fill(x, given, x->at);
    x64_fill(x, other, x->at);
    to_handler(x);
}

/*
 * From the end of a block. rsi: its last record; edi: the target's distance from the page's first
 * byte. r14d: the target of an indirect jump.
 */
static void emit_ends(struct jit *j, struct x64 *x)
{
    for (unsigned i = 0; i < 2; i++) {
        j->thunk.follow[i] = x->at;
        store_registers(j, x);
        x64_op(x, X_ALU_LOAD(X_ADD), 4, X_DI, X_CPU(page_eip));
        store(x, 4, X_DI, X_CPU(eip));
        count(j, x, LEAVE_LINK);
        to_function(x, j->handler.follow[i]);
    }
    j->thunk.lookup = x->at;
    store_registers(j, x);
    store(x, 4, H_T2, X_CPU(eip));
    count(j, x, LEAVE_INDIRECT);
    x64_op(x, X_ALU(X_XOR), 4, X_SI, X_REG(X_SI));
    to_function(x, j->handler.lookup);
}

/* To the run loop: the budget does not cover the block, whose page offset is in edi. */
static void emit_quit(struct jit *j, struct x64 *x)
{
    j->thunk.quit = x->at;
    store_registers(j, x);
    x64_op(x, X_ALU_LOAD(X_ADD), 4, X_DI, X_CPU(page_eip));
    store(x, 4, X_DI, X_CPU(eip));
    count(j, x, LEAVE_BUDGET);
    store(x, 4, H_FL, X_CPU(fl));
    move(x, 4, X_DX, H_FL); /* with the trampoline: {NULL, flags} */
    x64_op(x, X_ALU(X_XOR), 4, X_AX, X_REG(X_AX));
    pop_frame(x);
    x64_ret(x);
}

/* As many conditions send a store beside code to the C function. */
enum { BESIDE_HOLES = 8 };

/*
 * What lin_beside_code() does (cpu/protect/access.c), for the most frequent case: a page that
 * nobody watches, with all of the code in other granules. The same registers and answer as of
 * emit_beside(); `slow` is filled by who calls.
 */
static void emit_beside_fast(struct x64 *x, u8 *slow[BESIDE_HOLES])
{
    struct x64_rm last = X_MEMX(H_T0, H_T1, 0, -1); /* the last byte's address */
    _Static_assert(sizeof(struct tlb_info) == 12 && sizeof(struct phys_page) == 16, "scales");
    _Static_assert(offsetof(struct phys_page, kind) == offsetof(struct phys_page, shared) + 2 &&
                       offsetof(struct phys_page, watched) == offsetof(struct phys_page, kind) + 1,
                   "one comparison for the three");
    x64_push(x, X_AX);
    x64_push(x, X_CX);
    move(x, 4, H_T2, H_T0);
    x64_shift_imm(x, X_SHR, 4, X_REG(H_T2), PAGE_SHIFT);
    x64_alu_imm(x, X_AND, 4, X_REG(H_T2), TLB_ENTRIES - 1);
    x64_op(x, X_LEA, 8, H_T2, X_MEMX(H_T2, H_T2, 1, 0));
    load(x, 8, X_AX, X_CPU(tlb));
    x64_op(x, X_LEA, 8, X_AX, X_MEMX(X_AX, H_T2, 2, (s32)offsetof(struct tlb, info)));
    x64_op(x, X_LEA, 4, X_CX, last);
    x64_alu_imm(x, X_AND, 4, X_REG(X_CX), ~(u32)PAGE_MASK);
    x64_op(x, X_ALU_LOAD(X_CMP), 4, X_CX, X_MEM(X_AX, offsetof(struct tlb_info, page)));
    slow[0] = x64_jcc_hole(x, CC_NZ);
    x64_alu_imm(x, X_CMP, 1, X_MEM(X_AX, offsetof(struct tlb_info, writable)), 0);
    slow[1] = x64_jcc_hole(x, CC_Z);
    x64_alu_imm(x, X_CMP, 8, X_CPU(mmu.slow), 0);
    slow[2] = x64_jcc_hole(x, CC_NZ);
    load(x, 8, H_T2, X_CPU(mmu.tlb));
    x64_alu_imm(x, X_CMP, 8, X_MEM(H_T2, (s32)offsetof(struct tlb_room, touch)), 0);
    slow[3] = x64_jcc_hole(x, CC_NZ);
    load(x, 4, X_AX, X_MEM(X_AX, offsetof(struct tlb_info, phys)));
    x64_shift_imm(x, X_SHR, 4, X_REG(X_AX), PAGE_SHIFT - 4);
    load(x, 8, X_CX, X_CPU(phys));
    x64_op(x, X_ALU_LOAD(X_ADD), 8, X_AX, X_MEM(X_CX, offsetof(struct phys, page)));
    x64_alu_imm(x, X_CMP, 4, X_MEM(X_AX, offsetof(struct phys_page, shared)), PAGE_RAM << 16);
    slow[4] = x64_jcc_hole(x, CC_NZ);
    load(x, 4, H_T2, X_MEM(X_AX, offsetof(struct phys_page, code)));
    load(x, 8, X_AX, X_MEM(X_AX, offsetof(struct phys_page, host)));
    x64_op(x, X_TEST, 4, H_T2, X_REG(H_T2));
    slow[5] = x64_jcc_hole(x, CC_Z);
    move(x, 4, X_CX, H_T0);
    x64_shift_imm(x, X_SHR, 4, X_REG(X_CX), GRANULE_SHIFT);
    x64_op0f(x, X0F_BT, 4, X_CX, X_REG(H_T2), 4);
    slow[6] = x64_jcc_hole(x, CC_B);
    x64_op(x, X_LEA, 4, X_CX, last);
    x64_shift_imm(x, X_SHR, 4, X_REG(X_CX), GRANULE_SHIFT);
    x64_op0f(x, X0F_BT, 4, X_CX, X_REG(H_T2), 4);
    slow[7] = x64_jcc_hole(x, CC_B);
    move(x, 4, X_CX, H_T0);
    x64_alu_imm(x, X_AND, 4, X_REG(X_CX), ~(u32)PAGE_MASK);
    x64_op(x, X_ALU(X_SUB), 8, X_CX, X_REG(X_AX));
    move(x, 8, H_T1, X_AX);
    x64_pop(x, X_CX);
    x64_pop(x, X_AX);
    x64_op(x, X_TEST, 4, H_T2, X_REG(H_T2)); /* not 0 */
    x64_ret(x);
}

/*
 * Called where a store has found no word for its page: esi is its linear address, edi its length.
 * Returns in rdi the distance of the host's address from it when the store may be done; the zero
 * flag: it may not. Changes r14. Vector registers of the guest would be lost in C code.
 */
static void emit_beside(struct jit *j, struct x64 *x)
{
    static const u8 pushed[] = {X_AX, X_CX, X_DX, X_SI, X_DI, X_R8, X_R9, X_R10, X_R11};
    u8 *slow[BESIDE_HOLES];
    j->thunk.beside = x->at;
    emit_beside_fast(x, slow);
    for (unsigned i = 0; i < BESIDE_HOLES; i++)
        x64_fill(x, slow[i], x->at);
    x64_pop(x, X_CX);
    x64_pop(x, X_AX);
    x64_op(x, X_ALU(X_XOR), 4, H_T2, X_REG(H_T2));
    x64_alu_imm(x, X_CMP, 1, X_MEM(X_SP, 8 + FRAME_UNITS), 0);
    u8 *busy = x64_jcc_hole(x, CC_NZ);
    for (unsigned i = 0; i < sizeof pushed; i++) /* which keeps the stack aligned */
        x64_push(x, pushed[i]);
    move(x, 4, X_DX, X_DI);
    move(x, 8, X_DI, H_CPU);
    constant(x, X_AX, (uintptr_t)lin_beside_code);
    x64_mov_imm(x, 1, X_CPU(doing), CPU_STORES);
    x64_op(x, X_GROUP5, 4, X_DIGIT(2), X_REG(X_AX));
    x64_mov_imm(x, 1, X_CPU(doing), CPU_EXECUTES);
    move(x, 8, H_T2, X_AX);
    for (unsigned i = sizeof pushed; i-- > 0;)
        x64_pop(x, pushed[i]);
    move(x, 8, H_T1, H_T2);
    x64_op(x, X_ALU(X_SUB), 8, H_T0, X_REG(H_T1));
    x64_fill(x, busy, x->at);
    x64_op(x, X_TEST, 8, H_T2, X_REG(H_T2));
    x64_ret(x);
}

/*
 * The slow way of counting a block, see x64_profile.c. The registers are the same afterwards.
 */
static void emit_turn_of_profile(struct jit *j, struct x64 *x)
{
    j->thunk.turn = x->at;
    store(x, 8, X_DI, X_MEM(X_SP, 0));
    store(x, 8, H_FL, X_MEM(X_SP, 8));
    store_registers(j, x);
    load(x, 4, X_CX, X_BLOCK(X_SI, phys));
    x64_alu_imm(x, X_AND, 4, X_REG(X_CX), PAGE_MASK);
    x64_op(x, X_ALU_LOAD(X_ADD), 4, X_CX, X_CPU(page_eip));
    store(x, 4, X_CX, X_CPU(eip));
    move(x, 8, X_DI, H_CPU);
    constant(x, X_AX, (uintptr_t)profile_turn);
    x64_op(x, X_GROUP5, 4, X_DIGIT(2), X_REG(X_AX));
    load(x, 8, H_FL, X_MEM(X_SP, 8));
    load_registers(x);
    x64_op(x, X_GROUP5, 4, X_DIGIT(4), X_MEM(X_SP, 0));
}

/*
 * Code was written at other addresses than it is executed at: the processor must be told (SDM vol.
 * 3, 8.1.3). IRET to the next instruction does, and costs less than CPUID in a virtual machine.
 */
static void emit_serialize(struct jit *j, struct x64 *x)
{
    static const u8 code[] = {
        0x8c, 0xd1,                               /* mov ecx, ss */
        0x51,                                     /* push rcx */
        0x48, 0x8d, 0x54, 0x24, 0x08,             /* lea rdx, [rsp + 8] */
        0x52,                                     /* push rdx */
        0x9c,                                     /* pushfq */
        0x8c, 0xc9,                               /* mov ecx, cs */
        0x51,                                     /* push rcx */
        0x48, 0x8d, 0x0d, 0x03, 0x00, 0x00, 0x00, /* lea rcx, [rip + 3] */
        0x51,                                     /* push rcx */
        0x48, 0xcf,                               /* iretq */
        0xc3,                                     /* ret */
    };
    j->thunk.serialize = x->at;
    for (unsigned i = 0; i < sizeof code; i++)
        x64_byte(x, code[i]);
}

void jit_serialize(const struct jit *j)
{
    void (*fn)(void) = (void (*)(void))jit_runnable(j, j->thunk.serialize);
    fn();
}

u32 emit_thunks(struct jit *j)
{
    struct x64 x = {.at = j->region.write + 16, .end = j->region.write + j->reserved};
    emit_units(j, &x);
    emit_beside(j, &x);
    emit_enter(j, &x);
    emit_leave(j, &x);
    emit_ends(j, &x);
    emit_stale(j, &x);
    emit_quit(j, &x);
    emit_turn_of_profile(j, &x);
    emit_serialize(j, &x);
    return x.overflow ? 0 : (u32)((x.at - j->region.write + 63) & ~63l);
}
