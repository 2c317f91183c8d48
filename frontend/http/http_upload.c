/*
 * http_upload.c - files that pages send, to be put into a drive. See http_server.h.
 *
 *     {"id": 9, "execute": "page-insert", "arguments": {"drive": "fda", "name": "a.img", "size":
 * N}}
 *
 * and then N bytes in binary frames. They are kept in a folder of our own among temporary files,
 * until the machine is no more; what the guest writes to such a disk goes with it, unless the page
 * fetches it (http_download.c).
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/http/http_server.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST (900ull << 20)      /* of a file: a CD */
#define MOST_OF_ALL (2ull << 30) /* in the life of a machine */

enum { NAME = 64, FILES = 1000 };

/* The last part of a name, of characters that are harmless everywhere. */
static void plain_name(const char *name, char out[NAME])
{
    const char *slash = strrchr(name, '/');
    size_t n = 0;
    for (const char *p = slash ? slash + 1 : name; *p && n < NAME - 1; p++)
        out[n++] = (char)(isalnum((unsigned char)*p) || *p == '.' || *p == '-' ? *p : '_');
    out[n] = 0;
    if (!n || out[0] == '.')
        memcpy(out, "disk", 5);
}

static bool make_folder(struct http *h, struct err *e)
{
    const char *set = getenv("TMPDIR"), *base = set && *set ? set : "/var/tmp";
    if (h->folder)
        return true;
    if (asprintf(&h->folder, "%s/ferrite-page-XXXXXX", base) < 0)
        h->folder = NULL;
    if (h->folder && mkdtemp(h->folder))
        return true;
    err_set(e, "there is no place for files under %.300s: %s", base, strerror(errno));
    free(h->folder);
    h->folder = NULL;
    return false;
}

/* Each in a folder by number, so that names may come again. */
static bool make_file(struct http_client *c, const char *name, struct err *e)
{
    struct http *h = c->http;
    char plain[NAME];
    unsigned number = 0;
    plain_name(name, plain);
    for (struct http_file *f = h->files; f; f = f->next)
        number++;
    if (number == FILES)
        return err_set(e, "%d files have come, and that is enough", FILES);
    if (asprintf(&c->upload.path, "%s/%u-%s", h->folder, number, plain) < 0)
        c->upload.path = NULL;
    struct http_file *f = c->upload.path ? malloc(sizeof(*f) + strlen(c->upload.path) + 1) : NULL;
    if (!f)
        return err_set(e, "out of memory");
    c->upload.fd = open(c->upload.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (c->upload.fd < 0) {
        free(f);
        return err_set(e, "%.300s: %s", c->upload.path, strerror(errno));
    }
    strcpy(f->path, c->upload.path);
    f->next = h->files;
    h->files = f;
    return true;
}

bool http_upload_begin(struct http_client *c, struct page_message *m, struct err *e)
{
    struct http *h = c->http;
    struct json *j = h->json;
    const struct json_value *drive = m->arguments ? json_get(j, m->arguments, "drive") : NULL,
                            *name = m->arguments ? json_get(j, m->arguments, "name") : NULL,
                            *size = m->arguments ? json_get(j, m->arguments, "size") : NULL;
    pthread_mutex_lock(&h->lock);
    bool controls = c->controls;
    pthread_mutex_unlock(&h->lock);
    if (!controls || h->facts.script)
        return err_set(e, "this page only looks on");
    if (c->upload.fd >= 0)
        return err_set(e, "another file is on its way");
    s64 bytes = size && json_kind(size) == JSON_INTEGER_VALUE ? json_integer(j, size) : -1;
    if (!drive || !name || !json_text(j, drive) || !json_text(j, name) || bytes < 0)
        return err_set(e, "page-insert wants drive, name and size");
    if ((u64)bytes > MOST || (u64)bytes + h->uploaded > MOST_OF_ALL || !bytes)
        return err_set(e, "a file of %lld bytes: from 1 byte to %llu MB are taken, %llu MB in all",
                       (long long)bytes, MOST >> 20, MOST_OF_ALL >> 20);
    if (!make_folder(h, e) || !make_file(c, json_text(j, name), e)) {
        http_upload_end(c);
        return false;
    }
    c->upload.size = c->upload.left = (u64)bytes;
    c->upload.message = *m;
    m->tree = NULL; /* taken over */
    h->uploaded += (u64)bytes;
    return true;
}

bool http_upload_take(struct http_client *c, const u8 *data, size_t len, bool *whole, struct err *e)
{
    struct http_upload *u = &c->upload;
    if (len > u->left)
        return err_set(e, "more bytes than were said");
    for (size_t at = 0; at < len;) {
        ssize_t n = write(u->fd, data + at, len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_set(e, "%.300s: %s", u->path, strerror(errno));
        at += (size_t)n;
    }
    u->left -= len;
    *whole = u->left == 0;
    return true;
}

/* What has not arrived whole is of no use; the file stays in the list, and is removed again. */
void http_upload_end(struct http_client *c)
{
    struct http_upload *u = &c->upload;
    if (u->fd >= 0)
        close(u->fd);
    u->fd = -1;
    if (u->path) {
        unlink(u->path);
        c->http->uploaded -= u->size; /* of what did not come, nothing is kept */
    }
    u->size = 0;
    free(u->path);
    u->path = NULL;
    page_message_free(&u->message, c->http->json);
}

void http_upload_remove_all(struct http *h)
{
    while (h->files) {
        struct http_file *next = h->files->next;
        unlink(h->files->path);
        free(h->files);
        h->files = next;
    }
    if (h->folder)
        rmdir(h->folder);
    free(h->folder);
    h->folder = NULL;
}
