/*
 * fpu_soft.h - binary floating point in integers: the portable arithmetic behind x87 and SSE, for
 * hosts without those units and for SSE with unmasked exceptions. IEEE 754 with Intel's choices
 * (SDM vol. 1, 4.8 and 8.5): tininess after rounding, NaN selection, unbounded-exponent results
 * under unmasked overflow and underflow.
 */
#ifndef FERRITE_CPU_FPU_SOFT_H
#define FERRITE_CPU_FPU_SOFT_H

#include "hw/base/types.h"

/* Exceptions, as in the x87 status word and MXCSR. */
#define FX_I 0x01u
#define FX_D 0x02u
#define FX_Z 0x04u
#define FX_O 0x08u
#define FX_U 0x10u
#define FX_P 0x20u

enum fp_class { FC_ZERO, FC_NORM, FC_INF, FC_QNAN, FC_SNAN, FC_BAD /* unsupported 80-bit form */ };

/*
 * An unpacked number: sig / 2^63 * 2^exp, bit 63 of sig set (NaNs: the significand at the top of
 * sig). A packed denormal is unpacked normalised, with denormal set. Only fp_pack's input may have
 * bit 63 clear: then exp is the format's smallest.
 */
struct fp {
    u8 cls; /* enum fp_class */
    bool neg;
    bool denormal;
    s32 exp;
    u64 sig;
};

struct fp_format {
    s32 prec, emin, emax;
    s32 wrap; /* exponent adjustment of the unmasked responses */
};
extern const struct fp_format fp_f32, fp_f64, fp_f80, fp_f80_24, fp_f80_53;

struct fp_env {
    unsigned rc;    /* 0 nearest even, 1 down, 2 up, 3 toward zero */
    unsigned masks; /* FX_*: masked */
    unsigned flags; /* FX_*: raised */
    bool up;        /* the last rounding was away from zero (C1) */
    bool ftz, daz;
    bool plain; /* SSE: of ordinary numbers only the result can be seen (host_float.h) */
};

/* A number in extended format as it lies in memory. */
struct f80 {
    u64 m;
    u16 se;
};

/* ---- unpack, pack ---- */

struct fp fp_from32(u32 v);
struct fp fp_from64(u64 v);
struct fp fp_from80(struct f80 v);
struct fp fp_from_int(s64 v);
u32 fp_to32(struct fp a);
u64 fp_to64(struct fp a);
struct f80 fp_to80(struct fp a);

/*
 * The rounding control (SDM vol. 1, 4.8.4): does a magnitude go to the next one away from zero?
 * `rest` is what is dropped, in units of 2^-64 of the last place that is kept, with bit 0 set for
 * whatever lies below; `odd`: the last bit that is kept.
 */
static ALWAYS_INLINE bool fp_goes_up(unsigned rc, bool neg, u64 rest, bool odd)
{
    switch (rc) {
    case 0:
        return rest > 1ull << 63 || (rest == 1ull << 63 && odd);
    case 1:
        return rest && neg;
    case 2:
        return rest && !neg;
    default:
        return false;
    }
}

/* The number (neg, exp, hi.lo) rounded into the format; hi:lo need not be normalised. */
struct fp fp_round(struct fp_env *e, const struct fp_format *f, bool neg, s32 exp, u64 hi, u64 lo);
/* A finite or infinite number to another format. */
struct fp fp_convert(struct fp_env *e, const struct fp_format *f, struct fp a);

/* ---- arithmetic on zeros, numbers and infinities (NaNs are the caller's) ---- */

/* Invalid operations raise FX_I and give fp_indefinite(). Division of a number by zero: FX_Z. */
struct fp fp_indefinite(void);
struct fp fp_add(struct fp_env *e, const struct fp_format *f, struct fp a, struct fp b);
struct fp fp_sub(struct fp_env *e, const struct fp_format *f, struct fp a, struct fp b);
struct fp fp_mul(struct fp_env *e, const struct fp_format *f, struct fp a, struct fp b);
struct fp fp_div(struct fp_env *e, const struct fp_format *f, struct fp a, struct fp b);
struct fp fp_sqrt(struct fp_env *e, const struct fp_format *f, struct fp a);
/* -1, 0, 1 for less, equal, greater. */
int fp_compare(struct fp a, struct fp b);
/* To an integer by the rounding control: FX_P, or FX_I and false when out of range. */
bool fp_to_int(struct fp_env *e, struct fp a, unsigned bits, s64 *v);
/* Rounded to an integral value of the same format. */
struct fp fp_rint(struct fp_env *e, struct fp a);

static inline bool fp_is_nan(struct fp a)
{
    return a.cls == FC_QNAN || a.cls == FC_SNAN;
}

#endif
