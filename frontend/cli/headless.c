/*
 * headless.c - the run loop without a window: as fast as the host can, until the guest or the
 * script ends or a signal comes.
 *
 * SIGINT, SIGTERM and SIGHUP are blocked and looked at between slices, so that images are always
 * closed in order, and no handler with global state is needed.
 */
#include "frontend/cli/headless.h"

#include <signal.h>
#include <unistd.h>

enum { SLICE = 10 * NS_PER_MS };

static void signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

/* The number of a signal that has come, or 0. */
static int signal_pending(const sigset_t *set)
{
    sigset_t pending;
    sigpending(&pending);
    for (int n = 1; n < 32; n++) {
        if (sigismember(set, n) == 1 && sigismember(&pending, n) == 1)
            return n;
    }
    return 0;
}

void headless_run(struct machine *m)
{
    sigset_t set;
    signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    /* With a person at the terminal, an idle guest waits for keys and must not race ahead. */
    bool person = !m->options->script && isatty(STDIN_FILENO);
    while (machine_run(m, vm_now(m->vm) + SLICE)) {
        int n = signal_pending(&set);
        if (n) {
            m->status = 128 + n;
            return;
        }
        if (m->stopped) { /* -no-shutdown: nothing will happen any more */
            sigwait(&set, &n);
            return;
        }
        /* Neither must a guest that waits for an answer from the network. */
        if (vm_idle(m->vm) && m->options->nic.net != NET_NONE)
            vm_network_wait(m->vm, SLICE / NS_PER_MS);
        else if (person && vm_idle(m->vm))
            host_sleep((double)SLICE / 1e9);
    }
}
