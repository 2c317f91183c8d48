/*
 * es1370_channel.c - the ES1370's samples between memory and the converters, at the instants of
 * their clocks (Ensoniq, "AudioPCI ES1370 Specification": "DMA Control", "Serial Interface").
 *
 * The base clock is 1.4112 MHz; a tick is so many periods of it. A channel that is switched on has
 * its first tick a period later, and interrupts with the tick of the sample that makes its counter
 * run out: blocks take their samples' time to the nanosecond. Ticks are done some at a time, when a
 * program looks, when samples are to be heard, and every millisecond at the latest, which is how
 * much later than by the chip memory may be read. The ADC's are not done for the ear's sake, so
 * that what is in memory does not depend on it.
 *
 * Not modelled: the FIFOs of 64 bytes (a double word is fetched by the tick that needs it), MPEG
 * and I2S clocks (SBB, DAC_SYNC, MSFMTSEL), the interrupts of the memory's arbiter (CCB).
 */
#include "hw/sound/es1370.h"

#include <string.h>

#define CATCH_UP_NS NS_PER_MS
#define NEVER_SO_FAR (1ull << 62)

enum { BASE_CLOCK = 1411200, WORD = 4, STEREO = 1, WIDE = 2 };

static u64 now(const struct es1370 *e)
{
    return clock_now(e->dev.board->clock);
}

/* ---- instants ---- */

static u64 instant(const struct es1370_channel *c, u64 tick)
{
    return c->anchor + tick * c->divider * NS_PER_SEC / BASE_CLOCK;
}

/* BASE_CLOCK ticks are a whole number of seconds. */
static void rebase(struct es1370_channel *c)
{
    u32 whole = (c->tick - 1) / BASE_CLOCK;
    c->anchor += whole * c->divider * NS_PER_SEC;
    c->tick -= whole * BASE_CLOCK;
}

static u32 divider_of(const struct es1370 *e, unsigned index)
{
    if (index == ES_DAC1) /* 5512.5, 11025, 22050, 44100 Hz */
        return 256u >> (e->control >> 12 & 3);
    return (e->control >> 16 & 0x1fff) + 2;
}

/* ---- memory ---- */

static u32 *frame_of(struct es1370_channel *c)
{
    struct es1370 *e = c->chip;
    return c->index == ES_ADC    ? &e->memory[ES_PAGE_ADC][0]
           : c->index == ES_DAC2 ? &e->memory[ES_PAGE_DAC][2]
                                 : &e->memory[ES_PAGE_DAC][0];
}

/* The place of the next double word; the counter goes round in the buffer. */
static u32 next_place(struct es1370_channel *c)
{
    u32 *frame = frame_of(c);
    u16 at = (u16)(frame[1] >> 16), last = (u16)frame[1];
    frame[1] = (frame[1] & 0xffff) | (u32)(at == last ? 0 : (u16)(at + 1)) << 16;
    return (frame[0] & ~3u) + at * WORD;
}

static unsigned frame_bytes(const struct es1370_channel *c)
{
    unsigned format = es1370_format(c->chip, c->index);
    return (format & STEREO ? 2u : 1u) << (format & WIDE ? 1 : 0);
}

static s16 sample(const struct es1370_channel *c, unsigned at, bool wide)
{
    u32 v = c->word >> 8 * at;
    return wide ? (s16)v : (s16)((v ^ 0x80) << 8);
}

/* ---- what a DAC has played waits to be heard ---- */

static void drop_waiting(struct es1370_channel *c)
{
    c->held = c->level;
    c->first_waiting = c->waiting_count = 0;
}

static void wait_for_ear(struct es1370_channel *c)
{
    if (!sound_heard(&c->sound)) {
        drop_waiting(c);
        return;
    }
    if (c->waiting_count == ES_WAITING) { /* rates that no converter has: the oldest go */
        c->first_waiting = (u16)((c->first_waiting + 1) % ES_WAITING);
        c->waiting_count--;
    }
    c->waiting[(c->first_waiting + c->waiting_count++) % ES_WAITING] = c->level;
}

/* ---- ticks ---- */

