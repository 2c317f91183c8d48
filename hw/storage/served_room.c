/*
 * served_room.c - see served_room.h; landlock(7), seccomp(2). The calls were found with strace, and
 * in the sources of QEMU's block layer, of glib and of the C library.
 *
 * Not covered: the time of the processor; the room on the host's disk, which is bounded by the size
 * of the disk that the image says it has.
 */
#define _GNU_SOURCE
#include "hw/storage/served_room.h"

#include "hw/base/confine/filter.h"
#include "hw/base/confine/landlock.h"
#include "hw/base/confine/usual_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include "hw/base/confine/filter_rules.h"
#include <sys/prctl.h>
#include <sys/socket.h>
#endif

enum {
    FILES_MOST = 1024, /* open at once: a VMDK's extents */
    STATUS_NOT_STARTED = 127,
};
#define MEMORY_MOST ((rlim_t)2 << 30) /* private, to be written to */

/* All that must be made before fork(): afterwards there are only system calls. */
struct room {
    char program[PATH_MAX];
    int nothing; /* /dev/null */
    bool open;   /* there are no walls */
    int ruleset; /* -1: the kernel has none */
    struct filter *filter;
};

/* ---- files ---- */

/* What it loads and looks at when it starts; the loader of programs is a program itself. */
static void add_system(struct grants *g, const char *program)
{
    static const char *const read[] = {
        "/usr/lib",
        "/usr/lib64",
        "/lib",
        "/lib64",
        "/usr/local/lib",
        "/nix/store",
        "/gnu/store",
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/etc/gnutls",
        "/etc/ssl/openssl.cnf",
        "/proc/filesystems",
        "/proc/sys/crypto",
        "/sys/devices/system/node",
        "/sys/devices/system/cpu",
        "/dev/urandom",
    };
    static const char *const loaders[] = {
        "/lib64/ld-linux-x86-64.so.2",      "/lib/ld-linux-aarch64.so.1",
        "/lib/ld-linux-riscv64-lp64d.so.1", "/lib/ld-musl-x86_64.so.1",
        "/lib/ld-musl-aarch64.so.1",        "/lib/ld-musl-riscv64.so.1",
    };
    for (size_t i = 0; i < ARRAY_SIZE(read); i++)
        grants_add(g, read[i], REACH_READ);
    for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
        grants_add(g, loaders[i], REACH_EXECUTE);
    grants_add(g, "/dev/null", REACH_READ | REACH_WRITE);
    grants_add(g, program, REACH_EXECUTE);
}

/* "/" among them: all is. */
static bool add_folders(struct grants *g, unsigned reach)
{
    const char *list = getenv("FERRITE_SERVED_FOLDERS");
    char name[PATH_MAX];
    bool all = false;
    while (list && *list) {
        size_t n = strcspn(list, ":");
        snprintf(name, sizeof(name), "%.*s", (int)(n < sizeof(name) ? n : 0), list);
        all |= strcmp(name, "/") == 0;
        grants_add(g, name, reach);
        list += n + (list[n] == ':');
    }
    return all;
}

/* The ruleset of r: -1 where there is to be none. 0 or an errno value. */
static int make_ruleset(const struct served *s, struct room *r)
{
    struct grants g = {.count = 0};
    struct err why;
    /* The extents of a VMDK are files of their own, which its text names. */
    bool parts = strcmp(s->format, "vmdk") == 0 && !s->read_only;
    add_system(&g, r->program);
    grants_add(&g, s->image, s->read_only ? REACH_READ : REACH_READ | REACH_WRITE);
    grants_beside(&g, s->image, parts ? REACH_READ | REACH_WRITE : REACH_READ);
    grants_add(&g, s->folder, REACH_READ | REACH_SOCKETS);
    r->open = add_folders(&g, s->read_only ? REACH_READ : REACH_READ | REACH_WRITE);
    const struct landlock_rules rules = {.grants = &g, .signals_inside = true};
    bool wanted = !r->open && landlock_version();
    int error = wanted && g.failed ? ENOMEM : 0;
    errno = 0;
    if (wanted && !error && (r->ruleset = landlock_make(&rules, &why)) < 0)
        error = errno ? errno : EPERM;
    grants_free(&g);
    return error;
}

