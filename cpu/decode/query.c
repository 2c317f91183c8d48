/*
 * query.c - what a row says about an instruction (query.h).
 */
#include "cpu/decode/query.h"

#include <string.h>

static const struct operation_def *operation(const struct op *o)
{
    return row_operation(op_row(o));
}

int op_condition(const struct op *o)
{
    switch (op_class(o)) {
    case OC_JCC:
    case OC_SETCC:
    case OC_CMOVCC:
    case OC_FCMOVCC:
        return operation(o)->condition;
    default:
        return -1;
    }
}

/* ---- form ---- */

unsigned row_operands(const struct opdef *r)
{
    unsigned n = 0;
    while (n < 3 && r->operand[n] != ND)
        n++;
    return n;
}

char row_access(const struct opdef *r, unsigned i)
{
    const char *access = row_operation(r)->access;
    /* What is left out is ST(0), the first. */
    return access[strlen(access) - row_operands(r) + i];
}

/* ---- operands ---- */

unsigned op_operand_bytes(const struct op *o, unsigned i)
{
    const struct opdef *r = op_row(o);
    const struct operation_def *p = operation(o);
    unsigned word = o->flags & OPF_O16 ? 2 : 4;
    switch ((enum operand)r->operand[i]) {
    case Eb:
    case Gb:
    case Mb:
    case Ob:
    case Xb:
    case Yb:
    case Zb:
    case ALb:
    case CLb:
        return 1;
    case Ew:
    case Gw:
    case Mw:
    case Sw:
    case DXw:
    case AXw:
    case ES_:
    case CS_:
    case SS_:
    case DS_:
    case FS_:
    case GS_:
        return 2;
    case EvMw:
        return o->flags & OPF_MEM ? 2 : word;
    case EdMw:
        return o->flags & OPF_MEM ? 2 : 4;
    case Ed:
    case Gd:
    case Rd:
    case Md:
    case Qd:
    case Cd:
    case Dd:
    case Td:
        return 4;
    case Mq:
    case Pq:
    case Nq:
        return 8;
    case Qq:
        return o->flags & OPF_MEM ? p->mmx_bytes : 8;
    case Mt:
    case ST0:
    case STi:
        return 10;
    case Mdq:
    case Vx:
    case Ux:
        return 16;
    case Wx:
        return o->flags & OPF_MEM ? p->bytes : 16;
    case Ev:
    case Gv:
    case Ov:
    case Xv:
    case Yv:
    case Zv:
    case eAX:
        return word;
    case Mp:
        return word + 2;
    case Ma:
        return 2 * word;
    case M:
        return p->bytes == OP_BYTES_ENV    ? 7 * word
               : p->bytes == OP_BYTES_SAVE ? 7 * word + 80
                                           : p->bytes;
    default:
        return 0;
    }
}

static u64 gpr_at(unsigned offset)
{
    return R_GPR((offset - offsetof(struct cpu, gpr)) / 4);
}

static u64 xmm_at(unsigned offset)
{
    return R_XMM((offset - offsetof(struct cpu, fpu.xmm)) / 16);
}

static u64 mm_at(unsigned offset)
{
    return R_MM((offset - offsetof(struct cpu, fpu.st)) / 16);
}

/* The register or memory that operand i is. */
static u64 operand_resource(const struct op *o, unsigned i)
{
    u8 kind = op_row(o)->operand[i];
    if (kind_among(kind, KINDS_STRING | KINDS_MOFFS) ||
        ((o->flags & OPF_MEM) && kind_among(kind, KINDS_MAYBE_MEMORY)))
        return R_MEM;
    if (kind_among(kind, KINDS_RM_GPR | KIND(Rd) | KIND(Zb) | KIND(Zv)))
        return gpr_at(o->r1);
    if (kind_among(kind, KINDS_REG_GPR))
        return gpr_at(o->r2);
    if (kind_among(kind, KINDS_RM_MMX | KIND(Nq)))
        return mm_at(o->r1);
    if (kind_among(kind, KINDS_RM_XMM | KIND(Ux)))
        return xmm_at(o->r1);
    if (kind >= ES_)
        return R_SEG(SEG_ES + (kind - ES_));
    switch ((enum operand)kind) {
    case ALb:
    case AXw:
    case eAX:
        return R_AX;
    case CLb:
        return R_CX;
    case DXw:
        return R_DX;
    case Sw:
        return R_SEG(o->r2);
    case Cd:
    case Dd:
    case Td:
        return R_SYS;
    case ST0:
        return R_ST(0);
    case STi:
        return R_ST(o->modrm & 7);
    case Pq:
        return mm_at(o->r2);
    case Vx:
        return xmm_at(o->r2);
    default:
        return 0;
    }
}

