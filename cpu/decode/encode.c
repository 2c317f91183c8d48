/*
 * encode.c - an instruction to bytes (encode.h): every row of its operation is tried with each
 * operand size, and the shortest that fits is taken. SDM vol. 2, chapter 2 (format), 3.1.1
 * (operands).
 */
#include "cpu/decode/encode.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/encode_private.h"
#include "cpu/decode/query.h"

#include <string.h>

/* Why a row does not fit, the nearest miss last. */
enum miss { MISS_COUNT, MISS_KIND, MISS_REACH, MISS_SIZE, MISS_RANGE, FITS };

/* What is tried: one row, one size. */
struct attempt {
    const struct encode_request *r;
    const struct opdef *row;
    struct encode_operand *arg[ENCODE_OPERANDS];
    unsigned args;
    unsigned bits, osz, asz; /* mode; bytes of operands and addresses */
    u32 address;
    /* Which of the arguments each kind of the row is; NULL: it goes without saying. */
    struct encode_operand *of[3];
    struct op shape;     /* for op_operand_bytes() */
    bool short_of_range; /* the miss is a branch that does not reach: by so many bytes */
    s64 distance;
};

struct bytes {
    u8 b[ENCODE_MAX + 8];
    unsigned n;
};

static void put(struct bytes *o, u64 v, unsigned n)
{
    for (unsigned i = 0; i < n && o->n < sizeof(o->b); i++)
        o->b[o->n++] = (u8)(v >> (8 * i));
}

/* As an unsigned number, or as a negative one: ~80h is a byte as well. */
static bool fits(s64 v, unsigned bytes)
{
    s64 limit = (s64)1 << (8 * bytes);
    return v >= -limit && v < limit;
}

/* What becomes of a number that is written in so many bytes. */
static s64 wrapped(s64 v, unsigned bytes)
{
    return bytes == 1 ? (s8)v : bytes == 2 ? (s16)v : (s32)v;
}

/* May it be a byte that is sign-extended to `bytes`? A number that once was not one stays none. */
static bool is_short(struct encode_operand *o, unsigned bytes)
{
    s64 v = wrapped(o->value, bytes);
    if (v < -128 || v > 127 || o->moves)
        o->needs |= ENCODE_NOT_BYTE;
    return !(o->needs & ENCODE_NOT_BYTE);
}

/* ---- registers and memory ---- */

static enum encode_class gpr_of(unsigned bytes)
{
    return bytes == 1 ? ENCODE_GPR8 : bytes == 2 ? ENCODE_GPR16 : ENCODE_GPR32;
}

static enum miss same_register(const struct encode_operand *o, enum encode_class class, int number)
{
    if (o->kind != ENCODE_REGISTER)
        return MISS_KIND;
    enum encode_class is = encode_register_class(o->reg);
    if (is != class)
        return is <= ENCODE_GPR32 && class <= ENCODE_GPR32 ? MISS_SIZE : MISS_KIND;
    return number < 0 || number == (o->reg & 7) ? FITS : MISS_KIND;
}

/* The class of register that a kind of operand is. */
static enum encode_class register_class(const struct attempt *a, unsigned i)
{
    u8 kind = a->row->operand[i];
    if (kind_among(kind, KINDS_RM_MMX | KIND(Pq) | KIND(Nq)))
        return ENCODE_MM;
    if (kind_among(kind, KIND(Wx) | KIND(Ux) | KIND(Vx)))
        return ENCODE_XMM;
    return gpr_of(op_operand_bytes(&a->shape, i));
}

/* What no size is said or needed for: LEA, LGDT, FLDENV, BOUND. */
static bool memory_without_size(const struct opdef *row, unsigned i)
{
    u8 kind = row->operand[i];
    return kind == M || kind == Ma || (row_access(row, i) == '-' && kind != Ev);
}

static enum miss fits_memory(const struct attempt *a, unsigned i, const struct encode_operand *o)
{
    u8 kind = a->row->operand[i];
    unsigned bytes = op_operand_bytes(&a->shape, i);
    if (kind_among(kind, KINDS_MOFFS) && (o->base >= 0 || o->index >= 0 || o->disp == 1))
        return MISS_KIND;
    if (!fits(o->value, a->asz))
        return MISS_RANGE;
    if (kind == Mp) {
        bool transfer = a->row->operation == I_call_far || a->row->operation == I_jmp_far;
        if (transfer && o->reach != ENCODE_FAR_REACH)
            return MISS_REACH;
        return !o->size || o->size == a->osz ? FITS : MISS_SIZE;
    }
    if (o->reach == ENCODE_FAR_REACH || o->reach == ENCODE_SHORT)
        return MISS_REACH;
    if (o->size && o->size != bytes && !memory_without_size(a->row, i))
        return MISS_SIZE;
    return FITS;
}

