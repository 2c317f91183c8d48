/*
 * op_string.c - MOVS STOS LODS SCAS CMPS INS OUTS, with REP in page-sized chunks. SDM vol. 2.
 *
 * Each iteration counts as one instruction. A repeated instruction stops after the iterations that
 * the budget allows (OP_AGAIN), with registers as the architecture defines them between
 * iterations, so that interrupts come in exactly and a huge count never blocks the machine.
 *
 * The element path does one iteration with every check. The chunk paths do as many as lie in one
 * page at source and destination, when both are plain RAM; they never see a fault.
 */
#include "cpu/alu.h"
#include "cpu/blocks/handlers.h"
#include "cpu/decode/timing.h"
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/seg.h"

#include <string.h>

static ALWAYS_INLINE u32 index_mask(const struct op *o)
{
    return o->flags & OPF_A16 ? 0xffffu : 0xffffffffu;
}

static ALWAYS_INLINE void reg_set(u32 *reg, u32 mask, u32 v)
{
    *reg = (*reg & ~mask) | (v & mask);
}

static ALWAYS_INLINE s32 step(const struct cpu *c, unsigned n)
{
    return c->eflags & EFL_DF ? -(s32)n : (s32)n;
}

enum string_kind { STR_MOVS, STR_STOS, STR_LODS, STR_SCAS, STR_CMPS, STR_INS, STR_OUTS };

static void compare(struct cpu *c, unsigned n, u32 a, u32 b)
{
    u64 f;
    if (n == 1)
        alu_sub8((u8)a, (u8)b, &f);
    else if (n == 2)
        alu_sub16((u16)a, (u16)b, &f);
    else
        alu_sub32(a, b, &f);
    c->fl = (u32)f;
}

static u32 accumulator(const struct cpu *c, unsigned n)
{
    return n == 4 ? c->gpr[EAX] : c->gpr[EAX] & ((1u << (8 * n)) - 1);
}

/* One iteration, complete. Registers move only when nothing can fault any more. */
static ALWAYS_INLINE enum op_status element(struct cpu *c, const struct op *o, unsigned n,
                                            enum string_kind k)
{
    u32 mask = index_mask(o), si = c->gpr[ESI] & mask, di = c->gpr[EDI] & mask;
    s32 d = step(c, n);
    u64 v = 0, w = 0;

    switch (k) {
    case STR_MOVS:
        TRY(mem_load(c, o, o->seg, si, n, &v));
        TRY(mem_store(c, o, SEG_ES, di, n, v));
        break;
    case STR_STOS:
        TRY(mem_store(c, o, SEG_ES, di, n, accumulator(c, n)));
        break;
    case STR_LODS:
        TRY(mem_load(c, o, o->seg, si, n, &v));
        host_store(&c->gpr[EAX], n, v);
        break;
    case STR_SCAS:
        TRY(mem_load(c, o, SEG_ES, di, n, &v));
        compare(c, n, accumulator(c, n), (u32)v);
        break;
    case STR_CMPS:
        /* In this order: it shows when both fault. */
        TRY(mem_load(c, o, SEG_ES, di, n, &w));
        TRY(mem_load(c, o, o->seg, si, n, &v));
        compare(c, n, (u32)v, (u32)w);
        break;
    case STR_INS:
        TRY(io_permission(c, (u16)c->gpr[EDX], n));
        TRY(mem_probe_write(c, o, SEG_ES, di, n));
        c->slow_op = o;
        fpu_callback(c);
        v = c->bus.port_in(c->bus.owner, (u16)c->gpr[EDX], n);
        debug_io_access(c, (u16)c->gpr[EDX], n);
        if (inspect_events(c->inspect))
            inspect_port(c, (u16)c->gpr[EDX], n, false, (u32)v);
        TRY(mem_store(c, o, SEG_ES, di, n, v));
        break;
    case STR_OUTS:
        TRY(io_permission(c, (u16)c->gpr[EDX], n));
        TRY(mem_load(c, o, o->seg, si, n, &v));
        c->slow_op = o;
        fpu_callback(c);
        c->bus.port_out(c->bus.owner, (u16)c->gpr[EDX], (u32)v, n);
        debug_io_access(c, (u16)c->gpr[EDX], n);
        if (inspect_events(c->inspect))
            inspect_port(c, (u16)c->gpr[EDX], n, true, (u32)v);
        break;
    }
    if (k == STR_MOVS || k == STR_LODS || k == STR_CMPS || k == STR_OUTS)
        reg_set(&c->gpr[ESI], mask, si + (u32)d);
    if (k == STR_MOVS || k == STR_STOS || k == STR_SCAS || k == STR_CMPS || k == STR_INS)
        reg_set(&c->gpr[EDI], mask, di + (u32)d);
    return OP_NEXT;
}

