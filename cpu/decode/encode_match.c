/*
 * encode_match.c - does an instruction, as it is written, fit a row: each operand against its kind.
 * SDM vol. 2, chapter 3.1.1.
 */
#include "cpu/decode/decode.h"
#include "cpu/decode/encode_private.h"
#include "cpu/decode/query.h"

#include <string.h>

bool encode_is_short(struct encode_operand *o, unsigned bytes)
{
    s64 v = encode_wrapped(o->value, bytes);
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

bool encode_sizeless(const struct opdef *row, unsigned i)
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
    if (!encode_fits(o->value, a->asz))
        return MISS_RANGE;
    if (kind == Mp) {
        bool transfer = a->row->operation == I_call_far || a->row->operation == I_jmp_far;
        if (transfer && o->reach != ENCODE_FAR_REACH)
            return MISS_REACH;
        return !o->size || o->size == a->osz ? FITS : MISS_SIZE;
    }
    if (o->reach == ENCODE_FAR_REACH || o->reach == ENCODE_SHORT)
        return MISS_REACH;
    if (o->size && o->size != bytes && !encode_sizeless(a->row, i))
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
        s64 d = encode_wrapped(distance, a->osz);
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
    return encode_fits(distance, a->osz) ? FITS : MISS_RANGE;
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
        return encode_fits(o->value, 1) ? FITS : MISS_RANGE;
    case Ibs:
        if (o->size > 1 && (o->size != a->osz || o->strict))
            return MISS_SIZE;
        /* byte -1 and byte 0FFh are both meant. */
        if (o->size == 1)
            return encode_fits(o->value, 1) || encode_fits(encode_wrapped(o->value, a->osz), 1)
                       ? FITS
                       : MISS_RANGE;
        return encode_fits(o->value, a->osz) && encode_is_short(o, a->osz) ? FITS : MISS_RANGE;
    case Iw:
        if (o->size && o->size != 2)
            return MISS_SIZE;
        return encode_fits(o->value, 2) ? FITS : MISS_RANGE;
    case Iz:
        if (o->size && o->size != a->osz)
            return MISS_SIZE;
        return encode_fits(o->value, a->osz) ? FITS : MISS_RANGE;
    default:
        return encode_fits(o->value, 4) ? FITS : MISS_RANGE;
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
        return encode_fits(o->value, a->osz) && encode_fits(o->selector, 2) ? FITS : MISS_RANGE;
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
        if (!encode_fits(a->arg[k]->value, bytes[k]))
            return MISS_RANGE;
    }
    return FITS;
}

enum miss encode_match(struct attempt *a, int *culprit)
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