/* An operand in the r/m field or one that is a register in the reg field. */
static enum miss fits_modrm(const struct attempt *a, unsigned i, const struct encode_operand *o)
{
    u8 kind = a->row->operand[i];
    bool may_be_memory = kind_among(kind, KINDS_MAYBE_MEMORY);
    if (o->kind == ENCODE_MEMORY) {
        if (!may_be_memory || (a->row->attr & A_REG))
            return MISS_KIND;
        return fits_memory(a, i, o);
    }
    if (kind_among(kind, KINDS_RM_MEMORY | KINDS_MOFFS) ||
        (may_be_memory && (a->row->attr & A_MEM)))
        return MISS_KIND;
    if (o->reach != ENCODE_ANY_REACH && o->reach != ENCODE_NEAR)
        return MISS_REACH;
    /* LAR and LSL read a selector, of a register of any size. */
    if (kind == EvMw && i == 1 && o->kind == ENCODE_REGISTER &&
        encode_register_class(o->reg) == ENCODE_GPR16)
        return FITS;
    /* MOV DS, EAX is MOV DS, AX. */
    if (kind == Ew && a->row->operand[0] == Sw && o->kind == ENCODE_REGISTER &&
        encode_register_class(o->reg) == ENCODE_GPR32)
        return FITS;
    return same_register(o, register_class(a, i), -1);
}

/* ---- numbers ---- */

static enum miss fits_branch(struct attempt *a, unsigned i, struct encode_operand *o)
{
    bool byte = a->row->operand[i] == Jb;
    if (o->kind != ENCODE_NUMBER)
        return MISS_KIND;
    if (o->reach == (byte ? ENCODE_NEAR : ENCODE_SHORT) || o->reach == ENCODE_FAR_REACH)
        return MISS_REACH;
    if (o->size && o->size != a->osz)
        return MISS_SIZE;
    unsigned length = (a->row->map ? 2 : 1) + (byte ? 1 : a->osz) + (a->osz * 8 != a->bits) +
                      (a->asz * 8 != a->bits);
    s64 distance = o->value - (s64)(a->address + length);
    if (byte) {
        s64 d = wrapped(distance, a->osz);
        bool only = o->reach == ENCODE_SHORT || a->row->operation == I_jcxz ||
                    a->row->operation == I_loop || a->row->operation == I_loopz ||
                    a->row->operation == I_loopnz;
        if (d < -128 || d > 127) {
            o->needs |= ENCODE_NOT_BYTE;
            a->distance = d;
            a->short_of_range = true;
            return MISS_RANGE;
        }
        return only || !(o->needs & ENCODE_NOT_BYTE) ? FITS : MISS_RANGE;
    }
    return fits(distance, a->osz) ? FITS : MISS_RANGE;
}

static enum miss fits_number(struct attempt *a, unsigned i, struct encode_operand *o)
{
    enum operand kind = (enum operand)a->row->operand[i];
    if (o->kind != ENCODE_NUMBER)
        return MISS_KIND;
    if (o->reach)
        return MISS_REACH;
    switch (kind) {
    case ONE:
        if (o->value != 1 || o->moves)
            o->needs |= ENCODE_NOT_ONE;
        return o->needs & ENCODE_NOT_ONE ? MISS_KIND : FITS;
    case Ib:
        if (o->size > 1)
            return MISS_SIZE;
        return fits(o->value, 1) ? FITS : MISS_RANGE;
    case Ibs:
        if (o->size > 1 && (o->size != a->osz || o->strict))
            return MISS_SIZE;
        /* byte -1 and byte 0FFh are both meant. */
        if (o->size == 1)
            return fits(o->value, 1) || fits(wrapped(o->value, a->osz), 1) ? FITS : MISS_RANGE;
        return fits(o->value, a->osz) && is_short(o, a->osz) ? FITS : MISS_RANGE;
    case Iw:
        if (o->size && o->size != 2)
            return MISS_SIZE;
        return fits(o->value, 2) ? FITS : MISS_RANGE;
    case Iz:
        if (o->size && o->size != a->osz)
            return MISS_SIZE;
        return fits(o->value, a->osz) ? FITS : MISS_RANGE;
    default:
        return fits(o->value, 4) ? FITS : MISS_RANGE;
    }
}

