/*
 * terminal_thread.c - a client of the monitor that sits at the terminal, in a thread of its own:
 * the machine's thread never waits for a key. The two share a pair of sockets and nothing else.
 */
#include "frontend/monitor/terminal_thread.h"

#include "frontend/monitor/terminal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { NOTICE = 1 };

struct terminal_thread {
    pthread_t thread;
    int fd;
    pthread_mutex_t lock;
    pthread_cond_t ended; /* done is true */
    bool done;
};

static bool send_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* The next message, without the zero behind it; free() it. NULL: there will be none. */
static char *receive(int fd)
{
    char *text = NULL, byte;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    bool ok = f != NULL;
    while (ok) {
        ssize_t n = recv(fd, &byte, 1, 0);
        if (n < 0 && errno == EINTR)
            continue;
        ok = n == 1;
        if (ok && !byte)
            break;
        if (ok)
            fputc(byte, f);
    }
    if (f && fclose(f) == 0 && ok)
        return text;
    free(text);
    return NULL;
}

/* The answer; what happened meanwhile is printed. */
static char *receive_answer(int fd)
{
    char *text;
    while ((text = receive(fd)) && *text == NOTICE) {
        fputs(text + 1, stdout);
        free(text);
    }
    return text;
}

static bool ask(void *opaque, const char *line)
{
    struct terminal_thread *t = opaque;
    char *text = send_all(t->fd, line, strlen(line)) && send_all(t->fd, "\n", 1)
                     ? receive_answer(t->fd)
                     : NULL;
    if (!text)
        return false;
    fputs(text, stdout);
    fflush(stdout);
    free(text);
    return true;
}

static char *complete(void *opaque, const char *line, size_t len)
{
    struct terminal_thread *t = opaque;
    if (!send_all(t->fd, "\t", 1) || !send_all(t->fd, line, len) || !send_all(t->fd, "\n", 1))
        return NULL;
    return receive_answer(t->fd);
}

static bool notice(void *opaque)
{
    struct terminal_thread *t = opaque;
    char *text = receive(t->fd);
    if (!text)
        return false;
    fputs(text + (*text == NOTICE), stdout);
    fflush(stdout);
    free(text);
    return true;
}

static void *run(void *opaque)
{
    struct terminal_thread *t = opaque;
    const struct terminal_talk talk = {.prompt = "(ferrite) ",
                                       .ask = ask,
                                       .complete = complete,
                                       .notice = notice,
                                       .wake = t->fd,
                                       .opaque = t};
    terminal_run(&talk);
    shutdown(t->fd, SHUT_RDWR);
    pthread_mutex_lock(&t->lock);
    t->done = true;
    pthread_cond_signal(&t->ended);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

struct terminal_thread *terminal_thread_start(struct links *l, const struct link_user *user,
                                              struct err *e)
{
    struct terminal_thread *t = calloc(1, sizeof(*t));
    int pair[2];
    sigset_t all, before;
    if (!t || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        free(t);
        err_set(e, "%s: %s", user->option, t ? strerror(errno) : "out of memory");
        return NULL;
    }
    t->fd = pair[0];
    if (!links_adopt(l, pair[1], user, e)) {
        close(pair[0]);
        free(t);
        return NULL;
    }
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->ended, NULL);
    /* Signals are others' (frontend/control/ending.h). */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&t->thread, NULL, run, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        return t;
    close(pair[0]);
    free(t);
    err_set(e, "%s: no thread for the terminal: %s", user->option, strerror(failed));
    return NULL;
}

/* Has it ended within this time? By what POSIX has: not all hosts join for a while only. */
static bool has_ended(struct terminal_thread *t, long ns)
{
    struct timespec until;
    int late = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ns;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&t->lock);
    while (!t->done && !late)
        late = pthread_cond_timedwait(&t->ended, &t->lock, &until);
    bool done = t->done;
    pthread_mutex_unlock(&t->lock);
    return done;
}

/*
 * A terminal that takes nothing (Ctrl-S, a line that stalls) holds the thread in a write, and in
 * libedit, which waits until all is out before it puts the terminal back. What it has not taken is
 * dropped, as often as the thread has more of it.
 */
static void let_go(void)
{
    static const int file[] = {STDIN_FILENO, STDOUT_FILENO};
    for (unsigned i = 0; i < ARRAY_SIZE(file); i++) {
        tcflow(file[i], TCOOFF);
        tcflush(file[i], TCOFLUSH);
        tcflow(file[i], TCOON); /* and who writes is woken, if it was off */
    }
}

void terminal_thread_end(struct terminal_thread *t)
{
    enum { READER = 300000000, AGAIN = 10000000 }; /* ns */
    sigset_t stops, before;
    if (!t)
        return;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTTOU); /* in the background one may not touch the terminal */
    pthread_sigmask(SIG_BLOCK, &stops, &before);
    for (long patience = READER; !has_ended(t, patience); patience = AGAIN)
        let_go();
    pthread_join(t->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(t->fd);
    free(t);
}
