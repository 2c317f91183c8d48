/*
 * mpu_record.c - the MPU-401's MIDI IN (Roland, "MPU-401 Technical Reference Manual", "recording",
 * "MIDI thru").
 *
 * In UART mode bytes go to the host as they come. Else messages are put together; each goes on to
 * MIDI OUT (89h, usual) and, while it records, to the host: a timing byte - ticks of the timebase
 * since the last one, F8h alone each 240 - and the message with its status byte (an exclusive one
 * has its timing byte before F0h, and none inside). 8Bh: without timing to the host when it does
 * not record, too. Controllers and pitch wheels want 87h, exclusive messages 37h. Clocks and other
 * real-time messages of MIDI IN end here.
 *
 * What the host does not fetch waits; when that is full, messages are lost whole.
 */
#include "hw/sound/mpu401.h"

#include <string.h>

enum { OVERFLOW = 0xf8, DATA_END = 0xfc, OVERFLOW_TICKS = 240 };
enum { EXCLUSIVE = 0xf0, EXCLUSIVE_END = 0xf7, REAL_TIME = 0xf8 };

/* ---- pieces for the host ---- */

static void keep(struct mpu401 *m, u8 v)
{
    m->heard[(m->heard_at + m->heard_bytes++) % MPU_HEARD] = v;
}

static bool keep_piece(struct mpu401 *m, const u8 *bytes, unsigned n)
{
    if (m->heard_bytes + n + 1 > MPU_HEARD)
        return false;
    keep(m, (u8)n);
    for (unsigned i = 0; i < n; i++)
        keep(m, bytes[i]);
    return true;
}

bool mpu_record_give(struct mpu401 *m)
{
    if (!m->heard_bytes)
        return false;
    unsigned n = 1u + m->heard[m->heard_at];
    for (unsigned i = 1; i < n; i++)
        mpu_say(m, m->heard[(m->heard_at + i) % MPU_HEARD]);
    m->heard_at = (u16)((m->heard_at + n) % MPU_HEARD);
    m->heard_bytes = (u16)(m->heard_bytes - n);
    return true;
}

/* ---- recording ---- */

void mpu_record_start(struct mpu401 *m)
{
    m->recording = true;
    m->in_ticks = 0;
    mpu_play_clock(m);
}

void mpu_record_stop(struct mpu401 *m)
{
    if (!m->recording)
        return;
    m->recording = false;
    keep_piece(m, (const u8[]){(u8)m->in_ticks, DATA_END}, 2);
    mpu_play_clock(m);
}

void mpu_record_tick(struct mpu401 *m)
{
    if (!m->recording || ++m->in_ticks < OVERFLOW_TICKS)
        return;
    m->in_ticks = 0;
    keep_piece(m, (const u8[]){OVERFLOW}, 1);
}

/* Does the host want such messages? */
static bool wanted(const struct mpu401 *m, u8 status)
{
    u8 kind = status & 0xf0;
    if (kind == 0xf0)
        return status == EXCLUSIVE && m->exclusive;
    return m->controllers || (kind != 0xa0 && kind != 0xb0 && kind != 0xd0 && kind != 0xe0);
}

/* Of a message of this status; `begins`: its first ones. */
static void to_host(struct mpu401 *m, const u8 *bytes, unsigned n, u8 status, bool begins)
{
    u8 piece[MPU_PIECE];
    unsigned head = 0;
    bool timed = m->recording && begins;
    if (!(m->recording || m->to_host) || !wanted(m, status))
        return;
    if (timed)
        piece[head++] = (u8)m->in_ticks;
    memcpy(piece + head, bytes, n);
    if (keep_piece(m, piece, head + n) && timed)
        m->in_ticks = 0;
}

/* ---- messages ---- */

static void complete(struct mpu401 *m)
{
    for (unsigned i = 0; m->thru && i < m->in_have; i++)
        mpu_send(m, m->in_event[i]);
    to_host(m, m->in_event, m->in_have, m->in_event[0], true);
    m->in_length = m->in_have = 0;
}

/* Byte by byte: they have any length. */
static void exclusive_byte(struct mpu401 *m, u8 v)
{
    if (m->thru)
        mpu_send(m, v);
    to_host(m, &v, 1, EXCLUSIVE, v == EXCLUSIVE);
}