static enum miss fits_operand(struct attempt *a, unsigned i, struct encode_operand *o)
{
    enum operand kind = (enum operand)a->row->operand[i];
    switch (kind) {
    case Ib:
    case Iw:
    case Id:
    case Iz:
    case Ibs:
    case ONE:
        return fits_number(a, i, o);
    case Jb:
    case Jz:
        return fits_branch(a, i, o);
    case Ap:
        if (o->kind != ENCODE_FAR)
            return MISS_KIND;
        if (o->size && o->size != a->osz)
            return MISS_SIZE;
        return fits(o->value, a->osz) && fits(o->selector, 2) ? FITS : MISS_RANGE;
    case Zb:
    case Zv:
        return same_register(o, gpr_of(op_operand_bytes(&a->shape, i)), a->row->opcode & 7);
    case ALb:
        return same_register(o, ENCODE_GPR8, 0);
    case CLb:
        return same_register(o, ENCODE_GPR8, 1);
    case AXw:
        return same_register(o, ENCODE_GPR16, 0);
    case eAX:
        return same_register(o, gpr_of(a->osz), 0);
    case DXw:
        return same_register(o, ENCODE_GPR16, 2);
    case Sw:
        return same_register(o, ENCODE_SEG, -1);
    case Cd:
        return same_register(o, ENCODE_CR, -1);
    case Dd:
        return same_register(o, ENCODE_DR, -1);
    case Td:
        return same_register(o, ENCODE_TR, -1);
    case ST0:
        return same_register(o, ENCODE_ST, 0);
    case STi:
        return same_register(o, ENCODE_ST, a->row->rm);
    default:
        if (kind >= ES_)
            return same_register(o, ENCODE_SEG, (int)(kind - ES_));
        return fits_modrm(a, i, o);
    }
}

/* ---- which argument is which operand ---- */

/* Kinds of the row that are written, in order; returns their number. */
static unsigned written(const struct opdef *row, unsigned at[3])
{
    unsigned n = 0;
    for (unsigned i = 0; i < row_operands(row); i++)
        if (!kind_among(row->operand[i], KINDS_STRING) && !(i == 2 && row->operand[i] >= ES_))
            at[n++] = i;
    return n;
}

static enum miss fits_in_order(struct attempt *a, const unsigned *at, unsigned n, unsigned first,
                               int *culprit)
{
    for (unsigned k = 0; k < n; k++) {
        struct encode_operand *o = a->arg[first + k];
        a->of[at[k]] = o;
        enum miss m = fits_operand(a, at[k], o);
        if (m != FITS) {
            *culprit = (int)(first + k);
            return m;
        }
    }
    return FITS;
}

/* ENTER has one kind for two numbers. */
static enum miss fits_enter(struct attempt *a, int *culprit)
{
    static const u8 bytes[2] = {2, 1};
    if (a->args != 2)
        return MISS_COUNT;
    for (unsigned k = 0; k < 2; k++) {
        *culprit = (int)k;
        if (a->arg[k]->kind != ENCODE_NUMBER)
            return MISS_KIND;
        if (!fits(a->arg[k]->value, bytes[k]))
            return MISS_RANGE;
    }
    return FITS;
}

static enum miss row_fits(struct attempt *a, int *culprit)
{
    unsigned at[3] = {0}, n = written(a->row, at);
    enum op_class class = (enum op_class)row_operation(a->row)->class;
    bool to = a->args && a->arg[0]->reach == ENCODE_TO;
    memset(a->of, 0, sizeof(a->of));
    *culprit = -1;
    if (a->row->operand[0] == Iwb)
        return fits_enter(a, culprit);
    if (to && !(a->args == 1 && n == 2 && a->row->operand[0] == STi))
        return MISS_REACH;
    /* What x87 instructions leave out is ST0. */
    if (n == 2 && a->args == 1 && (class == OC_X87 || class == OC_FCMOVCC)) {
        unsigned named = a->row->operand[0] == STi ? 0 : 1;
        if (!to)
            return fits_in_order(a, &at[named], 1, 0, culprit);
        a->of[0] = a->arg[0];
        *culprit = 0;
        return same_register(a->arg[0], ENCODE_ST, a->row->rm);
    }
    if (a->args != n)
        return MISS_COUNT;
    bool either_way = a->row->operation == I_xchg || a->row->operation == I_test;
    /* Of two registers of XCHG NASM takes the first for the reg field. */
    bool turned = a->row->operation == I_xchg && n == 2 && a->arg[0]->kind == ENCODE_REGISTER &&
                  a->arg[1]->kind == ENCODE_REGISTER && row_has_modrm(a->row);
    unsigned swapped[2] = {at[1], at[0]};
    enum miss m = fits_in_order(a, turned ? swapped : at, n, 0, culprit);
    if (m != FITS && n == 2 && either_way && !turned) {
        int other;
        enum miss s = fits_in_order(a, swapped, 2, 0, &other);
        if (s >= m)
            m = s;
        else
            memset(a->of, 0, sizeof(a->of));
    }
    return m;
}

