/*
 * x64_seg.c - segment registers: MOV from them; MOV, POP, LDS and LES to DS, ES, FS and GS in real
 * mode; far JMP, CALL and RET there, with 16-bit operands. SDM vol. 2; vol. 3, 20.1.
 *
 * In real mode a load changes selector and base, provided that the rest of the register is as a
 * load would leave it (seg_load_real()), which is checked. Everything else is the interpreter's:
 * other modes, and SS, behind which no interrupt may come.
 */
#include "cpu/blocks/dispatch.h"
#include "cpu/profile/profile.h"
#include "cpu/translate/emit.h"

static struct x64_rm field(unsigned seg, size_t offset)
{
    return X_MEM(H_CPU, (s32)(offsetof(struct cpu, seg) + seg * sizeof(struct seg) + offset));
}
#define SEG_FIELD(n_, name) field(n_, offsetof(struct seg, name))

static bool in_real_mode(const struct emit *e)
{
    return !(e->block->mode & MODE_PE);
}

static bool loads_in_real_mode(const struct emit *e, unsigned seg)
{
    return in_real_mode(e) && (seg == SEG_DS || seg == SEG_ES || seg == SEG_FS || seg == SEG_GS);
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

/* ---- far transfers ---- */

/*
 * The four bytes of a far pointer, whose linear address will be made of the offset in T0, may not
 * wrap around the end of 64K: the two halves are then in different places.
 */
static void check_wrap(struct emit *e)
{
    x64_alu_imm(&e->x, X_CMP, 4, X_REG(H_T0), 0x10000 - 4);
    exit_if(e, CC_NBE, LEAVE_MEMORY);
}

/* The top of the stack as an operand of four bytes, or what lies below it. */
static struct x64_rm far_stack(struct emit *e, s32 distance, bool write)
{
    struct x64 *x = &e->x;
    x64_op(x, X_LEA, 4, H_T0, X_MEM(host_gpr(ESP), distance));
    x64_op0f(x, X0F_MOVZX + 1, 4, H_T0, X_REG(H_T0), 2);
    check_wrap(e);
    emit_segment(e, SEG_SS, 4, write);
    return emit_lookup(e, 4, write);
}

/* CS:IP becomes the far pointer in T2. The segment's limit is FFFFh, which every IP is in. */
static void go_far(struct emit *e)
{
    struct x64 *x = &e->x;
    x64_op(x, X_MOV, 4, H_T2, X_REG(H_T1));
    x64_shift_imm(x, X_SHR, 4, X_REG(H_T1), 16);
    set_register(e, SEG_CS);
    x64_op0f(x, X0F_MOVZX + 1, 4, H_T2, X_REG(H_T2), 2);
    e->ended = true;
    emit_indirect(e);
}

static bool far_fits(const struct emit *e)
{
    return in_real_mode(e) && !e->stack32 && (e->o->flags & OPF_O16);
}

bool emit_far(struct emit *e)
{
    struct x64 *x = &e->x;
    const struct op *o = e->o;
    bool call = op_operation(o) == I_call_far, memory = o->flags & OPF_MEM;
    u32 behind = (e->block->phys & PAGE_MASK) + o->pc + o->len;
    if (!far_fits(e) || (memory && !(o->flags & OPF_A16)))
        return false;
    flags_clobber(e);
    check_register(e, SEG_CS);
    if (memory) { /* read before the stack is looked at, as the handler does */
        emit_offset(e, H_T0);
        check_wrap(e);
        emit_segment(e, o->seg, 4, false);
        x64_op(x, X_MOV_LOAD, 4, H_T2, emit_lookup(e, 4, false));
        x64_op(x, X_MOV, 4, H_T2, X_MEM(X_SP, 0));
    }
    if (call) {
        struct x64_rm m = far_stack(e, -4, true);
        x64_op(x, X_MOV_LOAD, 4, H_T2, X_CPU(page_eip));
        x64_op(x, X_LEA, 4, H_T2, X_MEM(H_T2, (s32)behind));
        x64_op(x, X_MOV, 2, H_T2, m);
        x64_op0f(x, X0F_MOVZX + 1, 4, H_T2, SEG_FIELD(SEG_CS, sel), 2);
        m.disp += 2;
        x64_op(x, X_MOV, 2, H_T2, m);
        emit_move_stack(e, -4, H_T1);
    }
    if (block_is_counted(e->block))
        emit_counted_call(e, call && !memory ? ((o->disp & 0xffff) << 4) + (u16)o->imm : NO_WAY);
    if (memory)
        x64_op(x, X_MOV_LOAD, 4, H_T2, X_MEM(X_SP, 0));
    else
        x64_mov_imm(x, 4, X_REG(H_T2), o->disp << 16 | (u16)o->imm);
    go_far(e);
    return true;
}

bool emit_far_return(struct emit *e)
{
    if (!far_fits(e))
        return false;
    flags_clobber(e);
    check_register(e, SEG_CS);
    x64_op(&e->x, X_MOV_LOAD, 4, H_T2, far_stack(e, 0, false));
    if (block_is_counted(e->block))
        emit_counted_ret(e);
    emit_move_stack(e, (s32)(4 + (e->o->imm & 0xffff)), H_T1);
    go_far(e);
    return true;
}
