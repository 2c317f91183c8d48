/*
 * vm_words.h - what a machine is doing, in words for a person whose run was ended.
 */
#ifndef FERRITE_VM_WORDS_H
#define FERRITE_VM_WORDS_H

#include "cpu/cpu.h"
#include "hw/machine/pc.h"

/*
 * One or two sentences, without a line end: where the processor is, in which mode, and if it is
 * halted what could wake it. `until_next`: ns until the machine's next event, CLOCK_NEVER = none.
 */
void machine_words(const struct cpu *c, const struct pc *pc, u64 until_next, char *buf,
                   size_t size);

#endif
