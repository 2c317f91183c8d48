/*
 * runner.c - see runner.h.
 */
#define _GNU_SOURCE
#include "frontend/suite/runner.h"

#include "frontend/suite/beginning.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 100 };

/* Of a test, or of a boot that tests share. */
enum stage { WAITING, RUNNING, OVER };

struct shared_boot {
    const char *script;
    struct beginning b;
    enum { NOT_BOOTED, BOOTING, BOOTED, BOOT_FAILED } stage;
    double since;
    unsigned left; /* tests that have not been ordered */
    char why[2048];
};

struct runner {
    const struct tests *tests;
    const struct job_rules *rules;
    struct record *records;
    struct slot {
        enum stage stage;
        pid_t process;
        struct shared_boot *boot;
    } * slot; /* of each test */
    struct shared_boot *boot;
    unsigned boots, jobs, running;
    int results[2]; /* a pipe */
    size_t reported;
    runner_report *report;
    void *opaque;
};

static volatile sig_atomic_t interrupted; /* by a signal's handler, which has nothing else */

static void on_signal(int number)
{
    interrupted = number;
}

static void finish(struct runner *r, size_t i)
{
    r->slot[i].stage = OVER;
    for (; r->reported < r->tests->count && r->slot[r->reported].stage == OVER; r->reported++)
        r->report(r->opaque, &r->tests->test[r->reported], &r->records[r->reported]);
}

static void finish_broken(struct runner *r, size_t i, const char *why)
{
    struct record *record = &r->records[i];
    *record = (struct record){.index = (u32)i, .outcome = BROKEN, .status = -1, .guest_status = -1};
    snprintf(record->why, sizeof(record->why), "%s", why);
    finish(r, i);
}

/* ---- starting ---- */

static struct shared_boot *boot_of(struct runner *r, const char *script)
{
    for (unsigned i = 0; i < r->boots; i++)
        if (strcmp(r->boot[i].script, script) == 0)
            return &r->boot[i];
    struct shared_boot *b = &r->boot[r->boots++];
    *b = (struct shared_boot){.script = script};
    return b;
}

static void start_boot(struct runner *r, struct shared_boot *b)
{
    struct err e;
    u32 number = (u32)(r->tests->count + (size_t)(b - r->boot));
    b->since = host_seconds();
    if (beginning_start(&b->b, b->script, number, r->tests, r->rules, r->results[1], &e)) {
        b->stage = BOOTING;
        r->running++;
    } else {
        b->stage = BOOT_FAILED;
        snprintf(b->why, sizeof(b->why), "%s\n", e.text);
    }
}

/* The last test that begins with it has been ordered: it ends when that has. */
static void close_boot(struct shared_boot *b)
{
    if (b->b.orders > 0)
        close(b->b.orders);
    b->b.orders = 0;
}

static void start(struct runner *r, size_t i, int orders)
{
    pid_t child = job_start(r->tests, (u32)i, r->rules, orders, r->results[1]);
    if (child < 0) {
        finish_broken(r, i, strerror(errno));
        return;
    }
    r->slot[i].process = child;
    r->slot[i].stage = RUNNING;
    r->running++;
}

static void start_shared(struct runner *r, size_t i)
{
    struct shared_boot *b = r->slot[i].boot;
    if (b->stage == NOT_BOOTED)
        start_boot(r, b);
    if (b->stage == BOOTING)
        return;
    b->left--;
    if (b->stage == BOOTED)
        start(r, i, b->b.orders);
    else
        finish_broken(r, i, b->why);
    if (!b->left)
        close_boot(b);
}

static void fill(struct runner *r)
{
    for (size_t i = r->reported; i < r->tests->count && r->running < r->jobs; i++) {
        if (r->slot[i].stage != WAITING)
            continue;
        if (r->slot[i].boot)
            start_shared(r, i);
        else
            start(r, i, -1);
    }
}

/* ---- what comes back ---- */

static void boot_answered(struct runner *r, struct shared_boot *b, const struct record *record)
{
    if (b->stage != BOOTING)
        return;
    r->running--;
    b->stage = record->outcome == READY ? BOOTED : BOOT_FAILED;
    memcpy(b->why, record->why, sizeof(b->why));
    b->why[sizeof(b->why) - 1] = 0;
}

