/*
 * gus_record.c - the GF1's converter for recording (SDK 2.22, registers 48h and 49h): bytes by DMA
 * until terminal count, at 617400 / (register 48h + 2) a second.
 *
 * As with samples from memory (gus_dma.c), some are moved at the beginning of the time that they
 * take, up to a millisecond, so that the interrupt comes to the nanosecond: line_in.h knows them by
 * then. Line and microphone are one input, which 2X0h opens for either.
 *
 * Not modelled: a channel of its own for recording, and what the card plays as an input.
 */
#include "hw/sound/gus.h"

enum { ENABLE = 1, STEREO = 2, INVERT = 0x80 };
enum { NO_LINE_IN = 1, MICROPHONE = 4 };
enum { RATE_CLOCK = 617400, CHUNK = 64 };

static u64 now(const struct gus *g)
{
    return clock_now(g->dev.board->clock);
}

bool gus_records(const void *card)
{
    return ((const struct gus *)card)->sampling & ENABLE;
}

static u32 period_clocks(const struct gus *g)
{
    return g->sampling_rate + 2u;
}

/* The instant of frame k since the beginning. */
static u64 instant(const struct gus *g, u64 k)
{
    return g->record_from + k * period_clocks(g) * NS_PER_SEC / RATE_CLOCK;
}

static void begin(struct gus *g)
{
    g->record_from = now(g);
    g->recorded = 0;
}

void gus_record_start(struct gus *g)
{
    timer_disarm(&g->record_timer);
    g->record_finishing = false;
    if (!(g->sampling & ENABLE && g->reset & 1))
        return;
    line_input_begin(&g->input);
    begin(g);
    gus_record_step(g);
}

static u8 sample(const struct gus *g, u64 when, bool right)
{
    bool open = !(g->mix & NO_LINE_IN) || g->mix & MICROPHONE;
    struct sound_frame f = line_input_at(&g->input, when, RATE_CLOCK / period_clocks(g));
    s16 v = !open ? 0 : right ? f.right : f.left;
    return (u8)((v >> 8) ^ (g->sampling & INVERT ? 0x80 : 0));
}

static void finish(struct gus *g)
{
    g->record_finishing = false;
    g->sampling &= (u8)~ENABLE;
    g->record_done = true;
    gus_update(g);
}

void gus_record_step(void *dev)
{
    struct gus *g = dev;
    unsigned sides = g->sampling & STEREO ? 2 : 1;
    u8 bytes[2 * CHUNK];
    bool tc = false, chosen = g->dma_latch == g->dma_number;
    if (g->record_finishing) {
        finish(g);
        return;
    }
    unsigned n = 0;
    for (u64 k = g->recorded + 1; n < CHUNK * sides; k++) {
        u64 when = instant(g, k);
        if (n && when > now(g) + LINE_IN_AHEAD_NS)
            break;
        for (unsigned side = 0; side < sides; side++)
            bytes[n++] = sample(g, when, side);
    }
    u32 moved = chosen ? dma_to_memory(&g->dma, bytes, n, &tc) : 0;
    if (!moved)
        return; /* until the channel is ready */
    g->recorded += (moved + sides - 1) / sides;
    g->record_finishing = tc;
    timer_arm(&g->record_timer, instant(g, g->recorded));
    if (g->recorded >= RATE_CLOCK) { /* a whole number of seconds */
        g->record_from = instant(g, RATE_CLOCK);
        g->recorded -= RATE_CLOCK;
    }
}

void gus_record_ready(struct gus *g)
{
    if (!(g->sampling & ENABLE && g->reset & 1) || timer_armed(&g->record_timer))
        return;
    begin(g);
    gus_record_step(g);
}

void gus_record_forget(struct gus *g)
{
    timer_disarm(&g->record_timer);
    g->record_done = g->record_finishing = false;
    g->record_from = g->recorded = 0;
    g->sampling &= (u8)~ENABLE;
}

void gus_record_state(struct gus *g, struct state *s)
{
    state_bool(s, "record_done", &g->record_done);
    state_bool(s, "record_finishing", &g->record_finishing);
    state_u64(s, "record_from", &g->record_from);
    state_u64(s, "recorded", &g->recorded);
    timer_state(&g->record_timer, s, "record timer");
    if (!state_loading(s) || !state_ok(s))
        return;
    bool armed = timer_armed(&g->record_timer);
    if (g->record_from > now(g) || g->recorded > RATE_CLOCK + CHUNK ||
        (armed && (g->record_timer.when != instant(g, g->recorded) ||
                   g->record_timer.when > now(g) + NS_PER_SEC)) ||
        (g->record_finishing && !armed))
        state_fail(s, "gus: a recording that cannot be");
}