/* ---- bytes ---- */

static bool address16(const struct encode_operand *o, unsigned *rm)
{
    static const s8 pairs[8][2] = {{3, 6},  {3, 7},  {5, 6},  {5, 7},
                                   {6, -1}, {7, -1}, {5, -1}, {3, -1}};
    for (unsigned i = 0; i < 8; i++) {
        if ((o->base == pairs[i][0] && o->index == pairs[i][1]) ||
            (o->base == pairs[i][1] && o->index == pairs[i][0])) {
            *rm = i;
            return o->scale <= 1;
        }
    }
    return false;
}

/* How many bytes the displacement behind a base has. 1 or the whole one; 0 when there may be none.
 */
static unsigned displacement(struct encode_operand *o, unsigned whole, bool may_be_none)
{
    s64 v = wrapped(o->value, whole);
    if (v || o->moves)
        o->needs |= ENCODE_NOT_ZERO;
    if (o->disp)
        return o->disp == 1 ? 1 : whole;
    if (may_be_none && !(o->needs & (ENCODE_NOT_ZERO | ENCODE_NOT_BYTE)))
        return 0;
    return is_short(o, whole) ? 1 : whole;
}

/* ModR/M with a memory operand. false: registers that do not go together. */
static bool put_memory(struct bytes *out, const struct attempt *a, unsigned reg,
                       struct encode_operand *o)
{
    unsigned rm = 0, n;
    if (o->base < 0 && o->index < 0) {
        put(out, reg << 3 | (a->asz == 2 ? 6u : 5u), 1);
        put(out, (u64)o->value, a->asz);
        return true;
    }
    if (a->asz == 2) {
        if (!address16(o, &rm))
            return false;
        n = displacement(o, 2, rm != 6);
        put(out, (n == 0 ? 0u : n == 1 ? 0x40u : 0x80u) | reg << 3 | rm, 1);
        put(out, (u64)o->value, n);
        return true;
    }
    bool sib = o->index >= 0 || (o->base & 7) == 4;
    if (o->index == 4)
        return false;
    unsigned scale = o->scale == 8 ? 3 : o->scale == 4 ? 2 : o->scale == 2 ? 1 : 0;
    unsigned index = o->index < 0 ? 4 : (unsigned)o->index;
    if (o->base < 0) {
        put(out, reg << 3 | 4, 1);
        put(out, scale << 6 | index << 3 | 5, 1);
        put(out, (u64)o->value, 4);
        return true;
    }
    n = displacement(o, 4, o->base != 5);
    put(out, (n == 0 ? 0u : n == 1 ? 0x40u : 0x80u) | reg << 3 | (sib ? 4 : (unsigned)o->base), 1);
    if (sib)
        put(out, scale << 6 | index << 3 | (unsigned)o->base, 1);
    put(out, (u64)o->value, n);
    return true;
}

static void put_prefixes(struct bytes *out, const struct attempt *a, const struct encode_name *name)
{
    unsigned p = a->r->prefixes;
    static const u8 seg[6] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    int override = a->r->seg;
    if (name->front)
        put(out, name->front, 1);
    if (p & (ENCODE_REP | ENCODE_REPNE))
        put(out, p & ENCODE_REP ? 0xf3 : 0xf2, 1);
    if (p & ENCODE_LOCK)
        put(out, 0xf0, 1);
    for (unsigned i = 0; i < a->args; i++)
        if (a->arg[i]->kind == ENCODE_MEMORY && a->arg[i]->seg >= 0)
            override = a->arg[i]->seg;
    if (override >= 0)
        put(out, seg[override], 1);
    if (a->osz * 8 != a->bits && !(a->row->attr & A_PFX))
        put(out, 0x66, 1);
    if (a->asz * 8 != a->bits)
        put(out, 0x67, 1);
    if (a->row->attr & A_PFX && a->row->pfx != NP)
        put(out, a->row->pfx == P66 ? 0x66 : a->row->pfx == PF3 ? 0xf3 : 0xf2, 1);
}

