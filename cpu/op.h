/*
 * op.h - a decoded instruction (struct op), the functions that execute it, and how they end.
 */
#ifndef FERRITE_CPU_OP_H
#define FERRITE_CPU_OP_H

#include "cpu/cpu.h"

struct op;

/*
 * Dispatch. In the release build every handler ends by tail-calling the next one, with CPU, op and
 * flags pinned in argument registers; it returns only to leave the run loop. In trampoline builds
 * (debug, sanitizers, -O0, where sibling calls are not made) a handler returns the next op and the
 * flags to a loop in cpu.c; a NULL op leaves. Bodies are written once, in terms of the macros in
 * cpu/exec.h.
 */
#if defined(FERRITE_TRAMPOLINE) && UINTPTR_MAX > UINT32_MAX
struct step {
    const struct op *next;
    u64 fl;
};
typedef struct step exec_ret;
#elif defined(FERRITE_TRAMPOLINE)
/* Both in one word, which comes back in a register (WebAssembly returns pairs through memory): the
 * op's address below, the flags above. */
typedef u64 exec_ret;
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
    _Alignas(8) exec_fn *fn;
    u16 r1, r2;     /* byte offsets in struct cpu: r1 = modrm.rm register, r2 = modrm.reg register
                       (or the register in the opcode's low bits, or an implied one: in r1) */
    u8 base, index; /* byte offsets of the address registers; &cpu->zero when absent */
    u8 shift;       /* scale of the index, 0..3 */
    u8 seg;         /* enum seg_index of the memory operand */
    u32 disp;
    u32 imm;  /* immediate, sign-extended as the form says; branch target relative to the
                 block's start; far pointer offset (selector in disp); ENTER: iw | ib << 16 */
    u16 def;  /* index of the row (opdefs, cpu/decode/opdef.h) */
    u8 pc;    /* offset of the instruction's first byte from the block's start */
    u8 len;   /* bytes */
    u8 left;  /* instructions from this one to the block's end, this one included */
    u8 idx;   /* number of this record in the block */
    u8 flags; /* OPF_* */
    u8 modrm;
};
_Static_assert(sizeof(struct op) == 32, "struct op is half a cache line");

#define ZERO_OFF ((u8)offsetof(struct cpu, zero)) /* base or index: absent */

static inline u32 op_eip(const struct cpu *c, const struct op *o)
{
    return c->eip + o->pc;
}

/* EIP of the following instruction, wrapped as the code segment's size says. */
static inline u32 op_next_eip(const struct cpu *c, const struct op *o)
{
    return c->eip + o->pc + o->len;
}

#define REG8(off) (*((u8 *)c + (off)))
#define REG16(off) (*(u16 *)((u8 *)c + (off)))
#define REG32(off) (*(u32 *)((u8 *)c + (off)))

/* How a function that executes an instruction, or a part of one, ended. */
enum op_status {
    OP_NEXT = 0, /* go on with the next op */
    OP_FAULT,    /* c->event is set; nothing was committed */
    OP_JUMP,     /* c->eip is the new EIP (same or other segment, any mode): look up the block */
    OP_LEAVE, /* done; c->eip is final; leave to the run loop (HLT, shutdown, STI, mode change) */
    OP_AGAIN  /* like OP_JUMP to this same instruction (interrupted REP): c->eip is set already
                 and the instruction has charged its own iterations */
};

/* Ticks that are no instructions' (cpu_ticks()); fewer of them when n is negative. */
static inline void cpu_charge(struct cpu *c, s64 n)
{
    c->budget -= n;
    c->until -= (u64)n;
    c->extra += (u64)n;
}

#define TRY(expr)                                                                                  \
    do {                                                                                           \
        if (unlikely((expr) != 0))                                                                 \
            return OP_FAULT;                                                                       \
    } while (0)

#endif
