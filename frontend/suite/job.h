/*
 * job.h - one test run by a process of its own: its folder, the commands around it, the machine in
 * a further process, what that prints (so much at most), the limit of host time.
 *
 *   runner -- job (waits, looks, judges) -- machine
 *
 * The job is a fork of the runner, without exec; the machine's process one of the job, or of a
 * process that has booted the machine which the test begins with (beginning.h), and that the job
 * orders it from (order.h). Nobody has threads before a fork.
 */
#ifndef FERRITE_SUITE_JOB_H
#define FERRITE_SUITE_JOB_H

#include "frontend/cli/machine.h"
#include "frontend/suite/collect.h"
#include "frontend/suite/order.h"

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
    double seconds;   /* the host's */
    s32 guest_status; /* what the guest itself ended with; -1: nothing */
    char why[2048];   /* lines */
    char kept[1000];  /* the folder with what is left of a failure; "": none */
};
_Static_assert(sizeof(struct record) <= 4096, "a record is written in one piece");

struct job_rules {
    double limit;           /* host seconds for a run, unless the script says another */
    unsigned repeat;        /* runs; all must end in the same state */
    const char *scratch;    /* folder for the tests' folders */
    const char *failures;   /* folder for what failures leave */
    bool keep;              /* also keep what tests that passed have left */
    const char *const *set; /* NAME=VALUE of the scripts' variables */
    unsigned sets;
    const char *updates; /* folder for pictures that are to be expected; NULL: none are made */
};

/* What a machine tells about its end, beside its exit status. */
struct facts {
    u64 hash, instructions, guest_ns;
    s64 guest_status; /* -1: none */
    u64 ran;          /* 0: there was no machine */
};

/*
 * Do it, in this process, and fill the record. `orders`: of the process that has booted what it
 * begins with, or -1. Must not be called twice in one process.
 */
void job_run(const struct test *test, const struct job_rules *rules, int orders, struct record *r);

/* In a child: it dies with its parent, and is the first of a group of processes. */
void job_isolate(int parent);
/*
 * Run it once more, in the folder `kept`/recording, with -record: run.rec in there is then what
 * `ferrite replay` shows the failure from. What comes of it is said on `why`; `end` is where the
 * run that failed was. Must not be called twice in one process.
 */
void job_record(const struct test *test, const struct job_rules *rules, const char *kept,
                double limit, const struct facts *end, char *why, size_t size);
/* Where what a machine prints goes, so much of it, and how many seconds of the host's it has. */
struct job_files {
    const char *out, *err;
    double limit;
};
struct job_end {
    struct facts facts;
    int status;   /* as of waitpid() */
    bool in_time; /* it was over by itself */
    int error;    /* false was returned: an errno value; 0: who was asked is gone */
};
/* A process that runs the machine, to its end. */
typedef void job_machine(void *opaque, int out, int err, int tell);
bool job_process(job_machine *run, void *opaque, const struct job_files *files,
                 struct job_end *end);
/* The same, by the process that takes orders. */
bool job_ordered(int orders, const struct order *o, const struct job_files *files,
                 struct job_end *end);
/* A shell command; what it prints goes into `file`, so much of it, and what it has left running in
 * the background ends with it. false: no process. */
bool job_shell(const char *command, int file, double limit, struct job_end *end);
/* Its own folder, made and entered, with the variables of a test; and the commands around it. */
bool job_enter(const struct test *test, const char *folder, const char *state, struct err *e);
/* NULL, or the first that failed or took longer than `limit` seconds, and how it ended. */
const char *job_commands(const struct test *test, enum header_key key, double limit,
                         struct job_end *end);
void job_gather(struct machine *m, struct facts *facts);
/* The folder for updates of this machine, in `path`; made when there is something. */
void job_updates(struct machine *m, const struct job_rules *rules, const char *name, u32 number,
                 char *path, size_t size);

/* The options of a test, as parsed; `args` holds the words and must live as long. */
struct job_options {
    struct options o;
    char **word;
    int words;
};
/* `more`: words in front of those of the test, NULL behind the last. */
bool job_options(struct job_options *j, const struct test_file *f, const char *variant,
                 const char *script, const char *folder, const struct job_rules *rules,
                 const char *const *more, struct err *e);
/*
 * Is a word of # args the name of a file that lies beside the script, and not where the test runs?
 * Then it was most likely meant. `name`: the word.
 */
bool job_options_beside(const struct test_file *f, const char *variant, char *name, size_t room);
void job_options_free(struct job_options *j);

#endif
