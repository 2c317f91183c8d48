/*
 * disk_nbd.c - the layer of a disk that a server has. See disk_nbd.h.
 *
 * The NBD protocol is libnbd's (github.com/NetworkBlockDevice/nbd, doc/proto.md). Its asynchronous
 * calls are used with one request under way, because only they can be given up: a request that is
 * over its time closes the connection, and with it the claim on the caller's memory.
 *
 * Not modelled: servers that want blocks of more than 512 bytes (they are refused), several
 * requests at once, holes (block status), locks: NBD has none, so two machines that write to one
 * export destroy it, and an overlay is the way for more than one.
 */
#define _GNU_SOURCE
#include "hw/storage/disk_nbd.h"

#include "hw/base/hash.h"
#include "hw/base/library.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUEST_S = 10,
    AGAIN_S = 3,          /* for a connection that is made again */
    PIECE = 1 << 20,      /* bytes of a request */
    HURRY_NS = 500000000, /* left, when somebody wants the end */
    READ_READY = 1,
    WRITE_READY = 2
};

struct nbd_handle;

/* As libnbd has it: called when a request is over; none is. */
struct completion {
    int (*callback)(void *opaque, int *error);
    void *opaque;
    void (*release)(void *opaque);
};

struct libnbd {
    struct nbd_handle *(*create)(void);
    void (*close)(struct nbd_handle *h);
    const char *(*get_error)(void);
    int (*get_errno)(void);
    int (*aio_connect_uri)(struct nbd_handle *h, const char *uri);
    int (*aio_get_fd)(struct nbd_handle *h);
    unsigned (*aio_get_direction)(struct nbd_handle *h);
    int (*aio_notify_read)(struct nbd_handle *h);
    int (*aio_notify_write)(struct nbd_handle *h);
    int (*aio_is_ready)(struct nbd_handle *h);
    int (*aio_is_dead)(struct nbd_handle *h);
    int (*aio_is_closed)(struct nbd_handle *h);
    int64_t (*aio_pread)(struct nbd_handle *h, void *buf, size_t count, uint64_t offset,
                         struct completion c, uint32_t flags);
    int64_t (*aio_pwrite)(struct nbd_handle *h, const void *buf, size_t count, uint64_t offset,
                          struct completion c, uint32_t flags);
    int64_t (*aio_flush)(struct nbd_handle *h, struct completion c, uint32_t flags);
    int (*aio_command_completed)(struct nbd_handle *h, uint64_t cookie);
    int (*aio_disconnect)(struct nbd_handle *h, uint32_t flags);
    int64_t (*get_size)(struct nbd_handle *h);
    int (*is_read_only)(struct nbd_handle *h);
    int (*can_flush)(struct nbd_handle *h);
    int64_t (*get_block_size)(struct nbd_handle *h, int which);
};

#define FUNCTION(name)                                                                             \
    {                                                                                              \
        "nbd_" #name, offsetof(struct libnbd, name)                                                \
    }
static const struct library_function functions[] = {
    FUNCTION(create),
    FUNCTION(close),
    FUNCTION(get_error),
    FUNCTION(get_errno),
    FUNCTION(aio_connect_uri),
    FUNCTION(aio_get_fd),
    FUNCTION(aio_get_direction),
    FUNCTION(aio_notify_read),
    FUNCTION(aio_notify_write),
    FUNCTION(aio_is_ready),
    FUNCTION(aio_is_dead),
    FUNCTION(aio_is_closed),
    FUNCTION(aio_pread),
    FUNCTION(aio_pwrite),
    FUNCTION(aio_flush),
    FUNCTION(aio_command_completed),
    FUNCTION(aio_disconnect),
    FUNCTION(get_size),
    FUNCTION(is_read_only),
    FUNCTION(can_flush),
    FUNCTION(get_block_size),
};

static const struct library library = {.what = "libnbd, which disks of NBD servers need,",
                                       .package = "libnbd0",
                                       .file = "libnbd.so.0",
                                       .functions = functions,
                                       .count = ARRAY_SIZE(functions)};

