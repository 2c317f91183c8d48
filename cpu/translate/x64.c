/*
 * x64.c - the encoder: prefixes, ModR/M, SIB, displacement, immediate. See x64.h.
 */
#include "cpu/translate/x64.h"

#include <string.h>

/*
 * Where an instruction is written, and that it is. Room is looked for once for each: without it the
 * bytes go aside.
 */
static ALWAYS_INLINE u8 *begin(struct x64 *x)
{
    if (likely(x->end - x->at >= X64_LONGEST))
        return x->at;
    x->overflow = true;
    return x->aside;
}

static ALWAYS_INLINE void finish(struct x64 *x, u8 *at)
{
    if (likely(!x->overflow))
        x->at = at;
}

static ALWAYS_INLINE u8 *put(u8 *at, u64 value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *at++ = (u8)(value >> (8 * i));
    return at;
}

void x64_byte(struct x64 *x, u8 byte)
{
    u8 *at = begin(x);
    *at = byte;
    finish(x, at + 1);
}

/* ---- prefixes and ModR/M ---- */

static unsigned number(unsigned reg)
{
    return X_IS_HIGH(reg) ? reg - 0x10 + 4 : reg & 15;
}

/* SPL, BPL, SIL, DIL exist only with REX. */
static bool needs_rex(unsigned reg, unsigned size)
{
    return size == 1 && reg >= X_SP && reg <= X_DI;
}

static ALWAYS_INLINE u8 *prefixes(u8 *at, unsigned size, unsigned reg, unsigned reg_size,
                                  struct x64_rm rm, unsigned rm_size)
{
    u8 rex = size == 8 ? 0x48 : 0;
    if (size == 2)
        *at++ = 0x66;
    if (reg < X_DIGIT(0)) {
        if (needs_rex(reg, reg_size))
            rex |= 0x40;
        if (!X_IS_HIGH(reg) && reg >= X_R8)
            rex |= 0x44;
    }
    if (rm.reg != X_NONE) {
        if (needs_rex(rm.reg, rm_size))
            rex |= 0x40;
        if (!X_IS_HIGH(rm.reg) && rm.reg >= X_R8)
            rex |= 0x41;
    } else {
        if (rm.base != X_NONE && rm.base >= X_R8)
            rex |= 0x41;
        if (rm.index != X_NONE && rm.index >= X_R8)
            rex |= 0x42;
    }
    if (rex)
        *at++ = rex;
    return at;
}

static u8 *modrm(u8 *at, unsigned reg, struct x64_rm rm)
{
    unsigned r = (number(reg) & 7) << 3;
    if (rm.reg != X_NONE) {
        *at++ = (u8)(0xc0 | r | (number(rm.reg) & 7));
        return at;
    }
    bool short_disp = rm.disp == (s8)rm.disp;
    if (rm.base == X_NONE) { /* SIB without base */
        unsigned index = rm.index == X_NONE ? X_SP : rm.index;
        *at++ = (u8)(r | 4);
        *at++ = (u8)(rm.shift << 6 | (index & 7) << 3 | 5);
        return put(at, (u32)rm.disp, 4);
    }
    /* RBP and R13 as a base always have a displacement. */
    unsigned base = rm.base & 7;
    unsigned mod = rm.disp == 0 && base != X_BP ? 0x00 : short_disp ? 0x40 : 0x80;
    if (rm.index != X_NONE || base == X_SP) {
        unsigned index = rm.index == X_NONE ? X_SP : rm.index;
        *at++ = (u8)(mod | r | 4);
        *at++ = (u8)(rm.shift << 6 | (index & 7) << 3 | base);
    } else {
        *at++ = (u8)(mod | r | base);
    }
    return mod ? put(at, (u32)rm.disp, mod == 0x40 ? 1 : 4) : at;
}

/* Opcode and operands; size 1 takes the even opcode. */
static ALWAYS_INLINE u8 *op(u8 *at, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm)
{
    at = prefixes(at, size, reg, size, rm, size);
    *at++ = (u8)(size == 1 ? opcode & ~1u : opcode);
    return modrm(at, reg, rm);
}

static ALWAYS_INLINE u8 *op0f(u8 *at, unsigned opcode, unsigned size, unsigned reg,
                              struct x64_rm rm, unsigned rm_size)
{
    at = prefixes(at, size, reg, size, rm, rm_size);
    *at++ = 0x0f;
    *at++ = (u8)opcode;
    return modrm(at, reg, rm);
}

void x64_op(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm)
{
    finish(x, op(begin(x), opcode, size, reg, rm));
}

void x64_op0f(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm,
              unsigned rm_size)
{
    finish(x, op0f(begin(x), opcode, size, reg, rm, rm_size));
}

static ALWAYS_INLINE u8 *simd(u8 *at, u8 prefix, u8 opcode, unsigned reg, struct x64_rm rm)
{
    if (prefix)
        *at++ = prefix;
    return op0f(at, opcode, 4, reg, rm, 4);
}

void x64_simd(struct x64 *x, u8 prefix, u8 opcode, unsigned reg, struct x64_rm rm)
{
    finish(x, simd(begin(x), prefix, opcode, reg, rm));
}

void x64_simd_imm(struct x64 *x, u8 prefix, u8 opcode, unsigned reg, struct x64_rm rm, u8 imm)
{
    finish(x, put(simd(begin(x), prefix, opcode, reg, rm), imm, 1));
}

/* ---- immediates ---- */

static unsigned imm_bytes(unsigned size)
{
    return size == 8 ? 4 : size;
}

/* Does the immediate fit into a byte that is sign-extended to the size? */
static bool fits_byte(unsigned size, u32 imm)
{
    return size == 2 ? (u16)imm == (u16)(s8)imm : imm == (u32)(s8)imm;
}

