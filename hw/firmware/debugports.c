/*
 * debugports.c - what test programs and firmware developers use on every PC emulator: POST codes
 * at 80h (shown by -d post), the debug console at E9h and 402h (reading gives E9h, which is how a
 * program finds out that it is there), exit at F4h, and power-off by the word "Shutdown" at 8900h.
 *
 * Not on a real board, except for port 80h.
 */
#include "hw/firmware/debugports.h"
#include "hw/bus/slots.h"
#include <stdio.h>

enum { POST = 0x80, SHUTDOWN = 0x8900 };

static const char word[] = "Shutdown";

/* ---- POST codes, power-off ---- */

static void shutdown_out(struct debugports *p, u8 v)
{
    if (v != (u8)word[p->shutdown_match])
        p->shutdown_match = 0;
    if (v == (u8)word[p->shutdown_match])
        p->shutdown_match++;
    if (p->shutdown_match == sizeof(word) - 1) {
        p->shutdown_match = 0;
        irq_pulse(&p->power_off);
    }
}

static void debug_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct debugports *p = dev;
    if (port == SHUTDOWN) {
        shutdown_out(p, (u8)value);
        return;
    }
    p->post = (u8)value;
    log_at(p->dev.board->log, LOG_POST, "post: %02x", p->post);
}

static u32 debug_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    const struct debugports *p = dev;
    return port == SHUTDOWN ? 0xff : p->post;
}

static const struct port_ops debug_ports = {debug_in, debug_out, 1};

/* Programs wait for the bus by a write here. */
static bool debug_chooses(const void *dev, u16 port, u8 value)
{
    const struct debugports *p = dev;
    (void)value;
    return port != SHUTDOWN && !log_on(p->dev.board->log, LOG_POST);
}

static u64 debug_chosen(const void *dev)
{
    return ((const struct debugports *)dev)->post;
}

static const struct port_choice debug_choice = {debug_chooses, debug_chosen};

static bool debugports_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    const struct debugports *p = (const struct debugports *)d;
    bus_claim(b->bus, POST, 1, &debug_ports, d, d->name);
    bus_steady(b->bus, POST, bus_steady_till_told);
    bus_choice(b->bus, POST, &debug_choice);
    bus_claim(b->bus, SHUTDOWN, 1, &debug_ports, d, d->name);
    if (p->post_port)
        bus_claim(b->bus, p->post_port, 1, &debug_ports, d, d->name);
    return true;
}

static void debugports_reset(struct device *d)
{
    struct debugports *p = (struct debugports *)d;
    p->post = 0;
    p->shutdown_match = 0;
}

static void debugports_state(struct device *d, struct state *s)
{
    struct debugports *p = (struct debugports *)d;
    u32 exit_value = 0; /* the exit port was a part of this once; it ends the run at once */
    state_u32(s, "exit_value", &exit_value);
    state_u8(s, "post", &p->post);
    state_u8(s, "shutdown_match", &p->shutdown_match);
    if (state_loading(s) && p->shutdown_match >= sizeof(word) - 1) {
        p->shutdown_match = 0;
        state_fail(s, "power-off string: impossible position");
    }
}

static void debugports_describe(const struct device *d, FILE *out)
{
    const struct debugports *p = (const struct debugports *)d;
    fprintf(out, "last POST code %02x\n", p->post);
}

static const struct prop debugports_props[] = {
    PROP_U16_ROW(struct debugports, post_port, "post", "0x0", 0, 0xffff,
                 "one more port for POST codes; 0: only 80h"),
    PROP_END,
};

const struct device_class debugports_class = {
    .name = "debug",
    .doc = "POST code and power-off ports",
    .size = sizeof(struct debugports),
    .props = debugports_props,
    .state_version = 1,
    .realize = debugports_realize,
    .reset = debugports_reset,
    .state = debugports_state,
    .describe = debugports_describe,
};

/* ---- exit ---- */

/* It takes a value of any width. */
static void exit_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)port, (void)size;
    slots_exit(dev, value);
}

static u32 exit_in(void *dev, u16 port, unsigned size)
{
    (void)dev, (void)port, (void)size;
    return 0xffffffff;
}

static const struct port_ops exit_ports = {exit_in, exit_out, 4};

static bool debug_exit_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    const struct debug_exit *x = (const struct debug_exit *)d;
    bus_claim(b->bus, x->iobase, x->iosize, &exit_ports, d, d->name);
    return true;
}

static const struct prop debug_exit_props[] = {
    PROP_U16_ROW(struct debug_exit, iobase, "iobase", "0xf4", 1, 0xffff, "its first port"),
    PROP_U16_ROW(struct debug_exit, iosize, "iosize", "4", 1, 8, "number of its ports"),
    PROP_END,
};

const struct device_class debug_exit_class = {
    .name = "debug-exit",
    .model = "isa-debug-exit",
    .doc = "exit port: writing V ends the run with status 2V+1",
    .size = sizeof(struct debug_exit),
    .props = debug_exit_props,
    .bus = BUS_ISA,
    .optional = true,
    .realize = debug_exit_realize,
};

/* ---- debug console ---- */

static void console_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)port, (void)size;
    struct debugcon *c = dev;
    u8 v = (u8)value;
    if (c->console.write)
        c->console.write(c->console.opaque, &v, 1);
}

static u32 console_in(void *dev, u16 port, unsigned size)
{
    (void)port, (void)size;
    return ((const struct debugcon *)dev)->readback;
}

static const struct port_ops console_ports = {console_in, console_out, 1};

static bool debugcon_realize(struct device *d, const struct board *b, struct err *e)
{
    struct debugcon *c = (struct debugcon *)d;
    bus_claim(b->bus, c->iobase, 1, &console_ports, d, d->name);
    return slots_stream(d, c->chardev, &c->console, e);
}

static const struct prop debugcon_props[] = {
    PROP_U16_ROW(struct debugcon, iobase, "iobase", "0xe9", 1, 0xffff, "its port"),
    PROP_U8_ROW(struct debugcon, readback, "readback", "0xe9", 0, 0xff, "what it reads"),
    PROP_STRING_ROW(struct debugcon, chardev, "chardev", "where the bytes go"),
    PROP_END,
};

const struct device_class debugcon_class = {
    .name = "debugcon",
    .model = "isa-debugcon",
    .doc = "debug console: bytes written to its port go to the host",
    .size = sizeof(struct debugcon),
    .props = debugcon_props,
    .bus = BUS_ISA,
    .several = true,
    .optional = true,
    .realize = debugcon_realize,
};
