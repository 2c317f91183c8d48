/*
 * job_process.c - a process that runs a machine: started by the job or ordered, listened to, ended
 * when its time is over. See job.h.
 */
#define _GNU_SOURCE /* pipe2 */
#include "frontend/suite/job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OUTPUT_MOST = 1 << 20, /* bytes of standard output, and of standard error */
    GRACE = 5,             /* seconds from the request to end to the end */
    STATUS_BAD = 2
};

struct output {
    int from, to; /* a pipe, a file */
    size_t kept;
    bool cut;
};

/* false: no more. */
static bool take_output(struct output *o)
{
    char bytes[65536];
    ssize_t n = read(o->from, bytes, sizeof(bytes));
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (n == 0)
        return false;
    size_t room = OUTPUT_MOST - o->kept, keep = (size_t)n < room ? (size_t)n : room;
    if (keep && write(o->to, bytes, keep) == (ssize_t)keep)
        o->kept += keep;
    if (keep < (size_t)n && !o->cut) {
        static const char words[] = "\n(cut here: a test may print 1 MiB)\n";
        o->cut = true;
        (void)!write(o->to, words, sizeof(words) - 1);
    }
    return true;
}

/* Until both pipes are closed, or the limit is over: then it is asked to end, and ended. */
static bool attend(double limit, pid_t child, struct output out[2])
{
    struct pollfd p[2] = {{out[0].from, POLLIN, 0}, {out[1].from, POLLIN, 0}};
    double end = host_seconds() + limit;
    bool asked = false, killed = false;
    while (p[0].fd >= 0 || p[1].fd >= 0) {
        double left = end - host_seconds();
        if (left <= 0 && !killed) {
            killed = asked;
            kill(asked ? -child : child, asked ? SIGKILL : SIGTERM);
            asked = true;
            end = host_seconds() + GRACE;
            continue;
        }
        if (left <= 0) /* somebody has taken the pipes along and left the group */
            break;
        if (poll(p, 2, (int)(left * 1000) + 1) <= 0)
            continue;
        for (unsigned i = 0; i < 2; i++)
            if (p[i].revents && !take_output(&out[i]))
                p[i].fd = -1;
    }
    return !asked;
}

/* ---- what lies between the job and the machine's process ---- */

enum { OUT, ERR, FACTS, LINES };

struct lines {
    int ours[LINES], its[LINES]; /* ends of pipes */
    int to[2];                   /* files */
};

static void close_all(const int *fd, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fd[i] >= 0)
            close(fd[i]);
}

