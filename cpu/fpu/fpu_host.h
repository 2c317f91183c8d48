/*
 * fpu_host.h - SSE floating-point operations on the host's own SSE unit, under whatever MXCSR is
 * loaded. Each is one instruction, as assembly so that the compiler neither folds nor reorders it.
 *
 * vec f_NAME(c, a, b, imm): a is the destination operand, b the source (scalars in lane 0). The
 * same names are in fpu_soft_sse.h for portable builds.
 */
#ifndef FERRITE_CPU_FPU_HOST_H
#define FERRITE_CPU_FPU_HOST_H

#include "cpu/fpu/simd.h"

#define F_BIN(name)                                                                                \
    static ALWAYS_INLINE vec f_##name(struct cpu *c, vec a, vec b, u32 imm)                        \
    {                                                                                              \
        (void)c;                                                                                   \
        (void)imm;                                                                                 \
        __asm__ volatile(#name " %1, %0" : "+x"(a) : "x"(b));                                      \
        return a;                                                                                  \
    }
/* The destination is only written. */
#define F_UN(name)                                                                                 \
    static ALWAYS_INLINE vec f_##name(struct cpu *c, vec a, vec b, u32 imm)                        \
    {                                                                                              \
        (void)c;                                                                                   \
        (void)imm;                                                                                 \
        __asm__ volatile(#name " %1, %0" : "=x"(a) : "x"(b));                                      \
        return a;                                                                                  \
    }
#define F_CMP(name)                                                                                \
    static ALWAYS_INLINE vec f_##name(struct cpu *c, vec a, vec b, u32 imm)                        \
    {                                                                                              \
        (void)c;                                                                                   \
        switch (imm & 7) {                                                                         \
        case 0:                                                                                    \
            __asm__ volatile(#name " $0, %1, %0" : "+x"(a) : "x"(b));                              \
            break;                                                                                 \
        case 1:                                                                                    \
            __asm__ volatile(#name " $1, %1, %0" : "+x"(a) : "x"(b));                              \
            break;                                                                                 \
        case 2:                                                                                    \
            __asm__ volatile(#name " $2, %1, %0" : "+x"(a) : "x"(b));                              \
            break;                                                                                 \
        case 3:                                                                                    \
            __asm__ volatile(#name " $3, %1, %0" : "+x"(a) : "x"(b));                              \
            break;                                                                                 \
        case 4:                                                                                    \
            __asm__ volatile(#name " $4, %1, %0" : "+x"(a) : "x"(b));                              \
            break;                                                                                 \
        case 5:                                                                                    \
            __asm__ volatile(#name " $5, %1, %0" : "+x"(a) : "x"(b));                              \
            break;                                                                                 \
        case 6:                                                                                    \
            __asm__ volatile(#name " $6, %1, %0" : "+x"(a) : "x"(b));                              \
            break;                                                                                 \
        default:                                                                                   \
            __asm__ volatile(#name " $7, %1, %0" : "+x"(a) : "x"(b));                              \
            break;                                                                                 \
        }                                                                                          \
        return a;                                                                                  \
    }
#define F_FOUR(name) F_BIN(name##ps) F_BIN(name##ss) F_BIN(name##pd) F_BIN(name##sd)

F_FOUR(add)
F_FOUR(sub)
F_FOUR(mul)
F_FOUR(div)
F_FOUR(min)
F_FOUR(max)
F_UN(sqrtps)
F_BIN(sqrtss)
F_UN(sqrtpd)
F_BIN(sqrtsd)
F_CMP(cmpps)
F_CMP(cmpss)
F_CMP(cmppd)
F_CMP(cmpsd)
F_UN(cvtps2pd)
F_UN(cvtpd2ps)
F_BIN(cvtss2sd)
F_BIN(cvtsd2ss)
F_UN(cvtdq2ps)
F_UN(cvtps2dq)
F_UN(cvttps2dq)
F_UN(cvtdq2pd)
F_UN(cvtpd2dq)
F_UN(cvttpd2dq)
#undef F_BIN
#undef F_UN
#undef F_CMP
#undef F_FOUR

/* From and to 32-bit integers, which stand in lane 0. */
#define F_SI2(name)                                                                                \
    static ALWAYS_INLINE vec f_##name(struct cpu *c, vec a, vec b, u32 imm)                        \
    {                                                                                              \
        (void)c;                                                                                   \
        (void)imm;                                                                                 \
        __asm__ volatile(#name "l %1, %0" : "+x"(a) : "r"(_mm_cvtsi128_si32(b)));                  \
        return a;                                                                                  \
    }
F_SI2(cvtsi2ss)
F_SI2(cvtsi2sd)
#undef F_SI2

#define F_2SI(name)                                                                                \
    static ALWAYS_INLINE vec f_##name(struct cpu *c, vec a, vec b, u32 imm)                        \
    {                                                                                              \
        s32 r;                                                                                     \
        (void)c;                                                                                   \
        (void)a;                                                                                   \
        (void)imm;                                                                                 \
        __asm__ volatile(#name " %1, %0" : "=r"(r) : "x"(b));                                      \
        return _mm_cvtsi32_si128(r);                                                               \
    }
F_2SI(cvtss2si)
F_2SI(cvttss2si)
F_2SI(cvtsd2si)
F_2SI(cvttsd2si)
#undef F_2SI

/* Comparisons: lane 0 of the result is the flags word (flags.h). */
#define F_COMI(name)                                                                               \
    static ALWAYS_INLINE vec f_##name(struct cpu *c, vec a, vec b, u32 imm)                        \
    {                                                                                              \
        u32 r;                                                                                     \
        (void)c;                                                                                   \
        (void)imm;                                                                                 \
        __asm__ volatile(#name " %2, %1\n\tlahf\n\tand $0x4500, %0"                                \
                         : "=a"(r)                                                                 \
                         : "x"(a), "x"(b)                                                          \
                         : "cc");                                                                  \
        return _mm_cvtsi32_si128((s32)r);                                                          \
    }
F_COMI(ucomiss)
F_COMI(comiss)
F_COMI(ucomisd)
F_COMI(comisd)
#undef F_COMI

#endif
