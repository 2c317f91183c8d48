/*
 * gameblaster.c - the Game Blaster card (Creative Music System, Programmer's Guide; ports as its
 * own drivers use them). See gameblaster.h.
 *
 * Two SAA1099 at 7.159 MHz: +0 data and +1 address of the first, +2 and +3 of the second. The card
 * answers 7Fh at +4, and at +A and +B with what was written to +6 and +7: so programs find it.
 */
#include "hw/sound/gameblaster.h"
#include <stdio.h>

enum { PORTS = 16, CHIP_PORTS = 4, TICK_HZ = 3579545, SIGNATURE = 0x7f };

static u64 tick_at(u64 ns)
{
    return (u64)((unsigned __int128)ns * TICK_HZ / NS_PER_SEC);
}

static u64 tick_time(u64 tick)
{
    return (u64)(((unsigned __int128)tick * NS_PER_SEC + TICK_HZ - 1) / TICK_HZ);
}

/* Both chips, a third of what 16 bits hold each. */
static s16 scaled(u32 level)
{
    return (s16)(level * 10000 / SAA_MOST);
}

static void put(struct gameblaster *g, u64 at)
{
    u32 l[2], r[2];
    for (unsigned i = 0; i < 2; i++)
        saa1099_level(&g->chip[i], &l[i], &r[i]);
    steps_put(&g->steps, at, scaled(l[0] + l[1]), scaled(r[0] + r[1]));
}

/* All jumps up to `to`. false: nothing changes until a register is written. */
static bool walk(void *opaque, u64 to)
{
    struct gameblaster *g = opaque;
    u64 last = tick_at(to), begun = tick_at(g->steps.sound.start);
    u32 next;
    if (g->tick < begun) { /* nobody has listened: it stood still */
        g->tick = begun;
        put(g, g->steps.sound.start);
    }
    do {
        u32 a = saa1099_next(&g->chip[0]), b = saa1099_next(&g->chip[1]);
        u64 left = last > g->tick ? last - g->tick : 0;
        next = a < b ? a : b;
        u32 n = next < left ? next : (u32)(left < UINT32_MAX ? left : UINT32_MAX);
        saa1099_count_on(&g->chip[0], n);
        saa1099_count_on(&g->chip[1], n);
        g->tick += n;
        put(g, tick_time(g->tick));
    } while (g->tick < last);
    return next != UINT32_MAX;
}

static void before_change(struct gameblaster *g)
{
    steps_sync(&g->steps);
    if (sound_heard(&g->steps.sound))
        walk(g, clock_now(g->dev.board->clock));
}

static void gameblaster_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct gameblaster *g = dev;
    unsigned at = port - g->base;
    (void)size;
    switch (at) {
    case 0:
    case 2:
        before_change(g);
        saa1099_write(&g->chip[at / 2], (u8)value);
        put(g, clock_now(g->dev.board->clock));
        break;
    case 1:
    case 3:
        g->chip[at / 2].address = (u8)value & (SAA_REGISTERS - 1);
        break;
    case 6:
    case 7:
        g->detect[at - 6] = (u8)value;
        break;
    default:
        break;
    }
}

static u32 gameblaster_in(void *dev, u16 port, unsigned size)
{
    const struct gameblaster *g = dev;
    unsigned at = port - g->base;
    (void)size;
    return at == 4 ? SIGNATURE : at == 10 || at == 11 ? g->detect[at - 10] : 0xff;
}

static const struct port_ops ports = {gameblaster_in, gameblaster_out, 1};

static bool gameblaster_realize(struct device *d, const struct board *b, struct err *e)
{
    struct gameblaster *g = (struct gameblaster *)d;
    (void)e;
    bus_claim(b->bus, g->base, g->sockets ? CHIP_PORTS : PORTS, &ports, g, d->name);
    steps_attach(d, &g->steps, "gameblaster", walk, g);
    return true;
}

static void gameblaster_reset(struct device *d)
{
    struct gameblaster *g = (struct gameblaster *)d;
    before_change(g);
    saa1099_reset(&g->chip[0]);
    saa1099_reset(&g->chip[1]);
    g->detect[0] = g->detect[1] = 0;
    put(g, clock_now(d->board->clock));
}

static void gameblaster_state(struct device *d, struct state *s)
{
    struct gameblaster *g = (struct gameblaster *)d;
    for (unsigned i = 0; i < 2; i++)
        saa1099_state(&g->chip[i], s, !state_digesting(s));
    state_bytes(s, "detect", g->detect, sizeof(g->detect));
    if (!state_digesting(s))
        state_u64(s, "tick", &g->tick);
    if (state_loading(s) && state_ok(s) && g->tick > tick_at(clock_now(d->board->clock)))
        state_fail(s, "Game Blaster: impossible time");
    steps_state(&g->steps, s);
}

static void gameblaster_destroy(struct device *d)
{
    steps_free(&((struct gameblaster *)d)->steps);
}

static const struct prop props[] = {
    PROP_U16_ROW(struct gameblaster, base, "iobase", "0x220", 0x200, 0x3f0, "first of its ports"),
    PROP_BOOL_ROW(struct gameblaster, sockets, "sockets", "off",
                  "on: its two chips alone, on a Sound Blaster 1.5 or 2.0 (-sound sb1, sb2)"),
    PROP_END,
};

const struct device_class gameblaster_class = {
    .name = "gameblaster",
    .model = "gameblaster",
    .doc = "Game Blaster, the Creative Music System (two SAA1099)",
    .size = sizeof(struct gameblaster),
    .props = props,
    .bus = BUS_ISA,
    .optional = true,
    .state_version = 1,
    .realize = gameblaster_realize,
    .reset = gameblaster_reset,
    .state = gameblaster_state,
    .destroy = gameblaster_destroy,
};