/* ---- calls ---- */

#ifdef __linux__

/* Besides what is usual. */
static const struct filter_rule calls[] = {
    /* its image */
    FREE(ioctl), /* of block devices and files; terminals it has none */
    FREE(chdir),
    /* its socket */
    WHEN(socket, TEST(0, EXACT, AF_UNIX)),
    FREE(bind),
    FREE(listen),
    FREE(sendto),
    FREE(sendmsg),
    /* memory, threads, signals */
    FREE(mmap),
    FREE(mprotect),
    FREE(signalfd4),
    FREE(get_mempolicy),
    FREE(capget),
    FREE(prctl),
    FREE(execve), /* once, of the program itself: Landlock has no other */
    WHEN(tgkill, TEST(2, EXACT, SIGABRT)),
#ifdef SYS_io_uring_setup
    ANSWER(io_uring_setup, FILTER_ABSENT),
#endif
    ANSWER(io_setup, FILTER_ABSENT),
};

/* 0 or an errno value; no filter: the kernel has none. */
static int make_filter(struct filter **made)
{
    if (!filter_possible())
        return 0;
    struct filter *f = filter_new(false);
    if (!f)
        return ENOMEM;
    filter_add_usual(f);
    filter_add(f, calls, ARRAY_SIZE(calls));
    if (filter_finish(f)) {
        *made = f;
        return 0;
    }
    filter_free(f);
    return ENOMEM;
}

#else

static int make_filter(struct filter **made)
{
    (void)made;
    return 0;
}

#endif

/* ---- the process ---- */

/* The program's file, as the shell finds it. */
static bool find_program(const char *name, char found[PATH_MAX])
{
    const char *dirs = getenv("PATH");
    while (dirs && *dirs) {
        size_t n = strcspn(dirs, ":");
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%.*s/%s", (int)n, dirs, name);
        dirs += n + (dirs[n] == ':');
        if (len > 0 && (size_t)len < sizeof(path) && access(path, X_OK) == 0 &&
            realpath(path, found))
            return true;
    }
    return false;
}

static void limit(int what, rlim_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0 || (now.rlim_max != RLIM_INFINITY && now.rlim_max < most))
        return;
    now.rlim_cur = now.rlim_max = most;
    (void)setrlimit(what, &now);
}

/* In the child: the parent may have had threads, so there is nothing but system calls. */
static _Noreturn void be_server(const struct served *s, const struct room *r)
{
    static const char words[] = "it cannot be started\n";
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    bool ok = dup2(r->nothing, STDIN_FILENO) >= 0 && dup2(r->nothing, STDOUT_FILENO) >= 0 &&
              dup2(s->said, STDERR_FILENO) >= 0;
    if (!r->open) {
        limit(RLIMIT_CORE, 0);
        limit(RLIMIT_NOFILE, FILES_MOST);
        limit(RLIMIT_DATA, MEMORY_MOST);
#ifdef __linux__
        ok = ok && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
#endif
        /* What the kernel has not got the sandbox of the machine says. */
        ok = ok && (r->ruleset < 0 || landlock_enter(r->ruleset) == 0);
        ok = ok && (!r->filter || filter_install(r->filter) == 0);
    }
    if (ok)
        execv(r->program, s->argv);
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
    _exit(STATUS_NOT_STARTED);
}

int served_start(const struct served *s, pid_t *process)
{
    struct room r = {.ruleset = -1};
    if (!find_program(s->argv[0], r.program))
        return ENOENT;
    r.nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (r.nothing < 0)
        return errno;
    /* Where the kernel has walls, it is not started without them. */
    int error = make_ruleset(s, &r);
    if (!error && !r.open)
        error = make_filter(&r.filter);
    if (!error) {
        *process = fork();
        error = *process < 0 ? errno : 0;
        if (*process == 0)
            be_server(s, &r);
    }
    filter_free(r.filter);
    if (r.ruleset >= 0)
        close(r.ruleset);
    close(r.nothing);
    return error;
}
