/*
 * run.h - a machine from its options to the program's exit status: in a window, on the terminal's
 * text screen, or headless.
 */
#ifndef FERRITE_RUN_H
#define FERRITE_RUN_H

#include "frontend/cli/options.h"

/* Says on standard error what went wrong. Returns the exit status (frontend/README.md). */
int run(const struct options *o);

/* Say that what was asked for cannot be; returns the exit status for it. */
int run_refused(const struct err *e);

#endif
