/*
 * fpu_soft_sse.h - the SSE and SSE2 floating-point operations in portable arithmetic, lane by
 * lane. a is the destination operand, b the source; scalars are in lane 0 and leave the rest of a
 * alone. Integers from and to general registers are in lane 0 too, as is the flags word (flags.h)
 * that a comparison gives. *e collects the exceptions of all lanes.
 */
#ifndef FERRITE_CPU_FPU_SOFT_SSE_H
#define FERRITE_CPU_FPU_SOFT_SSE_H

#include "cpu/fpu/fpu_soft.h"
#include "cpu/fpu/simd.h"

typedef union lanes soft_fn(struct fp_env *e, union lanes a, union lanes b, u32 imm);

soft_fn s_addps, s_addss, s_addpd, s_addsd, s_subps, s_subss, s_subpd, s_subsd;
soft_fn s_mulps, s_mulss, s_mulpd, s_mulsd, s_divps, s_divss, s_divpd, s_divsd;
soft_fn s_minps, s_minss, s_minpd, s_minsd, s_maxps, s_maxss, s_maxpd, s_maxsd;
soft_fn s_sqrtps, s_sqrtss, s_sqrtpd, s_sqrtsd;
soft_fn s_cmpps, s_cmpss, s_cmppd, s_cmpsd;
soft_fn s_cvtps2pd, s_cvtpd2ps, s_cvtss2sd, s_cvtsd2ss, s_cvtdq2ps, s_cvtps2dq, s_cvttps2dq;
soft_fn s_cvtdq2pd, s_cvtpd2dq, s_cvttpd2dq;
soft_fn s_cvtsi2ss, s_cvtsi2sd, s_cvtss2si, s_cvttss2si, s_cvtsd2si, s_cvttsd2si;
soft_fn s_ucomiss, s_comiss, s_ucomisd, s_comisd;

/* MXCSR as an environment. */
struct fp_env s_env(u32 mxcsr);

#endif
