/*
 * trace.h - -d exec and -d cpu: what runs, one line an instruction.
 */
#ifndef FERRITE_CPU_TRACE_H
#define FERRITE_CPU_TRACE_H

#include "cpu/cpu.h"

#define TRACE_CATEGORIES (LOG_EXEC | LOG_CPU)

/* Called before the instruction at CS:EIP runs. */
void trace_instruction(const struct cpu *c);

#endif
