/*
 * interrupted.c - see interrupted.h. The signals are held back, and whether one has come is the
 * kernel's to know: no handler, and nothing of our own that it would have to reach.
 */
#define _GNU_SOURCE /* sigabbrev_np, environ */
#include "frontend/machines/interrupted.h"

#include "hw/base/types.h"

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const int wishes[] = {SIGINT, SIGTERM, SIGHUP};

void interrupted_signals(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
        struct sigaction act;
        if (sigaction(wishes[i], NULL, &act) == 0 && act.sa_handler != SIG_IGN)
            sigaddset(set, wishes[i]);
    }
}

void interrupted_begin(sigset_t *before)
{
    sigset_t held;
    interrupted_signals(&held);
    pthread_sigmask(SIG_BLOCK, &held, before);
}

bool interrupted_not_yet(struct err *e)
{
    sigset_t pending;
    sigpending(&pending);
    for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
        if (sigismember(&pending, wishes[i]))
            return err_set(e, "interrupted (SIG%s); nothing was made", sigabbrev_np(wishes[i]));
    }
    return true;
}

/* Until this child has ended, which is for waitpid() then: true. false: a signal came before. */
static bool has_ended(pid_t child)
{
    sigset_t held;
    interrupted_signals(&held);
    struct pollfd wait[] = {{pidfd_open(child, 0), POLLIN, 0}, /* -1 is not looked at */
                            {signalfd(-1, &held, SFD_CLOEXEC), POLLIN, 0}};
    while (wait[0].fd >= 0 && poll(wait, ARRAY_SIZE(wait), -1) < 0 && errno == EINTR)
        ;
    for (size_t i = 0; i < ARRAY_SIZE(wait); i++) {
        if (wait[i].fd >= 0)
            close(wait[i].fd);
    }
    return !(wait[1].revents & POLLIN);
}

int interrupted_run(const char *const *argv, int *status)
{
    pid_t child;
    sigset_t none;
    posix_spawnattr_t attr;
    int error = posix_spawnattr_init(&attr);
    if (error)
        return error;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    error = posix_spawnp(&child, argv[0], NULL, &attr, (char **)(uintptr_t)argv, environ);
    posix_spawnattr_destroy(&attr);
    if (error)
        return error;
    if (!has_ended(child))
        kill(child, SIGTERM); /* Ctrl-C has reached it as well, kill has not */
    while (waitpid(child, status, 0) < 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

void interrupted_end(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}
