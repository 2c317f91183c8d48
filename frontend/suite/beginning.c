/*
 * beginning.c - see beginning.h.
 */
#define _GNU_SOURCE
#include "frontend/suite/beginning.h"

#include "frontend/cli/headless.h"
#include "frontend/machines/files.h"
#include "hw/storage/disk_nbd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 100, RUNNING_MOST = 1024 };

static void tell(int results, const struct record *r)
{
    while (write(results, r, sizeof(*r)) < 0 && errno == EINTR)
        ;
}

pid_t job_start(const struct tests *tests, u32 index, const struct job_rules *rules,
                struct machine *booted, int results)
{
    int parent = getpid();
    fflush(NULL);
    pid_t child = fork();
    if (child)
        return child;
    struct record r = {.index = index};
    job_isolate(parent);
    job_run(&tests->test[index], rules, booted, &r);
    tell(results, &r);
    _exit(0);
}

void job_died(u32 index, int status, int results)
{
    struct record r = {.index = index, .outcome = BROKEN, .status = -1, .guest_status = -1};
    if (WIFSIGNALED(status))
        snprintf(r.why, sizeof(r.why), "the process that looked after it was ended: %s\n",
                 strsignal(WTERMSIG(status)));
    else
        snprintf(r.why, sizeof(r.why), "the process that looked after it ended with status %d\n",
                 WEXITSTATUS(status));
    tell(results, &r);
}

void job_not_begun(u32 index, const char *why, int results)
{
    struct record r = {.index = index, .outcome = BROKEN, .status = -1, .guest_status = -1};
    snprintf(r.why, sizeof(r.why), "%s\n", why);
    tell(results, &r);
}

/* ---- what cannot be shared ---- */

static bool is_nothing(const char *to)
{
    return !to || strcmp(to, "none") == 0 || strcmp(to, "null") == 0 || strcmp(to, "msmouse") == 0;
}

/* The connection to a qemu-nbd of our own; one to a server elsewhere is made anew by each. */
static bool is_served(const struct drive *d)
{
    return d->file && disk_served_format(d->file);
}

static const char *unshareable(const struct options *o)
{
    for (unsigned i = 0; i < VM_DISKS; i++)
        if (is_served(&o->drives.disk[i]) || (o->disk[i] && disk_served_format(o->disk[i])))
            return "an image that qemu-nbd serves (convert it: ferrite disk convert)";
    for (unsigned i = 0; i < VM_SERIALS; i++)
        if (!is_nothing(o->serial[i]))
            return "-serial (wait-serial hears the first port without one)";
    for (unsigned i = 0; i < VM_DISKS; i++)
        if (o->drives.disk[i].folder.path && o->drives.disk[i].folder.write == FOLDER_LIVE)
            return "a folder that is written to";
    if (!is_nothing(o->parallel) || !is_nothing(o->debugcon) || o->devices.chardevs)
        return "-parallel, -debugcon and -chardev";
    if (o->nic.net != NET_NONE || o->devices.netdevs || o->netdump)
        return "a network";
    if (o->shares.count)
        return "-share";
    if (o->log_file || (o->audio && strncmp(o->audio, "wav:", 4) == 0) || o->record_video ||
        !is_nothing(o->midi))
        return "files that the machine writes";
    if (o->steerings)
        return "-monitor and -qmp";
    return NULL;
}

/* ---- its process ---- */

struct work {
    struct machine machine;
    struct ending ending;
    struct job_options options;
    struct test_file *file;
    char folder[1024], updates[1100];
    u32 number;
    const struct tests *tests;
    const struct job_rules *rules;
    int results;
    struct running {
        pid_t process;
        u32 index;
    } running[RUNNING_MOST];
    unsigned count;
};

/* Nothing to read, and what is said goes there. */
static bool to_file(const char *name)
{
    int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0666);
    return dup2(none, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
           dup2(out, STDERR_FILENO) >= 0;
}

/* The first of what was said. */
static void quote(char *to, size_t size)
{
    FILE *f = fopen("output", "re");
    size_t n = f ? fread(to, 1, size - 1, f) : 0;
    if (f)
        fclose(f);
    to[n] = 0;
}

