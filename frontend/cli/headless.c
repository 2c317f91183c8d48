/*
 * headless.c - the run loop without a window: as fast as the host can, until the guest or the
 * script ends, or a signal or the limit of host time comes (frontend/control/ending.h).
 */
#include "frontend/cli/headless.h"

#include <unistd.h>

enum { SLICE = 10 * NS_PER_MS };

void headless_run(struct machine *m)
{
    /* With a person at the terminal, an idle guest waits for keys and must not race ahead. */
    bool person = !m->options->script && isatty(STDIN_FILENO);
    ending_running(m->ending, m->vm);
    while (machine_run(m, vm_now(m->vm) + SLICE)) {
        if (m->stopped) /* -no-shutdown: nothing happens any more; a signal ends the sleep */
            host_sleep(1);
        /* Neither must a guest that waits for an answer from the network. */
        else if (vm_idle(m->vm) && m->options->nic.net != NET_NONE)
            vm_network_wait(m->vm, SLICE / NS_PER_MS);
        else if (person && vm_idle(m->vm))
            host_sleep((double)SLICE / 1e9);
    }
}
