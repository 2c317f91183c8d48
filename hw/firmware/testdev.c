/*
 * testdev.c - what the kernels of kvm-unit-tests look for beside a PC (QEMU calls it pc-testdev): a
 * port that reads back (E0h-E3h), interrupt lines on demand (2000h + line), and 64 KB of memory at
 * FF000000h for string and MMIO tests.
 *
 * Not modelled: port E4h, which takes a page away from under the guest.
 */
#include "hw/firmware/testdev.h"
#include "hw/bus/slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ECHO = 0xe0, LINES = 0x2000, MEMORY = 0xff000000, MEMORY_SIZE = 0x10000 };

static u32 testdev_in(void *dev, u16 port, unsigned size)
{
    struct testdev *d = dev;
    u32 v = port < LINES ? d->value >> (8 * (port - ECHO)) : 0xffffffff;
    return size == 4 ? v : v & ((1u << (8 * size)) - 1);
}

static void testdev_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct testdev *d = dev;
    if (port >= LINES) {
        irq_set(&d->irq[port - LINES], value != 0);
        return;
    }
    unsigned shift = 8 * (port - ECHO);
    u32 mask = (size == 4 ? 0xffffffffu : (1u << (8 * size)) - 1) << shift;
    d->value = (d->value & ~mask) | (value << shift & mask);
}

static const struct port_ops ports = {testdev_in, testdev_out, 4};

static bool testdev_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct testdev *d = (struct testdev *)dev;
    for (unsigned i = 0; i < TESTDEV_LINES; i++) {
        if (!slots_irq(dev, i, LINE_FORCED, &d->irq[i], e))
            return false;
    }
    d->ram = calloc(1, MEMORY_SIZE);
    if (!d->ram)
        return err_set(e, "out of memory");
    phys_map_ram(b->phys, MEMORY, MEMORY_SIZE, d->ram);
    bus_claim(b->bus, ECHO, 4, &ports, d, dev->name);
    bus_claim(b->bus, LINES, TESTDEV_LINES, &ports, d, dev->name);
    return true;
}

static void testdev_reset(struct device *dev)
{
    struct testdev *d = (struct testdev *)dev;
    d->value = 0;
    for (unsigned i = 0; i < TESTDEV_LINES; i++)
        irq_set(&d->irq[i], 0);
}

static void testdev_state(struct device *dev, struct state *s)
{
    struct testdev *d = (struct testdev *)dev;
    state_u32(s, "value", &d->value);
    /* Machines without the device saved version 1, without its memory. */
    if (state_version(s) >= 2 || state_more(s))
        state_memory(s, "ram", d->ram, MEMORY_SIZE);
    else
        memset(d->ram, 0, MEMORY_SIZE);
}

static void testdev_destroy(struct device *dev)
{
    free(((struct testdev *)dev)->ram);
}

static void testdev_describe(const struct device *dev, FILE *out)
{
    const struct testdev *d = (const struct testdev *)dev;
    fprintf(out, "port E0h holds %08x\n", d->value);
}

const struct device_class testdev_class = {
    .name = "testdev",
    .model = "pc-testdev",
    .doc = "test device of kvm-unit-tests",
    .size = sizeof(struct testdev),
    .bus = BUS_ISA,
    .optional = true,
    .state_version = 2,
    .realize = testdev_realize,
    .reset = testdev_reset,
    .state = testdev_state,
    .destroy = testdev_destroy,
    .describe = testdev_describe,
};
