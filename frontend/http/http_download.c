/*
 * http_download.c - files that pages have sent, on their way back with what the guest has written.
 * See http_server.h. In the clients' thread: the files are the host's, and no machine is asked.
 *
 *     {"id": 8, "execute": "page-disks"}
 *     {"id": 9, "execute": "page-fetch", "arguments": {"name": "0-a.img", "at": N}}
 *
 * Only what has come this way goes back, to a page that controls the machine. Whoever wants a disk
 * as it is at one moment stops the machine first.
 */
#define _GNU_SOURCE
#include "frontend/http/http_server.h"

#include "frontend/page/page_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 8 };

static const char *name_of(const struct http_file *f)
{
    return strrchr(f->path, '/') + 1;
}

static bool on_its_way(const struct http *h, const struct http_file *f)
{
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        const char *path = h->client[i].upload.path;
        if (path && strcmp(path, f->path) == 0)
            return true;
    }
    return false;
}

/* A file that did not arrive whole is no more. */
static int open_file(const struct http_file *f, u64 *size)
{
    struct stat st;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        return -1;
    }
    if (fd >= 0)
        *size = (u64)st.st_size;
    return fd;
}

static void send_text(struct http_client *c, s64 id, const struct reply *r)
{
    size_t len;
    char *text = page_answer(id, r, &len);
    if (text)
        http_queue(c, text, len, false, false);
    free(text);
}

static void list(struct http_client *c, s64 id)
{
    struct reply r;
    reply_init(&r);
    reply_list(&r, NULL);
    for (const struct http_file *f = c->http->files; f; f = f->next) {
        u64 size;
        int fd = on_its_way(c->http, f) ? -1 : open_file(f, &size);
        if (fd < 0)
            continue;
        close(fd);
        reply_map(&r, NULL);
        reply_text(&r, "name", name_of(f));
        reply_text(&r, "file", f->path);
        reply_int(&r, "size", (s64)size);
        reply_end(&r);
    }
    reply_end(&r);
    pthread_mutex_lock(&c->http->lock);
    send_text(c, id, &r);
    pthread_mutex_unlock(&c->http->lock);
    reply_free(&r);
}

/* Up to HTTP_PIECE bytes from `at` on, behind a head that says of which call they are. */
static ssize_t read_piece(const struct http_file *f, u64 at, s64 id, u8 *piece, u64 *size)
{
    int fd = open_file(f, size);
    if (fd < 0)
        return -1;
    ssize_t n;
    do
        n = pread(fd, piece + HEAD, HTTP_PIECE, (off_t)at);
    while (n < 0 && errno == EINTR);
    close(fd);
    memset(piece, 0, HEAD);
    piece[0] = HTTP_FRAME_FILE;
    put_le32(piece + 4, (u32)id);
    return n;
}

static bool fetch(struct http_client *c, const struct page_message *m, struct err *e)
{
    struct json *j = c->http->json;
    const struct json_value *name = m->arguments ? json_get(j, m->arguments, "name") : NULL,
                            *at = m->arguments ? json_get(j, m->arguments, "at") : NULL;
    const char *wanted = name ? json_text(j, name) : NULL;
    s64 from = at && json_kind(at) == JSON_INTEGER_VALUE ? json_integer(j, at) : -1;
    const struct http_file *f = c->http->files;
    u64 size = 0;
    struct reply r;
    if (!wanted || from < 0)
        return err_set(e, "page-fetch wants name, and at: bytes from the beginning");
    while (f && (strcmp(name_of(f), wanted) != 0 || on_its_way(c->http, f)))
        f = f->next;
    u8 *piece = f ? malloc(HEAD + HTTP_PIECE) : NULL;
    if (!piece)
        return err_set(e, f ? "out of memory" : "no page has sent \"%.60s\"", wanted);
    ssize_t n = read_piece(f, (u64)from, m->id, piece, &size);
    if (n < 0) {
        free(piece);
        return err_set(e, "%.60s cannot be read: %s", wanted, strerror(errno));
    }
    reply_init(&r);
    reply_int(&r, "size", (s64)size);
    reply_int(&r, "bytes", n);
    pthread_mutex_lock(&c->http->lock);
    http_queue(c, piece, HEAD + (size_t)n, true, false);
    send_text(c, m->id, &r);
    pthread_mutex_unlock(&c->http->lock);
    reply_free(&r);
    free(piece);
    return true;
}

bool http_download(struct http_client *c, const struct page_message *m, struct err *e)
{
    struct http *h = c->http;
    pthread_mutex_lock(&h->lock);
    bool controls = c->controls;
    pthread_mutex_unlock(&h->lock);
    if (!controls)
        return err_set(e, "this page only looks on");
    if (strcmp(m->execute, "page-fetch") == 0)
        return fetch(c, m, e);
    list(c, m->id);
    return true;
}
