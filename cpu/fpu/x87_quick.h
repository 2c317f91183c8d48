/*
 * x87_quick.h - x87 instructions on ordinary numbers, for hosts without such a unit: what programs
 * do nearly always, without the way through x87_soft(), which unpacks, knows every exception and
 * packs again. SDM vol. 1, chapter 8.
 *
 * Ordinary is a number that is neither denormal nor infinite, no NaN and of no unsupported form,
 * or a zero where that needs no thought; in registers that are tagged as they should be; with a
 * result far from the ends of the range, rounded to nearest where it is rounded, and precision
 * exceptions masked. All else is refused, with nothing changed, and x87_soft() does it.
 */
#ifndef FERRITE_CPU_X87_QUICK_H
#define FERRITE_CPU_X87_QUICK_H

#include "cpu/decode/query.h"
#include "cpu/fpu/fpu_exec.h"

#include <string.h>

#define X87_EXP 0x7fffu
#define X87_SIGN 0x8000u
#define X87_TOP_BIT (1ull << 63)

/* ---- x87_quick.c: into the register or memory at `to`, of registers at a and b ---- */

bool x87_quick_add(struct cpu_fpu *f, u8 *to, const u8 *a, const u8 *b, u32 flip); /* of b's sign */
bool x87_quick_mul(struct cpu_fpu *f, u8 *to, const u8 *a, const u8 *b);
bool x87_quick_div(struct cpu_fpu *f, u8 *to, const u8 *a, const u8 *b);
bool x87_quick_sqrt(struct cpu_fpu *f, u8 *at);
bool x87_quick_rint(struct cpu_fpu *f, u8 *at);
/* C3, C2 and C0 of a against b into *cc. */
bool x87_quick_compare(const u8 *a, const u8 *b, u16 *cc);
/* Stores of a register, with what the status word says of them. */
bool x87_quick_to_f32(struct cpu_fpu *f, const u8 *a, u8 *mem);
bool x87_quick_to_f64(struct cpu_fpu *f, const u8 *a, u8 *mem);
bool x87_quick_to_int(struct cpu_fpu *f, const u8 *a, u8 *mem, unsigned bits);

/* ---- x87_trans.c: FSIN and its kind, by x87_pairs.h ---- */

/* The whole instruction, but for FYL2XP1. */
bool x87_quick_transcendental(struct cpu_fpu *f, enum operation what);

/* ---- conditions ---- */

/* Neither zero nor denormal, infinite, NaN or unsupported. */
static ALWAYS_INLINE bool quick_ordinary(u64 m, u32 se)
{
    return (s64)m < 0 && (se & X87_EXP) - 1 < X87_EXP - 1;
}

/* Rounding to nearest, precision exceptions masked. */
static ALWAYS_INLINE bool quick_nearest(const struct cpu_fpu *f)
{
    return (f->fcw & 0x0c00) == 0 && f->fcw & FSW_PE;
}

static ALWAYS_INLINE void quick_status(struct cpu_fpu *f, bool inexact, bool up)
{
    f->fsw = (u16)((f->fsw & ~FSW_C1) | (inexact ? FSW_PE : 0) | (up ? FSW_C1 : 0));
}

/* ---- registers ---- */

static ALWAYS_INLINE unsigned quick_top(const struct cpu_fpu *f)
{
    return f->fsw >> 11;
}

static ALWAYS_INLINE u8 *quick_st(struct cpu_fpu *f, unsigned i)
{
    return f->st[(quick_top(f) + i) & 7];
}

static ALWAYS_INLINE bool quick_there(const struct cpu_fpu *f, unsigned i)
{
    return f->ftw >> ((quick_top(f) + i) & 7) & 1;
}

static ALWAYS_INLINE void quick_set(u8 *to, u64 m, u32 se)
{
    put_le64(to, m);
    put_le16(to + 8, (u16)se);
}

static ALWAYS_INLINE void quick_copy(u8 *to, const u8 *from)
{
    quick_set(to, get_le64(from), get_le16(from + 8));
}

