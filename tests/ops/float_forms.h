/*
 * float_forms.h - the rows of the opcode map with x87, MMX and XMM registers, and one instruction
 * of each form of them: with MM1 or XMM1 or ECX as r/m and number 2 as reg, or with memory.
 */
#ifndef FERRITE_TESTS_FLOAT_FORMS_H
#define FERRITE_TESTS_FLOAT_FORMS_H

#include "cpu/decode/query.h"

enum float_memory { IN_REGISTER, SAME_REGISTER, AT_ADDRESS, AT_EDI };

static inline bool row_has_kinds(const struct opdef *d, u64 kinds)
{
    return kind_among(d->operand[0], kinds) || kind_among(d->operand[1], kinds) ||
           kind_among(d->operand[2], kinds);
}

static inline bool row_is_x87(const struct opdef *d)
{
    enum op_class class = row_operation(d)->class;
    return class == OC_X87 || class == OC_FCMOVCC;
}

static inline bool row_has_vectors(const struct opdef *d)
{
    return row_has_kinds(d, KINDS_RM_SIMD | KIND(Pq) | KIND(Nq) | KIND(Vx) | KIND(Ux));
}

/* Its bytes; 0: there is no such form. `address`: of AT_ADDRESS. */
static inline u32 float_form(const struct opdef *d, enum float_memory where, u32 address, u8 imm,
                             u8 *at)
{
    static const u8 prefixes[] = {0, 0x66, 0xf3, 0xf2};
    bool mem = where >= AT_ADDRESS, modrm = row_has_modrm(d);
    u64 registers = KIND(Nq) | KIND(Ux) | KIND(STi);
    if (d->attr & (mem ? A_REG : A_MEM) || (!mem && row_has_kinds(d, KINDS_RM_MEMORY)) ||
        (mem && (!modrm || d->rm >= 0 || row_has_kinds(d, registers))) ||
        (where == SAME_REGISTER && (!modrm || d->ext >= 0)))
        return 0;
    u32 n = 0;
    if (d->attr & A_PFX && prefixes[d->pfx])
        at[n++] = prefixes[d->pfx];
    if (d->map)
        at[n++] = 0x0f;
    at[n++] = d->opcode;
    unsigned reg = d->ext >= 0 ? (unsigned)d->ext : 2;
    unsigned rm = d->rm >= 0 ? (unsigned)d->rm : where == SAME_REGISTER ? 2 : 1;
    if (modrm)
        at[n++] = (u8)((mem ? 0 : 0xc0) | reg << 3 |
                       (where == AT_ADDRESS ? 5
                        : where == AT_EDI   ? EDI
                                            : rm));
    if (where == AT_ADDRESS) {
        put_le32(at + n, address);
        n += 4;
    }
    if (row_has_kinds(d, KIND(Ib)))
        at[n++] = imm;
    return n;
}

#endif
