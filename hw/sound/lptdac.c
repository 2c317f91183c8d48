/*
 * lptdac.c - Covox Speech Thing and Disney Sound Source. See lptdac.h.
 *
 * Covox: the level is the data byte, whenever it changes. Disney ("The Sound Source Programmer's
 * Guide"): on while INIT# (control bit 2) is high; a fall of control bit 3 puts the data byte
 * into the queue; the queue is full while ACK (status bit 6) is high; every 1/7000 s a byte goes to
 * the converter. Its oscillator runs with the virtual clock, so the queue is what it is at any
 * instant without a timer.
 *
 * Not modelled: the queue's own delay of some samples, the low-pass of the Sound Source's case,
 * Stereo-on-1.
 */
#include "hw/sound/lptdac.h"
#include "hw/bus/slots.h"
#include <stdio.h>
#include <string.h>

enum { CT_INIT = 0x04, CT_SELECT_IN = 0x08, ST_ACK = 0x40, MIDDLE = 0x80 };

static s16 level_of(u8 byte)
{
    return (s16)((byte - MIDDLE) * 128);
}

/* Plug something into the port's socket; a printer behind it still gets what it should. */
static bool plug_in(struct device *d, const char *name, const struct lpt_plug *plug, struct err *e)
{
    struct lpt *port = NULL;
    if (!d->board->slots)
        return true;
    port = (struct lpt *)slots_find(d, &lpt_class, name);
    if (!port)
        return err_set(e, "%s: there is no parallel port %s", d->name, name ? name : "");
    if (port->plug.lines)
        return err_set(e, "%s: something else is plugged into %s", d->name, port->dev.name);
    port->plug = *plug;
    return true;
}

/* ---- Covox ---- */

static void covox_lines(void *opaque, u8 data, u8 control)
{
    struct covox *c = opaque;
    (void)control;
    steps_set(&c->steps, level_of(data), level_of(data));
}

static bool covox_realize(struct device *d, const struct board *b, struct err *e)
{
    struct covox *c = (struct covox *)d;
    struct lpt_plug plug = {covox_lines, NULL, c};
    (void)b;
    steps_attach(d, &c->steps, "covox", NULL, NULL);
    return plug_in(d, c->port, &plug, e);
}

static void covox_reset(struct device *d)
{
    covox_lines(d, MIDDLE, 0);
}

static void covox_state(struct device *d, struct state *s)
{
    steps_state(&((struct covox *)d)->steps, s);
}

static void covox_destroy(struct device *d)
{
    steps_free(&((struct covox *)d)->steps);
}

/* ---- Disney Sound Source ---- */

static u64 tick_at(u64 ns)
{
    return ns / NS_PER_SEC * DISNEY_HZ + ns % NS_PER_SEC * DISNEY_HZ / NS_PER_SEC;
}

static u64 tick_time(u64 tick)
{
    return tick / DISNEY_HZ * NS_PER_SEC +
           (tick % DISNEY_HZ * NS_PER_SEC + DISNEY_HZ - 1) / DISNEY_HZ;
}

static bool is_on(const struct disney *p)
{
    return p->control & CT_INIT;
}

static void play_byte(struct disney *p, u64 at)
{
    s16 level = is_on(p) ? level_of(p->playing) : 0;
    steps_put(&p->steps, at, level, level);
}

/* The oscillator's ticks up to guest time `to`. false: nothing is waiting. */
static bool take_ticks(void *opaque, u64 to)
{
    struct disney *p = opaque;
    u64 last = tick_at(to);
    while (p->tick < last && p->queued && is_on(p)) {
        p->tick++;
        p->playing = p->queue[0];
        memmove(p->queue, p->queue + 1, --p->queued);
        play_byte(p, tick_time(p->tick));
    }
    if (p->tick < last)
        p->tick = last;
    return p->queued && is_on(p);
}

static void come_up(struct disney *p)
{
    steps_sync(&p->steps);
    take_ticks(p, clock_now(p->dev.board->clock));
}

static void disney_lines(void *opaque, u8 data, u8 control)
{
    struct disney *p = opaque;
    come_up(p);
    bool clocked = (p->control & CT_SELECT_IN) && !(control & CT_SELECT_IN);
    p->control = control;
    if (!is_on(p))
        p->queued = 0;
    else if (clocked && p->queued < DISNEY_QUEUE)
        p->queue[p->queued++] = data;
    play_byte(p, clock_now(p->dev.board->clock)); /* switched on or off */
}

static u8 disney_status(void *opaque, u8 status)
{
    struct disney *p = opaque;
    come_up(p);
    status &= (u8)~ST_ACK;
    return is_on(p) && p->queued < DISNEY_QUEUE ? status : status | ST_ACK;
}

static bool disney_realize(struct device *d, const struct board *b, struct err *e)
{
    struct disney *p = (struct disney *)d;
    struct lpt_plug plug = {disney_lines, disney_status, p};
    (void)b;
    p->playing = MIDDLE;
    steps_attach(d, &p->steps, "disney", take_ticks, p);
    return plug_in(d, p->port, &plug, e);
}

static void disney_reset(struct device *d)
{
    disney_lines(d, 0, 0); /* the port's RESET takes INIT# down */
}

static void disney_state(struct device *d, struct state *s)
{
    struct disney *p = (struct disney *)d;
    if (!state_loading(s)) /* what it is now, whether somebody listens or not */
        take_ticks(p, clock_now(d->board->clock));
    state_u8(s, "control", &p->control);
    state_bytes(s, "queue", p->queue, sizeof(p->queue));
    state_u8(s, "queued", &p->queued);
    state_u8(s, "playing", &p->playing);
    state_u64(s, "tick", &p->tick);
    if (state_loading(s) && p->queued > DISNEY_QUEUE)
        state_fail(s, "Sound Source: more in its queue than it holds");
    steps_state(&p->steps, s);
}

static void disney_destroy(struct device *d)
{
    steps_free(&((struct disney *)d)->steps);
}

static void disney_describe(const struct device *d, FILE *out)
{
    const struct disney *p = (const struct disney *)d;
    fprintf(out, "%s, %u bytes wait\n", is_on(p) ? "on" : "off", p->queued);
}

static const struct prop covox_props[] = {
    PROP_STRING_ROW(struct covox, port, "port", "the parallel port it hangs at; the first"),
    PROP_END,
};

static const struct prop disney_props[] = {
    PROP_STRING_ROW(struct disney, port, "port", "the parallel port it hangs at; the first"),
    PROP_END,
};

const struct device_class covox_class = {
    .name = "covox",
    .model = "covox",
    .doc = "Covox Speech Thing at a parallel port",
    .size = sizeof(struct covox),
    .props = covox_props,
    .bus = BUS_OUTSIDE,
    .optional = true,
    .state_version = 1,
    .realize = covox_realize,
    .reset = covox_reset,
    .state = covox_state,
    .destroy = covox_destroy,
};

const struct device_class disney_class = {
    .name = "disney",
    .model = "disney",
    .doc = "Disney Sound Source at a parallel port",
    .size = sizeof(struct disney),
    .props = disney_props,
    .bus = BUS_OUTSIDE,
    .optional = true,
    .state_version = 1,
    .realize = disney_realize,
    .reset = disney_reset,
    .state = disney_state,
    .destroy = disney_destroy,
    .describe = disney_describe,
};
