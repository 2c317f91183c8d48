/*
 * headless.c - the run loop without a window: as fast as the host can, until the guest or the
 * script ends, or a signal or the limit of host time comes (frontend/control/ending.h).
 *
 * Nobody sees the screen of such a run, so a machine that does nothing any more is said to do so,
 * once: a loop of one instruction, a halt that nothing ends, a BIOS that found nothing to start.
 */
#include "frontend/cli/headless.h"
#include "frontend/cli/outside.h"
#include "hw/base/clean.h"

#include <string.h>
#include <unistd.h>

enum { SLICE = 10 * NS_PER_MS, PATIENCE = 30 };

#define LOOK_EVERY NS_PER_SEC /* of guest time; after PATIENCE equal looks it is said */

struct watch {
    char doing[300];
    char screen[16384];
    unsigned same, idle; /* looks in a row */
    u64 next;
    bool over; /* said, or not wanted */
};

/* At the same place with interrupts off, where the lines that wait for them come and go. */
static bool stands(const char *doing, const char *before)
{
    size_t place = strcspn(doing, ")");
    return strstr(doing, "interrupts off") && strncmp(doing, before, place) == 0;
}

static void look(struct watch *w, struct vm *vm)
{
    char doing[sizeof(w->doing)], screen[sizeof(w->screen)] = "";
    vm_explain(vm, doing, sizeof(doing));
    vm_screen_text(vm, screen, sizeof(screen));
    w->same = stands(doing, w->doing) ? w->same + 1 : 0;
    w->idle = vm_idle(vm) && *screen && strcmp(screen, w->screen) == 0 ? w->idle + 1 : 0;
    memcpy(w->doing, doing, sizeof(doing));
    memcpy(w->screen, screen, sizeof(screen));
    if (w->same < PATIENCE && w->idle < PATIENCE)
        return;
    w->over = true;
    clean_printf(stderr, "ferrite: nothing has happened for %d s of guest time: %s%s\n", PATIENCE,
                 doing, vm_idle(vm) || w->same < PATIENCE ? "" : ", in a loop of one instruction");
    if (*screen)
        fprintf(stderr, "---- the screen ----\n%s----\n", screen);
}

static bool listens(const char *to)
{
    return to && (strcmp(to, "stdio") == 0 || strncmp(to, "unix:", 5) == 0);
}

/* A script looks by itself; a serial line or a network may wait for somebody for hours. */
static bool somebody_waits(const struct options *o, bool outside)
{
    bool waits = o->script || outside || o->nic.net != NET_NONE || o->devices.netdevs;
    for (unsigned i = 0; i < VM_SERIALS; i++)
        waits |= listens(o->serial[i]);
    for (unsigned i = 0; i < o->devices.chardevs; i++)
        waits |= listens(o->devices.chardev[i]->to);
    return waits;
}

void headless_run(struct machine *m)
{
    /* With a person at the terminal, or somebody outside, an idle guest waits for keys and must not
     * race ahead; but nobody sleeps while a command waits for guest time to pass. */
    bool person = !m->options->script && (isatty(STDIN_FILENO) || outside_expected(m));
    struct watch watch = {.over = somebody_waits(m->options, outside_expected(m))};
    ending_running(m->ending, m->vm);
    while (machine_run(m, vm_now(m->vm) + SLICE)) {
        bool stands = control_stands(&m->control);
        if (!watch.over && !stands && vm_now(m->vm) >= watch.next) {
            look(&watch, m->vm);
            watch.next = vm_now(m->vm) + LOOK_EVERY;
        }
        if (stands) /* -no-shutdown: nothing happens any more; a signal ends the sleep */
            machine_rest(m, 1);
        /* Neither must a guest that waits for an answer from the network. */
        else if (vm_idle(m->vm) && m->options->nic.net != NET_NONE)
            vm_network_wait(m->vm, SLICE / NS_PER_MS);
        else if (person && vm_idle(m->vm) && !m->control.calls)
            machine_rest(m, (double)SLICE / 1e9);
    }
}