/* The ModR/M byte and what belongs to it. */
static bool put_modrm(struct bytes *out, const struct attempt *a)
{
    const struct opdef *row = a->row;
    unsigned reg = row->ext >= 0 ? (unsigned)row->ext : 0,
             rm = row->rm >= 0 ? (unsigned)row->rm : 0;
    struct encode_operand *memory = NULL;
    for (unsigned i = 0; i < 3; i++) {
        struct encode_operand *o = a->of[i];
        u8 kind = row->operand[i];
        if (!o)
            continue;
        if (o->kind == ENCODE_MEMORY)
            memory = o;
        else if (kind_among(kind, KINDS_RM_GPR | KINDS_RM_SIMD | KIND(Nq) | KIND(Ux) | KIND(Rd)))
            rm = o->reg & 7;
        else if (kind_among(kind, KINDS_REG_GPR | KIND(Sw) | KIND(Cd) | KIND(Dd) | KIND(Td) |
                                      KIND(Pq) | KIND(Vx)))
            reg = o->reg & 7;
    }
    if (memory)
        return put_memory(out, a, reg, memory);
    put(out, 0xc0 | reg << 3 | rm, 1);
    return true;
}

static bool put_row(struct bytes *out, const struct attempt *a, const struct encode_name *name)
{
    const struct opdef *row = a->row;
    out->n = 0;
    put_prefixes(out, a, name);
    if (row->map)
        put(out, 0x0f, 1);
    put(out, row->opcode, 1);
    if ((row_has_modrm(row) || kind_among(row->operand[0], KIND(Td)) ||
         kind_among(row->operand[1], KIND(Td))) &&
        !put_modrm(out, a))
        return false;
    if (row->operand[0] == Iwb) {
        put(out, (u64)a->arg[0]->value, 2);
        put(out, (u64)a->arg[1]->value, 1);
    }
    for (unsigned i = 0; i < 3; i++) {
        const struct encode_operand *o = a->of[i];
        if (!o)
            continue;
        switch ((enum operand)row->operand[i]) {
        case Ib:
        case Ibs:
            put(out, (u64)o->value, 1);
            break;
        case Iw:
            put(out, (u64)o->value, 2);
            break;
        case Iz:
            put(out, (u64)o->value, a->osz);
            break;
        case Jb:
            put(out, (u64)(o->value - (s64)a->address - (s64)out->n - 1), 1);
            break;
        case Jz:
            put(out, (u64)(o->value - (s64)a->address - (s64)out->n - (s64)a->osz), a->osz);
            break;
        case Ap:
            put(out, (u64)o->value, a->osz);
            put(out, (u64)o->selector, 2);
            break;
        case Ob:
        case Ov:
            put(out, (u64)o->value, a->asz);
            break;
        default:
            break;
        }
    }
    return true;
}

/* ---- all rows ---- */

/*
 * Of forms of equal length NASM takes the sign-extended byte, of many NOPs 0F 1F, and of ST0 with
 * itself the one with the result in ST(i).
 */
static unsigned liking(const struct attempt *a, const struct opdef *row)
{
    if (a->args == 2 && row->operand[0] == ST0 && row->rm == 0)
        return 1;
    if (row->operation == I_nop && row->map && row->opcode != 0x1f)
        return 1;
    return row->operand[1] == Iz && row->operand[0] == eAX;
}

struct search {
    const struct encode_name *name;
    struct bytes best;
    const struct opdef *row;
    bool by_default;    /* its operand size is the mode's */
    u32 memory_sizes;   /* a bit for each that an operand without size may have */
    int unsized;        /* that operand */
    bool bad_registers; /* of an address: operand */
    int address;
    enum miss nearest;
    int culprit;
    struct attempt nearest_try;
};

static bool better(const struct search *s, const struct attempt *a, const struct bytes *b)
{
    bool by_default = a->osz * 8 == a->bits;
    if (!s->row || by_default != s->by_default)
        return !s->row || by_default;
    if (b->n != s->best.n)
        return b->n < s->best.n;
    return liking(a, a->row) < liking(a, s->row);
}

