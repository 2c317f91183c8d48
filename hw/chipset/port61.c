/*
 * port61.c - system control port B of the AT (PIIX3 data sheet, "NMISC").
 *
 * Bits 0 and 1: gate of timer counter 2, speaker data enable (hw/sound/speaker.h). Bit 4 toggles
 * with every refresh request, each 15.085 us (counter 1 at 18 clocks), and bit 5 is OUT of counter
 * 2; programs measure time with both. Bits 6 and 7, the NMI sources IOCHK# and SERR#, never come:
 * nothing on this board drives them; their enables (bits 2 and 3) are kept.
 */
#include "hw/chipset/port61.h"
#include <stdio.h>

enum { GATE2 = 0x01, SPEAKER = 0x02, WRITABLE = 0x0f, REFRESH = 0x10, OUT2 = 0x20 };

#define REFRESH_NS 15085

static void port61_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)port;
    (void)size;
    struct port61 *p = dev;
    p->control = (u8)value & WRITABLE;
    irq_set(&p->gate2, (p->control & GATE2) != 0);
    irq_set(&p->speaker, (p->control & SPEAKER) != 0);
}

static u32 port61_in(void *dev, u16 port, unsigned size)
{
    (void)port;
    (void)size;
    struct port61 *p = dev;
    u32 v = p->control;
    if (clock_now(p->dev.board->clock) / REFRESH_NS & 1)
        v |= REFRESH;
    if (p->timer2_out && p->timer2_out(p->timer2))
        v |= OUT2;
    return v;
}

static u64 port61_steady(void *dev, u16 port, const struct byte_set *others)
{
    struct port61 *p = dev;
    u64 now = clock_now(p->dev.board->clock), turn = now - now % REFRESH_NS + REFRESH_NS;
    u64 out2 = p->timer2_steady ? p->timer2_steady(p->timer2) : BUS_STEADY_TILL_TOLD;
    u8 turned = (u8)(port61_in(dev, port, 1) ^ REFRESH);
    return byte_set_has(others, turned) || out2 < turn ? out2 : turn;
}

/* Gate and speaker stay as they are. */
static bool port61_chooses(const void *dev, u16 port, u8 value)
{
    (void)port;
    return (value & WRITABLE) == ((const struct port61 *)dev)->control;
}

static const struct port_choice port61_choice = {port61_chooses, NULL};

static const struct port_ops port61_ports = {port61_in, port61_out, 1};

bool port61_speaker_on(const struct port61 *p)
{
    return (p->control & (GATE2 | SPEAKER)) == (GATE2 | SPEAKER);
}

static bool port61_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    bus_claim(b->bus, 0x61, 1, &port61_ports, d, d->name);
    bus_steady(b->bus, 0x61, port61_steady);
    bus_choice(b->bus, 0x61, &port61_choice);
    return true;
}

static void port61_reset(struct device *d)
{
    struct port61 *p = (struct port61 *)d;
    p->control = 0;
    irq_set(&p->gate2, 0);
    irq_set(&p->speaker, 0);
}

static void port61_state(struct device *d, struct state *s)
{
    state_u8(s, "control", &((struct port61 *)d)->control);
}

static void port61_describe(const struct device *d, FILE *out)
{
    const struct port61 *p = (const struct port61 *)d;
    fprintf(out, "control %02x, speaker %s\n", p->control, port61_speaker_on(p) ? "on" : "off");
}

const struct device_class port61_class = {
    .name = "port61",
    .doc = "system control port B (speaker, refresh, NMI)",
    .size = sizeof(struct port61),
    .state_version = 1,
    .realize = port61_realize,
    .reset = port61_reset,
    .state = port61_state,
    .describe = port61_describe,
};
