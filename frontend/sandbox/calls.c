/*
 * calls.c - see calls.h. Found with strace on every role, and in the sources of what is called:
 * glibc, musl, libslirp, SDL, Mesa, the sound servers' libraries.
 *
 * Not here, and so refused: execve, fork, ptrace, process_vm_*, mount and all around it, bpf,
 * perf_event_open, io_uring, keys, modules, setting of identities, limits, time and priorities of
 * others, namespaces; connect() and socket() but for roles that have to.
 */
#define _GNU_SOURCE
#include "frontend/sandbox/calls.h"
#include "hw/base/confine/usual_calls.h"
#include "hw/base/sanitized.h"

#include <stdlib.h>

#ifdef __linux__

#include "hw/base/confine/filter_rules.h"

#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

/* Besides what is usual. */
static const struct filter_rule always[] = {
    FREE(msync),
    FREE(mincore),
    FREE(getgroups),
    FREE(getsid),
    FREE(timer_create), /* frontend/control/ending.c */
    FREE(timer_settime),
    FREE(timer_delete),
    FREE(wait4),
    FREE(waitid),
    WHEN(mprotect, TEST(2, PROT_EXEC, 0)),
    /* Memory of files may be executed (the translator's, late libraries), never writable at once.
     */
    WHEN(mmap, TEST(2, PROT_EXEC, 0)),
    WHEN(mmap, TEST(2, PROT_WRITE, 0), TEST(3, MAP_ANONYMOUS, 0)),
    WHEN(prctl, TEST(0, EXACT, PR_SET_NAME)),
    WHEN(prctl, TEST(0, EXACT, PR_GET_NAME)),
    WHEN(prctl, TEST(0, EXACT, PR_SET_VMA)),
#ifdef SYS_epoll_pwait2
    FREE(epoll_pwait2),
#endif
};

/* Names of files: which ones, Landlock says. */
static const struct filter_rule files[] = {
    FREE(renameat),  FREE(mkdirat),      FREE(linkat),    FREE(fchmod),
    FREE(fchmodat),  FREE(utimensat),    FREE(lgetxattr), FREE(flistxattr),
    FREE(fsetxattr), FREE(fremovexattr), FREE(fchown), /* a file that takes another's place */
#ifdef SYS_openat2
    FREE(openat2),
#endif
#ifdef SYS_renameat2
    FREE(renameat2),
#endif
};

/* Sockets that there are already: a console's, a client's. MSG_FASTOPEN would connect. */
static const struct filter_rule sockets[] = {
    WHEN(sendto, TEST(3, MSG_FASTOPEN, 0)),
    WHEN(sendmsg, TEST(2, MSG_FASTOPEN, 0)),
};

/* What glibc does on terminals and files; TIOCSTI would type into the shell around us. */
static const struct filter_rule terminals[] = {
    WHEN(ioctl, TEST(1, EXACT, TCGETS)),     WHEN(ioctl, TEST(1, EXACT, TCSETS)),
    WHEN(ioctl, TEST(1, EXACT, TCSETSW)),    WHEN(ioctl, TEST(1, EXACT, TCSETSF)),
    WHEN(ioctl, TEST(1, EXACT, TCXONC)),     WHEN(ioctl, TEST(1, EXACT, TCFLSH)),
    WHEN(ioctl, TEST(1, EXACT, TIOCGWINSZ)), WHEN(ioctl, TEST(1, EXACT, FIONREAD)),
    WHEN(ioctl, TEST(1, EXACT, FIONBIO)),    WHEN(ioctl, TEST(1, EXACT, TIOCGPGRP)),
};

/* A library's `open` and so on are older calls on this architecture. */
#ifdef SYS_open
static const struct filter_rule older[] = {
    FREE(rename), FREE(mkdir),    FREE(rmdir), FREE(link),         FREE(chmod),
    FREE(utimes), FREE(getdents), FREE(alarm), FREE(epoll_create),
};
#endif

/* -nic user: libslirp makes a socket for each connection of the guest. */
static const struct filter_rule network[] = {
    WHEN(socket, TEST(0, EXACT, AF_INET)),
    WHEN(socket, TEST(0, EXACT, AF_INET6)),
    WHEN(socket, TEST(0, EXACT, AF_UNIX)),
    FREE(connect),
    FREE(bind),
    FREE(listen),
    FREE(sendto),
    FREE(sendmsg),
    FREE(sendmmsg),
    FREE(recvmmsg),
    WHEN(ioctl, TEST(1, EXACT, SIOCATMARK)),
};

/* `gdbserver` listens when it is told to. Nobody is connected to. */
static const struct filter_rule control[] = {
    WHEN(socket, TEST(0, EXACT, AF_UNIX), TEST(1, 0xf, SOCK_STREAM)),
    WHEN(socket, TEST(0, EXACT, AF_INET), TEST(1, 0xf, SOCK_STREAM)),
    WHEN(socket, TEST(0, EXACT, AF_INET6), TEST(1, 0xf, SOCK_STREAM)),
    FREE(bind),
    FREE(listen),
};

/*
 * A machine that others are forked from (`ferrite test`): what they do until they have given up the
 * rest. Signals are between threads of a process whose number is not known yet; where Landlock has
 * scopes it holds them inside.
 */
