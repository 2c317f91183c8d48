/*
 * sse_quick.h - SSE arithmetic on ordinary numbers in portable builds, without the way through
 * fpu_soft_sse.h: by the host's floating point under the conditions of host_float.h, in place.
 */
#ifndef FERRITE_CPU_SSE_QUICK_H
#define FERRITE_CPU_SSE_QUICK_H

#include "cpu/fpu.h"
#include "cpu/fpu/fpu_soft.h"
#include "cpu/fpu/host_float.h"

enum sse_quick {
    QUICK_ADD = ARITH_ADD,
    QUICK_SUB = ARITH_SUB,
    QUICK_MUL = ARITH_MUL,
    QUICK_DIV = ARITH_DIV,
    QUICK_SQRT = ARITH_SQRT,
    QUICK_MIN,
    QUICK_MAX,
    QUICK_NONE /* what has no such way */
};

/* Permitted, rounding to nearest, all exceptions masked, and the precision flag set already. */
static ALWAYS_INLINE bool sse_quick_open(const struct cpu_fpu *f)
{
    const u32 masked = MXCSR_MASKS | FX_P;
    return f->sse == SSE_MOVE && (f->mxcsr & (masked | MXCSR_RC)) == masked;
}

static ALWAYS_INLINE bool sse_quick32(enum sse_quick what, u32 a, u32 b, u32 *r)
{
    int order;
    if (what < QUICK_MIN)
        return host_arith32((enum arith)what, a, b, r);
    *r = host_order32(a, b, &order) && (what == QUICK_MIN ? order < 0 : order > 0) ? a : b;
    return f32_normal(a) && f32_normal(b);
}

static ALWAYS_INLINE bool sse_quick64(enum sse_quick what, u64 a, u64 b, u64 *r)
{
    int order;
    if (what < QUICK_MIN)
        return host_arith64((enum arith)what, a, b, r);
    *r = host_order64(a, b, &order) && (what == QUICK_MIN ? order < 0 : order > 0) ? a : b;
    return f64_normal(a) && f64_normal(b);
}

/* to = to OP from, in n lanes of 4 or 8 bytes. False: nothing was done. */
static ALWAYS_INLINE bool sse_quick(enum sse_quick what, unsigned lane, unsigned n, u8 *to,
                                    const u8 *from)
{
    u32 d[4];
    u64 q[2];
    if (what == QUICK_NONE || !HOST_FLOAT)
        return false;
    for (unsigned i = 0; i < n; i++) {
        if (lane == 4 ? !sse_quick32(what, get_le32(to + 4 * i), get_le32(from + 4 * i), &d[i])
                      : !sse_quick64(what, get_le64(to + 8 * i), get_le64(from + 8 * i), &q[i]))
            return false;
    }
    for (unsigned i = 0; i < n; i++) {
        if (lane == 4)
            put_le32(to + 4 * i, d[i]);
        else
            put_le64(to + 8 * i, q[i]);
    }
    return true;
}

#endif
