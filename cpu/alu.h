/*
 * alu.h - arithmetic with flags, written once for 8, 16 and 32 bits. SDM vol. 2.
 *
 * alu_<op><width>(a, b, &fl) return the result and set the packed flag word (flags.h). On an x86
 * host the host's own ALU computes the flags that the manual defines. The portable forms (alu_p_*)
 * serve other hosts; both give the same flags for the same operands on every host, the undefined
 * ones included, as recorded on current Intel processors:
 *
 *   AND OR XOR TEST, shifts   AF = 0
 *   SHL SHR SAR, count > 1    OF as after the first step
 *   SHL SHR, count >= width   CF = the last bit shifted out, 0 beyond the operand
 *   rotates, count > 1        OF as if the result came of the last step
 *   MUL, IMUL                 SF ZF PF of the low half, AF = 0
 *
 * SHLD and SHRD are in op_shift.c, BSF, BSR and BT in op_bit.c, decimal adjustment in op_muldiv.c;
 * none of them looks at the host's flags.
 */
#ifndef FERRITE_CPU_ALU_H
#define FERRITE_CPU_ALU_H

#include "cpu/flags.h"

#if defined(__x86_64__) && !defined(FERRITE_PORTABLE)
#define ALU_HOST 1
#endif

/* ---- portable ---- */

static ALWAYS_INLINE u64 alu_p_fl(unsigned w, u32 r, bool cf, bool of, bool af)
{
    u32 masked = w == 32 ? r : r & ((1u << w) - 1);
    u64 fl = of;
    fl |= (u64)cf << 8;
    fl |= (u64)(__builtin_parity(masked & 0xff) ^ 1) << 10;
    fl |= (u64)af << 12;
    fl |= (u64)(masked == 0) << 14;
    fl |= (u64)(masked >> (w - 1) & 1) << 15;
    return fl;
}