enum { LANDLOCK_CALLS = 444 }; /* three of them, on all architectures */
static const struct filter_rule forking[] = {
    WHEN(clone, TEST(0, EXACT, CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD)), /* glibc's */
    WHEN(clone, TEST(0, EXACT, SIGCHLD)),                                             /* musl's */
    FREE(setpgid),
    FREE(chdir),
    FREE(tgkill),
    FREE(seccomp),
    WHEN(prctl, TEST(0, EXACT, PR_SET_PDEATHSIG)),
    WHEN(prctl, TEST(0, EXACT, PR_SET_NO_NEW_PRIVS)),
    WHEN(prlimit64, TEST(0, EXACT, 0)),
    {.call = LANDLOCK_CALLS},
    {.call = LANDLOCK_CALLS + 1},
    {.call = LANDLOCK_CALLS + 2},
#ifdef SYS_setrlimit
    FREE(setrlimit),
#endif
#ifdef SYS_fork
    FREE(fork),
#endif
};

/*
 * A desktop: SDL opens the sound server and controllers late, Mesa its caches; compositors and
 * servers hand over shared memory. Sockets of this computer only.
 */
static const struct filter_rule window[] = {
    WHEN(socket, TEST(0, EXACT, AF_UNIX)),
    WHEN(socket, TEST(0, EXACT, AF_NETLINK)), /* udev's news */
    FREE(connect),
    FREE(bind),     /* of a netlink socket */
    FREE(mmap),     /* drivers map what they have compiled, */
    FREE(mprotect), /* llvmpipe writes its code in place */
    FREE(sendmmsg),
    FREE(recvmmsg),
    {.call = SYS_ioctl, .verdict = FILTER_REFUSE, .test = {TEST(1, EXACT, TIOCSTI)}},
    {.call = SYS_ioctl, .verdict = FILTER_REFUSE, .test = {TEST(1, EXACT, TIOCLINUX)}},
    FREE(ioctl),
    FREE(shmget),
    FREE(shmat),
    FREE(shmctl),
    FREE(shmdt),
    FREE(inotify_init1),
    FREE(inotify_add_watch),
    FREE(inotify_rm_watch),
    FREE(signalfd4),
    FREE(sendfile),
    FREE(chdir),
    FREE(symlinkat),
    FREE(getpriority),
    FREE(sched_getparam),
    FREE(sched_getscheduler),
    FREE(sched_get_priority_min),
    FREE(sched_get_priority_max),
    FREE(sched_setaffinity),
    FREE(mlock2),
    FREE(prctl),
    FREE(capget),
    FREE(getresuid),
    FREE(getresgid),
    /* Threads that would like to be more or less important than others, and where memory lies. */
    ANSWER(setpriority, FILTER_DENY),
    ANSWER(sched_setscheduler, FILTER_DENY),
    ANSWER(sched_setparam, FILTER_DENY),
    ANSWER(sched_setattr, FILTER_DENY),
    ANSWER(mbind, FILTER_DENY),
    ANSWER(get_mempolicy, FILTER_DENY),
    ANSWER(set_mempolicy, FILTER_DENY),
#ifdef SYS_inotify_init
    FREE(inotify_init),
#endif
#ifdef SYS_symlink
    FREE(symlink),
#endif
};

/*
 * The sanitizers' runtimes: the one for leaks stops all threads from a process of its own, at the
 * end.
 */
#if SANITIZED
static const struct filter_rule sanitizers[] = {
    FREE(clone), FREE(ptrace),   FREE(prctl),
    FREE(mmap),  FREE(mprotect), FREE(process_vm_readv),
    FREE(kill),  FREE(tkill),    FREE(personality),
};
#endif

#define ADD(f, list) filter_add(f, list, ARRAY_SIZE(list))

/* Signals for this process only; numbers of processes are not known before. */
static void add_signals(struct filter *f)
{
    const struct filter_rule own[] = {
        WHEN(tgkill, TEST(0, EXACT, getpid())),
        WHEN(kill, TEST(0, EXACT, getpid())),
        /* Drivers ask whether two descriptors are one file. */
        WHEN(kcmp, TEST(0, EXACT, getpid()), TEST(1, EXACT, getpid())),
    };
    ADD(f, own);
}

struct filter *calls_filter(unsigned roles, bool deadly)
{
    struct filter *f = filter_new(deadly);
    if (!f)
        return NULL;
#if SANITIZED
    ADD(f, sanitizers);
#endif
    if (roles & ROLE_WINDOW)
        ADD(f, window);
    filter_add_usual(f);
    ADD(f, always);
    ADD(f, files);
    ADD(f, sockets);
    ADD(f, terminals);
#ifdef SYS_open
    ADD(f, older);
#endif
    if (roles & ROLE_NETWORK)
        ADD(f, network);
    if (roles & ROLE_CONTROL)
        ADD(f, control);
    if (roles & ROLE_FORK)
        ADD(f, forking);
    add_signals(f);
    return f;
}

#else

struct filter *calls_filter(unsigned roles, bool deadly)
{
    (void)roles;
    return filter_new(deadly);
}

#endif
