/*
 * opl_card.c - the YM3812 or YMF262 at a PC's ports (AdLib's programming guide; YMF262 data sheet):
 * an index, a value, and a status register with two timers, which go by the machine's clock
 * whether somebody listens or not.
 *
 * While anything sounds, the chip is run sample by sample. Once nothing does it is left alone, and
 * moved on when something is written; what comes out meanwhile is 0, and not the last bit that idle
 * operators leave (or the level that has stayed behind, where one has). While nobody listens at all
 * it is not run: what has been written is kept, and when somebody begins to listen it gets the time
 * since then, up to some seconds, so that drums of long ago are not heard all at once.
 *
 * An OPL2's waveforms are sines unless bit 5 of register 1 is set. A YMF262 without NEW takes
 * indices at its second pair of ports for those at the first, but for 105h.
 *
 * Not modelled: the time that a write takes (programs wait for it, and may as well not); the
 * interrupt line, which no card for the PC connects; test bits; the OPL2's speech mode (CSM).
 */
#include "hw/sound/opl_card.h"
#include "hw/sound/opl_log.h"

/* Registers. */
enum { R_TEST = 1, R_TIMER1 = 2, R_TIMER2 = 3, R_TIMERS = 4, R_NEW = 0x105 };
enum { WAVE_SELECT = 0x20 };
/* Of R_TIMERS. */
enum { T_RESET = 0x80, T_MASK = 0x60, T_START1 = 1, T_START2 = 2 };
/* Of the status register. */
enum { S_IRQ = 0x80, S_TIMER1 = 0x40, S_TIMER2 = 0x20, S_OPL2 = 0x06 };

/* Silence begins with a sample whose number is a multiple of this, however the work is cut. */
enum { IDLE_STEP = 64 };
enum { SETTLE_SECONDS = 10, BLOCK = 64 };

static u64 now(const struct opl_card *c)
{
    return clock_now(c->owner->board->clock);
}

/* ---- timers ---- */

static u64 period(const struct opl_timer *t, unsigned which)
{
    static const u64 step[2] = {80 * NS_PER_US, 320 * NS_PER_US};
    return (256u - t->preset) * step[which];
}

/* Overflows up to now; of a masked timer they leave no flag. */
static void run_timers(struct opl_timers *ts, u64 at)
{
    static const u8 flag[2] = {S_TIMER1, S_TIMER2};
    for (unsigned i = 0; i < 2; i++) {
        struct opl_timer *t = &ts->timer[i];
        if (!t->running || at < t->next)
            continue;
        t->next += ((at - t->next) / period(t, i) + 1) * period(t, i);
        if (!(ts->control & flag[i]))
            ts->flags |= flag[i];
    }
}

static void control_timers(struct opl_timers *ts, u8 value, u64 at)
{
    if (value & T_RESET) { /* the other bits mean nothing then */
        ts->flags = 0;
        return;
    }
    ts->control = value;
    ts->flags &= (u8) ~(value & T_MASK);
    for (unsigned i = 0; i < 2; i++) {
        struct opl_timer *t = &ts->timer[i];
        bool start = value >> i & 1;
        if (start && !t->running)
            t->next = at + period(t, i);
        t->running = start;
    }
}

static void write_timers(struct opl_timers *ts, u16 reg, u8 value, u64 at)
{
    run_timers(ts, at);
    if (reg == R_TIMERS)
        control_timers(ts, value, at);
    else
        ts->timer[reg - R_TIMER1].preset = value;
}

static u8 status(struct opl_card *c, unsigned chip)
{
    struct opl_timers *ts = &c->timers[chip];
    run_timers(ts, now(c));
    return ts->flags | (ts->flags ? S_IRQ : 0) | (c->kind == OPL3 ? 0 : S_OPL2);
}

/* ---- what is heard ---- */

static unsigned chips(const struct opl_card *c)
{
    return c->kind == OPL2_PAIR ? 2 : 1;
}

static bool all(const struct opl_card *c, bool (*are)(const struct opl *))
{
    return are(&c->chip[0]) && (c->kind != OPL2_PAIR || are(&c->chip[1]));
}

static bool one_stays(const struct opl *o)
{
    return opl_idle(o) || opl_still(o);
}

