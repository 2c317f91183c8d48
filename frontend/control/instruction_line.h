/*
 * instruction_line.h - what there is to say of an instruction beside its text: what its operands
 * hold, which flags it reads and writes, whether it jumps.
 */
#ifndef FERRITE_INSTRUCTION_LINE_H
#define FERRITE_INSTRUCTION_LINE_H

#include "hw/machine/vm_instruction.h"

/* "eax=0000002a [00000450]=07 -> ecx"; "" when nothing is known. Cut at size - 1. */
void instruction_values(const struct vm_instruction *i, char *out, size_t size);
/* "reads C writes OSZAPC"; in brackets what may be written: "writes (OSZAPC)". */
void instruction_flags(const struct vm_instruction *i, char *out, size_t size);
/* Both, and "taken" or "not taken". */
void instruction_notes(const struct vm_instruction *i, char *out, size_t size);
/* The letters of these EFLAGS bits: "OSZAPC", and D. */
void instruction_flag_letters(u32 flags, char out[8]);

#endif
