/*
 * sound_in.c - what recordings hear. See sound_in.h.
 *
 * Of a host's device the newest is kept: some 30 ms wait, the rest for a machine that stands or
 * runs late is dropped; a clock that is not the host's takes a frame more or less of each block.
 */
#include "frontend/control/sound_in.h"

#include "frontend/control/wav_in.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE = 16384, USUAL = SOUND_IN_RATE * 3 / 100, MOST = SOUND_IN_RATE / 10 };

static_assert((QUEUE & (QUEUE - 1)) == 0, "a power of two");

struct sound_in {
    struct wav_in *wav; /* NULL: not from a file */
    bool captures;
    bool flowing; /* enough has come */
    atomic_bool asked;
    atomic_uint in, out;
    struct sound_frame queue[QUEUE];
};

bool sound_in_check(const char *from, struct err *e)
{
    bool wav = strncmp(from, "wav:", 4) == 0 && from[4];
    return wav || strcmp(from, "sdl") == 0 || strcmp(from, "none") == 0 ||
           strcmp(from, "null") == 0 ||
           err_set(e, "-audio-in %.80s: say sdl, none or wav:FILE", from);
}

bool sound_in_open(struct sound_in **in, const char *from, struct err *e)
{
    struct err why;
    *in = NULL;
    if (!from || strcmp(from, "none") == 0)
        return true;
    if (!sound_in_check(from, e))
        return false;
    struct sound_in *s = calloc(1, sizeof(*s));
    if (!s)
        return err_set(e, "out of memory");
    s->captures = strcmp(from, "sdl") == 0;
    if (strncmp(from, "wav:", 4) == 0 && !(s->wav = wav_in_open(from + 4, &why))) {
        free(s);
        return err_set(e, "-audio-in %.400s", why.text);
    }
    *in = s;
    return true;
}

static unsigned waiting(const struct sound_in *s)
{
    return atomic_load(&s->in) - atomic_load(&s->out);
}

void sound_in_captured(struct sound_in *s, const struct sound_frame *frames, unsigned count)
{
    unsigned in = atomic_load(&s->in), room = QUEUE - waiting(s);
    if (count > room) /* nobody records: what is old is not wanted */
        return;
    for (unsigned i = 0; i < count; i++)
        s->queue[(in + i) % QUEUE] = frames[i];
    atomic_store(&s->in, in + count);
}

static void take_captured(struct sound_in *s, struct sound_frame *frames, unsigned count)
{
    unsigned out = atomic_load(&s->out), there = waiting(s);
    if (there > MOST) {
        out += there - USUAL;
        there = USUAL;
    }
    unsigned want = there > USUAL + count ? count + 1 : there < USUAL ? count - 1 : count;
    s->flowing = s->flowing ? there > want : there >= USUAL + count;
    if (!s->flowing) {
        memset(frames, 0, count * sizeof(*frames));
        atomic_store(&s->out, out);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned at = i * want, whole = at / count;
        s32 part = (s32)(at % count), n = (s32)count;
        const struct sound_frame *a = &s->queue[(out + whole) % QUEUE];
        const struct sound_frame *b = &s->queue[(out + whole + 1) % QUEUE];
        frames[i].left = (s16)(a->left + (b->left - a->left) * part / n);
        frames[i].right = (s16)(a->right + (b->right - a->right) * part / n);
    }
    atomic_store(&s->out, out + want);
}

static void give(void *opaque, struct sound_frame *frames, unsigned count, u64 first)
{
    struct sound_in *s = opaque;
    atomic_store(&s->asked, true);
    if (s->wav)
        wav_in_read(s->wav, frames, count, first);
    else if (s->captures && count > 1)
        take_captured(s, frames, count);
    else
        memset(frames, 0, count * sizeof(*frames));
}

struct sound_inlet sound_in_inlet(struct sound_in *in)
{
    return in ? (struct sound_inlet){give, in} : (struct sound_inlet){NULL, NULL};
}

bool sound_in_captures(const struct sound_in *in)
{
    return in && in->captures;
}

bool sound_in_wanted(const struct sound_in *in)
{
    return sound_in_captures(in) && atomic_load(&in->asked);
}

void sound_in_close(struct sound_in *in)
{
    if (!in)
        return;
    wav_in_close(in->wav);
    free(in);
}