/* Operands whose size nobody has said. */
static void note_sizes(struct search *s, const struct attempt *a)
{
    switch (a->row->operation) {
    case I_call:
    case I_jmp:
    case I_call_far:
    case I_jmp_far:
        return; /* as the mode has them */
    default:
        break;
    }
    for (unsigned i = 0; i < 3; i++) {
        const struct encode_operand *o = a->of[i];
        if (!o || o->kind != ENCODE_MEMORY || o->size || memory_without_size(a->row, i))
            continue;
        s->memory_sizes |= 1u << op_operand_bytes(&a->shape, i);
        for (unsigned k = 0; k < a->args; k++)
            if (a->arg[k] == o)
                s->unsized = (int)k;
    }
}

static void try_row(struct search *s, struct attempt *a, unsigned row)
{
    int culprit;
    struct bytes b;
    a->row = &opdefs[row];
    bool memory = false;
    for (unsigned i = 0; i < a->args; i++)
        memory |= a->arg[i]->kind == ENCODE_MEMORY;
    memset(&a->shape, 0, sizeof(a->shape));
    a->shape.def = (u16)row;
    a->shape.flags = (u8)((a->osz == 2 ? OPF_O16 : 0) | (memory ? OPF_MEM : 0));
    a->short_of_range = false;
    enum miss m = row_fits(a, &culprit);
    if (m == FITS && !put_row(&b, a, s->name)) {
        s->bad_registers = true;
        m = MISS_KIND;
        for (unsigned i = 0; i < a->args; i++)
            if (a->arg[i]->kind == ENCODE_MEMORY)
                s->address = (int)i;
    }
    if (m == FITS) {
        note_sizes(s, a);
        if (better(s, a, &b)) {
            s->best = b;
            s->row = a->row;
            s->by_default = a->osz * 8 == a->bits;
        }
    } else if (m > s->nearest || (m == s->nearest && culprit > s->culprit)) {
        s->nearest = m;
        s->culprit = culprit;
        s->nearest_try = *a;
    }
}

static void try_operation(const struct encoder *e, struct search *s, struct attempt *a,
                          unsigned operation)
{
    unsigned said = a->r->prefixes & ENCODE_O16 ? 2 : a->r->prefixes & ENCODE_O32 ? 4 : 0;
    bool string = false, tells = false;
    /* Numbers alone do not tell a size that is not the mode's. */
    for (unsigned i = 0; i < a->args; i++)
        tells |= a->arg[i]->kind == ENCODE_REGISTER || a->arg[i]->kind == ENCODE_MEMORY ||
                 a->arg[i]->size;
    if (!tells && !said)
        said = a->bits / 8;
    for (u16 row = e->of_operation[operation]; row != NO_ROW; row = e->next[row]) {
        const struct opdef *r = &opdefs[row];
        string = r->attr & A_REP;
        unsigned name_size = s->name->size;
        if (string && (name_size == 1) != kind_among(r->operand[0], KINDS_BYTE))
            continue;
        unsigned only = string && name_size == 1 ? a->bits / 8 : name_size ? name_size : said;
        for (unsigned osz = 2; osz <= 4; osz += 2) {
            a->osz = osz;
            if (!only || only == osz)
                try_row(s, a, row);
        }
    }
}

/* ---- what goes without saying ---- */

static void rearrange(const struct encode_name *name, struct attempt *a,
                      struct encode_operand *implied)
{
    bool decimal = name->operation == I_aam || name->operation == I_aad;
    *implied = (struct encode_operand){.kind = ENCODE_NUMBER, .seg = -1, .base = -1, .index = -1};
    if (name->implied != NO_IMMEDIATE && a->args < ENCODE_OPERANDS) {
        implied->value = name->implied;
        a->arg[a->args++] = implied;
    } else if (decimal && !a->args) {
        implied->value = 10;
        a->arg[a->args++] = implied;
    } else if (name->operation == I_imul3 && a->args == 2 && a->arg[1]->kind == ENCODE_NUMBER) {
        a->arg[2] = a->arg[1];
        a->arg[1] = a->arg[0];
        a->args = 3;
    }
    bool counts =
        name->operation == I_loop || name->operation == I_loopz || name->operation == I_loopnz;
    if (counts && a->args == 2 && a->arg[1]->kind == ENCODE_REGISTER &&
        (a->arg[1]->reg == 8 * ENCODE_GPR16 + 1 || a->arg[1]->reg == 8 * ENCODE_GPR32 + 1)) {
        /* LOOP label, ECX: the counter says the address size. */
        a->asz = encode_register_class(a->arg[1]->reg) == ENCODE_GPR16 ? 2 : 4;
        a->args = 1;
    }
    /* A size that is said of a number beside memory is the memory's. */
    if (a->args == 2 && a->arg[0]->kind == ENCODE_MEMORY && !a->arg[0]->size &&
        a->arg[1]->kind == ENCODE_NUMBER && a->arg[1]->size)
        a->arg[0]->size = a->arg[1]->size;
}

