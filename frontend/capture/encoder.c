/*
 * encoder.c - ffmpeg as a child of ours. See encoder.h.
 *
 * The codec is FFV1: lossless, part of every ffmpeg, each frame for itself and with a check sum, so
 * that a file that was cut off is good up to there. The child is in a process group of its own: a
 * Ctrl-C at the terminal ends us, and we let it finish the file.
 */
#define _GNU_SOURCE /* pipe2, pthread_condattr_setclock */
#include "frontend/capture/encoder.h"

#include "hw/base/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define IN_A_HURRY 3.0 /* seconds */

enum { STEP_MS = 50, PIPE_BYTES = 1 << 20 };

struct piece {
    struct piece *next;
    size_t size;
    u8 bytes[];
};

struct encoder {
    char *path;
    encoder_hurry *hurry;
    void *opaque;
    pid_t child; /* without a launcher */
    int line;    /* with one: to who looks after it; else -1 */
    int pipe;    /* the thread's */
    int log;     /* what ffmpeg says */
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t more, moved;
    struct piece *first, **last;
    size_t waiting; /* bytes of them */
    u64 moves;      /* grows with every write that the pipe has taken */
    bool finish;
    bool gone;    /* the child is no more */
    bool stalled; /* it was ended because it took nothing */
    atomic_bool failed, over;
    int status; /* the child's */
};

static double steady(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the child ---- */

/*
 * What it writes is a descriptor of ours, made and opened here: no name of the user's comes near
 * ffmpeg's own spelling ("http:", "-"). Times of the stream are kept as they come; without
 * -enc_time_base they would be brought to the grid of a frame rate that ffmpeg has guessed.
 */
int encoder_launch(const struct launch *l, pid_t *child)
{
    enum { OUT = 3 };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, usual;
    const char *const words[] = {"ffmpeg",
                                 "-hide_banner",
                                 "-nostdin",
                                 "-loglevel",
                                 "error",
                                 "-f",
                                 "matroska",
                                 "-i",
                                 "pipe:0",
                                 "-map",
                                 "0",
                                 "-c:v",
                                 "ffv1",
                                 "-level",
                                 "3",
                                 "-coder",
                                 "0",
                                 "-context",
                                 "0",
                                 "-g",
                                 "1",
                                 "-slices",
                                 "4",
                                 "-slicecrc",
                                 "1",
                                 "-fps_mode",
                                 "passthrough",
                                 "-enc_time_base:v",
                                 "-1",
                                 "-c:a",
                                 "flac",
                                 "-f",
                                 "matroska",
                                 "-y",
                                 "file:/proc/self/fd/3",
                                 NULL};
    /* Out of the way of the numbers that they are to have. */
    int in = fcntl(l->in, F_DUPFD_CLOEXEC, OUT + 1), out = fcntl(l->out, F_DUPFD_CLOEXEC, OUT + 1);
    int log = fcntl(l->log, F_DUPFD_CLOEXEC, OUT + 1), error = errno;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, log, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, OUT);
    posix_spawnattr_init(&how);
    sigemptyset(&none);
    sigfillset(&usual);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &usual);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                       POSIX_SPAWN_SETPGROUP);
    if (in >= 0 && out >= 0 && log >= 0)
        error = posix_spawnp(child, words[0], &files, &how, (char **)(uintptr_t)words, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    close(in);
    close(out);
    close(log);
    return error;
}

/* By the launcher, or as a child of ours. */
static bool spawn(struct encoder *en, struct launcher *launcher, int in, int out, struct err *e)
{
    struct launch l = {in, out, en->log};
    int error = 0;
    if (launcher)
        en->line = launcher_run(launcher, &l, &error);
    else
        error = encoder_launch(&l, &en->child);
    if (error == ENOENT)
        return err_set(e,
                       "ffmpeg is not installed, which makes the video (apt-get install ffmpeg)");
    return !error || err_set(e, "ffmpeg: %s", strerror(error));
}

static void end_child(const struct encoder *en)
{
    if (en->line >= 0)
        launch_kill(en->line);
    else
        kill(en->child, SIGKILL);
}

/* The last line that ffmpeg has said. */
static void last_words(int log, char *buf, size_t size)
{
    char text[2000];
    off_t end = lseek(log, 0, SEEK_END);
    off_t from = end > (off_t)sizeof(text) - 1 ? end - ((off_t)sizeof(text) - 1) : 0;
    ssize_t n = end > 0 ? pread(log, text, sizeof(text) - 1, from) : 0;
    *buf = 0;
    if (n <= 0)
        return;
    text[n] = 0;
    while (n > 0 && (u8)text[n - 1] <= ' ')
        text[--n] = 0;
    const char *line = strrchr(text, '\n');
    size_t k = 0;
    for (const char *p = line ? line + 1 : text; *p && k + 1 < size; p++)
        buf[k++] = (u8)*p < ' ' ? ' ' : *p;
    buf[k] = 0;
}

