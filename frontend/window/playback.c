/*
 * playback.c - keeping the host's sound device fed. See playback.h.
 *
 * Host side only: what is computed here in floating point never reaches a machine or a file.
 */
#include "frontend/window/playback.h"

enum { NEIGHBOURS = 4, FADE_HZ = 330 };

#define MOST_OFF 0.005
#define RANGE 0.4      /* of what is wanted: so far off, and it is all that may be */
#define SMOOTHING 0.02 /* a call of the device's weighs so much */

void playback_init(struct playback *p, u32 rate, unsigned wanted_ms)
{
    *p = (struct playback){.rate = rate};
    p->wanted = rate * wanted_ms / 1000;
    p->waiting = p->wanted;
}

void playback_take(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct playback *p = opaque;
    unsigned in = atomic_load_explicit(&p->in, memory_order_relaxed);
    unsigned out = atomic_load_explicit(&p->out, memory_order_acquire);
    (void)first;
    bool silent = true;
    if (p->deaf)
        return;
    for (unsigned i = 0; i < count; i++) {
        silent &= !frames[i].left && !frames[i].right;
        if (in - out < PLAYBACK_QUEUE)
            p->queue[in++ % PLAYBACK_QUEUE] = frames[i];
    }
    atomic_store_explicit(&p->in, in, memory_order_release);
    if (!silent)
        atomic_store_explicit(&p->heard, true, memory_order_relaxed);
}

/* Through four neighbours (Catmull-Rom). */
static double curve(double a, double b, double c, double d, double t)
{
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

static double limited(double v, double most)
{
    return v > most ? most : v < -most ? -most : v;
}

/* How fast: 1 is as it came. */
static double pace(struct playback *p, unsigned waiting)
{
    p->waiting += SMOOTHING * (waiting - p->waiting);
    return 1 + limited((p->waiting - p->wanted) / (RANGE * p->wanted) * MOST_OFF, MOST_OFF);
}

static s16 rounded(double v)
{
    v = v < 0 ? v - 0.5 : v + 0.5;
    return (s16)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

/* The next frame of the queue into left and right. */
static void step(struct playback *p, unsigned out)
{
    const struct sound_frame *f[NEIGHBOURS];
    for (unsigned i = 0; i < NEIGHBOURS; i++)
        f[i] = &p->queue[(out + i) % PLAYBACK_QUEUE];
    p->left = curve(f[0]->left, f[1]->left, f[2]->left, f[3]->left, p->at);
    p->right = curve(f[0]->right, f[1]->right, f[2]->right, f[3]->right, p->at);
}

void playback_play(struct playback *p, struct sound_frame *out, unsigned count, int percent)
{
    unsigned at = atomic_load_explicit(&p->out, memory_order_relaxed);
    unsigned in = atomic_load_explicit(&p->in, memory_order_acquire);
    if (in - at > 4 * p->wanted + count) { /* a lump: what is late is not wanted any more */
        at = in - p->wanted - count;
        p->waiting = p->wanted;
        p->fade = 0;
    }
    if (!p->playing && in - at >= p->wanted + count) {
        p->playing = true;
        p->waiting = p->wanted;
    }
    double speed = pace(p, in - at > count ? in - at - count : 0),
           fade_step = FADE_HZ / (double)p->rate;
    for (unsigned i = 0; i < count; i++) {
        if (p->playing && in - at < NEIGHBOURS)
            p->playing = false;
        if (p->playing) {
            step(p, at);
            p->fade = p->fade + fade_step > 1 ? 1 : p->fade + fade_step;
            p->at += speed;
            while (p->at >= 1 && in - at >= NEIGHBOURS) {
                p->at -= 1;
                at++;
            }
        } else {
            p->fade = p->fade - fade_step < 0 ? 0 : p->fade - fade_step;
        }
        double loud = p->fade * percent / 100;
        out[i] = (struct sound_frame){rounded(p->left * loud), rounded(p->right * loud)};
    }
    atomic_store_explicit(&p->out, at, memory_order_release);
}
