/* confine_desktop.h - what the libraries of a window want to reach: confine.h. */
#ifndef FERRITE_CONFINE_DESKTOP_H
#define FERRITE_CONFINE_DESKTOP_H

#include "hw/base/confine/grants.h"

void confine_desktop(struct grants *g);
/*
 * Without a runtime folder libpulse makes a link to one in the user's settings, where a window may
 * only read, and complains. Unless a server is there already it looks in our `own` folder, in vain.
 */
void confine_sound_server(struct grants *g, const char *own);
/* What a person may choose in the menu, or drop on the window. */
void confine_choice(struct grants *g);

#endif
