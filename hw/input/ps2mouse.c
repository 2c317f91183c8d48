/*
 * ps2mouse.c - a PS/2 mouse (IBM Personal System/2 Hardware Interface Technical Reference,
 * "Mouse"), with the IntelliMouse extensions: the sample rates 200, 100, 80 in a row switch the
 * wheel on, 200, 200, 80 the two side buttons.
 *
 * Stream, remote and wrap mode. Movement between two samples adds up; a packet goes out at the
 * sample rate at most and only when the last one was fetched. One step of the host's mouse is one
 * count at every resolution: the resolution is kept and reported, and changes nothing.
 */
#include "hw/input/ps2mouse.h"
#include <stdio.h>
#include <string.h>

#define BAT_NS (20 * NS_PER_MS)

enum { ACK = 0xfa, RESEND = 0xfe, BAT_OK = 0xaa };
enum { MAX_PENDING = 4096 }; /* counts kept while nobody fetches them */

static s32 clamp(s32 v, s32 low, s32 high)
{
    return v < low ? low : v > high ? high : v;
}

static bool streaming(const struct ps2mouse *m)
{
    return m->reporting && !m->remote && !m->wrap;
}

static bool news(const struct ps2mouse *m)
{
    return m->dx || m->dy || (m->id && m->dz) || m->buttons != m->reported ||
           (m->nudge && *m->nudge);
}

/* 2:1 scaling for reports in stream mode. */
static s32 scaled(s32 v)
{
    static const u8 small[6] = {0, 1, 1, 3, 6, 9};
    s32 a = v < 0 ? -v : v;
    a = a < 6 ? small[a] : 2 * a;
    return v < 0 ? -a : a;
}

/* Take up to 255 counts of each axis into a packet. */
static unsigned build_packet(struct ps2mouse *m, u8 *p, bool scale)
{
    s32 x = clamp(m->dx, -255, 255), y = clamp(m->dy, -255, 255);
    m->dx -= x;
    m->dy -= y;
    y = -y; /* the mouse counts upwards */
    bool x_overflow = false, y_overflow = false;
    if (scale) {
        x = scaled(x);
        y = scaled(y);
        x_overflow = x < -256 || x > 255;
        y_overflow = y < -256 || y > 255;
        x = clamp(x, -256, 255);
        y = clamp(y, -256, 255);
    }
    p[0] = (u8)((m->buttons & 7) | 0x08 | (x < 0) << 4 | (y < 0) << 5 | x_overflow << 6 |
                y_overflow << 7);
    p[1] = (u8)x;
    p[2] = (u8)y;
    m->reported = m->buttons;
    if (m->nudge)
        *m->nudge = false;
    if (m->id == 0) {
        m->dz = 0;
        return 3;
    }
    s32 z = clamp(m->dz, -8, 7);
    m->dz -= z;
    p[3] = m->id == 4 ? (u8)((z & 15) | (m->buttons & 0x18) << 1) : (u8)z;
    return 4;
}

static u64 sample_ns(const struct ps2mouse *m)
{
    return NS_PER_SEC / (m->rate ? m->rate : 100);
}

/* Something changed: let the next sample report it. */
static void want_sample(struct ps2mouse *m)
{
    if (streaming(m) && news(m) && !timer_armed(&m->sample))
        timer_arm(&m->sample, clock_now(m->dev.board->clock));
}

static void on_sample(void *opaque)
{
    struct ps2mouse *m = opaque;
    if (!streaming(m))
        return;
    if (!news(m))
        return; /* and the next movement is reported at once */
    if (!m->link.queue_count && !m->link.reply_count) {
        u8 packet[4];
        unsigned n = build_packet(m, packet, m->scaling);
        ps2_queue(&m->link, packet, n, PS2_QUEUE);
    }
    timer_arm(&m->sample, clock_now(m->dev.board->clock) + sample_ns(m));
}

