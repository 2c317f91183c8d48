/*
 * op_x87.c - the x87 instructions on an x86-64 host: each runs as itself on the host's x87 unit.
 *
 * SDM vol. 1, chapter 8. Every handler comes in two parts. The first is the fast one: the state is
 * live in the host and all exceptions are masked (gate FPU_LIVE); one byte compare, the notes for
 * FIP and FDP, the instruction itself. The second (name_c) is cold: it opens the gate (#NM, #MF,
 * loading the state), does operands that miss the TLB, and with unmasked exceptions (FPU_CHECK)
 * looks at the host's status word after the instruction. The host never sees a waiting x87
 * instruction while an exception is pending, so no signal is ever raised.
 *
 * The instructions are emitted as bytes: the same bytes as the guest's, with [rax] as the memory
 * operand. The control instructions are in op_x87_ctl.c, the transcendental ones in
 * op_x87_trans.c. Portable builds: op_x87_soft.c.
 */
#include "cpu/blocks/handlers.h"
#include "cpu/fpu/fpu_exec.h"
#include "cpu/fpu/x87_soft.h"

#if FPU_HOST

#define STR_(x) #x
#define X87(op, rm) ".byte 0x" STR_(op) ",0x" STR_(rm) "\n\t"

static ALWAYS_INLINE u16 host_sw(void)
{
    u16 sw;
    __asm__ volatile("fnstsw %0" : "=a"(sw));
    return sw;
}

static ALWAYS_INLINE void check(struct cpu *c)
{
    if (c->fpu.gate == FPU_CHECK && (host_sw() & FSW_ES))
        fpu_trap(c);
}

/* Open the gate, then start the instruction over. */
static COLD HANDLER(open_gate)
{
    c->fl = (u32)fl;
    enum op_status s = fpu_open_x87(c, o);
    if (s != OP_NEXT)
        TAIL(exec_status(c, o, s));
    START_OVER;
}

static ALWAYS_INLINE bool closed(const struct cpu *c)
{
    return c->fpu.gate != FPU_LIVE && c->fpu.gate != FPU_CHECK;
}

/* ---- register forms ---- */

