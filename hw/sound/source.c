/*
 * source.c - one source of sound: its grid in guest time, and from there to output frames. See
 * mixer.h.
 *
 * The resampler keeps the last SOUND_TAPS samples. An output frame lies at past[at] + rest/unit of
 * a sample; it is complete when the 16 samples behind it are there, and made by a windowed sinc of
 * 32 taps (filter.h), between whose phases the result is interpolated. A level that stays comes
 * out exactly as it was, and so does every sample where both rates are the same: the grid is then
 * moved by less than half a sample. All positions are whole numbers, so nothing drifts and nothing
 * depends on how the work was cut.
 */
#include "hw/sound/filter.h"
#include "hw/sound/mixer.h"

#include <assert.h>
#include <string.h>

typedef unsigned __int128 u128;

enum {
    BEHIND = SOUND_TAPS / 2 + 1, /* samples that must be there from past[at] on */
    AHEAD = SOUND_TAPS / 2 - 1,  /* and before it */
    LOWEST = 3000,               /* of the resampler: samples of lower rates count several times */
    HIGHEST = 262144
};

static_assert((int)SOUND_TAPS == (int)FILTER_TAPS, "the resampler's filter");

/* ---- the grid ---- */

/* Samples of the grid whose instants lie before `now`. */
static u64 samples_before(const struct sound_source *src, u64 now)
{
    if (now <= src->start)
        return 0;
    u128 unit = (u128)src->den * NS_PER_SEC;
    return (u64)(((u128)(now - src->start) * src->num + unit - 1) / unit);
}

u64 sound_source_instant(const struct sound_source *src, u64 k)
{
    return src->start + (u64)(((u128)k * src->den * NS_PER_SEC + src->num - 1) / src->num);
}

/* The first output frame at or after `now`. */
static u64 output_at(const struct sound_source *src, u64 now)
{
    return (u64)(((u128)now * src->mixer->rate + NS_PER_SEC - 1) / NS_PER_SEC);
}