static void play(struct es1370_channel *c)
{
    unsigned format = es1370_format(c->chip, c->index);
    if (!c->used) {
        u8 m[WORD];
        phys_read(c->chip->dev.board->phys, next_place(c), m, sizeof(m));
        c->word = get_le32(m);
    }
    c->level.left = c->level.right = sample(c, c->used, format & WIDE);
    if (format & STEREO)
        c->level.right = sample(c, c->used + (format & WIDE ? 2u : 1u), format & WIDE);
    c->used = (u8)((c->used + frame_bytes(c)) % WORD);
    wait_for_ear(c);
}

bool es1370_records(const void *card)
{
    return ((const struct es1370 *)card)->channel[ES_ADC].running;
}

/* The converter's samples are put together to double words; one channel is the left one. */
static void record(struct es1370_channel *c)
{
    unsigned format = es1370_format(c->chip, c->index), sides = format & STEREO ? 2 : 1;
    struct sound_frame f =
        line_input_at(&c->chip->input, instant(c, c->tick), BASE_CLOCK / c->divider);
    u8 m[WORD];
    for (unsigned side = 0; side < sides; side++) {
        u16 v = (u16)(side ? f.right : f.left);
        unsigned bytes = format & WIDE ? 2 : 1, shift = 8 * (c->used + side * bytes);
        u32 mask = format & WIDE ? 0xffff : 0xff, bits = format & WIDE ? v : (u32)(v >> 8 ^ 0x80);
        c->word = (c->word & ~(mask << shift)) | bits << shift;
    }
    c->used = (u8)((c->used + frame_bytes(c)) % WORD);
    if (c->used)
        return;
    put_le32(m, c->word);
    phys_write(c->chip->dev.board->phys, next_place(c), m, sizeof(m));
}

static void tick(struct es1370_channel *c)
{
    struct es1370 *e = c->chip;
    if (c->index == ES_ADC)
        record(c);
    else
        play(c);
    c->tick++;
    if (c->left) {
        c->left--;
        return;
    }
    c->left = c->samples;
    if (es1370_stop_mode(e, c->index)) {
        c->stopped = true;
        c->running = false;
    }
    if (es1370_interrupts(e, c->index)) {
        e->pending |= es1370_status_bit(c->index);
        es1370_drive_line(e);
    }
}

static void run(struct es1370_channel *c, u64 until)
{
    while (c->running && instant(c, c->tick) <= until)
        tick(c);
    rebase(c);
}

static void run_some(struct es1370 *e, u64 until, unsigned channels)
{
    if (e->busy) /* memory that is a register of a card that is heard */
        return;
    e->busy = true;
    for (unsigned i = 0; i < channels; i++)
        run(&e->channel[i], until);
    e->busy = false;
}

/* What happens at this very instant is the timer's. */
void es1370_sync(struct es1370 *e)
{
    if (now(e))
        run_some(e, now(e) - 1, ES_CHANNELS);
}

static void sync_dacs(struct es1370 *e)
{
    if (now(e))
        run_some(e, now(e) - 1, ES_ADC);
}

/* The next tick that somebody but the ear notices, or when it is time to fetch. */
static u64 due(const struct es1370_channel *c)
{
    const struct es1370 *e = c->chip;
    u64 latest = now(e) + CATCH_UP_NS, next = instant(c, c->tick);
    bool told = es1370_interrupts(e, c->index) && !(e->pending & es1370_status_bit(c->index));
    u64 end =
        told || es1370_stop_mode(e, c->index) ? instant(c, (u64)c->tick + c->left) : CLOCK_NEVER;
    u64 first = next > latest ? next : latest;
    return end < first ? end : first;
}

static void rearm(struct es1370 *e)
{
    u64 first = CLOCK_NEVER;
    for (unsigned i = 0; i < ES_CHANNELS; i++) {
        u64 at = e->channel[i].running ? due(&e->channel[i]) : CLOCK_NEVER;
        first = at < first ? at : first;
    }
    if (first == CLOCK_NEVER)
        timer_disarm(&e->tick);
    else
        timer_arm(&e->tick, first);
}

static void on_tick(void *opaque)
{
    struct es1370 *e = opaque;
    for (unsigned i = 0; i < ES_ADC; i++) {
        if (e->channel[i].waiting_count >= ES_WAITING / 2)
            sound_source_sync(&e->channel[i].sound);
    }
    run_some(e, now(e), ES_CHANNELS);
    rearm(e);
}

