/*
 * speaker.c - the speaker's line, jump by jump. See speaker.h.
 *
 * The chip arms no event for counter 2: its OUT is computed when somebody looks. So does this one:
 * it walks a copy of the counter from jump to jump, up to where samples are wanted or up to a
 * write that changes what comes. A guest's state is therefore the same with a speaker that
 * somebody hears and without. A square wave above what the output can hold, which programs use to
 * park the line, is its average.
 *
 * Not modelled: the speaker's own resonance and that of its case.
 */
#include "hw/sound/speaker.h"
#include <stdio.h>

enum {
    HIGH = 12000,
    INAUDIBLE = 49 /* clocks of a period: above 24 kHz */
};

/* Is it a wave that nobody hears, and will stay one? */
static bool too_fast(const struct i8254_counter *c)
{
    return (c->mode == 2 || c->mode == 3) && !c->idle && !c->load && !c->null_count && c->gate &&
           c->reload >= 2 && c->reload <= INAUDIBLE;
}

/* The level while the counter does what it does now. */
static s16 level_of(const struct speaker *sp)
{
    const struct i8254_counter *c = &sp->ahead;
    if (!sp->data)
        return 0;
    if (!too_fast(c))
        return c->out ? HIGH : 0;
    u32 high = c->mode == 2 ? c->reload - 1 : (c->reload + 1) / 2;
    return (s16)(HIGH * high / c->reload);
}

static void put(struct speaker *sp, u64 at)
{
    steps_put(&sp->steps, at, level_of(sp), level_of(sp));
}

/* The chip as it stood at `walked`. */
static void copy_counter(struct speaker *sp)
{
    const struct i8254_counter *chip = &sp->pit->counter[2];
    u64 tick = i8254_tick_at(sp->walked);
    sp->ahead = *chip;
    if (tick > chip->tick)
        i8254_count_on(&sp->ahead, tick - chip->tick);
    sp->stale = false;
    put(sp, sp->walked);
}

/* A new count is an event even if OUT stays: what is too fast is known from there on. */
static u64 next_event(const struct i8254_counter *c)
{
    return c->load ? 1 : i8254_next_change(c);
}

/* All jumps up to `to`. false: there will be no more by itself. */
static bool walk(void *opaque, u64 to)
{
    struct speaker *sp = opaque;
    struct i8254_counter *c = &sp->ahead;
    u64 last = i8254_tick_at(to), n = 0;
    if (sp->walked < sp->steps.sound.start) { /* nobody has listened */
        sp->walked = sp->steps.sound.start;
        sp->stale = true;
    }
    if (to < sp->walked)
        return true;
    if (sp->stale)
        copy_counter(sp);
    sp->walked = to;
    if (!sp->data) {
        sp->stale = true; /* it counts on without being looked at */
        return false;
    }
    while (!too_fast(c) && (n = next_event(c)) && c->tick + n <= last) {
        i8254_count_on(c, n);
        put(sp, i8254_tick_time(c->tick));
    }
    if (last > c->tick)
        i8254_count_on(c, last - c->tick);
    return n != 0 && !too_fast(c);
}

/* Up to this instant it went as the chip stood; then something is written. */
static void before_change(struct speaker *sp)
{
    u64 now = clock_now(sp->dev.board->clock);
    if (sp->data && sound_heard(&sp->steps.sound)) {
        steps_sync(&sp->steps);
        walk(sp, now);
    }
    sp->walked = now;
    sp->stale = true;
}

void speaker_before_timer(void *opaque)
{
    before_change(opaque);
}

void speaker_data(void *opaque, int n, int level)
{
    struct speaker *sp = opaque;
    (void)n;
    if (sp->data == (level != 0))
        return;
    before_change(sp);
    sp->data = level != 0;
    if (!sound_heard(&sp->steps.sound))
        return;
    steps_sync(&sp->steps);
    copy_counter(sp);
}

static bool speaker_realize(struct device *d, const struct board *b, struct err *e)
{
    struct speaker *sp = (struct speaker *)d;
    (void)b;
    (void)e;
    steps_attach(d, &sp->steps, "speaker", walk, sp);
    sp->stale = true;
    return true;
}

static void speaker_reset(struct device *d)
{
    (void)d; /* no RESET line: it follows the timer and port 61h */
}

static void speaker_state(struct device *d, struct state *s)
{
    struct speaker *sp = (struct speaker *)d;
    state_bool(s, "data", &sp->data);
    if (!state_digesting(s))
        state_u64(s, "walked", &sp->walked);
    if (state_loading(s)) {
        u64 now = clock_now(sp->dev.board->clock);
        sp->walked = sp->walked > now ? now : sp->walked;
        sp->stale = true;
    }
    steps_state(&sp->steps, s);
}

static void speaker_destroy(struct device *d)
{
    steps_free(&((struct speaker *)d)->steps);
}

static void speaker_describe(const struct device *d, FILE *out)
{
    const struct speaker *sp = (const struct speaker *)d;
    double hertz = i8254_frequency(sp->pit, 2);
    if (!sp->data)
        fputs("off\n", out);
    else if (hertz > 0)
        fprintf(out, "%.1f Hz\n", hertz);
    else
        fputs("held by the timer\n", out);
}

const struct device_class speaker_class = {
    .name = "speaker",
    .doc = "the PC speaker",
    .size = sizeof(struct speaker),
    .optional = true,
    .state_version = 1,
    .realize = speaker_realize,
    .reset = speaker_reset,
    .state = speaker_state,
    .destroy = speaker_destroy,
    .describe = speaker_describe,
};
