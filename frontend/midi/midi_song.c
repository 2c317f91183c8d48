/*
 * midi_song.c - Standard MIDI Files by time. See midi_song.h.
 *
 * Events of all tracks are put into one order - by tick, then as they stand in the file - and the
 * tempo map makes times of ticks. Running status is written out; meta events are not sent.
 */
#include "frontend/midi/midi_song.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 14, CHUNK = 8, MOST_EVENTS = 1 << 22, USUAL_TEMPO = 500000 };
enum { META = 0xff, META_TEMPO = 0x51, META_END = 0x2f, EXCLUSIVE = 0xf0, ESCAPE = 0xf7 };

struct song_event {
    u64 when; /* ticks, then ns */
    u32 order;
    u32 at, length; /* in `bytes`; length 0: a tempo, in `at` */
};

struct midi_song {
    struct song_event *event;
    u32 events, room;
    u8 *bytes;
    u32 size, bytes_room;
    /* The question before, and where its answer stopped. */
    u64 from, to;
    u32 next, within;
};

/* What is left of a track. */
struct track {
    const u8 *at, *end;
    u64 tick;
    u8 status;
};

static u32 be(const u8 *p, unsigned n)
{
    u32 v = 0;
    while (n--)
        v = v << 8 | *p++;
    return v;
}

/* A number of up to four bytes; false: the track ends in it. */
static bool number(struct track *t, u32 *v)
{
    *v = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (t->at == t->end)
            return false;
        *v = *v << 7 | (*t->at & 0x7f);
        if (!(*t->at++ & 0x80))
            return true;
    }
    return false;
}

static bool add_event(struct midi_song *s, u64 tick, u32 at, u32 length)
{
    if (s->events == MOST_EVENTS)
        return false;
    if (s->events == s->room) {
        u32 room = s->room ? 2 * s->room : 256;
        struct song_event *more = realloc(s->event, room * sizeof(*more));
        if (!more)
            return false;
        s->event = more;
        s->room = room;
    }
    s->event[s->events] =
        (struct song_event){.when = tick, .order = s->events, .at = at, .length = length};
    s->events++;
    return true;
}

/* One byte before them, unless it is 0. */
static bool add_bytes(struct midi_song *s, u64 tick, u8 first, const u8 *bytes, u32 n)
{
    u32 all = n + (first ? 1 : 0);
    if (!all)
        return true;
    if (all > s->bytes_room - s->size) {
        u32 room = 2 * s->bytes_room + all + 1024;
        u8 *more = realloc(s->bytes, room);
        if (!more)
            return false;
        s->bytes = more;
        s->bytes_room = room;
    }
    u32 at = s->size;
    if (first)
        s->bytes[s->size++] = first;
    memcpy(s->bytes + s->size, bytes, n);
    s->size += n;
    return add_event(s, tick, at, all);
}

/* FFh, F0h, F7h: a length, and so many bytes. */
static bool long_event(struct midi_song *s, struct track *t, u8 status)
{
    u8 type = 0;
    u32 n;
    if (status == META) {
        if (t->at == t->end)
            return false;
        type = *t->at++;
    }
    if (!number(t, &n) || n > (size_t)(t->end - t->at))
        return false;
    const u8 *data = t->at;
    t->at += n;
    t->status = 0;
    if (status == META && type == META_TEMPO && n == 3)
        return add_event(s, t->tick, be(data, 3) ? be(data, 3) : 1, 0);
    if (status == META && type == META_END)
        t->at = t->end;
    if (status == META)
        return true;
    return add_bytes(s, t->tick, status == EXCLUSIVE ? status : 0, data, n);
}

static bool one_event(struct midi_song *s, struct track *t)
{
    u32 later;
    if (!number(t, &later) || t->at == t->end)
        return false;
    t->tick += later;
    u8 status = *t->at >= 0x80 ? *t->at++ : t->status;
    if (status == META || status == EXCLUSIVE || status == ESCAPE)
        return long_event(s, t, status);
    if (status < 0x80 || status >= 0xf0)
        return false;
    unsigned n = (status & 0xe0) == 0xc0 ? 1 : 2;
    if (n > (size_t)(t->end - t->at))
        return false;
    for (unsigned i = 0; i < n; i++) {
        if (t->at[i] >= 0x80)
            return false;
    }
    t->status = status;
    t->at += n;
    return add_bytes(s, t->tick, status, t->at - n, n);
}

