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

static void make_anew(struct x64 *x, const struct recipe *r)
{
    static const u8 first[] = {[BY_ADD] = X_SUB, [BY_SUB] = X_ADD};
    static const u8 then[] = {[BY_ADD] = X_ADD, [BY_SUB] = X_SUB, [BY_CMP] = X_CMP};
    bool immediate = r->other == (u8)X_NONE, undo = r->kind == BY_ADD || r->kind == BY_SUB;
    struct x64_rm m = X_REG(r->reg);
    for (unsigned step = undo ? 0 : 1; step < 2; step++) {
        u8 number = step ? then[r->kind == BY_TEST ? 0 : r->kind] : first[r->kind];
        if (r->kind == BY_TEST && immediate)
            x64_test_imm(x, r->bytes, m, r->imm);
        else if (r->kind == BY_TEST)
            x64_op(x, X_TEST, r->bytes, r->other, m);
        else if (immediate)
            x64_alu_imm(x, number, r->bytes, m, r->imm);
        else
            x64_op(x, X_ALU(number), r->bytes, r->other, m);
    }
}

/* The host's flags into rax. */
static void pack(struct x64 *x, bool logic)
{
    x64_lahf(x);
    if (logic)
        x64_alu_imm(x, X_AND, 4, X_REG(H_FL), FL_SF | FL_ZF | FL_PF);
    else
        x64_op0f(x, X0F_SET + CC_O, 1, X_DIGIT(0), X_REG(H_FL), 1);
}

void flags_to_host(struct emit *e)
{
    if (e->in_rax || e->in_host || e->recipe.kind == NO_RECIPE)
        return;
    make_anew(&e->x, &e->recipe);
    e->in_host = true;
    e->host_logic = e->recipe.kind == BY_TEST;
}

void flags_to_rax(struct emit *e)
{
    if (e->in_rax || !e->live)
        return;
    flags_to_host(e);
    pack(&e->x, e->host_logic);
    if (e->host_logic)
        e->in_host = false;
    e->in_rax = true;
}

void flags_in_rax(struct emit *e)
{
    e->in_rax = true;
    e->in_host = false;
    e->recipe.kind = NO_RECIPE;
}

void flags_clobber(struct emit *e)
{
    flags_to_rax(e);
    flags_in_rax(e);
}

void flags_put_aside(struct emit *e)
{
    if (e->live && e->recipe.kind != NO_RECIPE)
        e->in_host = false;
    else
        flags_clobber(e);
}

void flags_made(struct emit *e, bool logic)
{
    e->in_host = true;
    e->in_rax = false;
    e->host_logic = logic;
    e->recipe.kind = NO_RECIPE;
}

void flags_recipe(struct emit *e, enum recipe_kind kind, unsigned bytes, unsigned reg,
                  unsigned other, u32 imm)
{
    bool twice = kind == BY_ADD && reg == other; /* cannot be undone */
    if (!e->in_host || twice || X_IS_HIGH(reg) || (other != (u8)X_NONE && X_IS_HIGH(other)))
        return;
    e->recipe = (struct recipe){.kind = (u8)kind,
                                .bytes = (u8)bytes,
                                .reg = (u8)reg,
                                .other = (u8)other,
                                .imm = imm,
                                .registers = (u8)((op_reads(e->o) | op_writes(e->o)) & R_GPRS)};
}

void flags_unread(struct emit *e)
{
    flags_in_rax(e);
}

void flags_carry(struct emit *e)
{
    flags_to_host(e);
    if (!e->in_host)
        x64_bits_imm(&e->x, 4, 4, X_REG(H_FL), 8);
}

/* Are flags of this mask in rax, or none of them? Returns the host's condition for cc. */
static unsigned any_in_rax(struct emit *e, u32 mask, unsigned cc)
{
    x64_test_imm(&e->x, 4, X_REG(H_FL), mask);
    return (cc & 1) ? CC_Z : CC_NZ;
}

unsigned flags_condition(struct emit *e, unsigned cc)
{
    static const u32 mask[8] = {FL_OF, FL_CF, FL_ZF, FL_CF | FL_ZF, FL_SF, FL_PF, 0, 0};
    flags_to_host(e);
    if (e->in_host)
        return cc;
    u32 m = mask[cc >> 1];
    if (m)
        return any_in_rax(e, m, cc);
    /* OF from AL, which is 0 or 1; the others from AH. */
    x64_alu_imm(&e->x, X_CMP, 1, X_REG(H_FL), (u32)-127);
    x64_sahf(&e->x);
    e->in_host = true;
    e->host_logic = false;
    return cc;
}

unsigned flags_condition_of_logic(struct emit *e, unsigned cc)
{
    static const u32 mask[8] = {FL_OF, FL_CF, FL_ZF, FL_CF | FL_ZF,
                                FL_SF, FL_PF, FL_SF, FL_SF | FL_ZF};
    flags_to_rax(e);
    return e->in_rax ? any_in_rax(e, mask[cc >> 1], cc) : cc;
}

/* ---- exits ---- */

struct place place_here(const struct emit *e)
{
    struct place p = {
        .insn = (u8)e->i, .note = e->note, .charged = e->charged, .entered = e->entered};
    if (!e->in_rax && e->live)
        p.flags = e->recipe;
    return p;
}

void go_to_place(struct emit *e, const struct place *p)
{
    e->i = p->insn;
    e->note = p->note;
    e->charged = p->charged;
    e->entered = p->entered;
    e->recipe = p->flags;
    e->in_rax = p->flags.kind == NO_RECIPE;
    e->in_host = false;
    e->live = FL_ALL;
}

void emit_place(struct emit *e, const struct place *p)
{
    if (p->flags.kind != NO_RECIPE) {
        make_anew(&e->x, &p->flags);
        pack(&e->x, p->flags.kind == BY_TEST);
    }
    if (p->charged)
        x64_alu_imm(&e->x, X_ADD, 8, X_REG(H_BUDGET), p->charged);
}

static void add_exit(struct emit *e, u8 *hole, enum leave_reason reason, bool calm)
{
    e->exits[e->exit_count++] = (struct exit_hole){
        .hole = hole, .reason = (u8)reason, .calm = calm, .place = place_here(e)};
}

void exit_if(struct emit *e, unsigned cc, enum leave_reason reason)
{
    add_exit(e, x64_jcc_hole(&e->x, cc), reason, false);
}

void exit_calmly_if(struct emit *e, unsigned cc, enum leave_reason reason)
{
    add_exit(e, x64_jcc_hole(&e->x, cc), reason, true);
}

void exit_always(struct emit *e, enum leave_reason reason)
{
    add_exit(e, x64_jmp_hole(&e->x), reason, false);
}

void add_detour(struct emit *e, struct detour d)
{
    d.place = place_here(e);
    d.back = e->x.at;
    e->detours[e->detour_count++] = d;
}
