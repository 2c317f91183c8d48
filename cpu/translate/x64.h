/*
 * x64.h - an encoder of x86-64 instructions, as far as the translator uses them. Intel SDM vol. 2,
 * chapter 2 and appendix B.
 *
 * Code is written at x->at. When there is no room for X64_LONGEST bytes nothing more is written and
 * x->overflow says so: the caller asks once, at the end. tests/ops/zydis_encoder.c holds every form
 * against the Zydis library.
 */
#ifndef FERRITE_X64_H
#define FERRITE_X64_H

#include "hw/base/types.h"

/* Registers by number. High bytes (AH, CH, DH, BH of registers 0-3) are X_HIGH(number). */
enum {
    X_AX,
    X_CX,
    X_DX,
    X_BX,
    X_SP,
    X_BP,
    X_SI,
    X_DI, /* clang-format: keep */
    X_R8,
    X_R9,
    X_R10,
    X_R11,
    X_R12,
    X_R13,
    X_R14,
    X_R15
};
#define X_NONE 0xffu
#define X_HIGH(r) (0x10u + (r))
#define X_IS_HIGH(r) ((r) >= 0x10 && (r) < 0x14)
/* An opcode extension in the place of a register. */
#define X_DIGIT(n) (0x40u + (n))

/* The r/m operand. */
struct x64_rm {
    u8 reg;         /* a register; X_NONE: memory */
    u8 base, index; /* X_NONE: absent */
    u8 shift;
    s32 disp;
};
#define X_REG(r) ((struct x64_rm){.reg = (u8)(r)})
#define X_MEM(b, d) ((struct x64_rm){.reg = X_NONE, .base = (b), .index = X_NONE, .disp = (d)})
#define X_MEMX(b, i, s, d)                                                                         \
    ((struct x64_rm){.reg = X_NONE, .base = (b), .index = (i), .shift = (s), .disp = (d)})

#define X64_LONGEST 16 /* bytes; no instruction has more */
struct x64 {
    u8 *at, *end;
    bool overflow;
    u8 aside[X64_LONGEST]; /* what there was no room for */
};

/* Numbers of the arithmetic group: opcode 8 * n + 1, and 81 /n. */
enum { X_ADD, X_OR, X_ADC, X_SBB, X_AND, X_SUB, X_XOR, X_CMP };
/* Numbers of the shift group: C1 /n, D3 /n. */
enum { X_ROL, X_ROR, X_RCL, X_RCR, X_SHL, X_SHR, X_SAR = 7 };
/* One-byte opcodes, in their wide form; size 1 takes the even one beside it. */
enum {
    X_TEST = 0x85,
    X_XCHG = 0x87,
    X_MOV = 0x89,      /* r/m <- reg */
    X_MOV_LOAD = 0x8b, /* reg <- r/m */
    X_LEA = 0x8d,
    X_GROUP3 = 0xf7, /* /2 NOT, /3 NEG, /4 MUL, /5 IMUL, /6 DIV, /7 IDIV */
    X_GROUP5 = 0xff, /* /0 INC, /1 DEC, /4 JMP */
};
#define X_ALU(n) (8u * (n) + 1)      /* r/m <- r/m op reg */
#define X_ALU_LOAD(n) (8u * (n) + 3) /* reg <- reg op r/m */
/* Opcodes behind 0F. */
enum {
    X0F_CMOV = 0x40,
    X0F_SET = 0x90,
    X0F_BT = 0xa3,
    X0F_SHLD = 0xa4,     /* by a count; + 1: by CL */
    X0F_SHRD = 0xac,     /* likewise */
    X0F_BITS_IMM = 0xba, /* /4 BT, /5 BTS, /6 BTR, /7 BTC */
    X0F_IMUL = 0xaf,
    X0F_MOVZX = 0xb6, /* of bytes; + 1: of words */
    X0F_BSF = 0xbc,
    X0F_BSR = 0xbd,
    X0F_MOVSX = 0xbe, /* likewise */
};

void x64_byte(struct x64 *x, u8 byte);

/* reg: a register or X_DIGIT(). size: of both operands, 1, 2, 4, 8. */
void x64_op(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm);
/* The same behind 0F; rm_size: of the r/m operand, where it differs (MOVZX, SETcc). */
void x64_op0f(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm,
              unsigned rm_size);

/*
 * SSE and SSE2: 0F opcode behind a mandatory prefix (0: none). reg and rm: XMM registers by number,
 * or general ones of 32 bits where the instruction has them; memory as large as it says.
 */
void x64_simd(struct x64 *x, u8 prefix, u8 opcode, unsigned reg, struct x64_rm rm);
void x64_simd_imm(struct x64 *x, u8 prefix, u8 opcode, unsigned reg, struct x64_rm rm, u8 imm);

/* r/m <- r/m op imm (sign-extended from 32 bits for size 8); n: X_ADD... */
void x64_alu_imm(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm, u32 imm);
void x64_test_imm(struct x64 *x, unsigned size, struct x64_rm rm, u32 imm);
void x64_shift_imm(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm, u8 count);
void x64_shift_cl(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm);
/* SHLD, SHRD r/m, reg, by a count or by CL; opcode: X0F_SHLD, X0F_SHRD. */
void x64_double_imm(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm,
                    u8 count);
void x64_double_cl(struct x64 *x, unsigned opcode, unsigned size, unsigned reg, struct x64_rm rm);
/* r/m <- imm. A 64-bit register takes all of imm. */
void x64_mov_imm(struct x64 *x, unsigned size, struct x64_rm rm, u64 imm);
/* IMUL reg, r/m, imm. */
void x64_imul_imm(struct x64 *x, unsigned size, unsigned reg, struct x64_rm rm, u32 imm);
/* BT, BTS, BTR, BTC (n: 4 to 7) r/m, bit. */
void x64_bits_imm(struct x64 *x, unsigned n, unsigned size, struct x64_rm rm, u8 bit);
void x64_bswap(struct x64 *x, unsigned reg);

static inline void x64_lahf(struct x64 *x)
{
    x64_byte(x, 0x9f);
}

static inline void x64_sahf(struct x64 *x)
{
    x64_byte(x, 0x9e);
}

/* REP MOVS, REP STOS of elements of 1, 2, 4 or 8 bytes. */
enum { X_MOVS = 0xa5, X_STOS = 0xab };
void x64_repeat(struct x64 *x, unsigned opcode, unsigned size);

void x64_push(struct x64 *x, unsigned reg);
void x64_pop(struct x64 *x, unsigned reg);
void x64_ret(struct x64 *x);

/* Jumps with a 32-bit distance. A hole is filled later. */
u8 *x64_jmp_hole(struct x64 *x);
u8 *x64_jcc_hole(struct x64 *x, unsigned cc);
void x64_fill(struct x64 *x, u8 *hole, const u8 *target);
void x64_jmp(struct x64 *x, const u8 *target);
void x64_call(struct x64 *x, const u8 *target);
void x64_jcc(struct x64 *x, unsigned cc, const u8 *target);
/* LEA reg, [RIP + ...]. */
void x64_lea_rip(struct x64 *x, unsigned reg, const u8 *target);

/* Condition codes. */
enum {
    CC_O,
    CC_NO,
    CC_B,
    CC_NB,
    CC_Z,
    CC_NZ,
    CC_BE,
    CC_NBE,
    CC_S,
    CC_NS,
    CC_P,
    CC_NP,
    CC_L,
    CC_NL,
    CC_LE,
    CC_NLE
};

#endif
