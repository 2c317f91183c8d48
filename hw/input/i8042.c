/*
 * i8042.c - the PC's keyboard controller, an 8042 with the PS/2 firmware (IBM Personal System/2
 * Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller").
 *
 * A byte from a device needs about a millisecond on its wire, and the wire is held while the
 * output buffer is full: drivers that read port 60h twice, or wait between two reads, see what
 * they would see on a real PC. The controller's own answers appear at once.
 *
 * Not modelled: the firmware's security mode (A5h, A6h), reading the input port continuously
 * (C1h, C2h), the time that a command keeps the input buffer full (IBF is never seen set).
 */
#include "hw/input/i8042.h"
#include <stdio.h>
#include <string.h>

enum { /* status, port 64h */
       ST_OBF = 0x01,
       ST_SYS = 0x04,
       ST_CMD = 0x08,
       ST_UNLOCKED = 0x10,
       ST_AUX = 0x20,
       ST_TIMEOUT = 0x40
};
enum { /* command byte */
       CB_INT = 0x01,
       CB_AUX_INT = 0x02,
       CB_SYS = 0x04,
       CB_DISABLE = 0x10,
       CB_AUX_DISABLE = 0x20,
       CB_TRANSLATE = 0x40
};
enum { OUT_RUN = 0x01, OUT_A20 = 0x02, OUT_OBF = 0x10, OUT_AUX_OBF = 0x20 };

#define BYTE_NS (1 * NS_PER_MS) /* eleven bits at 10 to 16 kHz */

static void update_irqs(struct i8042 *k)
{
    irq_set(&k->irq_keyboard, k->full && !k->aux && (k->ram[0] & CB_INT));
    irq_set(&k->irq_mouse, k->full && k->aux && (k->ram[0] & CB_AUX_INT));
}

static bool enabled(const struct i8042 *k, unsigned port)
{
    return k->port[port] && !(k->ram[0] & (port ? CB_AUX_DISABLE : CB_DISABLE));
}

/* Let the next byte come: the controller's own first, then one from a device over its wire. */
static void schedule(struct i8042 *k)
{
    if (k->full)
        return;
    if (k->queue_count) {
        k->out = k->queue[0];
        k->aux = k->queue_aux[0];
        k->queue_count--;
        memmove(k->queue, k->queue + 1, k->queue_count);
        memmove(k->queue_aux, k->queue_aux + 1, k->queue_count * sizeof(k->queue_aux[0]));
        k->full = true;
        /* The device that was sending is stopped and will send its byte again. */
        timer_disarm(&k->wire);
        k->arriving = 0;
        update_irqs(k);
        return;
    }
    if (k->arriving) {
        if (enabled(k, k->arriving - 1u))
            return;
        timer_disarm(&k->wire);
        k->arriving = 0;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (enabled(k, i) && ps2_has_byte(k->port[i])) {
            k->arriving = (u8)(i + 1);
            timer_arm(&k->wire, clock_now(k->dev.board->clock) + BYTE_NS);
            return;
        }
    }
}

static void on_notify(void *opaque)
{
    schedule(opaque);
}

/* Set 2 to set 1. False while a prefix is swallowed. */
static bool translate(struct i8042 *k, u8 *byte)
{
    if (*byte == 0xf0) {
        k->translate_break = true;
        return false;
    }
    *byte = ps2_to_set1(*byte) | (k->translate_break ? 0x80 : 0);
    k->translate_break = false;
    return true;
}

static void on_byte(void *opaque)
{
    struct i8042 *k = opaque;
    unsigned port = k->arriving - 1u;
    k->arriving = 0;
    if (port > 1 || k->full || !enabled(k, port) || !ps2_has_byte(k->port[port])) {
        schedule(k);
        return;
    }
    u8 byte = ps2_take(k->port[port]);
    if (port == 0 && (k->ram[0] & CB_TRANSLATE) && !translate(k, &byte)) {
        schedule(k);
        return;
    }
    k->out = byte;
    k->aux = port == 1;
    k->full = true;
    k->timeout = false;
    update_irqs(k);
}

/* The controller itself has something to say. */
static void answer(struct i8042 *k, u8 byte, bool aux)
{
    if (k->queue_count == I8042_QUEUE) {
        log_at(k->dev.board->log, LOG_GUEST, "8042: commands without reading their answers");
        return;
    }
    k->queue[k->queue_count] = byte;
    k->queue_aux[k->queue_count++] = aux;
    schedule(k);
}