static bool has_kind(const struct opdef *r, enum operand low, enum operand high)
{
    for (unsigned i = 0; i < 3; i++)
        if (r->operand[i] >= low && r->operand[i] <= high)
            return true;
    return false;
}

/* String operands step their index registers; REP counts. */
static u64 string_registers(const struct op *o)
{
    const struct opdef *r = op_row(o);
    u64 mask = 0;
    if (has_kind(r, Xb, Xv))
        mask |= R_SI;
    if (has_kind(r, Yb, Yv))
        mask |= R_DI;
    if ((r->attr & A_REP) && (o->flags & (OPF_REP | OPF_REPNE)))
        mask |= R_CX;
    return mask;
}

/* MMX instructions change TOP and the tags, and wait for exceptions. */
static u64 mmx_state(const struct opdef *r)
{
    return has_kind(r, Pq, Nq) ? R_X87 : 0;
}

/* A segment register that is loaded comes with its descriptor, which is marked accessed. */
static u64 descriptor(const struct op *o)
{
    const struct opdef *r = op_row(o);
    u64 segs = 0;
    for (unsigned i = 0; i < row_operands(r); i++)
        if (row_access(r, i) == 'w')
            segs |= operand_resource(o, i) &
                    (R_SEG(0) | R_SEG(1) | R_SEG(2) | R_SEG(3) | R_SEG(4) | R_SEG(5));
    return segs ? R_TABLES | R_SYS : 0;
}

static u64 implicit(u64 mask, const struct op *o)
{
    if (mask & R_DX_WIDE)
        mask = (mask & ~R_DX_WIDE) | (op_size(o) ? R_DX : 0);
    return mask;
}

/* Operands that the form leaves out are ST(0). */
static u64 left_out(const struct op *o, char access)
{
    const char *a = operation(o)->access;
    bool x87 = operation(o)->class == OC_X87 || operation(o)->class == OC_FCMOVCC;
    bool out = x87 && strlen(a) > row_operands(op_row(o));
    return out && (a[0] == access || a[0] == 'm') ? R_ST(0) : 0;
}

u64 op_reads(const struct op *o)
{
    const struct opdef *r = op_row(o);
    u64 mask = implicit(operation(o)->reads, o) | left_out(o, 'r') | mmx_state(r) | descriptor(o) |
               string_registers(o);
    for (unsigned i = 0; i < row_operands(r); i++) {
        char access = row_access(r, i);
        if (access == 'r' || access == 'm')
            mask |= operand_resource(o, i);
    }
    bool named = o->flags & OPF_MEM;
    if (named && o->base != ZERO_OFF)
        mask |= gpr_at(o->base);
    if (named && o->index != ZERO_OFF)
        mask |= gpr_at(o->index);
    /* LEA wants the offset only; so do no-operations. */
    if ((named && !(r->attr & A_NOMEM)) || r->operation == I_invlpg ||
        ((operation(o)->reads | operation(o)->writes) & R_MEM))
        mask |= R_SEG(o->seg);
    if (has_kind(r, Xb, Xv))
        mask |= R_SEG(o->seg) | R_DF;
    if (has_kind(r, Yb, Yv))
        mask |= R_SEG(SEG_ES) | R_DF;
    if (r->fl_read)
        mask |= R_FLAGS;
    return mask;
}

u64 op_writes(const struct op *o)
{
    const struct opdef *r = op_row(o);
    u64 mask =
        implicit(operation(o)->writes, o) | left_out(o, 'w') | mmx_state(r) | string_registers(o);
    for (unsigned i = 0; i < row_operands(r); i++) {
        char access = row_access(r, i);
        if (access == 'w' || access == 'm')
            mask |= operand_resource(o, i);
    }
    if (descriptor(o))
        mask |= R_TABLES;
    if (r->fl_write)
        mask |= R_FLAGS;
    return mask;
}

struct op_memory op_memory(const struct op *o)
{
    const struct opdef *r = op_row(o);
    struct op_memory m = {0, 0};
    for (unsigned i = 0; i < row_operands(r); i++) {
        if (operand_resource(o, i) != R_MEM)
            continue;
        char access = row_access(r, i);
        if (m.access && m.access != access)
            access = 'm'; /* MOVS: one of each */
        m.access = access;
        m.bytes = op_operand_bytes(o, i);
    }
    u64 reads = operation(o)->reads & R_MEM, writes = operation(o)->writes & R_MEM;
    if (!m.access && (reads | writes) && operation(o)->reads != R_EVERYTHING) {
        m.access = reads && writes ? 'm' : reads ? 'r' : 'w';
        m.bytes = reads ? 1 : 0; /* XLAT */
    }
    return m;
}
