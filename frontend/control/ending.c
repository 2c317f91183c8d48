/*
 * ending.c - signals and the host-time limit. See ending.h.
 *
 * SIGURG, which does nothing by itself, is what interrupts a system call: its handler is empty, and
 * the call returns with EINTR. The same signal wakes the watching thread when there is news for it.
 */
#include "frontend/control/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NUDGE = SIGURG };

enum { WATCHER_STACK = 256 << 10 };

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

#define NUDGE_NS (50 * NS_PER_MS) /* between two interruptions of a run that does not end */
/* How long a reader may take for the last words; how long an opening may go on. */
#define READER_NS (300 * NS_PER_MS)
#define OPENING_NS (600 * NS_PER_MS)

static u64 host_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * NS_PER_SEC + (u64)t.tv_nsec;
}

static void nothing(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info, (void)context;
}

bool ending_asked(const struct ending *e)
{
    return e && (atomic_load(&e->signal) || atomic_load(&e->expired));
}

int ending_status(const struct ending *e)
{
    int n = atomic_load(&e->signal);
    return n ? 128 + n : ENDING_LIMIT_STATUS;
}

void ending_words(const struct ending *e, char *buf, size_t size)
{
    int n = atomic_load(&e->signal);
    if (n)
        snprintf(buf, size, "%s",
                 n == SIGINT    ? "SIGINT (Ctrl-C)"
                 : n == SIGTERM ? "SIGTERM"
                                : "SIGHUP");
    else
        snprintf(buf, size, "the limit of %g s of host time", e->limit);
}

/* ---- the watching thread ---- */

static bool can_take(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) == 1;
}

/* What cannot take the last words gets none: neither they nor the log may hold the run. */
static void silence(const struct ending *e)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (unsigned i = 0; nowhere >= 0 && i < e->outputs; i++) {
        if (!can_take(e->output[i]))
            dup2(nowhere, e->output[i]);
    }
    if (nowhere >= 0)
        close(nowhere);
}

/* The opening hangs, and no image has been written to yet. */
static _Noreturn void abandon(const struct ending *e)
{
    char why[80];
    ending_words(e, why, sizeof(why));
    if (e->terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &e->before);
    if (can_take(STDERR_FILENO))
        dprintf(STDERR_FILENO, "ferrite: ended by %s before the machine was open\n", why);
    _exit(ending_status(e));
}

static void interrupt(struct ending *e, u64 since)
{
    u64 passed = host_now() - since;
    pthread_mutex_lock(&e->lock);
    if (e->phase == ENDING_OPENING && passed >= OPENING_NS)
        abandon(e);
    if (e->vm)
        vm_interrupt(e->vm);
    if (passed >= READER_NS)
        silence(e);
    pthread_kill(e->runner, NUDGE);
    pthread_mutex_unlock(&e->lock);
}

static void *watch(void *opaque)
{
    struct ending *e = opaque;
    sigset_t set = e->signals;
    u64 since = 0; /* when the end was asked for */
    sigaddset(&set, NUDGE);
    for (;;) {
        u64 now = host_now(), deadline = atomic_load(&e->deadline), ns = 3600 * NS_PER_SEC;
        if (since)
            ns = NUDGE_NS;
        else if (deadline)
            ns = deadline > now ? deadline - now : 0;
        struct timespec t = {(time_t)(ns / NS_PER_SEC), (long)(ns % NS_PER_SEC)};
        int n = sigtimedwait(&set, NULL, &t);
        if (n > 0 && n != NUDGE && !ending_asked(e))
            atomic_store(&e->signal, n);
        pthread_mutex_lock(&e->lock);
        bool over = e->phase == ENDING_FINISHED;
        deadline = atomic_load(&e->deadline);
        pthread_mutex_unlock(&e->lock);
        if (over)
            return NULL;
        if (deadline && host_now() >= deadline && !ending_asked(e))
            atomic_store(&e->expired, true);
        if (ending_asked(e)) {
            since = since ? since : host_now();
            interrupt(e, since);
        }
    }
}

/* ---- without the thread ---- */

/* A signal that came and is still blocked. Also from a handler: system calls only. */
static void see_pending(struct ending *e)
{
    sigset_t pending;
    u64 deadline = atomic_load(&e->deadline);
    if (sigpending(&pending) != 0)
        sigemptyset(&pending);
    for (size_t i = 0; i < ARRAY_SIZE(ends) && !ending_asked(e); i++) {
        if (sigismember(&e->signals, ends[i]) == 1 && sigismember(&pending, ends[i]) == 1)
            atomic_store(&e->signal, ends[i]);
    }
    if (deadline && host_now() >= deadline && !ending_asked(e))
        atomic_store(&e->expired, true);
}

