/* motion_back.h - motions backwards: what motion.c and motion_back.c have in common. */
#ifndef FERRITE_MOTION_BACK_H
#define FERRITE_MOTION_BACK_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct control;

bool motion_back_begin(struct control *c, struct err *e);
/* The machine goes to where it was when it began, if it can. */
void motion_back_abandon(struct control *c);
/* The motion is at its end, and the machine stands; control.reason says why. */
void motion_over(struct control *c);

#endif
