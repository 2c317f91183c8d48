/*
 * fpu_exec.h - what the x87, MMX and SSE handlers share: opening the gates, noting the
 * instruction pointer, operands in memory.
 */
#ifndef FERRITE_CPU_FPU_EXEC_H
#define FERRITE_CPU_FPU_EXEC_H

#include "cpu/blocks/family.h"
#include "cpu/fpu.h"
#include "cpu/protect/access.h"

#define FPU_TOP(f) ((f)->fsw >> 11 & 7)

/* #NM, #MF (or FERR#), then the state live (host) or at least in memory (portable). */
enum op_status fpu_open_x87(struct cpu *c, const struct op *o);
/* The same, but the state in memory in any case. */
enum op_status fpu_open_parked(struct cpu *c, const struct op *o);
/* #NM only: for instructions that do not wait. The state may be live or in memory. */
enum op_status fpu_open_nowait(struct cpu *c, const struct op *o);
/* #UD, #NM, #MF; then MMX state in memory. */
enum op_status fpu_open_mmx(struct cpu *c, const struct op *o);
/* #UD, #NM of SSE; MXCSR may be anywhere. */
enum op_status fpu_open_sse(struct cpu *c, const struct op *o);
/* #MF when an unmasked exception is pending; with CR0.NE = 0 the instruction stalls (OP_JUMP to
 * itself) until the interrupt that FERR# causes, unless IGNNE# lets it pass. */
enum op_status fpu_pending(struct cpu *c, const struct op *o);

/* x87 state into memory. */
void fpu_park(struct cpu *c);
/* An unmasked exception was raised by the instruction before: park, tell FERR#. */
void fpu_trap(struct cpu *c);
/* Recompute ES and B from flags and masks, in memory, and FERR#. */
void fpu_summary(struct cpu *c);
/* Bring fop, fip, fcs up to date. */
void fpu_pointers(struct cpu *c);

/* MXCSR into the host, if no exception is unmasked. True: SSE_LIVE. */
bool sse_go_live(struct cpu *c);

/* Note a non-control x87 instruction for FOP, FIP and FCS. */
static ALWAYS_INLINE void fpu_note(struct cpu *c, const struct op *o)
{
    c->fpu.last_op = HOST_LD(u64, &o->def);
    c->fpu.last_eip = c->eip;
    c->fpu.last_cs = c->seg[SEG_CS].sel;
}

static ALWAYS_INLINE void fpu_note_mem(struct cpu *c, const struct op *o, u32 off)
{
    fpu_note(c, o);
    c->fpu.fdp = off;
    c->fpu.fds = c->seg[o->seg].sel;
}

/* What every MMX instruction but EMMS does to the x87 state. */
static ALWAYS_INLINE void fpu_enter_mmx(struct cpu *c)
{
    c->fpu.fsw &= (u16)~FSW_TOP;
    c->fpu.ftw = 0xff;
    c->fpu.gate = FPU_MMX;
}

/*
 * The memory operand of a hot handler: declares off_, lin_ and p, the host address of its n bytes,
 * or tail-calls slow. max: rd_max or wr_max, tlb: tlb_read or tlb_write. Three kinds as in
 * family.h: S takes any operand; B and X are for flat segments, without and with an index.
 */
#define FPU_TLB_(tlb, n, slow)                                                                     \
    u8 *p = tlb(c, lin_, n);                                                                       \
    if (unlikely(p == NULL))                                                                       \
    TAIL(slow(c, o, fl))
#define FPU_AT_S(max, tlb, n, slow)                                                                \
    u32 off_ = op_ea(c, o);                                                                        \
    const struct seg *seg_ = &c->seg[o->seg];                                                      \
    if (unlikely((s64)((u64)off_ + ((n)-1)) > seg_->max))                                          \
        TAIL(slow(c, o, fl));                                                                      \
    u32 lin_ = seg_->base + off_;                                                                  \
    FPU_TLB_(tlb, n, slow)
#define FPU_AT_B(max, tlb, n, slow)                                                                \
    u32 off_ = REG32(o->base) + o->disp, lin_ = off_;                                              \
    FPU_TLB_(tlb, n, slow)
#define FPU_AT_X(max, tlb, n, slow)                                                                \
    u32 off_ = REG32(o->base) + (REG32(o->index) << o->shift) + o->disp;                           \
    u32 lin_ = off_;                                                                               \
    FPU_TLB_(tlb, n, slow)

/* The family of a memory form: its handlers for flat segments, whatever the operand size. */
#define FPU_FAMILY(name, b, x)                                                                     \
    exec_fn *const family_##name[FAMILY_ENTRIES] = {                                               \
        [FAMILY_INDEX(SIZE_8, K_B, 0)] = b,  [FAMILY_INDEX(SIZE_8, K_X, 0)] = x,                   \
        [FAMILY_INDEX(SIZE_16, K_B, 0)] = b, [FAMILY_INDEX(SIZE_16, K_X, 0)] = x,                  \
        [FAMILY_INDEX(SIZE_32, K_B, 0)] = b, [FAMILY_INDEX(SIZE_32, K_X, 0)] = x}
/* Stamp GEN(kind, suffix, ...) for the three kinds; the any-operand handler has no suffix. */
#define FPU_KINDS(GEN, ...) GEN(S, , __VA_ARGS__) GEN(B, _B, __VA_ARGS__) GEN(X, _X, __VA_ARGS__)

/* Out of line: the host address of the operand when the TLB has it, else NULL. */
u8 *fpu_operand(struct cpu *c, const struct op *o, unsigned n, bool write);
/* Out of line: the memory operand into c->fpu.scratch, n = 2, 4, 8, 10 or 16 bytes. */
enum op_status fpu_fetch(struct cpu *c, const struct op *o, unsigned n);
/* Can n bytes be written? And then the writing, from c->fpu.scratch. */
enum op_status fpu_probe(struct cpu *c, const struct op *o, unsigned n);
enum op_status fpu_put(struct cpu *c, const struct op *o, unsigned n);

/* End of a cold handler that has done its work: go on, or leave when something asked for it. */
#define NEXT_OR_STOP                                                                               \
    do {                                                                                           \
        if (unlikely(c->stop)) {                                                                   \
            c->fl = (u32)fl;                                                                       \
            TAIL(exec_status(c, o, OP_NEXT));                                                      \
        }                                                                                          \
        NEXT;                                                                                      \
    } while (0)

#define FAULT_OUT(status)                                                                          \
    do {                                                                                           \
        c->fl = (u32)fl;                                                                           \
        TAIL(exec_status(c, o, (status)));                                                         \
    } while (0)

#endif
