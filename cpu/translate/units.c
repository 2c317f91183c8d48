/*
 * units.c - may machine code use x87, MMX and SSE now? Called from it (x64_units.c).
 */
#include "cpu/fpu.h"
#include "cpu/translate/jit_private.h"

static bool ready(struct cpu *c, u32 wanted)
{
    if (wanted & UNIT_X87)
        return fpu_ready_x87(c);
    if (wanted & UNIT_MMX)
        return fpu_ready_mmx(c);
    return fpu_ready_sse(c, wanted & UNIT_SSE);
}

u32 jit_units(struct cpu *c, u32 had, u32 wanted)
{
    u32 kept = had & UNITS_KEPT(wanted);
    if (!ready(c, wanted))
        return kept | UNITS_NO;
    return kept | (wanted & (UNIT_XMM | UNIT_SSE | UNIT_MMX));
}
