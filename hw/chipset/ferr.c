/*
 * ferr.c - how an AT reports x87 errors (Intel SDM vol. 1, "MS-DOS compatibility mode"): FERR#
 * latches IRQ 13, a write to port F0h (or the 287's reset, F1h) takes it back.
 *
 * The same write asserts IGNNE# until FERR# falls; cpu/ knows when that is.
 */
#include "hw/chipset/ferr.h"
#include <stdio.h>

void ferr_input(struct ferr *f, bool level)
{
    if (level && !f->latched) {
        f->latched = true;
        irq_set(&f->irq, 1);
    }
}

static void ferr_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)port;
    (void)value;
    (void)size;
    struct ferr *f = dev;
    f->latched = false;
    irq_set(&f->irq, 0);
    irq_set(&f->ignne, 1);
}

static u32 ferr_in(void *dev, u16 port, unsigned size)
{
    (void)dev;
    (void)port;
    (void)size;
    return 0xff;
}

static const struct port_ops ferr_ports = {ferr_in, ferr_out, 1};

static bool ferr_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    bus_claim(b->bus, 0xf0, 2, &ferr_ports, d, d->name);
    return true;
}

static void ferr_reset(struct device *d)
{
    struct ferr *f = (struct ferr *)d;
    f->latched = false;
    irq_set(&f->irq, 0);
}

static void ferr_state(struct device *d, struct state *s)
{
    state_bool(s, "latched", &((struct ferr *)d)->latched);
}

static void ferr_describe(const struct device *d, FILE *out)
{
    fprintf(out, "x87 error %s\n", ((const struct ferr *)d)->latched ? "latched" : "not latched");
}

const struct device_class ferr_class = {
    .name = "ferr",
    .doc = "x87 error latch (IRQ 13, port F0h)",
    .size = sizeof(struct ferr),
    .state_version = 1,
    .realize = ferr_realize,
    .reset = ferr_reset,
    .state = ferr_state,
    .describe = ferr_describe,
};
