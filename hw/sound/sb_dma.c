/*
 * sb_dma.c - the Sound Blaster's samples on their way from and to memory, at the instants of the
 * sampling rate (Creative, "Sound Blaster Series Hardware Programming Guide", chapters 3 and 4).
 *
 * A tick is one period of the rate. The first one comes a period after the command; the interrupt
 * comes with the tick that moves the block's last unit, so that a block takes length / rate to the
 * nanosecond. Ticks are done some at a time: when a program looks (ports of the card, of the DMA
 * controller), when samples are wanted to be heard, at the end of a block, and each CATCH_UP_NS at
 * the latest, which is how much later than in a real card a byte may be fetched. Nobody can tell
 * which of the two it was by anything but that.
 *
 * A channel that does not answer (masked, or past its own terminal count) keeps DREQ up: the tick
 * waits, and the ticks behind it with it.
 *
 * Packed samples are the firmware's work, which loses its place in the first byte of a block: see
 * codes_of().
 *
 * Not modelled: the FIFO (the bit of commands Bxh and Cxh is accepted), and the steps that a DSP
 * 4.xx can divide its clock in.
 */
#include "hw/sound/sb.h"

#include <string.h>

#define CATCH_UP_NS NS_PER_MS

enum { CHUNK = 512 };

static u64 now(const struct sb *sb)
{
    return clock_now(sb->dev.board->clock);
}

/* ---- instants ---- */

static u64 instant(const struct sb_transfer *t, u64 tick)
{
    return t->anchor + tick * t->period_ns / t->per_period;
}

/* Ticks stay small numbers, whoever looks how often. */
static void rebase(struct sb_transfer *t)
{
    u32 whole = t->tick / t->per_period;
    t->anchor += (u64)whole * t->period_ns;
    t->tick -= whole * t->per_period;
}

static void set_period(const struct sb *sb, struct sb_transfer *t)
{
    const struct sb_dsp *d = &sb->dsp;
    if (d->rate) {
        t->period_ns = NS_PER_SEC;
        t->per_period = d->rate < 4000 ? 4000 : d->rate > 45454 ? 45454 : d->rate;
        return;
    }
    /* Before 4.00 the firmware is too slow for more, but in high-speed mode. */
    u32 least = sb->card->model == SB_16 || d->high_speed ? 22 : 43;
    u32 us = 256u - d->time_constant;
    t->period_ns = (us < least ? least : us) * 1000;
    t->per_period = 1;
}

static bool moves(const struct sb_transfer *t)
{
    return t->running && !t->paused && !t->stalled;
}

/* ---- channels ---- */

/* The channel of a transfer; NULL: none is chosen. */
static struct dma_line *channel_of(struct sb *sb, unsigned which)
{
    u8 chosen = sb_dma_chosen(sb);
    u8 wide = chosen & 0xe0, narrow = chosen & 0x0f;
    u8 usable = which == SB_16BIT && wide ? wide : narrow;
    return usable ? &sb->dma[__builtin_ctz(usable)] : NULL;
}

static u32 move(struct sb *sb, unsigned which, const struct sb_transfer *t, u8 *data, u32 bytes)
{
    struct dma_line *line = channel_of(sb, which);
    u32 moved = 0;
    /* The controller stops at its own terminal count, whatever it does then. */
    while (line && moved < bytes) {
        bool tc;
        u32 n = t->record ? dma_to_memory(line, data + moved, bytes - moved, &tc)
                          : dma_from_memory(line, data + moved, bytes - moved, &tc);
        if (!n)
            break;
        moved += n;
    }
    return moved;
}

bool sb_dma_byte(struct sb *sb, u8 v)
{
    struct sb_transfer t = {.record = true};
    return move(sb, SB_8BIT, &t, &v, 1) == 1;
}

/* Up to `units` of them; fewer: the channel has stopped answering. */
static u32 move_units(struct sb *sb, unsigned which, u8 *data, u32 units)
{
    struct sb_transfer *t = &sb->transfer[which];
    if (which == SB_8BIT)
        return move(sb, which, t, data, units);
    u32 there = 0;
    if (t->half_there)
        data[there++] = t->half;
    u32 got = there + move(sb, which, t, data + there, units * 2 - there);
    t->half_there = got & 1;
    if (t->half_there)
        t->half = data[got - 1];
    return got / 2;
}

