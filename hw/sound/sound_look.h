/* sound_look.h - a Sound Blaster and the speaker for who looks. */
#ifndef FERRITE_SOUND_LOOK_H
#define FERRITE_SOUND_LOOK_H

#include "hw/bus/device_look.h"

device_look_fn sb_look, speaker_look;

#endif
