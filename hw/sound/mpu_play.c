/*
 * mpu_play.c - the MPU-401's sequencer: eight tracks and a conductor, each of which asks the host
 * for one event at a time; clocks to the host and to MIDI OUT (Roland, "MPU-401 Technical Reference
 * Manual", "play", "conductor", "timing").
 *
 * A tick is the timebase's: 48 to 192 in a quarter. A track's event is due `timing` ticks after the
 * one before it, however long the host took to write it. The host is asked for one event, and for
 * the next one (of any track) when that one is complete.
 */
#include "hw/sound/mpu401.h"

enum { EVENT_MIDI, EVENT_OVERFLOW, EVENT_NOTHING, EVENT_END, EVENT_COMMAND, EVENT_KINDS };

/* What the host is told. */
enum { ASK_TRACK = 0xf0, ASK_CONDUCTOR = 0xf9, ALL_END = 0xfc, CLOCK_TO_HOST = 0xfd };

/* What the host writes instead of a MIDI event, or of its timing. */
enum { HOST_OVERFLOW = 0xf8, HOST_MEASURE = 0xf9, HOST_END = 0xfc };

enum { OVERFLOW_TICKS = 240, TIMING_BYTES = 0xf0 };

/* ---- the clock ---- */

/* Ticks in 64 minutes. */
static u64 ticks_rate(const struct mpu401 *m)
{
    return (u64)m->timebase * 24 * m->tempo * m->relative;
}

static bool runs(const struct mpu401 *m)
{
    return m->playing || m->clock_to_host || m->recording;
}

static void arm(struct mpu401 *m)
{
    u64 minutes = 64 * 60 * NS_PER_SEC + m->tick_rest, rate = ticks_rate(m);
    m->tick_at += minutes / rate;
    m->tick_rest = minutes % rate;
    timer_arm(&m->tick, m->tick_at);
}

void mpu_play_clock(struct mpu401 *m)
{
    m->tick_rest = 0; /* another speed counts from the next tick on */
    if (!runs(m)) {
        timer_disarm(&m->tick);
    } else if (!timer_armed(&m->tick)) {
        m->tick_at = clock_now(m->dev->board->clock);
        arm(m);
    }
}

/* ---- what is due ---- */

static void next_event(struct mpu_track *t)
{
    t->loaded = false;
    t->wanted = true;
    t->elapsed = 0;
}

static void play(struct mpu401 *m, unsigned n)
{
    struct mpu_track *t = &m->track[n];
    switch (t->kind) {
    case EVENT_MIDI:
        for (unsigned i = 0; i < t->have; i++)
            mpu_send(m, t->event[i]);
        break;
    case EVENT_COMMAND:
        mpu_set(m, t->event[0], t->event[1]);
        break;
    case EVENT_END:
        t->loaded = false;
        if (n == MPU_CONDUCTOR)
            m->conductor = false;
        else
            m->active &= (u8) ~(1u << n);
        return;
    default:
        break;
    }
    next_event(t);
}

/* Within one tick a track may have several events; but the host writes one at a time. */
static void play_due(struct mpu401 *m, unsigned n)
{
    struct mpu_track *t = &m->track[n];
    unsigned due = t->kind == EVENT_OVERFLOW ? OVERFLOW_TICKS : t->timing;
    if (t->loaded && t->elapsed >= due) {
        u32 late = t->elapsed - due;
        play(m, n);
        t->elapsed = late;
    }
}

/* The conductor comes first: a new tempo is for this tick's notes, too. */
static unsigned in_turn(unsigned i)
{
    return i ? i - 1 : MPU_CONDUCTOR;
}

static bool takes_part(const struct mpu401 *m, unsigned n)
{
    return n == MPU_CONDUCTOR ? m->conductor : bit(m->active, n);
}

static void stop(struct mpu401 *m)
{
    m->playing = m->send_clocks = false;
    m->serving = 0;
    for (unsigned i = 0; i <= MPU_TRACKS; i++)
        m->track[i].wanted = m->track[i].loaded = false;
    mpu_play_clock(m);
}

/* When the last track has come to its end. */
static void look_for_end(struct mpu401 *m)
{
    if (!m->playing || m->active || m->conductor)
        return;
    stop(m);
    m->ended = true;
}

