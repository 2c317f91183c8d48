/*
 * query.h - questions about a decoded instruction, answered from its row: what it is, what it reads
 * and writes. Nobody else looks at opcode numbers.
 *
 * The answers are for the instruction when it does not fault, and for an op as it was decoded (a
 * fused one, OPF_FUSED, has the row of its branch). "op" questions need the operands of the
 * instruction, "row" questions only its form.
 */
#ifndef FERRITE_CPU_QUERY_H
#define FERRITE_CPU_QUERY_H

#include "cpu/decode/opdef.h"
#include "cpu/op.h"

static inline const struct opdef *op_row(const struct op *o)
{
    return &opdefs[o->def];
}

static inline const struct operation_def *row_operation(const struct opdef *r)
{
    return &operations[r->operation];
}

static inline enum operation op_operation(const struct op *o)
{
    return (enum operation)opdefs[o->def].operation;
}

static inline enum op_class op_class(const struct op *o)
{
    return (enum op_class)row_operation(op_row(o))->class;
}

/* Condition code 0..15 of Jcc, SETcc, CMOVcc, FCMOVcc (fl_cond()); -1: has none. */
int op_condition(const struct op *o);

/*
 * The operand size of a decoded instruction: 0, 1, 2 for 8, 16, 32 bits. The first operand that is
 * neither immediate nor DX or CL decides.
 */
static inline unsigned op_size(const struct op *o)
{
    const struct opdef *r = op_row(o);
    for (unsigned i = 0; i < 3; i++)
        if (!kind_among(r->operand[i], KINDS_UNSIZED))
            return kind_among(r->operand[i], KINDS_BYTE) ? 0 : o->flags & OPF_O16 ? 1 : 2;
    return o->flags & OPF_O16 ? 1 : 2;
}

/* Has the form a ModR/M byte? */
static inline bool row_has_modrm(const struct opdef *r)
{
    return r->ext >= 0 || r->rm >= 0 || kind_among(r->operand[0], KINDS_MODRM) ||
           kind_among(r->operand[1], KINDS_MODRM) || kind_among(r->operand[2], KINDS_MODRM);
}
unsigned row_operands(const struct opdef *r);
/* What happens to operand i: 'r' read, 'w' written, 'm' modified, '-' named only. */
char row_access(const struct opdef *r, unsigned i);

/* Does the operand kind name a branch target? */
static inline bool op_is_relative(const struct op *o)
{
    u8 kind = op_row(o)->operand[0];
    return kind == Jb || kind == Jz;
}

/*
 * Everything that the instruction may read or write: R_* (opdef.h), its operands, what it does
 * beside them, the registers of addresses, counts and flags. A register that is written in part is
 * not read for that.
 */
u64 op_reads(const struct op *o);
u64 op_writes(const struct op *o);

/* The memory that an instruction names: its r/m, moffs or string operands (R_MEM). */
struct op_memory {
    char access;    /* as row_access(); 0: none */
    unsigned bytes; /* each time, of one operand; 0: by its registers (ENTER, MASKMOVQ) */
};
struct op_memory op_memory(const struct op *o);
/* Bytes of an operand of this kind in the instruction. */
unsigned op_operand_bytes(const struct op *o, unsigned i);

/* The x87 opcode register FOP: the low three bits of the first byte, and the second byte. */
static inline u16 row_fop(const struct opdef *r, u8 modrm)
{
    return (u16)((r->opcode & 7) << 8 | modrm);
}

/* What becomes of the x87 stack: 1 pushed, -1, -2 popped. */
static inline int op_x87_push(const struct op *o)
{
    return row_operation(op_row(o))->push;
}

/* Has the row an immediate count? Rows with A_MERGE take no other immediate. */
static inline bool row_counts_by_immediate(const struct opdef *r)
{
    return (r->attr & A_MERGE) && (kind_among(r->operand[1], KIND(Ib) | KIND(ONE)) ||
                                   kind_among(r->operand[2], KIND(Ib) | KIND(ONE)));
}

/*
 * The flags (FL_*) that this instruction overwrites for certain, whatever its registers hold. A row
 * with A_MERGE may keep them; an immediate count settles it, because only one that is 0 after
 * masking to five bits leaves the flags alone (SDM vol. 2, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR).
 */
static inline u32 op_flags_overwritten(const struct op *o)
{
    const struct opdef *r = op_row(o);
    if ((r->attr & A_MERGE) && !(row_counts_by_immediate(r) && (o->imm & 31)))
        return 0;
    return r->fl_write;
}
/* A shift or rotate by an immediate that is 0 after masking. */
static inline bool op_shifts_by_zero(const struct op *o)
{
    return row_counts_by_immediate(op_row(o)) && !(o->imm & 31);
}

#endif
