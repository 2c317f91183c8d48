/*
 * midi_in.c - bytes on their way to MIDI IN. See midi_in.h. 31250 baud, ten bits a byte ("MIDI 1.0
 * Detailed Specification", hardware).
 */
#include "hw/sound/midi_in.h"
#include "hw/base/journal.h"
#include "hw/bus/slots.h"

#include <string.h>

#define POLL_NS (1 * NS_PER_MS)

enum { AT_ONCE = 64 };

static u64 now(const struct midi_in *m)
{
    return clock_now(m->dev.board->clock);
}

/* ---- in ---- */

static void start_next(struct midi_in *m)
{
    if (m->count && !timer_armed(&m->arrive))
        timer_arm(&m->arrive, now(m) + MIDI_BYTE_NS);
}

static void on_arrive(void *opaque)
{
    struct midi_in *m = opaque;
    u8 v = m->queue[m->head];
    m->head = (u16)((m->head + 1) % MIDI_IN_QUEUE);
    m->count--;
    start_next(m);
    for (struct midi_socket *in = m->sockets; in; in = in->next)
        in->byte(in->card, v);
}

/* More than a third of a second of bytes that the wire cannot carry is lost. */
static void queue(struct midi_in *m, const u8 *data, size_t n)
{
    for (size_t i = 0; i < n && m->count < MIDI_IN_QUEUE; i++)
        m->queue[(m->head + m->count++) % MIDI_IN_QUEUE] = data[i];
    start_next(m);
}

static size_t ask(struct midi_in *m, u64 to, u8 *data)
{
    struct journal *j = m->dev.board->clock->journal;
    size_t n = 0;
    if (journal_replays(j)) {
        const u8 *bytes;
        const struct journal_entry *e = journal_take(j, JOURNAL_MIDI, m->dev.ordinal, &bytes);
        n = e && e->size <= AT_ONCE ? e->size : 0;
        if (n)
            memcpy(data, bytes, n);
        return n;
    }
    n = m->source->bytes(m->source->opaque, m->asked, to, data, AT_ONCE);
    if (n)
        journal_note(j, JOURNAL_MIDI, m->dev.ordinal, data, n);
    return n;
}

/* A source that never ends is looked at again in a millisecond. */
static void on_poll(void *opaque)
{
    struct midi_in *m = opaque;
    u8 data[AT_ONCE];
    u64 to = now(m);
    size_t n;
    for (unsigned i = 0; i < MIDI_IN_QUEUE / AT_ONCE && (n = ask(m, to, data)); i++)
        queue(m, data, n);
    m->asked = to;
    timer_arm(&m->poll, to + POLL_NS);
}

/* ---- for cards ---- */

void midi_socket_attach(struct device *d, struct midi_socket *in, void (*byte)(void *card, u8 v),
                        void *card)
{
    bool alone = !d->board || !d->board->slots;
    *in = (struct midi_socket){.byte = byte, .card = card};
    in->cable = alone ? NULL : (struct midi_in *)slots_find(d, &midi_in_class, NULL);
    if (in->cable)
        midi_in_plug(in->cable, in);
}

void midi_in_plug(struct midi_in *m, struct midi_socket *in)
{
    struct midi_socket **last = &m->sockets;
    in->cable = m;
    while (*last)
        last = &(*last)->next;
    *last = in;
}

void midi_socket_detach(struct midi_socket *in)
{
    if (!in->cable)
        return;
    struct midi_socket **at = &in->cable->sockets;
    while (*at && *at != in)
        at = &(*at)->next;
    if (*at)
        *at = in->next;
    in->cable = NULL;
}

/* ---- the device ---- */

static bool midi_in_realize(struct device *d, const struct board *b, struct err *e)
{
    struct midi_in *m = (struct midi_in *)d;
    (void)e;
    m->source = slots_midi_in(d);
    timer_init(&m->poll, b->clock, on_poll, m);
    timer_init(&m->arrive, b->clock, on_arrive, m);
    return true;
}

/* A cable has no RESET line; but what was on it may be of another time. */
static void midi_in_reset(struct device *d)
{
    struct midi_in *m = (struct midi_in *)d;
    timer_disarm(&m->arrive);
    m->head = m->count = 0;
    m->asked = now(m);
    timer_arm(&m->poll, now(m) + POLL_NS);
}

static void midi_in_state(struct device *d, struct state *s)
{
    struct midi_in *m = (struct midi_in *)d;
    u8 waiting[MIDI_IN_QUEUE];
    for (unsigned i = 0; i < m->count; i++)
        waiting[i] = m->queue[(m->head + i) % MIDI_IN_QUEUE];
    timer_state(&m->poll, s, "poll");
    timer_state(&m->arrive, s, "arrive");
    state_u64(s, "asked", &m->asked);
    state_u16(s, "count", &m->count);
    if (m->count > MIDI_IN_QUEUE) {
        m->count = 0;
        state_fail(s, "more MIDI bytes than fit");
    }
    state_bytes(s, "waiting", waiting, m->count);
    if (!state_loading(s))
        return;
    m->head = 0;
    memcpy(m->queue, waiting, m->count);
    if (state_ok(s) &&
        (m->asked > now(m) || !timer_armed(&m->poll) || m->poll.when > now(m) + POLL_NS ||
         timer_armed(&m->arrive) != (m->count != 0) ||
         (m->count && m->arrive.when > now(m) + MIDI_BYTE_NS)))
        state_fail(s, "the MIDI cable's bytes cannot be");
    if (!state_ok(s))
        m->count = 0;
}

static void midi_in_destroy(struct device *d)
{
    struct midi_in *m = (struct midi_in *)d;
    timer_disarm(&m->poll);
    timer_disarm(&m->arrive);
    while (m->sockets)
        midi_socket_detach(m->sockets);
}

static void midi_in_describe(const struct device *d, FILE *out)
{
    fprintf(out, "%u bytes on their way\n", ((const struct midi_in *)d)->count);
}

const struct device_class midi_in_class = {
    .name = "midi_in",
    .doc = "cable at MIDI IN",
    .size = sizeof(struct midi_in),
    .bus = BUS_OUTSIDE,
    .optional = true,
    .state_version = 1,
    .realize = midi_in_realize,
    .reset = midi_in_reset,
    .state = midi_in_state,
    .destroy = midi_in_destroy,
    .describe = midi_in_describe,
};
