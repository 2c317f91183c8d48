/* chips_look.h - registers of the chips on the board, for who looks. */
#ifndef FERRITE_CHIPS_LOOK_H
#define FERRITE_CHIPS_LOOK_H

#include "hw/bus/device_look.h"

device_look_fn i8254_look, i8259_look, i8237_look, mc146818_look, lapic_look, ioapic_look;

#endif