struct nbd_layer {
    struct disk_layer layer;
    struct libnbd nbd;
    void *library;
    struct nbd_handle *h; /* NULL: not connected */
    char *uri;
    pid_t owner;  /* the process that has connected: another one cannot share it */
    pid_t server; /* that is ours; 0: none */
    u64 timeout;  /* ns */
    u64 failed;   /* when the last try to connect came to nothing, ns; 0: it did not */
    bool can_flush, read_only;
    bool unsynced; /* the server has taken writes that were not flushed */
    bool lost;     /* and has vanished with them */
};

static u64 host_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * NS_PER_SEC + (u64)t.tv_nsec;
}

bool disk_is_uri(const char *path)
{
    static const char *const schemes[] = {"nbd://", "nbds://", "nbd+unix://", "nbds+unix://"};
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        if (strncmp(path, schemes[i], strlen(schemes[i])) == 0)
            return true;
    }
    return false;
}

/* ---- waiting ---- */

static void drop(struct nbd_layer *n)
{
    if (n->h)
        n->nbd.close(n->h);
    n->h = NULL;
    n->lost |= n->unsynced;
    n->unsynced = false;
}

/* One step of the protocol. 0, or an errno value; EAGAIN: go on. */
static int step(struct nbd_layer *n, u64 *end)
{
    u64 now = host_now();
    unsigned want = n->nbd.aio_get_direction(n->h);
    struct pollfd p = {
        .fd = n->nbd.aio_get_fd(n->h),
        .events = (short)((want & READ_READY ? POLLIN : 0) | (want & WRITE_READY ? POLLOUT : 0))};
    if (now >= *end)
        return ETIMEDOUT;
    int ready = poll(&p, 1, (int)((*end - now) / NS_PER_MS) + 1), ok = 0;
    if (ready < 0 && errno != EINTR)
        return errno;
    if (ready < 0) { /* the run is to end: nobody waits that long any more */
        *end = *end - now > HURRY_NS ? now + HURRY_NS : *end;
        return EAGAIN;
    }
    if (!ready)
        return EAGAIN;
    if (p.revents & (POLLIN | POLLHUP | POLLERR) && want & READ_READY)
        ok = n->nbd.aio_notify_read(n->h);
    else if (p.revents & POLLOUT && want & WRITE_READY)
        ok = n->nbd.aio_notify_write(n->h);
    else if (p.revents)
        return ECONNRESET;
    return ok < 0 ? ECONNRESET : EAGAIN;
}

static bool gone(struct nbd_layer *n)
{
    return n->nbd.aio_is_dead(n->h) > 0 || n->nbd.aio_is_closed(n->h) > 0;
}

/* ---- connecting ---- */

static bool fits(struct nbd_layer *n, u64 *size, struct err *e)
{
    s64 bytes = n->nbd.get_size(n->h), block = n->nbd.get_block_size(n->h, 0);
    if (bytes <= 0)
        return err_set(e, "the server says that it has %lld bytes", (long long)bytes);
    if (block > (s64)SECTOR_SIZE)
        return err_set(e, "the server wants blocks of %lld bytes, and disks have 512",
                       (long long)block);
    *size = (u64)bytes;
    return true;
}

static bool try_connect(struct nbd_layer *n, u64 timeout, u64 *size, struct err *e)
{
    u64 end = host_now() + timeout;
    n->owner = getpid();
    n->h = n->nbd.create();
    if (!n->h)
        return err_set(e, "%.300s", n->nbd.get_error());
    int error = n->nbd.aio_connect_uri(n->h, n->uri) < 0 ? ECONNREFUSED : EAGAIN;
    while (error == EAGAIN && n->nbd.aio_is_ready(n->h) <= 0 && !gone(n))
        error = step(n, &end);
    n->failed = host_now();
    bool ok = error == EAGAIN && n->nbd.aio_is_ready(n->h) > 0;
    if (ok)
        ok = fits(n, size, e);
    else if (error == ETIMEDOUT)
        err_set(e, "the server does not answer (waited for %g s)", (double)timeout / 1e9);
    else
        err_set(e, "%.300s", n->nbd.get_error() ? n->nbd.get_error() : "the server hung up");
    if (ok)
        n->failed = 0;
    else
        drop(n);
    return ok;
}