/* ---- one sample ---- */

static s16 sample_of(const struct sb_transfer *t, unsigned which, const u8 *data, u32 unit)
{
    u16 v = which == SB_16BIT ? get_le16(data + 2 * unit) : (u16)(data[unit] << 8);
    return (s16)(t->is_signed ? v : v ^ 0x8000);
}

static unsigned units_a_tick(const struct sb_transfer *t)
{
    return t->stereo ? 2 : 1;
}

/* A unit has come. True: it was the last one of its tick. */
static bool take(struct sb *sb, struct sb_transfer *t, s16 v)
{
    struct sound_frame f = {v, v};
    if (t->stereo && !t->done) {
        if (!t->record)
            sb->level.left = v;
        t->done = 1;
        return false;
    }
    t->done = 0;
    if (t->record)
        return true;
    if (t->stereo) {
        f.left = sb->level.left;
    } else if (sb_mixer_stereo(sb)) { /* SB Pro: a byte a tick, left and right in turn */
        f = sb->right_next ? (struct sound_frame){sb->level.left, v}
                           : (struct sound_frame){v, sb->level.right};
        sb->right_next = !sb->right_next;
    }
    sb_voice_tick(sb, f);
    return true;
}

/* ---- ticks ---- */

static bool is_packed(const struct sb_transfer *t)
{
    return t->format != SB_PCM && t->format != SB_SILENCE;
}

static unsigned bits_of(const struct sb_transfer *t)
{
    return t->format == SB_ADPCM4 ? 4 : t->format == SB_ADPCM26 ? 3 : 2;
}

/*
 * Ticks that the byte in hand, or else the next one, lasts: one for each sample, as a rule. A
 * command without a reference fetches its first byte and sets the count of samples, as the firmware
 * does where it takes the first one at once - but that comes with the next tick, and the count is
 * one too small by then; that of 4 bits is the one of 2. Where a block goes on from another one, by
 * auto-initialisation, nothing but fetching happens in a tick.
 */
static unsigned codes_of(const struct sb_transfer *t)
{
    unsigned samples = sb_adpcm_samples(bits_of(t));
    return t->first != SB_FIRST_BYTE ? samples : samples == 2 ? 3 : samples - 1;
}

/* How many ticks until the block is over, the last one included; at least 1. */
static u64 ticks_left(const struct sb_transfer *t)
{
    u64 n;
    if (t->format == SB_SILENCE) {
        n = t->left;
    } else if (t->format == SB_PCM) {
        unsigned each = units_a_tick(t);
        n = ((u64)t->left + t->done + each - 1) / each;
    } else {
        unsigned samples = sb_adpcm_samples(bits_of(t));
        n = t->sub + (u64)t->left * samples;
        if (!t->sub && t->left) /* the next byte lasts otherwise */
            n = n - samples + (t->reference ? 1 : codes_of(t));
    }
    return n ? n : 1;
}

/*
 * The next units, from the converter. A stereo frame is one instant; a Pro, which knows one channel
 * only, turns from side to side.
 */
static void record(const struct sb *sb, unsigned which, u8 *data, u32 units)
{
    const struct sb_transfer *t = &sb->transfer[which];
    u32 rate = (u32)((u64)t->per_period * NS_PER_SEC / t->period_ns);
    unsigned each = units_a_tick(t);
    for (u32 i = 0; i < units; i++) {
        u32 place = t->done + i;
        bool turns = sb->card->mixer == SB_CT1345 && sb->dsp.stereo_in;
        bool right = t->stereo ? place & 1 : turns && (sb->dsp.right_in ^ (i & 1));
        u16 v = (u16)sb_input_at(sb, instant(t, t->tick + place / each), rate, right);
        v = t->is_signed ? v : v ^ 0x8000;
        if (which == SB_16BIT)
            put_le16(data + 2 * i, v);
        else
            data[i] = (u8)(v >> 8);
    }
}

static void pcm_ticks(struct sb *sb, unsigned which, u64 ticks)
{
    struct sb_transfer *t = &sb->transfer[which];
    u8 data[CHUNK + 2];
    u64 most = ticks * units_a_tick(t) - t->done;
    u32 units = which == SB_16BIT ? CHUNK / 2 : CHUNK;
    if (units > most)
        units = (u32)most;
    if (units > t->left)
        units = t->left;
    if (t->record)
        record(sb, which, data, units);
    u32 moved = move_units(sb, which, data, units);
    for (u32 i = 0; i < moved; i++)
        t->tick += take(sb, t, sample_of(t, which, data, i));
    if (t->record && moved & 1)
        sb->dsp.right_in = !sb->dsp.right_in;
    t->left -= moved;
    t->stalled = moved < units;
}