static u64 common_divisor(u64 a, u64 b)
{
    while (b) {
        u64 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void set_rate(struct sound_source *src, u32 num, u32 den)
{
    if (!num)
        num = 1;
    if (!den)
        den = 1;
    if (num / den >= HIGHEST) {
        num = HIGHEST;
        den = 1;
    }
    if (den > num) { /* below 1 Hz */
        num = 1;
        den = 1;
    }
    u32 common = (u32)common_divisor(num, den);
    src->num = num / common;
    src->den = den / common;
}

/* What follows from both rates. */
static void choose_step(struct sound_source *src)
{
    u64 low = (u64)LOWEST * src->den;
    src->repeat = src->num >= low ? 1 : (u32)((low + src->num - 1) / src->num);
    u64 step = (u64)src->num * src->repeat, unit = (u64)src->mixer->rate * src->den;
    u64 common = common_divisor(step, unit);
    src->step = step / common;
    src->unit = unit / common;
    src->filter = mixer_filter(src->mixer, src->step, src->unit);
}

/* Sample 0 is now; it will come behind past[SOUND_TAPS - 1]. */
static void place(struct sound_source *src, u64 now)
{
    src->start = now;
    src->made = 0;
    /* From `now` to the output frame: (output * 1e9 - now * rate) / (1e9 * rate) seconds. */
    u128 late = (u128)src->output * NS_PER_SEC - (u128)now * src->mixer->rate;
    u64 rest = (u64)(late * src->step / NS_PER_SEC); /* in units, rounded down */
    if (src->step == src->unit)
        rest = rest > src->unit / 2 ? src->unit : 0;
    src->at = SOUND_TAPS + rest / src->unit + src->lag;
    src->rest = rest % src->unit;
}

void sound_source_begin(struct sound_source *src)
{
    u64 now = clock_now(src->mixer->dev.board->clock);
    choose_step(src);
    src->output = output_at(src, now);
    src->idle = false;
    src->steady = SOUND_TAPS;
    src->level = (struct sound_frame){0, 0};
    memset(src->left, 0, sizeof(src->left));
    memset(src->right, 0, sizeof(src->right));
    place(src, now);
}

/* ---- output frames ---- */

static s32 gain_of(const struct sound_source *src, u32 volume, u32 cable)
{
    if (src->muted)
        return 0;
    u64 gain = (u64)volume * cable / SOUND_UNITY;
    return (s32)(gain * src->person / 100);
}

static void add(struct sound_source *src, s32 left, s32 right, struct sound_gain gain)
{
    unsigned i = src->output % SOUND_RING;
    src->mixer->ring[i].left += (s32)((s64)left * gain.left >> 16);
    src->mixer->ring[i].right += (s32)((s64)right * gain.right >> 16);
}

static void next_frame(struct sound_source *src)
{
    src->output++;
    src->rest += src->step % src->unit;
    src->at += src->step / src->unit;
    if (src->rest >= src->unit) {
        src->rest -= src->unit;
        src->at++;
    }
}

static struct sound_gain gains(const struct sound_source *src)
{
    return (struct sound_gain){(u32)gain_of(src, src->volume.left, src->cable.left),
                               (u32)gain_of(src, src->volume.right, src->cable.right)};
}

/* All output frames that `count` samples complete. */
static void emit(struct sound_source *src, unsigned count)
{
    struct sound_gain gain = gains(src);
    bool same = src->step == src->unit;
    while (src->at + BEHIND <= count) {
        const s16 *left = src->left + src->at - AHEAD, *right = src->right + src->at - AHEAD;
        if (same) {
            add(src, left[AHEAD], right[AHEAD], gain);
        } else {
            u32 place24 = (u32)((src->rest << 24) / src->unit); /* 8 bits phase, 16 between */
            add(src, filter_at(left, src->filter, place24), filter_at(right, src->filter, place24),
                gain);
        }
        next_frame(src);
    }
}

/* The last SOUND_TAPS of `count` samples become the past. */
static void forget(struct sound_source *src, unsigned count)
{
    unsigned gone = count - SOUND_TAPS;
    memmove(src->left, src->left + gone, SOUND_TAPS * sizeof(src->left[0]));
    memmove(src->right, src->right + gone, SOUND_TAPS * sizeof(src->right[0]));
    src->at -= gone;
}

/* A sample `n` times, for the resampler. */
static void feed_one(struct sound_source *src, struct sound_frame f, unsigned n)
{
    bool same = src->left[SOUND_TAPS - 1] == f.left && src->right[SOUND_TAPS - 1] == f.right;
    src->steady = !same ? n : src->steady + n;
    if (src->steady > SOUND_TAPS)
        src->steady = SOUND_TAPS;
    while (n) {
        unsigned some = n < SOUND_CHUNK ? n : SOUND_CHUNK;
        for (unsigned i = 0; i < some; i++) {
            src->left[SOUND_TAPS + i] = f.left;
            src->right[SOUND_TAPS + i] = f.right;
        }
        emit(src, SOUND_TAPS + some);
        forget(src, SOUND_TAPS + some);
        n -= some;
    }
}

/* Samples, each once. */
static void feed(struct sound_source *src, const struct sound_frame *f, unsigned n)
{
    unsigned equal = 0;
    for (unsigned i = 0; i < n; i++) {
        src->left[SOUND_TAPS + i] = f[i].left;
        src->right[SOUND_TAPS + i] = f[i].right;
    }
    while (equal < n && f[n - 1 - equal].left == f[n - 1].left &&
           f[n - 1 - equal].right == f[n - 1].right)
        equal++;
    bool on = equal == n && src->left[SOUND_TAPS - 1] == f[0].left &&
              src->right[SOUND_TAPS - 1] == f[0].right;
    src->steady = on ? src->steady + n : equal;
    if (src->steady > SOUND_TAPS)
        src->steady = SOUND_TAPS;
    emit(src, SOUND_TAPS + n);
    forget(src, SOUND_TAPS + n);
}

/* `n` more of what the whole past is: the same frames as feed_one() would make, at once. */
static void feed_steady(struct sound_source *src, u64 n)
{
    struct sound_gain gain = gains(src);
    u64 count = SOUND_TAPS + n;
    if (src->at + BEHIND <= count) {
        u64 room = count - BEHIND + 1 - src->at; /* first position that is not complete */
        u64 frames = (u64)(((u128)room * src->unit - src->rest + src->step - 1) / src->step);
        u128 way = (u128)frames * src->step + src->rest;
        if (src->level.left || src->level.right) {
            for (u64 i = 0; i < frames; i++, src->output++)
                add(src, src->level.left, src->level.right, gain);
        } else {
            src->output += frames;
        }
        src->at += (u64)(way / src->unit);
        src->rest = (u64)(way % src->unit);
    }
    src->at -= n;
}

/* ---- guest time ---- */

/* The level stays for n samples. */
static void hold(struct sound_source *src, u64 n)
{
    u64 rest = n * src->repeat; /* of the resampler's */
    unsigned first = SOUND_TAPS - src->steady;
    if (first > rest)
        first = (unsigned)rest;
    if (first)
        feed_one(src, src->level, first);
    if (rest > first)
        feed_steady(src, rest - first);
}

/* The next n samples. */
static void render(struct sound_source *src, u64 n)
{
    struct sound_frame chunk[SOUND_CHUNK];
    while (n && !src->idle) {
        unsigned some = n < SOUND_CHUNK ? (unsigned)n : SOUND_CHUNK;
        src->idle = !src->render(src->dev, src->made, chunk, some);
        src->level = chunk[some - 1];
        if (src->repeat == 1)
            feed(src, chunk, some);
        for (unsigned i = 0; src->repeat > 1 && i < some; i++)
            feed_one(src, chunk[i], src->repeat);
        src->made += some;
        n -= some;
    }
    src->made += n;
    if (n)
        hold(src, n);
}

void sound_source_advance(struct sound_source *src, u64 to)
{
    u64 due = samples_before(src, to);
    if (due > src->made)
        render(src, due - src->made);
}

void sound_source_catch_up(struct sound_source *src)
{
    struct mixer *m = src->mixer;
    u64 now = clock_now(m->dev.board->clock);
    mixer_run(m, now);
    sound_source_advance(src, now);
    src->idle = false;
}

/*
 * The old grid ends here: output frames before this instant are completed as if the level stayed,
 * and the samples that were made up for it are taken back.
 */
static void finish_grid(struct sound_source *src, u64 now)
{
    u64 until = output_at(src, now);
    unsigned made_up = 0;
    s16 left[SOUND_TAPS], right[SOUND_TAPS];
    memcpy(left, src->left, sizeof(left));
    memcpy(right, src->right, sizeof(right));
    u32 steady = src->steady;
    while (src->output < until && made_up++ < HIGHEST)
        feed_one(src, src->level, 1);
    memcpy(src->left, left, sizeof(left));
    memcpy(src->right, right, sizeof(right));
    src->steady = steady;
}

static void new_grid(struct sound_source *src)
{
    u64 now = clock_now(src->mixer->dev.board->clock);
    finish_grid(src, now);
    choose_step(src);
    place(src, now);
}

void sound_source_rate(struct sound_source *src, u32 num, u32 den)
{
    u32 old_num = src->num, old_den = src->den;
    sound_source_sync(src);
    set_rate(src, num, den);
    if (sound_heard(src) && (src->num != old_num || src->den != old_den))
        new_grid(src);
}

void sound_source_restart(struct sound_source *src)
{
    sound_source_sync(src);
    if (sound_heard(src))
        new_grid(src);
}

void sound_source_volume(struct sound_source *src, u32 left, u32 right)
{
    if (src->volume.left == left && src->volume.right == right)
        return;
    sound_source_sync(src);
    src->volume = (struct sound_gain){left, right};
}

void sound_source_init(struct sound_source *src, const char *name, sound_render_fn *fn,
                       void *opaque, u32 num, u32 den)
{
    *src = (struct sound_source){.name = name,
                                 .render = fn,
                                 .dev = opaque,
                                 .volume = {SOUND_UNITY, SOUND_UNITY},
                                 .cable = {SOUND_UNITY, SOUND_UNITY},
                                 .person = 100};
    set_rate(src, num, den);
}

/* ---- state ---- */

/*
 * A sample's output waits in the mixer, with what has not been delivered yet; that of a very slow
 * source can be more than a snapshot has room for, and then it begins anew.
 */
static bool too_far_ahead(const struct sound_source *src)
{
    u64 room = SOUND_PENDING - src->mixer->rate * SOUND_LATE_MS / 1000 - 2;
    return (u64)src->mixer->rate * src->den > room * src->num && src->output > src->mixer->done &&
           src->output - src->mixer->done > SOUND_PENDING;
}

static void check(struct sound_source *src, struct state *s)
{
    u64 farthest = SOUND_TAPS + 64 * (src->step / src->unit + 1) + src->lag;
    /* A snapshot is taken with all samples made: one that is ahead would be silent for years. */
    u64 due = samples_before(src, clock_now(src->mixer->dev.board->clock));
    if (src->at < AHEAD || src->at + BEHIND <= SOUND_TAPS || src->at > farthest ||
        src->rest >= src->unit || src->steady > SOUND_TAPS ||
        src->start > clock_now(src->mixer->dev.board->clock) || src->output < src->mixer->done ||
        src->output - src->mixer->done > SOUND_PENDING || src->made != due)
        state_fail(s, "sound %s: impossible position", src->name);
}

static void position_state(struct sound_source *src, struct state *s)
{
    state_u64(s, "start", &src->start);
    state_u64(s, "made", &src->made);
    state_bool(s, "idle", &src->idle);
    state_u16(s, "level left", (u16 *)&src->level.left);
    state_u16(s, "level right", (u16 *)&src->level.right);
    state_u64(s, "output", &src->output);
    state_u64(s, "at", &src->at);
    state_u64(s, "rest", &src->rest);
    state_u32(s, "steady", &src->steady);
    state_u16s(s, "left", (u16 *)src->left, SOUND_TAPS);
    state_u16s(s, "right", (u16 *)src->right, SOUND_TAPS);
}

void sound_source_state(struct sound_source *src, struct state *s)
{
    if (state_digesting(s))
        return;
    u32 rate = sound_heard(src) ? src->mixer->rate : 0; /* 0: nobody listens */
    u32 num = src->num, den = src->den;
    state_u32(s, "sound num", &num);
    state_u32(s, "sound den", &den);
    state_u32(s, "volume left", &src->volume.left);
    state_u32(s, "volume right", &src->volume.right);
    state_u32(s, "cable left", &src->cable.left);
    state_u32(s, "cable right", &src->cable.right);
    state_u32(s, "output rate", &rate);
    if (state_loading(s) && state_ok(s)) {
        set_rate(src, num, den);
        if (src->volume.left > SOUND_UNITY * 4 || src->volume.right > SOUND_UNITY * 4 ||
            src->cable.left > SOUND_UNITY * 4 || src->cable.right > SOUND_UNITY * 4)
            state_fail(s, "sound %s: impossible volume", src->name);
        if (sound_heard(src))
            sound_source_begin(src);
    }
    if (!rate || !state_ok(s))
        return;
    struct sound_source skipped;
    bool fits = sound_heard(src) && rate == src->mixer->rate;
    if (!fits)
        skipped = *src;
    position_state(fits ? src : &skipped, s);
    if (!state_loading(s) || !state_ok(s) || !fits)
        return;
    if (too_far_ahead(src))
        sound_source_begin(src);
    else
        check(src, s);
}