void x64_alu_imm(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm, u32 imm)
{
    bool byte = size > 1 && fits_byte(size, imm);
    if (size == 4 && !byte && rm.reg == X_AX) {
        u8 *short_form = begin(x);
        *short_form++ = (u8)(n << 3 | 5);
        finish(x, put(short_form, imm, 4));
        return;
    }
    u8 *at = op(begin(x), byte ? 0x83 : 0x81, size, X_DIGIT(n), rm);
    finish(x, put(at, imm, byte ? 1 : imm_bytes(size)));
}

void x64_test_imm(struct x64 *x, unsigned size, struct x64_rm rm, u32 imm)
{
    u8 *at = begin(x);
    if (size == 4 && rm.reg == X_AX)
        *at++ = 0xa9;
    else
        at = op(at, X_GROUP3, size, X_DIGIT(0), rm);
    finish(x, put(at, imm, imm_bytes(size)));
}

void x64_shift_imm(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm, u8 count)
{
    u8 *at = op(begin(x), count == 1 ? 0xd1 : 0xc1, size, X_DIGIT(n), rm);
    finish(x, put(at, count, count != 1));
}

void x64_shift_cl(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm)
{
    x64_op(x, 0xd3, size, X_DIGIT(n), rm);
}

void x64_double_imm(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm,
                    u8 count)
{
    finish(x, put(op0f(begin(x), opcode, size, reg, rm, size), count, 1));
}

void x64_double_cl(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm)
{
    x64_op0f(x, opcode + 1, size, reg, rm, size);
}

void x64_mov_imm(struct x64 *x, unsigned size, struct x64_rm rm, u64 imm)
{
    u8 *at = begin(x);
    if (rm.reg != X_NONE && size >= 4) {
        bool wide = size == 8 && imm > 0xffffffffu;
        u8 rex = (u8)((wide ? 0x48 : 0) | (rm.reg >= X_R8 ? 0x41 : 0));
        if (rex)
            *at++ = rex;
        *at++ = (u8)(0xb8 | (rm.reg & 7));
        finish(x, put(at, imm, wide ? 8 : 4));
        return;
    }
    at = op(at, 0xc7, size, X_DIGIT(0), rm);
    finish(x, put(at, imm, imm_bytes(size)));
}

void x64_imul_imm(struct x64 *x, unsigned size, unsigned reg, struct x64_rm rm, u32 imm)
{
    bool byte = fits_byte(size, imm);
    u8 *at = op(begin(x), byte ? 0x6b : 0x69, size, reg, rm);
    finish(x, put(at, imm, byte ? 1 : imm_bytes(size)));
}

void x64_bits_imm(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm, u8 bit)
{
    u8 *at = op0f(begin(x), X0F_BITS_IMM, size, X_DIGIT(n), rm, size);
    finish(x, put(at, bit, 1));
}

/* Opcodes with the register in their low three bits. */
static void in_opcode(struct x64 *x, bool behind_0f, unsigned opcode, unsigned reg)
{
    u8 *at = begin(x);
    if (reg >= X_R8)
        *at++ = 0x41;
    if (behind_0f)
        *at++ = 0x0f;
    *at++ = (u8)(opcode | (reg & 7));
    finish(x, at);
}

void x64_bswap(struct x64 *x, unsigned reg)
{
    in_opcode(x, true, 0xc8, reg);
}

void x64_repeat(struct x64 *x, unsigned opcode, unsigned size)
{
    u8 *at = begin(x);
    *at++ = 0xf3;
    at = prefixes(at, size, X_AX, size, X_REG(X_AX), size);
    *at++ = (u8)(size == 1 ? opcode & ~1u : opcode);
    finish(x, at);
}

/* ---- stack and jumps ---- */

void x64_push(struct x64 *x, unsigned reg)
{
    in_opcode(x, false, 0x50, reg);
}

void x64_pop(struct x64 *x, unsigned reg)
{
    in_opcode(x, false, 0x58, reg);
}

void x64_ret(struct x64 *x)
{
    x64_byte(x, 0xc3);
}

/* The distance comes last; out of room there is none, and nobody fills it. */
static u8 *hole(struct x64 *x, u8 *at)
{
    finish(x, put(at, 0, 4));
    return x->overflow ? x->aside : x->at - 4;
}

u8 *x64_jmp_hole(struct x64 *x)
{
    return hole(x, put(begin(x), 0xe9, 1));
}

u8 *x64_jcc_hole(struct x64 *x, unsigned cc)
{
    return hole(x, put(begin(x), 0x0f | (0x80 | cc) << 8, 2));
}

void x64_fill(struct x64 *x, u8 *at, const u8 *target)
{
    if (!x->overflow)
        put_le32(at, (u32)(target - (at + 4)));
}

void x64_jmp(struct x64 *x, const u8 *target)
{
    x64_fill(x, x64_jmp_hole(x), target);
}

void x64_call(struct x64 *x, const u8 *target)
{
    x64_fill(x, hole(x, put(begin(x), 0xe8, 1)), target);
}

void x64_jcc(struct x64 *x, unsigned cc, const u8 *target)
{
    x64_fill(x, x64_jcc_hole(x, cc), target);
}

void x64_lea_rip(struct x64 *x, unsigned reg, const u8 *target)
{
    u8 *at = begin(x);
    *at++ = (u8)(reg >= X_R8 ? 0x4c : 0x48);
    *at++ = X_LEA;
    *at++ = (u8)(0x05 | (reg & 7) << 3);
    x64_fill(x, hole(x, at), target);
}