/* The last block has ended in the middle of a stereo tick: the tick is over, too. */
static void end_tick(struct sb *sb, struct sb_transfer *t)
{
    if (!t->done)
        return;
    t->done = 0;
    t->tick++;
    if (!t->record)
        sb_voice_tick(sb, sb->level);
}

/*
 * A block is a number of units between two interrupts. Of a transfer that goes on, it may end with
 * half a stereo frame: the next one brings the other half.
 */
static void block_over(struct sb *sb, unsigned which)
{
    struct sb_transfer *t = &sb->transfer[which];
    if (is_packed(t))
        t->first = SB_NEXT_BLOCK;
    if (t->single_next) {
        t->left = t->single_units;
        t->single_next = t->auto_init = false;
    } else if (t->auto_init) {
        t->left = t->block;
    } else {
        end_tick(sb, t);
        t->running = false;
        if (which == SB_8BIT)
            sb->dsp.high_speed = false;
    }
    sb_raise(sb, which == SB_8BIT ? SB_IRQ_8BIT : SB_IRQ_16BIT);
}

/* What the converter gets in this tick of the byte in hand. */
static u8 unpack(struct sb *sb, const struct sb_transfer *t)
{
    unsigned bits = bits_of(t), n = codes_of(t) - t->sub;
    if (t->first == SB_NEXT_BLOCK && !n--)
        return sb->adpcm.sample;
    /* The sample before which the count says 1 is taken for the short one at the end. */
    if (t->first && bits == 3 && t->sub == 1)
        return sb_adpcm_next(&sb->adpcm, t->packed >> 3, bits, 2);
    return sb_adpcm_next(&sb->adpcm, t->packed, bits, n % sb_adpcm_samples(bits));
}

static void adpcm_tick(struct sb *sb)
{
    struct sb_transfer *t = &sb->transfer[SB_8BIT];
    u8 v;
    if (!t->sub) {
        t->stalled = move(sb, SB_8BIT, t, &t->packed, 1) != 1;
        if (t->stalled)
            return;
        t->left--;
        if (!t->reference)
            t->sub = (u8)codes_of(t);
    }
    if (t->reference && !t->sub) {
        sb_adpcm_reference(&sb->adpcm, t->packed);
        t->reference = false;
        v = t->packed;
    } else {
        v = unpack(sb, t);
        if (!--t->sub)
            t->first = SB_LATER;
    }
    take(sb, t, (s16)((v ^ 0x80) << 8));
    t->tick++;
}

/* All ticks up to and with the instant `until`. */
static void run(struct sb *sb, unsigned which, u64 until)
{
    struct sb_transfer *t = &sb->transfer[which];
    while (moves(t) && until >= t->anchor && instant(t, t->tick) <= until) {
        /* The last tick that is due: the largest with tick * period < (elapsed + 1) * per. */
        u64 elapsed = until - t->anchor;
        u64 last = ((elapsed + 1) * t->per_period - 1) / t->period_ns;
        u64 ticks = last - t->tick + 1, end = ticks_left(t);
        if (ticks > end)
            ticks = end;
        if (t->format == SB_PCM) {
            pcm_ticks(sb, which, ticks);
        } else if (t->format == SB_SILENCE) {
            t->left -= (u32)ticks;
            t->tick += (u32)ticks;
        } else {
            adpcm_tick(sb);
        }
        if (!t->stalled && !t->left && !t->sub)
            block_over(sb, which);
    }
    rebase(t);
}

static void run_all(struct sb *sb, u64 until)
{
    if (sb->busy)
        return;
    sb->busy = true;
    for (unsigned i = 0; i < SB_TRANSFERS; i++)
        run(sb, i, until);
    sb->busy = false;
}

bool sb_transfers_go_on(const struct sb *sb)
{
    return moves(&sb->transfer[0]) || moves(&sb->transfer[1]);
}

