/*
 * job.h - one test run by a process of its own: its folder, the commands around it, the machine in
 * a further process, what that prints (so much at most), the limit of host time.
 *
 *   runner -- job (waits, looks, judges) -- machine
 *
 * The job is a fork of whoever asks, without exec: of the runner, or of a process that has booted
 * the machine which the test begins with (beginning.h). Nobody in it has threads before the fork.
 */
#ifndef FERRITE_SUITE_JOB_H
#define FERRITE_SUITE_JOB_H

#include "frontend/cli/machine.h"
#include "frontend/suite/collect.h"

enum outcome {
    PASSED,
    FAILED,  /* an expectation */
    BROKEN,  /* the test could not be done: a wrong script, a host error, a crash */
    SKIPPED, /* something that it needs is not here */
    READY    /* no test: a beginning has been reached */
};

/*
 * What is known about one test afterwards. Written to a pipe in one piece, which is indivisible up
 * to PIPE_BUF bytes.
 */
struct record {
    u32 index;
    u32 outcome; /* enum outcome */
    s32 status;  /* the machine's exit status; -1: it did not get so far */
    u32 runs;
    u64 hash; /* state hash at its end; 0: unknown */
    u64 instructions, guest_ns;
    double seconds;  /* the host's */
    char why[2048];  /* lines */
    char kept[1024]; /* the folder with what is left of a failure; "": none */
};
_Static_assert(sizeof(struct record) <= 4096, "a record is written in one piece");

struct job_rules {
    double limit;         /* host seconds for a run, unless the script says another */
    unsigned repeat;      /* runs; all must end in the same state */
    const char *scratch;  /* folder for the tests' folders */
    const char *failures; /* folder for what failures leave */
    bool keep;            /* also keep what tests that passed have left */
};

/*
 * Do it, in this process, and fill the record. `booted`: the machine that it begins with, or NULL.
 * Must not be called twice in one process.
 */
void job_run(const struct test *test, const struct job_rules *rules, struct machine *booted,
             struct record *r);

/* In a child: it dies with its parent, and is the first of a group of processes. */
void job_isolate(int parent);
/* The options of a test, as parsed; `args` holds the words and must live as long. */
struct job_options {
    struct options o;
    char **word;
    int words;
};
bool job_options(struct job_options *j, const struct test_file *f, const char *variant,
                 const char *script, const char *folder, bool beginning, struct err *e);
void job_options_free(struct job_options *j);

#endif
