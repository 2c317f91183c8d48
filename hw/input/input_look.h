/* input_look.h - registers of the keyboard's controller and of the keyboard, for who looks. */
#ifndef FERRITE_INPUT_LOOK_H
#define FERRITE_INPUT_LOOK_H

#include "hw/bus/device_look.h"

device_look_fn i8042_look, ps2kbd_look;

#endif
