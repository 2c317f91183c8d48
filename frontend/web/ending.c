/*
 * ending.c - frontend/control/ending.h where there are neither signals nor threads: in place of
 * control/ending.c in builds for WebAssembly. A limit of the host's time is looked at between
 * slices, whenever somebody asks.
 */
#include "frontend/control/ending.h"

#include <stdio.h>
#include <time.h>

static u64 host_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * NS_PER_SEC + (u64)t.tv_nsec;
}

bool ending_begin(struct ending *e, double limit, struct err *err)
{
    (void)err;
    *e = (struct ending){.outputs = 0};
    ending_limit(e, limit);
    return true;
}

bool ending_watch(struct ending *e, struct err *err)
{
    (void)e, (void)err;
    return true;
}

void ending_running(struct ending *e, struct vm *vm)
{
    (void)e, (void)vm;
}

void ending_over(struct ending *e)
{
    (void)e;
}

void ending_end(struct ending *e)
{
    (void)e;
    fflush(stdout);
}

void ending_limit(struct ending *e, double seconds)
{
    e->limit = seconds;
    atomic_store(&e->deadline, seconds > 0 ? host_now() + (u64)(seconds * 1e9) : 0);
}

void ending_output(struct ending *e, int fd)
{
    (void)e, (void)fd;
}

bool ending_asked(const struct ending *e)
{
    u64 deadline = e ? atomic_load(&e->deadline) : 0;
    return deadline && host_now() >= deadline;
}

int ending_status(const struct ending *e)
{
    (void)e;
    return ENDING_LIMIT_STATUS;
}

void ending_words(const struct ending *e, char *buf, size_t size)
{
    snprintf(buf, size, "the limit of %g s of host time", e->limit);
}
