/*
 * mpu401.c - the MPU-401's two ports and its commands (Roland, "MPU-401 Technical Reference
 * Manual", 1985; the UART mode also in Creative's "Sound Blaster Series Hardware Programming
 * Guide", chapter 5). Its sequencer is in mpu_play.c, MIDI IN in
 * mpu_record.c.
 *
 *   0  data                 1  write: command; read: bit 7 = 0: a byte is here,
 *                                              bit 6 = 0: a byte may be written
 *
 * Requests, clocks and what comes from MIDI IN interrupt; acknowledgements and answers to commands
 * do not. In UART mode the line is high while a byte from MIDI IN waits.
 *
 * Not modelled: channel tables, the metronome, tape synchronisation, graduated tempo (such commands
 * are acknowledged).
 */
#include "hw/sound/mpu401.h"
#include "hw/bus/slots.h"

enum { NOT_HERE = 0x80, NOT_READY = 0x40, ONES = 0x3f };
enum { ACKNOWLEDGE = 0xfe, UART_MODE = 0x3f, RESET = 0xff, VERSION = 0x15, REVISION = 0x01 };

static u64 now(const struct mpu401 *m)
{
    return clock_now(m->dev->board->clock);
}

unsigned midi_length(u8 status)
{
    if (status < 0xf0)
        return (status & 0xe0) == 0xc0 ? 2 : 3;
    return status == 0xf2 ? 3 : status == 0xf1 || status == 0xf3 ? 2 : 1;
}

void mpu_send(struct mpu401 *m, u8 v)
{
    midi_send(m->out, now(m), v);
}

/* ---- to the host ---- */

static void drive(struct mpu401 *m)
{
    m->line(m->dev, true, m->message);
}

/* In UART mode: a byte less, and the next one interrupts again. */
static void drive_uart(struct mpu401 *m)
{
    m->line(m->dev, false, false);
    if (m->queued)
        m->line(m->dev, false, true);
}

void mpu_say(struct mpu401 *m, u8 v)
{
    if (m->queued < MPU_QUEUE)
        m->queue[(m->queue_at + m->queued++) % MPU_QUEUE] = v;
}

static void drop_queue(struct mpu401 *m)
{
    m->queue_at = m->queued = 0;
    m->message = m->heard_message = false;
    drive(m);
    m->line(m->dev, false, false);
}

/* The host has read a message of the sequencer: whose event will it write? */
static void taken(struct mpu401 *m, u8 message)
{
    if (message >= 0xf0 && message <= 0xf7)
        m->serving = (u8)(message - 0xf0 + 1);
    else if (message == 0xf9)
        m->serving = MPU_CONDUCTOR + 1;
    m->timing_next = m->serving != 0;
}

static u8 read_data(struct mpu401 *m)
{
    u8 v = m->queue[m->queue_at];
    if (!m->queued)
        return v; /* the last one again */
    m->queue_at = (u8)((m->queue_at + 1) % MPU_QUEUE);
    m->queued--;
    if (m->uart)
        drive_uart(m);
    if (m->message) {
        if (!m->heard_message)
            taken(m, v);
        m->message = m->heard_message = false;
        drive(m);
    }
    if (!m->queued)
        m->queue[m->queue_at] = v;
    mpu_play_ask(m);
    return v;
}

/* ---- commands ---- */

static void start_sending(struct mpu401 *m, u8 command)
{
    m->send = command;
    m->send_have = 0;
}

static void switch_command(struct mpu401 *m, u8 command)
{
    switch (command) {
    case 0x86:
    case 0x87:
        m->controllers = command & 1;
        break;
    case 0x88:
    case 0x89:
        m->thru = command & 1;
        break;
    case 0x8a:
    case 0x8b:
        m->to_host = command & 1;
        break;
    case 0x8e:
    case 0x8f:
        m->conductor = command & 1;
        break;
    case 0x94:
    case 0x95:
        m->clock_to_host = command & 1;
        m->host_quarters = 0;
        mpu_play_clock(m);
        break;
    default:
        break;
    }
}

static void answer_command(struct mpu401 *m, u8 command)
{
    if (command <= 0xa7)
        mpu_say(m, (u8)m->track[command & 7].elapsed);
    else if (command == 0xab)
        mpu_say(m, 0); /* nothing is recorded */
    else if (command == 0xac)
        mpu_say(m, VERSION);
    else if (command == 0xad)
        mpu_say(m, REVISION);
    else if (command == 0xaf)
        mpu_say(m, m->tempo);
}

