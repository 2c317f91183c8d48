/*
 * mixer.h - everything that makes sound, in guest time; one mixer per machine brings it together.
 *
 * A source is a device's sound: 16-bit stereo samples on a grid of its own, sample k at the
 * instant start + k/rate of the virtual clock. The mixer asks for them when it needs them: render()
 * is called for the next `count` samples of the grid, in order and without gaps. A device that
 * changes what is heard calls sound_source_sync() first, so that all samples before this instant
 * are made with the old registers and all from now on with the new ones:
 *
 *     static void chip_out(void *dev, u16 port, u32 value, unsigned size)
 *     {
 *         sound_source_sync(&chip->sound);
 *         chip->reg[...] = value;
 *     }
 *
 * Where calls and blocks are cut therefore never shows in what is heard. The mixer resamples each
 * source to the output rate (integer arithmetic: the same bytes on every host), adds them up and
 * hands blocks to its sinks. Output frame j is the instant j/rate since power-on.
 *
 * Nothing here moves the machine: no timer is armed, and with no sink nobody is called; what
 * render() advances must be what can only be heard. A device keeps what a guest can read
 * (timers, DMA, status bits) going by the clock, whether somebody listens or not, and leaves what
 * only render() moves out of a digest (state_digesting()).
 *
 * In a device:
 *     struct sound_source sound;                                           in its struct
 *     sound_attach(&c->dev, &c->sound, "opl", chip_render, c, 49716, 1);   in realize
 *     sound_source_sync(&c->sound);               before what changes the sound, reset included
 *     sound_source_state(&c->sound, s);                           in its state function, last
 *
 * Not modelled: what amplifier and loudspeaker add.
 */
#ifndef FERRITE_MIXER_H
#define FERRITE_MIXER_H

#include "hw/bus/device.h"
#include "hw/sound/sound.h"

struct mixer;
struct sound_filter;

/*
 * Samples first..first+count-1 of the grid; count is 1 to SOUND_CHUNK. false: from the last of them
 * on the level stays as it is, until the device calls sound_source_sync(); until then render() is
 * not called again, and `first` tells next time how much was passed over. (What goes on in silence,
 * an LFO's phase, must be moved on by that, or cuts show.) A new grid begins with sample 0.
 */
typedef bool sound_render_fn(void *dev, u64 first, struct sound_frame *out, unsigned count);

enum {
    SOUND_TAPS = 32,
    SOUND_CHUNK = 256,
    SOUND_UNITY = 65536, /* of gains */
    SOUND_SINKS = 4,
    /* Of the output; SOUND_RATE unless the configuration says otherwise. */
    SOUND_RATE = 48000,
    SOUND_RATE_MIN = 8000,
    SOUND_RATE_MAX = 96000,
    SOUND_LATE_MS = 6, /* before a frame is complete: 17 samples of the lowest rate, source.c */
    /* Output frames that sources may have begun before the oldest of them is complete. */
    SOUND_PENDING = 640,
    SOUND_RING = 4096 /* a power of two, more than twice SOUND_PENDING */
};

/* Left and right, SOUND_UNITY = as it is. */
struct sound_gain {
    u32 left, right;
};

struct sound_source {
    const char *name;
    sound_render_fn *render;
    void *dev;
    struct mixer *mixer;       /* NULL: there is none */
    struct sound_source *next; /* of the mixer */

    struct sound_gain volume; /* the device's own volume: state */
    struct sound_gain cable;  /* what the mixer of a card does with this one as its input: state */
    u32 person;               /* volume that the person has set, 0 to 100; not state */
    bool muted;               /* likewise */

    /* The grid. */
    u32 num, den;             /* samples a second */
    u64 start;                /* instant of sample 0, guest ns */
    u64 made;                 /* samples rendered */
    bool idle;                /* render() has said that the level stays */
    struct sound_frame level; /* the last sample */

    /* Resampling (source.c). */
    const struct sound_filter *filter;
    u32 lag;        /* samples that the device is late by, made good in the output */
    u32 repeat;     /* each sample counts so often: rates that are very low */
    u64 step, unit; /* the next output frame is step/unit further on */
    u64 output;     /* the next output frame ... */
    u64 at, rest;   /* ... is so far behind past[0]: samples, and rest/unit of one */
    u32 steady;     /* how many of the last samples are equal, up to SOUND_TAPS */
    s16 left[SOUND_TAPS + SOUND_CHUNK], right[SOUND_TAPS + SOUND_CHUNK];
};

