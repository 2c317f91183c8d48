/*
 * vm_calls.h - what people do to a machine from outside, as calls of vm.h that a journal notes.
 */
#ifndef FERRITE_VM_CALLS_H
#define FERRITE_VM_CALLS_H

#include "hw/base/types.h"

struct vm;

/* In a replay: do what comes next, if it is a call and due now. false: nothing is. */
bool calls_replay(struct vm *vm);
/* What the processor is about, as a number: is a replay still the same run? */
u64 calls_check(const struct vm *vm);

#endif
