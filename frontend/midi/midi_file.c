/*
 * midi_file.c - a Standard MIDI File ("Standard MIDI Files 1.0"): one track, in ticks of 0.1 ms of
 * guest time since power-on. Clocks and active sensing are left out: a player makes its own.
 *
 * It is kept in memory and written at the end: a cable carries 3 KB a second at most.
 */
#include "frontend/control/out_file.h"
#include "frontend/midi/midi_ports.h"
#include "hw/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TICK_NS = 100000, TICKS_A_QUARTER = 5000 }; /* at the 120 quarters a minute of the format */

struct midi_file {
    char *path;
    u8 *bytes;
    size_t size, room;
    u64 tick; /* of the last event */
    bool full;
};

static void put(struct midi_file *f, const void *bytes, size_t n)
{
    f->full = f->full || !ARRAY_ROOM(f->bytes, f->room, f->size + n);
    if (f->full)
        return;
    memcpy(f->bytes + f->size, bytes, n);
    f->size += n;
}

/* Seven bits a byte, the highest first. */
static void put_number(struct midi_file *f, u64 v)
{
    u8 bytes[5];
    unsigned n = 0;
    if (v > 0x0fffffff) /* the format's largest: seven hours of silence */
        v = 0x0fffffff;
    bytes[4] = v & 0x7f;
    while (v >>= 7)
        bytes[4 - ++n] = (u8)(v | 0x80);
    put(f, bytes + 4 - n, n + 1);
}

static void put_be(struct midi_file *f, u32 v, unsigned bytes)
{
    while (bytes--) {
        u8 byte = (u8)(v >> 8 * bytes);
        put(f, &byte, 1);
    }
}

static void begin(struct midi_file *f)
{
    static const u8 tempo[] = {0x00, 0xff, 0x51, 0x03, 0x07, 0xa1, 0x20}; /* 500000 us */
    put(f, "MThd", 4);
    put_be(f, 6, 4);
    put_be(f, 0, 2);
    put_be(f, 1, 2);
    put_be(f, TICKS_A_QUARTER, 2);
    put(f, "MTrk", 4);
    put_be(f, 0, 4); /* its length, at the end */
    put(f, tempo, sizeof(tempo));
}

enum { HEADER = 14, TRACK = HEADER + 8 };

void *midi_file_open(const char *path, struct err *e)
{
    if (!out_file_free(path, e))
        return NULL;
    /* A name that cannot be written is said now. */
    int probe = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (probe < 0) {
        err_set(e, "%.200s: cannot be written: %s", path,
                errno == ENXIO ? "a FIFO that nobody reads" : strerror(errno));
        return NULL;
    }
    close(probe);
    struct midi_file *f = calloc(1, sizeof(*f));
    if (f)
        f->path = strdup(path);
    if (f)
        begin(f);
    if (!f || !f->path || f->full) {
        err_set(e, "out of memory");
        if (f) {
            free(f->path);
            free(f->bytes);
        }
        free(f);
        return NULL;
    }
    return f;
}

static void file_message(void *self, const struct midi_message *m)
{
    struct midi_file *f = self;
    u8 status = m->bytes[0];
    if (status == 0xf8 || status == 0xf9 || status == 0xfe || status == 0xff)
        return;
    u64 tick = m->when / TICK_NS;
    put_number(f, tick > f->tick ? tick - f->tick : 0);
    f->tick = tick > f->tick ? tick : f->tick;
    if (status < 0xf0) {
        put(f, m->bytes, m->length);
    } else if (status == 0xf0) {
        put(f, m->bytes, 1);
        put_number(f, m->length - 1);
        put(f, m->bytes + 1, m->length - 1);
    } else { /* F7h: bytes as they are */
        static const u8 escape = 0xf7;
        put(f, &escape, 1);
        put_number(f, m->length);
        put(f, m->bytes, m->length);
    }
}

static bool file_close(void *self, struct err *e)
{
    static const u8 end[] = {0x00, 0xff, 0x2f, 0x00};
    struct midi_file *f = self;
    struct err why;
    put(f, end, sizeof(end));
    u32 length = (u32)(f->size - TRACK);
    for (unsigned i = 0; i < 4; i++)
        f->bytes[TRACK - 4 + i] = (u8)(length >> 8 * (3 - i));
    bool ok = f->full ? err_set(e, "-midi file:%.200s: out of memory", f->path)
                      : out_file_save(f->path, f->bytes, f->size, &why) ||
                            err_set(e, "-midi file:%.400s", why.text);
    free(f->path);
    free(f->bytes);
    free(f);
    return ok;
}

const struct midi_kind midi_file_kind = {file_message, file_close};
