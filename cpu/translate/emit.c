/*
 * emit.c - operands, flags and exits: see emit.h.
 */
#include "cpu/translate/emit.h"

/* ---- operands ---- */

static u8 byte_register(unsigned offset, bool bh_below)
{
    unsigned guest = offset / 4 & 3;
    if (guest == EBX && bh_below)
        return (u8)host_gpr(EBX); /* BH: nothing else of EBX is used then */
    if (!(offset & 3))
        return (u8)host_gpr(guest);
    return guest == EBX ? (u8)X_NONE : (u8)X_HIGH(host_gpr(guest));
}

static struct operand_at in_register(const struct emit *e, unsigned offset, bool byte)
{
    offset -= (unsigned)offsetof(struct cpu, gpr);
    u8 reg = byte ? byte_register(offset, e->bh_below) : (u8)host_gpr(offset / 4);
    return (struct operand_at){.place = reg == (u8)X_NONE ? NOWHERE : IN_REGISTER, .reg = reg};
}

struct operand_at emit_operand(const struct emit *e, unsigned i)
{
    const struct op *o = e->o;
    u8 kind = op_row(o)->operand[i];
    if (kind_among(kind, KINDS_MOFFS) ||
        ((o->flags & OPF_MEM) && kind_among(kind, KINDS_MAYBE_MEMORY)))
        return (struct operand_at){.place = IN_MEMORY};
    switch ((enum operand)kind) {
    case Eb:
    case Zb:
        return in_register(e, o->r1, true);
    case Gb:
        return in_register(e, o->r2, true);
    case Ew:
    case Ed:
    case Ev:
    case Zv:
        return in_register(e, o->r1, false);
    case Gw:
    case Gd:
    case Gv:
        return in_register(e, o->r2, false);
    case ALb:
    case AXw:
    case eAX:
        return (struct operand_at){.place = IN_REGISTER, .reg = (u8)host_gpr(EAX)};
    case CLb:
        return (struct operand_at){.place = IN_REGISTER, .reg = (u8)host_gpr(ECX)};
    case Ib:
    case Ibs:
    case Iz:
    case Iw:
    case ONE:
        return (struct operand_at){.place = IMMEDIATE, .imm = o->imm};
    default:
        return (struct operand_at){.place = NOWHERE};
    }
}

unsigned bytes_begin(struct emit *e, u8 *a, u8 *b)
{
    u8 *high = X_IS_HIGH(*a) ? a : X_IS_HIGH(*b) ? b : NULL;
    u8 *other = high == a ? b : a;
    if (!high || X_IS_HIGH(*other) || *other == (u8)X_NONE || *other < X_SP)
        return X_NONE;
    unsigned reg = *high - 0x10u;
    x64_op(&e->x, X_XCHG, 1, reg, X_REG(X_HIGH(reg)));
    *high = (u8)reg;
    return reg;
}

void bytes_end(struct emit *e, unsigned swapped)
{
    if (swapped != X_NONE)
        x64_op(&e->x, X_XCHG, 1, swapped, X_REG(X_HIGH(swapped)));
}

/* ---- flags ---- */

void flags_to_rax(struct emit *e)
{
    if (e->in_rax || !e->live)
        return;
    x64_lahf(&e->x);
    if (e->host_logic) {
        x64_alu_imm(&e->x, X_AND, 4, X_REG(H_FL), FL_SF | FL_ZF | FL_PF);
        e->in_host = false;
    } else {
        x64_op0f(&e->x, X0F_SET + CC_O, 1, X_DIGIT(0), X_REG(H_FL), 1);
    }
    e->in_rax = true;
}

void flags_clobber(struct emit *e)
{
    flags_to_rax(e);
    flags_in_rax(e);
}

void flags_made(struct emit *e, bool logic)
{
    e->in_host = true;
    e->in_rax = false;
    e->host_logic = logic;
}

void flags_unread(struct emit *e)
{
    e->in_host = false;
    e->in_rax = true;
}

void flags_carry(struct emit *e)
{
    if (!e->in_host)
        x64_bits_imm(&e->x, 4, 4, X_REG(H_FL), 8);
}

unsigned flags_condition(struct emit *e, unsigned cc)
{
    static const u32 mask[8] = {FL_OF, FL_CF, FL_ZF, FL_CF | FL_ZF, FL_SF, FL_PF, 0, 0};
    if (e->in_host)
        return cc;
    u32 m = mask[cc >> 1];
    if (m) {
        x64_test_imm(&e->x, 4, X_REG(H_FL), m);
        return (cc & 1) ? CC_Z : CC_NZ;
    }
    /* OF from AL, which is 0 or 1; the others from AH. */
    x64_alu_imm(&e->x, X_CMP, 1, X_REG(H_FL), (u32)-127);
    x64_sahf(&e->x);
    e->in_host = true;
    e->host_logic = false;
    return cc;
}

/* ---- exits ---- */

static void add_exit(struct emit *e, u8 *hole, enum leave_reason reason)
{
    e->exits[e->exit_count++] =
        (struct exit_hole){.hole = hole, .insn = (u8)e->i, .reason = (u8)reason, .note = e->note};
}

void exit_if(struct emit *e, unsigned cc, enum leave_reason reason)
{
    add_exit(e, x64_jcc_hole(&e->x, cc), reason);
}

void exit_always(struct emit *e, enum leave_reason reason)
{
    add_exit(e, x64_jmp_hole(&e->x), reason);
}

void add_detour(struct emit *e, struct detour d)
{
    d.insn = (u8)e->i;
    d.note = e->note;
    d.back = e->x.at;
    e->detours[e->detour_count++] = d;
}
