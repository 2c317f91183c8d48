/*
 * opdef.h - a row of the opcode map (struct opdef): what there is to know about one form of an
 * instruction. SDM vol. 2, appendix A. The handlers that execute it are apart from it
 * (cpu/blocks/handlers.c).
 */
#ifndef FERRITE_CPU_OPDEF_H
#define FERRITE_CPU_OPDEF_H

#include "cpu/decode/features.h"
#include "cpu/flags.h"

/* Operand kinds of a row (for decoding and for display). Size letters as in the Intel manual. */
/* clang-format off */
enum operand {
    ND = 0,             /* none */
    Eb, Ew, Ed, Ev,     /* modrm r/m, general register or memory */
    EvMw, EdMw,         /* the same: a whole register, or 16 bits of memory */
    Gb, Gw, Gd, Gv,     /* modrm reg */
    Ib, Iw, Id, Iz,     /* immediates; Iz: 16 or 32 by operand size */
    Ibs,                /* byte, sign-extended to the operand size */
    Jb, Jz,             /* relative branch */
    Ap,                 /* far pointer */
    Iwb,                /* ENTER's iw, ib */
    Ob, Ov,             /* moffs */
    Zb, Zv,             /* register in opcode bits 0-2 */
    M, Mb, Mw, Md, Mq, Mt, Mdq, Mp, Ma, /* memory only (size for display), far pointer, bound pair */
    Sw,                 /* segment register in modrm reg */
    Rd, Cd, Dd, Td,     /* MOV CRn...: general register (mod ignored), control, debug, test register */
    ALb, AXw, eAX, ONE, CLb, DXw, /* implied */
    ST0, STi,           /* x87 */
    Pq, Qq, Qd, Nq,     /* MMX: reg; r/m; r/m of 32 bits; r/m register only */
    Vx, Wx, Ux,         /* SSE: reg, r/m (memory of the row's size), r/m register only */
    Xb, Xv, Yb, Yv,     /* string source DS:eSI, destination ES:eDI */
    ES_, CS_, SS_, DS_, FS_, GS_
};

/* Sets of kinds. */
#define KIND(k) (1ull << (k))
#define KINDS_RM_GPR (KIND(Eb) | KIND(Ew) | KIND(Ed) | KIND(Ev) | KIND(EvMw) | KIND(EdMw))
#define KINDS_RM_MMX (KIND(Qq) | KIND(Qd))
#define KINDS_RM_XMM KIND(Wx)
#define KINDS_RM_SIMD (KINDS_RM_MMX | KINDS_RM_XMM)
#define KINDS_RM_MEMORY (KIND(M) | KIND(Mb) | KIND(Mw) | KIND(Md) | KIND(Mq) | KIND(Mt) |          \
                         KIND(Mdq) | KIND(Mp) | KIND(Ma))
#define KINDS_MOFFS (KIND(Ob) | KIND(Ov))
#define KINDS_STRING (KIND(Xb) | KIND(Xv) | KIND(Yb) | KIND(Yv))
#define KINDS_REG_GPR (KIND(Gb) | KIND(Gw) | KIND(Gd) | KIND(Gv))
/* What OPF_MEM may make memory. */
#define KINDS_MAYBE_MEMORY (KINDS_RM_GPR | KINDS_RM_SIMD | KINDS_RM_MEMORY | KINDS_MOFFS)
/* What is in a ModR/M byte (test registers have no row that would need it). */
#define KINDS_MODRM (KINDS_RM_GPR | KINDS_RM_SIMD | KINDS_RM_MEMORY | KINDS_REG_GPR | KIND(Sw) |   \
                     KIND(Rd) | KIND(Cd) | KIND(Dd) | KIND(STi) | KIND(Pq) | KIND(Nq) | KIND(Vx) | \
                     KIND(Ux))
#define KINDS_BYTE (KIND(Eb) | KIND(Gb) | KIND(ALb) | KIND(Zb) | KIND(Xb) | KIND(Yb) | KIND(Ob))
/* What says nothing about the size of the operation. */
#define KINDS_UNSIZED (KIND(ND) | KIND(Ib) | KIND(Ibs) | KIND(Iw) | KIND(Id) | KIND(Iz) |          \
                       KIND(DXw) | KIND(CLb) | KIND(ONE) | KIND(Iwb))
/* clang-format on */

static inline bool kind_among(u8 kind, u64 kinds)
{
    _Static_assert(GS_ < 64, "a kind is a bit");
    return kinds >> kind & 1;
}

