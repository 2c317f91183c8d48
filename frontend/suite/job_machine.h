/*
 * job_machine.h - what the machine's process of a test does, in the fork: options, sandbox, the
 * run, what is left of a failure. See job.h.
 */
#ifndef FERRITE_SUITE_JOB_MACHINE_H
#define FERRITE_SUITE_JOB_MACHINE_H

#include "frontend/suite/job.h"

struct machine_job {
    const struct test *test;
    const struct job_rules *rules;
    struct machine *booted; /* NULL: it opens one by itself */
    const char *root;       /* folder of this test */
    const char *folder;     /* of the present run: ${TMP} */
    u32 index;
    int expected; /* exit status */
    double limit; /* seconds, of one that was ordered: who looks after it may have died */
};

/* A job_machine for `opaque`, a struct machine_job. Does not come back. */
void machine_job_run(void *opaque, int out, int err, int tell);
/* Of one that was ordered, in a fork of the process that has booted. */
_Noreturn void machine_job_ordered(const struct test *test, const struct job_rules *rules,
                                   const struct order *o, const int fd[ORDER_FDS],
                                   struct machine *booted);

#endif
