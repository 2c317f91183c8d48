/* lines.h - the debugger on standard input and output, line by line: for scripts and dumb
 * terminals. */
#ifndef FERRITE_DEBUGGER_LINES_H
#define FERRITE_DEBUGGER_LINES_H

#include "frontend/debugger/session.h"

/* Until the end of the run, or of the input. */
void lines_run(struct session *s);

#endif
