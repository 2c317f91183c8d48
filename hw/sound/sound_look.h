/* sound_look.h - sound cards and the speaker for who looks. */
#ifndef FERRITE_SOUND_LOOK_H
#define FERRITE_SOUND_LOOK_H

#include "hw/bus/device_look.h"

struct opl_card;

device_look_fn sb_look, speaker_look, adlib_look, gus_look, es1370_look;

/* The FM chip or chips of a card. */
void opl_card_look(const struct opl_card *c, const struct register_eye *eye);

#endif
