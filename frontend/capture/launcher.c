/*
 * launcher.c - see launcher.h. Requests are three descriptors and a line's end (SCM_RIGHTS,
 * unix(7)) and hold nothing to be read wrongly. Each encoder has a process that looks after it: it
 * tells on the line that it has started, and how it has ended, and ends it when a byte comes.
 */
#define _GNU_SOURCE
#include "frontend/capture/launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PASSED = 4, WORD = sizeof(int) };

struct launcher {
    int socket;
    pid_t process;
};

/* ---- the other process ---- */

static void tell(int line, int word)
{
    (void)!send(line, &word, WORD, MSG_NOSIGNAL);
}

/* Until the encoder has ended. Who asked for it may be gone meanwhile: then it ends by itself. */
static void look_after(int line, pid_t child, int signals)
{
    struct pollfd p[2] = {{line, POLLIN, 0}, {signals, POLLIN, 0}};
    int status;
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct signalfd_siginfo info;
        char byte;
        if (poll(p, 2, -1) < 0)
            continue;
        if (p[1].revents)
            (void)!read(signals, &info, sizeof(info));
        if (p[0].revents && recv(line, &byte, 1, 0) == 1)
            kill(child, SIGKILL);
        else if (p[0].revents)
            p[0].fd = -1;
    }
    tell(line, status);
}

static _Noreturn void one(launch_function *function, const int passed[PASSED])
{
    struct launch l = {passed[0], passed[1], passed[2]};
    sigset_t set;
    pid_t child;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    int error = signals < 0 ? errno : function(&l, &child);
    for (unsigned i = 0; i < PASSED - 1; i++) /* its pipe has to end with us */
        close(passed[i]);
    tell(passed[3], error);
    if (!error)
        look_after(passed[3], child, signals);
    _exit(0);
}

/* false: nobody will ask any more. */
static bool receive(int socket, int passed[PASSED], bool *whole)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int) * PASSED)];
    } control;
    char byte;
    struct iovec io = {&byte, 1};
    struct msghdr m = {.msg_iov = &io,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    unsigned count = 0;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        count = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(passed, CMSG_DATA(c), count * sizeof(int));
    }
    *whole = count == PASSED;
    for (unsigned i = 0; !*whole && i < count; i++)
        close(passed[i]);
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Nothing of the machine's stays open here: locks of images and folders would live on with us. */
static void keep_only(int socket)
{
    DIR *d = opendir("/proc/self/fd");
    int own = d ? dirfd(d) : -1;
    for (struct dirent *entry; d && (entry = readdir(d));) {
        int fd = atoi(entry->d_name);
        if (fd > STDERR_FILENO && fd != socket && fd != own)
            close(fd);
    }
    if (d)
        closedir(d);
}

static _Noreturn void serve(int socket, launch_function *function)
{
    keep_only(socket);
    int passed[PASSED], nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool whole;
    setpgid(0, 0); /* a Ctrl-C is not for it */
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (int fd = 0; nothing >= 0 && fd < 3; fd++)
        dup2(nothing, fd);
    signal(SIGCHLD, SIG_IGN); /* those that look after encoders are not waited for */
    while (receive(socket, passed, &whole)) {
        if (!whole)
            continue;
        if (fork() == 0) {
            signal(SIGCHLD, SIG_DFL);
            close(socket);
            one(function, passed);
        }
        for (unsigned i = 0; i < PASSED; i++)
            close(passed[i]);
    }
    _exit(0);
}

/* ---- ours ---- */

struct launcher *launcher_start(launch_function *function, struct err *e)
{
    int pair[2];
    struct launcher *l = calloc(1, sizeof(*l));
    if (!l || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        err_set(e, "%s", l ? strerror(errno) : "out of memory");
        free(l);
        return NULL;
    }
    l->socket = pair[0];
    l->process = fork();
    if (l->process == 0) {
        close(pair[0]);
        serve(pair[1], function);
    }
    close(pair[1]);
    if (l->process > 0)
        return l;
    err_set(e, "no process: %s", strerror(errno));
    close(l->socket);
    free(l);
    return NULL;
}

void launcher_free(struct launcher *l)
{
    if (!l)
        return;
    close(l->socket);
    while (waitpid(l->process, NULL, 0) < 0 && errno == EINTR)
        ;
    free(l);
}

static bool word_of(int line, int *word)
{
    ssize_t n;
    do
        n = recv(line, word, WORD, 0);
    while (n < 0 && errno == EINTR);
    return n == WORD;
}

int launcher_run(struct launcher *l, const struct launch *launch, int *error)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int) * PASSED)];
    } control = {.room = {0}};
    char byte = 0;
    struct iovec io = {&byte, 1};
    struct msghdr m = {.msg_iov = &io,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    int line[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) != 0) {
        *error = errno;
        return -1;
    }
    const int passed[PASSED] = {launch->in, launch->out, launch->log, line[1]};
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(passed)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), passed, sizeof(passed));
    bool sent = sendmsg(l->socket, &m, MSG_NOSIGNAL) == 1;
    *error = sent ? 0 : errno;
    close(line[1]);
    if (sent && !word_of(line[0], error))
        *error = EPIPE;
    if (!*error)
        return line[0];
    close(line[0]);
    return -1;
}

int launch_ended(int line)
{
    int status;
    return word_of(line, &status) ? status : SIGKILL; /* who looked after it was ended */
}

void launch_kill(int line)
{
    (void)!send(line, "k", 1, MSG_NOSIGNAL);
}
