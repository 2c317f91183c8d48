/*
 * playback.h - from the machine's thread to the host's sound device: a queue of frames, and a speed
 * of playing that keeps the queue short.
 *
 * The host's sound clock and the one that the machine is kept to differ, and the machine delivers
 * in pieces. The device's thread therefore plays a little faster when much is waiting and a little
 * slower when little is, by 0.5 % at most, which nobody hears. When nothing comes (the machine
 * stands, the host is too slow) the sound fades out within 3 ms and begins again once enough is
 * waiting; what comes in too large a lump is dropped.
 */
#ifndef FERRITE_PLAYBACK_H
#define FERRITE_PLAYBACK_H

#include "hw/sound/sound.h"

#include <stdatomic.h>

enum { PLAYBACK_QUEUE = 16384 };

struct playback {
    /* Written by the machine's thread; a power of two. */
    struct sound_frame queue[PLAYBACK_QUEUE];
    atomic_uint in;    /* frames that came, counted for ever */
    atomic_uint out;   /* frames that are played */
    atomic_bool heard; /* something that is not silence has come */
    bool deaf;         /* the machine's thread: what comes is left out, for it comes too fast */

    /* The device's thread. */
    unsigned wanted; /* frames that should wait */
    double at;       /* between queue[out + 1] and queue[out + 2]: 0 to 1 */
    double waiting;  /* frames, over some time */
    double fade;     /* 0 silent, 1 playing */
    bool playing;
    double left, right; /* last, for the fade */
    u32 rate;
};

/* `wanted_ms`: how much should wait on average. */
void playback_init(struct playback *p, u32 rate, unsigned wanted_ms);
/* A struct sound_sink function; opaque is the struct playback. The machine's thread. */
void playback_take(void *opaque, const struct sound_frame *frames, unsigned count, u64 first);
/* The device's thread: `count` frames at `percent` of their loudness. */
void playback_play(struct playback *p, struct sound_frame *out, unsigned count, int percent);

#endif
