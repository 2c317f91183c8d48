/*
 * capture.c - a machine's picture and sound as a video file. See capture.h.
 *
 * A new mode counts when two pictures one after the other have it, and a dark display when it has
 * been dark for half a second, as in the window: in between, the last picture stays.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/capture/capture.h"

#include "frontend/capture/mkv.h"
#include "hw/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DARK_NS (NS_PER_SEC / 2)
#define STEP_NS (NS_PER_SEC) /* between two pictures at most */
#define NO_VERSION UINT64_MAX

enum { MOST_PARTS = 9999, MOST_ENDING = 8, DARK_W = 640, DARK_H = 480 };

struct kept {
    u32 *pixels;
    size_t room;
    unsigned width, height;
    double aspect;
};

/* Samples and pixels go into the stream as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "samples are little-endian");

struct heard {
    u32 rate;
    u64 frames; /* taken up to now */
    u64 from;   /* time in the video of the first of them */
    bool begun;
    struct sound_frame *held; /* those that came before there was a picture */
    size_t held_count, held_room;
    bool lost; /* there was no memory for them */
};

struct capture {
    struct launcher *launcher; /* who starts ffmpeg; NULL: we do */
    struct vm *vm;
    char *path; /* of the first part */
    enum capture_shape shape;
    encoder_hurry *hurry;
    void *opaque;

    struct encoder *encoder; /* of the part */
    bool begun;              /* its size is known, and its head written */
    unsigned width, height;  /* of its pictures */
    double aspect;           /* of what they show */
    unsigned parts;
    u64 pictures;
    struct encoder *ending[MOST_ENDING]; /* parts before, whose ffmpeg is still at work */
    unsigned endings;

    u64 next;   /* guest time of the next look */
    u64 looked; /* and of the last */
    u64 at;     /* its time in the video */
    u64 from;   /* guest time that is 0 in the video; it may wrap after a snapshot was loaded */
    u64 last;   /* time of the last picture in the video */
    u64 dark;   /* guest time since which the display is dark, 0: it is not */
    bool shown; /* there is a picture in the part */

    struct kept picture;     /* the last one of the video, as the guest made it */
    u64 version;             /* its; NO_VERSION: the next one is looked at in any case */
    bool blank;              /* it is the dark display */
    unsigned seen_w, seen_h; /* of the look before, which may be a mode that does not last */
    double seen_aspect;
    bool seen_text;
    u32 *square; /* CAPTURE_ASPECT */
    struct heard heard;
};

/* ---- pictures ---- */

static bool keep(struct kept *k, const u32 *pixels, unsigned width, unsigned height, double aspect)
{
    size_t size = (size_t)width * height * sizeof(u32);
    if (size > k->room) {
        u32 *room = realloc(k->pixels, size);
        if (!room)
            return false;
        k->pixels = room;
        k->room = size;
    }
    if (pixels)
        memcpy(k->pixels, pixels, size);
    else
        memset(k->pixels, 0, size);
    k->width = width;
    k->height = height;
    k->aspect = aspect;
    return true;
}

static bool same(const struct kept *k, const struct screen *s)
{
    return k->pixels && k->width == s->width && k->height == s->height && k->aspect == s->aspect &&
           memcmp(k->pixels, s->pixels, (size_t)s->width * s->height * sizeof(u32)) == 0;
}

/* ---- sound ---- */

/* Frames of sound in ns, without loss in the middle. */
static u64 sound_ns(u64 frames, u32 rate)
{
    return frames / rate * NS_PER_SEC + frames % rate * NS_PER_SEC / rate;
}

static bool put_sound(struct capture *c, const struct sound_frame *f, size_t count, u64 frame)
{
    u8 head[MKV_BLOCK_HEAD];
    size_t size = count * sizeof(*f);
    u64 time = c->heard.from + sound_ns(frame, c->heard.rate);
    return encoder_put(c->encoder, head, mkv_block_head(head, MKV_SOUND, time, size), f, size);
}

static void hold_sound(struct heard *h, const struct sound_frame *f, size_t count)
{
    if (!ARRAY_ROOM(h->held, h->held_room, h->held_count + count)) {
        h->lost = true;
        return;
    }
    memcpy(h->held + h->held_count, f, count * sizeof(*f));
    h->held_count += count;
}

/*
 * A sink of the machine (hw/sound/sound.h). Times are counted from the first block on, for a
 * snapshot that is loaded moves the numbers.
 */
static void take_sound(void *opaque, const struct sound_frame *f, unsigned count, u64 first)
{
    struct capture *c = opaque;
    struct heard *h = &c->heard;
    u64 at = sound_ns(first, h->rate);
    if (!h->begun)
        h->from = at > c->from ? at - c->from : 0;
    h->begun = true;
    if (c->begun)
        put_sound(c, f, count, h->frames);
    else
        hold_sound(h, f, count);
    h->frames += count;
}

static bool put_held(struct capture *c)
{
    struct heard *h = &c->heard;
    bool ok = !h->held_count || put_sound(c, h->held, h->held_count, h->frames - h->held_count);
    free(h->held);
    h->held = NULL;
    h->held_count = h->held_room = 0;
    return ok;
}

