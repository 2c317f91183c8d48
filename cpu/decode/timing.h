/*
 * timing.h - how long instructions take on the processors of the past (cpu_set_timing()).
 *
 * What an instruction takes is settled when it is decoded, by its form alone: never by what it
 * finds in registers, what ran before it, or where a slice of time ended. The same guest therefore
 * takes the same time in every tier, and in a run that was saved and loaded on the way.
 */
#ifndef FERRITE_CPU_TIMING_H
#define FERRITE_CPU_TIMING_H

#include "cpu/op.h"

/* Time is counted in ticks, tenths of a clock, because some instructions share one. */
#define TICKS_PER_CLOCK CPU_TICKS_PER_CLOCK

/* Ticks of a decoded instruction (not a fused one), at least 1; with REP, of one iteration. */
u32 timing_ticks(const struct cpu_timing *t, const struct op *o);
/* What a repeated string instruction takes in all beside its iterations. */
u32 timing_setup(const struct cpu_timing *t, const struct op *o);
/* From an interrupt or exception to its handler. */
u32 timing_interrupt(const struct cpu_timing *t);

#endif
