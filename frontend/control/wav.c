/*
 * wav.c - WAV files. See wav.h.
 */
#include "frontend/control/wav.h"

#include "frontend/control/out_file.h"
#include "hw/base/hostfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 44, FRAME = 4, BLOCK = 16384 };

/* Sizes in the header have 32 bits. */
#define MOST_FRAMES ((UINT32_MAX - HEADER) / FRAME)

struct wav {
    int fd;
    u32 rate;
    u64 frames;  /* taken */
    u64 written; /* of them in the file */
    u64 begun;   /* the number of the machine's frame that is the first one here */
    int error;   /* errno value of the first write that failed; 0: none yet */
    char *path;
    u8 block[BLOCK * FRAME];
};

static void put_header(u8 *h, u32 rate, u64 frames)
{
    u32 bytes = (u32)frames * FRAME;
    memcpy(h, "RIFF....WAVEfmt ", 16);
    put_le32(h + 4, bytes + HEADER - 8);
    put_le32(h + 16, 16);
    put_le16(h + 20, 1); /* PCM */
    put_le16(h + 22, 2);
    put_le32(h + 24, rate);
    put_le32(h + 28, rate * FRAME);
    put_le16(h + 32, FRAME);
    put_le16(h + 34, 16);
    memcpy(h + 36, "data", 4);
    put_le32(h + 40, bytes);
}

/* Samples first, then the header that knows of them. */
static void flush(struct wav *w)
{
    u8 header[HEADER];
    u64 n = w->frames - w->written;
    if (w->error)
        return;
    if (n)
        w->error = host_write(w->fd, w->block, (size_t)n * FRAME, HEADER + w->written * FRAME);
    if (w->error)
        return;
    w->written = w->frames;
    put_header(header, w->rate, w->written);
    w->error = host_write(w->fd, header, HEADER, 0);
}

struct wav *wav_open(const char *path, u32 rate, struct err *e)
{
    struct stat st;
    if (!out_file_free(path, e))
        return NULL;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && strcmp(path, "/dev/null") != 0) {
        err_set(e, "%s: a WAV file is written in no order: it must be a regular file", path);
        return NULL;
    }
    struct wav *w = calloc(1, sizeof(*w));
    char *name = strdup(path);
    int fd = w && name ? host_open_output(path) : -1;
    if (fd < 0) {
        err_set(e, "%s: cannot be written: %s", path,
                w && name ? strerror(errno) : "out of memory");
        free(name);
        free(w);
        return NULL;
    }
    w->fd = fd;
    w->path = name;
    w->rate = rate;
    flush(w);
    if (wav_ok(w, e))
        return w;
    wav_close(w, NULL);
    return NULL;
}

/* The machine was taken back to this frame of its: what came behind it has not been. */
static void go_back(struct wav *w, u64 first)
{
    u64 to = first > w->begun ? first - w->begun : 0;
    w->begun = first - to;
    w->frames = to;
    if (w->error || to >= w->written)
        return;
    w->written = to;
    if (ftruncate(w->fd, (off_t)(HEADER + to * FRAME)) != 0 && errno != EINVAL) /* /dev/null */
        w->error = errno;
    flush(w);
}

void wav_take(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct wav *w = opaque;
    if (w->frames && first < w->begun + w->frames)
        go_back(w, first);
    else /* or further on, by a snapshot: one piece behind the other */
        w->begun = first - w->frames;
    for (unsigned i = 0; i < count && !w->error; i++) {
        if (w->frames == MOST_FRAMES) {
            w->error = EFBIG;
            break;
        }
        u8 *p = w->block + (w->frames - w->written) * FRAME;
        put_le16(p, (u16)frames[i].left);
        put_le16(p + 2, (u16)frames[i].right);
        w->frames++;
        if (w->frames - w->written == BLOCK)
            flush(w);
    }
}

const char *wav_path(const struct wav *w)
{
    return w->path;
}

u64 wav_frames(const struct wav *w)
{
    return w->frames;
}

bool wav_ok(const struct wav *w, struct err *e)
{
    if (w->error == EFBIG)
        return err_set(e,
                       "%s: cannot become longer: a WAV file has 4 GB at most (or the host allows "
                       "less)",
                       w->path);
    return !w->error || err_set(e, "%s: cannot be written: %s", w->path, strerror(w->error));
}

bool wav_close(struct wav *w, struct err *e)
{
    if (!w)
        return true;
    flush(w);
    if (close(w->fd) != 0 && !w->error)
        w->error = errno;
    bool ok = wav_ok(w, e);
    free(w->path);
    free(w);
    return ok;
}
