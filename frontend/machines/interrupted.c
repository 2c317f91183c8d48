/*
 * interrupted.c - see interrupted.h. The signals are held back, and whether one has come is the
 * kernel's to know: no handler, and nothing of our own that it would have to reach.
 */
#define _GNU_SOURCE /* sigabbrev_np */
#include "frontend/machines/interrupted.h"

#include "hw/base/types.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
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

bool interrupted_wait(pid_t child)
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

void interrupted_end(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}
