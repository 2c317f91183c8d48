/*
 * x64_x87.c - x87 on the host's x87 unit, which holds the guest's state (cpu/fpu.h). SDM vol. 1,
 * chapter 8. SAHF and LAHF, too, which its comparisons end in.
 *
 * Each instruction is itself, with the host's memory operand. All exceptions are masked, or machine
 * code is left. FOP, FIP and FCS are those of the last instruction only: they are noted when a run
 * of instructions is left.
 *
 * Not translated: the transcendental ones, which are computed (cpu/fpu/x87_trans.c), environments
 * and FNINIT.
 */
#include "cpu/translate/emit.h"

#include <string.h>

/* The last eight bytes of the record, as fpu_note() has them. */
static u64 note_of(const struct op *o)
{
    u64 v;
    _Static_assert(sizeof(struct op) - offsetof(struct op, def) == sizeof v, "the end of a record");
    memcpy(&v, &o->def, sizeof v);
    return v;
}

void emit_note(struct emit *e, unsigned note)
{
    struct x64 *x = &e->x;
    if (!note)
        return;
    const struct op *o = &e->block->op[e->plan->record[note - 1]];
    x64_op(x, X_MOV_LOAD, 4, H_T0, X_CPU(page_eip));
    x64_op(x, X_LEA, 4, H_T0, X_MEM(H_T0, (s32)(e->block->phys & PAGE_MASK)));
    x64_op(x, X_MOV, 4, H_T0, X_CPU(fpu.last_eip));
    x64_op0f(x, X0F_MOVZX + 1, 4, H_T0, X_CPU(seg[SEG_CS].sel), 2);
    x64_op(x, X_MOV, 2, H_T0, X_CPU(fpu.last_cs));
    x64_mov_imm(x, 8, X_REG(H_T0), note_of(o));
    x64_op(x, X_MOV, 8, H_T0, X_CPU(fpu.last_op));
}

/* FDP and FDS. */
static void note_operand(struct emit *e)
{
    struct x64 *x = &e->x;
    unsigned seg = e->o->seg;
    emit_offset(e, H_T2);
    x64_op(x, X_MOV, 4, H_T2, X_CPU(fpu.fdp));
    if (e->fds == seg + 1)
        return;
    e->fds = (u8)(seg + 1);
    x64_op0f(x, X0F_MOVZX + 1, 4, H_T2,
             X_MEM(H_CPU, (s32)(offsetof(struct cpu, seg) + seg * sizeof(struct seg) +
                                offsetof(struct seg, sel))),
             2);
    x64_op(x, X_MOV, 2, H_T2, X_CPU(fpu.fds));
}

static void as_it_is(struct emit *e)
{
    x64_byte(&e->x, op_row(e->o)->opcode);
    x64_byte(&e->x, e->o->modrm);
}

static void with_operand(struct emit *e, struct x64_rm m)
{
    const struct opdef *r = op_row(e->o);
    x64_op(&e->x, r->opcode, 4, X_DIGIT((unsigned)r->ext), m);
}

/* ---- control ---- */

/* FNSTSW AX: AX of the host holds flags. */
static void status_to_ax(struct emit *e)
{
    struct x64 *x = &e->x;
    want_x87(e);
    x64_op(x, X_MOV, 4, H_FL, X_REG(H_T2));
    as_it_is(e);
    x64_op(x, X_MOV, 2, X_AX, X_REG(host_gpr(EAX)));
    x64_op(x, X_MOV, 4, H_T2, X_REG(H_FL));
}

/* Of a control word that masks everything. */
static void load_control(struct emit *e)
{
    struct x64 *x = &e->x;
    struct x64_rm m = emit_access(e, 2, false);
    x64_op(x, X_MOV_LOAD, 1, H_T2, m);
    x64_alu_imm(x, X_AND, 4, X_REG(H_T2), FCW_MASKS);
    x64_alu_imm(x, X_CMP, 4, X_REG(H_T2), FCW_MASKS);
    exit_if(e, CC_NZ, LEAVE_FPU);
    want_x87(e);
    with_operand(e, m);
}