/*
 * How many elements from offset `off` going forward stay in the page of their linear address, in
 * the segment and below the index wrap? 0: use the element path. *host is where the first one is.
 */
static u32 run_length(struct cpu *c, const struct op *o, unsigned seg, u32 off, unsigned n,
                      bool write, u32 want, u8 **host)
{
    u32 lin, mask = index_mask(o);
    if (write ? seg_write(c, seg, off, n, &lin) : seg_read(c, seg, off, n, &lin))
        return 0; /* recorded; the element path will fault the same way */
    *host = write ? tlb_write(c, lin, n) : tlb_read(c, lin, n);
    if (!*host)
        return 0;
    const struct seg *s = &c->seg[seg];
    u64 room = PAGE_SIZE - (lin & PAGE_MASK);
    s64 max = write ? s->wr_max : s->rd_max;
    if (max < 0)
        return 0; /* expand-down and other odd ones: one by one */
    if ((u64)max - off + 1 < room)
        room = (u64)max - off + 1;
    if ((u64)mask - off + 1 < room)
        room = (u64)mask - off + 1;
    u32 count = (u32)(room / n);
    return count < want ? count : want;
}

/* Descending runs go element by element. */
static bool backwards(const struct cpu *c)
{
    return c->eflags & EFL_DF;
}

static ALWAYS_INLINE u32 chunk_movs(struct cpu *c, const struct op *o, unsigned n, u32 want)
{
    u32 mask = index_mask(o), si = c->gpr[ESI] & mask, di = c->gpr[EDI] & mask;
    u8 *from, *to;
    u32 count = run_length(c, o, o->seg, si, n, false, want, &from);
    if (count)
        count = run_length(c, o, SEG_ES, di, n, true, count, &to);
    if (!count)
        return 0;
    size_t bytes = (size_t)count * n;
    if (to > from && to < from + bytes) {
        /* Overlap upwards: the pattern repeats, element by element. */
        for (u32 i = 0; i < count; i++)
            memmove(to + i * n, from + i * n, n);
    } else {
        memmove(to, from, bytes);
    }
    reg_set(&c->gpr[ESI], mask, si + (u32)bytes);
    reg_set(&c->gpr[EDI], mask, di + (u32)bytes);
    return count;
}

static ALWAYS_INLINE u32 chunk_stos(struct cpu *c, const struct op *o, unsigned n, u32 want)
{
    u32 mask = index_mask(o), di = c->gpr[EDI] & mask, a = c->gpr[EAX];
    u8 *to;
    u32 count = run_length(c, o, SEG_ES, di, n, true, want, &to);
    if (!count)
        return 0;
    if (n == 1) {
        memset(to, (u8)a, count);
    } else if (n == 2) {
        for (u32 i = 0; i < count; i++)
            HOST_ST(u16, to + 2 * i, (u16)a);
    } else {
        for (u32 i = 0; i < count; i++)
            HOST_ST(u32, to + 4 * i, a);
    }
    reg_set(&c->gpr[EDI], mask, di + count * n);
    return count;
}

/* Iterate without leaving the page until the condition ends it; the last compare sets the flags. */
static ALWAYS_INLINE u32 chunk_scas(struct cpu *c, const struct op *o, unsigned n, u32 want,
                                    bool *ended)
{
    u32 mask = index_mask(o), di = c->gpr[EDI] & mask, a = accumulator(c, n), v = 0, done;
    bool until_equal = o->flags & OPF_REPNE;
    u8 *p;
    u32 count = run_length(c, o, SEG_ES, di, n, false, want, &p);
    if (!count)
        return 0;
    for (done = 0; done < count;) {
        v = (u32)host_load(p + done * n, n);
        done++;
        if ((v == a) == until_equal) {
            *ended = true;
            break;
        }
    }
    compare(c, n, a, v);
    reg_set(&c->gpr[EDI], mask, di + done * n);
    return done;
}

static ALWAYS_INLINE u32 chunk_cmps(struct cpu *c, const struct op *o, unsigned n, u32 want,
                                    bool *ended)
{
    u32 mask = index_mask(o), si = c->gpr[ESI] & mask, di = c->gpr[EDI] & mask, a = 0, b = 0, done;
    bool until_equal = o->flags & OPF_REPNE;
    u8 *p, *q;
    u32 count = run_length(c, o, o->seg, si, n, false, want, &p);
    if (count)
        count = run_length(c, o, SEG_ES, di, n, false, count, &q);
    if (!count)
        return 0;
    for (done = 0; done < count;) {
        a = (u32)host_load(p + done * n, n);
        b = (u32)host_load(q + done * n, n);
        done++;
        if ((a == b) == until_equal) {
            *ended = true;
            break;
        }
    }
    compare(c, n, a, b);
    reg_set(&c->gpr[ESI], mask, si + done * n);
    reg_set(&c->gpr[EDI], mask, di + done * n);
    return done;
}

