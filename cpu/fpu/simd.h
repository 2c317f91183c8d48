/*
 * simd.h - MMX and SSE integer operations on 16-byte vectors; MMX uses the low half.
 *
 * On an x86-64 host each is one SSE2 instruction; elsewhere plain loops over lanes, which
 * compilers vectorise. Only what the guest can see is defined: the high half of a vector that
 * stands for an MMX register is garbage.
 */
#ifndef FERRITE_CPU_SIMD_H
#define FERRITE_CPU_SIMD_H

#include "cpu/fpu.h"

#include <string.h>

union lanes {
    u8 b[16];
    s8 sb[16];
    u16 w[8];
    s16 sw[8];
    u32 d[4];
    s32 sd[4];
    u64 q[2];
    s64 sq[2];
};

#if FPU_HOST

#include <emmintrin.h>
typedef __m128i vec;

static ALWAYS_INLINE vec v_ld16(const void *p)
{
    return _mm_loadu_si128(p);
}

static ALWAYS_INLINE vec v_ld8(const void *p)
{
    return _mm_loadl_epi64(p);
}

static ALWAYS_INLINE vec v_ld4(const void *p)
{
    s32 v;
    memcpy(&v, p, 4);
    return _mm_cvtsi32_si128(v);
}

static ALWAYS_INLINE void v_st16(void *p, vec v)
{
    _mm_storeu_si128(p, v);
}

static ALWAYS_INLINE void v_st8(void *p, vec v)
{
    _mm_storel_epi64(p, v);
}

static ALWAYS_INLINE vec v_count(u8 n)
{
    return _mm_cvtsi32_si128(n);
}

#define V2(name, intrinsic)                                                                        \
    static ALWAYS_INLINE vec v_##name(vec a, vec b)                                                \
    {                                                                                              \
        return intrinsic(a, b);                                                                    \
    }
#define V_ANDN(a, b) _mm_andnot_si128(a, b)
V2(paddb, _mm_add_epi8)
V2(paddw, _mm_add_epi16)
V2(paddd, _mm_add_epi32)
V2(paddq, _mm_add_epi64)
V2(psubb, _mm_sub_epi8)
V2(psubw, _mm_sub_epi16)
V2(psubd, _mm_sub_epi32)
V2(psubq, _mm_sub_epi64)
V2(paddsb, _mm_adds_epi8)
V2(paddsw, _mm_adds_epi16)
V2(paddusb, _mm_adds_epu8)
V2(paddusw, _mm_adds_epu16)
V2(psubsb, _mm_subs_epi8)
V2(psubsw, _mm_subs_epi16)
V2(psubusb, _mm_subs_epu8)
V2(psubusw, _mm_subs_epu16)
V2(pmulhw, _mm_mulhi_epi16)
V2(pmulhuw, _mm_mulhi_epu16)
V2(pmullw, _mm_mullo_epi16)
V2(pmuludq, _mm_mul_epu32)
V2(pmaddwd, _mm_madd_epi16)
V2(pcmpeqb, _mm_cmpeq_epi8)
V2(pcmpeqw, _mm_cmpeq_epi16)
V2(pcmpeqd, _mm_cmpeq_epi32)
V2(pcmpgtb, _mm_cmpgt_epi8)
V2(pcmpgtw, _mm_cmpgt_epi16)
V2(pcmpgtd, _mm_cmpgt_epi32)
V2(pand, _mm_and_si128)
V2(pandn, _mm_andnot_si128)
V2(por, _mm_or_si128)
V2(pxor, _mm_xor_si128)
V2(psllw, _mm_sll_epi16)
V2(pslld, _mm_sll_epi32)
V2(psllq, _mm_sll_epi64)
V2(psrlw, _mm_srl_epi16)
V2(psrld, _mm_srl_epi32)
V2(psrlq, _mm_srl_epi64)
V2(psraw, _mm_sra_epi16)
V2(psrad, _mm_sra_epi32)
V2(packsswb, _mm_packs_epi16)
V2(packssdw, _mm_packs_epi32)
V2(packuswb, _mm_packus_epi16)
V2(punpcklbw, _mm_unpacklo_epi8)
V2(punpcklwd, _mm_unpacklo_epi16)
V2(punpckldq, _mm_unpacklo_epi32)
V2(punpcklqdq, _mm_unpacklo_epi64)
V2(punpckhbw, _mm_unpackhi_epi8)
V2(punpckhwd, _mm_unpackhi_epi16)
V2(punpckhdq, _mm_unpackhi_epi32)
V2(punpckhqdq, _mm_unpackhi_epi64)
V2(pavgb, _mm_avg_epu8)
V2(pavgw, _mm_avg_epu16)
V2(pmaxub, _mm_max_epu8)
V2(pminub, _mm_min_epu8)
V2(pmaxsw, _mm_max_epi16)
V2(pminsw, _mm_min_epi16)
V2(psadbw, _mm_sad_epu8)
#undef V2
#undef V_ANDN