/* Row attributes. */
#define A_LOCK 0x0001u   /* LOCK is legal with a memory destination */
#define A_END 0x0002u    /* ends the block: changes EIP, the mode, the mapping... */
#define A_MEM 0x0004u    /* r/m must be memory (#UD with a register) */
#define A_REG 0x0008u    /* r/m must be a register (#UD with memory) */
#define A_FAULT 0x0010u  /* may fault or look at the flags through a fault even without memory */
#define A_REP 0x0020u    /* string instruction: REP prefixes mean repetition */
#define A_PFX 0x0040u    /* 66/F2/F3 select the row (SSE): the row's pfx must match exactly */
#define A_IO 0x0080u     /* talks to the outside: the exact instruction count must be known */
#define A_NOMEM 0x0100u  /* modrm, but the r/m memory operand is not accessed (LEA, NOP, INVLPG) */
#define A_STORE 0x0200u  /* r/m operand is only written */
#define A_PM 0x0400u     /* #UD in real and V86 mode */
#define A_STACK 0x1000u  /* its specialised forms depend on the stack: flat, 16-bit or neither */
#define A_BRANCH 0x2000u /* near branch: specialised by whether the code segment has a limit */
#define A_MERGE 0x0800u  /* may leave the flags of fl_write as they were (shifts, REP CMPS) */

#define NP 0 /* no mandatory prefix */
#define P66 1
#define PF3 2
#define PF2 3

/* What an operation is. Some questions are asked of whole classes. */
enum op_class {
    OC_OTHER,
    OC_FUSES, /* compares or counts: the first half of a pair with Jcc (blocks/fuse.c) */
    OC_JCC,   /* these have a condition */
    OC_SETCC,
    OC_CMOVCC,
    OC_FCMOVCC, /* also x87 */
    OC_X87
};

#define OPERATION(name, text, access, class, condition, bytes, mmx, push, reads, writes) I_##name,
enum operation {
#include "cpu/decode/operations.def"
    OPERATION_COUNT
};
#undef OPERATION

/*
 * What an instruction reads and writes: masks of these. R_MEM: the memory operand. R_STACK: memory
 * at SS:ESP. R_ST(i): relative to TOP before the instruction; the MMX registers lie in the same
 * place. R_X87: control, status and tag word, TOP, pointers. R_FLAGS: arithmetic flags, one by one
 * in the row's columns. R_EFL: the others (IF, IOPL, NT, AC, VM...) without DF. R_SYS: CRn, DRn,
 * TRn, MSRs, table registers, the clock. R_TABLES: descriptor tables in memory. R_IP: control goes
 * elsewhere.
 */
#define R_GPR(n) (1ull << (n))
#define R_AX R_GPR(0)
#define R_CX R_GPR(1)
#define R_DX R_GPR(2)
#define R_BX R_GPR(3)
#define R_SP R_GPR(4)
#define R_BP R_GPR(5)
#define R_SI R_GPR(6)
#define R_DI R_GPR(7)
#define R_GPRS 0xffull
#define R_SEG(n) (1ull << (8 + (n)))
#define R_SS R_SEG(2)
#define R_DS R_SEG(3)
#define R_XMM(n) (1ull << (16 + (n)))
#define R_XMMS (0xffull << 16)
#define R_MM(n) (1ull << (24 + (n)))
#define R_ST(i) (1ull << (32 + (i)))
#define R_STS (0xffull << 32)
#define R_X87 (1ull << 40)
#define R_MXCSR (1ull << 41)
#define R_FLAGS (1ull << 42)
#define R_DF (1ull << 43)
#define R_EFL (1ull << 44)
#define R_SYS (1ull << 45)
#define R_TABLES (1ull << 46)
#define R_IP (1ull << 47)
#define R_MEM (1ull << 48)
#define R_STACK (1ull << 49)
#define R_PORT (1ull << 50)
#define R_EVERYTHING ((1ull << 51) - 1)
#define R_DX_WIDE (1ull << 51) /* in operations.def: R_DX unless the operands are bytes */

#define OP_BYTES_ENV 0xfff0u  /* 14 or 28 by operand size */
#define OP_BYTES_SAVE 0xfff1u /* 94 or 108 */

/* A line of operations.def. */
struct operation_def {
    const char *text;
    char access[4];
    u8 class;     /* enum op_class */
    u8 condition; /* of OC_JCC, OC_SETCC, OC_CMOVCC, OC_FCMOVCC: as in fl_cond() */
    u16 bytes;
    u8 mmx_bytes;
    s8 push;
    u64 reads, writes;
};
extern const struct operation_def operations[OPERATION_COUNT];

struct opdef {
    u16 operation; /* enum operation */
    u8 map;        /* 0: one byte, 1: after 0F */
    u8 opcode;
    s8 ext; /* modrm.reg, or -1 */
    s8 rm;  /* modrm.rm (register form), or -1 */
    u8 pfx; /* with A_PFX */
    u8 operand[3];
    u8 feature; /* enum feature */
    u16 attr;
    u16 fl_read, fl_write; /* FL_* masks; fl_write: overwritten, unless A_MERGE */
};

extern const struct opdef opdefs[];
extern const unsigned opdef_count;

#endif
