/*
 * sermouse.c - the serial mouse (sermouse.h).
 *
 * Microsoft's protocol: 1200 baud, 7 data bits, no parity; power comes from DTR and RTS. When both
 * have come on the mouse says "M" - and "3", the mark of Logitech's third button -, then sends
 * three bytes whenever it was moved or a button changed:
 *
 *     1 L R y7 y6 x7 x6      x, y: signed, right and down
 *     0 x5 .. x0
 *     0 y5 .. y0
 *     0 M 0 0 0 0 0          only when the middle button is down or was just released
 *
 * A driver that set another speed or word length reads nonsense from a real mouse; here it gets
 * nothing at another speed, and a note under -d guest_errors.
 */
#include "hw/input/sermouse.h"
#include "hw/bus/slots.h"
#include <stdio.h>

#define WAKE_NS (14 * NS_PER_MS)
#define BYTE_NS (9 * NS_PER_SEC / 1200) /* start, 7 bits, stop */
enum { MAX_PENDING = 100000, MIDDLE = 4 };

static s32 clamp(s64 v, s32 low, s32 high)
{
    return v < low ? low : v > high ? high : (s32)v;
}

static void arm(struct sermouse *m, u64 ns)
{
    timer_arm(&m->byte, clock_now(m->dev.board->clock) + ns);
}

static void begin(struct sermouse *m, const u8 *bytes, u8 n)
{
    for (u8 i = 0; i < n; i++)
        m->send[i] = bytes[i];
    m->send_at = 0;
    m->send_count = n;
    arm(m, BYTE_NS);
}

/* Something new, and the wire is free: a packet. */
static void report(struct sermouse *m)
{
    if (!m->awake || m->send_at < m->send_count)
        return;
    if (!m->dx && !m->dy && m->buttons == m->reported)
        return;
    s32 x = clamp(m->dx, -128, 127), y = clamp(m->dy, -128, 127);
    u8 b = m->buttons;
    u8 packet[SERMOUSE_PACKET] = {
        (u8)(0x40 | (b & 1) << 5 | (b & 2) << 3 | (y >> 4 & 0x0c) | (x >> 6 & 3)), (u8)(x & 0x3f),
        (u8)(y & 0x3f), b & MIDDLE ? 0x20 : 0};
    m->dx -= x;
    m->dy -= y;
    begin(m, packet, (b | m->reported) & MIDDLE ? 4 : 3);
    m->reported = b;
}

static void on_byte(void *opaque)
{
    struct sermouse *m = opaque;
    if (!m->awake) {
        m->awake = true;
        begin(m, (const u8 *)"M3", 2);
        return;
    }
    if (m->send_at < m->send_count) {
        uart16550_receive(m->port, m->send[m->send_at++], 1200, 7);
        if (m->send_at < m->send_count)
            arm(m, BYTE_NS);
    }
    report(m);
}

static void forget(struct sermouse *m)
{
    timer_disarm(&m->byte);
    m->awake = false;
    m->send_at = m->send_count = 0;
    m->dx = m->dy = 0;
    m->reported = m->buttons;
}

/* DTR (n = 0) or RTS (n = 1) changed. */
static void on_line(void *opaque, int n, int level)
{
    struct sermouse *m = opaque;
    bool was = m->dtr_on && m->rts_on;
    *(n ? &m->rts_on : &m->dtr_on) = level;
    bool is = m->dtr_on && m->rts_on;
    if (was == is)
        return;
    forget(m);
    if (is)
        arm(m, WAKE_NS);
}

void sermouse_move(struct sermouse *m, int dx, int dy, u8 buttons)
{
    m->buttons = buttons & 7;
    if (!m->awake) {
        m->reported = m->buttons;
        return;
    }
    m->dx = clamp((s64)m->dx + dx, -MAX_PENDING, MAX_PENDING);
    m->dy = clamp((s64)m->dy + dy, -MAX_PENDING, MAX_PENDING);
    report(m);
}

bool sermouse_ready(const struct sermouse *m)
{
    return !m->awake || m->buttons == m->reported;
}

/* ---- the device ---- */

static bool sermouse_realize(struct device *d, const struct board *b, struct err *e)
{
    struct sermouse *m = (struct sermouse *)d;
    char name[24];
    snprintf(name, sizeof(name), "serial%u", m->port_number);
    if (!m->port)
        m->port = (struct uart16550 *)slots_find(d, &uart16550_class, name);
    if (!m->port)
        return err_set(e, "there is no serial port %u for the mouse", m->port_number);
    if (m->port->dtr.fn)
        return err_set(e, "serial port %u has a mouse already", m->port_number);
    timer_init(&m->byte, b->clock, on_byte, m);
    m->port->dtr = (struct irq){on_line, m, 0};
    m->port->rts = (struct irq){on_line, m, 1};
    return true;
}

static void sermouse_reset(struct device *d)
{
    struct sermouse *m = (struct sermouse *)d;
    m->dtr_on = m->rts_on = false;
    forget(m);
}

static void sermouse_state(struct device *d, struct state *s)
{
    struct sermouse *m = (struct sermouse *)d;
    bool plugged = true; /* a snapshot that holds one unplugged is of an early version */
    state_bool(s, "plugged", &plugged);
    state_bool(s, "dtr_on", &m->dtr_on);
    state_bool(s, "rts_on", &m->rts_on);
    state_bool(s, "awake", &m->awake);
    state_bytes(s, "send", m->send, sizeof(m->send));
    state_u8(s, "send_at", &m->send_at);
    state_u8(s, "send_count", &m->send_count);
    state_u32(s, "dx", (u32 *)&m->dx);
    state_u32(s, "dy", (u32 *)&m->dy);
    state_u8(s, "buttons", &m->buttons);
    state_u8(s, "reported", &m->reported);
    timer_state(&m->byte, s, "byte");
    if (!state_loading(s))
        return;
    m->dx = clamp(m->dx, -MAX_PENDING, MAX_PENDING);
    m->dy = clamp(m->dy, -MAX_PENDING, MAX_PENDING);
    m->buttons &= 7;
    if (m->send_count > SERMOUSE_PACKET || m->send_at > m->send_count) {
        m->send_at = m->send_count = 0;
        state_fail(s, "serial mouse: impossible packet");
    }
    if (!plugged)
        sermouse_reset(d);
}

static void sermouse_destroy(struct device *d)
{
    struct sermouse *m = (struct sermouse *)d;
    timer_disarm(&m->byte);
}

static void sermouse_describe(const struct device *d, FILE *out)
{
    const struct sermouse *m = (const struct sermouse *)d;
    fprintf(out, "at %s, %s, buttons %x\n", m->port->dev.name, m->awake ? "awake" : "no power",
            m->buttons);
}

static const struct prop sermouse_props[] = {
    PROP_U32_ROW(struct sermouse, port_number, "port", "0", 0, 31,
                 "number of the serial port it is plugged into"),
    PROP_END,
};

const struct device_class sermouse_class = {
    .name = "sermouse",
    .model = "msmouse",
    .doc = "serial mouse, three buttons",
    .size = sizeof(struct sermouse),
    .props = sermouse_props,
    .bus = BUS_OUTSIDE,
    .optional = true,
    .state_version = 1,
    .realize = sermouse_realize,
    .reset = sermouse_reset,
    .state = sermouse_state,
    .destroy = sermouse_destroy,
    .describe = sermouse_describe,
};
