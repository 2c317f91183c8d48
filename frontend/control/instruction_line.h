/*
 * instruction_line.h - what there is to say of an instruction beside its text: what its operands
 * hold, which flags it reads and writes, whether it jumps.
 */
#ifndef FERRITE_INSTRUCTION_LINE_H
#define FERRITE_INSTRUCTION_LINE_H

#include "hw/machine/vm_instruction.h"

/* "reads C writes OSZAPC"; in brackets what may be written: "writes (OSZAPC)". */
void instruction_flags(const struct vm_instruction *i, char *out, size_t size);
/* Both, and "taken" or "not taken". */
void instruction_notes(const struct vm_instruction *i, char *out, size_t size);

#endif
