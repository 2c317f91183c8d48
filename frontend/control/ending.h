/*
 * ending.h - who ends a run from outside: a signal (SIGINT, SIGTERM, SIGHUP), or a limit of host
 * time. Whatever the run is doing, it hears of it at once and is over within a second.
 *
 * The signals are blocked everywhere, and a thread of their own waits for them. When one comes, it
 * tells the machine (vm_interrupt), and interrupts system calls in which the run may be stuck - a
 * FIFO that nobody opens, a pipe that nobody reads - until the run is over. The run itself closes
 * its files in order. Only while nothing has run yet, and the opening of a file or a window hangs
 * all the same, is the process ended from here.
 *
 * Opening a machine takes two milliseconds, so the thread is made when it has run for a moment:
 * later than the sandbox was entered, which has to find all threads that there are. Before that, a
 * timer looks now and then whether a signal has come.
 *
 * Nothing of this is seen by the guest: it is stopped, or it is not.
 */
#ifndef FERRITE_ENDING_H
#define FERRITE_ENDING_H

#include "hw/machine/vm.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <termios.h>
#include <time.h>

enum { ENDING_LIMIT_STATUS = 124, ENDING_OUTPUTS = 4 }; /* the status is timeout(1)'s */

enum ending_phase { ENDING_OPENING, ENDING_STARTED, ENDING_FINISHED };

struct ending {
    pthread_t watcher;
    bool watching; /* there is that thread, */
    timer_t timer; /* or this timer */
    u64 asked_at;  /* by the host's steady clock, when the timer has seen that the end is wanted */
    pthread_t runner;     /* whose system calls are interrupted */
    sigset_t signals;     /* that end the run */
    atomic_int signal;    /* the one that came, 0 = none */
    atomic_bool expired;  /* the limit's time is over */
    _Atomic u64 deadline; /* ns of the host's steady clock, 0 = no limit */
    double limit;         /* seconds, for words */
    pthread_mutex_t lock; /* for what follows */
    enum ending_phase phase;
    struct vm *vm; /* while it may be interrupted */
    int output[ENDING_OUTPUTS];
    unsigned outputs;
    bool terminal;
    struct termios before; /* the terminal's settings */
};

/* From the thread that will open the machine. `limit`: seconds of host time from now, 0 = none. */
bool ending_begin(struct ending *e, double limit, struct err *err);
/*
 * The thread, unless there is one: the machine runs, or the opening will wait for somebody, so that
 * the timer must not interrupt it. NULL and one that has not begun are fine.
 */
bool ending_watch(struct ending *e, struct err *err);
/* From the thread that runs the machine: everything is open. */
void ending_running(struct ending *e, struct vm *vm);
/* The machine is about to be closed; afterwards it is not touched any more. */
void ending_over(struct ending *e);
/* At the very end. */
void ending_end(struct ending *e);

/* From now on another limit, 0 = none. */
void ending_limit(struct ending *e, double seconds);
/* Writes to this file (a log) may block: they fail, and go nowhere, once the run is to end. */
void ending_output(struct ending *e, int fd);

/* Has somebody asked for the end? Any thread. NULL: never. */
bool ending_asked(const struct ending *e);
/* The exit status for it: 128 + the signal's number, or 124. */
int ending_status(const struct ending *e);
/* "SIGTERM", "the limit of 5 s of host time". */
void ending_words(const struct ending *e, char *buf, size_t size);

#endif