static ALWAYS_INLINE vec v_high(vec a)
{
    return _mm_srli_si128(a, 8);
}

static ALWAYS_INLINE u32 v_pmovmskb(vec a)
{
    return (u32)_mm_movemask_epi8(a);
}

static ALWAYS_INLINE vec v_from(const union lanes *l)
{
    return v_ld16(l);
}

static ALWAYS_INLINE union lanes v_lanes(vec a)
{
    union lanes l;
    v_st16(&l, a);
    return l;
}

#else

typedef union lanes vec;

static inline vec v_ld16(const void *p)
{
    vec v;
    memcpy(&v, p, 16);
    return v;
}

static inline vec v_ld8(const void *p)
{
    vec v = {.q = {0, 0}};
    memcpy(&v, p, 8);
    return v;
}

static inline vec v_ld4(const void *p)
{
    vec v = {.q = {0, 0}};
    memcpy(&v, p, 4);
    return v;
}

static inline void v_st16(void *p, vec v)
{
    memcpy(p, &v, 16);
}

static inline void v_st8(void *p, vec v)
{
    memcpy(p, &v, 8);
}

static inline vec v_count(u8 n)
{
    vec v = {.q = {n, 0}};
    return v;
}

static inline s32 v_clamp(s32 v, s32 lo, s32 hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* One lane type, one expression of lanes x and y. */
#define VL(name, lane, type, n, expr)                                                              \
    static inline vec v_##name(vec a, vec b)                                                       \
    {                                                                                              \
        vec r;                                                                                     \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            __typeof__(a.lane[0]) x = a.lane[i], y = b.lane[i];                                    \
            r.lane[i] = (type)(expr);                                                              \
        }                                                                                          \
        return r;                                                                                  \
    }
VL(paddb, b, u8, 16, x + y)
VL(paddw, w, u16, 8, x + y)
VL(paddd, d, u32, 4, x + y)
VL(paddq, q, u64, 2, x + y)
VL(psubb, b, u8, 16, x - y)
VL(psubw, w, u16, 8, x - y)
VL(psubd, d, u32, 4, x - y)
VL(psubq, q, u64, 2, x - y)
VL(paddsb, sb, s8, 16, v_clamp(x + y, -128, 127))
VL(paddsw, sw, s16, 8, v_clamp(x + y, -32768, 32767))
VL(paddusb, b, u8, 16, v_clamp(x + y, 0, 255))
VL(paddusw, w, u16, 8, v_clamp(x + y, 0, 65535))
VL(psubsb, sb, s8, 16, v_clamp(x - y, -128, 127))
VL(psubsw, sw, s16, 8, v_clamp(x - y, -32768, 32767))
VL(psubusb, b, u8, 16, v_clamp(x - y, 0, 255))
VL(psubusw, w, u16, 8, v_clamp(x - y, 0, 65535))
VL(pmulhw, sw, s16, 8, (s32)x *y >> 16)
VL(pmulhuw, w, u16, 8, (u32)x *y >> 16)
VL(pmullw, w, u16, 8, (u32)x *y)
VL(pmuludq, q, u64, 2, (u64)(u32)x *(u32)y)
VL(pcmpeqb, b, u8, 16, x == y ? 0xff : 0)
VL(pcmpeqw, w, u16, 8, x == y ? 0xffff : 0)
VL(pcmpeqd, d, u32, 4, x == y ? 0xffffffffu : 0)
VL(pcmpgtb, sb, s8, 16, x > y ? -1 : 0)
VL(pcmpgtw, sw, s16, 8, x > y ? -1 : 0)
VL(pcmpgtd, sd, s32, 4, x > y ? -1 : 0)
VL(pand, q, u64, 2, x &y)
VL(pandn, q, u64, 2, ~x &y)
VL(por, q, u64, 2, x | y)
VL(pxor, q, u64, 2, x ^ y)
VL(pavgb, b, u8, 16, (x + y + 1) >> 1)
VL(pavgw, w, u16, 8, (x + y + 1) >> 1)
VL(pmaxub, b, u8, 16, x > y ? x : y)
VL(pminub, b, u8, 16, x < y ? x : y)
VL(pmaxsw, sw, s16, 8, x > y ? x : y)
VL(pminsw, sw, s16, 8, x < y ? x : y)
#undef VL