static bool control(struct emit *e)
{
    switch (op_operation(e->o)) {
    case I_fnstsw:
        if (!(e->o->flags & OPF_MEM)) {
            status_to_ax(e);
            return true;
        }
        break;
    case I_fnstcw:
        break;
    case I_fldcw:
        load_control(e);
        return true;
    case I_fnclex:
        want_x87(e);
        as_it_is(e);
        return true;
    default:
        return false;
    }
    struct x64_rm m = emit_access(e, 2, true);
    want_x87(e);
    with_operand(e, m);
    return true;
}

/* ---- all others ---- */

static bool is_control(enum operation op)
{
    switch (op) {
    case I_fldenv:
    case I_fldcw:
    case I_fnstenv:
    case I_fnstcw:
    case I_fneni:
    case I_fndisi:
    case I_fnclex:
    case I_fninit:
    case I_fnsetpm:
    case I_frstor:
    case I_fnsave:
    case I_fnstsw:
        return true;
    default:
        return false;
    }
}

static bool is_transcendental(enum operation op)
{
    switch (op) {
    case I_f2xm1:
    case I_fyl2x:
    case I_fyl2xp1:
    case I_fptan:
    case I_fpatan:
    case I_fsin:
    case I_fcos:
    case I_fsincos:
        return true;
    default:
        return false;
    }
}

/* FCOMI and its kind: CF, PF, ZF from the host's flags; the others are 0. */
static void compare(struct emit *e)
{
    as_it_is(e);
    x64_lahf(&e->x);
    x64_alu_imm(&e->x, X_AND, 4, X_REG(H_FL), FL_CF | FL_PF | FL_ZF);
    flags_in_rax(e);
}

bool emit_x87(struct emit *e)
{
    enum operation op = op_operation(e->o);
    if (is_control(op))
        return control(e);
    if (is_transcendental(op))
        return false;
    if (e->o->flags & OPF_MEM) {
        struct x64_rm m = emit_access(e, op_memory(e->o).bytes, op_row(e->o)->attr & A_STORE);
        want_x87(e);
        note_operand(e);
        with_operand(e, m);
    } else {
        want_x87(e);
        if (op_row(e->o)->fl_write) {
            compare(e);
        } else {
            if (op_class(e->o) == OC_FCMOVCC) {
                flags_to_host(e);
                if (!e->in_host)
                    x64_sahf(&e->x);
            }
            as_it_is(e);
        }
    }
    e->note = (u8)(e->i + 1);
    return true;
}

/* Nothing is pending when the gate is open. */
bool emit_fwait(struct emit *e)
{
    struct x64 *x = &e->x;
    if (e->units & (UNIT_X87 | UNIT_MMX))
        return true;
    flags_clobber(e);
    x64_alu_imm(x, X_CMP, 1, X_CPU(fpu.gate), FPU_CLOSED);
    u8 *open = x64_jcc_hole(x, CC_NZ);
    want_x87(e);
    e->units &= (u8)~UNIT_X87;
    x64_fill(x, open, x->at);
    return true;
}

/* ---- flags in AH ---- */

bool emit_flags_byte(struct emit *e)
{
    struct x64 *x = &e->x;
    struct x64_rm ah = X_REG(X_HIGH(host_gpr(EAX)));
    if (op_operation(e->o) == I_lahf) {
        flags_clobber(e);
        x64_op(x, X_MOV, 1, X_HIGH(H_FL), ah);
        x64_alu_imm(x, X_OR, 1, ah, EFL_ONE);
        return true;
    }
    if (!flags_needed(e))
        return true;
    flags_clobber(e);
    x64_op(x, X_MOV_LOAD, 1, X_HIGH(H_FL), ah);
    x64_alu_imm(x, X_AND, 4, X_REG(H_FL), FL_ALL);
    return true;
}