static struct sound_frame run_one(struct opl_card *c)
{
    s16 a[2], b[2];
    opl_run(&c->chip[0], a, 1);
    if (c->kind == OPL3)
        return (struct sound_frame){a[0], a[1]};
    if (c->kind == OPL2)
        return (struct sound_frame){a[0], a[0]};
    opl_run(&c->chip[1], b, 1);
    return (struct sound_frame){a[0], b[0]};
}

/* n samples that nobody hears; of those in which something sounds no more than SETTLE_SECONDS. */
static void pass(struct opl_card *c, u64 n)
{
    s16 nobody[2 * BLOCK];
    for (unsigned i = 0; i < chips(c); i++) {
        struct opl *o = &c->chip[i];
        u64 left = n;
        unsigned ran = 0;
        while (left && ran < SETTLE_SECONDS * OPL_RATE && !one_stays(o)) {
            unsigned some = left < BLOCK ? (unsigned)left : BLOCK;
            opl_run(o, nobody, some);
            left -= some;
            ran += some;
        }
        if (one_stays(o))
            opl_skip(o, left);
    }
}

/* Somebody has begun to listen: the chips get the time that they have not had. */
static void settle(struct opl_card *c)
{
    u64 start = c->sound.start;
    u64 ran = c->grid + c->made * NS_PER_SEC / OPL_RATE;
    u64 from = ran > c->since ? ran : c->since;
    u64 lapsed = start > from ? start - from : 0;
    pass(c, lapsed / NS_PER_SEC * OPL_RATE + lapsed % NS_PER_SEC * OPL_RATE / NS_PER_SEC);
    c->grid = start;
    c->made = 0;
}

static bool render(void *opaque, u64 first, struct sound_frame *out, unsigned count)
{
    struct opl_card *c = opaque;
    if (c->grid != c->sound.start)
        settle(c);
    unsigned done = 0;
    for (; done < count && ((first + done) % IDLE_STEP || !all(c, one_stays)); done++)
        c->last = out[done] = run_one(c);
    if (done)
        c->made = first + done;
    bool sounds = done == count;
    if (!sounds && !all(c, opl_still))
        c->last = (struct sound_frame){0, 0};
    for (; done < count; done++)
        out[done] = c->last;
    return sounds;
}

/* Before a write: the chips have come to this instant. */
static void catch_up(struct opl_card *c)
{
    sound_source_sync(&c->sound);
    if (!sound_heard(&c->sound)) {
        c->since = now(c);
        return;
    }
    if (c->grid != c->sound.start)
        settle(c);
    if (c->sound.made > c->made)
        pass(c, c->sound.made - c->made);
    c->made = c->sound.made;
}

/* ---- registers ---- */

static bool is_wave(u16 reg)
{
    return (reg & 0xff) >= 0xe0 && (reg & 0xff) < 0xf6;
}

/* An OPL2's waves come and go with one bit; they are kept, behind the chip's back. */
static void select_waves(struct opl_card *c, unsigned chip)
{
    struct opl *o = &c->chip[chip];
    bool on = o->reg[R_TEST] & WAVE_SELECT;
    for (u16 reg = 0xe0; reg < 0xf6; reg++) {
        u8 kept = o->reg[reg];
        opl_write(o, reg, on ? kept : 0);
        o->reg[reg] = kept;
    }
}

/* The log of what is written to the chip; once. */
static void say_incomplete(struct opl_card *c)
{
    const struct log *log = c->owner->board->log;
    c->log_failed = true;
    if (log)
        log_line(log, 0, "%s: the log of its OPL is not complete: the file takes no more",
                 c->owner->name);
}

static void write_register(struct opl_card *c, unsigned chip, u16 reg, u8 value)
{
    struct opl *o = &c->chip[chip];
    if (c->log && !opl_log_write(c->log, now(c), chip, reg, value))
        say_incomplete(c);
    if (reg >= R_TIMER1 && reg <= R_TIMERS) {
        write_timers(&c->timers[chip], reg, value, now(c));
        o->reg[reg] = value;
        return;
    }
    catch_up(c);
    opl_write(o, reg, value);
    if (c->kind != OPL3 && (reg == R_TEST || is_wave(reg)))
        select_waves(c, chip);
}