static ALWAYS_INLINE void quick_pop(struct cpu_fpu *f)
{
    unsigned top = quick_top(f) & 7;
    f->ftw &= (u8) ~(1u << top);
    f->fsw = (u16)((f->fsw & ~FSW_TOP) | ((top + 1) & 7) << 11);
}

/* C1 is clear behind every load. */
static ALWAYS_INLINE bool quick_push(struct cpu_fpu *f, u64 m, u32 se)
{
    unsigned top = (quick_top(f) - 1) & 7;
    if (unlikely(f->ftw >> top & 1))
        return false;
    f->ftw |= (u8)(1u << top);
    f->fsw = (u16)((f->fsw & ~(FSW_TOP | FSW_C1)) | top << 11);
    quick_set(f->st[top], m, se);
    return true;
}

/* ---- operands in memory ---- */

enum quick_kind { QUICK_F32, QUICK_F64, QUICK_I16, QUICK_I32, QUICK_I64 };

/* As an extended number; false: it is no ordinary one. */
static ALWAYS_INLINE bool quick_widen(enum quick_kind kind, const u8 *p, u64 *m, u32 *se)
{
    if (kind == QUICK_F32 || kind == QUICK_F64) {
        bool wide = kind == QUICK_F64;
        u64 v = wide ? get_le64(p) : get_le32(p);
        u32 sign = (u32)(wide ? v >> 48 : v >> 16) & X87_SIGN;
        u32 exp = (u32)(wide ? v >> 52 & 0x7ff : v >> 23 & 0xff);
        if (likely(exp - 1 < (wide ? 0x7feu : 0xfeu))) {
            *m = (wide ? v << 11 : v << 40) | X87_TOP_BIT;
            *se = sign | (exp + 16383 - (wide ? 1023 : 127));
            return true;
        }
        *m = 0;
        *se = sign;
        return exp == 0 && (wide ? v << 1 : v << 33) == 0;
    }
    s64 v = kind == QUICK_I16   ? (s16)get_le16(p)
            : kind == QUICK_I32 ? (s32)get_le32(p)
                                : (s64)get_le64(p);
    *m = 0;
    *se = 0;
    if (v) {
        u64 size = v < 0 ? 0 - (u64)v : (u64)v;
        unsigned z = (unsigned)__builtin_clzll(size);
        *m = size << z;
        *se = (v < 0 ? X87_SIGN : 0) | (16383 + 63 - z);
    }
    return true;
}

/* ---- forms ---- */

/* modrm.reg of D8 and its kind: to = to OP from, or from OP to where it is reversed. */
static ALWAYS_INLINE bool quick_arith(struct cpu_fpu *f, unsigned reg, u8 *to, const u8 *from)
{
    switch (reg) {
    case 0:
        return x87_quick_add(f, to, to, from, 0);
    case 1:
        return x87_quick_mul(f, to, to, from);
    case 4:
        return x87_quick_add(f, to, to, from, X87_SIGN);
    case 5:
        return x87_quick_add(f, to, from, to, X87_SIGN);
    case 6:
        return x87_quick_div(f, to, to, from);
    default:
        return x87_quick_div(f, to, from, to);
    }
}

static ALWAYS_INLINE bool quick_compare(struct cpu_fpu *f, const u8 *b, unsigned pops)
{
    u16 cc;
    if (!x87_quick_compare(quick_st(f, 0), b, &cc))
        return false;
    f->fsw = (u16)((f->fsw & ~(FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3)) | cc);
    while (pops--)
        quick_pop(f);
    return true;
}

static ALWAYS_INLINE bool quick_compare_flags(struct cpu_fpu *f, unsigned i, bool pop, u64 *fl)
{
    u16 cc;
    if (!quick_there(f, 0) || !quick_there(f, i) ||
        !x87_quick_compare(quick_st(f, 0), quick_st(f, i), &cc))
        return false;
    *fl = (cc & FSW_C0 ? FL_CF : 0) | (cc & FSW_C3 ? FL_ZF : 0);
    if (pop)
        quick_pop(f);
    return true;
}

