/*
 * host_time.c - samples of where the machine's thread is. The signal's handler only reads: marks
 * that bus, memory map, clock and processor set around what is slow anyway, and the interrupted
 * address, which is in the translator's code or not. See host_time.h.
 *
 * A signal may be on its way to its thread while another one frees the machine, so signals name no
 * memory, but a gate and its turn: who frees closes the gate, and waits until nobody is inside.
 */
#define _GNU_SOURCE /* REG_RIP */
#include "hw/machine/host_time.h"
#include "cpu/translate/jit.h"
#include "hw/machine/vm_machine.h"

#if defined(__linux__) && !defined(__EMSCRIPTEN__)

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
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
/* Of machines that are counted at once; those beyond cannot be. */
enum { GATES = 64 };

struct host_place {
    uintptr_t who;
    u32 samples;
    u8 work;
};

/* The process', as its signals are. */
static struct gate {
    _Atomic(struct host_time *) who; /* NULL: closed */
    atomic_uint turn;                /* how often it was opened */
    atomic_int inside;
} gates[GATES];

struct host_time {
    const struct vm *vm;
    struct gate *gate;
    timer_t timer;
    clockid_t thread;                 /* the clock of its processor time, while it lives */
    struct timespec processor, clock; /* when it began */
    atomic_ullong noted;              /* the thread's time at the last sample, in ns */
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
    case CPU_STORES:
        return WORK_STORING;
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

static u64 nanoseconds(const struct timespec *t)
{
    return (u64)t->tv_sec * NS_PER_SEC + (u64)t->tv_nsec;
}

static void count(struct host_time *h, const void *context)
{
    struct timespec now;
    uintptr_t who;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
        atomic_store(&h->noted, nanoseconds(&now));
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

static void on_sample(int signal, siginfo_t *info, void *context)
{
    unsigned name = (unsigned)info->si_value.sival_int;
    struct gate *g = &gates[name % GATES];
    (void)signal;
    if (info->si_code != SI_TIMER)
        return;
    atomic_fetch_add(&g->inside, 1);
    struct host_time *h = atomic_load(&g->who);
    if (h && atomic_load(&g->turn) % (UINT_MAX / GATES) == name / GATES)
        count(h, context);
    atomic_fetch_sub(&g->inside, 1);
}

/* A gate for this one; false: all are taken. */
static bool open_gate(struct host_time *h)
{
    for (unsigned i = 0; i < GATES; i++) {
        struct host_time *closed = NULL;
        h->gate = &gates[i];
        if (atomic_compare_exchange_strong(&h->gate->who, &closed, h)) {
            atomic_fetch_add(&h->gate->turn, 1);
            return true;
        }
    }
    return false;
}

static void close_gate(struct host_time *h)
{
    atomic_store(&h->gate->who, NULL);
    while (atomic_load(&h->gate->inside))
        sched_yield();
}

/* SDL's threads, of which a window's machine is one, begin with this signal blocked. */
static void let_samples_in(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SAMPLE);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static bool start_timer(struct host_time *h)
{
    unsigned turn = atomic_load(&h->gate->turn) % (UINT_MAX / GATES);
    struct sigaction action = {.sa_sigaction = on_sample, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SAMPLE};
    struct itimerspec every = {{0, PERIOD_NS}, {0, PERIOD_NS}};
    event.sigev_value.sival_int = (int)(turn * GATES + (unsigned)(h->gate - gates));
    event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
    if (sigaction(SAMPLE, &action, NULL) != 0 ||
        timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &h->timer) != 0)
        return false;
    let_samples_in();
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
    atomic_store(&h->noted, nanoseconds(&h->processor));
    if (pthread_getcpuclockid(pthread_self(), &h->thread) == 0 && open_gate(h)) {
        if (start_timer(h))
            return h;
        close_gate(h);
    }
    free(h);
    return NULL;
}

void host_time_stop(struct host_time *h, bool forked)
{
    if (!h)
        return;
    if (!forked)
        timer_delete(h->timer);
    else /* whoever was inside is not in this process */
        atomic_store(&h->gate->inside, 0);
    close_gate(h);
    free(h);
}

static double seconds_between(const struct timespec *then, u64 now)
{
    return (double)(now - nanoseconds(then)) / 1e9;
}

void host_time_samples(const struct host_time *h, struct host_samples *s)
{
    struct timespec clock = h->clock, thread;
    u64 worked = atomic_load(&h->noted);
    clock_gettime(CLOCK_MONOTONIC, &clock);
    if (clock_gettime(h->thread, &thread) == 0) /* else it has ended: at its last sample */
        worked = nanoseconds(&thread);
    *s = (struct host_samples){.processor = seconds_between(&h->processor, worked),
                               .clock = seconds_between(&h->clock, nanoseconds(&clock))};
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