void sb_transfers_sync(struct sb *sb)
{
    u64 t = now(sb);
    if (t && (moves(&sb->transfer[0]) || moves(&sb->transfer[1])))
        run_all(sb, t - 1);
}

static void rearm(struct sb *sb)
{
    u64 first = CLOCK_NEVER, latest = now(sb) + CATCH_UP_NS;
    for (unsigned i = 0; i < SB_TRANSFERS; i++) {
        const struct sb_transfer *t = &sb->transfer[i];
        if (!moves(t))
            continue;
        u64 end = instant(t, t->tick + ticks_left(t) - 1);
        if (end < first)
            first = end;
        if (latest < first)
            first = latest;
    }
    if (first == CLOCK_NEVER)
        timer_disarm(&sb->tick);
    else
        timer_arm(&sb->tick, first);
}

static void on_tick(void *opaque)
{
    struct sb *sb = opaque;
    sb_voice_make_room(sb);
    run_all(sb, now(sb));
    rearm(sb);
}

/* ---- beginning, waiting, ending ---- */

static void hear(struct sb *sb, const struct sb_transfer *t, bool later)
{
    if (t->record || t->format == SB_SILENCE)
        return;
    if (t->per_period > 1)
        sb_voice_begin(sb, t->per_period, (u32)(t->period_ns / NS_PER_SEC), later);
    else
        sb_voice_begin(sb, (u32)(NS_PER_SEC / 1000), t->period_ns / 1000, later);
}

void sb_dma_ready(void *opaque)
{
    struct sb *sb = opaque;
    for (unsigned i = 0; i < SB_TRANSFERS; i++) {
        struct sb_transfer *t = &sb->transfer[i];
        if (!t->running || t->paused || !t->stalled)
            continue;
        /* The tick that waits is now. */
        t->stalled = false;
        t->anchor = now(sb);
        t->tick = 0;
        hear(sb, t, false);
    }
    run_all(sb, now(sb));
    rearm(sb);
}

void sb_transfer_start(struct sb *sb, unsigned which, const struct sb_transfer *how)
{
    struct sb_transfer *t = &sb->transfer[which], *other = &sb->transfer[!which];
    *t = *how;
    t->running = true;
    t->left = t->block;
    t->first = is_packed(t) && !t->reference ? SB_FIRST_BYTE : SB_LATER;
    t->anchor = now(sb);
    t->tick = 1;
    set_period(sb, t);
    if (t->record) {
        sb->dsp.right_in = false;
        line_input_begin(&sb->input);
    }
    if (!t->record && !other->record) /* there is one converter */
        other->running = false;
    hear(sb, t, true);
    rearm(sb);
}

void sb_transfer_pause(struct sb *sb, unsigned which, bool pause)
{
    struct sb_transfer *t = &sb->transfer[which];
    if (!t->running || t->paused == pause)
        return;
    if (pause) {
        u64 next = instant(t, t->tick);
        t->wait = next > now(sb) ? next - now(sb) : 0;
        t->paused = true;
    } else {
        t->paused = false;
        if (t->stalled) {
            sb_dma_ready(sb);
            return;
        }
        u64 period = instant(t, 1) - t->anchor;
        t->anchor = now(sb) + t->wait;
        t->anchor -= period < t->anchor ? period : t->anchor;
        t->tick = 1;
        hear(sb, t, true);
    }
    rearm(sb);
}

void sb_new_rate(struct sb *sb)
{
    for (unsigned i = 0; i < SB_TRANSFERS; i++) {
        struct sb_transfer *t = &sb->transfer[i];
        u32 period = t->period_ns, per = t->per_period;
        if (!t->running)
            continue;
        set_period(sb, t);
        if (t->period_ns == period && t->per_period == per)
            continue;
        struct sb_transfer old = *t;
        old.period_ns = period;
        old.per_period = per;
        u64 next = instant(&old, old.tick), tick = period / per;
        t->anchor = next > tick ? next - tick : 0; /* the last one */
        t->tick = 1;
        if (moves(t))
            hear(sb, t, true);
    }
    rearm(sb);
}

void sb_transfers_stop(struct sb *sb)
{
    for (unsigned i = 0; i < SB_TRANSFERS; i++)
        sb->transfer[i] = (struct sb_transfer){.period_ns = 1000, .per_period = 1, .tick = 1};
    timer_disarm(&sb->tick);
}