static bool open_lines(struct lines *l, const struct job_files *files)
{
    int pair[2];
    unsigned made = 0;
    for (; made < LINES && pipe2(pair, O_CLOEXEC) == 0; made++) {
        l->ours[made] = pair[0];
        l->its[made] = pair[1];
    }
    if (made < LINES) {
        int error = errno;
        close_all(l->ours, made);
        close_all(l->its, made);
        errno = error;
        return false;
    }
    l->to[0] = open(files->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    l->to[1] = open(files->err, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return true;
}

static void close_lines(const struct lines *l)
{
    close_all(l->ours, LINES);
    close_all(l->to, 2);
}

static bool listen_to(const struct lines *l, pid_t child, double limit)
{
    struct output out[2] = {{.from = l->ours[OUT], .to = l->to[0]},
                            {.from = l->ours[ERR], .to = l->to[1]}};
    return attend(limit, child, out);
}

/* The process is over. */
static void take_facts(const struct lines *l, struct facts *facts)
{
    int flags = fcntl(l->ours[FACTS], F_GETFL);
    fcntl(l->ours[FACTS], F_SETFL, flags | O_NONBLOCK); /* somebody else may hold its end */
    if (read(l->ours[FACTS], facts, sizeof(*facts)) != (ssize_t)sizeof(*facts))
        *facts = (struct facts){.guest_status = -1};
}

bool job_process(job_machine *run, void *opaque, const struct job_files *files, struct job_end *end)
{
    struct lines l;
    int parent = getpid();
    *end = (struct job_end){.in_time = true};
    if (!open_lines(&l, files)) {
        end->error = errno;
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        job_isolate(parent);
        close_all(l.ours, LINES);
        run(opaque, l.its[OUT], l.its[ERR], l.its[FACTS]);
        _exit(STATUS_BAD); /* it does not come back */
    }
    end->error = errno;
    close_all(l.its, LINES);
    if (child > 0) {
        end->in_time = listen_to(&l, child, files->limit);
        kill(-child, SIGKILL); /* a capture's encoder and the like; it is over itself */
        while (waitpid(child, &end->status, 0) < 0 && errno == EINTR)
            ;
        take_facts(&l, &end->facts);
    }
    close_lines(&l);
    return child > 0;
}

/* Who has booted runs a guest, and may be taken over by it: nobody waits for ever. */
static void be_patient(int line, double seconds)
{
    struct timeval t = {.tv_sec = (time_t)(seconds < 1e9 ? seconds : 1e9) + GRACE};
    setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
}

/* The first word is the number of its process, or an errno value, negative. */
static bool hear_out(const struct lines *l, int line, double limit, struct job_end *end)
{
    int child = 0;
    be_patient(line, limit);
    if (!order_hear(line, &child) || child <= 0) {
        end->error = child < 0 ? -child : 0;
        return false;
    }
    end->in_time = listen_to(l, child, limit);
    bool told = order_hear(line, &end->status);
    if (told)
        kill(-child, SIGKILL); /* as above; not reaped before `line` is closed */
    take_facts(l, &end->facts);
    return told;
}

bool job_ordered(int orders, const struct order *o, const struct job_files *files,
                 struct job_end *end)
{
    struct lines l;
    int pair[2] = {-1, -1};
    *end = (struct job_end){.in_time = true};
    if (!open_lines(&l, files)) {
        end->error = errno;
        return false;
    }
    bool ok = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0;
    if (!ok)
        end->error = errno;
    const int fd[ORDER_FDS] = {[ORDER_OUT] = l.its[OUT],
                               [ORDER_ERR] = l.its[ERR],
                               [ORDER_FACTS] = l.its[FACTS],
                               [ORDER_LINE] = pair[1]};
    ok = ok && order_send(orders, o, fd);
    close_all(l.its, LINES);
    close_all(&pair[1], 1);
    ok = ok && hear_out(&l, pair[0], files->limit, end);
    close_all(&pair[0], 1);
    close_lines(&l);
    return ok;
}

/* ---- the commands around a run ---- */

static _Noreturn void be_shell(const char *command, int out)
{
    int none = open("/dev/null", O_RDONLY);
    dup2(none, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execlp("bash", "bash", "-euo", "pipefail", "-c", command, (char *)NULL);
    execlp("sh", "sh", "-eu", "-c", command, (char *)NULL);
    _exit(127);
}

static bool is_over(pid_t child)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

/*
 * Until the shell itself is over: what it leaves in the background may keep the pipe. Nothing tells
 * of both, so it is looked at now and then; as a rule the pipe ends first.
 */
static bool attend_shell(pid_t child, struct output *out, double limit)
{
    enum { LOOK_MS = 20 };
    struct pollfd p = {out->from, POLLIN, 0};
    double end = host_seconds() + limit;
    int wait = LOOK_MS;
    while (!is_over(child)) {
        if (host_seconds() >= end)
            return false;
        if (poll(&p, 1, wait) > 0 && !take_output(out)) {
            p.fd = -1;
            wait = 1;
        } else if (p.fd < 0 && wait < LOOK_MS) {
            wait *= 2;
        }
    }
    return true;
}

/* What is still in the pipe, whoever goes on writing to it. */
static void drain(struct output *out)
{
    fcntl(out->from, F_SETFL, fcntl(out->from, F_GETFL) | O_NONBLOCK);
    for (size_t kept; !out->cut;) {
        kept = out->kept;
        if (!take_output(out) || out->kept == kept)
            break;
    }
}

bool job_shell(const char *command, int file, double limit, struct job_end *end)
{
    int pair[2], parent = getpid();
    *end = (struct job_end){.in_time = true};
    if (pipe2(pair, O_CLOEXEC) != 0) {
        end->error = errno;
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        job_isolate(parent);
        be_shell(command, pair[1]);
    }
    end->error = child < 0 ? errno : 0;
    close(pair[1]);
    if (child > 0) {
        struct output out = {.from = pair[0], .to = file};
        end->in_time = attend_shell(child, &out, limit);
        kill(-child, SIGKILL); /* whatever it has left in the background */
        while (waitpid(child, &end->status, 0) < 0 && errno == EINTR)
            ;
        drain(&out);
    }
    close(pair[0]);
    return child > 0;
}