static void on_tick(void *opaque)
{
    struct mpu401 *m = opaque;
    mpu_record_tick(m);
    if (m->playing) {
        for (unsigned i = 0; i <= MPU_TRACKS; i++) {
            unsigned n = in_turn(i);
            if (!takes_part(m, n))
                continue;
            if (m->track[n].elapsed < UINT32_MAX)
                m->track[n].elapsed++;
            play_due(m, n);
        }
        if (m->send_clocks && ++m->midi_ticks >= m->timebase) {
            m->midi_ticks = 0;
            mpu_send(m, 0xf8);
        }
        look_for_end(m);
    }
    if (m->clock_to_host && m->host_rate) {
        m->host_quarters += 4;
        if (m->host_quarters >= m->host_rate) {
            m->host_quarters -= m->host_rate;
            m->clock_due = true;
        }
        if (m->host_quarters > 4u * m->host_rate)
            m->host_quarters = 0;
    }
    if (runs(m) && !timer_armed(&m->tick))
        arm(m);
    mpu_play_ask(m);
}

/* ---- the host ---- */

static void message(struct mpu401 *m, u8 v)
{
    mpu_say(m, v);
    m->message = true;
    m->line(m->dev, true, true);
}

void mpu_play_ask(struct mpu401 *m)
{
    if (m->queued || m->uart)
        return;
    if (m->clock_due) {
        m->clock_due = false;
        message(m, CLOCK_TO_HOST);
        return;
    }
    if (m->serving || m->send || m->command)
        return;
    if (mpu_record_give(m)) {
        m->heard_message = true;
        m->message = true;
        m->line(m->dev, true, true);
        return;
    }
    for (unsigned i = 0; i <= MPU_TRACKS; i++) {
        unsigned n = in_turn(i);
        if (!m->track[n].wanted || !takes_part(m, n))
            continue;
        m->track[n].wanted = false;
        message(m, n == MPU_CONDUCTOR ? ASK_CONDUCTOR : (u8)(ASK_TRACK + n));
        return;
    }
    if (m->ended) {
        m->ended = false;
        message(m, ALL_END);
    }
}

static void complete(struct mpu401 *m)
{
    unsigned n = m->serving - 1u;
    m->track[n].loaded = true;
    m->serving = 0;
    if (m->playing && takes_part(m, n)) {
        play_due(m, n); /* its time may have passed */
        look_for_end(m);
    }
}

static void timing_byte(struct mpu401 *m, struct mpu_track *t, u8 v)
{
    t->have = 0;
    t->timing = v;
    if (v < TIMING_BYTES) {
        m->timing_next = false;
        return;
    }
    t->kind = v == HOST_OVERFLOW ? EVENT_OVERFLOW : v == HOST_END ? EVENT_END : EVENT_NOTHING;
    t->timing = 0;
    complete(m);
}

/* An event without further bytes? */
static bool mark(struct mpu_track *t, u8 v)
{
    if (v == HOST_END)
        t->kind = EVENT_END;
    else if (v == HOST_MEASURE || v == HOST_OVERFLOW)
        t->kind = EVENT_NOTHING;
    else
        return false;
    return true;
}

void mpu_play_event_byte(struct mpu401 *m, u8 v)
{
    bool conductor = m->serving == MPU_CONDUCTOR + 1;
    struct mpu_track *t = &m->track[m->serving - 1];
    if (m->timing_next) {
        timing_byte(m, t, v);
        return;
    }
    if (!t->have) {
        if (mark(t, v)) {
            complete(m);
            return;
        }
        t->kind = conductor ? EVENT_COMMAND : EVENT_MIDI;
        t->length = 2;
        if (!conductor && v >= 0x80) {
            t->length = (u8)midi_length(v);
            if (v < 0xf0)
                t->status = v;
        } else if (!conductor) { /* running status */
            t->event[t->have++] = t->status;
            t->length = (u8)midi_length(t->status);
        } else if (v < 0xe0) { /* a command without data */
            t->kind = EVENT_NOTHING;
            t->length = 1;
        }
    }
    t->event[t->have++] = v;
    if (t->have >= t->length)
        complete(m);
}

/* ---- commands ---- */