static int by_time(const void *a, const void *b)
{
    const struct song_event *x = a, *y = b;
    if (x->when != y->when)
        return x->when < y->when ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Ticks to nanoseconds: `division` as in the head. What would be after the end of time is at it. */
static void set_times(struct midi_song *s, u16 division)
{
    bool smpte = division & 0x8000;
    u64 frames = (u64)(256 - (division >> 8)), parts = division & 0xff;
    /* A tick is above/below nanoseconds. */
    u64 above = smpte ? NS_PER_SEC : USUAL_TEMPO * 1000ull;
    u64 below = smpte ? frames * parts : division;
    u64 tick = 0, ns = 0, rest = 0;
    u32 kept = 0;
    for (u32 i = 0; i < s->events; i++) {
        struct song_event e = s->event[i];
        unsigned __int128 way = (unsigned __int128)(e.when - tick) * above + rest;
        tick = e.when;
        unsigned __int128 then = ns + way / below;
        ns = then < UINT64_MAX ? (u64)then : UINT64_MAX;
        rest = (u64)(way % below);
        e.when = ns;
        if (e.length)
            s->event[kept++] = e;
        else if (!smpte)
            above = e.at * 1000ull;
    }
    s->events = kept;
}

static bool read_tracks(struct midi_song *s, const u8 *file, size_t size)
{
    size_t at = CHUNK + be(file + 4, 4);
    bool any = false;
    while (at < size && size - at >= CHUNK) {
        u32 n = be(file + at + 4, 4);
        size_t rest = size - at - CHUNK, length = n < rest ? n : rest;
        struct track t = {.at = file + at + CHUNK, .end = file + at + CHUNK + length};
        if (memcmp(file + at, "MTrk", 4) == 0) {
            any = true;
            while (t.at < t.end) {
                if (!one_event(s, &t))
                    return false;
            }
        }
        at += CHUNK + length;
    }
    return any;
}

struct midi_song *midi_song_parse(const u8 *file, size_t size, struct err *e)
{
    if (size < HEAD || memcmp(file, "MThd", 4) != 0 || be(file + 4, 4) < HEAD - CHUNK ||
        be(file + 4, 4) > size - CHUNK) {
        err_set(e, "it is no Standard MIDI File");
        return NULL;
    }
    u16 kind = (u16)be(file + 8, 2), division = (u16)be(file + 12, 2);
    if (kind > 1 || !(division & 0xff ? division : division & 0x7fff) ||
        (division & 0x8000 && !(division & 0xff))) {
        err_set(e, kind > 1 ? "it has format %u; 0 and 1 are read" : "its time has no unit", kind);
        return NULL;
    }
    struct midi_song *s = calloc(1, sizeof(*s));
    if (s && read_tracks(s, file, size)) {
        if (s->events)
            qsort(s->event, s->events, sizeof(*s->event), by_time);
        set_times(s, division);
        return s;
    }
    err_set(e, s ? "it is damaged" : "out of memory");
    midi_song_free(s);
    return NULL;
}

/* The first event at `when` or later. */
static u32 first_at(const struct midi_song *s, u64 when)
{
    u32 low = 0, high = s->events;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (s->event[middle].when < when)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t midi_song_bytes(struct midi_song *s, u64 from, u64 to, u8 *data, size_t max)
{
    size_t n = 0;
    if (from != s->from || to != s->to) {
        s->next = first_at(s, from);
        s->within = 0;
        s->from = from;
        s->to = to;
    }
    while (n < max && s->next < s->events && s->event[s->next].when < to) {
        const struct song_event *e = &s->event[s->next];
        u32 some = e->length - s->within;
        if (some > max - n)
            some = (u32)(max - n);
        memcpy(data + n, s->bytes + e->at + s->within, some);
        n += some;
        s->within += some;
        if (s->within == e->length) {
            s->next++;
            s->within = 0;
        }
    }
    return n;
}

void midi_song_free(struct midi_song *s)
{
    if (!s)
        return;
    free(s->event);
    free(s->bytes);
    free(s);
}