void ps2mouse_move(struct ps2mouse *m, int dx, int dy, int dz, u8 buttons)
{
    m->buttons = buttons & 0x1f;
    if (m->reporting || m->remote) {
        m->dx = clamp(m->dx + clamp(dx, -MAX_PENDING, MAX_PENDING), -MAX_PENDING, MAX_PENDING);
        m->dy = clamp(m->dy + clamp(dy, -MAX_PENDING, MAX_PENDING), -MAX_PENDING, MAX_PENDING);
        m->dz = clamp(m->dz + clamp(dz, -MAX_PENDING, MAX_PENDING), -MAX_PENDING, MAX_PENDING);
    }
    want_sample(m);
}

void ps2mouse_nudge(struct ps2mouse *m)
{
    want_sample(m);
}

bool ps2mouse_ready(const struct ps2mouse *m)
{
    return !streaming(m) || m->buttons == m->reported;
}

/* ---- commands ---- */

static void clear_counts(struct ps2mouse *m)
{
    m->dx = m->dy = m->dz = 0;
    m->reported = m->buttons;
}

static void set_defaults(struct ps2mouse *m)
{
    m->rate = 100;
    m->resolution = 2;
    m->scaling = m->remote = m->wrap = m->reporting = false;
    m->knock[0] = m->knock[1] = 0;
    timer_disarm(&m->sample);
    clear_counts(m);
}

static void on_bat(void *opaque)
{
    struct ps2mouse *m = opaque;
    ps2_reply(&m->link, BAT_OK);
    ps2_reply(&m->link, 0x00);
}

static void set_rate(struct ps2mouse *m, u8 rate)
{
    m->rate = rate;
    if (m->knock[1] == 200 && m->knock[0] == 100 && rate == 80)
        m->id = 3;
    else if (m->knock[1] == 200 && m->knock[0] == 200 && rate == 80 && m->id == 3)
        m->id = 4;
    m->knock[1] = m->knock[0];
    m->knock[0] = rate;
}

static void parameter(struct ps2mouse *m, u8 command, u8 v)
{
    if (command == 0xe8) {
        if (v > 3) {
            ps2_reply(&m->link, RESEND);
            return;
        }
        m->resolution = v;
    } else {
        if (v == 0 || v > 200) {
            log_at(m->dev.board->log, LOG_GUEST, "mouse: sample rate %u", v);
            ps2_reply(&m->link, RESEND);
            return;
        }
        set_rate(m, v);
    }
    ps2_reply(&m->link, ACK);
}

static void send_status(struct ps2mouse *m)
{
    ps2_reply(&m->link,
              (u8)(m->remote << 6 | m->reporting << 5 | m->scaling << 4 | bit(m->buttons, 0) << 2 |
                   bit(m->buttons, 2) << 1 | bit(m->buttons, 1)));
    ps2_reply(&m->link, m->resolution);
    ps2_reply(&m->link, m->rate);
}

static void send_packet(struct ps2mouse *m)
{
    u8 packet[4];
    unsigned n = build_packet(m, packet, false);
    for (unsigned i = 0; i < n; i++)
        ps2_reply(&m->link, packet[i]);
}

static void command(struct ps2mouse *m, u8 v)
{
    ps2_clear(&m->link); /* a command discards the packet that was on its way */
    if (v != RESEND)
        ps2_reply(&m->link, ACK);
    switch (v) {
    case 0xe6:
        m->scaling = false;
        break;
    case 0xe7:
        m->scaling = true;
        break;
    case 0xe8:
    case 0xf3:
        m->command = v;
        break;
    case 0xe9:
        send_status(m);
        break;
    case 0xea:
        m->remote = false;
        clear_counts(m);
        break;
    case 0xeb:
        send_packet(m);
        break;
    case 0xec:
        break; /* leaving wrap mode has been done */
    case 0xee:
        m->wrap = true;
        clear_counts(m);
        break;
    case 0xf0:
        m->remote = true;
        clear_counts(m);
        break;
    case 0xf2:
        ps2_reply(&m->link, m->id);
        break;
    case 0xf4:
        m->reporting = true;
        clear_counts(m);
        break;
    case 0xf5:
        m->reporting = false;
        clear_counts(m);
        break;
    case 0xf6:
        set_defaults(m);
        break;
    case 0xff:
        set_defaults(m);
        m->id = 0;
        irq_pulse(&m->was_reset);
        timer_arm(&m->bat, clock_now(m->dev.board->clock) + BAT_NS);
        break;
    case 0xfe:
        ps2_reply(&m->link, m->link.last_sent);
        break;
    default:
        log_at(m->dev.board->log, LOG_GUEST, "mouse: command %02x", v);
        ps2_clear(&m->link);
        ps2_reply(&m->link, RESEND);
        break;
    }
}