static void send(struct i8042 *k, unsigned port, u8 byte)
{
    /* Sending opens the interface again. */
    k->ram[0] &= (u8) ~(port ? CB_AUX_DISABLE : CB_DISABLE);
    if (k->port[port]) {
        k->port[port]->receive(k->port[port]->device, byte);
        schedule(k);
    } else {
        k->timeout = true;
        answer(k, 0xfe, port == 1);
    }
}

static void write_output_port(struct i8042 *k, u8 v)
{
    bool reset = !(v & OUT_RUN);
    k->output_port = v | OUT_RUN;
    irq_set(&k->a20, (v & OUT_A20) != 0);
    if (reset)
        irq_pulse(&k->reset);
}

void i8042_mirror_a20(struct i8042 *k, bool level)
{
    k->output_port = (k->output_port & (u8)~OUT_A20) | (level ? OUT_A20 : 0);
}

static void write_ram(struct i8042 *k, unsigned index, u8 v)
{
    k->ram[index] = v;
    if (index == 0) {
        update_irqs(k);
        schedule(k);
    }
}

static void write_command(struct i8042 *k, u8 v)
{
    k->command = 0;
    switch (v) {
    case 0x20 ... 0x3f:
        answer(k, k->ram[v & 31], false);
        break;
    case 0x60 ... 0x7f:
    case 0xd1: /* write output port */
    case 0xd2: /* write keyboard output buffer */
    case 0xd3: /* write auxiliary output buffer */
    case 0xd4: /* write to auxiliary device */
        k->command = v;
        break;
    case 0xa4: /* is a password installed? */
        answer(k, 0xf1, false);
        break;
    case 0xa7:
        write_ram(k, 0, k->ram[0] | CB_AUX_DISABLE);
        break;
    case 0xa8:
        write_ram(k, 0, k->ram[0] & (u8)~CB_AUX_DISABLE);
        break;
    case 0xa9: /* auxiliary interface test: lines are fine, or the clock is stuck low */
        answer(k, k->port[1] ? 0x00 : 0x01, false);
        break;
    case 0xaa: /* self-test */
        k->full = false;
        k->queue_count = 0;
        k->translate_break = false;
        k->ram[0] |= CB_SYS;
        update_irqs(k);
        answer(k, 0x55, false);
        break;
    case 0xab:
        answer(k, k->port[0] ? 0x00 : 0x01, false);
        break;
    case 0xad:
        write_ram(k, 0, k->ram[0] | CB_DISABLE);
        break;
    case 0xae:
        write_ram(k, 0, k->ram[0] & (u8)~CB_DISABLE);
        break;
    case 0xc0: /* input port: keyboard not locked, colour display, no manufacturing jumper */
        answer(k, 0xbf, false);
        break;
    case 0xd0: {
        u8 p = k->output_port & (u8) ~(OUT_OBF | OUT_AUX_OBF);
        if (k->full)
            p |= k->aux ? OUT_AUX_OBF : OUT_OBF;
        answer(k, p, false);
        break;
    }
    case 0xdd: /* some boards' short form of D1h for A20 */
        write_output_port(k, (k->output_port | OUT_RUN) & (u8)~OUT_A20);
        break;
    case 0xdf:
        write_output_port(k, k->output_port | OUT_RUN | OUT_A20);
        break;
    case 0xe0: /* test inputs: both keyboard lines high when idle */
        answer(k, k->ram[0] & CB_DISABLE ? 0x02 : 0x03, false);
        break;
    case 0xf0 ... 0xff: /* pulse the output-port bits that are 0 */
        if (!(v & OUT_RUN))
            irq_pulse(&k->reset);
        break;
    default:
        log_at(k->dev.board->log, LOG_UNIMP, "8042: command %02x", v);
        break;
    }
}

static void write_data(struct i8042 *k, u8 v)
{
    u8 command = k->command;
    k->command = 0;
    switch (command) {
    case 0x60 ... 0x7f:
        write_ram(k, command & 31, v);
        break;
    case 0xd1:
        write_output_port(k, v);
        break;
    case 0xd2:
        answer(k, v, false);
        break;
    case 0xd3:
        answer(k, v, true);
        break;
    case 0xd4:
        send(k, 1, v);
        break;
    default:
        send(k, 0, v);
        break;
    }
}