/* How many more may start, after so many of `each` ticks that are not charged one by one yet? */
static u64 iterations_allowed(const struct cpu *c, u64 done, u32 each)
{
    s64 rest = c->budget - (done ? (s64)done - 1 : 0);
    u64 more = rest <= 0 ? 0 : each == 1 ? (u64)rest : ((u64)rest + each - 1) / each;
    return done ? more : 1 + more;
}

/*
 * What REP itself takes is charged at its end, which comes once, however often the instruction was
 * interrupted. With less than nothing left in the budget the rest of the block must not begin.
 */
static enum op_status ended_repeat(struct cpu *c, const struct op *o)
{
    if (unlikely(c->timing != NULL)) {
        cpu_charge(c, timing_setup(c->timing, o));
        if (c->budget < 0)
            c->stop |= CPU_STOP_REQUEST;
    }
    return OP_NEXT;
}

static ALWAYS_INLINE enum op_status string_op(struct cpu *c, const struct op *o, unsigned n,
                                              enum string_kind k)
{
    if (!(o->flags & (OPF_REP | OPF_REPNE)))
        return element(c, o, n, k);

    u32 mask = index_mask(o), left = c->gpr[ECX] & mask;
    /* The right to use the port is checked even when there is nothing to do. */
    if (k == STR_INS || k == STR_OUTS)
        TRY(io_permission(c, (u16)c->gpr[EDX], n));
    bool compares = k == STR_SCAS || k == STR_CMPS;
    u32 flags = c->rep_flags ? c->rep_flags & FL_ALL : c->fl;
    c->rep_flags = 0;
    if (!left)
        return ended_repeat(c, o);
    /* The block's charge covers one iteration; more may start while the budget lasts. */
    u32 each = unlikely(c->timing != NULL) ? timing_ticks(c->timing, o) : 1;
    u64 done = 0;
    enum op_status s = OP_NEXT;
    bool ended = false;
    while (left && !ended && !c->stop) {
        /* A port handler may shorten the budget meanwhile: look every time. */
        u64 allowed = iterations_allowed(c, done, each);
        if (!allowed)
            break;
        u32 want = left < allowed ? left : (u32)allowed, chunk = 0;
        if (want > 1 && !backwards(c)) {
            switch (k) {
            case STR_MOVS:
                chunk = chunk_movs(c, o, n, want);
                break;
            case STR_STOS:
                chunk = chunk_stos(c, o, n, want);
                break;
            case STR_SCAS:
                chunk = chunk_scas(c, o, n, want, &ended);
                break;
            case STR_CMPS:
                chunk = chunk_cmps(c, o, n, want, &ended);
                break;
            default:
                break;
            }
            c->event.pending = false; /* a look-ahead that failed is no fault yet */
        }
        if (!chunk) {
            /* The exact time inside this iteration counts the finished ones. */
            s64 extra = done ? (s64)each - 1 : 0;
            c->budget -= (s64)done;
            cpu_charge(c, extra);
            s = element(c, o, n, k);
            c->budget += (s64)done;
            if (s)
                break;
            chunk = 1;
            if (compares && (bool)(c->fl & FL_ZF) == (bool)(o->flags & OPF_REPNE))
                ended = true;
        } else if (unlikely(each > 1)) {
            cpu_charge(c, (s64)(each - 1) * (chunk - !done));
        }
        left -= chunk;
        reg_set(&c->gpr[ECX], mask, left);
        done += chunk;
    }
    /* One that faults takes its time like the others, or a slice that ends before it would show. */
    c->budget -= s ? (s64)done : done > 1 ? (s64)done - 1 : 0;
    if (s) {
        /* A fault restores the flags of the instruction's beginning (SDM vol. 2, REP). */
        if (compares)
            c->fl = flags;
        return s;
    }
    if (left && !ended) {
        /* What comes in here finds the flags of the last iteration. When nothing does this was a
         * mere pause, which must not show: a fault later on still goes back to the beginning. */
        if (compares)
            c->rep_flags = (flags & FL_ALL) | CPU_REP_PAUSED;
        /* What comes in between iterations finds RF set, so that the instruction breakpoint that
         * the first one met or passed does not strike again (SDM vol. 3, 17.3.1.1). */
        c->eflags |= EFL_RF;
        c->eip = op_eip(c, o);
        return OP_AGAIN;
    }
    return ended_repeat(c, o);
}

