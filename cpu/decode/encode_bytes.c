/*
 * encode_bytes.c - the bytes of a row and its operands: prefixes, opcode, ModR/M, SIB,
 * displacement, immediates. SDM vol. 2, chapter 2, tables 2-1 to 2-3.
 */
#include "cpu/decode/decode.h"
#include "cpu/decode/encode_private.h"
#include "cpu/decode/query.h"

static void put(struct bytes *o, u64 v, unsigned n)
{
    for (unsigned i = 0; i < n && o->n < sizeof(o->b); i++)
        o->b[o->n++] = (u8)(v >> (8 * i));
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
    s64 v = encode_wrapped(o->value, whole);
    if (v || o->moves)
        o->needs |= ENCODE_NOT_ZERO;
    if (o->disp)
        return o->disp == 1 ? 1 : whole;
    if (may_be_none && !(o->needs & (ENCODE_NOT_ZERO | ENCODE_NOT_BYTE)))
        return 0;
    return encode_is_short(o, whole) ? 1 : whole;
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

bool encode_row(struct bytes *out, const struct attempt *a, const struct encode_name *name)
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

void encode_go_around(struct bytes *b)
{
    if (b->n != 4 || b->b[0] != 0x0f || (b->b[1] & 0xf0) != 0x80)
        return;
    u8 condition = b->b[1] & 0x0f;
    u16 distance = (u16)(get_le16(b->b + 2) - 1); /* from one byte further on */
    b->n = 0;
    put(b, 0x70u | (condition ^ 1u), 1);
    put(b, 3, 1);
    put(b, 0xe9, 1);
    put(b, distance, 2);
}
