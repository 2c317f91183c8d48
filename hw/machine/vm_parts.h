/*
 * vm_parts.h - the board inside a machine, for the files that vm.h is spread over.
 */
#ifndef FERRITE_VM_PARTS_H
#define FERRITE_VM_PARTS_H

struct pc;
struct vm;

struct pc *vm_pc(const struct vm *vm);

#endif