static ALWAYS_INLINE bool quick_exchange(struct cpu_fpu *f, unsigned i)
{
    u8 *a = quick_st(f, 0), *b = quick_st(f, i);
    u64 m = get_le64(a);
    u32 se = get_le16(a + 8);
    if (!quick_there(f, 0) || !quick_there(f, i))
        return false;
    quick_copy(a, b);
    quick_set(b, m, se);
    f->fsw &= (u16)~FSW_C1;
    return true;
}

static ALWAYS_INLINE bool quick_store_reg(struct cpu_fpu *f, unsigned i, bool pop)
{
    if (!quick_there(f, 0))
        return false;
    quick_copy(quick_st(f, i), quick_st(f, 0));
    f->ftw |= (u8)(1u << ((quick_top(f) + i) & 7));
    f->fsw &= (u16)~FSW_C1;
    if (pop)
        quick_pop(f);
    return true;
}

/* FLDL2T to FLDLN2, as they are when rounded to nearest. */
static ALWAYS_INLINE bool quick_constant(struct cpu_fpu *f, u64 m, u32 se)
{
    return (f->fcw & 0x0c00) == 0 && quick_push(f, m, se);
}

/* D9 C0-FF */
static ALWAYS_INLINE bool quick_d9(struct cpu_fpu *f, unsigned modrm, unsigned i)
{
    u8 *st = quick_st(f, 0);
    switch (modrm & 0xf8) {
    case 0xc0: /* FLD */
        return quick_there(f, i) &&
               quick_push(f, get_le64(quick_st(f, i)), get_le16(quick_st(f, i) + 8));
    case 0xc8:
        return quick_exchange(f, i);
    }
    switch (modrm) {
    case 0xe0: /* FCHS */
    case 0xe1: /* FABS */
        if (!quick_there(f, 0))
            return false;
        put_le16(st + 8,
                 (u16)(modrm == 0xe0 ? get_le16(st + 8) ^ X87_SIGN : get_le16(st + 8) & X87_EXP));
        f->fsw &= (u16)~FSW_C1;
        return true;
    case 0xe4: /* FTST */
        memset(f->scratch, 0, 10);
        return quick_there(f, 0) && quick_compare(f, f->scratch, 0);
    case 0xe8: /* FLD1 */
        return quick_push(f, X87_TOP_BIT, 16383);
    case 0xe9: /* FLDL2T */
        return quick_constant(f, 0xd49a784bcd1b8afe, 0x4000);
    case 0xea: /* FLDL2E */
        return quick_constant(f, 0xb8aa3b295c17f0bc, 0x3fff);
    case 0xeb: /* FLDPI */
        return quick_constant(f, 0xc90fdaa22168c235, 0x4000);
    case 0xec: /* FLDLG2 */
        return quick_constant(f, 0x9a209a84fbcff799, 0x3ffd);
    case 0xed: /* FLDLN2 */
        return quick_constant(f, 0xb17217f7d1cf79ac, 0x3ffe);
    case 0xee: /* FLDZ */
        return quick_push(f, 0, 0);
    case 0xfa: /* FSQRT */
        return quick_there(f, 0) && x87_quick_sqrt(f, st);
    case 0xfc: /* FRNDINT */
        return quick_there(f, 0) && x87_quick_rint(f, st);
    default:
        return false;
    }
}

/*
 * Opcode D8-DF, modrm of a register form. fl: the flags word, for FCOMI and its kind. Constants
 * leave little of this.
 */
