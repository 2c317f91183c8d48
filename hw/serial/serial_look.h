/* serial_look.h - registers of a serial port, for who looks. */
#ifndef FERRITE_SERIAL_LOOK_H
#define FERRITE_SERIAL_LOOK_H

#include "hw/bus/device_look.h"

device_look_fn uart16550_look;

#endif