/* 0, or an errno value. */
static int connected(struct nbd_layer *n)
{
    struct err e;
    u64 size, wait = AGAIN_S * NS_PER_SEC;
    if (n->h && n->owner != getpid()) { /* a child of the process that has connected */
        n->nbd.close(n->h);
        n->h = NULL;
        n->unsynced = false;
    } else if (n->h && !gone(n)) {
        return 0;
    } else {
        drop(n);
        if (n->server || (n->failed && host_now() - n->failed < NS_PER_SEC))
            return ENOTCONN;
    }
    if (!try_connect(n, n->timeout < wait ? n->timeout : wait, &size, &e))
        return ENOTCONN;
    if (size == n->layer.bytes)
        return 0;
    drop(n);
    return ESTALE; /* another disk by now */
}

/* ---- requests ---- */

enum request { REQUEST_READ, REQUEST_WRITE, REQUEST_FLUSH };

static int request(struct nbd_layer *n, enum request what, u64 at, void *buf, size_t size)
{
    static const struct completion none;
    u64 end = host_now() + n->timeout;
    int error = connected(n);
    if (error)
        return error;
    s64 cookie = what == REQUEST_READ    ? n->nbd.aio_pread(n->h, buf, size, at, none, 0)
                 : what == REQUEST_WRITE ? n->nbd.aio_pwrite(n->h, buf, size, at, none, 0)
                                         : n->nbd.aio_flush(n->h, none, 0);
    if (what == REQUEST_WRITE)
        n->unsynced = true;
    if (cookie < 0) {
        error = gone(n) ? ECONNRESET : n->nbd.get_errno();
    } else {
        int done;
        while ((done = n->nbd.aio_command_completed(n->h, (u64)cookie)) == 0) {
            if (gone(n))
                error = ECONNRESET;
            else if ((error = step(n, &end)) == EAGAIN)
                continue;
            break;
        }
        if (done < 0) /* what the server says; it may have hung up, too */
            error = n->nbd.get_errno() ? n->nbd.get_errno() : EIO;
        else if (done > 0)
            return 0;
    }
    if (error == ETIMEDOUT || error == ECONNRESET || gone(n))
        drop(n);
    return error ? error : EIO;
}

/* Once more when the server was gone: it may be there again. */
static int request_twice(struct nbd_layer *n, enum request what, u64 at, void *buf, size_t size)
{
    bool was_there = n->h && n->owner == getpid();
    int error = request(n, what, at, buf, size);
    if (error && was_there && !n->h && error != ETIMEDOUT && !n->server)
        error = request(n, what, at, buf, size);
    return error;
}

static int nbd_move(struct disk_layer *l, enum request what, u64 sector, u32 count, u8 *buf)
{
    struct nbd_layer *n = (struct nbd_layer *)l;
    u64 at = sector * SECTOR_SIZE, size = (u64)count * SECTOR_SIZE;
    u64 there = at >= l->bytes ? 0 : l->bytes - at < size ? l->bytes - at : size;
    if (what == REQUEST_READ)
        memset(buf + there, 0, (size_t)(size - there));
    for (u64 done = 0; done < there;) {
        size_t piece = there - done < PIECE ? (size_t)(there - done) : PIECE;
        int error = request_twice(n, what, at + done, buf + done, piece);
        if (error)
            return error;
        done += piece;
    }
    return 0;
}

static int nbd_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    return nbd_move(l, REQUEST_READ, sector, count, buf);
}

static int nbd_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    if (((struct nbd_layer *)l)->read_only)
        return EROFS;
    return nbd_move(l, REQUEST_WRITE, sector, count, (u8 *)(uintptr_t)buf);
}

static int nbd_flush(struct disk_layer *l)
{
    struct nbd_layer *n = (struct nbd_layer *)l;
    if (n->lost) { /* said once: what is written from now on is another matter */
        n->lost = false;
        return EIO;
    }
    if (!n->unsynced)
        return 0;
    int error = n->can_flush ? request(n, REQUEST_FLUSH, 0, NULL, 0) : 0;
    if (error)
        n->lost = false; /* it is said by this */
    else
        n->unsynced = false;
    return error;
}