static void message_byte(struct mpu401 *m, u8 v)
{
    if (v >= REAL_TIME)
        return;
    if (m->in_exclusive && v < 0x80) {
        exclusive_byte(m, v);
        return;
    }
    if (m->in_exclusive) /* ended by its own end, or by any status */
        exclusive_byte(m, EXCLUSIVE_END);
    m->in_exclusive = v == EXCLUSIVE;
    if (m->in_exclusive)
        exclusive_byte(m, v);
    if (v == EXCLUSIVE || v == EXCLUSIVE_END) {
        m->in_status = m->in_length = m->in_have = 0;
        return;
    }
    if (v >= 0x80) {
        m->in_status = v < 0xf0 ? v : 0;
        m->in_length = (u8)midi_length(v);
        m->in_event[0] = v;
        m->in_have = 1;
    } else if (!m->in_length) { /* running status */
        if (!m->in_status)
            return;
        m->in_length = (u8)midi_length(m->in_status);
        m->in_event[0] = m->in_status;
        m->in_event[1] = v;
        m->in_have = 2;
    } else {
        m->in_event[m->in_have++] = v;
    }
    if (m->in_have >= m->in_length)
        complete(m);
}

void mpu_midi_in(struct mpu401 *m, u8 v)
{
    if (m->uart) {
        bool first = !m->queued;
        mpu_say(m, v);
        if (first)
            m->line(m->dev, false, true);
        return;
    }
    message_byte(m, v);
    mpu_play_ask(m);
}

/* ---- life ---- */

void mpu_record_reset(struct mpu401 *m)
{
    m->recording = m->to_host = m->controllers = m->exclusive = m->in_exclusive = false;
    m->thru = true;
    m->in_status = m->in_have = m->in_length = 0;
    memset(m->in_event, 0, sizeof(m->in_event));
    m->in_ticks = 0;
    m->heard_message = false;
    m->heard_at = m->heard_bytes = 0;
}

/* Pieces one behind the other, to the end. */
static bool pieces_fit(const struct mpu401 *m)
{
    unsigned at = 0;
    while (at < m->heard_bytes) {
        u8 n = m->heard[at];
        if (!n || n > MPU_PIECE)
            return false;
        at += 1u + n;
    }
    return at == m->heard_bytes;
}

static void heard_state(struct mpu401 *m, struct state *s)
{
    u8 line[MPU_HEARD];
    for (unsigned i = 0; i < m->heard_bytes; i++)
        line[i] = m->heard[(m->heard_at + i) % MPU_HEARD];
    state_u16(s, "heard_bytes", &m->heard_bytes);
    if (m->heard_bytes > MPU_HEARD) {
        m->heard_bytes = 0;
        state_fail(s, "%s: more was heard than fits", m->dev->name);
    }
    state_bytes(s, "heard", line, m->heard_bytes);
    if (!state_loading(s))
        return;
    m->heard_at = 0;
    memcpy(m->heard, line, m->heard_bytes);
    if (state_ok(s) && !pieces_fit(m))
        state_fail(s, "%s: heard bytes that cannot be", m->dev->name);
    if (!state_ok(s))
        m->heard_bytes = 0;
}

void mpu_record_state(struct mpu401 *m, struct state *s)
{
    state_bool(s, "heard_message", &m->heard_message);
    state_bool(s, "recording", &m->recording);
    state_bool(s, "to_host", &m->to_host);
    state_bool(s, "thru", &m->thru);
    state_bool(s, "controllers", &m->controllers);
    state_bool(s, "exclusive", &m->exclusive);
    state_u8(s, "in_status", &m->in_status);
    state_u8(s, "in_have", &m->in_have);
    state_u8(s, "in_length", &m->in_length);
    state_bytes(s, "in_event", m->in_event, sizeof(m->in_event));
    state_bool(s, "in_exclusive", &m->in_exclusive);
    state_u32(s, "in_ticks", &m->in_ticks);
    heard_state(m, s);
    if (!state_loading(s) || !state_ok(s))
        return;
    if (m->in_length > 3 || (m->in_have && m->in_have >= m->in_length) ||
        (m->in_status && (m->in_status < 0x80 || m->in_status >= 0xf0)) ||
        m->in_ticks >= OVERFLOW_TICKS || (m->heard_message && !m->message))
        state_fail(s, "%s: MIDI IN that cannot be", m->dev->name);
}
