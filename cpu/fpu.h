/*
 * fpu.h - x87, MMX and SSE state at the edges: reset, save, what other files need to know.
 */
#ifndef FERRITE_CPU_FPU_H
#define FERRITE_CPU_FPU_H

#include "cpu/cpu.h"

void fpu_reset(struct cpu *c); /* RESET, not FNINIT: also MXCSR and XMM registers */

#endif
