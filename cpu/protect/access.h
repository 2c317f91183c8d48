/*
 * access.h - memory as instructions see it: segment check, linear address, TLB, slow path.
 *
 * Three layers: tlb_read/tlb_write (inline, RAM inside one page or NULL), lin_* (linear addresses,
 * complete), and mem_* (segment:offset). Sizes are 1, 2, 4, 8 bytes. The functions return 0, or
 * OP_FAULT with c->event set and nothing changed.
 */
#ifndef FERRITE_CPU_ACCESS_H
#define FERRITE_CPU_ACCESS_H

#include "cpu/fault.h"

#include <string.h>

/* The slot of a linear address; shifted once, because every access pays for this. */
static ALWAYS_INLINE const struct tlb_fast *tlb_slot(const struct cpu *c, u32 lin)
{
    _Static_assert(sizeof(struct tlb_fast) == 16, "the shift below is by 4 less than a page's");
    u32 offset = (lin >> (PAGE_SHIFT - 4)) & ((TLB_ENTRIES - 1) << 4);
    return (const struct tlb_fast *)((const u8 *)c->tlb + offset);
}

/* Host address for a read of n bytes at lin, NULL when the slow path must do it. */
static ALWAYS_INLINE void *tlb_read(const struct cpu *c, u32 lin, unsigned n)
{
    const struct tlb_fast *e = tlb_slot(c, lin);
    if (likely(e->read == ((lin + n - 1) & ~PAGE_MASK))) {
        void *p = (void *)(uintptr_t)(lin + e->add);
        if (!p)
            __builtin_unreachable(); /* spares the callers a second test */
        return p;
    }
    return NULL;
}

static ALWAYS_INLINE void *tlb_write(const struct cpu *c, u32 lin, unsigned n)
{
    const struct tlb_fast *e = tlb_slot(c, lin);
    if (likely(e->write == ((lin + n - 1) & ~PAGE_MASK))) {
        void *p = (void *)(uintptr_t)(lin + e->add);
        if (!p)
            __builtin_unreachable(); /* spares the callers a second test */
        return p;
    }
    return NULL;
}

/* Guest memory is little-endian and unaligned; so are the hosts this is fast on. */
typedef u8 u8_any __attribute__((may_alias, aligned(1)));
typedef u16 u16_any __attribute__((may_alias, aligned(1)));
typedef u32 u32_any __attribute__((may_alias, aligned(1)));
typedef u64 u64_any __attribute__((may_alias, aligned(1)));
#define HOST_LD(type, p) (*(const type##_any *)(p))
#define HOST_ST(type, p, v) (*(type##_any *)(p) = (v))

/* ---- out of line, complete (access.c): page crossing, MMIO, code pages, breakpoints ---- */

enum op_status lin_load(struct cpu *c, u32 lin, unsigned n, u64 *v);
enum op_status lin_store(struct cpu *c, u32 lin, unsigned n, u64 v);
/* Host address for a store into a page that holds code, but not in these bytes; or NULL. */
void *lin_beside_code(const struct cpu *c, u32 lin, unsigned n);
/* Would a store of n bytes succeed? Sets A and D as the store would; for read-modify-write. */
enum op_status lin_probe_write(struct cpu *c, u32 lin, unsigned n);
/* #AC(0) when lin is no multiple of n (a power of 2) and alignment is checked: images and 16-byte
 * operands, which are accessed as bytes. */
enum op_status lin_check_alignment(struct cpu *c, u32 lin, unsigned n);
/*
 * The same accesses with supervisor rights whatever the CPL: descriptor tables, TSS, inner stacks.
 * Alignment is not checked; data breakpoints see them like any other.
 */
enum op_status sys_load(struct cpu *c, u32 lin, unsigned n, u64 *v);
enum op_status sys_store(struct cpu *c, u32 lin, unsigned n, u64 v);
enum op_status sys_probe_write(struct cpu *c, u32 lin, unsigned n);
/* Blocks (FXSAVE, 16-byte operands): any n up to 512; nothing is written if any page faults. */
enum op_status lin_load_bytes(struct cpu *c, u32 lin, void *buf, unsigned n);
enum op_status lin_store_bytes(struct cpu *c, u32 lin, const void *buf, unsigned n);

/*
 * Segment check of an access to [off, off + n): type, limit, null, expand-down. Gives the linear
 * address. #GP(0), or #SS(0) through SS. seg_check_slow is the exact one.
 */
enum op_status seg_check_slow(struct cpu *c, unsigned seg, u32 off, unsigned n, bool write,
                              u32 *lin);

static ALWAYS_INLINE enum op_status seg_read(struct cpu *c, unsigned seg, u32 off, unsigned n,
                                             u32 *lin)
{
    const struct seg *s = &c->seg[seg];
    if (unlikely((s64)((u64)off + (n - 1)) > s->rd_max))
        return seg_check_slow(c, seg, off, n, false, lin);
    *lin = s->base + off;
    return OP_NEXT;
}

static ALWAYS_INLINE enum op_status seg_write(struct cpu *c, unsigned seg, u32 off, unsigned n,
                                              u32 *lin)
{
    const struct seg *s = &c->seg[seg];
    if (unlikely((s64)((u64)off + (n - 1)) > s->wr_max))
        return seg_check_slow(c, seg, off, n, true, lin);
    *lin = s->base + off;
    return OP_NEXT;
}

