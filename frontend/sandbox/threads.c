/*
 * threads.c - see threads.h. The threads are those of /proc/self/task; one that is started
 * meanwhile has its rights from its parent, so the list is read until nothing new is in it.
 */
#define _GNU_SOURCE
#include "frontend/sandbox/threads.h"

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__

/* PATIENCE in tenths of a millisecond, with one that blocks the signal. */
enum { THREADS = 1024, PATIENCE = 200, ANSWER_SECONDS = 1 };

struct round {
    bool (*what)(void *opaque);
    void *opaque;
    atomic_uint failed;
    sem_t done; /* once for each */
};

static void handler(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    struct round *r = info->si_value.sival_ptr;
    int kept = errno;
    if (info->si_code != SI_QUEUE || !r)
        return;
    if (!r->what(r->opaque))
        atomic_fetch_add(&r->failed, 1);
    sem_post(&r->done);
    errno = kept;
}

/* Would the signal stay pending for ever? */
static bool blocks(int thread)
{
    char path[64], line[256];
    unsigned long long mask = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%d/status", thread);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f) && sscanf(line, "SigBlk: %llx", &mask) != 1)
        ;
    if (f)
        fclose(f);
    return mask >> (SIGSYS - 1) & 1;
}

static bool send_to(int thread, struct round *r)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    info.si_signo = SIGSYS;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = r;
    return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, SIGSYS, &info) == 0;
}

static bool seen(const int *list, unsigned n, int thread)
{
    for (unsigned i = 0; i < n; i++) {
        if (list[i] == thread)
            return true;
    }
    return false;
}

struct list {
    int thread[THREADS];
    unsigned count;
    unsigned missed; /* in the last round: they block the signal, or there is no room for them */
};

/* All that are not in the list yet are told, and added to it. Returns how many. */
static unsigned tell_new(struct round *r, struct list *l)
{
    unsigned told = 0;
    DIR *d = opendir("/proc/self/task");
    l->missed = d == NULL;
    for (struct dirent *entry; d && (entry = readdir(d));) {
        int thread = atoi(entry->d_name);
        if (thread <= 0 || thread == syscall(SYS_gettid) || seen(l->thread, l->count, thread))
            continue;
        if (l->count == THREADS || blocks(thread)) {
            l->missed++;
            continue;
        }
        l->thread[l->count++] = thread;
        told += send_to(thread, r);
    }
    if (d)
        closedir(d);
    return told;
}

/* Have so many come? */
static bool answered(struct round *r, unsigned told)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += ANSWER_SECONDS;
    while (told) {
        if (sem_timedwait(&r->done, &end) == 0)
            told--;
        else if (errno != EINTR)
            break;
    }
    return told == 0;
}

/* The folder of threads counts them as folders in it (Linux' fs/proc/base.c). */
static bool alone(void)
{
    struct stat st;
    return stat("/proc/self/task", &st) == 0 && st.st_nlink == 2 + 1;
}

unsigned threads_all(bool (*what)(void *opaque), void *opaque)
{
    /* Kept for ever when a thread does not come in time: it may come later. */
    struct round *r = calloc(1, sizeof(*r));
    struct list *l = calloc(1, sizeof(*l));
    struct sigaction mine = {.sa_flags = SA_SIGINFO | SA_RESTART}, before;
    unsigned told, patience = PATIENCE;
    bool all;
    if (alone()) {
        free(r);
        free(l);
        return 0;
    }
    if (!r || !l) {
        free(r);
        free(l);
        return 1;
    }
    r->what = what;
    r->opaque = opaque;
    sem_init(&r->done, 0, 0);
    mine.sa_sigaction = handler;
    sigemptyset(&mine.sa_mask);
    sigaction(SIGSYS, &mine, &before);
    do {
        told = tell_new(r, l);
        all = answered(r, told);
        /* One that has just been made blocks all signals, for a moment. */
        if (l->missed && patience)
            nanosleep(&(struct timespec){0, 100000}, NULL);
    } while (all && (told || (l->missed && patience--)));
    unsigned missed = l->missed + !all + atomic_load(&r->failed);
    if (all) {
        sigaction(SIGSYS, &before, NULL);
        sem_destroy(&r->done);
        free(r);
    }
    free(l);
    return missed;
}

#else

unsigned threads_all(bool (*what)(void *opaque), void *opaque)
{
    (void)what, (void)opaque;
    return 1;
}

#endif
