/*
 * port92.c - system control port A of the PS/2 and AT (bit 0 fast reset, bit 1 fast A20) and the
 * reset control register CF9h of the PIIX3 (data sheet 290550, 2.5.4.3 and 2.5.5.1).
 *
 * Port 92h, and CF9h while its bit 1 is 0, pulse INIT#, which reaches nothing but the processor;
 * CF9h with bit 1 set resets the board. Drive lights and the security lock (bits 3, 6, 7) are kept
 * and do nothing.
 */
#include "hw/chipset/port92.h"
#include <stdio.h>

enum { FAST_RESET = 0x01, FAST_A20 = 0x02, HARD_RESET = 0x02, RESET_CPU = 0x04 };

static void port92_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct port92 *p = dev;
    u8 v = (u8)value;
    if (port == 0x92) {
        bool reset = (v & FAST_RESET) && !(p->control & FAST_RESET);
        p->control = v;
        irq_set(&p->a20, (v & FAST_A20) != 0);
        if (reset)
            irq_pulse(&p->init);
    } else if (port == 0xcf9) {
        bool reset = (v & RESET_CPU) && !(p->reset_control & RESET_CPU);
        p->reset_control = v & 0x0e;
        if (reset)
            irq_pulse(v & HARD_RESET ? &p->reset : &p->init);
    }
}

static u32 port92_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct port92 *p = dev;
    return port == 0x92 ? p->control : port == 0xcf9 ? p->reset_control : 0xff;
}

const struct port_ops port92_ports = {port92_in, port92_out, 1};

void port92_mirror_a20(struct port92 *p, bool level)
{
    p->control = (p->control & (u8)~FAST_A20) | (level ? FAST_A20 : 0);
}

static bool port92_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    bus_claim(b->bus, 0x92, 1, &port92_ports, d, d->name);
    bus_steady(b->bus, 0x92, bus_steady_till_told);
    bus_claim(b->bus, 0xcf9, 1, &port92_ports, d, d->name);
    return true;
}

static void port92_reset(struct device *d)
{
    struct port92 *p = (struct port92 *)d;
    p->control = FAST_A20; /* as the 8042 leaves the shared gate */
    p->reset_control = 0;
}

static void port92_state(struct device *d, struct state *s)
{
    struct port92 *p = (struct port92 *)d;
    state_u8(s, "control", &p->control);
    state_u8(s, "reset_control", &p->reset_control);
}

static void port92_describe(const struct device *d, FILE *out)
{
    const struct port92 *p = (const struct port92 *)d;
    fprintf(out, "92h %02x, CF9h %02x\n", p->control, p->reset_control);
}

const struct device_class port92_class = {
    .name = "port92",
    .doc = "system control port A (A20, reset)",
    .size = sizeof(struct port92),
    .state_version = 1,
    .realize = port92_realize,
    .reset = port92_reset,
    .state = port92_state,
    .describe = port92_describe,
};
