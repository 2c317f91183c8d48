/*
 * text_screen.h - -display text: the guest's text screen and its keyboard on this terminal.
 */
#ifndef FERRITE_TEXT_SCREEN_H
#define FERRITE_TEXT_SCREEN_H

#include "frontend/cli/machine.h"

/* Standard input and output are a terminal, and nothing else wants it; else err. */
bool text_screen_possible(const struct options *o, struct err *e);
/* Run to the end; the terminal is afterwards as it was. The exit status is in m->status. */
void text_screen_run(struct machine *m);

#endif