/* ---- the thread ---- */

static struct piece *take(struct encoder *en)
{
    pthread_mutex_lock(&en->lock);
    while (!en->first && !en->finish)
        pthread_cond_wait(&en->more, &en->lock);
    struct piece *p = en->first;
    if (p) {
        en->first = p->next;
        if (!en->first)
            en->last = &en->first;
    }
    pthread_mutex_unlock(&en->lock);
    return p;
}

static void moved(struct encoder *en, size_t bytes)
{
    pthread_mutex_lock(&en->lock);
    en->moves++;
    en->waiting -= bytes;
    pthread_cond_broadcast(&en->moved);
    pthread_mutex_unlock(&en->lock);
}

/* In parts, so that a slow reader is seen to be alive. */
static bool write_piece(struct encoder *en, const struct piece *p)
{
    for (size_t at = 0; at < p->size;) {
        size_t part = p->size - at < PIPE_BYTES ? p->size - at : PIPE_BYTES;
        ssize_t n = write(en->pipe, p->bytes + at, part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        at += (size_t)n;
        moved(en, (size_t)n);
    }
    return true;
}

static void *run(void *opaque)
{
    struct encoder *en = opaque;
    struct piece *p;
    bool ok = true;
    while (ok && (p = take(en))) {
        ok = write_piece(en, p);
        free(p);
    }
    close(en->pipe);
    if (!ok)
        atomic_store(&en->failed, true);
    /* Nobody signals a process whose number may be another's already. */
    siginfo_t info;
    if (en->line >= 0)
        en->status = launch_ended(en->line);
    else
        while (waitid(P_PID, (id_t)en->child, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
            ;
    pthread_mutex_lock(&en->lock);
    en->gone = true;
    pthread_mutex_unlock(&en->lock);
    while (en->line < 0 && waitpid(en->child, &en->status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(en->status) || WEXITSTATUS(en->status) != 0)
        atomic_store(&en->failed, true);
    pthread_mutex_lock(&en->lock);
    atomic_store(&en->over, true);
    pthread_cond_broadcast(&en->moved);
    pthread_mutex_unlock(&en->lock);
    return NULL;
}

static bool start_thread(struct encoder *en)
{
    sigset_t all, before;
    pthread_condattr_t clock;
    pthread_mutex_init(&en->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&en->more, &clock);
    pthread_cond_init(&en->moved, &clock);
    pthread_condattr_destroy(&clock);
    sigfillset(&all); /* SIGPIPE, too: write() says it */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = pthread_create(&en->thread, NULL, run, en) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

/* ---- for whoever feeds it ---- */

static void free_encoder(struct encoder *en)
{
    while (en->first) {
        struct piece *next = en->first->next;
        free(en->first);
        en->first = next;
    }
    if (en->log >= 0)
        close(en->log);
    if (en->line >= 0)
        close(en->line);
    free(en->path);
    free(en);
}

static struct encoder *not_started(struct encoder *en, bool made)
{
    if (made)
        unlink(en->path);
    free_encoder(en);
    return NULL;
}

/* The file is ours from here on; ffmpeg writes over it. -1 + err. */
static int make_file(const char *path, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST)
        err_set(e, "%s: there is such a file already; a recording wants a new one", path);
    else if (fd < 0)
        err_set(e, "%s: cannot be made: %s", path, strerror(errno));
    return fd;
}

/* Both ends of a pipe to it, and its words' file. */
static bool prepare(struct encoder *en, int ends[2], struct err *e)
{
    int error = host_temporary(&en->log);
    if (error || pipe2(ends, O_CLOEXEC) != 0)
        return err_set(e, "%s: no pipe to ffmpeg: %s", en->path, strerror(error ? error : errno));
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* if the host has so much to give */
    en->pipe = ends[1];
    return true;
}

struct encoder *encoder_start(const char *path, struct launcher *launcher, encoder_hurry *hurry,
                              void *opaque, struct err *e)
{
    int ends[2], out;
    struct encoder *en = calloc(1, sizeof(*en));
    if (!en || !(en->path = strdup(path))) {
        free(en);
        err_set(e, "out of memory");
        return NULL;
    }
    en->last = &en->first;
    en->hurry = hurry;
    en->opaque = opaque;
    en->log = en->line = -1;
    if ((out = make_file(path, e)) < 0)
        return not_started(en, false);
    if (!prepare(en, ends, e)) {
        close(out);
        return not_started(en, true);
    }
    bool ok = spawn(en, launcher, ends[0], out, e);
    close(ends[0]);
    close(out);
    if (ok && !start_thread(en)) {
        end_child(en);
        if (en->line < 0)
            waitpid(en->child, NULL, 0);
        ok = err_set(e, "no thread to write %s", path);
    }
    if (ok)
        return en;
    close(en->pipe);
    return not_started(en, true);
}

static void wait_a_step(struct encoder *en)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += STEP_MS * 1000000l;
    t.tv_sec += t.tv_nsec / 1000000000l;
    t.tv_nsec %= 1000000000l;
    pthread_cond_timedwait(&en->moved, &en->lock, &t);
}

/*
 * With the lock: until it is over, or only as much as `keep` is waiting. When it stands still it is
 * ended; false: that does not help either (it hangs in a call of the host's).
 */
static bool wait_for(struct encoder *en, size_t keep, bool end)
{
    double since = steady();
    u64 moves = en->moves;
    while (!atomic_load(&en->over) && (end || en->waiting > keep)) {
        wait_a_step(en);
        double now = steady();
        if (moves != en->moves) {
            moves = en->moves;
            since = now;
        }
        bool hurry = en->hurry && en->hurry(en->opaque);
        if (now - since < (hurry ? IN_A_HURRY : ENCODER_PATIENCE))
            continue;
        if (en->stalled)
            return false;
        en->stalled = true;
        since = now;
        atomic_store(&en->failed, true);
        if (!en->gone)
            end_child(en);
    }
    return true;
}

bool encoder_put(struct encoder *en, const void *head, size_t head_size, const void *body,
                 size_t body_size)
{
    if (atomic_load(&en->failed))
        return false;
    struct piece *p = malloc(sizeof(*p) + head_size + body_size);
    if (!p) { /* there would be a hole */
        encoder_finish(en);
        atomic_store(&en->failed, true);
        return false;
    }
    p->next = NULL;
    p->size = head_size + body_size;
    memcpy(p->bytes, head, head_size);
    if (body_size)
        memcpy(p->bytes + head_size, body, body_size);
    pthread_mutex_lock(&en->lock);
    wait_for(en, ENCODER_KEEP, false);
    *en->last = p;
    en->last = &p->next;
    en->waiting += p->size;
    pthread_cond_signal(&en->more);
    pthread_mutex_unlock(&en->lock);
    return !atomic_load(&en->failed);
}

bool encoder_failed(const struct encoder *en)
{
    return atomic_load(&en->failed);
}

bool encoder_over(const struct encoder *en)
{
    return atomic_load(&en->over);
}

const char *encoder_path(const struct encoder *en)
{
    return en->path;
}

void encoder_finish(struct encoder *en)
{
    pthread_mutex_lock(&en->lock);
    en->finish = true;
    pthread_cond_signal(&en->more);
    pthread_mutex_unlock(&en->lock);
}

static bool say_why(const struct encoder *en, struct err *e)
{
    char words[300];
    last_words(en->log, words, sizeof(words));
    if (en->stalled)
        return err_set(e,
                       "%s: ffmpeg took nothing any more and was ended; the video may be cut off",
                       en->path);
    if (*words)
        return err_set(e, "%s: ffmpeg: %s", en->path, words);
    if (WIFSIGNALED(en->status))
        return err_set(e, "%s: ffmpeg was ended by signal %d (%s)", en->path, WTERMSIG(en->status),
                       strsignal(WTERMSIG(en->status)));
    if (WIFEXITED(en->status) && WEXITSTATUS(en->status))
        return err_set(e, "%s: ffmpeg failed, with status %d", en->path, WEXITSTATUS(en->status));
    return err_set(e, "%s: ffmpeg ended before the recording did", en->path);
}

bool encoder_close(struct encoder *en, struct err *e)
{
    encoder_finish(en);
    pthread_mutex_lock(&en->lock);
    bool ended = wait_for(en, 0, true);
    pthread_mutex_unlock(&en->lock);
    if (!ended) { /* the thread and what it uses are left behind */
        pthread_detach(en->thread);
        return say_why(en, e);
    }
    pthread_join(en->thread, NULL);
    bool ok = !atomic_load(&en->failed) || say_why(en, e);
    pthread_cond_destroy(&en->more);
    pthread_cond_destroy(&en->moved);
    pthread_mutex_destroy(&en->lock);
    free_encoder(en);
    return ok;
}
