/*
 * op_x87_trans.c - the handlers of the transcendental x87 instructions (x87_trans.c).
 *
 * These compute in integers on every host. Where the state is live in the host's unit, fetching it
 * into memory and back would cost more than the function itself, so the usual case (ordinary
 * numbers, all exceptions masked) only takes the operands off the host's stack and puts the
 * results there.
 */
#include "cpu/blocks/handlers.h"
#include "cpu/decode/query.h"
#include "cpu/fpu/x87_soft.h"

#include <string.h>

#if FPU_HOST

enum { FXAM_MASK = FSW_C3 | FSW_C2 | FSW_C0, FXAM_NORMAL = FSW_C2, FXAM_EMPTY = FSW_C3 | FSW_C0 };

/* FXAM of ST0, of ST1, of ST7, which would be pushed next. */
#define EXAMINE(before, after)                                                                     \
    ({                                                                                             \
        u16 sw_;                                                                                   \
        __asm__ volatile(before "fxam\n\tfnstsw %0\n\t" after : "=a"(sw_));                        \
        (u16)(sw_ & FXAM_MASK);                                                                    \
    })
#define BACK "fdecstp\n\t"
#define FORTH "fincstp\n\t"

static bool fits(enum operation what)
{
    if (EXAMINE("", "") != FXAM_NORMAL)
        return false;
    if (x87_takes_two(what))
        return EXAMINE(FORTH, BACK) == FXAM_NORMAL;
    return !x87_pushes(what) || EXAMINE(BACK, FORTH) == FXAM_EMPTY;
}

static struct f80 take(void)
{
    struct f80 v;
    __asm__ volatile("fstpt %0" : "=m"(v));
    return v;
}

static void give(struct f80 v)
{
    __asm__ volatile("fldt %0" : : "m"(v));
}

/*
 * Push v, rounded by the host as the guest's RC says: its upper 64 bits plus the rest of them as a
 * double. That addition sets PE and C1, too; comparing with minus infinity clears C0, C2 and C3.
 */
static void give_rounded(struct big v)
{
    static const float minus_infinity = -__builtin_inff();
    u64 rest = (u64)v.m, sign = (u64)v.neg << 63;
    struct f80 upper = {(u64)(v.m >> 64), (u16)(v.exp + 16383 + (v.neg ? 0x8000 : 0))};
    unsigned lead = (unsigned)__builtin_clzll(rest |= 1u << 12); /* inexact in any case */
    u64 fraction = rest << lead << 1 >> 12 | ((rest << lead & 0x7ff) != 0);
    u64 bits = sign | (u64)(v.exp - 64 - (s32)lead + 1023) << 52 | fraction;
    double lower;
    memcpy(&lower, &bits, 8);
    __asm__ volatile("fldt %0\n\tfcoms %1\n\tfaddl %2"
                     :
                     : "m"(upper), "m"(minus_infinity), "m"(lower));
}

/* The whole instruction; false: nothing happened, but for the condition codes. */
static bool in_place(enum operation what)
{
    if (!fits(what))
        return false;
    struct f80 a = take(), b = {1ull << 63, 16383};
    struct big r, second;
    if (x87_takes_two(what))
        b = take();
    if (!x87_ordinary(what, a, b, &r, &second)) {
        if (x87_takes_two(what))
            give(b);
        give(a);
        return false;
    }
    u16 cw, full;
    __asm__ volatile("fnstcw %0" : "=m"(cw));
    full = cw | 0x0300; /* the precision that the guest chose is for arithmetic only */
    if (full != cw)
        __asm__ volatile("fldcw %0" : : "m"(full));
    give_rounded(r);
    if (what == I_fsincos)
        give_rounded(second);
    else if (what == I_fptan)
        __asm__ volatile("fld1");
    if (full != cw)
        __asm__ volatile("fldcw %0" : : "m"(cw));
    return true;
}

#else

static bool in_place(enum operation what)
{
    (void)what;
    return false;
}

#endif

static enum op_status transcendental(struct cpu *c, const struct op *o)
{
    if (c->fpu.gate == FPU_LIVE) {
        fpu_note(c, o);
        if (in_place(op_operation(o)))
            return OP_NEXT;
    }
    /* In memory it is in portable builds anyway, and the gate stays open. */
    enum op_status s = FPU_HOST ? fpu_open_parked(c, o) : fpu_open_x87(c, o);
    if (s != OP_NEXT)
        return s;
    fpu_note(c, o);
    x87_transcendental(c, op_operation(o));
    return OP_NEXT;
}

static OP_CALL(transcendental_op, transcendental)

#define TRANSCENDENTAL_OP(op, rm)                                                                  \
    HANDLER(x87_##op##rm)                                                                          \
    {                                                                                              \
        TAIL(transcendental_op(c, o, fl));                                                         \
    }
/* Elsewhere: op_x87.c or op_x87_soft.c, op_x87_ctl.c. */
#define PLAIN_OP(op, rm)
#define FCOMI_OP(op, rm)
#define FCMOV_OP(op, rm)
#define FPREM_OP(op, rm)
#define CONTROL_OP(op, rm)
#define X87_REG(way, op, rm) way##_OP(op, rm)
#define X87_MEM(way, op, ext, operand)
#include "cpu/decode/ops_x87.def"