/* 0Ah is "start the tracks, and say so by MIDI"; the other digit is recording. */
void mpu_play_command(struct mpu401 *m, u8 command)
{
    static const u8 real_time[4] = {0, 0xfc, 0xfa, 0xfb};
    if (real_time[command & 3])
        mpu_send(m, real_time[command & 3]);
    switch (command & 0x0c) {
    case 0x04:
        stop(m);
        break;
    case 0x08:
        m->playing = true;
        m->send_clocks = command & 2;
        m->midi_ticks = 0;
        m->serving = 0;
        for (unsigned i = 0; i <= MPU_TRACKS; i++) {
            m->track[i] = (struct mpu_track){.status = m->track[i].status};
            m->track[i].wanted = takes_part(m, i);
        }
        mpu_play_clock(m);
        break;
    default:
        break;
    }
    if ((command & 0x30) == 0x10)
        mpu_record_stop(m);
    else if ((command & 0x30) == 0x20)
        mpu_record_start(m);
}

void mpu_play_clear(struct mpu401 *m)
{
    for (unsigned i = 0; i <= MPU_TRACKS; i++) {
        struct mpu_track *t = &m->track[i];
        t->elapsed = 0;
        t->loaded = false;
    }
}

/* ---- life ---- */

void mpu_play_init(struct mpu401 *m)
{
    timer_init(&m->tick, m->dev->board->clock, on_tick, m);
    mpu_play_reset(m);
}

void mpu_play_reset(struct mpu401 *m)
{
    m->timebase = 5; /* 120 */
    m->tempo = 100;
    m->relative = 64;
    m->host_rate = 60;
    m->active = 0;
    m->conductor = m->clock_to_host = m->clock_due = m->ended = false;
    m->host_quarters = m->midi_ticks = 0;
    for (unsigned i = 0; i <= MPU_TRACKS; i++)
        m->track[i] = (struct mpu_track){.status = 0x90};
    stop(m);
    m->tick_at = m->tick_rest = 0;
}

static void track_state(struct mpu401 *m, struct mpu_track *t, struct state *s)
{
    state_bool(s, "loaded", &t->loaded);
    state_bool(s, "wanted", &t->wanted);
    state_u8(s, "kind", &t->kind);
    state_u8(s, "status", &t->status);
    state_u8(s, "timing", &t->timing);
    state_u8(s, "length", &t->length);
    state_u8(s, "have", &t->have);
    state_bytes(s, "event", t->event, sizeof(t->event));
    state_u32(s, "elapsed", &t->elapsed);
    if (state_loading(s) && (t->kind >= EVENT_KINDS || t->length > 3 || t->have > 3 ||
                             (t->have && t->have >= t->length && !t->loaded && m->serving)))
        state_fail(s, "%s: a track that cannot be", m->dev->name);
}

void mpu_play_state(struct mpu401 *m, struct state *s)
{
    state_u8(s, "timebase", &m->timebase);
    state_u8(s, "tempo", &m->tempo);
    state_u8(s, "relative", &m->relative);
    state_u8(s, "host_rate", &m->host_rate);
    state_u8(s, "active", &m->active);
    state_bool(s, "playing", &m->playing);
    state_bool(s, "conductor", &m->conductor);
    state_bool(s, "clock_to_host", &m->clock_to_host);
    state_bool(s, "send_clocks", &m->send_clocks);
    state_bool(s, "ended", &m->ended);
    state_u32(s, "host_quarters", &m->host_quarters);
    state_u32(s, "midi_ticks", &m->midi_ticks);
    state_bool(s, "clock_due", &m->clock_due);
    state_u64(s, "tick_at", &m->tick_at);
    state_u64(s, "tick_rest", &m->tick_rest);
    timer_state(&m->tick, s, "mpu tick");
    for (unsigned i = 0; i <= MPU_TRACKS; i++)
        track_state(m, &m->track[i], s);
    if (!state_loading(s) || !state_ok(s))
        return;
    if (m->timebase < 2 || m->timebase > 8 || m->tempo < 8 || !m->relative ||
        m->tick_rest >= ticks_rate(m) || runs(m) != timer_armed(&m->tick) ||
        (runs(m) && m->tick_at != m->tick.when) || m->host_quarters > 4096)
        state_fail(s, "%s: a sequencer that cannot be", m->dev->name);
}