/* ---- who runs ---- */

static bool may_run(const struct es1370 *e, const struct es1370_channel *c)
{
    static const u32 pause[] = {0x0800, 0x1000, 0}; /* of the serial interface control */
    return (e->control & es1370_enable_bit(c->index)) && !(e->serial & pause[c->index]) &&
           !(c->index == ES_ADC && (e->control & CTRL_ADC_STOP)) && !c->stopped &&
           (pci_command(&e->pci) & PCI_MASTER_ENABLE);
}

/* From this instant on ticks come a divider apart; what is heard now lasts until the first. */
static void begin(struct es1370_channel *c, u64 anchor)
{
    if (c->index != ES_ADC)
        sound_source_sync(&c->sound);
    else
        line_input_begin(&c->chip->input);
    c->running = true;
    c->divider = divider_of(c->chip, c->index);
    c->anchor = anchor;
    c->tick = 1;
    if (c->index == ES_ADC)
        return;
    drop_waiting(c);
    sound_source_rate(&c->sound, BASE_CLOCK, c->divider);
    sound_source_restart(&c->sound);
    wait_for_ear(c);
}

/* A DAC that is off gives nothing; DAC2 may be told to hold its last sample (P2_DAC_SEN). */
static void end(struct es1370_channel *c)
{
    const struct es1370 *e = c->chip;
    bool off = !(e->control & es1370_enable_bit(c->index));
    bool holds = c->index == ES_DAC2 && (e->serial & 0x40);
    c->running = false;
    if (c->index == ES_ADC)
        return;
    sound_source_sync(&c->sound);
    if (off && !holds)
        c->level = (struct sound_frame){0, 0};
    drop_waiting(c);
}

void es1370_reload(struct es1370_channel *c)
{
    c->left = c->samples;
    c->stopped = false;
}

bool es1370_settled(const struct es1370 *e)
{
    bool same = true;
    for (unsigned i = 0; i < ES_CHANNELS; i++)
        same &= may_run(e, &e->channel[i]) == e->channel[i].running;
    return same;
}

void es1370_settle(struct es1370 *e)
{
    for (unsigned i = 0; i < ES_CHANNELS; i++) {
        struct es1370_channel *c = &e->channel[i];
        bool runs = may_run(e, c);
        if (runs && !c->running)
            begin(c, now(e));
        else if (!runs && (c->running || c->level.left || c->level.right))
            end(c);
        else if (runs && c->divider != divider_of(e, i))
            begin(c, instant(c, c->tick - 1)); /* a tick after the last one */
        if (c->used % frame_bytes(c))
            c->used = 0;
    }
    rearm(e);
}

/* ---- sound ---- */

static bool render(void *opaque, u64 first, struct sound_frame *out, unsigned count)
{
    struct es1370_channel *c = opaque;
    (void)first; /* a grid is begun anew when ticks do not follow one another */
    sync_dacs(c->chip);
    for (unsigned i = 0; i < count; i++) {
        if (c->waiting_count) {
            c->held = c->waiting[c->first_waiting];
            c->first_waiting = (u16)((c->first_waiting + 1) % ES_WAITING);
            c->waiting_count--;
        }
        out[i] = c->held;
    }
    return c->waiting_count || c->running;
}

void es1370_gains(struct es1370 *e)
{
    static const unsigned inputs[] = {[ES_DAC1] = AK4531_FM, [ES_DAC2] = AK4531_VOICE};
    for (unsigned i = 0; i < ES_ADC; i++) {
        struct sound_gain g = ak4531_gain(&e->codec, inputs[i]);
        bool on = e->control & CTRL_CDC_EN;
        sound_source_volume(&e->channel[i].sound, on ? g.left : 0, on ? g.right : 0);
    }
}

/* ---- life ---- */

