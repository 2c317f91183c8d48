/* fullscreen.h - the debugger on a whole terminal. */
#ifndef FERRITE_DEBUGGER_FULLSCREEN_H
#define FERRITE_DEBUGGER_FULLSCREEN_H

#include "frontend/debugger/session.h"

/* Until the end; false + err: the terminal cannot be set up. */
bool fullscreen_run(struct session *s, struct err *e);

#endif