/* ---- closing, telling ---- */

static int end_server(pid_t server)
{
    int status = 0;
    for (int i = 0; i < REQUEST_S * 100; i++) { /* it flushes, and goes */
        pid_t who = waitpid(server, &status, WNOHANG);
        if (who == server || (who < 0 && errno == ECHILD))
            return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EIO;
        poll(NULL, 0, 10);
    }
    kill(server, SIGKILL);
    waitpid(server, &status, 0);
    return EIO;
}

static int nbd_close_layer(struct disk_layer *l)
{
    struct nbd_layer *n = (struct nbd_layer *)l;
    int error = n->lost ? EIO : 0;
    u64 end = host_now() + NS_PER_SEC;
    if (n->h && n->owner == getpid() && n->nbd.aio_disconnect(n->h, 0) == 0) {
        while (!gone(n) && step(n, &end) == EAGAIN)
            ;
    }
    if (n->h)
        n->nbd.close(n->h);
    if (n->server) {
        int ended = end_server(n->server);
        error = error || n->read_only ? error : ended;
    }
    library_close(n->library);
    free(n->uri);
    free(n);
    return error;
}

/*
 * Of a disk that is far away, samples have to do: its size, its first half megabyte with what file
 * systems change all the time, and blocks spread over it.
 */
static u64 nbd_fingerprint(struct disk_layer *l)
{
    enum { SAMPLES = 64, BLOCK = 8, HEAD = 1024 };
    u8 buf[BLOCK * SECTOR_SIZE];
    u64 h = HASH_START, stride = l->sectors / SAMPLES;
    h = hash_u64(h, l->bytes);
    for (u64 i = 0; i < HEAD / BLOCK + SAMPLES; i++) {
        u64 at = i < HEAD / BLOCK ? i * BLOCK : (i - HEAD / BLOCK) * stride;
        u32 n = at >= l->sectors ? 0 : l->sectors - at < BLOCK ? (u32)(l->sectors - at) : BLOCK;
        if (n && nbd_read(l, at, n, buf) != 0)
            memset(buf, 0xff, sizeof(buf));
        for (size_t k = 0; k < (size_t)n * SECTOR_SIZE; k += 8)
            h = hash_u64(h, get_le64(buf + k));
    }
    return h;
}

static const struct disk_layer_ops nbd_ops = {
    .read = nbd_read,
    .write = nbd_write,
    .flush = nbd_flush,
    .close = nbd_close_layer,
    .fingerprint = nbd_fingerprint,
};

static u64 chosen_timeout(void)
{
    const char *text = getenv("FERRITE_NBD_TIMEOUT");
    double seconds = text ? strtod(text, NULL) : 0;
    return seconds >= 0.1 && seconds <= 3600 ? (u64)(seconds * 1e9) : REQUEST_S * NS_PER_SEC;
}

struct disk_layer *disk_nbd_open(const char *uri, const char *name, pid_t server, bool *read_only,
                                 struct err *e)
{
    struct err why = {"out of memory"};
    struct nbd_layer *n = calloc(1, sizeof(*n));
    u64 size = 0;
    bool ok = n && (n->uri = strdup(uri));
    if (ok) {
        n->timeout = chosen_timeout();
        n->library = library_open(&library, &n->nbd, &why);
        ok = n->library && try_connect(n, n->timeout, &size, &why);
    }
    if (!ok) {
        err_set(e, "%.200s: %.290s", name, why.text);
        if (n) {
            library_close(n->library);
            free(n->uri);
        }
        free(n);
        return NULL;
    }
    n->server = server;
    n->layer.ops = &nbd_ops;
    n->layer.bytes = size;
    n->layer.sectors = (size + SECTOR_SIZE - 1) / SECTOR_SIZE;
    n->can_flush = n->nbd.can_flush(n->h) > 0;
    if (n->nbd.is_read_only(n->h) != 0)
        *read_only = true;
    n->read_only = *read_only;
    if (!*read_only && !n->can_flush)
        snprintf(n->layer.note, sizeof(n->layer.note),
                 "%.200s: this server cannot flush: what the guest is told to be durable is only "
                 "with the server",
                 name);
    return &n->layer;
}