/* ---- parts ---- */

/* "video.mkv" becomes "video-2.mkv", the first one from `n` on that does not exist. */
static char *part_name(const char *path, unsigned *n)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    if (!dot || (slash && dot < slash) || dot == (slash ? slash + 1 : path))
        dot = path + strlen(path);
    for (; *n <= MOST_PARTS; (*n)++) {
        char *name;
        if (asprintf(&name, "%.*s-%u%s", (int)(dot - path), path, *n, dot) < 0)
            return NULL;
        if (access(name, F_OK) != 0)
            return name;
        free(name);
    }
    return NULL;
}

/* Those whose ffmpeg has ended, or all of them. */
static bool close_parts(struct capture *c, bool all, struct err *e)
{
    bool ok = true;
    struct err why;
    for (unsigned i = 0; i < c->endings;) {
        struct encoder *en = c->ending[i];
        if (!all && !encoder_over(en)) {
            i++;
            continue;
        }
        memmove(&c->ending[i], &c->ending[i + 1], (--c->endings - i) * sizeof(en));
        if (!encoder_close(en, ok ? e : &why))
            ok = false;
    }
    return ok;
}

static bool write_head(struct capture *c, unsigned width, unsigned height, double aspect)
{
    u8 head[MKV_HEAD];
    struct mkv_video v = {
        .width = width, .height = height, .aspect = aspect, .frame_ns = vm_frame_ns(c->vm)};
    struct mkv_sound sound = {.rate = c->heard.rate, .channels = 2};
    size_t size = mkv_head(head, &v, &sound);
    c->begun = true;
    c->width = width;
    c->height = height;
    return encoder_put(c->encoder, head, size, NULL, 0) && put_held(c);
}

/* The part so far is whole, and the next one begins. */
static bool next_part(struct capture *c, struct err *e)
{
    unsigned n = c->parts + 1;
    char *name = part_name(c->path, &n);
    if (!name)
        return err_set(e, "%s: no name for part %u of the recording", c->path, n);
    if (c->endings == MOST_ENDING && !close_parts(c, true, e)) {
        free(name);
        return false;
    }
    struct encoder *en = encoder_start(name, c->launcher, c->hurry, c->opaque, e);
    free(name);
    if (!en)
        return false;
    encoder_finish(c->encoder);
    c->ending[c->endings++] = c->encoder;
    c->encoder = en;
    c->parts++;
    c->begun = c->shown = false;
    return true;
}

/* ---- into the video ---- */

static bool put_pixels(struct capture *c, const u32 *pixels, u64 time)
{
    u8 head[MKV_BLOCK_HEAD];
    size_t size = (size_t)c->width * c->height * sizeof(u32);
    size_t head_size = mkv_block_head(head, MKV_VIDEO, time, size);
    c->last = time;
    c->shown = true;
    c->pictures++;
    return encoder_put(c->encoder, head, head_size, pixels, size);
}

/* The encoder's own words come from capture_stop(), which closes it. */
static bool ended(const struct capture *c, struct err *e)
{
    return err_set(e, "%s: the recording has ended", encoder_path(c->encoder));
}

static bool no_memory(const struct capture *c, struct err *e)
{
    return err_set(e, "%s: out of memory", encoder_path(c->encoder));
}

/* The kept picture, at this time. */
static bool put_picture(struct capture *c, u64 time, struct err *e)
{
    const struct kept *k = &c->picture;
    bool raw = c->shape == CAPTURE_RAW;
    if (!c->begun) {
        unsigned w = k->width, h = k->height;
        if (!raw) {
            capture_square_size(k->width, k->height, k->aspect, &w, &h);
            c->square = malloc((size_t)w * h * sizeof(u32));
            if (!c->square)
                return no_memory(c, e);
        }
        c->aspect = k->aspect;
        if (!write_head(c, w, h, raw ? k->aspect : (double)w / h))
            return ended(c, e);
    }
    if (!raw &&
        !capture_square(k->pixels, k->width, k->height, k->aspect, c->square, c->width, c->height))
        return no_memory(c, e);
    return put_pixels(c, raw ? k->pixels : c->square, time) || ended(c, e);
}

/* Another picture than the kept one. Of another size, it begins a part, up to which this one goes.
 */
static bool put_new(struct capture *c, u64 time, const struct screen *s, struct err *e)
{
    bool fits = c->width == s->width && c->height == s->height && c->aspect == s->aspect;
    if (c->shape == CAPTURE_RAW && c->begun && !fits &&
        (!put_picture(c, time, e) || !next_part(c, e)))
        return false;
    /* The very first one is there from the beginning, black until now. */
    if (time && !c->begun && c->parts == 1) {
        if (!keep(&c->picture, NULL, s->width, s->height, s->aspect))
            return no_memory(c, e);
        if (!put_picture(c, 0, e))
            return false;
    }
    c->blank = false;
    if (!keep(&c->picture, s->pixels, s->width, s->height, s->aspect))
        return no_memory(c, e);
    return put_picture(c, time, e);
}

/* ---- looking ---- */

