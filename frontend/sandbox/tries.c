/*
 * tries.c - see tries.h. Each attempt is made so that the answer tells being forbidden from other
 * reasons: a process that does not exist is ESRCH to who may ask, and EPERM to who may not.
 */
#define _GNU_SOURCE
#include "frontend/sandbox/tries.h"
#include "frontend/sandbox/calls.h"
#include "hw/base/sanitized.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/ptrace.h>
#include <sys/uio.h>

enum { NOBODY = 0x3fffffff }; /* above the highest number of a process */

/* What an attempt returns: 0 done, an errno value, or this. */
enum { NOT_TRIED = -1 };

static int error_of(long result)
{
    return result < 0 ? errno : 0;
}

/* A file that is there, may be read by us, and is not in the list. */
static int open_another_file(const struct tries *t)
{
    static const char *const files[] = {"/etc/passwd", "/etc/fstab", "/proc/version", "/bin/sh"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        if (access(files[i], R_OK) != 0 || grants_reach(t->grants, files[i], REACH_READ))
            continue;
        int fd = open(files[i], O_RDONLY | O_CLOEXEC), error = error_of(fd);
        if (fd >= 0)
            close(fd);
        return error;
    }
    return NOT_TRIED;
}

/* A folder that we may write to, and is not in the list. */
static int write_outside(const struct tries *t)
{
    const char *const folders[] = {getenv("HOME"), "/tmp", "/var/tmp", "/dev/shm"};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        char path[PATH_MAX];
        if (!folders[i] || access(folders[i], W_OK) != 0 ||
            grants_reach(t->grants, folders[i], REACH_FOLDER) ||
            (size_t)snprintf(path, sizeof(path), "%s/ferrite-try-%d", folders[i], (int)getpid()) >=
                sizeof(path))
            continue;
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), error = error_of(fd);
        if (fd >= 0) {
            close(fd);
            unlink(path);
        }
        return error;
    }
    return NOT_TRIED;
}

static int connect_out(const struct tries *t)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    if (t->roles & ROLE_NETWORK)
        return NOT_TRIED;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno : error_of(connect(fd, (struct sockaddr *)&to, sizeof(to)));
    if (fd >= 0)
        close(fd);
    return error == ECONNREFUSED ? 0 : error; /* it has been there */
}

/* TCP can connect by sending, too. */
static int connect_by_sending(const struct tries *t)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    if (t->roles & ROLE_NETWORK)
        return NOT_TRIED;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno
                       : error_of(sendto(fd, "?", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
                                         (struct sockaddr *)&to, sizeof(to)));
    if (fd >= 0)
        close(fd);
    return error == ECONNREFUSED || error == EINPROGRESS ? 0 : error;
}

static int send_a_datagram(const struct tries *t)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    if (t->roles & ROLE_NETWORK)
        return NOT_TRIED;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error =
        fd < 0 ? errno : error_of(sendto(fd, "?", 1, 0, (struct sockaddr *)&to, sizeof(to)));
    if (fd >= 0)
        close(fd);
    return error;
}

static int start_a_program(const struct tries *t)
{
    char *const none[] = {NULL};
    (void)t;
    execve("/nonexistent/ferrite", none, none);
    return errno == ENOENT ? 0 : errno; /* it has been looked for */
}

static int make_a_process(const struct tries *t)
{
    (void)t;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    if (child > 0)
        waitpid(child, NULL, 0);
    return error_of(child);
}

static int trace_a_process(const struct tries *t)
{
    (void)t;
    int error = error_of(ptrace(PTRACE_DETACH, NOBODY, NULL, NULL));
    return error == ESRCH ? 0 : error;
}

static int read_a_process(const struct tries *t)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    (void)t;
    int error = error_of(process_vm_readv(NOBODY, &here, 1, &there, 1, 0));
    return error == ESRCH ? 0 : error;
}

