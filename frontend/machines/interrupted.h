/*
 * interrupted.h - Ctrl-C and other wishes to end (SIGINT, SIGTERM, SIGHUP) while files are made
 * that must not be left half: whoever makes them asks now and then, and cleans up as after any
 * failure; then the process ends by the signal, as it would have.
 */
#ifndef FERRITE_INTERRUPTED_H
#define FERRITE_INTERRUPTED_H

#include "hw/base/err.h"

#include <signal.h>

/* These signals, but for what is ignored (nohup). */
void interrupted_signals(sigset_t *set);
/* From here on they are held back, in this thread. `before` is for interrupted_end(). */
void interrupted_begin(sigset_t *before);
/* true: go on. false + err: one has come, and is held back. */
bool interrupted_not_yet(struct err *e);
/* Run a program, found by PATH, to its end, with none of them held back; if one comes, it is ended
 * by SIGTERM. 0, and *status as waitpid() says it; else an errno value: it was not started. */
int interrupted_run(const char *const *argv, int *status);
/* As it was; a signal that came ends the process, when the caller has said why. */
void interrupted_end(const sigset_t *before);

#endif
