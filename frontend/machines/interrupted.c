/*
 * interrupted.c - see interrupted.h. A signal's handler can reach nothing but what is global.
 */
#define _GNU_SOURCE /* sigabbrev_np */
#include "frontend/machines/interrupted.h"

#include "hw/base/types.h"

#include <signal.h>
#include <string.h>

static const int wishes[] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t came;
static struct sigaction before[ARRAY_SIZE(wishes)];

static void note(int number)
{
    came = number;
}

void interrupted_begin(void)
{
    struct sigaction act = {.sa_handler = note}; /* without SA_RESTART: waits end, and look */
    came = 0;
    for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
        sigaction(wishes[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(wishes[i], &act, NULL);
    }
}

bool interrupted_not_yet(struct err *e)
{
    return !came || err_set(e, "interrupted (SIG%s); nothing was made", sigabbrev_np(came));
}

void interrupted_end(void)
{
    int number = came;
    for (size_t i = 0; i < ARRAY_SIZE(wishes); i++)
        sigaction(wishes[i], &before[i], NULL);
    came = 0;
    if (number)
        raise(number);
}
