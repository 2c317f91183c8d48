/*
 * vm_jit.h - the translator's part of a machine: starting it as the configuration says, and what it
 * counted.
 */
#ifndef FERRITE_VM_JIT_H
#define FERRITE_VM_JIT_H

#include "hw/machine/vm.h"

struct cpu;

void vm_jit_start(struct cpu *c, enum vm_jit how, const struct log *log);
void vm_jit_forked(struct cpu *c, const struct log *log);
void vm_jit_print(const struct cpu *c, FILE *out);

#endif
