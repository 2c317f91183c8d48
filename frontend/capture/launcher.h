/*
 * launcher.h - a process beside us that starts encoders for us: a machine in its sandbox
 * (frontend/sandbox/) can start no program. It is forked before the sandbox is entered, and knows
 * one thing to do; what it starts, and with which words, is decided in it and not by who asks.
 */
#ifndef FERRITE_LAUNCHER_H
#define FERRITE_LAUNCHER_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <sys/types.h>

struct launcher;

/* What an encoder is given: where it reads, where it writes, and where what it says goes. */
struct launch {
    int in, out, log;
};

/* Starts it: 0 or an errno value, and its number. Runs in the other process. */
typedef int launch_function(const struct launch *l, pid_t *child);

/* Before there are threads and while the process is small. NULL + err. */
struct launcher *launcher_start(launch_function *function, struct err *e);
/* What has been started goes on to its end. */
void launcher_free(struct launcher *l);

/*
 * Have one started; the descriptors stay ours, too. Returns its end of a line for launch_ended()
 * and launch_kill(), or -1 and *error.
 */
int launcher_run(struct launcher *l, const struct launch *launch, int *error);
/* Waits for its end and returns the status as waitpid() tells it. */
int launch_ended(int line);
void launch_kill(int line);

#endif
