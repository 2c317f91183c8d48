/*
 * gameport.c - the game control adapter (IBM, Options and Adapters Technical Reference, "Game
 * Control Adapter"). See gameport.h.
 *
 * A write to 201h starts four one-shots of a 558; each stays high for 24.2 us and 11 us for each
 * kilo-ohm of its potentiometer, of which a stick has 0 to 100. A stick that is not there is an
 * open input: its one-shots never end. Bits 4 to 7 are the buttons, 0 while one is pressed. All by
 * the virtual clock: what a program measures does not depend on the host, nor on how fast it runs.
 *
 * Not modelled: that a one-shot which is written while it runs goes on, digital sticks that answer
 * with bits (GrIP, SideWinder).
 */
#include "hw/input/gameport.h"
#include <stdio.h>

enum { SHORTEST_NS = 24200, NS_PER_KILOOHM = 11000, KILOOHMS = 100, AXES = 2 * GAMEPORT_STICKS };

static u32 gameport_in(void *dev, u16 port, unsigned size)
{
    const struct gameport *g = dev;
    u64 now = clock_now(g->dev.board->clock);
    u8 v = (u8)(~(u32)g->buttons << 4);
    (void)port;
    (void)size;
    for (unsigned i = 0; i < AXES; i++) {
        if (g->high_until[i] > now)
            v |= (u8)(1 << i);
    }
    return v;
}

/* Until the first one-shot ends: its bit is one that a program counts. */
static u64 gameport_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct gameport *g = dev;
    u64 now = clock_now(g->dev.board->clock), until = BUS_STEADY_TILL_TOLD;
    (void)port;
    (void)others;
    for (unsigned i = 0; i < AXES; i++) {
        if (g->high_until[i] > now && g->high_until[i] < until)
            until = g->high_until[i];
    }
    return until;
}

static void gameport_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct gameport *g = dev;
    u64 now = clock_now(g->dev.board->clock);
    (void)port;
    (void)value; /* any */
    (void)size;
    for (unsigned i = 0; i < AXES; i++) {
        u64 ns = SHORTEST_NS + (u64)g->axis[i] * KILOOHMS * NS_PER_KILOOHM / 65535;
        g->high_until[i] = g->attached[i / 2] ? now + ns : CLOCK_NEVER;
    }
}

static const struct port_ops ports = {gameport_in, gameport_out, 1};

void gameport_move(struct gameport *g, unsigned stick, u16 x, u16 y, u8 buttons)
{
    if (stick >= GAMEPORT_STICKS)
        return;
    g->attached[stick] = true;
    g->axis[2 * stick] = x;
    g->axis[2 * stick + 1] = y;
    g->buttons = (u8)((g->buttons & ~(3u << 2 * stick)) | (buttons & 3u) << 2 * stick);
}

void gameport_unplug(struct gameport *g, unsigned stick)
{
    if (stick >= GAMEPORT_STICKS || !g->attached[stick])
        return;
    gameport_move(g, stick, STICK_MIDDLE, STICK_MIDDLE, 0);
    g->attached[stick] = false;
}

static bool gameport_realize(struct device *d, const struct board *b, struct err *e)
{
    struct gameport *g = (struct gameport *)d;
    (void)e;
    for (unsigned i = 0; i < AXES; i++)
        g->axis[i] = STICK_MIDDLE;
    if (g->wanted)
        bus_claim(b->bus, GAMEPORT, 1, &ports, g, d->name);
    if (g->wanted)
        bus_steady(b->bus, GAMEPORT, gameport_steady);
    return true;
}

static void gameport_reset(struct device *d)
{
    (void)d; /* the adapter has no RESET line, and a stick is where the hand is */
}

static void gameport_state(struct device *d, struct state *s)
{
    struct gameport *g = (struct gameport *)d;
    for (unsigned i = 0; i < GAMEPORT_STICKS; i++)
        state_bool(s, "attached", &g->attached[i]);
    state_u16s(s, "axes", g->axis, AXES);
    state_u8(s, "buttons", &g->buttons);
    state_u64s(s, "high until", g->high_until, AXES);
    if (state_loading(s) && state_ok(s))
        g->buttons &= 15;
}

static void gameport_describe(const struct device *d, FILE *out)
{
    const struct gameport *g = (const struct gameport *)d;
    if (!g->wanted)
        fputs("not there\n", out);
    for (unsigned i = 0; i < GAMEPORT_STICKS; i++) {
        if (g->attached[i])
            fprintf(out, "stick %c: %u, %u, buttons %u\n", 'A' + (int)i, g->axis[2 * i],
                    g->axis[2 * i + 1], g->buttons >> 2 * i & 3);
        else
            fprintf(out, "stick %c: none\n", 'A' + (int)i);
    }
}

static const struct prop props[] = {
    PROP_BOOL_ROW(struct gameport, wanted, "present", "on", "off: nothing answers at 201h"),
    PROP_END,
};

const struct device_class gameport_class = {
    .name = "gameport",
    .model = "gameport",
    .doc = "game port (201h)",
    .size = sizeof(struct gameport),
    .props = props,
    .bus = BUS_ISA,
    .optional = true,
    .state_version = 1,
    .realize = gameport_realize,
    .reset = gameport_reset,
    .state = gameport_state,
    .describe = gameport_describe,
};
