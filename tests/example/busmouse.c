/*
 * busmouse.c - the Logitech bus mouse at 23Ch-23Fh, the example of hw/README.md: two counters,
 * three buttons, and an interrupt 30 times a second. What a driver expects of it is in Linux,
 * drivers/input/mouse/logibm.c.
 *
 * Not modelled: the card's 8255 beyond that (other modes, reading back the interrupt's jumper).
 */
#include "tests/example/busmouse.h"
#include "hw/bus/slots.h"

enum { BASE = 0x23c, DATA = BASE, SIGNATURE, CONTROL, CONFIG };
enum { HOLD = 0x80, TURN_DOWN = 0x40, HIGH_NIBBLE = 0x20, NO_INTERRUPT = 0x10 }; /* CONTROL */
enum { HALF_WAVE = NS_PER_SEC / 60 };

static void drive_line(struct busmouse *m)
{
    irq_set(&m->irq, m->wave && !(m->control & NO_INTERRUPT));
}

static void on_tick(void *dev)
{
    struct busmouse *m = dev;
    timer_arm(&m->tick, clock_now(m->dev.board->clock) + HALF_WAVE);
    m->wave = !m->wave;
    drive_line(m);
}

static u32 busmouse_in(void *dev, u16 port, unsigned size)
{
    const struct busmouse *m = dev;
    (void)size; /* always 1: see ports below */
    if (port == SIGNATURE)
        return m->signature;
    if (port != DATA)
        return 0xff;
    u8 held = m->held[m->control & TURN_DOWN ? 1 : 0];
    u8 up = (u8) ~(m->buttons << 7 | (m->buttons & 4) << 4 | (m->buttons & 2) << 4);
    return (up & 0xe0) | (m->control & HIGH_NIBBLE ? held >> 4 : held & 0x0f);
}

static void busmouse_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct busmouse *m = dev;
    (void)size;
    if (port == SIGNATURE)
        m->signature = (u8)value;
    if (port != CONTROL)
        return;
    for (unsigned i = 0; i < 2 && (value & ~m->control & HOLD); i++) {
        m->held[i] = (u8)m->count[i];
        m->count[i] = 0;
    }
    m->control = (u8)value;
    drive_line(m);
}

static const struct port_ops ports = {busmouse_in, busmouse_out, 1};

static bool busmouse_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct busmouse *m = (struct busmouse *)dev;
    timer_init(&m->tick, b->clock, on_tick, m);
    bus_claim(b->bus, BASE, 4, &ports, m, dev->name);
    return slots_irq(dev, m->irq_number, LINE_DRIVEN, &m->irq, e);
}

static void busmouse_reset(struct device *dev)
{
    struct busmouse *m = (struct busmouse *)dev;
    m->signature = 0;
    m->control = NO_INTERRUPT;
    m->count[0] = m->count[1] = m->held[0] = m->held[1] = 0;
    m->wave = false;
    drive_line(m);
    timer_arm(&m->tick, clock_now(dev->board->clock) + HALF_WAVE);
}

static void busmouse_state(struct device *dev, struct state *s)
{
    struct busmouse *m = (struct busmouse *)dev;
    state_u8(s, "signature", &m->signature);
    state_u8(s, "control", &m->control);
    state_int(s, "right", &m->count[0]);
    state_int(s, "down", &m->count[1]);
    state_bytes(s, "held", m->held, sizeof(m->held));
    state_u8(s, "buttons", &m->buttons);
    state_bool(s, "wave", &m->wave);
    timer_state(&m->tick, s, "tick");
}

static void busmouse_destroy(struct device *dev)
{
    timer_disarm(&((struct busmouse *)dev)->tick);
}

static const struct prop props[] = {
    PROP_U8_ROW(struct busmouse, irq_number, "irq", "5", 3, 5, "interrupt line, a jumper"),
    PROP_END,
};

const struct device_class busmouse_class = {
    .name = "busmouse",
    .model = "busmouse",
    .doc = "Logitech bus mouse",
    .size = sizeof(struct busmouse),
    .props = props,
    .bus = BUS_ISA,
    .optional = true,
    .state_version = 1,
    .realize = busmouse_realize,
    .reset = busmouse_reset,
    .state = busmouse_state,
    .destroy = busmouse_destroy,
};

static s32 add(s32 count, int by)
{
    s64 sum = (s64)count + by;
    return (s32)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
}

void busmouse_move(struct busmouse *m, int right, int down, u8 buttons)
{
    m->count[0] = add(m->count[0], right);
    m->count[1] = add(m->count[1], down);
    m->buttons = buttons & 7;
}
