/*
 * x64.c - the encoder: prefixes, ModR/M, SIB, displacement, immediate. See x64.h.
 */
#include "cpu/translate/x64.h"

#include <string.h>

void x64_byte(struct x64 *x, u8 byte)
{
    if (unlikely(x->at >= x->end)) {
        x->overflow = true;
        return;
    }
    *x->at++ = byte;
}

void x64_imm(struct x64 *x, u64 value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        x64_byte(x, (u8)(value >> (8 * i)));
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

static void prefixes(struct x64 *x, unsigned size, unsigned reg, unsigned reg_size,
                     struct x64_rm rm, unsigned rm_size)
{
    u8 rex = size == 8 ? 0x48 : 0;
    if (size == 2)
        x64_byte(x, 0x66);
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
        x64_byte(x, rex);
}

static void modrm(struct x64 *x, unsigned reg, struct x64_rm rm)
{
    unsigned r = (number(reg) & 7) << 3;
    if (rm.reg != X_NONE) {
        x64_byte(x, (u8)(0xc0 | r | (number(rm.reg) & 7)));
        return;
    }
    bool short_disp = rm.disp == (s8)rm.disp;
    if (rm.base == X_NONE) { /* SIB without base */
        unsigned index = rm.index == X_NONE ? X_SP : rm.index;
        x64_byte(x, (u8)(r | 4));
        x64_byte(x, (u8)(rm.shift << 6 | (index & 7) << 3 | 5));
        x64_imm(x, (u32)rm.disp, 4);
        return;
    }
    /* RBP and R13 as a base always have a displacement. */
    unsigned base = rm.base & 7;
    unsigned mod = rm.disp == 0 && base != X_BP ? 0x00 : short_disp ? 0x40 : 0x80;
    if (rm.index != X_NONE || base == X_SP) {
        unsigned index = rm.index == X_NONE ? X_SP : rm.index;
        x64_byte(x, (u8)(mod | r | 4));
        x64_byte(x, (u8)(rm.shift << 6 | (index & 7) << 3 | base));
    } else {
        x64_byte(x, (u8)(mod | r | base));
    }
    if (mod)
        x64_imm(x, (u32)rm.disp, mod == 0x40 ? 1 : 4);
}

void x64_op(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm)
{
    prefixes(x, size, reg, size, rm, size);
    x64_byte(x, (u8)(size == 1 ? opcode & ~1u : opcode));
    modrm(x, reg, rm);
}

void x64_op0f(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm,
              unsigned rm_size)
{
    prefixes(x, size, reg, size, rm, rm_size);
    x64_byte(x, 0x0f);
    x64_byte(x, (u8)opcode);
    modrm(x, reg, rm);
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
    prefixes(x, size, X_DIGIT(n), size, rm, size);
    x64_byte(x, size == 1 ? 0x80 : byte ? 0x83 : 0x81);
    modrm(x, X_DIGIT(n), rm);
    x64_imm(x, imm, byte ? 1 : imm_bytes(size));
}

void x64_test_imm(struct x64 *x, unsigned size, struct x64_rm rm, u32 imm)
{
    x64_op(x, X_GROUP3, size, X_DIGIT(0), rm);
    x64_imm(x, imm, imm_bytes(size));
}

void x64_shift_imm(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm, u8 count)
{
    x64_op(x, count == 1 ? 0xd1 : 0xc1, size, X_DIGIT(n), rm);
    if (count != 1)
        x64_byte(x, count);
}

void x64_shift_cl(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm)
{
    x64_op(x, 0xd3, size, X_DIGIT(n), rm);
}

void x64_mov_imm(struct x64 *x, unsigned size, struct x64_rm rm, u64 imm)
{
    if (rm.reg != X_NONE && size >= 4) {
        bool wide = size == 8 && imm > 0xffffffffu;
        u8 rex = (u8)((wide ? 0x48 : 0) | (rm.reg >= X_R8 ? 0x41 : 0));
        if (rex)
            x64_byte(x, rex);
        x64_byte(x, (u8)(0xb8 | (rm.reg & 7)));
        x64_imm(x, imm, wide ? 8 : 4);
        return;
    }
    x64_op(x, 0xc7, size, X_DIGIT(0), rm);
    x64_imm(x, imm, imm_bytes(size));
}

void x64_imul_imm(struct x64 *x, unsigned size, unsigned reg, struct x64_rm rm, u32 imm)
{
    bool byte = fits_byte(size, imm);
    prefixes(x, size, reg, size, rm, size);
    x64_byte(x, byte ? 0x6b : 0x69);
    modrm(x, reg, rm);
    x64_imm(x, imm, byte ? 1 : imm_bytes(size));
}

void x64_bt_imm(struct x64 *x, unsigned size, struct x64_rm rm, u8 n)
{
    x64_op0f(x, X0F_BITS_IMM, size, X_DIGIT(4), rm, size);
    x64_byte(x, n);
}

void x64_bswap(struct x64 *x, unsigned reg)
{
    if (reg >= X_R8)
        x64_byte(x, 0x41);
    x64_byte(x, 0x0f);
    x64_byte(x, (u8)(0xc8 | (reg & 7)));
}

/* ---- stack and jumps ---- */

void x64_push(struct x64 *x, unsigned reg)
{
    if (reg >= X_R8)
        x64_byte(x, 0x41);
    x64_byte(x, (u8)(0x50 | (reg & 7)));
}

void x64_pop(struct x64 *x, unsigned reg)
{
    if (reg >= X_R8)
        x64_byte(x, 0x41);
    x64_byte(x, (u8)(0x58 | (reg & 7)));
}

void x64_ret(struct x64 *x)
{
    x64_byte(x, 0xc3);
}

static u8 *hole(struct x64 *x)
{
    u8 *at = x->at;
    x64_imm(x, 0, 4);
    return at;
}

u8 *x64_jmp_hole(struct x64 *x)
{
    x64_byte(x, 0xe9);
    return hole(x);
}

u8 *x64_jcc_hole(struct x64 *x, unsigned cc)
{
    x64_byte(x, 0x0f);
    x64_byte(x, (u8)(0x80 | cc));
    return hole(x);
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

void x64_jcc(struct x64 *x, unsigned cc, const u8 *target)
{
    x64_fill(x, x64_jcc_hole(x, cc), target);
}

void x64_lea_rip(struct x64 *x, unsigned reg, const u8 *target)
{
    x64_byte(x, (u8)(reg >= X_R8 ? 0x4c : 0x48));
    x64_byte(x, X_LEA);
    x64_byte(x, (u8)(0x05 | (reg & 7) << 3));
    x64_fill(x, hole(x), target);
}
