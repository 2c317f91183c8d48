/*
 * runner.h - running a list of tests side by side: so many jobs at once, boots that tests share,
 * and a record for each test whatever happens to its processes.
 */
#ifndef FERRITE_SUITE_RUNNER_H
#define FERRITE_SUITE_RUNNER_H

#include "frontend/suite/job.h"

/* Called for each test in the order of the list, as soon as those before it have been. */
typedef void runner_report(void *opaque, const struct test *t, const struct record *r);

enum runner_end { RUNNER_DONE, RUNNER_INTERRUPTED, RUNNER_FAILED };

/*
 * `records` has room for all tests and is filled. Must be called from the only thread, and at most
 * once in a process: SIGINT and SIGTERM end it. RUNNER_FAILED: err says why.
 */
enum runner_end runner_run(const struct tests *tests, const struct job_rules *rules, unsigned jobs,
                           struct record *records, runner_report *report, void *opaque,
                           struct err *e);

#endif