struct mixer {
    struct device dev;
    u32 rate; /* property */
    struct sound_source *sources;
    struct sound_sink sink[SOUND_SINKS];
    unsigned sinks;
    bool quiet;    /* the run was heard before: nobody listens, */
    unsigned held; /* but so many will again */
    u64 due;       /* when mixer_pull() is wanted next; CLOCK_NEVER: nobody listens */
    u64 pulled;    /* sources have been asked for all samples before this instant */
    u64 done;      /* output frames before this one are complete and gone */
    struct {
        s32 left, right;
    } ring[SOUND_RING];              /* output frame j in [j % SOUND_RING] */
    struct sound_filter *filter[33]; /* by cut-off, made when first wanted */
};

extern const struct device_class mixer_class;

/* ---- for devices ---- */

/*
 * In realize: num/den samples a second (1 to 262144), from now on. A machine without a mixer (a
 * unit test of one device) leaves the source silent: everything below may be called all the same.
 */
void sound_attach(struct device *d, struct sound_source *src, const char *name,
                  sound_render_fn *render, void *opaque, u32 num, u32 den);
/* Out of the mixer again: for a device that goes while the machine stays. */
void sound_detach(struct sound_source *src);

/* Does anybody listen? With false, render() is not called, and the grid stands. */
static inline bool sound_heard(const struct sound_source *src)
{
    return src->mixer && src->mixer->sinks;
}

void sound_source_catch_up(struct sound_source *src);

/* All samples before this instant are made now; from it on, another level is possible. */
static inline void sound_source_sync(struct sound_source *src)
{
    if (sound_heard(src))
        sound_source_catch_up(src);
}

/* Another rate: syncs, and this instant is sample 0. The same rate leaves the grid as it is. */
void sound_source_rate(struct sound_source *src, u32 num, u32 den);
/* This instant is sample 0. */
void sound_source_restart(struct sound_source *src);
/* The instant of sample k of the grid, guest ns, rounded up: the first that belongs to it. */
u64 sound_source_instant(const struct sound_source *src, u64 k);

/* The device's volume from now on; syncs. */
void sound_source_volume(struct sound_source *src, u32 left, u32 right);
/*
 * A card's mixer turns down what comes in by a cable: the CD's audio, the speaker. `name` is that
 * of the source; no such one: nothing happens. Call it whenever the registers change, and after
 * loading a state it is not needed.
 */
void sound_cable_volume(struct device *card, const char *name, u32 left, u32 right);

/*
 * Grid, volumes, what the resampler remembers. Nothing in a digest: nobody but the ear knows.
 * Loaded into a machine that is not listened to, or saved in one, the source begins anew.
 */
void sound_source_state(struct sound_source *src, struct state *s);

/* ---- for the machine and its front ends ---- */

/* One more source, which sound_attach() does for devices; they go before the mixer. */
void mixer_add(struct mixer *m, struct sound_source *src);
/* One more sink, from this instant on. false: there are SOUND_SINKS. */
bool mixer_listen(struct mixer *m, const struct sound_sink *sink);
/* It gets what is complete, and then nothing more. */
void mixer_leave(struct mixer *m, const struct sound_sink *sink);
/* While the machine does again what it has done before; the sinks stay. */
void mixer_quiet(struct mixer *m, bool on);
/* Everything that is complete by now goes to the sinks. */
void mixer_pull(struct mixer *m);
static inline void mixer_run(struct mixer *m, u64 now)
{
    if (now >= m->due)
        mixer_pull(m);
}
/* The source of that name after `from` (NULL: the first); name NULL: any. */
struct sound_source *mixer_source(const struct mixer *m, const char *name,
                                  const struct sound_source *from);
/* A person's volume, 0 to 100, and mute. */
void mixer_person(struct sound_source *src, u32 volume, bool muted);

/* ---- between mixer.c and source.c ---- */

void sound_source_init(struct sound_source *src, const char *name, sound_render_fn *fn,
                       void *opaque, u32 num, u32 den);
/* The mixer has begun to listen, or all is different: the source begins now. */
void sound_source_begin(struct sound_source *src);
/* Make all samples before `to`, and the output frames that they complete. */
void sound_source_advance(struct sound_source *src, u64 to);
const struct sound_filter *mixer_filter(struct mixer *m, u64 step, u64 unit);

#endif