static void clear_command(struct mpu401 *m, u8 command)
{
    if (command == 0xb1) {
        m->relative = 64;
        mpu_play_clock(m);
    } else if (command == 0xb8) {
        mpu_play_clear(m);
    } else if (command == 0xb9) {
        mpu_play_clear(m);
        m->active = 0;
    }
}

static void write_command(struct mpu401 *m, u8 v)
{
    if (v == RESET) {
        bool silent = m->uart;
        mpu_reset(m);
        if (!silent)
            mpu_say(m, ACKNOWLEDGE);
        return;
    }
    if (m->uart)
        return;
    if (v == UART_MODE) {
        mpu_reset(m);
        m->uart = true;
        mpu_say(m, ACKNOWLEDGE);
        return;
    }
    /* What waits to be read as a message comes again after the acknowledgement. */
    if (m->message && !m->heard_message) {
        u8 message = m->queue[m->queue_at];
        drop_queue(m);
        if (message == 0xfd)
            m->clock_due = true;
        else if (message == 0xf9)
            m->track[MPU_CONDUCTOR].wanted = true;
        else if (message <= 0xf7)
            m->track[message & 7].wanted = true;
        else
            m->ended = true;
    }
    mpu_say(m, ACKNOWLEDGE);
    if (v >= 0x01 && v <= 0x2f)
        mpu_play_command(m, v);
    else if (v == 0x37)
        m->exclusive = true;
    else if (v >= 0x80 && v <= 0x97)
        switch_command(m, v);
    else if (v >= 0xa0 && v <= 0xaf)
        answer_command(m, v);
    else if (v >= 0xb0 && v <= 0xbf)
        clear_command(m, v);
    else if (v >= 0xc2 && v <= 0xc8) {
        m->timebase = v & 15;
        mpu_play_clock(m);
    } else if (v >= 0xd0 && v <= 0xdf)
        start_sending(m, v);
    else if (v >= 0xe0 && v <= 0xef)
        m->command = v;
}

/* ---- data from the host ---- */

/* After D0h-D7h: one message, which may rely on the track's running status; DFh: a system one. */
static void send_byte(struct mpu401 *m, u8 v)
{
    struct mpu_track *t = &m->track[m->send & 7];
    bool system = m->send == 0xdf;
    if (!m->send_have) {
        m->send_status = v;
        if (v < 0x80 && !system) {
            m->send_status = t->status;
            mpu_send(m, t->status);
            m->send_have = 1;
        } else if (!system && v < 0xf0) {
            t->status = v;
        }
        m->send_length = (u8)midi_length(m->send_status);
    }
    mpu_send(m, v);
    m->send_have++;
    bool exclusive = m->send_status == 0xf0;
    if (exclusive ? v == 0xf7 : m->send_have >= m->send_length)
        m->send = 0;
    else if (exclusive)
        m->send_have = 1;
}

static void write_data(struct mpu401 *m, u8 v)
{
    if (m->uart) {
        mpu_send(m, v);
    } else if (m->command) {
        u8 command = m->command;
        m->command = 0;
        mpu_set(m, command, v);
    } else if (m->send) {
        send_byte(m, v);
    } else if (m->serving) {
        mpu_play_event_byte(m, v);
    }
}

void mpu_set(struct mpu401 *m, u8 command, u8 v)
{
    switch (command) {
    case 0xe0:
        m->tempo = v < 8 ? 8 : v > 250 ? 250 : v;
        break;
    case 0xe1:
        m->relative = v ? v : 1;
        break;
    case 0xe7:
        m->host_rate = v;
        break;
    case 0xec:
        m->active = v;
        break;
    default:
        break;
    }
    mpu_play_clock(m);
}

/* ---- ports ---- */

static u32 mpu_in(void *opaque, u16 port, unsigned size)
{
    struct mpu401 *m = opaque;
    (void)size;
    if (!(port & 1))
        return read_data(m);
    return ONES | (m->queued ? 0 : NOT_HERE) | (midi_ready(m->out, now(m)) ? 0 : NOT_READY);
}

static void mpu_out(void *opaque, u16 port, u32 value, unsigned size)
{
    struct mpu401 *m = opaque;
    (void)size;
    if (port & 1)
        write_command(m, (u8)value);
    else
        write_data(m, (u8)value);
    mpu_play_ask(m);
}

/* Bytes come by events; the line to the host's MIDI is free again at a known time. */
static u64 mpu_steady(void *opaque, u16 port, const struct byte_set *others)
{
    const struct mpu401 *m = opaque;
    (void)others;
    return port & 1 ? midi_steady(m->out, now(m)) : 0;
}

