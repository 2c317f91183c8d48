/*
 * usual_calls.c - see usual_calls.h. Found with strace and in the sources of glibc and musl.
 */
#define _GNU_SOURCE
#include "hw/base/confine/usual_calls.h"

#ifdef __linux__

#include "hw/base/confine/filter_rules.h"

#include <sched.h>

/* The guest's work first: images, time, signals, memory. */
static const struct filter_rule process[] = {
    FREE(pread64),
    FREE(pwrite64),
    FREE(read),
    FREE(write),
    FREE(rt_sigpending),
    FREE(clock_gettime),
    FREE(clock_nanosleep),
    FREE(nanosleep),
    FREE(futex),
    FREE(ppoll),
    FREE(readv),
    FREE(writev),
    FREE(preadv),
    FREE(pwritev),
    FREE(lseek),
    FREE(close),
    FREE(fstat),
    FREE(fsync),
    FREE(fdatasync),
    FREE(sync_file_range),
    FREE(ftruncate),
    FREE(fallocate),
    FREE(fadvise64),
    FREE(copy_file_range),
    FREE(flock),
    FREE(fcntl),
    FREE(dup),
    FREE(dup3),
    FREE(pipe2),
    FREE(munmap),
    FREE(mremap),
    FREE(brk),
    FREE(madvise),
    FREE(mlock),
    FREE(munlock),
    FREE(memfd_create),
    FREE(rt_sigaction),
    FREE(rt_sigprocmask),
    FREE(rt_sigreturn),
    FREE(rt_sigtimedwait),
    FREE(rt_sigsuspend),
    FREE(sigaltstack),
    FREE(restart_syscall),
    FREE(clock_getres),
    FREE(gettimeofday),
    FREE(times),
    FREE(getpid),
    FREE(gettid),
    FREE(getppid),
    FREE(getuid),
    FREE(geteuid),
    FREE(getgid),
    FREE(getegid),
    FREE(getpgid),
    FREE(exit),
    FREE(exit_group),
    FREE(pselect6),
    FREE(epoll_create1),
    FREE(epoll_ctl),
    FREE(epoll_pwait),
    FREE(eventfd2),
    FREE(timerfd_create),
    FREE(timerfd_settime),
    FREE(timerfd_gettime),
    FREE(getrandom),
    FREE(sched_yield),
    FREE(sched_getaffinity),
    FREE(getrusage),
    FREE(getcpu),
    FREE(uname),
    FREE(sysinfo),
    FREE(umask),
    FREE(set_robust_list),
    FREE(get_robust_list),
    FREE(set_tid_address),
    FREE(membarrier),
#ifdef SYS_getrlimit
    FREE(getrlimit),
#endif
#ifdef SYS_rseq
    FREE(rseq),
#endif
    WHEN(clone, TEST(0, CLONE_THREAD, CLONE_THREAD)),
    WHEN(prlimit64, TEST(2, EXACT, 0), TEST_HIGH(2, EXACT, 0)), /* only asked for */
#ifdef SYS_clone3 /* whose flags a filter cannot see */
    ANSWER(clone3, FILTER_ABSENT),
#endif
};

/* Names of files: which ones, Landlock says. */
static const struct filter_rule files[] = {
    FREE(openat),     FREE(newfstatat), FREE(readlinkat), FREE(faccessat),
    FREE(unlinkat),   FREE(getdents64), FREE(statfs),     FREE(fstatfs),
    FREE(getcwd),     FREE(getxattr),   FREE(fgetxattr),
#ifdef SYS_statx
    FREE(statx),
#endif
#ifdef SYS_faccessat2
    FREE(faccessat2),
#endif
};

/* Sockets that there are already. */
static const struct filter_rule sockets[] = {
    FREE(accept),     FREE(accept4),    FREE(recvfrom),    FREE(recvmsg),     FREE(shutdown),
    FREE(getsockopt), FREE(setsockopt), FREE(getsockname), FREE(getpeername), FREE(socketpair),
};

/* A library's `open` and so on are older calls on this architecture. */
#ifdef SYS_open
static const struct filter_rule older[] = {
    FREE(open),       FREE(stat), FREE(lstat),   FREE(access),  FREE(readlink),
    FREE(unlink),     FREE(dup2), FREE(pipe),    FREE(poll),    FREE(select),
    FREE(epoll_wait), FREE(time), FREE(getpgrp), FREE(eventfd), FREE(arch_prctl),
};
#endif

void filter_add_usual(struct filter *f)
{
    filter_add(f, process, ARRAY_SIZE(process));
    filter_add(f, files, ARRAY_SIZE(files));
    filter_add(f, sockets, ARRAY_SIZE(sockets));
#ifdef SYS_open
    filter_add(f, older, ARRAY_SIZE(older));
#endif
}

#else

void filter_add_usual(struct filter *f)
{
    (void)f;
}

#endif
