/*
 * op.h - a decoded instruction (struct op), a basic block (struct block), and the row of the
 * opcode map that an instruction was decoded from (struct opdef).
 */
#ifndef FERRITE_CPU_OP_H
#define FERRITE_CPU_OP_H

#include "cpu/cpu.h"

struct op;
struct block;

/*
 * Dispatch. In the release build every handler ends by tail-calling the next one, with CPU, op and
 * flags pinned in argument registers; it returns only to leave the run loop. In trampoline builds
 * (debug, sanitizers, -O0, where sibling calls are not made) a handler returns the next op and the
 * flags to a loop in cpu.c; a NULL op leaves. Bodies are written once, in terms of the macros in
 * cpu/exec.h.
 */
#ifdef FERRITE_TRAMPOLINE
struct step {
    const struct op *next;
    u64 fl;
};
typedef struct step exec_ret;
#else
typedef void exec_ret;
#endif
typedef exec_ret exec_fn(struct cpu *c, const struct op *o, u64 fl);

/* op.flags */
#define OPF_MEM 0x01u /* the r/m operand is memory */
#define OPF_A16 0x02u /* 16-bit addressing */
#define OPF_O16 0x04u /* 16-bit operand size */
#define OPF_LOCK 0x08u
#define OPF_REP 0x10u    /* F3 */
#define OPF_REPNE 0x20u  /* F2 */
#define OPF_SEGOVR 0x40u /* a segment override was given */
#define OPF_FUSED 0x80u  /* stands for two instructions (fuse.c) */

struct op {
    exec_fn *fn;
    u16 r1, r2;     /* byte offsets in struct cpu: r1 = modrm.rm register, r2 = modrm.reg register
                       (or the register in the opcode's low bits, or an implied one: in r1) */
    u8 base, index; /* byte offsets of the address registers; &cpu->zero when absent */
    u8 shift;       /* scale of the index, 0..3 */
    u8 seg;         /* enum seg_index of the memory operand */
    u32 disp;
    u32 imm;  /* immediate, sign-extended as the form says; branch target relative to the
                 block's start; far pointer offset (selector in disp); ENTER: iw | ib << 16 */
    u16 def;  /* index of the row in ops.def */
    u8 pc;    /* offset of the instruction's first byte from the block's start */
    u8 len;   /* bytes */
    u8 left;  /* instructions from this one to the block's end, this one included */
    u8 idx;   /* number of this record in the block */
    u8 flags; /* OPF_* */
    u8 modrm;
};
_Static_assert(sizeof(struct op) == 32, "struct op is half a cache line");

#define ZERO_OFF ((u8)offsetof(struct cpu, zero)) /* base or index: absent */

/* A successor of a block. Two of them follow the block's last op in the array. */
struct link {
    struct block *to;
    struct link *next_incoming; /* other links to the same block */
    u32 stamp; /* mmu.stamp it was made under; 0 = valid while both blocks live (same page) */
    u32 pad[3];
};
struct links {
    struct link next[2]; /* 0: taken branch or only successor, 1: fall through */
};

#define BLOCK_MAX_OPS 48 /* instructions */
#define BLOCK_MAX_BYTES 240

struct block {
    u32 phys; /* of the first byte */
    u32 mode; /* MODE_* it was decoded for; BLOCK_DEAD when dropped */
    u16 bytes;
    u8 count;       /* instructions */
    bool straddles; /* one instruction, on two pages */
    u32 phys2;      /* its second page */
    struct block *hash_next;
    struct block *page_next[2]; /* other blocks with bytes on the same page */
    struct link *incoming;      /* links to this block, to be cut when it dies */
    u64 reserved[2];
    struct op op[];
};
_Static_assert(sizeof(struct block) % 32 == 0, "ops are aligned to half a cache line");
#define BLOCK_DEAD 0xffffffffu

static inline struct block *op_block(const struct op *o)
{
    return (struct block *)((char *)(uintptr_t)(o - o->idx) - sizeof(struct block));
}

static inline struct links *op_links(const struct op *o)
{
    return (struct links *)(uintptr_t)(o + 1);
}

/* ---- the opcode map ---- */

/* Operand kinds of a row (for decoding and for display). Size letters as in the Intel manual. */
/* clang-format off */
enum operand {
    ND = 0,             /* none */
    Eb, Ew, Ed, Ev,     /* modrm r/m, general register or memory */
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
    ALb, eAX, ONE, CLb, DXw, /* implied */
    ST0, STi,           /* x87 */
    Pq, Qq, Qd, Nq,     /* MMX: reg; r/m; r/m of 32 bits; r/m register only */
    Vx, Wx, Ux,         /* SSE: reg, r/m (memory of the row's size), r/m register only */
    Xb, Xv, Yb, Yv,     /* string source DS:eSI, destination ES:eDI */
    ES_, CS_, SS_, DS_, FS_, GS_
};
/* clang-format on */

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

/* Processor features that bring rows along (cpu/decode/models.c). */
/* clang-format off */
enum feature {
    F_386 = 0, F_486, F_P5, F_P6, F_CMOV, F_FPU, F_FCMOV, F_MMX, F_SEP, F_FXSR, F_SSE,
    F_SSE2, F_386_ONLY, F_TSC, F_MSR, F_CX8, F_PSE, F_MMXEXT, F_CPUID, F_VME,
    F_386_486 /* test registers */, F_RDPMC, F_COUNT
};
/* clang-format on */

#define NP 0 /* no mandatory prefix */
#define P66 1
#define PF3 2
#define PF2 3

struct opdef {
    const char *name;
    u8 map; /* 0: one byte, 1: after 0F */
    u8 opcode;
    s8 ext; /* modrm.reg, or -1 */
    s8 rm;  /* modrm.rm (register form), or -1 */
    u8 pfx; /* with A_PFX */
    u8 operand[3];
    u8 feature; /* enum feature */
    u16 attr;
    u16 fl_read, fl_write;  /* FL_* masks; fl_write: overwritten, unless A_MERGE */
    exec_fn *fn[3];         /* by operand size: 8 (or any), 16, 32 */
    exec_fn *const *family; /* specialised forms (cpu/blocks/family.h); the empty family has none */
};

extern const struct opdef opdefs[];
extern const unsigned opdef_count;

#endif
