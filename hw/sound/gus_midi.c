/*
 * gus_midi.c - the UltraSound's MIDI: an MC6850 at 31250 baud behind 3X0h and 3X1h (Motorola,
 * MC6850 data sheet; UltraSound Software Development Kit 2.22, chapter 2).
 *
 *   3X0  write: bits 1-0 = 3 hold it in reset, 6-5 = 01: it interrupts while it can take a byte,
 *               bit 7: while one is here
 *        read:  bit 0 a byte is here, 1 one may be written, 5 one was lost, 7 it interrupts
 *   3X1  the byte
 *
 * A byte that is written waits behind the one that is being sent; a third one is lost. One that
 * comes while the last one has not been read is lost, which bit 5 says after that one was read.
 * With 2X0h bit 5 the receiver hears the sender instead of MIDI IN.
 *
 * Not modelled: other words than eight bits, other rates than the crystal's / 16 (the SDK has
 * none), framing errors, break.
 */
#include "hw/bus/slots.h"
#include "hw/sound/gus.h"

enum { HELD = 3, SENDS = 0x60, SEND_IRQ = 0x20, RECEIVE_IRQ = 0x80 };
enum { FULL = 0x01, EMPTY = 0x02, OVERRUN = 0x20, ASKS = 0x80 };

static u64 now(const struct gus *g)
{
    return clock_now(g->dev.board->clock);
}

static bool held(const struct gus_midi *m)
{
    return (m->control & HELD) == HELD;
}

/* ---- interrupts ---- */

u8 gus_midi_status(const struct gus *g)
{
    const struct gus_midi *m = &g->midi;
    bool sends = (m->control & SENDS) == SEND_IRQ && midi_ready(&m->out, now(g));
    bool has = m->control & RECEIVE_IRQ && (m->full || m->overrun);
    if (held(m))
        return 0;
    return (u8)((sends ? GUS_MIDI_OUT : 0) | (has ? GUS_MIDI_IN : 0));
}

u64 gus_midi_next(const struct gus *g)
{
    const struct gus_midi *m = &g->midi;
    u64 next = m->looped && m->control & RECEIVE_IRQ ? m->loop_at : CLOCK_NEVER;
    u64 room = m->out.free_at > MIDI_BYTE_NS ? m->out.free_at - MIDI_BYTE_NS : 0;
    if (!held(m) && (m->control & SENDS) == SEND_IRQ && room > now(g) && room < next)
        next = room;
    return next;
}

/* ---- bytes ---- */

static void receive(struct gus_midi *m, u8 v)
{
    if (held(m))
        return;
    if (m->full) {
        m->lost = true;
        return;
    }
    m->received = v;
    m->full = true;
}

static void from_cable(void *card, u8 v)
{
    struct gus *g = card;
    if (g->mix & GUS_MIX_LOOP)
        return;
    gus_catch_up(g);
    receive(&g->midi, v);
    gus_update(g);
}

void gus_midi_catch_up(struct gus *g)
{
    struct gus_midi *m = &g->midi;
    while (m->looped && m->loop_at <= now(g)) {
        receive(m, m->loop[0]);
        m->loop[0] = m->loop[1];
        m->looped--;
        m->loop_at += MIDI_BYTE_NS;
    }
}

static void send(struct gus *g, u8 v)
{
    struct gus_midi *m = &g->midi;
    if (held(m) || !midi_ready(&m->out, now(g)))
        return;
    midi_send(&m->out, now(g), v);
    if (!(g->mix & GUS_MIX_LOOP) || m->looped == GUS_MIDI_ON_WIRE)
        return;
    if (!m->looped)
        m->loop_at = m->out.free_at;
    m->loop[m->looped++] = v;
}

/* ---- ports ---- */

u8 gus_midi_in(struct gus *g, bool data)
{
    struct gus_midi *m = &g->midi;
    if (!data && held(m))
        return 0;
    if (!data)
        return (u8)((m->full ? FULL : 0) | (midi_ready(&m->out, now(g)) ? EMPTY : 0) |
                    (m->overrun ? OVERRUN : 0) | (gus_midi_status(g) ? ASKS : 0));
    m->overrun = m->lost; /* the byte stays until that was seen */
    m->full = m->lost;
    m->lost = false;
    return m->received;
}

static void forget(struct gus_midi *m)
{
    m->full = m->overrun = m->lost = false;
    m->looped = 0;
}

void gus_midi_out(struct gus *g, bool data, u8 v)
{
    if (data) {
        send(g, v);
        return;
    }
    g->midi.control = v;
    if (held(&g->midi))
        forget(&g->midi);
}

/* ---- life ---- */

void gus_midi_init(struct gus *g)
{
    g->midi.out.sink = slots_midi(&g->dev);
    midi_socket_attach(&g->dev, &g->midi.in, from_cable, g);
}

/* Without a RESET line: it begins held, as after power-on. */
void gus_midi_reset(struct gus *g)
{
    g->midi.control = HELD;
    g->midi.received = 0;
    forget(&g->midi);
}

void gus_midi_state(struct gus *g, struct state *s)
{
    struct gus_midi *m = &g->midi;
    state_u8(s, "midi control", &m->control);
    state_u8(s, "midi received", &m->received);
    state_bool(s, "midi full", &m->full);
    state_bool(s, "midi overrun", &m->overrun);
    state_bool(s, "midi lost", &m->lost);
    state_u64(s, "midi free at", &m->out.free_at);
    state_u8(s, "midi looped", &m->looped);
    state_bytes(s, "midi loop", m->loop, sizeof(m->loop));
    state_u64(s, "midi loop at", &m->loop_at);
    if (!state_loading(s) || !state_ok(s))
        return;
    if (m->looped > GUS_MIDI_ON_WIRE || (m->looped && m->loop_at + MIDI_BYTE_NS < now(g)) ||
        m->out.free_at > now(g) + 2 * MIDI_BYTE_NS || m->loop_at > now(g) + 2 * MIDI_BYTE_NS) {
        forget(m);
        state_fail(s, "gus: MIDI that cannot be");
    }
}