static void receive(void *device, u8 v)
{
    struct ps2mouse *m = device;
    u8 waiting = m->command;
    m->command = 0;
    timer_disarm(&m->bat);
    if (m->wrap && v != 0xec && v != 0xff) {
        ps2_reply(&m->link, v);
        return;
    }
    m->wrap = false;
    if (waiting)
        parameter(m, waiting, v);
    else
        command(m, v);
    want_sample(m);
}

/* ---- the device ---- */

static bool ps2mouse_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    struct ps2mouse *m = (struct ps2mouse *)d;
    m->link.device = m;
    m->link.receive = receive;
    timer_init(&m->sample, b->clock, on_sample, m);
    timer_init(&m->bat, b->clock, on_bat, m);
    return true;
}

/* Power coming back, with the self-test already over and its answer lost. */
static void ps2mouse_reset(struct device *d)
{
    struct ps2mouse *m = (struct ps2mouse *)d;
    timer_disarm(&m->bat);
    set_defaults(m);
    ps2_clear(&m->link);
    m->id = 0;
    m->command = 0;
}

static void ps2mouse_state(struct device *d, struct state *s)
{
    struct ps2mouse *m = (struct ps2mouse *)d;
    ps2_state(&m->link, s);
    state_u8(s, "id", &m->id);
    state_u8(s, "rate", &m->rate);
    state_u8(s, "resolution", &m->resolution);
    state_bool(s, "scaling", &m->scaling);
    state_bool(s, "remote", &m->remote);
    state_bool(s, "wrap", &m->wrap);
    state_bool(s, "reporting", &m->reporting);
    state_u8(s, "command", &m->command);
    state_bytes(s, "knock", m->knock, sizeof(m->knock));
    state_u32(s, "dx", (u32 *)&m->dx);
    state_u32(s, "dy", (u32 *)&m->dy);
    state_u32(s, "dz", (u32 *)&m->dz);
    state_u8(s, "buttons", &m->buttons);
    state_u8(s, "reported", &m->reported);
    timer_state(&m->sample, s, "sample");
    timer_state(&m->bat, s, "bat");
    if (state_loading(s)) {
        m->dx = clamp(m->dx, -MAX_PENDING, MAX_PENDING);
        m->dy = clamp(m->dy, -MAX_PENDING, MAX_PENDING);
        m->dz = clamp(m->dz, -MAX_PENDING, MAX_PENDING);
        if (m->id != 0 && m->id != 3 && m->id != 4)
            state_fail(s, "mouse: impossible type %u", m->id);
    }
}

static void ps2mouse_destroy(struct device *d)
{
    struct ps2mouse *m = (struct ps2mouse *)d;
    timer_disarm(&m->sample);
    timer_disarm(&m->bat);
}

static void ps2mouse_describe(const struct device *d, FILE *out)
{
    const struct ps2mouse *m = (const struct ps2mouse *)d;
    fprintf(out, "type %u, %s, %s mode, %u samples/s, resolution %u, scaling %s, buttons %02x\n",
            m->id, m->reporting ? "reporting" : "not reporting",
            m->wrap     ? "wrap"
            : m->remote ? "remote"
                        : "stream",
            m->rate, m->resolution, m->scaling ? "2:1" : "1:1", m->buttons);
}

const struct device_class ps2mouse_class = {
    .name = "mouse",
    .doc = "PS/2 mouse with wheel",
    .size = sizeof(struct ps2mouse),
    .state_version = 1,
    .realize = ps2mouse_realize,
    .reset = ps2mouse_reset,
    .state = ps2mouse_state,
    .destroy = ps2mouse_destroy,
    .describe = ps2mouse_describe,
};