#define PLAIN_OP(op, rm)                                                                           \
    static COLD HANDLER(x87_##op##rm##_c)                                                          \
    {                                                                                              \
        if (closed(c))                                                                             \
            TAIL(open_gate(c, o, fl));                                                             \
        fpu_note(c, o);                                                                            \
        __asm__ volatile(X87(op, rm));                                                             \
        check(c);                                                                                  \
        NEXT_OR_STOP;                                                                              \
    }                                                                                              \
    HANDLER(x87_##op##rm)                                                                          \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_LIVE))                                                     \
            TAIL(x87_##op##rm##_c(c, o, fl));                                                      \
        fpu_note(c, o);                                                                            \
        __asm__ volatile(X87(op, rm));                                                             \
        NEXT;                                                                                      \
    }

/* FCOMI and its kind: CF, PF, ZF from the host's flags; set even when an exception is unmasked. */
#define FCOMI_OP(op, rm)                                                                           \
    static COLD HANDLER(x87_##op##rm##_c)                                                          \
    {                                                                                              \
        if (closed(c))                                                                             \
            TAIL(open_gate(c, o, fl));                                                             \
        fpu_note(c, o);                                                                            \
        __asm__ volatile(X87(op, rm) "lahf\n\tand $0x4500, %%eax" : "=a"(fl) : : "cc");            \
        check(c);                                                                                  \
        NEXT_OR_STOP;                                                                              \
    }                                                                                              \
    HANDLER(x87_##op##rm)                                                                          \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_LIVE))                                                     \
            TAIL(x87_##op##rm##_c(c, o, fl));                                                      \
        fpu_note(c, o);                                                                            \
        __asm__ volatile(X87(op, rm) "lahf\n\tand $0x4500, %%eax" : "=a"(fl) : : "cc");            \
        NEXT;                                                                                      \
    }

/* FCMOVcc: the guest's flags into the host's. */
#define FCMOV_OP(op, rm)                                                                           \
    static COLD HANDLER(x87_##op##rm##_c)                                                          \
    {                                                                                              \
        if (closed(c))                                                                             \
            TAIL(open_gate(c, o, fl));                                                             \
        fpu_note(c, o);                                                                            \
        __asm__ volatile("sahf\n\t" X87(op, rm) : : "a"(fl) : "cc");                               \
        check(c);                                                                                  \
        NEXT_OR_STOP;                                                                              \
    }                                                                                              \
    HANDLER(x87_##op##rm)                                                                          \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_LIVE))                                                     \
            TAIL(x87_##op##rm##_c(c, o, fl));                                                      \
        fpu_note(c, o);                                                                            \
        __asm__ volatile("sahf\n\t" X87(op, rm) : : "a"(fl) : "cc");                               \
        NEXT;                                                                                      \
    }

/*
 * FPREM and FPREM1 with unmasked exceptions are computed in software: an AMD unit raises an
 * underflow for a denormal that remains, Intel's do not.
 */
#define FPREM_OP(op, rm)                                                                           \
    static COLD HANDLER(x87_##op##rm##_c)                                                          \
    {                                                                                              \
        bool stored;                                                                               \
        u32 flags = 0;                                                                             \
        if (closed(c))                                                                             \
            TAIL(open_gate(c, o, fl));                                                             \
        fpu_park(c);                                                                               \
        fpu_note(c, o);                                                                            \
        x87_soft(c, o, c->fpu.scratch, &stored, &flags);                                           \
        NEXT_OR_STOP;                                                                              \
    }                                                                                              \
    HANDLER(x87_##op##rm)                                                                          \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_LIVE))                                                     \
            TAIL(x87_##op##rm##_c(c, o, fl));                                                      \
        fpu_note(c, o);                                                                            \
        __asm__ volatile(X87(op, rm));                                                             \
        NEXT;                                                                                      \
    }

/* ---- memory forms ---- */

/* The hot handlers: live, masked, in the TLB. */
#define MEM_FORM(K, suffix, op, ext, rm, n, max, tlb)                                              \
    exec_fn x87_##op##_##ext##suffix;                                                              \
    HANDLER(x87_##op##_##ext##suffix)                                                              \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_LIVE))                                                     \
            TAIL(x87_##op##_##ext##_c(c, o, fl));                                                  \
        FPU_AT_##K(max, tlb, n, x87_##op##_##ext##_c);                                             \
        fpu_note_mem(c, o, off_);                                                                  \
        __asm__ volatile(X87(op, rm) : : "a"(p) : "memory");                                       \
        NEXT;                                                                                      \
    }

/* Memory operand is read. */
#define LOAD_OP(op, ext, rm, n)                                                                    \
    static COLD HANDLER(x87_##op##_##ext##_c)                                                      \
    {                                                                                              \
        if (closed(c))                                                                             \
            TAIL(open_gate(c, o, fl));                                                             \
        u8 *p = fpu_operand(c, o, n, false);                                                       \
        if (unlikely(!p)) {                                                                        \
            enum op_status s = fpu_fetch(c, o, n);                                                 \
            if (s != OP_NEXT)                                                                      \
                FAULT_OUT(s);                                                                      \
            p = c->fpu.scratch;                                                                    \
        }                                                                                          \
        fpu_note_mem(c, o, op_ea(c, o));                                                           \
        __asm__ volatile(X87(op, rm) : : "a"(p) : "memory");                                       \
        check(c);                                                                                  \
        NEXT_OR_STOP;                                                                              \
    }                                                                                              \
    FPU_KINDS(MEM_FORM, op, ext, rm, n, rd_max, tlb_read)                                          \
    FPU_FAMILY(x87_##op##_##ext, x87_##op##_##ext##_B, x87_##op##_##ext##_X);

/*
 * Memory operand is written. The unit does not store when an unmasked exception other than
 * precision stops it; from the scratch area the same rule has to be applied by hand. Then a bad
 * address does not matter either: tried out, with the unit's state put back afterwards.
 */
#define STORE_OP(op, ext, rm, n)                                                                   \
    static COLD bool x87_##op##_##ext##_suppressed(struct cpu *c)                                  \
    {                                                                                              \
        u8 saved[512] __attribute__((aligned(16)));                                                \
        u16 cw;                                                                                    \
        __asm__ volatile("fxsave %0" : "=m"(saved));                                               \
        __asm__ volatile(X87(op, rm) : : "a"(c->fpu.scratch) : "memory");                          \
        u16 sw = host_sw();                                                                        \
        __asm__ volatile("fnstcw %0\n\tfxrstor %1" : "=m"(cw) : "m"(saved));                       \
        return sw & ~cw & FCW_MASKS & ~FSW_PE;                                                     \
    }                                                                                              \
    static COLD HANDLER(x87_##op##_##ext##_c)                                                      \
    {                                                                                              \
        if (closed(c))                                                                             \
            TAIL(open_gate(c, o, fl));                                                             \
        u8 *p = fpu_operand(c, o, n, true);                                                        \
        if (likely(p != NULL)) {                                                                   \
            fpu_note_mem(c, o, op_ea(c, o));                                                       \
            __asm__ volatile(X87(op, rm) : : "a"(p) : "memory");                                   \
            check(c);                                                                              \
            NEXT_OR_STOP;                                                                          \
        }                                                                                          \
        u32 cr2 = c->cr2;                                                                          \
        enum op_status s = fpu_probe(c, o, n);                                                     \
        if (s != OP_NEXT) {                                                                        \
            if (c->fpu.gate != FPU_CHECK || !x87_##op##_##ext##_suppressed(c))                     \
                FAULT_OUT(s);                                                                      \
            c->event.pending = false;                                                              \
            c->cr2 = cr2;                                                                          \
        }                                                                                          \
        fpu_note_mem(c, o, op_ea(c, o));                                                           \
        __asm__ volatile(X87(op, rm) : : "a"(c->fpu.scratch) : "memory");                          \
        bool stored = true;                                                                        \
        if (c->fpu.gate == FPU_CHECK && (host_sw() & FSW_ES)) {                                    \
            fpu_trap(c);                                                                           \
            stored = !(c->fpu.fsw & ~c->fpu.fcw & FCW_MASKS & ~FSW_PE);                            \
        }                                                                                          \
        if (stored && (s = fpu_put(c, o, n)) != OP_NEXT)                                           \
            FAULT_OUT(s);                                                                          \
        NEXT_OR_STOP;                                                                              \
    }                                                                                              \
    FPU_KINDS(MEM_FORM, op, ext, rm, n, wr_max, tlb_write)                                         \
    FPU_FAMILY(x87_##op##_##ext, x87_##op##_##ext##_B, x87_##op##_##ext##_X);

/* Elsewhere: op_x87_trans.c, op_x87_ctl.c. */
#define TRANSCENDENTAL_OP(op, rm)
#define CONTROL_OP(...)

/* modrm with [rax] of modrm.reg; bytes of an operand. */
#define MODRM_0 00
#define MODRM_1 08
#define MODRM_2 10
#define MODRM_3 18
#define MODRM_4 20
#define MODRM_5 28
#define MODRM_6 30
#define MODRM_7 38
#define BYTES_M
#define BYTES_Mw 2
#define BYTES_Md 4
#define BYTES_Mq 8
#define BYTES_Mt 10

#define X87_REG(way, op, rm) way##_OP(op, rm)
#define X87_MEM(way, op, ext, operand) X87_MEM_(way, op, ext, MODRM_##ext, BYTES_##operand)
#define X87_MEM_(way, op, ext, rm, n) way##_OP(op, ext, rm, n)
#include "cpu/decode/ops_x87.def"

#endif
