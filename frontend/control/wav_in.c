/*
 * wav_in.c - WAV files that are listened to. See wav_in.h.
 */
#include "frontend/control/wav_in.h"

#include "hw/base/hostfile.h"
#include "hw/sound/filter.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_RATE = 1000, MOST_RATE = 384000, MOST_CHANNELS = 64, FMT = 16, EXTENSIBLE = 40 };
enum { PCM = 1, FLOAT = 3, EXTENDED = 0xfffe };
#define MOST_BYTES (256u << 20)

struct wav_in {
    struct sound_frame *frame;
    u32 frames, rate;
    struct sound_filter *filter; /* NULL: the rate is ours */
};

struct format {
    u16 kind, channels, bits, block;
    u32 rate;
};

/* ---- reading ---- */

/* A chunk's contents; NULL: there is none. One that goes over the file's end is cut. */
static const u8 *chunk(const u8 *file, size_t size, const char *name, size_t *length)
{
    size_t at = 12;
    while (size - at >= 8) {
        u32 n = get_le32(file + at + 4);
        size_t rest = size - at - 8;
        if (memcmp(file + at, name, 4) == 0) {
            *length = n < rest ? n : rest;
            return file + at + 8;
        }
        if (n >= rest)
            return NULL;
        at += 8 + n + (n & 1);
        if (at > size)
            return NULL;
    }
    return NULL;
}

static bool read_format(const u8 *at, size_t n, struct format *f)
{
    if (!at || n < FMT)
        return false;
    f->kind = get_le16(at);
    f->channels = get_le16(at + 2);
    f->rate = get_le32(at + 4);
    f->block = get_le16(at + 12);
    f->bits = get_le16(at + 14);
    if (f->kind == EXTENDED && n >= EXTENSIBLE) /* the first two bytes of a GUID */
        f->kind = get_le16(at + 24);
    unsigned bytes = f->bits / 8u;
    bool pcm = f->kind == PCM && f->bits >= 8 && f->bits <= 32 && f->bits % 8 == 0;
    return (pcm || (f->kind == FLOAT && f->bits == 32)) && f->channels &&
           f->channels <= MOST_CHANNELS && f->block == bytes * f->channels &&
           f->rate >= LEAST_RATE && f->rate <= MOST_RATE;
}

/* An IEEE single as a sample, by its bits: every host the same. */
static s16 float_sample(u32 v)
{
    int exponent = (int)(v >> 23 & 0xff) - 127;
    if (exponent >= 0) /* 1 and beyond, and what is no number */
        return v >> 31 ? INT16_MIN : INT16_MAX;
    if (exponent < -16)
        return 0;
    s32 m = (s32)((v & 0x7fffff) | 0x800000) >> (8 - exponent);
    return (s16)(v >> 31 ? -m : m);
}

static s16 sample(const struct format *f, const u8 *at)
{
    if (f->kind == FLOAT)
        return float_sample(get_le32(at));
    if (f->bits == 8)
        return (s16)((*at ^ 0x80) << 8);
    return (s16)get_le16(at + f->bits / 8 - 2);
}

static bool make_filter(struct wav_in *w)
{
    if (w->rate == SOUND_IN_RATE)
        return true;
    w->filter = malloc(sizeof(*w->filter));
    unsigned cut =
        w->rate <= SOUND_IN_RATE ? (unsigned)FILTER_CUTS : FILTER_CUTS * SOUND_IN_RATE / w->rate;
    if (w->filter)
        filter_make(w->filter, cut ? cut : 1);
    return w->filter;
}

struct wav_in *wav_in_parse(const u8 *file, size_t size, const char *name, struct err *e)
{
    struct format f;
    size_t length = 0, data_length = 0;
    bool wave = size >= 12 && memcmp(file, "RIFF", 4) == 0 && memcmp(file + 8, "WAVE", 4) == 0;
    const u8 *format = wave ? chunk(file, size, "fmt ", &length) : NULL;
    const u8 *data = wave ? chunk(file, size, "data", &data_length) : NULL;
    if (!wave || !format || !data) {
        err_set(e, "%.300s: is no WAV file", name);
        return NULL;
    }
    if (!read_format(format, length, &f)) {
        err_set(e, "%.300s: a WAV file of a kind that is not read; PCM of 8 to 32 bits is", name);
        return NULL;
    }
    u32 frames = (u32)(data_length / f.block);
    if (!frames) {
        err_set(e, "%.300s: no sound is in it", name);
        return NULL;
    }
    struct wav_in *w = calloc(1, sizeof(*w));
    if (w)
        w->frame = malloc(frames * sizeof(*w->frame));
    if (!w || !w->frame) {
        err_set(e, "out of memory");
        wav_in_close(w);
        return NULL;
    }
    w->frames = frames;
    w->rate = f.rate;
    for (u32 i = 0; i < frames; i++) {
        const u8 *at = data + (size_t)i * f.block;
        w->frame[i].left = w->frame[i].right = sample(&f, at);
        if (f.channels > 1)
            w->frame[i].right = sample(&f, at + f.bits / 8);
    }
    if (make_filter(w))
        return w;
    err_set(e, "out of memory");
    wav_in_close(w);
    return NULL;
}

struct wav_in *wav_in_open(const char *path, struct err *e)
{
    size_t size;
    int error;
    u8 *file = host_read_whole(path, MOST_BYTES, &size, &error);
    if (!file) {
        err_set(e, "%.300s: cannot be read: %s", path, host_read_error(error));
        return NULL;
    }
    struct wav_in *w = wav_in_parse(file, size, path, e);
    free(file);
    return w;
}

/* ---- playing ---- */

static s16 clip(s32 v)
{
    return (s16)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

static struct sound_frame resampled(const struct wav_in *w, u64 j)
{
    enum { BEFORE = FILTER_TAPS / 2 - 1 };
    s16 left[FILTER_TAPS], right[FILTER_TAPS];
    /* Whole seconds apart: j times the rate has room in 64 bits for ever. */
    u64 second = j / SOUND_IN_RATE, within = j % SOUND_IN_RATE * w->rate;
    u64 place = second * w->rate + within / SOUND_IN_RATE;
    u32 behind = (u32)((within % SOUND_IN_RATE << 24) / SOUND_IN_RATE);
    u32 at = (u32)((place % w->frames + w->frames - BEFORE % w->frames) % w->frames);
    for (unsigned i = 0; i < FILTER_TAPS; i++) {
        left[i] = w->frame[at].left;
        right[i] = w->frame[at].right;
        at = at + 1 == w->frames ? 0 : at + 1;
    }
    return (struct sound_frame){clip(filter_at(left, w->filter, behind)),
                                clip(filter_at(right, w->filter, behind))};
}

void wav_in_read(const struct wav_in *w, struct sound_frame *out, unsigned count, u64 first)
{
    for (unsigned i = 0; i < count; i++)
        out[i] = w->filter ? resampled(w, first + i) : w->frame[(first + i) % w->frames];
}

void wav_in_close(struct wav_in *w)
{
    if (!w)
        return;
    free(w->filter);
    free(w->frame);
    free(w);
}