static int signal_a_process(const struct tries *t)
{
    (void)t;
    int error = error_of(kill(NOBODY, SIGTERM));
    return error == ESRCH ? 0 : error;
}

static int make_code(const struct tries *t)
{
    if (t->roles & ROLE_WINDOW)
        return NOT_TRIED;
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int error = p == MAP_FAILED ? errno : 0;
    if (p != MAP_FAILED)
        munmap(p, 4096);
    return error;
}

static int leave_its_view(const struct tries *t)
{
    (void)t;
    return error_of(unshare(0));
}

static int change_limits(const struct tries *t)
{
    struct rlimit limit;
    (void)t;
    return getrlimit(RLIMIT_NOFILE, &limit) ? errno : error_of(setrlimit(RLIMIT_NOFILE, &limit));
}

/* EBADF: the kernel has it, and takes the call. */
static int use_another_interface(const struct tries *t)
{
    (void)t;
    int error = error_of(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0));
    return error == EBADF ? 0 : error;
}

static int type_into_the_shell(const struct tries *t)
{
    char c = 'x';
    (void)t;
    int error = error_of(ioctl(-1, 0x5412 /* TIOCSTI */, &c));
    return error == EBADF ? 0 : error;
}

static const struct {
    const char *name;
    int (*attempt)(const struct tries *t);
    bool of_sanitizers; /* their runtimes need it themselves */
} rows[] = {
    {"open another file", open_another_file, false},
    {"write outside", write_outside, false},
    {"connect out", connect_out, false},
    {"connect by sending", connect_by_sending, false},
    {"send a datagram", send_a_datagram, false},
    {"start a program", start_a_program, false},
    {"make a process", make_a_process, true},
    {"trace a process", trace_a_process, true},
    {"read another's memory", read_a_process, true},
    {"signal another process", signal_a_process, true},
    {"make writable code", make_code, true},
    {"change namespaces", leave_its_view, false},
    {"change its limits", change_limits, false},
    {"use io_uring", use_another_interface, false},
    {"type into the terminal", type_into_the_shell, false},
};

const char *tries_name(unsigned i)
{
    return i < ARRAY_SIZE(rows) ? rows[i].name : NULL;
}

enum try_result tries_do(const struct tries *t, unsigned i, int *error)
{
    *error = SANITIZED && rows[i].of_sanitizers ? NOT_TRIED : rows[i].attempt(t);
    return *error == NOT_TRIED                                       ? TRY_ALLOWED
           : *error == 0                                             ? TRY_DONE
           : *error == EPERM || *error == EACCES || *error == ENOSYS ? TRY_REFUSED
                                                                     : TRY_FAILED;
}

#else

const char *tries_name(unsigned i)
{
    (void)i;
    return NULL;
}

enum try_result tries_do(const struct tries *t, unsigned i, int *error)
{
    (void)t, (void)i;
    *error = 0;
    return TRY_ALLOWED;
}

#endif

void tries_before(struct tries *t)
{
    for (unsigned i = 0; tries_name(i); i++)
        t->before[i] = tries_do(t, i, &t->error[i]);
}

unsigned tries_inside(struct tries *t, FILE *out)
{
    unsigned wrong = 0;
    for (unsigned i = 0; tries_name(i); i++) {
        int error;
        enum try_result now = t->inside[i] = tries_do(t, i, &error);
        if (now == TRY_ALLOWED)
            fprintf(out, "allowed   %s: this machine needs it\n", tries_name(i));
        else if (now == TRY_REFUSED && t->before[i] == TRY_DONE)
            fprintf(out, "refused   %s: %s\n", tries_name(i), strerror(error));
        else if (now == TRY_REFUSED)
            fprintf(out, "refused   %s: %s, also without the sandbox\n", tries_name(i),
                    strerror(error));
        else
            fprintf(out, "NOT REFUSED  %s: %s\n", tries_name(i), error ? strerror(error) : "done");
        wrong += now == TRY_DONE || now == TRY_FAILED;
    }
    return wrong;
}
