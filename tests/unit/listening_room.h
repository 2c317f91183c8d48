/*
 * listening_room.h - a board with a mixer, one device that sounds, and an ear; two such rooms that
 * must hear the same, however their runs are cut and across a state.
 */
#ifndef LISTENING_ROOM_H
#define LISTENING_ROOM_H

#include "hw/sound/mixer.h"
#include "roundtrip.h"

enum { ROOM = 200000 }; /* frames that an ear keeps */

struct ear {
    struct sound_frame frame[ROOM];
    unsigned count;
};

struct room {
    struct bench b;
    struct mixer *m;
    struct device *dev; /* what sounds */
    struct ear ear;
    struct sound_sink sink;
    u64 step; /* how the run is cut, ns */
};

static struct room one, two;

static inline void hear(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct ear *ear = opaque;
    (void)first;
    for (unsigned i = 0; i < count && ear->count < ROOM; i++)
        ear->frame[ear->count++] = frames[i];
}

/* A room with a mixer of this output rate; the device is made next, and enters. */
static inline void build_room(struct room *r, u32 rate, u64 step)
{
    memset(r, 0, sizeof(*r));
    r->step = step;
    bench_init(&r->b);
    r->b.extra = device_new(&mixer_class, NULL);
    r->m = (struct mixer *)r->b.extra;
    r->m->rate = rate;
    bench_start(&r->b, r->b.extra);
    r->sink = (struct sound_sink){hear, &r->ear};
}

static inline void enter_room(struct room *r, struct device *d, struct sound_source *sound)
{
    r->dev = d;
    mixer_add(r->m, sound);
}

static inline void listen(struct room *r)
{
    ck_assert(mixer_listen(r->m, &r->sink));
}

static inline void close_room(struct room *r)
{
    bench_free(&r->b, r->dev);
}

static inline void wait(struct room *r, u64 ns)
{
    u64 to = r->b.clock.now + ns;
    while (r->b.clock.now < to) {
        run_to(&r->b, to - r->b.clock.now > r->step ? r->b.clock.now + r->step : to);
        mixer_run(r->m, r->b.clock.now);
    }
}

static inline void same_ears(void)
{
    mixer_pull(one.m);
    mixer_pull(two.m);
    ck_assert_uint_eq(one.ear.count, two.ear.count);
    for (unsigned i = 0; i < one.ear.count; i++)
        ck_assert_msg(one.ear.frame[i].left == two.ear.frame[i].left &&
                          one.ear.frame[i].right == two.ear.frame[i].right,
                      "frame %u: %d %d, %d %d", i, one.ear.frame[i].left, one.ear.frame[i].right,
                      two.ear.frame[i].left, two.ear.frame[i].right);
}

/* The mixer goes before those that it hears. */
static inline void both_states(struct room *r, struct state *s)
{
    clock_state(&r->b.clock, s);
    device_state(&r->m->dev, s);
    device_state(r->dev, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
}

static inline void copy_state(struct room *from, struct room *to)
{
    size_t size;
    struct err e;
    struct state *s = state_new_save();
    both_states(from, s);
    const u8 *bytes = state_finish(s, &size);
    struct state *l = state_new_load(bytes, size, &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    both_states(to, l);
    state_free(l);
    state_free(s);
}

#endif
