/*
 * mixer.c - the mixer itself: who is heard, who listens, and the blocks that go there. See mixer.h.
 *
 * An output frame is complete LATE_NS after its instant: the slowest resampler has seen the 16
 * samples behind it by then, whatever the source. That delay is not in the frame's number.
 * The machine's run loop asks for frames every PULL_NS (mixer_run), devices when they are
 * about to change; at most SPAN_NS are made in one go, so that the ring is never too short.
 */
#include "hw/sound/mixer.h"
#include "hw/base/memory.h"
#include "hw/bus/slots.h"
#include "hw/sound/filter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LATE_NS (SOUND_LATE_MS * NS_PER_MS)
#define PULL_NS (5 * NS_PER_MS)
#define SPAN_NS (10 * NS_PER_MS)

static_assert((SOUND_RATE_MAX * SOUND_LATE_MS / 1000) + 2 <= SOUND_PENDING, "LATE_NS of frames");
static_assert(SOUND_PENDING + SOUND_RATE_MAX / 100 + 2 <= SOUND_RING, "SPAN_NS of frames");

static u64 frames_at(const struct mixer *m, u64 ns)
{
    return (u64)((unsigned __int128)ns * m->rate / NS_PER_SEC);
}

static u64 now_of(const struct mixer *m)
{
    return clock_now(m->dev.board->clock);
}

const struct sound_filter *mixer_filter(struct mixer *m, u64 step, u64 unit)
{
    /* Going down, what the output cannot hold is cut off; below a quarter it is what it is. */
    unsigned cut = step <= unit ? FILTER_CUTS : (unsigned)(FILTER_CUTS * unit / step);
    if (cut < FILTER_CUTS / 4)
        cut = FILTER_CUTS / 4;
    if (!m->filter[cut]) {
        m->filter[cut] = must_have(malloc(sizeof(*m->filter[cut])), "a sound filter");
        filter_make(m->filter[cut], cut);
    }
    return m->filter[cut];
}

/* ---- who is heard ---- */

static struct mixer *mixer_of(struct device *d)
{
    bool alone = !d->board || !d->board->slots;
    return alone ? NULL : (struct mixer *)slots_find(d, &mixer_class, NULL);
}

void sound_attach(struct device *d, struct sound_source *src, const char *name,
                  sound_render_fn *render, void *opaque, u32 num, u32 den)
{
    struct mixer *m = mixer_of(d);
    sound_source_init(src, name, render, opaque, num, den);
    if (m)
        mixer_add(m, src);
}

void mixer_add(struct mixer *m, struct sound_source *src)
{
    src->mixer = m;
    struct sound_source **last = &m->sources;
    while (*last)
        last = &(*last)->next;
    *last = src;
    if (m->sinks)
        sound_source_begin(src);
}

void sound_detach(struct sound_source *src)
{
    if (!src->mixer)
        return;
    struct sound_source **at = &src->mixer->sources;
    while (*at && *at != src)
        at = &(*at)->next;
    if (*at)
        *at = src->next;
    src->mixer = NULL;
}

struct sound_source *mixer_source(const struct mixer *m, const char *name,
                                  const struct sound_source *from)
{
    struct sound_source *src = from ? from->next : m->sources;
    while (src && name && strcmp(src->name, name) != 0)
        src = src->next;
    return src;
}

void mixer_person(struct sound_source *src, u32 volume, bool muted)
{
    sound_source_sync(src);
    src->person = volume <= 100 ? volume : 100;
    src->muted = muted;
}

void sound_cable_volume(struct device *card, const char *name, u32 left, u32 right)
{
    const struct mixer *m = mixer_of(card);
    struct sound_source *src = NULL;
    while (m && (src = mixer_source(m, name, src))) {
        if (src->cable.left == left && src->cable.right == right)
            continue;
        sound_source_sync(src);
        src->cable = (struct sound_gain){left, right};
    }
}

/* ---- blocks ---- */

