/*
 * family.h - specialised forms of the hot instructions.
 *
 * A row of ops.def names generic handlers that do everything (any operand, any segment, every
 * slow path). Hot rows also have a family: a table of frameless handlers by operand size, kind of
 * operand and "flags not needed". decode picks from it; a missing entry means the generic handler,
 * and a specialised handler that meets something unusual (TLB miss, limit) tail-calls the generic
 * one, which starts the instruction over.
 */
#ifndef FERRITE_CPU_FAMILY_H
#define FERRITE_CPU_FAMILY_H

#include "cpu/blocks/dispatch.h"
#include "cpu/protect/access.h"

enum kind {
    K_REG, /* register operand */
    K_B,   /* flat memory, [base + disp]; flat 32-bit stack; branch without code limit */
    K_X,   /* flat memory, [base + index * scale + disp] */
    K_S16, /* segmented memory, 16-bit address; 16-bit stack */
    K_S32, /* segmented memory, 32-bit address; branch with code limit */
    K_COUNT
};

#define SIZE_8 0
#define SIZE_16 1
#define SIZE_32 2

#define FAMILY_INDEX(size, kind, nf) (((size)*K_COUNT + (kind)) * 2 + (nf))
#define FAMILY_ENTRIES (3 * K_COUNT * 2)

/*
 * Declare `lin` for an access of n bytes, or tail-call `slow`. `max` is rd_max or wr_max: the
 * segment's bound for this kind of access.
 */
#define LIN_B(n, max, slow) u32 lin = REG32(o->base) + o->disp
#define LIN_X(n, max, slow) u32 lin = REG32(o->base) + (REG32(o->index) << o->shift) + o->disp
#define LIN_S16(n, max, slow)                                                                      \
    u32 lin = (u16)(REG32(o->base) + REG32(o->index) + o->disp);                                   \
    LIN_SEG_(n, max, slow)
#define LIN_S32(n, max, slow)                                                                      \
    u32 lin = REG32(o->base) + (REG32(o->index) << o->shift) + o->disp;                            \
    LIN_SEG_(n, max, slow)
#define LIN_SEG_(n, max, slow)                                                                     \
    do {                                                                                           \
        const struct seg *s_ = &c->seg[o->seg];                                                    \
        if (unlikely((s64)((u64)lin + ((n)-1)) > s_->max))                                         \
            TAIL(slow(c, o, fl));                                                                  \
        lin += s_->base;                                                                           \
    } while (0)

/* The four memory kinds of one handler generator. */
#define FOR_MEM_KINDS(GEN, ...)                                                                    \
    GEN(B, __VA_ARGS__) GEN(X, __VA_ARGS__) GEN(S16, __VA_ARGS__) GEN(S32, __VA_ARGS__)

/* Widths: GEN(width, size index, ...) */
#define FOR_WIDTHS(GEN, ...)                                                                       \
    GEN(8, SIZE_8, __VA_ARGS__) GEN(16, SIZE_16, __VA_ARGS__) GEN(32, SIZE_32, __VA_ARGS__)

extern exec_fn *const family_none[];

#endif
