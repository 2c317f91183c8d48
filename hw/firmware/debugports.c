/*
 * debugports.c - what test programs and firmware developers use on every PC emulator: POST codes
 * at 80h (shown by -d post), the debug console at E9h and 402h (reading gives E9h, which is how a
 * program finds out that it is there), exit at F4h, and power-off by the word "Shutdown" at 8900h.
 *
 * Not on a real board, except for port 80h.
 */
#include "hw/firmware/debugports.h"
#include <stdio.h>

enum { POST = 0x80, CONSOLE = 0xe9, EXIT = 0xf4, CONSOLE2 = 0x402, SHUTDOWN = 0x8900 };

static const char word[] = "Shutdown";

static void debug_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct debugports *p = dev;
    u8 v = (u8)value;
    switch (port == p->post_port ? POST : port) {
    case POST:
        p->post = v;
        log_at(p->dev.board->log, LOG_POST, "post: %02x", v);
        break;
    case CONSOLE:
    case CONSOLE2:
        if (p->console.write)
            p->console.write(p->console.opaque, &v, 1);
        break;
    case SHUTDOWN:
        if (v != (u8)word[p->shutdown_match])
            p->shutdown_match = 0;
        if (v == (u8)word[p->shutdown_match])
            p->shutdown_match++;
        if (p->shutdown_match == sizeof(word) - 1) {
            p->shutdown_match = 0;
            irq_pulse(&p->power_off);
        }
        break;
    }
}

static u32 debug_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct debugports *p = dev;
    switch (port == p->post_port ? POST : port) {
    case POST:
        return p->post;
    case CONSOLE:
    case CONSOLE2:
        return CONSOLE;
    default:
        return 0xff;
    }
}

/* F4h takes a value of any width. */
static void exit_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)port;
    (void)size;
    struct debugports *p = dev;
    p->exit_value = value;
    irq_pulse(&p->exit);
}

static u32 exit_in(void *dev, u16 port, unsigned size)
{
    (void)dev;
    (void)port;
    (void)size;
    return 0xffffffff;
}

static const struct port_ops debug_ports = {debug_in, debug_out, 1};
static const struct port_ops exit_ports = {exit_in, exit_out, 4};

static bool debugports_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    static const u16 ports[] = {POST, CONSOLE, CONSOLE2, SHUTDOWN};
    const struct debugports *p = (const struct debugports *)d;
    for (unsigned i = 0; i < ARRAY_SIZE(ports); i++)
        bus_claim(b->bus, ports[i], 1, &debug_ports, d, d->name);
    if (p->post_port)
        bus_claim(b->bus, p->post_port, 1, &debug_ports, d, d->name);
    bus_claim(b->bus, EXIT, 4, &exit_ports, d, d->name);
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
    state_u32(s, "exit_value", &p->exit_value);
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

const struct device_class debugports_class = {
    .name = "debug",
    .doc = "POST code, debug console, exit and power-off ports",
    .size = sizeof(struct debugports),
    .state_version = 1,
    .realize = debugports_realize,
    .reset = debugports_reset,
    .state = debugports_state,
    .describe = debugports_describe,
};
