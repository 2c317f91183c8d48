/*
 * device_values.h - what is inside a device as named values: `info DEVICE values`.
 */
#ifndef FERRITE_DEVICE_VALUES_H
#define FERRITE_DEVICE_VALUES_H

#include "frontend/control/reply.h"
#include "hw/machine/vm.h"

/* Into the map that is open. false: the machine has no such device, or it has no state. */
bool device_values(struct reply *r, struct vm *vm, const char *device);

#endif