static bool boot(struct work *w, const char *script, struct err *e)
{
    struct machine *m = &w->machine;
    w->file = test_file_read(script, e);
    if (!w->file || !files_make_folder(w->folder, e))
        return false;
    if (chdir(w->folder) != 0 || !to_file("output"))
        return err_set(e, "%s: %s", w->folder, strerror(errno));
    static const char *const snapshot[] = {"-snapshot", NULL};
    if (!job_options(&w->options, w->file, "", script, w->folder, w->rules, snapshot, e))
        return false;
    const char *what = unshareable(&w->options.o);
    if (what)
        return err_set(e, "%s: tests that begin from one boot cannot share %s", script, what);
    if (!ending_begin(&w->ending, w->options.o.limit_host, e))
        return false;
    if (!machine_open(m, &w->options.o, &w->ending, false, e))
        return false;
    job_updates(m, w->rules, "boot-", w->number, w->updates, sizeof(w->updates));
    headless_run(m);
    ending_over(&w->ending);
    ending_end(&w->ending); /* no thread may live when it forks */
    /* Each child looks at all memory for its hash: what was never touched is found here, once. */
    struct facts none;
    job_gather(m, &none);
    return m->status == 0 || err_set(e, "%s: ended with status %d instead of 0", script, m->status);
}

/* Those of our jobs that have ended; a record is owed for one that died. */
static void reap(struct work *w)
{
    int status;
    pid_t who;
    while ((who = waitpid(-1, &status, WNOHANG)) > 0) {
        for (unsigned i = 0; i < w->count; i++) {
            if (w->running[i].process != who)
                continue;
            if (status)
                job_died(w->running[i].index, status, w->results);
            w->running[i] = w->running[--w->count];
            break;
        }
    }
}

static void serve(struct work *w, int orders)
{
    for (bool open = true; open || w->count;) {
        struct pollfd p = {open ? orders : -1, POLLIN, 0};
        u32 index;
        int ready = poll(&p, 1, LOOK_MS);
        reap(w);
        if (ready <= 0 || w->count == RUNNING_MOST)
            continue;
        if (read(orders, &index, sizeof(index)) != (ssize_t)sizeof(index)) {
            open = false;
            continue;
        }
        pid_t child = job_start(w->tests, index, w->rules, &w->machine, w->results);
        if (child < 0)
            job_not_begun(index, strerror(errno), w->results);
        else
            w->running[w->count++] = (struct running){child, index};
    }
}

static _Noreturn void lead(const char *script, u32 number, const struct tests *tests,
                           const struct job_rules *rules, int orders, int results)
{
    static struct work w; /* of this process, whose whole life it is */
    struct record r = {.index = number, .outcome = READY};
    struct err e = {{0}};
    w.tests = tests;
    w.rules = rules;
    w.results = results;
    w.number = number;
    snprintf(w.folder, sizeof(w.folder), "%s/boot-%u", rules->scratch, number);
    if (boot(&w, script, &e)) {
        tell(results, &r);
        serve(&w, orders);
    } else {
        r.outcome = BROKEN;
        fflush(NULL);
        int n = snprintf(r.why, sizeof(r.why), "%s\n", e.text);
        if (n > 0 && (size_t)n < sizeof(r.why))
            quote(r.why + n, sizeof(r.why) - (size_t)n);
        tell(results, &r);
    }
    _exit(0);
}

bool beginning_start(struct beginning *b, const char *script, u32 number, const struct tests *tests,
                     const struct job_rules *rules, int results, struct err *e)
{
    int pair[2], parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set(e, "no socket: %s", strerror(errno));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(pair[0]);
        job_isolate(parent);
        lead(script, number, tests, rules, pair[1], results);
    }
    close(pair[1]);
    *b = (struct beginning){.process = child, .orders = pair[0]};
    if (child > 0)
        return true;
    close(pair[0]);
    return err_set(e, "no process: %s", strerror(errno));
}

bool beginning_order(const struct beginning *b, u32 index)
{
    return send(b->orders, &index, sizeof(index), MSG_NOSIGNAL) == (ssize_t)sizeof(index);
}