/* FADD alone is FADDP ST1, ST0; FCOM and FXCH alone are about ST1. */
static unsigned without_operands(unsigned operation)
{
    switch (operation) {
    case I_fadd:
        return I_faddp;
    case I_fmul:
        return I_fmulp;
    case I_fsub:
        return I_fsubp;
    case I_fsubr:
        return I_fsubrp;
    case I_fdiv:
        return I_fdivp;
    case I_fdivr:
        return I_fdivrp;
    default:
        return operation;
    }
}

/* ---- words ---- */

static const char *size_word(unsigned bytes)
{
    return bytes == 1    ? "byte"
           : bytes == 2  ? "word"
           : bytes == 4  ? "dword"
           : bytes == 8  ? "qword"
           : bytes == 10 ? "tword"
                         : "oword";
}

/* "byte, word or dword" */
static void list_sizes(u32 sizes, char *out, size_t room)
{
    struct err text = {""};
    unsigned left = (unsigned)__builtin_popcount(sizes);
    size_t n = 0;
    for (unsigned i = 0; i < 32; i++) {
        if (!(sizes >> i & 1))
            continue;
        err_set(&text, "%s%s", size_word(i), left > 2 ? ", " : left == 2 ? " or " : "");
        size_t len = strlen(text.text);
        if (n + len < room)
            memcpy(out + n, text.text, len);
        n += len;
        left--;
    }
    out[n < room ? n : room - 1] = 0;
}

static bool explain_range(const struct search *s, const char *name, struct err *err)
{
    const struct attempt *a = &s->nearest_try;
    const struct encode_operand *o = s->culprit >= 0 ? a->arg[s->culprit] : NULL;
    if (a->short_of_range)
        return err_set(err, "%s: the target is %lld bytes away, a short jump reaches -128 to 127",
                       name, (long long)a->distance);
    if (!o)
        return err_set(err, "%s: the number is too large", name);
    if (o->kind == ENCODE_MEMORY)
        return err_set(err, "the address 0x%llx does not fit %u bits%s",
                       (unsigned long long)o->value, 8 * a->asz,
                       a->asz == 2 ? "; [dword ...] has 32" : "");
    unsigned bytes = 4;
    for (unsigned i = 0; i < 3; i++) {
        if (a->of[i] != o)
            continue;
        u8 kind = a->row->operand[i];
        bool byte = kind == Ib || kind == Jb || (kind == Ibs && o->size == 1);
        bool word = kind == Iw || kind_among(kind, KINDS_MOFFS);
        bool by_size = kind == Iz || kind == Ibs || kind == Jz || kind == Ap;
        bytes = byte ? 1 : word ? 2 : by_size ? a->osz : 4;
    }
    if (a->row->operand[0] == Iwb)
        bytes = s->culprit ? 1 : 2;
    return err_set(err, "%s: %lld (%s0x%llx) does not fit %u bits", name, (long long)o->value,
                   o->value < 0 ? "-" : "",
                   (unsigned long long)(o->value < 0 ? -(u64)o->value : (u64)o->value), 8 * bytes);
}

/* Two general registers of different sizes, which are what is wrong most often. */
static bool explain_size(const struct search *s, const struct encode_request *r, struct err *err)
{
    const char *name = s->name->text;
    const struct encode_operand *o[2] = {NULL, NULL};
    char text[2][8];
    for (unsigned i = 0; i < r->count; i++)
        if (r->operand[i].kind == ENCODE_REGISTER && r->operand[i].reg / 8 <= ENCODE_GPR32)
            o[o[0] != NULL] = &r->operand[i];
    if (!o[0] || !o[1] || o[0]->reg / 8 == o[1]->reg / 8)
        return err_set(err, "%s: operand %d has another size than %s wants here", name,
                       s->culprit + 1, name);
    for (unsigned i = 0; i < 2; i++)
        encode_register_name(o[i]->reg, text[i]);
    return err_set(err, "%s: %s has %u bits, %s has %u", name, text[0], 8u << o[0]->reg / 8,
                   text[1], 8u << o[1]->reg / 8);
}

