/*
 * sse_approx.h - RCPPS, RCPSS, RSQRTPS, RSQRTSS of one number: 1 / x and 1 / sqrt(x) to 12 bits, as
 * Intel's processors have them (SDM Vol. 2, RCPPS and RSQRTPS). They raise no exceptions and MXCSR
 * has no say in them; denormals, as operand and as result, are zeros of their sign.
 */
#ifndef FERRITE_CPU_SSE_APPROX_H
#define FERRITE_CPU_SSE_APPROX_H

#include "hw/base/types.h"

/* Of and to the bits of an IEEE single. */
u32 sse_rcp(u32 v);
u32 sse_rsqrt(u32 v);

#endif