#define STAMP_STRING(nm, kind)                                                                     \
    static enum op_status nm##_1(struct cpu *c, const struct op *o)                                \
    {                                                                                              \
        return string_op(c, o, 1, kind);                                                           \
    }                                                                                              \
    OP_CALL(exec_##nm##8, nm##_1)                                                                  \
    static enum op_status nm##_2(struct cpu *c, const struct op *o)                                \
    {                                                                                              \
        return string_op(c, o, 2, kind);                                                           \
    }                                                                                              \
    OP_CALL(exec_##nm##16, nm##_2)                                                                 \
    static enum op_status nm##_4(struct cpu *c, const struct op *o)                                \
    {                                                                                              \
        return string_op(c, o, 4, kind);                                                           \
    }                                                                                              \
    OP_CALL(exec_##nm##32, nm##_4)
STAMP_STRING(movs, STR_MOVS)
STAMP_STRING(stos, STR_STOS)
STAMP_STRING(lods, STR_LODS)
STAMP_STRING(scas, STR_SCAS)
STAMP_STRING(cmps, STR_CMPS)
STAMP_STRING(ins, STR_INS)
STAMP_STRING(outs, STR_OUTS)

/* ---- without REP: one element, when it is plain memory ---- */

#define STAMP_ONE(W, S, unused)                                                                    \
    static HANDLER(stos##W##_one)                                                                  \
    {                                                                                              \
        u32 mask = index_mask(o), di = c->gpr[EDI] & mask;                                         \
        const struct seg *es = &c->seg[SEG_ES];                                                    \
        void *p;                                                                                   \
        if ((o->flags & (OPF_REP | OPF_REPNE)) ||                                                  \
            unlikely((s64)((u64)di + (W / 8 - 1)) > es->wr_max) ||                                 \
            unlikely(!(p = tlb_write(c, es->base + di, W / 8))))                                   \
            TAIL(exec_stos##W(c, o, fl));                                                          \
        HOST_ST(u##W, p, (u##W)c->gpr[EAX]);                                                       \
        reg_set(&c->gpr[EDI], mask, di + (u32)step(c, W / 8));                                     \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(lods##W##_one)                                                                  \
    {                                                                                              \
        u32 mask = index_mask(o), si = c->gpr[ESI] & mask;                                         \
        const struct seg *s = &c->seg[o->seg];                                                     \
        const void *p;                                                                             \
        if ((o->flags & (OPF_REP | OPF_REPNE)) ||                                                  \
            unlikely((s64)((u64)si + (W / 8 - 1)) > s->rd_max) ||                                  \
            unlikely(!(p = tlb_read(c, s->base + si, W / 8))))                                     \
            TAIL(exec_lods##W(c, o, fl));                                                          \
        REG##W(0) = HOST_LD(u##W, p);                                                              \
        reg_set(&c->gpr[ESI], mask, si + (u32)step(c, W / 8));                                     \
        NEXT;                                                                                      \
    }                                                                                              \
    static HANDLER(movs##W##_one)                                                                  \
    {                                                                                              \
        u32 mask = index_mask(o), si = c->gpr[ESI] & mask, di = c->gpr[EDI] & mask;                \
        const struct seg *s = &c->seg[o->seg], *es = &c->seg[SEG_ES];                              \
        const void *from;                                                                          \
        void *to;                                                                                  \
        if ((o->flags & (OPF_REP | OPF_REPNE)) ||                                                  \
            unlikely((s64)((u64)si + (W / 8 - 1)) > s->rd_max) ||                                  \
            unlikely((s64)((u64)di + (W / 8 - 1)) > es->wr_max) ||                                 \
            unlikely(!(from = tlb_read(c, s->base + si, W / 8))) ||                                \
            unlikely(!(to = tlb_write(c, es->base + di, W / 8))))                                  \
            TAIL(exec_movs##W(c, o, fl));                                                          \
        HOST_ST(u##W, to, HOST_LD(u##W, from));                                                    \
        reg_set(&c->gpr[ESI], mask, si + (u32)step(c, W / 8));                                     \
        reg_set(&c->gpr[EDI], mask, di + (u32)step(c, W / 8));                                     \
        NEXT;                                                                                      \
    }
FOR_WIDTHS(STAMP_ONE, )

#define ONE_ENTRY(W, S, nm) [FAMILY_INDEX(S, K_REG, 0)] = nm##W##_one,
exec_fn *const family_stos[FAMILY_ENTRIES] = {FOR_WIDTHS(ONE_ENTRY, stos)};
exec_fn *const family_lods[FAMILY_ENTRIES] = {FOR_WIDTHS(ONE_ENTRY, lods)};
exec_fn *const family_movs[FAMILY_ENTRIES] = {FOR_WIDTHS(ONE_ENTRY, movs)};