static bool explain(const struct search *s, const struct encode_request *r, struct err *err)
{
    unsigned args = r->count;
    const char *name = s->name->text;
    char sizes[80];
    if (s->bad_registers)
        return err_set(err, "these registers make no address: with 16 bits it is BX or BP, SI or "
                            "DI, or one of each; with 32 bits any register and any but ESP, that "
                            "one times 1, 2, 4 or 8");
    if (s->row) {
        list_sizes(s->memory_sizes, sizes, sizeof sizes);
        return err_set(err, "%s: how large is what lies in memory? Write %s before the [", name,
                       sizes);
    }
    switch (s->nearest) {
    case MISS_RANGE:
        return explain_range(s, name, err);
    case MISS_SIZE:
        return explain_size(s, r, err);
    case MISS_REACH:
        return err_set(err, "%s: short, near, far or to does not go with this operand", name);
    case MISS_KIND:
        return err_set(err, "%s does not take such an operand here: its operand %d", name,
                       s->culprit + 1);
    default:
        return err_set(err, "%s does not take %u operand%s", name, args, args == 1 ? "" : "s");
    }
}

/* LOCK wants a form that may be locked, with memory that is written. */
static bool prefixes_allowed(const struct search *s, const struct encode_request *r,
                             struct err *err)
{
    bool memory = r->count && r->operand[0].kind == ENCODE_MEMORY;
    if (s->row->operation == I_xchg && r->count == 2)
        memory |= r->operand[1].kind == ENCODE_MEMORY;
    if ((r->prefixes & ENCODE_LOCK) && !((s->row->attr & A_LOCK) && memory))
        return err_set(err, "lock goes only before instructions that change memory, such as lock "
                            "inc byte [counter]");
    if ((r->prefixes & (ENCODE_REP | ENCODE_REPNE | ENCODE_O16 | ENCODE_O32)) &&
        (s->row->attr & A_PFX))
        return err_set(err, "rep, o16 and o32 make another instruction of %s", s->name->text);
    return true;
}

static unsigned address_bytes(const struct encode_request *r, const struct encode_name *name,
                              unsigned bits)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->operand[i].kind == ENCODE_MEMORY && r->operand[i].address)
            return r->operand[i].address;
    if (name->address)
        return name->address;
    return r->prefixes & ENCODE_A16 ? 2 : r->prefixes & ENCODE_A32 ? 4 : bits / 8;
}

unsigned encode(const struct encoder *e, struct encode_request *r, unsigned bits, u32 address,
                u8 out[ENCODE_MAX], int *culprit, struct err *err)
{
    struct search s = {.name = &e->name[r->name], .culprit = -1, .nearest = MISS_COUNT};
    struct attempt a = {.r = r, .bits = bits, .address = address, .args = r->count};
    struct encode_operand implied, st1 = {.kind = ENCODE_REGISTER, .reg = 8 * ENCODE_ST + 1};

    *culprit = -1;
    a.asz = address_bytes(r, s.name, bits);
    for (unsigned i = 0; i < r->count; i++)
        a.arg[i] = &r->operand[i];
    for (const struct encode_name *n = s.name;
         n < e->name + e->names && strcmp(n->text, e->name[r->name].text) == 0; n++) {
        s.name = n;
        a.args = r->count;
        rearrange(n, &a, &implied);
        try_operation(e, &s, &a, n->operation);
    }
    if (!s.row && !r->count && operations[e->name[r->name].operation].class == OC_X87) {
        a.arg[0] = &st1;
        a.args = 1;
        s.name = &e->name[r->name];
        try_operation(e, &s, &a, without_operands(s.name->operation));
    }
    *culprit = s.row ? s.unsized : s.bad_registers ? s.address : s.culprit;
    bool unsaid = s.row && (s.memory_sizes & (s.memory_sizes - 1));
    if (!s.row || unsaid) {
        explain(&s, r, err);
        return 0;
    }
    if (!prefixes_allowed(&s, r, err)) {
        *culprit = -1;
        return 0;
    }
    memcpy(out, s.best.b, s.best.n < ENCODE_MAX ? s.best.n : ENCODE_MAX);
    return s.best.n <= ENCODE_MAX ? s.best.n : 0;
}