static const struct port_ops mpu_ports = {mpu_in, mpu_out, 1};

void mpu_claim(struct mpu401 *m, u16 base)
{
    bus_claim(m->dev->board->bus, base, 2, &mpu_ports, m, m->dev->name);
    bus_steady(m->dev->board->bus, base, mpu_steady);
}

/* ---- life ---- */

void mpu_init(struct mpu401 *m, struct device *dev, struct midi_out *out,
              void (*line)(void *card, bool smart, bool level))
{
    m->dev = dev;
    m->out = out;
    m->line = line;
    mpu_play_init(m);
}

void mpu_reset(struct mpu401 *m)
{
    m->uart = false;
    m->command = m->send = m->serving = 0;
    m->send_status = m->send_length = m->send_have = 0;
    m->timing_next = false;
    mpu_record_reset(m);
    mpu_play_reset(m);
    drop_queue(m);
}

void mpu_destroy(struct mpu401 *m)
{
    timer_disarm(&m->tick);
}

void mpu_state(struct mpu401 *m, struct state *s, bool input)
{
    state_bool(s, "uart", &m->uart);
    state_bytes(s, "queue", m->queue, sizeof(m->queue));
    state_u8(s, "queue_at", &m->queue_at);
    state_u8(s, "queued", &m->queued);
    state_bool(s, "message", &m->message);
    state_u8(s, "command", &m->command);
    state_u8(s, "send", &m->send);
    state_u8(s, "send_status", &m->send_status);
    state_u8(s, "send_length", &m->send_length);
    state_u8(s, "send_have", &m->send_have);
    state_u8(s, "serving", &m->serving);
    state_bool(s, "timing_next", &m->timing_next);
    if (input)
        mpu_record_state(m, s);
    else
        mpu_record_reset(m);
    mpu_play_state(m, s);
    if (state_loading(s) && (m->queue_at >= MPU_QUEUE || m->queued > MPU_QUEUE ||
                             m->serving > MPU_TRACKS + 1 || (m->message && !m->queued)))
        state_fail(s, "%s: an MPU-401 that cannot be", m->dev->name);
}

/* ---- the card ---- */

static void card_line(void *opaque, bool smart, bool level)
{
    struct mpu_card *c = opaque;
    (void)smart;
    irq_set(&c->irq, level);
}

static void card_midi_in(void *opaque, u8 v)
{
    mpu_midi_in(&((struct mpu_card *)opaque)->mpu, v);
}

static bool card_realize(struct device *d, const struct board *b, struct err *e)
{
    struct mpu_card *c = (struct mpu_card *)d;
    (void)b;
    if (c->base & 1)
        return err_set(e, "addr=%x: must be even", c->base);
    c->out.sink = slots_midi(d);
    midi_socket_attach(d, &c->in, card_midi_in, c);
    mpu_init(&c->mpu, d, &c->out, card_line);
    mpu_claim(&c->mpu, c->base);
    unsigned n = c->irq_number == 2 ? 9 : c->irq_number;
    return slots_irq(d, n, LINE_GATED, &c->irq, e);
}

static void card_reset(struct device *d)
{
    mpu_reset(&((struct mpu_card *)d)->mpu);
}

static void card_state(struct device *d, struct state *s)
{
    struct mpu_card *c = (struct mpu_card *)d;
    state_u64(s, "midi free_at", &c->out.free_at);
    mpu_state(&c->mpu, s, state_version(s) >= 2);
}

static void card_destroy(struct device *d)
{
    struct mpu_card *c = (struct mpu_card *)d;
    mpu_destroy(&c->mpu);
    midi_socket_detach(&c->in);
}

static const struct prop card_props[] = {
    PROP_PORT_ROW(struct mpu_card, base, "addr", "330", 0x200, 0x3fe, "its two ports"),
    PROP_U8_ROW(struct mpu_card, irq_number, "irq", "9", 2, 11, "interrupt line"),
    PROP_END,
};

const struct device_class mpu401_class = {
    .name = "mpu401",
    .model = "mpu401",
    .doc = "Roland MPU-401 MIDI interface (ISA)",
    .size = sizeof(struct mpu_card),
    .props = card_props,
    .bus = BUS_ISA,
    .optional = true,
    .state_version = 2,
    .realize = card_realize,
    .reset = card_reset,
    .state = card_state,
    .destroy = card_destroy,
};
