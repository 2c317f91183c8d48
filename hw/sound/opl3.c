/*
 * opl3.c - the AdLib card (OPL2 at 388h and 389h; AdLib's programming guide) and its successor with
 * an OPL3 (388h to 38Bh), each nothing but its chip (opl_card.c):
 *
 *   -device adlib
 *   -device opl3,addr=388,log=music.vgm
 *
 * Sound Blasters bring a chip of their own.
 */
#include "hw/sound/opl3.h"
#include <stdio.h>

static struct adlib *adlib_of(struct device *d)
{
    return (struct adlib *)d;
}

static bool is_opl3(const struct device *d)
{
    return d->class == &opl3_class;
}

/* An OPL2 at 388h is port 8 of a Sound Blaster. */
static unsigned place(const struct adlib *a, u16 port)
{
    return (unsigned)(port - a->base) + (is_opl3(&a->dev) ? 0 : 8);
}

static u32 adlib_in(void *dev, u16 port, unsigned size)
{
    struct adlib *a = dev;
    (void)size; /* always 1: see ports below */
    return opl_card_in(&a->fm, place(a, port));
}

static void adlib_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct adlib *a = dev;
    (void)size;
    opl_card_out(&a->fm, place(a, port), (u8)value);
}

static u64 adlib_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct adlib *a = dev;
    (void)others;
    return opl_card_steady(&a->fm, place(a, port));
}

static const struct port_ops ports = {adlib_in, adlib_out, 1};

static bool adlib_realize(struct device *d, const struct board *b, struct err *e)
{
    struct adlib *a = adlib_of(d);
    bool opl3 = is_opl3(d);
    if (a->base & (opl3 ? 3 : 1))
        return err_set(e, "addr=%x: must be a multiple of %u", a->base, opl3 ? 4u : 2u);
    if (!opl_card_attach(&a->fm, d, opl3 ? OPL3 : OPL2, a->log, e))
        return false;
    bus_claim(b->bus, a->base, opl3 ? 4 : 2, &ports, a, d->name);
    bus_steady(b->bus, a->base, adlib_steady);
    return true;
}

static void adlib_reset(struct device *d)
{
    opl_card_reset(&adlib_of(d)->fm);
}

static void adlib_state(struct device *d, struct state *s)
{
    opl_card_state(&adlib_of(d)->fm, s);
}

static void adlib_destroy(struct device *d)
{
    opl_card_detach(&adlib_of(d)->fm);
}

static void adlib_describe(const struct device *d, FILE *out)
{
    const struct adlib *a = (const struct adlib *)d;
    const struct opl *o = &a->fm.chip[0];
    unsigned held = 0;
    for (unsigned i = 0; i < OPL_OPERATORS; i++)
        held += o->op[i].keys != 0;
    fprintf(out, "port %03x, %s, %u operators held%s%s\n", a->base, is_opl3(d) ? "OPL3" : "OPL2",
            held, is_opl3(d) && !(o->reg[0x105] & 1) ? ", as an OPL2" : "",
            opl_idle(o) ? ", silent" : "");
}

static const struct prop props[] = {
    PROP_PORT_ROW(struct adlib, base, "addr", "388", 0x200, 0x3fc, "first of its ports"),
    PROP_STRING_ROW(struct adlib, log, "log", "file for what is written to it: NAME.vgm"),
    PROP_END,
};

#define ADLIB_CLASS                                                                                \
    .size = sizeof(struct adlib), .props = props, .bus = BUS_ISA, .state_version = 1,              \
    .optional = true, .realize = adlib_realize, .reset = adlib_reset, .state = adlib_state,        \
    .destroy = adlib_destroy, .describe = adlib_describe

const struct device_class adlib_class = {
    .name = "adlib",
    .model = "adlib",
    .doc = "AdLib card: Yamaha YM3812 (OPL2)",
    ADLIB_CLASS,
};

const struct device_class opl3_class = {
    .name = "opl3",
    .model = "opl3",
    .doc = "Yamaha YMF262 (OPL3) at AdLib's ports",
    ADLIB_CLASS,
};