static void take_record(struct runner *r, const struct record *record)
{
    size_t i = record->index, count = r->tests->count;
    if (i >= count) {
        if (i - count < r->boots)
            boot_answered(r, &r->boot[i - count], record);
        return;
    }
    if (r->slot[i].stage != RUNNING)
        return;
    r->running--;
    r->records[i] = *record;
    finish(r, i);
}

/* All that there are; the first one is waited for, so many milliseconds. */
static void take_records(struct runner *r, int wait)
{
    struct record record;
    struct pollfd p = {r->results[0], POLLIN, 0};
    for (; poll(&p, 1, wait) > 0; wait = 0) {
        if (read(r->results[0], &record, sizeof(record)) == (ssize_t)sizeof(record))
            take_record(r, &record);
    }
}

static void boot_died(struct runner *r, struct shared_boot *b, const char *why)
{
    if (b->stage == BOOTING)
        r->running--;
    b->stage = BOOT_FAILED;
    snprintf(b->why, sizeof(b->why), "%s: %s\n", b->script, why);
}

static void reap(struct runner *r)
{
    int status;
    pid_t who;
    while ((who = waitpid(-1, &status, WNOHANG)) > 0) {
        take_records(r, 0); /* what it wrote before it ended */
        for (size_t i = 0; i < r->tests->count; i++) {
            if (r->slot[i].process != who)
                continue;
            r->slot[i].process = 0;
            if (r->slot[i].stage == RUNNING)
                job_died((u32)i, status, r->results[1]);
        }
        for (unsigned i = 0; i < r->boots; i++) {
            if (r->boot[i].b.process != who)
                continue;
            r->boot[i].b.process = 0;
            if (r->boot[i].stage != BOOT_FAILED && (status || r->boot[i].left))
                boot_died(r, &r->boot[i], "the process that has booted was ended");
        }
    }
}

static void limit_boots(struct runner *r)
{
    for (unsigned i = 0; i < r->boots; i++) {
        struct shared_boot *b = &r->boot[i];
        if (b->stage != BOOTING || host_seconds() - b->since <= r->rules->limit)
            continue;
        kill(b->b.process, SIGKILL);
        boot_died(r, b, "it takes longer than the limit");
    }
}

/* ---- all of it ---- */

static bool prepare(struct runner *r, struct err *e)
{
    size_t count = r->tests->count;
    r->slot = calloc(count + 1, sizeof(*r->slot));
    r->boot = calloc(count + 1, sizeof(*r->boot));
    if (!r->slot || !r->boot)
        return err_set(e, "out of memory");
    if (pipe2(r->results, O_CLOEXEC) != 0)
        return err_set(e, "no pipe: %s", strerror(errno));
    for (size_t i = 0; i < count; i++) {
        if (!r->tests->test[i].from)
            continue;
        r->slot[i].boot = boot_of(r, r->tests->test[i].from);
        r->slot[i].boot->left++;
    }
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
    return true;
}

/* Whoever runs for us dies, and what runs for them with them (job_isolate). */
static void end_all(struct runner *r)
{
    for (size_t i = 0; i < r->tests->count; i++)
        if (r->slot[i].process > 0)
            kill(r->slot[i].process, SIGKILL);
    for (unsigned i = 0; i < r->boots; i++)
        if (r->boot[i].b.process > 0)
            kill(r->boot[i].b.process, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
}

enum runner_end runner_run(const struct tests *tests, const struct job_rules *rules, unsigned jobs,
                           struct record *records, runner_report *report, void *opaque,
                           struct err *e)
{
    struct runner r = {.tests = tests,
                       .rules = rules,
                       .records = records,
                       .jobs = jobs,
                       .report = report,
                       .opaque = opaque,
                       .results = {-1, -1}};
    enum runner_end end = prepare(&r, e) ? RUNNER_DONE : RUNNER_FAILED;
    while (end == RUNNER_DONE && r.reported < tests->count) {
        fill(&r);
        take_records(&r, LOOK_MS);
        reap(&r);
        limit_boots(&r);
        if (interrupted)
            end = RUNNER_INTERRUPTED;
    }
    if (r.slot && r.boot)
        end_all(&r);
    for (unsigned i = 0; i < r.boots; i++)
        close_boot(&r.boot[i]);
    if (r.results[0] >= 0) {
        close(r.results[0]);
        close(r.results[1]);
    }
    free(r.slot);
    free(r.boot);
    return end;
}