/* Shifts: one count for all lanes, the low 64 bits of b; x is the lane, n the count. */
#define VS(name, lane, type, count, width, big, expr)                                              \
    static inline vec v_##name(vec a, vec b)                                                       \
    {                                                                                              \
        vec r;                                                                                     \
        u64 n = b.q[0];                                                                            \
        for (unsigned i = 0; i < (count); i++) {                                                   \
            __typeof__(a.lane[0]) x = a.lane[i];                                                   \
            r.lane[i] = (type)(n >= (width) ? (big) : (expr));                                     \
        }                                                                                          \
        return r;                                                                                  \
    }
VS(psllw, w, u16, 8, 16, 0, (u32)x << n)
VS(pslld, d, u32, 4, 32, 0, x << n)
VS(psllq, q, u64, 2, 64, 0, x << n)
VS(psrlw, w, u16, 8, 16, 0, x >> n)
VS(psrld, d, u32, 4, 32, 0, x >> n)
VS(psrlq, q, u64, 2, 64, 0, x >> n)
VS(psraw, sw, s16, 8, 16, x >> 15, x >> n)
VS(psrad, sd, s32, 4, 32, x >> 31, x >> n)
#undef VS

/* r[2i] = a[from + i], r[2i + 1] = b[from + i] */
#define VU(name, lane, n, from)                                                                    \
    static inline vec v_##name(vec a, vec b)                                                       \
    {                                                                                              \
        vec r;                                                                                     \
        for (unsigned i = 0; i < (n) / 2; i++) {                                                   \
            r.lane[2 * i] = a.lane[(from) + i];                                                    \
            r.lane[2 * i + 1] = b.lane[(from) + i];                                                \
        }                                                                                          \
        return r;                                                                                  \
    }
VU(punpcklbw, b, 16, 0)
VU(punpcklwd, w, 8, 0)
VU(punpckldq, d, 4, 0)
VU(punpcklqdq, q, 2, 0)
VU(punpckhbw, b, 16, 8)
VU(punpckhwd, w, 8, 4)
VU(punpckhdq, d, 4, 2)
VU(punpckhqdq, q, 2, 1)
#undef VU

/* The lanes of a, then those of b, each clamped to half the width. */
#define VP(name, from, to, n, lo, hi)                                                              \
    static inline vec v_##name(vec a, vec b)                                                       \
    {                                                                                              \
        vec r;                                                                                     \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            r.to[i] = (__typeof__(r.to[0]))v_clamp(a.from[i], lo, hi);                             \
            r.to[(n) + i] = (__typeof__(r.to[0]))v_clamp(b.from[i], lo, hi);                       \
        }                                                                                          \
        return r;                                                                                  \
    }
VP(packsswb, sw, sb, 8, -128, 127)
VP(packssdw, sd, sw, 4, -32768, 32767)
VP(packuswb, sw, b, 8, 0, 255)
#undef VP

static inline vec v_pmaddwd(vec a, vec b)
{
    vec r;
    for (unsigned i = 0; i < 4; i++)
        r.d[i] = (u32)(a.sw[2 * i] * b.sw[2 * i]) + (u32)(a.sw[2 * i + 1] * b.sw[2 * i + 1]);
    return r;
}

static inline vec v_psadbw(vec a, vec b)
{
    vec r = {.q = {0, 0}};
    for (unsigned i = 0; i < 16; i++)
        r.q[i / 8] += (u64)(a.b[i] > b.b[i] ? a.b[i] - b.b[i] : b.b[i] - a.b[i]);
    return r;
}

static inline vec v_high(vec a)
{
    a.q[0] = a.q[1];
    return a;
}

static inline u32 v_pmovmskb(vec a)
{
    u32 r = 0;
    for (unsigned i = 0; i < 16; i++)
        r |= (u32)(a.b[i] >> 7) << i;
    return r;
}

static inline vec v_from(const union lanes *l)
{
    return *l;
}

static inline union lanes v_lanes(vec a)
{
    return a;
}

#endif

/* ---- MMX forms that are not simply the low half of the 16-byte form ---- */

static ALWAYS_INLINE vec m_punpckhbw(vec a, vec b)
{
    return v_high(v_punpcklbw(a, b));
}

static ALWAYS_INLINE vec m_punpckhwd(vec a, vec b)
{
    return v_high(v_punpcklwd(a, b));
}

static ALWAYS_INLINE vec m_punpckhdq(vec a, vec b)
{
    return v_high(v_punpckldq(a, b));
}

static ALWAYS_INLINE vec m_packsswb(vec a, vec b)
{
    vec ab = v_punpcklqdq(a, b);
    return v_packsswb(ab, ab);
}

static ALWAYS_INLINE vec m_packssdw(vec a, vec b)
{
    vec ab = v_punpcklqdq(a, b);
    return v_packssdw(ab, ab);
}

static ALWAYS_INLINE vec m_packuswb(vec a, vec b)
{
    vec ab = v_punpcklqdq(a, b);
    return v_packuswb(ab, ab);
}

#endif
