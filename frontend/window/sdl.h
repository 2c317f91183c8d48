/* sdl.h - the window. Only sdl.c knows SDL; sdl_none.c takes its place where SDL is missing. */
#ifndef FERRITE_SDL_H
#define FERRITE_SDL_H

#include "frontend/cli/machine.h"

/* Was the program built with SDL? */
bool sdl_supported(void);
/* Show the machine in a window and run it to its end; false + err when no window can be had. */
bool sdl_run(struct machine *m, struct err *e);

#endif
