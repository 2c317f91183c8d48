/*
 * interrupted.h - Ctrl-C and other wishes to end (SIGINT, SIGTERM, SIGHUP) while files are made
 * that must not be left half: whoever makes them asks now and then, and cleans up as after any
 * failure; then the process ends by the signal, as it would have.
 */
#ifndef FERRITE_INTERRUPTED_H
#define FERRITE_INTERRUPTED_H

#include "hw/base/err.h"

/* From here on the signals are only noted. What is ignored (nohup) stays so. One at a time. */
void interrupted_begin(void);
/* true: go on. false + err: there was one. Without interrupted_begin() always true. */
bool interrupted_not_yet(struct err *e);
/* The signals are as before; one that came ends the process, when the caller has said why. */
void interrupted_end(void);

#endif
