/*
 * beginning.h - boot once, fork many: a process that runs the script which tests begin `from`, and
 * then forks each of these tests off. Their machines share its memory until they write to it.
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
    int orders; /* numbers of tests (u32) go in here; closed: no more */
};

/*
 * Start it. To `results` it writes a record READY, or BROKEN with the reason, whose index is
 * `number` in both; then one for each test that was ordered.
 */
bool beginning_start(struct beginning *b, const char *script, u32 number, const struct tests *tests,
                     const struct job_rules *rules, int results, struct err *e);
bool beginning_order(const struct beginning *b, u32 index);

/* Fork a job, which writes its record. The process, or -1. */
pid_t job_start(const struct tests *tests, u32 index, const struct job_rules *rules,
                struct machine *booted, int results);
/* The record of one that ended without, with its wait status, and of one that never began. */
void job_died(u32 index, int status, int results);
void job_not_begun(u32 index, const char *why, int results);

#endif
