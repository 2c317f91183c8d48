/*
 * vm_parts.h - the board and the processor inside a machine, for the files that vm.h is spread
 * over.
 */
#ifndef FERRITE_VM_PARTS_H
#define FERRITE_VM_PARTS_H

struct cpu;
struct pc;
struct vm;

struct pc *vm_pc(const struct vm *vm);
struct cpu *vm_cpu(const struct vm *vm);

#endif