/* ---- inline with fast path, for C helpers ---- */

static ALWAYS_INLINE u64 host_load(const void *p, unsigned n)
{
    return n == 1   ? HOST_LD(u8, p)
           : n == 2 ? HOST_LD(u16, p)
           : n == 4 ? HOST_LD(u32, p)
                    : HOST_LD(u64, p);
}

static ALWAYS_INLINE void host_store(void *p, unsigned n, u64 v)
{
    if (n == 1)
        HOST_ST(u8, p, (u8)v);
    else if (n == 2)
        HOST_ST(u16, p, (u16)v);
    else if (n == 4)
        HOST_ST(u32, p, (u32)v);
    else
        HOST_ST(u64, p, v);
}

static ALWAYS_INLINE enum op_status mem_load(struct cpu *c, const struct op *o, unsigned seg,
                                             u32 off, unsigned n, u64 *v)
{
    u32 lin;
    TRY(seg_read(c, seg, off, n, &lin));
    const void *p = tlb_read(c, lin, n);
    if (likely(p != NULL)) {
        *v = host_load(p, n);
        return OP_NEXT;
    }
    c->slow_op = o;
    return lin_load(c, lin, n, v);
}

static ALWAYS_INLINE enum op_status mem_store(struct cpu *c, const struct op *o, unsigned seg,
                                              u32 off, unsigned n, u64 v)
{
    u32 lin;
    TRY(seg_write(c, seg, off, n, &lin));
    void *p = tlb_write(c, lin, n);
    if (likely(p != NULL)) {
        host_store(p, n, v);
        return OP_NEXT;
    }
    c->slow_op = o;
    return lin_store(c, lin, n, v);
}

/* Segment check and probe for a read-modify-write; then mem_load and mem_store cannot fault. */
static inline enum op_status mem_probe_write(struct cpu *c, const struct op *o, unsigned seg,
                                             u32 off, unsigned n)
{
    u32 lin;
    TRY(seg_write(c, seg, off, n, &lin));
    if (likely(tlb_write(c, lin, n) != NULL))
        return OP_NEXT;
    c->slow_op = o;
    return lin_probe_write(c, lin, n);
}

/* Offset of a memory operand. */
static ALWAYS_INLINE u32 op_ea(struct cpu *c, const struct op *o)
{
    u32 ea = REG32(o->base) + (REG32(o->index) << o->shift) + o->disp;
    return o->flags & OPF_A16 ? (u16)ea : ea;
}

/* The r/m operand of n = 1, 2 or 4 bytes, register or memory. For 8-bit registers r1/r2 point at
 * the byte (AH..BH included). rm_store after a successful rm_load of the same operand may still
 * fault: probe first (rm_probe) when the instruction is a read-modify-write. */
static ALWAYS_INLINE enum op_status rm_load(struct cpu *c, const struct op *o, unsigned n, u32 *v)
{
    if (o->flags & OPF_MEM) {
        u64 w = 0;
        TRY(mem_load(c, o, o->seg, op_ea(c, o), n, &w));
        *v = (u32)w;
        return OP_NEXT;
    }
    *v = (u32)host_load((u8 *)c + o->r1, n);
    return OP_NEXT;
}

static ALWAYS_INLINE enum op_status rm_store(struct cpu *c, const struct op *o, unsigned n, u32 v)
{
    if (o->flags & OPF_MEM)
        return mem_store(c, o, o->seg, op_ea(c, o), n, v);
    host_store((u8 *)c + o->r1, n, v);
    return OP_NEXT;
}

static ALWAYS_INLINE enum op_status rm_probe(struct cpu *c, const struct op *o, unsigned n)
{
    if (o->flags & OPF_MEM)
        return mem_probe_write(c, o, o->seg, op_ea(c, o), n);
    return OP_NEXT;
}

/* ---- the stack ---- */

/* Offset in SS of the item n bytes below (push) / i bytes above (pop) the stack pointer. */
static ALWAYS_INLINE u32 stack_off(const struct cpu *c, s32 delta)
{
    return (c->gpr[ESP] + (u32)delta) & c->stack_mask;
}

/* Move the stack pointer, leaving ESP's high half alone on a 16-bit stack. */
static ALWAYS_INLINE void stack_move(struct cpu *c, s32 delta)
{
    u32 sp = c->gpr[ESP] + (u32)delta;
    c->gpr[ESP] = (c->gpr[ESP] & ~c->stack_mask) | (sp & c->stack_mask);
}

static ALWAYS_INLINE enum op_status push(struct cpu *c, const struct op *o, unsigned n, u32 v)
{
    TRY(mem_store(c, o, SEG_SS, stack_off(c, -(s32)n), n, v));
    stack_move(c, -(s32)n);
    return OP_NEXT;
}

/* Read the item at `depth` bytes above the top, without popping it. */
static ALWAYS_INLINE enum op_status stack_peek(struct cpu *c, const struct op *o, unsigned n,
                                               s32 depth, u32 *v)
{
    u64 w = 0;
    TRY(mem_load(c, o, SEG_SS, stack_off(c, depth), n, &w));
    *v = (u32)w;
    return OP_NEXT;
}

#endif