/* A program waits for a timer's flag, which stays; and between two writes by reads in vain. */
u64 opl_card_steady(const struct opl_card *c, unsigned port)
{
    struct opl_timers ts = c->timers[c->kind == OPL2_PAIR && port == 2];
    u64 until = BUS_STEADY_TILL_TOLD;
    if (port & 1)
        return until;
    run_timers(&ts, now(c));
    for (unsigned i = 0; i < 2; i++) {
        const struct opl_timer *t = &ts.timer[i];
        bool comes = t->running && !((ts.control | ts.flags) & S_TIMER1 >> i);
        if (comes && t->next < until)
            until = t->next;
    }
    return until;
}

static u16 index_of(const struct opl_card *c, unsigned port, u8 value)
{
    bool second = c->kind == OPL3 && port == 2;
    bool reachable = c->chip[0].reg[R_NEW] & 1 || value == (R_NEW & 0xff);
    return (u16)(value | (second && reachable ? 0x100 : 0));
}

u8 opl_card_in(struct opl_card *c, unsigned port)
{
    bool second = port == 2;
    if (port & 1 || (second && c->kind != OPL2_PAIR))
        return 0xff; /* a value cannot be read, and an OPL3 has one status: A1 and A0 are low */
    return status(c, second);
}

void opl_card_out(struct opl_card *c, unsigned port, u8 value)
{
    bool pair = c->kind == OPL2_PAIR;
    bool first = !pair || port < 2 || port >= 8, second = pair && port >= 2;
    for (unsigned chip = 0; chip < 2; chip++) {
        if (!(chip ? second : first))
            continue;
        if (port & 1)
            write_register(c, chip, c->index[chip], value);
        else
            c->index[chip] = index_of(c, port, value);
    }
}

/* ---- on a card ---- */

bool opl_card_attach(struct opl_card *c, struct device *owner, enum opl_kind kind, const char *log,
                     struct err *e)
{
    static const enum opl_log_chips chips_of[] = {LOG_OPL2, LOG_OPL2_PAIR, LOG_OPL3};
    c->owner = owner;
    c->kind = (u8)kind;
    if (log && !(c->log = opl_log_open(log, chips_of[kind], e)))
        return false;
    for (unsigned i = 0; i < 2; i++)
        opl_init(&c->chip[i]);
    sound_attach(owner, &c->sound, "opl", render, c, OPL_RATE, 1);
    return true;
}

void opl_card_reset(struct opl_card *c)
{
    catch_up(c);
    for (unsigned i = 0; i < 2; i++) {
        opl_reset(&c->chip[i]);
        c->index[i] = 0;
        c->timers[i] = (struct opl_timers){0};
    }
}

static void timers_state(struct opl_timers *ts, struct state *s, u64 at)
{
    state_u8(s, "timer control", &ts->control);
    state_u8(s, "timer flags", &ts->flags);
    for (unsigned i = 0; i < 2; i++) {
        struct opl_timer *t = &ts->timer[i];
        state_u8(s, "timer preset", &t->preset);
        state_bool(s, "timer running", &t->running);
        state_u64(s, "timer next", &t->next);
        if (state_loading(s) && t->running && t->next > at + 256 * 320 * NS_PER_US)
            state_fail(s, "OPL: a timer that overflows too late");
    }
    if (state_loading(s) && (ts->flags & ~T_MASK || ts->control & T_RESET))
        state_fail(s, "OPL: impossible timer flags");
}

void opl_card_state(struct opl_card *c, struct state *s)
{
    state_begin(s, "opl", 1);
    state_same_u64(s, "kind", c->kind);
    for (unsigned i = 0; i < chips(c); i++) {
        run_timers(&c->timers[i], now(c));
        state_u16(s, "index", &c->index[i]);
        timers_state(&c->timers[i], s, now(c));
        opl_state(&c->chip[i], s);
        if (state_loading(s))
            c->index[i] &= c->kind == OPL3 ? 0x1ff : 0xff;
    }
    if (!state_digesting(s)) {
        state_u64(s, "grid", &c->grid);
        state_u64(s, "made", &c->made);
        state_u64(s, "since", &c->since);
        state_u16(s, "last left", (u16 *)&c->last.left);
        state_u16(s, "last right", (u16 *)&c->last.right);
    }
    sound_source_state(&c->sound, s);
    state_end(s);
}

void opl_card_detach(struct opl_card *c)
{
    if (!opl_log_close(c->log) && !c->log_failed)
        say_incomplete(c);
    c->log = NULL;
}
