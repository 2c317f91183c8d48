/*
 * x64_time.c - RDTSC. SDM vol. 2; vol. 3, 18.17.
 *
 * Kernels wait by it: what cpu_time_stamp() computes is done here without leaving. The interpreter
 * does it where CR4.TSD may forbid it, and once a second of guest time, for the counter's value
 * where the second began.
 */
#include "cpu/translate/emit.h"

/*
 * What is charged and not executed yet, this instruction included, in ticks or instructions: the
 * rest of the block, and of one that loops perhaps the next round.
 */
static u32 ahead(const struct emit *e, bool ticks)
{
    u32 left = e->block->op[e->plan->record[e->i]].left;
    return left + e->charged + (ticks ? block_extra(e->cpu, e->block, left) : 0);
}

/* cpu_executed(), or cpu_ticks(), into T0. */
static void count_to_t0(struct emit *e, bool ticks)
{
    struct x64 *x = &e->x;
    x64_op(x, X_MOV_LOAD, 8, H_T0, X_CPU(until));
    if (ticks)
        x64_op(x, X_ALU_LOAD(X_ADD), 8, H_T0, X_CPU(extra));
    x64_op(x, X_ALU(X_SUB), 8, H_BUDGET, X_REG(H_T0));
    x64_alu_imm(x, X_SUB, 8, X_REG(H_T0), ahead(e, ticks));
}

/*
 * T0 divided by a constant, into RDX: shifted right, then times 2^64 + `shift` more bits over the
 * rest of the divisor, rounded up. Changes RAX.
 */
static void divide(struct emit *e, u8 before, u64 reciprocal, u8 after)
{
    struct x64 *x = &e->x;
    x64_shift_imm(x, X_SHR, 8, X_REG(H_T0), before);
    x64_mov_imm(x, 8, X_REG(X_AX), reciprocal);
    x64_op(x, X_GROUP3, 8, X_DIGIT(4), X_REG(H_T0));
    x64_shift_imm(x, X_SHR, 8, X_REG(X_DX), after);
}
#define DIVIDE_BY_1000 3, 0x20c49ba5e353f7cfull, 4        /* exact for all of 64 bits */
#define DIVIDE_BY_NS_PER_SEC 9, 0x0044b82fa09b5a53ull, 11 /* likewise */

/* cpu_time_at() for now, less the beginning of the present second, into T0. */
static void second_to_t0(struct emit *e, const struct cpu_time *t)
{
    struct x64 *x = &e->x;
    count_to_t0(e, true);
    x64_mov_imm(x, 8, X_REG(H_T2), (uintptr_t)t);
    x64_op(x, X_ALU_LOAD(X_SUB), 8, H_T0, X_MEM(H_T2, (s32)offsetof(struct cpu_time, ticks)));
    x64_op0f(x, X0F_IMUL, 8, H_T0, X_MEM(H_T2, (s32)offsetof(struct cpu_time, period)), 8);
    x64_op(x, X_ALU_LOAD(X_ADD), 8, H_T0, X_MEM(H_T2, (s32)offsetof(struct cpu_time, waited)));
    x64_op(x, X_MOV_LOAD, 4, H_T1, X_MEM(H_T2, (s32)offsetof(struct cpu_time, ps)));
    x64_op(x, X_ALU(X_ADD), 8, H_T1, X_REG(H_T0));
    divide(e, DIVIDE_BY_1000);
    x64_op(x, X_MOV, 8, X_DX, X_REG(H_T0));
    x64_op(x, X_ALU_LOAD(X_ADD), 8, H_T0, X_MEM(H_T2, (s32)offsetof(struct cpu_time, ns)));
    x64_op(x, X_ALU_LOAD(X_SUB), 8, H_T0, X_CPU(second.ns));
}

bool emit_rdtsc(struct emit *e)
{
    struct x64 *x = &e->x;
    const struct cpu_bus *bus = &e->cpu->bus;
    unsigned eax = host_gpr(EAX), edx = host_gpr(EDX);
    _Static_assert(NS_PER_SEC == 1000000000, "the constant to divide by");
    if ((bus->time_ns && !bus->time) || e->jit->check) /* there it is executed twice */
        return false;
    flags_clobber(e);
    x64_test_imm(x, 4, X_CPU(mmu.cr4), CR4_TSD);
    exit_if(e, CC_NZ, LEAVE_OP);
    if (bus->time) {
        x64_op(x, X_MOV, 8, H_FL, X_MEM(X_SP, 0));
        x64_op(x, X_MOV, 8, edx, X_MEM(X_SP, 8));
        second_to_t0(e, bus->time);
        x64_op(x, X_MOV_LOAD, 8, H_FL, X_MEM(X_SP, 0));
        x64_op(x, X_MOV_LOAD, 8, edx, X_MEM(X_SP, 8));
        x64_alu_imm(x, X_CMP, 8, X_REG(H_T0), (u32)NS_PER_SEC);
        exit_if(e, CC_NB, LEAVE_OP);
        x64_op0f(x, X0F_IMUL, 8, H_T0, X_CPU(tsc_hz), 8);
        divide(e, DIVIDE_BY_NS_PER_SEC);
        x64_op(x, X_MOV_LOAD, 8, H_FL, X_MEM(X_SP, 0));
        x64_op(x, X_ALU_LOAD(X_ADD), 8, edx, X_CPU(second.count));
    } else {
        count_to_t0(e, false);
        x64_op(x, X_MOV, 8, H_T0, X_REG(edx));
    }
    x64_op(x, X_ALU_LOAD(X_ADD), 8, edx, X_CPU(tsc_offset));
    x64_op(x, X_MOV, 4, edx, X_REG(eax));
    x64_shift_imm(x, X_SHR, 8, X_REG(edx), 32);
    return true;
}
