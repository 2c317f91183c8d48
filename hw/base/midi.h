/*
 * midi.h - what leaves a machine's MIDI sockets.
 */
#ifndef FERRITE_MIDI_H
#define FERRITE_MIDI_H

#include "hw/base/types.h"

/*
 * Whoever is at the other end of the cable. Bytes come in order, each with the guest time (ns since
 * power-on) at which its transmission begins, which may be a little later than the present; a
 * snapshot that is loaded moves it. byte NULL: nobody is there.
 */
struct midi_sink {
    void (*byte)(void *opaque, u64 when, u8 byte);
    void *opaque;
};

/*
 * Whoever plays into MIDI IN. `bytes` gives those that begin within [from, to) of guest time, at
 * most `max` of them, and 0 when there are no (more) such bytes; it is asked again until then.
 * NULL: nobody is there.
 */
struct midi_source {
    size_t (*bytes)(void *opaque, u64 from, u64 to, u8 *data, size_t max);
    void *opaque;
};

/* A byte takes so long on the wire: 31250 baud, ten bits. */
enum { MIDI_BYTE_NS = 320000 };

/* A MIDI OUT. `free_at` is when what has been sent is out. */
struct midi_out {
    const struct midi_sink *sink; /* NULL: none */
    u64 free_at;
};

/* Bytes behind this long a queue are lost; no guest that looks at its status bits gets there. */
#define MIDI_QUEUE_NS NS_PER_SEC

static inline void midi_send(struct midi_out *out, u64 now, u8 byte)
{
    u64 when = out->free_at > now ? out->free_at : now;
    if (when > now + MIDI_QUEUE_NS)
        return;
    out->free_at = when + MIDI_BYTE_NS;
    if (out->sink && out->sink->byte)
        out->sink->byte(out->sink->opaque, when, byte);
}

/* Is there room for a byte behind the one that is being sent? */
static inline bool midi_ready(const struct midi_out *out, u64 now)
{
    return out->free_at <= now + MIDI_BYTE_NS;
}

/* Until when, if nobody sends any, is it as it is? A bus_steady_fn's answer. */
static inline u64 midi_steady(const struct midi_out *out, u64 now)
{
    return midi_ready(out, now) ? UINT64_MAX : out->free_at - MIDI_BYTE_NS;
}

#endif
