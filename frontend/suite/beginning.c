/*
 * beginning.c - see beginning.h.
 */
#define _GNU_SOURCE
#include "frontend/suite/beginning.h"

#include "frontend/cli/confine.h"
#include "frontend/cli/headless.h"
#include "frontend/machines/files.h"
#include "frontend/suite/job_machine.h"
#include "hw/storage/disk_nbd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RUNNING_MOST = 1024,
    LOOK_MS = 20 /* for children that have ended, where nothing tells of them */
};

static void tell(int results, const struct record *r)
{
    while (write(results, r, sizeof(*r)) < 0 && errno == EINTR)
        ;
}

pid_t job_start(const struct tests *tests, u32 index, const struct job_rules *rules, int orders,
                int results)
{
    int parent = getpid();
    fflush(NULL);
    pid_t child = fork();
    if (child)
        return child;
    struct record r = {.index = index};
    job_isolate(parent);
    job_run(&tests->test[index], rules, orders, &r);
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
    int results, orders, signals;
    struct running {
        pid_t process;
        int line;   /* to its job */
        bool alone; /* the job is gone */
        bool told;  /* the job knows its status */
    } running[RUNNING_MOST];
    unsigned count;
    struct pollfd poll[2 + RUNNING_MOST];
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

/*
 * Its sandbox has to have room for those of all that are forked from it: what their scripts name,
 * and the tests' folders. One whose script is wrong says so itself.
 */
static bool close_in(struct work *w, const char *script, struct err *e)
{
    struct machine *m = &w->machine;
    struct script_setting setting = {.set = w->rules->set, .sets = w->rules->sets};
    struct machine_fork *forks = calloc(w->tests->count + 1, sizeof(*forks));
    struct err wrong;
    if (!forks)
        return err_set(e, "out of memory");
    m->forks = forks;
    for (size_t i = 0; i < w->tests->count; i++) {
        const struct test *t = &w->tests->test[i];
        setting.variant = *t->variant ? t->variant : NULL;
        if (t->from && strcmp(t->from, script) == 0)
            forks[m->fork_count++] =
                (struct machine_fork){t->file->path, script_load(t->file->path, &setting, &wrong)};
    }
    m->scratch = w->rules->scratch;
    bool ok = confine(m, e);
    for (size_t i = 0; i < m->fork_count; i++)
        script_free(forks[i].script);
    free(forks);
    m->forks = NULL;
    m->fork_count = 0;
    return ok;
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
    if (!machine_open(m, &w->options.o, &w->ending, false, e))
        return false;
    job_updates(m, w->rules, "boot-", w->number, w->updates, sizeof(w->updates));
    /* The thread that watches the time is started inside, so that signals reach it. */
    if (!close_in(w, script, e) || !ending_begin(&w->ending, w->options.o.limit_host, e))
        return false;
    headless_run(m);
    ending_over(&w->ending);
    ending_end(&w->ending); /* no thread may live when it forks */
    /* Each child looks at all memory for its hash: what was never touched is found here, once. */
    vm_will_be_forked(m->vm);
    struct facts none;
    job_gather(m, &none);
    return m->status == 0 || err_set(e, "%s: ended with status %d instead of 0", script, m->status);
}

/* ---- orders ---- */

/* In the fork: nothing of the others stays open, or nobody would see it end. */
static _Noreturn void be_machine(struct work *w, const struct order *o, const int fd[ORDER_FDS],
                                 int parent)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    job_isolate(parent);
    close(w->orders);
    close(w->results);
    close(w->signals);
    close(fd[ORDER_LINE]);
    for (unsigned i = 0; i < w->count; i++)
        close(w->running[i].line);
    machine_job_ordered(&w->tests->test[o->index], w->rules, o, fd, &w->machine);
}

static void begin(struct work *w, const struct order *o, const int fd[ORDER_FDS])
{
    int parent = getpid(), line = fd[ORDER_LINE];
    bool wrong = o->index >= w->tests->count;
    fflush(NULL);
    pid_t child = wrong ? -1 : fork();
    if (child == 0)
        be_machine(w, o, fd, parent);
    for (unsigned i = 0; i < ORDER_FDS; i++)
        if (i != ORDER_LINE)
            close(fd[i]);
    order_tell(line, child > 0 ? child : wrong ? -EINVAL : -errno);
    if (child > 0)
        w->running[w->count++] = (struct running){.process = child, .line = line};
    else
        close(line);
}

/* As waitpid() has it. */
static int wait_status(const siginfo_t *i)
{
    return i->si_code == CLD_EXITED ? (i->si_status & 0xff) << 8 : i->si_status & 0x7f;
}

/* Has it ended? Its job is told, and when that has let go of the line it is reaped. */
static bool is_over(struct running *r)
{
    siginfo_t info = {.si_pid = 0};
    if (!r->told && waitid(P_PID, (id_t)r->process, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid) {
        order_tell(r->line, wait_status(&info));
        r->told = true;
    }
    if (!r->told || !r->alone)
        return false;
    close(r->line);
    while (waitpid(r->process, NULL, 0) < 0 && errno == EINTR)
        ;
    return true;
}

static bool take_order(struct work *w)
{
    struct order o;
    int fd[ORDER_FDS];
    enum order_state state = order_take(w->orders, &o, fd);
    if (state == ORDER_TAKEN)
        begin(w, &o, fd);
    return state != ORDER_OVER;
}

/* Until nobody can order any more, and all that was ordered is over. */
static void serve(struct work *w)
{
    for (bool open = true; open || w->count;) {
        w->poll[0] = (struct pollfd){open && w->count < RUNNING_MOST ? w->orders : -1, POLLIN, 0};
        w->poll[1] = (struct pollfd){w->signals, POLLIN, 0};
        for (unsigned i = 0; i < w->count; i++) {
            struct running *r = &w->running[i];
            w->poll[2 + i] = (struct pollfd){r->alone ? -1 : r->line, 0, 0};
        }
        if (poll(w->poll, 2 + w->count, w->signals < 0 ? LOOK_MS : -1) < 0)
            continue;
        struct signalfd_siginfo news;
        while (w->signals >= 0 && read(w->signals, &news, sizeof(news)) > 0)
            ;
        for (unsigned i = w->count; i-- > 0;) {
            w->running[i].alone |= w->poll[2 + i].revents != 0;
            if (is_over(&w->running[i]))
                w->running[i] = w->running[--w->count];
        }
        if (w->poll[0].revents)
            open = take_order(w);
    }
}

/* ---- its life ---- */

static void hear_of_children(struct work *w)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Of other boots: they would not see that nobody orders from them any more. */
static void close_others(const struct work *w)
{
    enum { HIGHEST = 4096 };
    for (int fd = STDERR_FILENO + 1; fd < HIGHEST; fd++)
        if (fd != w->results && fd != w->orders)
            close(fd);
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
    w.orders = orders;
    w.number = number;
    snprintf(w.folder, sizeof(w.folder), "%s/boot-%u", rules->scratch, number);
    close_others(&w);
    hear_of_children(&w);
    if (boot(&w, script, &e)) {
        tell(results, &r);
        serve(&w);
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