static void set_nudge(void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&a.sa_mask);
    sigaction(NUDGE, &a, NULL);
}

/* The timer's. System calls go on where they were, unless the end is wanted. */
static void look_again(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    struct ending *e = info->si_code == SI_TIMER ? info->si_value.sival_ptr : NULL;
    int kept = errno;
    if (!e)
        return;
    see_pending(e);
    if (ending_asked(e)) {
        u64 now = host_now();
        if (!e->asked_at)
            set_nudge(look_again, 0);
        e->asked_at = e->asked_at ? e->asked_at : now;
        if (e->vm)
            vm_interrupt(e->vm);
        if (now - e->asked_at >= READER_NS)
            silence(e);
        if (e->phase == ENDING_OPENING && now - e->asked_at >= OPENING_NS)
            abandon(e);
        if (!pthread_equal(pthread_self(), e->runner))
            pthread_kill(e->runner, NUDGE);
    }
    errno = kept;
}

static bool start_timer(struct ending *e)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = NUDGE};
    struct itimerspec every = {{0, NUDGE_NS}, {0, 2 * NUDGE_NS}};
    event.sigev_value.sival_ptr = e;
    return timer_create(CLOCK_MONOTONIC, &event, &e->timer) == 0 &&
           timer_settime(e->timer, 0, &every, NULL) == 0;
}

/* ---- the run ---- */

bool ending_begin(struct ending *e, double limit, struct err *err)
{
    struct sigaction now;
    *e = (struct ending){.runner = pthread_self(),
                         .lock = PTHREAD_MUTEX_INITIALIZER,
                         .output = {STDOUT_FILENO, STDERR_FILENO},
                         .outputs = 2};
    sigemptyset(&e->signals);
    sigaddset(&e->signals, SIGINT);
    sigaddset(&e->signals, SIGTERM);
    if (sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler != SIG_IGN) /* nohup */
        sigaddset(&e->signals, SIGHUP);
    e->terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &e->before) == 0;
    set_nudge(look_again, SA_RESTART);
    ending_limit(e, limit);
    pthread_sigmask(SIG_BLOCK, &e->signals, NULL);
    return start_timer(e) || err_set(err, "no timer for signals: %s", strerror(errno));
}

bool ending_watch(struct ending *e, struct err *err)
{
    sigset_t blocked;
    if (!e || !e->outputs || e->watching)
        return true;
    timer_delete(e->timer);
    set_nudge(nothing, 0);
    /* The thread inherits its mask: all four blocked, so that sigtimedwait() takes them. */
    blocked = e->signals;
    sigaddset(&blocked, NUDGE);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, WATCHER_STACK); /* the usual 8 MB count against -limit mem= */
    int failed = pthread_create(&e->watcher, &attr, watch, e);
    pthread_attr_destroy(&attr);
    sigemptyset(&blocked);
    sigaddset(&blocked, NUDGE);
    pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
    e->watching = !failed;
    return !failed || err_set(err, "no thread for signals: %s", strerror(failed));
}

void ending_running(struct ending *e, struct vm *vm)
{
    pthread_mutex_lock(&e->lock);
    e->phase = ENDING_STARTED;
    e->runner = pthread_self();
    e->vm = vm;
    if (ending_asked(e))
        vm_interrupt(vm);
    pthread_mutex_unlock(&e->lock);
}

/* The thread goes on interrupting, so that no last word hangs, until ending_end(). */
void ending_over(struct ending *e)
{
    pthread_mutex_lock(&e->lock);
    e->phase = ENDING_STARTED;
    e->runner = pthread_self();
    e->vm = NULL;
    pthread_mutex_unlock(&e->lock);
    see_pending(e); /* nothing has run, or the thread has not come to it */
}

void ending_end(struct ending *e)
{
    fflush(stdout);
    pthread_mutex_lock(&e->lock);
    e->phase = ENDING_FINISHED;
    pthread_mutex_unlock(&e->lock);
    if (e->watching) {
        pthread_kill(e->watcher, NUDGE);
        pthread_join(e->watcher, NULL);
    } else {
        timer_delete(e->timer);
    }
    pthread_mutex_destroy(&e->lock);
}

void ending_limit(struct ending *e, double seconds)
{
    e->limit = seconds;
    atomic_store(&e->deadline, seconds > 0 ? host_now() + (u64)(seconds * 1e9) : 0);
    if (e->watching)
        pthread_kill(e->watcher, NUDGE);
}

void ending_output(struct ending *e, int fd)
{
    pthread_mutex_lock(&e->lock);
    if (e->outputs < ENDING_OUTPUTS)
        e->output[e->outputs++] = fd;
    pthread_mutex_unlock(&e->lock);
}