static ALWAYS_INLINE bool x87_quick_register(struct cpu_fpu *f, unsigned opcode, unsigned modrm,
                                             u64 *fl)
{
    unsigned i = modrm & 7, reg = modrm >> 3 & 7;
    switch (opcode) {
    case 0xd8:
    case 0xdc:
    case 0xde:
        if (reg == 2 || reg == 3) {
            bool both = opcode == 0xde && reg == 3; /* FCOMPP, where i is 1 */
            return quick_there(f, 0) && quick_there(f, i) &&
                   quick_compare(f, quick_st(f, i), both ? 2 : reg == 3 || opcode == 0xde);
        }
        if (!quick_there(f, 0) || !quick_there(f, i))
            return false;
        if (opcode == 0xd8)
            return quick_arith(f, reg, quick_st(f, 0), quick_st(f, i));
        /* Into ST(i): the opcodes of FSUB and FDIV and of their reversed forms change places. */
        if (!quick_arith(f, reg >= 4 ? reg ^ 1 : reg, quick_st(f, i), quick_st(f, 0)))
            return false;
        if (opcode == 0xde)
            quick_pop(f);
        return true;
    case 0xd9:
        return quick_d9(f, modrm, i);
    case 0xda:
        return modrm == 0xe9 && quick_there(f, 0) && quick_there(f, 1) && /* FUCOMPP */
               quick_compare(f, quick_st(f, 1), 2);
    case 0xdb:
        return reg >= 5 && reg <= 6 && quick_compare_flags(f, i, false, fl);
    case 0xdd:
        if (reg == 2 || reg == 3)
            return quick_store_reg(f, i, reg == 3);
        return (reg == 4 || reg == 5) && quick_there(f, 0) && quick_there(f, i) && /* FUCOM(P) */
               quick_compare(f, quick_st(f, i), reg == 5);
    default:
        return reg >= 5 && reg <= 6 && quick_compare_flags(f, i, true, fl);
    }
}

/* Arithmetic and comparison with a memory operand. */
static ALWAYS_INLINE bool quick_with(struct cpu_fpu *f, unsigned reg, enum quick_kind kind,
                                     const u8 *p)
{
    u64 m;
    u32 se;
    if (!quick_there(f, 0) || !quick_widen(kind, p, &m, &se))
        return false;
    quick_set(f->scratch, m, se);
    if (reg == 2 || reg == 3)
        return quick_compare(f, f->scratch, reg == 3);
    return quick_arith(f, reg, quick_st(f, 0), f->scratch);
}

static ALWAYS_INLINE bool quick_load(struct cpu_fpu *f, enum quick_kind kind, const u8 *p)
{
    u64 m;
    u32 se;
    return quick_widen(kind, p, &m, &se) && quick_push(f, m, se);
}

static ALWAYS_INLINE bool quick_store(struct cpu_fpu *f, enum quick_kind kind, u8 *p, bool pop)
{
    const u8 *st = quick_st(f, 0);
    if (!quick_there(f, 0))
        return false;
    if (!(kind == QUICK_F32   ? x87_quick_to_f32(f, st, p)
          : kind == QUICK_F64 ? x87_quick_to_f64(f, st, p)
                              : x87_quick_to_int(f, st, p,
                                                 kind == QUICK_I16   ? 16
                                                 : kind == QUICK_I32 ? 32
                                                                     : 64)))
        return false;
    if (pop)
        quick_pop(f);
    return true;
}

/* Opcode D8-DF, modrm.reg of a memory form; p: the operand, which is written only if it returns
 * true. */
static ALWAYS_INLINE bool x87_quick_memory(struct cpu_fpu *f, unsigned opcode, unsigned reg, u8 *p)
{
    static const enum quick_kind kinds[4] = {QUICK_F32, QUICK_I32, QUICK_F64, QUICK_I16};
    enum quick_kind kind = kinds[opcode >> 1 & 3];
    if (!(opcode & 1))
        return quick_with(f, reg, kind, p);
    switch (reg) {
    case 0:
        return quick_load(f, kind, p);
    case 2:
    case 3:
        return quick_store(f, kind, p, reg == 3);
    case 5:
        if (opcode == 0xdf)
            return quick_load(f, QUICK_I64, p);
        return opcode == 0xdb && quick_push(f, get_le64(p), get_le16(p + 8)); /* 80 bits */
    case 7:
        if (opcode == 0xdf)
            return quick_store(f, QUICK_I64, p, true);
        if (opcode != 0xdb || !quick_there(f, 0))
            return false;
        quick_copy(p, quick_st(f, 0)); /* 80 bits */
        f->fsw &= (u16)~FSW_C1;
        quick_pop(f);
        return true;
    default:
        return false;
    }
}

#endif