static void i8042_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct i8042 *k = dev;
    k->last_was_command = port & 4;
    if (port & 4)
        write_command(k, (u8)value);
    else
        write_data(k, (u8)value);
}

static u32 i8042_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct i8042 *k = dev;
    if (port & 4) {
        return (k->full ? ST_OBF : 0) | (k->ram[0] & CB_SYS ? ST_SYS : 0) |
               (k->last_was_command ? ST_CMD : 0) | ST_UNLOCKED | (k->full && k->aux ? ST_AUX : 0) |
               (k->timeout ? ST_TIMEOUT : 0u);
    }
    u8 v = k->out;
    if (k->full) {
        k->full = false;
        update_irqs(k);
        schedule(k);
    }
    return v;
}

static const struct port_ops i8042_ports = {i8042_in, i8042_out, 1};

/* Data are taken by being read; until others come the same can be read again. */
static u64 i8042_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct i8042 *k = dev;
    (void)others;
    return (port & 4) || !k->full ? BUS_STEADY_TILL_TOLD : 0;
}

void i8042_connect(struct i8042 *k, unsigned port, struct ps2_link *link)
{
    k->port[port] = link;
    link->controller = k;
    link->notify = on_notify;
}

static bool i8042_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    struct i8042 *k = (struct i8042 *)d;
    timer_init(&k->wire, b->clock, on_byte, k);
    bus_claim(b->bus, 0x60, 1, &i8042_ports, k, d->name);
    bus_claim(b->bus, 0x64, 1, &i8042_ports, k, d->name);
    bus_steady(b->bus, 0x60, i8042_steady);
    bus_steady(b->bus, 0x64, i8042_steady);
    return true;
}

static void i8042_reset(struct device *d)
{
    struct i8042 *k = (struct i8042 *)d;
    timer_disarm(&k->wire);
    memset(k->ram, 0, sizeof(k->ram));
    k->ram[0] = CB_TRANSLATE;
    k->output_port = 0xcf; /* the processor runs, A20 is open: the reset vector needs it */
    k->command = k->out = k->arriving = k->queue_count = 0;
    k->last_was_command = k->full = k->aux = k->timeout = k->translate_break = false;
    irq_set(&k->a20, 1);
    update_irqs(k);
}

static void i8042_state(struct device *d, struct state *s)
{
    struct i8042 *k = (struct i8042 *)d;
    state_bytes(s, "ram", k->ram, sizeof(k->ram));
    state_u8(s, "output_port", &k->output_port);
    state_u8(s, "command", &k->command);
    state_bool(s, "last_was_command", &k->last_was_command);
    state_u8(s, "out", &k->out);
    state_bool(s, "full", &k->full);
    state_bool(s, "aux", &k->aux);
    state_bool(s, "timeout", &k->timeout);
    state_bool(s, "translate_break", &k->translate_break);
    state_u8(s, "arriving", &k->arriving);
    state_bytes(s, "queue", k->queue, sizeof(k->queue));
    for (int i = 0; i < I8042_QUEUE; i++)
        state_bool(s, "queue_aux", &k->queue_aux[i]);
    state_u8(s, "queue_count", &k->queue_count);
    timer_state(&k->wire, s, "wire");
    if (state_loading(s) && (k->queue_count > I8042_QUEUE || k->arriving > 2))
        state_fail(s, "8042: impossible queue");
}

static void i8042_destroy(struct device *d)
{
    timer_disarm(&((struct i8042 *)d)->wire);
}

static void i8042_describe(const struct device *d, FILE *out)
{
    const struct i8042 *k = (const struct i8042 *)d;
    fprintf(out, "command byte %02x, output port %02x, output buffer %s %02x%s%s\n", k->ram[0],
            k->output_port, k->full ? "full" : "empty", k->out, k->aux ? " (mouse)" : "",
            k->command ? ", waiting for a command's data" : "");
}

const struct device_class i8042_class = {
    .name = "i8042",
    .doc = "8042 keyboard controller",
    .size = sizeof(struct i8042),
    .state_version = 1,
    .realize = i8042_realize,
    .reset = i8042_reset,
    .state = i8042_state,
    .destroy = i8042_destroy,
    .describe = i8042_describe,
};
