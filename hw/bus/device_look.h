/*
 * device_look.h - a device's registers for who looks (hw/base/registers.h): one function a class,
 * in a file of its own beside the device. hw/machine/vm_registers.c has the list.
 */
#ifndef FERRITE_DEVICE_LOOK_H
#define FERRITE_DEVICE_LOOK_H

#include "hw/base/registers.h"
#include "hw/bus/device.h"

typedef void device_look_fn(const struct device *d, const struct register_eye *eye);

#endif