void sb_dma_init(struct sb *sb)
{
    timer_init(&sb->tick, sb->dev.board->clock, on_tick, sb);
    for (unsigned i = 0; i < ARRAY_SIZE(sb->dma); i++) {
        sb->dma[i].ready = sb_dma_ready;
        sb->dma[i].sync = (void (*)(void *))sb_transfers_sync;
        sb->dma[i].dev = sb;
    }
    sb_transfers_stop(sb);
}

/* ---- state ---- */

/* Of a transfer, whether it runs or not. */
static bool possible(const struct sb_transfer *t)
{
    const u32 most = 1 << 16;
    if (t->format >= SB_FORMATS || t->first > SB_NEXT_BLOCK || t->done > t->stereo || t->sub > 4 ||
        t->left > most || t->block > most || t->single_units > most || !t->per_period ||
        t->per_period > 65535)
        return false;
    bool in_hertz = t->period_ns == NS_PER_SEC;
    bool in_us = t->per_period == 1 && t->period_ns >= 1000 && t->period_ns <= 256000 &&
                 t->period_ns % 1000 == 0;
    return (in_hertz || in_us) && t->tick <= t->per_period;
}

static bool can_run(const struct sb *sb, unsigned which)
{
    const struct sb_transfer *t = &sb->transfer[which];
    if (t->period_ns / t->per_period < 21000 || (!t->left && !t->sub) || !t->block ||
        (t->single_next && !t->single_units) || t->wait > NS_PER_SEC ||
        (is_packed(t) && which == SB_16BIT) || t->sub > (is_packed(t) ? codes_of(t) : 0))
        return false;
    if (!moves(t))
        return true;
    u64 next = t->anchor < 1ull << 62 ? instant(t, t->tick) : UINT64_MAX;
    return timer_armed(&sb->tick) && next <= now(sb) + 10 * NS_PER_MS &&
           next + 10 * NS_PER_MS >= now(sb);
}

static void check(const struct sb *sb, unsigned which, struct state *s)
{
    const struct sb_transfer *t = &sb->transfer[which];
    if (!possible(t) || (t->running && !can_run(sb, which)))
        state_fail(s, "%s: a transfer that cannot be", sb->dev.name);
}

/* What only the ear would miss is left out of a digest: how it is cut depends on who listens. */
static void heard_state(struct sb *sb, struct sb_transfer *t, struct state *s)
{
    if (state_digesting(s))
        return;
    state_u8(s, "packed", &t->packed);
    state_u8(s, "half", &t->half);
    if (t != &sb->transfer[SB_8BIT])
        return;
    state_u8(s, "adpcm sample", &sb->adpcm.sample);
    state_u8(s, "adpcm step", &sb->adpcm.step);
    if (sb->adpcm.step > 32)
        state_fail(s, "%s: an impossible step", sb->dev.name);
}

void sb_dma_state(struct sb *sb, struct state *s, bool with_first)
{
    timer_state(&sb->tick, s, "tick");
    for (unsigned i = 0; i < SB_TRANSFERS; i++) {
        struct sb_transfer *t = &sb->transfer[i];
        state_bool(s, "running", &t->running);
        state_bool(s, "paused", &t->paused);
        state_bool(s, "stalled", &t->stalled);
        state_bool(s, "record", &t->record);
        state_bool(s, "auto_init", &t->auto_init);
        state_bool(s, "is_signed", &t->is_signed);
        state_bool(s, "stereo", &t->stereo);
        state_bool(s, "reference", &t->reference);
        state_bool(s, "single_next", &t->single_next);
        state_u8(s, "format", &t->format);
        state_u8(s, "done", &t->done);
        if (with_first)
            state_u8(s, "first", &t->first);
        else
            t->first = SB_LATER;
        state_u8(s, "sub", &t->sub);
        state_bool(s, "half_there", &t->half_there);
        state_u32(s, "left", &t->left);
        state_u32(s, "block", &t->block);
        state_u32(s, "single_units", &t->single_units);
        state_u64(s, "anchor", &t->anchor);
        state_u32(s, "tick", &t->tick);
        state_u32(s, "period_ns", &t->period_ns);
        state_u32(s, "per_period", &t->per_period);
        state_u64(s, "wait", &t->wait);
        heard_state(sb, t, s);
        if (state_loading(s) && state_ok(s))
            check(sb, i, s);
    }
}
