/*
 * vm_look_state.h - what is inside a device, by the names that its snapshot has.
 */
#ifndef FERRITE_VM_LOOK_STATE_H
#define FERRITE_VM_LOOK_STATE_H

#include "hw/base/state_look.h"
#include "hw/machine/vm.h"

/* "cpu", or a device's name. Changes nothing. false: there is none, or nothing is known of it. */
bool vm_look_state(struct vm *vm, const char *what, const struct state_eye *eye);
/* "8254 programmable interval timer"; NULL: there is none. */
const char *vm_device_doc(const struct vm *vm, const char *what);

#endif
