/*
 * host_time.c - samples of where the machine's thread is. The signal's handler only reads: marks
 * that bus, memory map, clock and processor set around what is slow anyway, and the interrupted
 * address, which is in the translator's code or not. See host_time.h.
 */
#define _GNU_SOURCE /* REG_RIP */
#include "hw/machine/host_time.h"
#include "cpu/translate/jit.h"
#include "hw/machine/vm_machine.h"

#if defined(__linux__) && !defined(__EMSCRIPTEN__)

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* The kernel rounds it up to its own tick: as a rule to 4 ms. */
enum { PERIOD_NS = 1000000, PLACES = 64, SAMPLE = SIGPROF };

struct host_place {
    uintptr_t who;
    u32 samples;
    u8 work;
};

struct host_time {
    const struct vm *vm;
    timer_t timer;
    struct timespec processor, clock; /* when it began */
    u32 of[HOST_WORKS];
    struct host_place place[PLACES]; /* those beyond are counted, but not by name */
};

static u64 interrupted_at(const void *context)
{
#ifdef __x86_64__
    return (u64)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#else
    (void)context;
    return 0;
#endif
}

static enum host_work work_of_processor(const struct vm *vm, const void *context)
{
    const struct cpu *c = vm->cpu;
    if (c->mmu.walking)
        return WORK_WALKING;
    switch ((enum cpu_doing)c->doing) {
    case CPU_DECODES:
        return WORK_DECODING;
    case CPU_TRANSLATES:
        return WORK_TRANSLATING;
    default:
        return jit_made(c, interrupted_at(context)) ? WORK_CODE : WORK_INTERPRETER;
    }
}

static enum host_work work_of(const struct vm *vm, const void *context, uintptr_t *who)
{
    *who = 0;
    if (!vm->inside)
        return WORK_OUTSIDE;
    if (vm->mixing)
        return WORK_SOUND;
    if ((*who = vm->pc->bus.serving) != 0)
        return WORK_PORT;
    if ((*who = vm->pc->phys.serving) != 0)
        return WORK_MEMORY;
    if ((*who = (uintptr_t)vm->clock.firing) != 0)
        return WORK_EVENT;
    return vm->running ? work_of_processor(vm, context) : WORK_RUNNING;
}

static void on_sample(int signal, siginfo_t *info, void *context)
{
    struct host_time *h = info->si_value.sival_ptr;
    uintptr_t who;
    (void)signal;
    if (info->si_code != SI_TIMER || !h)
        return;
    enum host_work work = work_of(h->vm, context, &who);
    h->of[work]++;
    for (unsigned i = 0; who && i < PLACES; i++) {
        struct host_place *p = &h->place[i];
        if (p->samples && (p->who != who || p->work != work))
            continue;
        p->who = who;
        p->work = (u8)work;
        p->samples++;
        break;
    }
}

static bool start_timer(struct host_time *h)
{
    struct sigaction action = {.sa_sigaction = on_sample, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SAMPLE};
    struct itimerspec every = {{0, PERIOD_NS}, {0, PERIOD_NS}};
    event.sigev_value.sival_ptr = h;
    event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
    if (sigaction(SAMPLE, &action, NULL) != 0 ||
        timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &h->timer) != 0)
        return false;
    return timer_settime(h->timer, 0, &every, NULL) == 0 || (timer_delete(h->timer), false);
}

bool host_time_possible(void)
{
    return true;
}

struct host_time *host_time_start(const struct vm *vm)
{
    struct host_time *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->vm = vm;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &h->processor);
    clock_gettime(CLOCK_MONOTONIC, &h->clock);
    if (start_timer(h))
        return h;
    free(h);
    return NULL;
}

/* A signal may be on its way that names what is about to be freed. */
static void drain(void)
{
    const struct timespec now = {0, 0};
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SAMPLE);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    while (sigtimedwait(&set, NULL, &now) == SAMPLE)
        continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void host_time_stop(struct host_time *h, bool forked)
{
    if (!h)
        return;
    if (!forked) {
        timer_delete(h->timer);
        drain();
    }
    free(h);
}

static double seconds_since(clockid_t clock, const struct timespec *then)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void host_time_samples(const struct host_time *h, struct host_samples *s)
{
    *s = (struct host_samples){.processor = seconds_since(CLOCK_THREAD_CPUTIME_ID, &h->processor),
                               .clock = seconds_since(CLOCK_MONOTONIC, &h->clock)};
    for (unsigned i = 0; i < HOST_WORKS; i++)
        s->all += s->of[i] = h->of[i];
}

bool host_time_who(const struct host_time *h, size_t n, enum host_work work, uintptr_t *who,
                   u32 *samples)
{
    for (unsigned i = 0; i < PLACES; i++) {
        const struct host_place *p = &h->place[i];
        if (!p->samples || p->work != work || n--)
            continue;
        *who = p->who;
        *samples = p->samples;
        return true;
    }
    return false;
}

#else

bool host_time_possible(void)
{
    return false;
}

struct host_time *host_time_start(const struct vm *vm)
{
    (void)vm;
    return NULL;
}

void host_time_stop(struct host_time *h, bool forked)
{
    (void)h, (void)forked;
}

void host_time_samples(const struct host_time *h, struct host_samples *s)
{
    (void)h;
    *s = (struct host_samples){0};
}

bool host_time_who(const struct host_time *h, size_t n, enum host_work work, uintptr_t *who,
                   u32 *samples)
{
    (void)h, (void)n, (void)work, (void)who, (void)samples;
    return false;
}

#endif
