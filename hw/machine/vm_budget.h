/*
 * vm_budget.h - what a machine may take of the host's disk.
 */
#ifndef FERRITE_VM_BUDGET_H
#define FERRITE_VM_BUDGET_H

#include "hw/base/budget.h"

struct vm;

/*
 * What makes overlay files, temporary files and files in shares larger is taken from it from now
 * on, and refused when nothing is left. It outlives the machine. Diskettes that are put in later
 * are not counted: they hold 2.88 MB at most.
 */
void vm_budget(struct vm *vm, struct budget *b);

#endif
