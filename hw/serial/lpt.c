/*
 * lpt.c - the AT's parallel port in compatibility mode (IBM PC/AT Technical Reference, "Parallel
 * Printer Adapter"): data, status and control registers, and a printer at the other end.
 *
 * A strobe takes the data byte; the printer is busy for 5 us and then acknowledges with a pulse
 * of 5 us, whose end is the interrupt. With no stream attached nothing is plugged in: the inputs
 * float as on an open cable. Bidirectional, EPP and ECP modes are not modelled.
 */
#include "hw/serial/lpt.h"
#include "hw/bus/slots.h"
#include <stdio.h>

enum { DATA, STATUS, CONTROL };
enum { ST_ERROR = 0x08, ST_SELECT = 0x10, ST_PAPER_END = 0x20, ST_ACK = 0x40, ST_BUSY = 0x80 };
enum { CT_STROBE = 0x01, CT_INIT = 0x04, CT_SELECT_IN = 0x08, CT_IRQ = 0x10 };
enum { IDLE, PRINTING, ACKNOWLEDGING };

#define STEP_NS (5 * NS_PER_US)

static bool plugged(const struct lpt *p)
{
    return p->stream.write != NULL;
}

static void on_step(void *opaque)
{
    struct lpt *p = opaque;
    if (p->phase == PRINTING) {
        p->phase = ACKNOWLEDGING;
        irq_set(&p->irq, 0);
        timer_arm(&p->step, clock_now(p->dev.board->clock) + STEP_NS);
    } else {
        p->phase = IDLE;
        if (p->control & CT_IRQ)
            irq_set(&p->irq, 1); /* the interrupt is the rising edge of ACK# */
    }
}

static void tell_plug(const struct lpt *p)
{
    if (p->plug.lines)
        p->plug.lines(p->plug.opaque, p->data, p->control);
}

static void lpt_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct lpt *p = dev;
    u8 v = (u8)value;
    switch (port - p->base) {
    case DATA:
        p->data = v;
        break;
    case CONTROL: {
        bool strobe = (v & CT_STROBE) && !(p->control & CT_STROBE);
        p->control = v & 0x1f;
        if (!(v & CT_IRQ))
            irq_set(&p->irq, 0);
        if (!(v & CT_INIT)) { /* INIT# low: the printer starts over */
            p->phase = IDLE;
            timer_disarm(&p->step);
        } else if (strobe && plugged(p) && p->phase == IDLE) {
            p->stream.write(p->stream.opaque, &p->data, 1);
            p->phase = PRINTING;
            irq_set(&p->irq, 0);
            timer_arm(&p->step, clock_now(p->dev.board->clock) + STEP_NS);
        }
        break;
    }
    default: /* the status lines are inputs */
        return;
    }
    tell_plug(p);
}

static u8 printer_status(const struct lpt *p)
{
    /* BUSY is inverted on the way: 1 = ready. Bits 0-2 are not connected. */
    if (!plugged(p))
        return ST_ERROR | ST_SELECT | ST_PAPER_END | ST_ACK | 0x07;
    return (u8)(ST_ERROR | ST_SELECT | (p->phase != ACKNOWLEDGING ? ST_ACK : 0) |
                (p->phase == IDLE ? ST_BUSY : 0) | 0x07);
}

static u32 lpt_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct lpt *p = dev;
    switch (port - p->base) {
    case DATA:
        return p->data;
    case CONTROL:
        return p->control | 0xe0;
    default:
        return p->plug.status ? p->plug.status(p->plug.opaque, printer_status(p))
                              : printer_status(p);
    }
}

/* The printer goes by events; what else is plugged in says by itself what the lines are. */
static u64 lpt_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct lpt *p = dev;
    (void)others;
    return port - p->base == STATUS && p->plug.status ? 0 : BUS_STEADY_TILL_TOLD;
}

static const struct port_ops lpt_ports = {lpt_in, lpt_out, 1};

/* Where LPT1 to LPT3 are, unless the row says otherwise. */
static bool choose_place(struct lpt *p, struct err *e)
{
    static const struct {
        u16 base;
        u8 irq;
    } usual[] = {{0x378, 7}, {0x278, 5}, {0x3bc, 7}};
    if (p->index < ARRAY_SIZE(usual)) {
        if (!p->base)
            p->base = usual[p->index].base;
        if (!p->irq_number)
            p->irq_number = usual[p->index].irq;
    }
    return (p->base && p->irq_number) ||
           err_set(e, "%s has no usual place: say iobase= and irq=", p->dev.name);
}

static bool lpt_realize(struct device *d, const struct board *b, struct err *e)
{
    struct lpt *p = (struct lpt *)d;
    if (b->slots && (!choose_place(p, e) || !slots_irq(d, p->irq_number, LINE_GATED, &p->irq, e) ||
                     !slots_stream(d, p->chardev, &p->stream, e)))
        return false;
    timer_init(&p->step, b->clock, on_step, p);
    bus_claim(b->bus, p->base, 3, &lpt_ports, p, d->name);
    bus_steady(b->bus, p->base, lpt_steady);
    return true;
}

static void lpt_reset(struct device *d)
{
    struct lpt *p = (struct lpt *)d;
    timer_disarm(&p->step);
    p->data = 0;
    p->control = CT_SELECT_IN | CT_INIT;
    p->phase = IDLE;
    irq_set(&p->irq, 0);
    tell_plug(p);
}

static void lpt_state(struct device *d, struct state *s)
{
    struct lpt *p = (struct lpt *)d;
    state_u8(s, "data", &p->data);
    state_u8(s, "control", &p->control);
    state_u8(s, "phase", &p->phase);
    timer_state(&p->step, s, "step");
    if (state_loading(s) && p->phase > ACKNOWLEDGING)
        state_fail(s, "printer: impossible phase");
}

static void lpt_destroy(struct device *d)
{
    timer_disarm(&((struct lpt *)d)->step);
}

static void lpt_describe(const struct device *d, FILE *out)
{
    const struct lpt *p = (const struct lpt *)d;
    fprintf(out, "port %03x, data %02x, control %02x, %s\n", p->base, p->data, p->control,
            !plugged(p)        ? "nothing plugged in"
            : p->phase == IDLE ? "printer ready"
                               : "busy");
}

static const struct prop lpt_props[] = {
    PROP_U32_ROW(struct lpt, index, "index", "0", 0, 31, "its number: LPT1 is 0"),
    PROP_U16_ROW(struct lpt, base, "iobase", "0x0", 0, 0xfffc,
                 "first of its 3 ports; 0: as LPT1 to LPT3 have it"),
    PROP_U8_ROW(struct lpt, irq_number, "irq", "0", 0, 15, "interrupt line; 0: likewise"),
    PROP_STRING_ROW(struct lpt, chardev, "chardev", "the printer; without it the cable is open"),
    PROP_END,
};

const struct device_class lpt_class = {
    .name = "parallel",
    .model = "isa-parallel",
    .doc = "parallel port with a printer",
    .size = sizeof(struct lpt),
    .props = lpt_props,
    .bus = BUS_ISA,
    .several = true,
    .optional = true,
    .state_version = 1,
    .realize = lpt_realize,
    .reset = lpt_reset,
    .state = lpt_state,
    .destroy = lpt_destroy,
    .describe = lpt_describe,
};