void es1370_channels_init(struct es1370 *e)
{
    static const char *const names[] = {"es1370 dac1", "es1370"};
    timer_init(&e->tick, e->dev.board->clock, on_tick, e);
    for (unsigned i = 0; i < ES_CHANNELS; i++) {
        struct es1370_channel *c = &e->channel[i];
        c->chip = e;
        c->index = (u8)i;
        c->divider = divider_of(e, i);
        c->tick = 1;
        if (i < ES_ADC)
            sound_attach(&e->dev, &c->sound, names[i], render, c, BASE_CLOCK, c->divider);
    }
}

/* After the registers have been reset. */
void es1370_channels_reset(struct es1370 *e)
{
    timer_disarm(&e->tick);
    for (unsigned i = 0; i < ES_CHANNELS; i++) {
        struct es1370_channel *c = &e->channel[i];
        end(c);
        c->stopped = false;
        c->samples = c->left = 0;
        c->used = 0;
        c->word = 0;
        c->anchor = 0;
        c->tick = 1;
        c->divider = divider_of(e, i);
    }
}

void es1370_channels_free(struct es1370 *e)
{
    timer_disarm(&e->tick);
    for (unsigned i = 0; i < ES_ADC; i++)
        sound_detach(&e->channel[i].sound);
}

/* ---- state ---- */

static bool possible(const struct es1370 *e, const struct es1370_channel *c)
{
    if (c->used % frame_bytes(c) || c->used >= WORD || !c->divider || c->divider > 0x2001 ||
        !c->tick || c->tick > BASE_CLOCK || (c->running && c->stopped))
        return false;
    if (!c->running)
        return true;
    u64 next = c->anchor < NEVER_SO_FAR ? instant(c, c->tick) : UINT64_MAX;
    return timer_armed(&e->tick) && next <= now(e) + 10 * NS_PER_MS &&
           next + 10 * NS_PER_MS >= now(e);
}

void es1370_channels_state(struct es1370 *e, struct state *s)
{
    if (!state_loading(s))
        sync_dacs(e); /* the ear may have done it or not */
    timer_state(&e->tick, s, "tick");
    for (unsigned i = 0; i < ES_CHANNELS; i++) {
        struct es1370_channel *c = &e->channel[i];
        state_bool(s, "running", &c->running);
        state_bool(s, "stopped", &c->stopped);
        state_u16(s, "samples", &c->samples);
        state_u16(s, "left", &c->left);
        state_u8(s, "used", &c->used);
        if (!state_digesting(s)) /* fetched a little later when nobody listens */
            state_u32(s, "word", &c->word);
        state_u64(s, "anchor", &c->anchor);
        state_u32(s, "tick", &c->tick);
        state_u32(s, "divider", &c->divider);
        if (state_loading(s) && state_ok(s) && !possible(e, c))
            state_fail(s, "%s: channel %u in an impossible state", e->dev.name, i);
    }
}

static void waiting_state(struct es1370_channel *c, struct state *s)
{
    u16 waiting[2 * ES_WAITING] = {0};
    for (unsigned i = 0; i < c->waiting_count; i++) {
        const struct sound_frame *f = &c->waiting[(c->first_waiting + i) % ES_WAITING];
        waiting[2 * i] = (u16)f->left;
        waiting[2 * i + 1] = (u16)f->right;
    }
    state_u16(s, "level left", (u16 *)&c->level.left);
    state_u16(s, "level right", (u16 *)&c->level.right);
    state_u16(s, "held left", (u16 *)&c->held.left);
    state_u16(s, "held right", (u16 *)&c->held.right);
    state_u16(s, "waiting_count", &c->waiting_count);
    if (c->waiting_count > ES_WAITING) {
        c->waiting_count = 0;
        state_fail(s, "%s: more samples wait than can", c->chip->dev.name);
    }
    state_u16s(s, "waiting", waiting, 2 * (size_t)c->waiting_count);
    if (!state_loading(s))
        return;
    c->first_waiting = 0;
    for (unsigned i = 0; i < c->waiting_count; i++)
        c->waiting[i] = (struct sound_frame){(s16)waiting[2 * i], (s16)waiting[2 * i + 1]};
}

void es1370_voices_state(struct es1370 *e, struct state *s)
{
    for (unsigned i = 0; i < ES_ADC; i++) {
        if (!state_digesting(s))
            waiting_state(&e->channel[i], s);
        sound_source_state(&e->channel[i].sound, s);
    }
}