/* The display is dark, for half a second by now. */
static bool put_dark(struct capture *c, u64 time, struct err *e)
{
    const struct kept *k = &c->picture;
    c->blank = true;
    c->version = NO_VERSION;
    return (keep(&c->picture, NULL, k->width, k->height, k->aspect) || no_memory(c, e)) &&
           put_picture(c, time, e);
}

/* Is this the mode of the look before? */
static bool lasts(struct capture *c, const struct screen *s)
{
    bool yes = c->seen_w == s->width && c->seen_h == s->height && c->seen_text == s->text &&
               c->seen_aspect == s->aspect;
    c->seen_w = s->width;
    c->seen_h = s->height;
    c->seen_aspect = s->aspect;
    c->seen_text = s->text;
    return yes;
}

static bool take(struct capture *c, u64 time, struct err *e)
{
    struct screen s;
    u64 now = vm_now(c->vm);
    vm_screen(c->vm, &s);
    if (!s.width || !s.height) {
        if (!c->dark || c->dark > now)
            c->dark = now + !now;
        if (now - c->dark >= DARK_NS && !c->begun) /* what is heard does not wait for it */
            return (keep(&c->picture, NULL, DARK_W, DARK_H, 4.0 / 3) || no_memory(c, e)) &&
                   put_picture(c, 0, e);
        if (now - c->dark >= DARK_NS && !c->blank)
            return put_dark(c, time, e);
    } else {
        c->dark = 0;
        if ((lasts(c, &s) || !time) && s.version != c->version) {
            c->version = s.version;
            if (!same(&c->picture, &s))
                return put_new(c, time, &s, e);
        }
    }
    /* Whoever jumps about in the video finds something. */
    return !c->shown || time - c->last < STEP_NS || put_picture(c, time, e);
}

bool capture_look(struct capture *c, struct err *e)
{
    u64 now = vm_now(c->vm);
    /* A snapshot was loaded: what comes now follows what was. */
    bool jumped = now < c->looked || now > c->next + NS_PER_SEC / 10;
    if (!close_parts(c, false, e))
        return false;
    if (encoder_failed(c->encoder))
        return ended(c, e);
    if (c->heard.lost)
        return no_memory(c, e);
    if (now < c->next && !jumped)
        return true;
    if (jumped) {
        c->from = now - (c->at + vm_frame_ns(c->vm));
        c->version = NO_VERSION;
        c->next = now;
    }
    c->at = c->next - c->from;
    c->next = vm_frame_end(c->vm);
    c->looked = now;
    return take(c, c->at, e);
}

u64 capture_next(const struct capture *c)
{
    return c->next;
}

void capture_facts(const struct capture *c, struct capture_facts *out)
{
    u64 now = vm_now(c->vm) - c->from;
    *out = (struct capture_facts){.file = encoder_path(c->encoder),
                                  .time = now > c->last ? now : c->last,
                                  .pictures = c->pictures,
                                  .parts = c->parts};
}

struct capture *capture_start(struct vm *vm, const char *path, enum capture_shape shape,
                              struct launcher *launcher, encoder_hurry *hurry, void *opaque,
                              struct err *e)
{
    struct capture *c = calloc(1, sizeof(*c));
    if (!c || !(c->path = strdup(path))) {
        free(c);
        err_set(e, "out of memory");
        return NULL;
    }
    c->vm = vm;
    c->shape = shape;
    c->launcher = launcher;
    c->hurry = hurry;
    c->opaque = opaque;
    c->from = vm_now(vm);
    c->parts = 1;
    c->heard.rate = vm_sound_rate(vm);
    c->next = c->looked = c->from;
    c->version = NO_VERSION;
    c->encoder = encoder_start(path, launcher, hurry, opaque, e);
    struct sound_sink sink = {take_sound, c};
    if (c->encoder && vm_sound_listen(vm, &sink))
        return c;
    if (c->encoder) {
        encoder_close(c->encoder, NULL);
        unlink(path);
        err_set(e, "%s: too many listen to this machine", path);
    }
    free(c->path);
    free(c);
    return NULL;
}

/* The last picture lasts up to the end. */
static bool put_end(struct capture *c, struct err *e)
{
    u64 time = vm_now(c->vm) - c->from;
    if (c->begun)
        return time <= c->last || put_picture(c, time, e);
    /* Nothing was shown: a video has to have a picture all the same. */
    return (keep(&c->picture, NULL, DARK_W, DARK_H, 4.0 / 3) || no_memory(c, e)) &&
           put_picture(c, 0, e) && (!time || put_picture(c, time, e));
}

bool capture_stop(struct capture *c, struct err *e)
{
    struct err why;
    struct sound_sink sink = {take_sound, c};
    bool ok = encoder_failed(c->encoder) || put_end(c, e);
    vm_sound_leave(c->vm, &sink);           /* the rest comes now */
    if (!encoder_close(c->encoder, &why)) { /* says more */
        ok = false;
        if (e)
            *e = why;
    }
    if (!close_parts(c, true, ok ? e : &why))
        ok = false;
    free(c->heard.held);
    free(c->picture.pixels);
    free(c->square);
    free(c->path);
    free(c);
    return ok;
}
