/*
 * x64_seg.c - segment registers: MOV from them; MOV, POP, LDS and LES to DS, ES, FS and GS in real
 * mode. SDM vol. 2; vol. 3, 20.1.
 *
 * In real mode a load changes selector and base, provided that the rest of the register is as a
 * load would leave it (seg_load_real()), which is checked. Everything else is the interpreter's:
 * other modes, and SS, behind which no interrupt may come.
 */
#include "cpu/translate/emit.h"

static struct x64_rm field(unsigned seg, size_t offset)
{
    return X_MEM(H_CPU, (s32)(offsetof(struct cpu, seg) + seg * sizeof(struct seg) + offset));
}
#define SEG_FIELD(seg, name) field(seg, offsetof(struct seg, name))

static bool loads_in_real_mode(const struct emit *e, unsigned seg)
{
    return !(e->block->mode & MODE_PE) &&
           (seg == SEG_DS || seg == SEG_ES || seg == SEG_FS || seg == SEG_GS);
}

/* Leave unless a load in real mode is no more than selector and base. */
static void check_register(struct emit *e, unsigned seg)
{
    struct x64 *x = &e->x;
    x64_alu_imm(x, X_CMP, 1, SEG_FIELD(seg, attr), SEG_P | SEG_S | SEG_RW | SEG_ACCESSED);
    exit_if(e, CC_NZ, LEAVE_OP);
    x64_alu_imm(x, X_CMP, 4, SEG_FIELD(seg, limit), 0xffff);
    exit_if(e, CC_NZ, LEAVE_OP);
    x64_alu_imm(x, X_CMP, 1, SEG_FIELD(seg, usable), 0);
    exit_if(e, CC_Z, LEAVE_OP);
}

/* The selector is in T1. */
static void set_register(struct emit *e, unsigned seg)
{
    struct x64 *x = &e->x;
    e->fds = 0;
    x64_op(x, X_MOV, 2, H_T1, SEG_FIELD(seg, sel));
    x64_shift_imm(x, X_SHL, 4, X_REG(H_T1), 4);
    x64_op(x, X_MOV, 4, H_T1, SEG_FIELD(seg, base));
}

static void word_to_t1(struct emit *e, struct x64_rm from)
{
    x64_op0f(&e->x, X0F_MOVZX + 1, 4, H_T1, from, 2);
}

/* MOV Sreg, r/m16 */
static bool load_segment(struct emit *e)
{
    struct operand_at from = emit_operand(e, 1);
    unsigned seg = e->o->r2;
    if (!loads_in_real_mode(e, seg) || from.place == NOWHERE)
        return false;
    flags_clobber(e);
    check_register(e, seg);
    word_to_t1(e, from.place == IN_MEMORY ? emit_access(e, 2, false) : X_REG(from.reg));
    set_register(e, seg);
    return true;
}

/* MOV r/m, Sreg: 16 bits of memory, or the whole register. */
static bool store_segment(struct emit *e)
{
    unsigned seg = e->o->r2, n = e->o->flags & OPF_O16 ? 2 : 4;
    if (seg >= SEG_COUNT)
        return false;
    if (e->o->flags & OPF_MEM) {
        struct x64_rm m = emit_access(e, 2, true);
        x64_op0f(&e->x, X0F_MOVZX + 1, 4, H_T2, SEG_FIELD(seg, sel), 2);
        x64_op(&e->x, X_MOV, 2, H_T2, m);
    } else {
        unsigned guest = (e->o->r1 - (unsigned)offsetof(struct cpu, gpr)) / 4;
        word_to_t1(e, SEG_FIELD(seg, sel));
        x64_op(&e->x, X_MOV, n, H_T1, X_REG(host_gpr(guest)));
    }
    return true;
}

bool emit_mov_segment(struct emit *e)
{
    return op_row(e->o)->operand[0] == Sw ? load_segment(e) : store_segment(e);
}

bool emit_pop_segment(struct emit *e)
{
    unsigned seg = e->o->r2, n = e->o->flags & OPF_O16 ? 2 : 4;
    if (!loads_in_real_mode(e, seg))
        return false;
    flags_clobber(e);
    check_register(e, seg);
    word_to_t1(e, emit_stack(e, 0, 2, false));
    set_register(e, seg);
    emit_move_stack(e, (s32)n, H_T1);
    return true;
}

/* LDS, LES and so on: the offset, then the selector behind it. */
bool emit_load_far(struct emit *e)
{
    struct x64 *x = &e->x;
    unsigned seg = e->o->r1;
    struct operand_at to = emit_operand(e, 0);
    if (!loads_in_real_mode(e, seg) || !(e->o->flags & OPF_O16) || to.place != IN_REGISTER)
        return false;
    flags_clobber(e);
    check_register(e, seg);
    x64_op(x, X_MOV_LOAD, 2, H_T1, emit_access(e, 2, false));
    x64_op(x, X_MOV, 2, H_T1, X_MEM(X_SP, 0));
    emit_offset(e, H_T0);
    x64_op(x, X_LEA, 4, H_T0, X_MEM(H_T0, 2));
    if (e->o->flags & OPF_A16)
        x64_op0f(x, X0F_MOVZX + 1, 4, H_T0, X_REG(H_T0), 2);
    emit_segment(e, e->o->seg, 2, false);
    word_to_t1(e, emit_lookup(e, 2, false));
    set_register(e, seg);
    x64_op(x, X_MOV_LOAD, 2, H_T1, X_MEM(X_SP, 0));
    x64_op(x, X_MOV, 2, H_T1, X_REG(to.reg));
    return true;
}