static s16 clip(s32 v)
{
    return (s16)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

/* Frames before `end` are complete. */
static void deliver(struct mixer *m, u64 end)
{
    struct sound_frame block[SOUND_CHUNK];
    while (m->done < end) {
        unsigned n = end - m->done < SOUND_CHUNK ? (unsigned)(end - m->done) : SOUND_CHUNK;
        for (unsigned i = 0; i < n; i++) {
            unsigned j = (m->done + i) % SOUND_RING;
            block[i] = (struct sound_frame){clip(m->ring[j].left), clip(m->ring[j].right)};
            m->ring[j].left = m->ring[j].right = 0;
        }
        for (unsigned i = 0; i < m->sinks; i++)
            m->sink[i].take(m->sink[i].opaque, block, n, m->done);
        m->done += n;
    }
}

void mixer_pull(struct mixer *m)
{
    if (!m->sinks)
        return;
    u64 now = now_of(m);
    m->due = CLOCK_NEVER; /* a source that catches up in render() does not come back here */
    while (m->pulled < now) {
        u64 to = now - m->pulled > SPAN_NS ? m->pulled + SPAN_NS : now;
        for (struct sound_source *src = m->sources; src; src = src->next)
            sound_source_advance(src, to);
        m->pulled = to;
        if (to > LATE_NS)
            deliver(m, frames_at(m, to - LATE_NS));
    }
    m->due = now + PULL_NS;
}

/* Nothing was heard up to now. */
static void begin(struct mixer *m)
{
    u64 now = now_of(m);
    m->pulled = now;
    m->due = now + PULL_NS;
    m->done = frames_at(m, now);
    m->done += (unsigned __int128)m->done * NS_PER_SEC < (unsigned __int128)now * m->rate;
    memset(m->ring, 0, sizeof(m->ring));
    for (struct sound_source *src = m->sources; src; src = src->next)
        sound_source_begin(src);
}

/* How many listen; while the mixer is quiet they are held aside. */
static unsigned *listeners(struct mixer *m)
{
    return m->quiet ? &m->held : &m->sinks;
}

bool mixer_listen(struct mixer *m, const struct sound_sink *sink)
{
    unsigned *count = listeners(m);
    if (*count == SOUND_SINKS)
        return false;
    mixer_pull(m);
    m->sink[(*count)++] = *sink;
    if (m->sinks == 1)
        begin(m);
    return true;
}

void mixer_leave(struct mixer *m, const struct sound_sink *sink)
{
    unsigned *count = listeners(m);
    mixer_pull(m);
    for (unsigned i = 0; i < *count; i++) {
        if (m->sink[i].take != sink->take || m->sink[i].opaque != sink->opaque)
            continue;
        m->sink[i] = m->sink[--*count];
        break;
    }
    if (!m->sinks)
        m->due = CLOCK_NEVER;
}

void mixer_quiet(struct mixer *m, bool on)
{
    if (m->quiet == on)
        return;
    if (on) {
        m->held = m->sinks;
        m->sinks = 0;
        m->due = CLOCK_NEVER;
    } else {
        m->sinks = m->held;
        m->held = 0;
    }
    m->quiet = on;
    if (m->sinks)
        begin(m);
}

/* ---- the device ---- */

static bool mixer_realize(struct device *d, const struct board *b, struct err *e)
{
    struct mixer *m = (struct mixer *)d;
    (void)b;
    (void)e;
    m->due = CLOCK_NEVER;
    return true;
}

static void mixer_reset(struct device *d)
{
    struct mixer *m = (struct mixer *)d;
    /* A cable has no RESET line; but a snapshot that knows nothing of it may have moved the time.
     */
    if (m->sinks && (m->pulled > now_of(m) || now_of(m) - m->pulled > NS_PER_SEC))
        begin(m);
}

static void pending_state(struct mixer *m, struct state *s)
{
    s32 pending[2 * SOUND_PENDING];
    for (unsigned i = 0; i < SOUND_PENDING; i++) {
        pending[2 * i] = m->ring[(m->done + i) % SOUND_RING].left;
        pending[2 * i + 1] = m->ring[(m->done + i) % SOUND_RING].right;
    }
    state_u32s(s, "pending", (u32 *)pending, ARRAY_SIZE(pending));
    if (!state_loading(s) || !state_ok(s))
        return;
    memset(m->ring, 0, sizeof(m->ring));
    for (unsigned i = 0; i < SOUND_PENDING; i++) {
        s32 left = pending[2 * i], right = pending[2 * i + 1];
        if (left > 1 << 24 || left < -(1 << 24) || right > 1 << 24 || right < -(1 << 24))
            state_fail(s, "sound: impossible level");
        m->ring[(m->done + i) % SOUND_RING].left = left;
        m->ring[(m->done + i) % SOUND_RING].right = right;
    }
}

static void mixer_state(struct device *d, struct state *s)
{
    struct mixer *m = (struct mixer *)d;
    if (state_digesting(s))
        return;
    if (!state_loading(s))
        mixer_pull(m);
    else if (m->sinks)
        begin(m);
    u32 rate = m->sinks ? m->rate : 0;
    u64 done = m->done;
    state_u32(s, "output rate", &rate);
    if (!rate || !state_ok(s))
        return;
    state_u64(s, "done", &done);
    struct mixer *skipped = NULL;
    bool fits = m->sinks && rate == m->rate;
    if (state_loading(s) && !fits)
        skipped = must_have(calloc(1, sizeof(*skipped)), "a snapshot's sound");
    if (state_loading(s) && fits && state_ok(s)) {
        if (done > m->done || m->done - done + 2 > SOUND_PENDING)
            state_fail(s, "sound: impossible time");
        else
            m->done = done;
    }
    pending_state(skipped ? skipped : m, s);
    free(skipped);
}

static void mixer_destroy(struct device *d)
{
    struct mixer *m = (struct mixer *)d;
    for (unsigned i = 0; i < ARRAY_SIZE(m->filter); i++)
        free(m->filter[i]);
}

static void mixer_describe(const struct device *d, FILE *out)
{
    const struct mixer *m = (const struct mixer *)d;
    fprintf(out, "%u Hz, %u listening\n", m->rate, m->sinks);
    for (const struct sound_source *src = m->sources; src; src = src->next)
        fprintf(out, "%-10s %.2f Hz, volume %u%s%s\n", src->name, (double)src->num / src->den,
                src->person, src->muted ? ", muted" : "",
                !m->sinks   ? ""
                : src->idle ? ", silent"
                            : ", playing");
}

static const struct prop props[] = {
    PROP_U32_ROW(struct mixer, rate, "rate", "48000", SOUND_RATE_MIN, SOUND_RATE_MAX,
                 "frames a second that listeners get"),
    PROP_END,
};

const struct device_class mixer_class = {
    .name = "sound",
    .model = "sound",
    .doc = "mixer of all that makes sound",
    .size = sizeof(struct mixer),
    .props = props,
    .optional = true,
    .state_version = 1,
    .realize = mixer_realize,
    .reset = mixer_reset,
    .state = mixer_state,
    .destroy = mixer_destroy,
    .describe = mixer_describe,
};