#define ALU_P(W)                                                                                   \
    static inline u##W alu_p_addc##W(u##W a, u##W b, bool cin, u64 *fl)                            \
    {                                                                                              \
        u64 wide = (u64)a + b + cin;                                                               \
        u##W r = (u##W)wide;                                                                       \
        *fl = alu_p_fl(W, r, wide >> W & 1, ((a ^ r) & (b ^ r)) >> (W - 1) & 1,                    \
                       (a ^ b ^ r) >> 4 & 1);                                                      \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_subb##W(u##W a, u##W b, bool bin, u64 *fl)                            \
    {                                                                                              \
        u64 wide = (u64)a - b - bin;                                                               \
        u##W r = (u##W)wide;                                                                       \
        *fl = alu_p_fl(W, r, wide >> W & 1, ((a ^ b) & (a ^ r)) >> (W - 1) & 1,                    \
                       (a ^ b ^ r) >> 4 & 1);                                                      \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_add##W(u##W a, u##W b, u64 *fl)                                       \
    {                                                                                              \
        return alu_p_addc##W(a, b, false, fl);                                                     \
    }                                                                                              \
    static inline u##W alu_p_sub##W(u##W a, u##W b, u64 *fl)                                       \
    {                                                                                              \
        return alu_p_subb##W(a, b, false, fl);                                                     \
    }                                                                                              \
    static inline u##W alu_p_adc##W(u##W a, u##W b, u64 *fl)                                       \
    {                                                                                              \
        return alu_p_addc##W(a, b, fl_cf((u32)*fl), fl);                                           \
    }                                                                                              \
    static inline u##W alu_p_sbb##W(u##W a, u##W b, u64 *fl)                                       \
    {                                                                                              \
        return alu_p_subb##W(a, b, fl_cf((u32)*fl), fl);                                           \
    }                                                                                              \
    static inline u##W alu_p_logic##W(u##W r, u64 *fl)                                             \
    {                                                                                              \
        *fl = alu_p_fl(W, r, false, false, false);                                                 \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_and##W(u##W a, u##W b, u64 *fl)                                       \
    {                                                                                              \
        return alu_p_logic##W(a & b, fl);                                                          \
    }                                                                                              \
    static inline u##W alu_p_or##W(u##W a, u##W b, u64 *fl)                                        \
    {                                                                                              \
        return alu_p_logic##W(a | b, fl);                                                          \
    }                                                                                              \
    static inline u##W alu_p_xor##W(u##W a, u##W b, u64 *fl)                                       \
    {                                                                                              \
        return alu_p_logic##W(a ^ b, fl);                                                          \
    }                                                                                              \
    static inline u##W alu_p_inc##W(u##W a, u64 *fl)                                               \
    {                                                                                              \
        bool cf = fl_cf((u32)*fl);                                                                 \
        u##W r = alu_p_addc##W(a, 1, false, fl);                                                   \
        *fl = fl_set_cf((u32)*fl, cf);                                                             \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_dec##W(u##W a, u64 *fl)                                               \
    {                                                                                              \
        bool cf = fl_cf((u32)*fl);                                                                 \
        u##W r = alu_p_subb##W(a, 1, false, fl);                                                   \
        *fl = fl_set_cf((u32)*fl, cf);                                                             \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_neg##W(u##W a, u64 *fl)                                               \
    {                                                                                              \
        return alu_p_subb##W(0, a, false, fl);                                                     \
    }                                                                                              \
    /* Shifts and rotates: n is 1..31, the masked count. OF after more than one step is            \
     * undefined; shifts leave the one of the first step, as Intel's processors do. */             \
    static inline u##W alu_p_shl##W(u##W a, u8 n, u64 *fl)                                         \
    {                                                                                              \
        u64 wide = (u64)a << n;                                                                    \
        u##W r = (u##W)wide;                                                                       \
        bool cf = wide >> W & 1;                                                                   \
        *fl = alu_p_fl(W, r, cf, (a >> (W - 1) ^ a >> (W - 2)) & 1, false);                        \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_shr##W(u##W a, u8 n, u64 *fl)                                         \
    {                                                                                              \
        u##W r = (u##W)((u64)a >> n);                                                              \
        *fl = alu_p_fl(W, r, (u64)a >> (n - 1) & 1, a >> (W - 1) & 1, false);                      \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_sar##W(u##W a, u8 n, u64 *fl)                                         \
    {                                                                                              \
        s64 wide = (s##W)a;                                                                        \
        u##W r = (u##W)(wide >> n);                                                                \
        *fl = alu_p_fl(W, r, wide >> (n - 1) & 1, false, false);                                   \
        return r;                                                                                  \
    }                                                                                              \
    static inline u64 alu_p_rot_fl##W(u64 fl, bool cf, bool of)                                    \
    {                                                                                              \
        return (fl & ~(u64)(FL_CF | FL_OF)) | (u64)cf << 8 | of;                                   \
    }                                                                                              \
    static inline u##W alu_p_rol##W(u##W a, u8 n, u64 *fl)                                         \
    {                                                                                              \
        unsigned k = n & (W - 1);                                                                  \
        u##W r = k ? (u##W)(a << k | a >> (W - k)) : a;                                            \
        *fl = alu_p_rot_fl##W(*fl, r & 1, (r >> (W - 1) ^ r) & 1);                                 \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_ror##W(u##W a, u8 n, u64 *fl)                                         \
    {                                                                                              \
        unsigned k = n & (W - 1);                                                                  \
        u##W r = k ? (u##W)(a >> k | a << (W - k)) : a;                                            \
        *fl = alu_p_rot_fl##W(*fl, r >> (W - 1) & 1, (r >> (W - 1) ^ r >> (W - 2)) & 1);           \
        return r;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_rcl##W(u##W a, u8 n, u64 *fl)                                         \
    {                                                                                              \
        bool cf = fl_cf((u32)*fl);                                                                 \
        for (unsigned k = n % (W + 1); k; k--) {                                                   \
            bool out = a >> (W - 1) & 1;                                                           \
            a = (u##W)(a << 1 | cf);                                                               \
            cf = out;                                                                              \
        }                                                                                          \
        *fl = alu_p_rot_fl##W(*fl, cf, (a >> (W - 1) & 1) ^ cf);                                   \
        return a;                                                                                  \
    }                                                                                              \
    static inline u##W alu_p_rcr##W(u##W a, u8 n, u64 *fl)                                         \
    {                                                                                              \
        bool cf = fl_cf((u32)*fl);                                                                 \
        for (unsigned k = n % (W + 1); k; k--) {                                                   \
            bool out = a & 1;                                                                      \
            a = (u##W)(a >> 1 | (u##W)cf << (W - 1));                                              \
            cf = out;                                                                              \
        }                                                                                          \
        *fl = alu_p_rot_fl##W(*fl, cf, (a >> (W - 1) ^ a >> (W - 2)) & 1);                         \
        return a;                                                                                  \
    }

ALU_P(8)
ALU_P(16)
ALU_P(32)
#undef ALU_P

/* ---- on the host's ALU ---- */

#ifdef ALU_HOST

/* The host masks the count of a shift to five bits by itself. */
#define ALU_COUNT(n) ((u8)(n))
#define GET_FL "lahf\n\tseto %%al"

#define ALU_BINARY(op, W, S)                                                                       \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u##W b, u64 *fl)                                 \
    {                                                                                              \
        u64 f;                                                                                     \
        __asm__(#op S " %[b], %[a]\n\t" GET_FL : [a] "+q"(a), [f] "=&a"(f) : [b] "q"(b) : "cc");   \
        *fl = f;                                                                                   \
        return a;                                                                                  \
    }
#define ALU_LOGIC(op, W, S) /* OF = CF = AF = 0; the host may leave any AF */                      \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u##W b, u64 *fl)                                 \
    {                                                                                              \
        u64 f;                                                                                     \
        __asm__(#op S " %[b], %[a]\n\tlahf" : [a] "+q"(a), [f] "=&a"(f) : [b] "q"(b) : "cc");      \
        *fl = f & (FL_SF | FL_ZF | FL_PF);                                                         \
        return a;                                                                                  \
    }
#define ALU_CARRY(op, W, S)                                                                        \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u##W b, u64 *fl)                                 \
    {                                                                                              \
        u64 f;                                                                                     \
        __asm__("btl $8, %k[in]\n\t" #op S " %[b], %[a]\n\t" GET_FL                                \
                : [a] "+q"(a), [f] "=&a"(f)                                                        \
                : [b] "q"(b), [in] "r"(*fl)                                                        \
                : "cc");                                                                           \
        *fl = f;                                                                                   \
        return a;                                                                                  \
    }
#define ALU_UNARY_CF(op, W, S) /* INC, DEC keep CF */                                              \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u64 *fl)                                         \
    {                                                                                              \
        u64 f;                                                                                     \
        __asm__("btl $8, %k[in]\n\t" #op S " %[a]\n\t" GET_FL                                      \
                : [a] "+q"(a), [f] "=&a"(f)                                                        \
                : [in] "r"(*fl)                                                                    \
                : "cc");                                                                           \
        *fl = f;                                                                                   \
        return a;                                                                                  \
    }
#define ALU_UNARY(op, W, S)                                                                        \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u64 *fl)                                         \
    {                                                                                              \
        u64 f;                                                                                     \
        __asm__(#op S " %[a]\n\t" GET_FL : [a] "+q"(a), [f] "=&a"(f) : : "cc");                    \
        *fl = f;                                                                                   \
        return a;                                                                                  \
    }
/*
 * Shifts by n modulo 32, which must not be 0. Hosts differ where the manual leaves flags open, so
 * nothing of that kind is taken from them: AF is masked out; OF is that of the operand's first step
 * (an addition to itself has the operand's sign in CF, and in OF whether the bit below it differs);
 * CF is the host's where it is defined. A narrow SHR is done in 32 bits, which leaves the same
 * flags, CF defined; the CF of a narrow SHL is picked from a shift in 32 bits.
 */
#define FL_SHIFT (FL_SF | FL_ZF | FL_PF | FL_CF | FL_OF)
#define ALU_SHL_CF_32(a, n, f) (f)
#define ALU_SHL_CF_16(a, n, f) (((f) & ~(u64)FL_CF) | ((u32)(a) << ((n)&31) >> 8 & FL_CF))
#define ALU_SHL_CF_8(a, n, f) (((f) & ~(u64)FL_CF) | ((u32)(a) << ((n)&31) & FL_CF))
#define ALU_SHIFTS(W, S)                                                                           \
    static ALWAYS_INLINE u##W alu_shl##W(u##W a, u8 n, u64 *fl)                                    \
    {                                                                                              \
        u64 f;                                                                                     \
        u##W r = a, twice = a;                                                                     \
        __asm__("shl" S " %%cl, %[r]\n\tlahf\n\tadd" S " %[twice], %[twice]\n\tseto %%al"          \
                : [r] "+q"(r), [twice] "+q"(twice), [f] "=&a"(f)                                   \
                : "c"(n)                                                                           \
                : "cc");                                                                           \
        *fl = ALU_SHL_CF_##W(a, n, f & FL_SHIFT);                                                  \
        return r;                                                                                  \
    }                                                                                              \
    static ALWAYS_INLINE u##W alu_shr##W(u##W a, u8 n, u64 *fl)                                    \
    {                                                                                              \
        u64 f;                                                                                     \
        u32 r = a;                                                                                 \
        u##W twice = a;                                                                            \
        __asm__("shrl %%cl, %[r]\n\tlahf\n\tadd" S " %[twice], %[twice]\n\tsetc %%al"              \
                : [r] "+q"(r), [twice] "+q"(twice), [f] "=&a"(f)                                   \
                : "c"(n)                                                                           \
                : "cc");                                                                           \
        *fl = f & FL_SHIFT;                                                                        \
        return (u##W)r;                                                                            \
    }                                                                                              \
    static ALWAYS_INLINE u##W alu_sar##W(u##W a, u8 n, u64 *fl)                                    \
    {                                                                                              \
        u64 f;                                                                                     \
        __asm__("sar" S " %%cl, %[a]\n\tlahf" : [a] "+q"(a), [f] "=&a"(f) : "c"(n) : "cc");        \
        *fl = f & (FL_SF | FL_ZF | FL_PF | FL_CF);                                                 \
        return a;                                                                                  \
    }
/*
 * Rotates change CF and OF only. OF after more than one step is undefined, and differs between
 * hosts: it is computed as for one step on the result, which is what the 386 left there.
 */
#define ALU_ROTATE(op, W, S, other)                                                                \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u8 n, u64 *fl)                                   \
    {                                                                                              \
        u64 f;                                                                                     \
        __asm__("btl $8, %k[in]\n\t" #op S " %[n], %[a]\n\tlahf"                                   \
                : [a] "+q"(a), [f] "=&a"(f)                                                        \
                : [n] "c"(n), [in] "r"(*fl)                                                        \
                : "cc");                                                                           \
        *fl = (*fl & ~(u64)(FL_CF | FL_OF)) | (f & FL_CF) | ((a >> (W - 1) ^ (other)) & 1);        \
        return a;                                                                                  \
    }
/* clang-format off */
#define ALU_HOST_FORMS(W, S)                                                                       \
    ALU_BINARY(add, W, S) ALU_BINARY(sub, W, S)                                                    \
    ALU_LOGIC(and, W, S) ALU_LOGIC(or, W, S) ALU_LOGIC(xor, W, S)                                  \
    ALU_CARRY(adc, W, S) ALU_CARRY(sbb, W, S)                                                      \
    ALU_UNARY_CF(inc, W, S) ALU_UNARY_CF(dec, W, S) ALU_UNARY(neg, W, S)                           \
    ALU_SHIFTS(W, S)                                                                               \
    ALU_ROTATE(rol, W, S, f >> 8) ALU_ROTATE(rcl, W, S, f >> 8)                                    \
    ALU_ROTATE(ror, W, S, a >> (W - 2)) ALU_ROTATE(rcr, W, S, a >> (W - 2))
/* clang-format on */

ALU_HOST_FORMS(8, "b")
ALU_HOST_FORMS(16, "w")
ALU_HOST_FORMS(32, "l")

#else

#define ALU_COUNT(n) ((u8)((n)&31))
#define ALU_ALIAS2(op, W)                                                                          \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u##W b, u64 *fl)                                 \
    {                                                                                              \
        return alu_p_##op##W(a, b, fl);                                                            \
    }
#define ALU_ALIAS1(op, W)                                                                          \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u64 *fl)                                         \
    {                                                                                              \
        return alu_p_##op##W(a, fl);                                                               \
    }
#define ALU_ALIASN(op, W)                                                                          \
    static ALWAYS_INLINE u##W alu_##op##W(u##W a, u8 n, u64 *fl)                                   \
    {                                                                                              \
        return alu_p_##op##W(a, n, fl);                                                            \
    }
/* clang-format off */
#define ALU_PORTABLE_FORMS(W)                                                                      \
    ALU_ALIAS2(add, W) ALU_ALIAS2(sub, W) ALU_ALIAS2(and, W) ALU_ALIAS2(or, W) ALU_ALIAS2(xor, W)  \
    ALU_ALIAS2(adc, W) ALU_ALIAS2(sbb, W)                                                          \
    ALU_ALIAS1(inc, W) ALU_ALIAS1(dec, W) ALU_ALIAS1(neg, W)                                       \
    ALU_ALIASN(shl, W) ALU_ALIASN(shr, W) ALU_ALIASN(sar, W)                                       \
    ALU_ALIASN(rol, W) ALU_ALIASN(ror, W) ALU_ALIASN(rcl, W) ALU_ALIASN(rcr, W)
/* clang-format on */

ALU_PORTABLE_FORMS(8)
ALU_PORTABLE_FORMS(16)
ALU_PORTABLE_FORMS(32)

#endif

/* Flags of MUL and IMUL: CF = OF = `over`; SF, ZF, AF, PF are undefined: from the low half. */
static ALWAYS_INLINE u64 alu_mul_fl(unsigned w, u32 low, bool over)
{
    return alu_p_fl(w, low, over, over, false);
}

#endif
