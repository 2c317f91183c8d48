/*
 * host_time.h - what the host's processor does for a machine, by samples: a timer of the thread
 * that runs the machine looks, some hundred times a second of processor time, where that thread
 * is. Nothing is measured by the emulator itself, so that nothing costs time while nobody counts.
 *
 * Samples are no part of the machine's state. Hosts without such timers (anything but Linux) say
 * so, and count nothing.
 */
#ifndef FERRITE_HOST_TIME_H
#define FERRITE_HOST_TIME_H

#include "hw/base/types.h"

#include <stddef.h>

struct vm;
struct host_time;

enum host_work {
    WORK_CODE,        /* machine code of the translator */
    WORK_STORING,     /* for machine code, into pages that hold code of the guest's, too */
    WORK_INTERPRETER, /* handlers */
    WORK_TRANSLATING, /* making machine code */
    WORK_DECODING,    /* instructions that have not run yet, or were dropped */
    WORK_WALKING,     /* page tables */
    WORK_PORT,        /* a device's ports: who is the bus's range */
    WORK_MEMORY,      /* a device's memory: who is the window */
    WORK_EVENT,       /* a device's timer: who is what it was armed with */
    WORK_SOUND,       /* the mixer and what it asks */
    WORK_RUNNING,     /* the machine's loop between slices */
    WORK_OUTSIDE,     /* not in vm_run(): picture, commands, files */
    HOST_WORKS
};

struct host_samples {
    u32 all, of[HOST_WORKS];
    double processor, clock; /* seconds of the machine's thread, and by the wall, since then */
};

/* Has this host such timers? */
bool host_time_possible(void);
/* Count from now on, in the thread that calls. NULL: no memory, or this host has no such timer. */
struct host_time *host_time_start(const struct vm *vm);
/* In any thread. In a forked child there is no timer any more: `forked`. */
void host_time_stop(struct host_time *h, bool forked);
/* Since counting began; in any thread, also when the machine's has ended. */
void host_time_samples(const struct host_time *h, struct host_samples *s);
/* The n-th of those who were found at such work, in no order. false: there are no more. */
bool host_time_who(const struct host_time *h, size_t n, enum host_work work, uintptr_t *who,
                   u32 *samples);

#endif
