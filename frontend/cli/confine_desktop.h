/* confine_desktop.h - what the libraries of a window want to reach: confine.h. */
#ifndef FERRITE_CONFINE_DESKTOP_H
#define FERRITE_CONFINE_DESKTOP_H

#include "hw/base/confine/grants.h"

void confine_desktop(struct grants *g);
/* What a person may choose in the menu, or drop on the window. */
void confine_choice(struct grants *g);

#endif
