/*
 * beginning.h - boot once, fork many: a process that runs the script which tests begin `from`, and
 * then forks the machine of each of these tests off, as their jobs order it (order.h). The machines
 * share its memory until they write to it.
 *
 * It is in the sandbox like any machine; what its tests' machines may reach it may reach, and it
 * may fork. Each of these gives up the rest.
 *
 * What a fork cannot share is refused: files that the machine writes to, a network, live folders,
 * sockets. Disks are written to in memory (-snapshot).
 */
#ifndef FERRITE_SUITE_BEGINNING_H
#define FERRITE_SUITE_BEGINNING_H

#include "frontend/suite/job.h"

#include <sys/types.h>

struct beginning {
    pid_t process;
    int orders; /* for jobs; closed by all: no more */
};

/*
 * Start it. To `results` it writes a record READY, or BROKEN with the reason, whose index is
 * `number` in both.
 */
bool beginning_start(struct beginning *b, const char *script, u32 number, const struct tests *tests,
                     const struct job_rules *rules, int results, struct err *e);

/* Fork a job, which writes its record; `orders` as of job_run(). The process, or -1. */
pid_t job_start(const struct tests *tests, u32 index, const struct job_rules *rules, int orders,
                int results);
/* The record of one that ended without, with its wait status. */
void job_died(u32 index, int status, int results);

#endif
