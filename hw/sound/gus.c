/*
 * gus.c - the Gravis UltraSound with 1 MB, as of boards before 3.7 (UltraSound Software Development
 * Kit 2.22): -device gus,addr=240,irq=11,dma=3.
 *
 * Everything goes by the machine's clock. Voices are moved on when a program looks, when samples
 * are wanted to be heard, when one of them comes to an end that asks for an interrupt, and each
 * CATCH_UP_NS at the latest; which of it cannot be told. Nothing happens while no voice moves.
 *
 * Interrupt and DMA channel are chosen by a program at 2XBh among what the card can have; here it
 * has the lines that the configuration gives it, and choosing others leaves it without. After a
 * reset it has them.
 *
 * The timers are those of an AdLib, at 2X8h and 2X9h; each may interrupt besides (45h).
 *
 * MIDI has an interrupt of its own: the GF1's line, or one that the card here does not have.
 *
 * Not modelled: what comes in while it plays (2X0h), an ICS 2101 mixer (boards
 * from 3.7 on, which tell so at 7X6h; this one does not answer there), the game port, what SBOS
 * uses.
 */
#include "hw/sound/gus.h"
#include "hw/bus/slots.h"

#include <stdio.h>
#include <stdlib.h>

typedef unsigned __int128 u128;

/* Ports: of 2X0h, and 0x100 higher. */
enum { P_MIX = 0, P_STATUS = 6, P_TIMER_INDEX = 8, P_TIMER_DATA = 9, P_INDEX_BACK = 0x0a };
enum { P_LATCH = 0x0b, P_REGISTER_CONTROL = 0x0f };
enum {
    P_MIDI = 0x100,
    P_MIDI_DATA,
    P_PAGE = 0x102,
    P_SELECT,
    P_DATA_LOW,
    P_DATA_HIGH,
    P_DRAM = 0x107
};
/* Of 2X0h. */
enum { MIX_NO_LINE_IN = 1, MIX_NO_OUTPUT = 2, MIX_LINES = 8, MIX_CHOOSES_IRQ = 0x40 };
/* Of 2XBh. */
enum { COMBINED = 0x40 };
/* Of 4Ch. */
enum { RUN = 1, DAC = 2, INTERRUPTS = 4 };
/* Of 2X8h. */
enum { F_TIMER1 = 0x40, F_TIMER2 = 0x20, F_ANY = 0x80 };

/* Of 49h. */
enum { RECORD_IRQ = 0x20 };

enum { TIMER_REGISTER = 4, CATCH_UP_NS = 10000000 };

static u64 now(const struct gus *g)
{
    return clock_now(g->dev.board->clock);
}

/* ---- frames ---- */

/* A frame lasts voices / GF1_CLOCK seconds. */
static u64 frames_at(const struct gus *g, u64 when)
{
    u64 since = when > g->origin ? when - g->origin : 0;
    return (u64)((u128)since * GF1_CLOCK / (g->gf1.voices * NS_PER_SEC));
}

/* The instant at which so many have been made. */
static u64 instant_of(const struct gus *g, u64 frames)
{
    u128 ns = (u128)frames * g->gf1.voices * NS_PER_SEC;
    return g->origin + (u64)((ns + GF1_CLOCK - 1) / GF1_CLOCK);
}

static struct sound_frame make(struct gus *g)
{
    struct sound_frame f = gf1_run(&g->gf1);
    if (!(g->reset & DAC) || g->mix & MIX_NO_OUTPUT)
        f = (struct sound_frame){0, 0};
    g->recent[g->made++ % GUS_RECENT] = f;
    return f;
}

static void skip(struct gus *g, u64 n)
{
    gf1_skip(&g->gf1, n);
    g->made += n;
}

/* Frames before this instant; the last ones are kept for the mixer, which may be behind. */
static void make_until(struct gus *g, u64 when)
{
    u64 due = frames_at(g, when);
    if (!(g->reset & RUN)) {
        g->made = due > g->made ? due : g->made;
        return;
    }
    u64 keep = sound_heard(&g->sound) ? GUS_RECENT : 0;
    if (due > g->made + keep)
        skip(g, due - g->made - keep);
    while (g->made < due)
        make(g);
}

/* At an instant one hears the latest frame: sample k is the one before frame `number`. */
static struct sound_frame frame_before(struct gus *g, u64 number)
{
    if (number > g->made + 1)
        skip(g, number - g->made - 1);
    if (number > g->made)
        return make(g);
    bool kept = number + GUS_RECENT > g->made;
    return kept ? g->recent[(number - 1) % GUS_RECENT] : (struct sound_frame){0, 0};
}

static bool render(void *opaque, u64 first, struct sound_frame *out, unsigned count)
{
    struct gus *g = opaque;
    u64 due = frames_at(g, now(g)), number = frames_at(g, g->sound.start) + first;
    if (!(g->reset & RUN)) {
        for (unsigned i = 0; i < count; i++)
            out[i] = (struct sound_frame){0, 0};
        return false;
    }
    bool moves = true;
    for (unsigned i = 0; i < count; i++, number++) {
        if (i == count - 1)
            moves = number <= g->made || gf1_moves(&g->gf1);
        out[i] = frame_before(g, number < due ? number : due);
    }
    return moves;
}

/* Frames begin anew, at this instant. */
static void restart(struct gus *g)
{
    g->recent[GUS_RECENT - 1] = g->recent[(g->made - 1) % GUS_RECENT];
    g->origin = now(g);
    g->made = 0;
    sound_source_rate(&g->sound, GF1_CLOCK, g->gf1.voices);
    sound_source_restart(&g->sound);
}

void gus_set_voices(struct gus *g, u8 voices)
{
    if (voices == g->gf1.voices)
        return;
    g->gf1.voices = voices;
    restart(g);
}

/* ---- timers ---- */

static const struct {
    u8 flag, mask, status;
    u64 step;
} timer_of[2] = {{F_TIMER1, 0x40, GUS_TIMER1, 80 * NS_PER_US},
                 {F_TIMER2, 0x20, GUS_TIMER2, 320 * NS_PER_US}};

static u64 period_of(const struct gus *g, unsigned i)
{
    return (256u - g->timer[i].preset) * timer_of[i].step;
}

static void run_timers(struct gus *g, u64 when)
{
    for (unsigned i = 0; i < 2; i++) {
        struct gus_timer *t = &g->timer[i];
        if (!t->running || when < t->next)
            continue;
        t->next += ((when - t->next) / period_of(g, i) + 1) * period_of(g, i);
        if (!(g->adlib_mask & timer_of[i].mask))
            g->adlib_flags |= timer_of[i].flag;
        g->status |= g->timer_control & timer_of[i].status;
    }
}

/* What an AdLib's register 4 does. */
static void control_timers(struct gus *g, u8 v)
{
    if (v & 0x80) {
        g->adlib_flags = 0;
        return;
    }
    g->adlib_mask = v & 0x60;
    g->adlib_flags &= (u8)~g->adlib_mask;
    for (unsigned i = 0; i < 2; i++) {
        struct gus_timer *t = &g->timer[i];
        bool start = v >> i & 1;
        if (start && !t->running)
            t->next = now(g) + period_of(g, i);
        t->running = start;
    }
}

/* ---- interrupts, and what happens next ---- */

static u8 status_of(const struct gus *g)
{
    u32 active = (u32)((1ull << g->gf1.voices) - 1);
    bool recorded = g->record_done && g->sampling & RECORD_IRQ;
    return g->status | (recorded ? GUS_DMA : 0) | (g->gf1.wave_irq & active ? GUS_WAVE : 0) |
           (g->gf1.ramp_irq & active ? GUS_RAMP : 0);
}

void gus_catch_up(struct gus *g)
{
    sound_source_sync(&g->sound);
    make_until(g, now(g));
    run_timers(g, now(g));
    gus_midi_catch_up(g);
}

void gus_update(struct gus *g)
{
    bool gf1 = g->irq_latch == g->irq_number && g->reset & INTERRUPTS && status_of(g);
    bool midi = g->midi_latch == g->irq_number && gus_midi_status(g);
    irq_set(&g->irq, g->mix & MIX_LINES && (gf1 || midi));
    u64 next = gus_midi_next(g);
    if (g->reset & RUN && gf1_moves(&g->gf1)) {
        u64 ahead = gf1_next_event(&g->gf1);
        next = now(g) + CATCH_UP_NS;
        u64 then = ahead < GF1_CLOCK ? instant_of(g, g->made + ahead) : next;
        next = then < next ? then : next;
    }
    for (unsigned i = 0; i < 2; i++) {
        u8 asks = g->timer_control & timer_of[i].status;
        if (g->timer[i].running && asks & ~g->status && g->timer[i].next < next)
            next = g->timer[i].next;
    }
    if (next == CLOCK_NEVER)
        timer_disarm(&g->event);
    else if (!timer_armed(&g->event) || g->event.when != next)
        timer_arm(&g->event, next);
}

static void on_event(void *opaque)
{
    gus_catch_up(opaque);
    gus_update(opaque);
}

void gus_reset_gf1(struct gus *g)
{
    gf1_reset(&g->gf1);
    g->status = 0;
    g->irq_voice = 0;
    g->timer_control = 0;
    for (unsigned i = 0; i < 2; i++)
        g->timer[i] = (struct gus_timer){.preset = 0xff};
    g->adlib_flags = g->adlib_mask = 0;
    g->dma_control = 0;
    g->sampling = 0;
    g->record_done = false;
    gus_record_start(g);
    gus_dma_start(g);
    restart(g);
}

/* ---- ports ---- */

static u32 gus_in(void *dev, u16 port, unsigned size)
{
    struct gus *g = dev;
    u32 v = 0xff;
    (void)size; /* always 1: see ports below */
    gus_catch_up(g);
    switch (port - g->base) {
    case P_STATUS:
        return status_of(g) | gus_midi_status(g);
    case P_TIMER_INDEX: /* an AdLib's status, and who interrupts in bits that it has not */
        v = g->adlib_flags | (g->adlib_flags ? F_ANY : 0) | (g->status & GUS_TIMER1 ? 4 : 0) |
            (g->status & GUS_TIMER2 ? 2 : 0);
        return v;
    case P_INDEX_BACK:
        return g->adlib_index;
    case P_MIDI:
        return gus_midi_in(g, false);
    case P_MIDI_DATA:
        v = gus_midi_in(g, true);
        gus_update(g);
        return v;
    case P_PAGE:
        return g->page;
    case P_SELECT:
        return g->select;
    case P_DATA_LOW:
        return gus_register_in(g, false);
    case P_DATA_HIGH:
        v = gus_register_in(g, true);
        gus_update(g);
        return v;
    case P_DRAM:
        return g->gf1.ram[g->address & (GF1_RAM - 1)];
    default:
        return v;
    }
}

/* 2XBh, after 2X0h has said which of the two it is. */
static void choose_lines(struct gus *g, u8 v)
{
    static const u8 irqs[8] = {0, 2, 5, 3, 7, 11, 12, 15}, channels[8] = {0, 1, 3, 5, 6, 7, 0, 0};
    if (!g->latch_open || g->register_control)
        return;
    g->latch_open = false;
    if (g->mix & MIX_CHOOSES_IRQ) {
        g->irq_latch = irqs[v & 7];
        g->midi_latch = v & COMBINED ? g->irq_latch : irqs[v >> 3 & 7];
    } else {
        g->dma_latch = channels[v & 7];
    }
    if (v & 7 && (g->irq_latch != g->irq_number || g->dma_latch != g->dma_number))
        log_at(g->dev.board->log, LOG_GUEST,
               "gus: irq %u and dma %u are chosen, and the card has irq %u and dma %u",
               g->irq_latch, g->dma_latch, g->irq_number, g->dma_number);
}

static void gus_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct gus *g = dev;
    u8 v = (u8)value;
    (void)size;
    gus_catch_up(g);
    bool latch_open = false;
    switch (port - g->base) {
    case P_MIX:
        g->mix = v;
        latch_open = true;
        break;
    case P_TIMER_INDEX:
        g->adlib_index = v;
        break;
    case P_TIMER_DATA:
        if (g->adlib_index == TIMER_REGISTER)
            control_timers(g, v);
        break;
    case P_LATCH:
        choose_lines(g, v);
        break;
    case P_REGISTER_CONTROL:
        g->register_control = v;
        break;
    case P_MIDI:
    case P_MIDI_DATA:
        gus_midi_out(g, port & 1, v);
        break;
    case P_PAGE:
        g->page = v & 31;
        break;
    case P_SELECT:
        g->select = v;
        g->data = 0;
        break;
    case P_DATA_LOW:
        g->data = (g->data & 0xff00) | v;
        break;
    case P_DATA_HIGH:
        g->data = (u16)((g->data & 0xff) | v << 8);
        gus_register_write(g);
        break;
    case P_DRAM:
        g->gf1.ram[g->address & (GF1_RAM - 1)] = v;
        break;
    default:
        break;
    }
    g->latch_open = latch_open;
    gus_update(g);
}

static const struct port_ops ports = {gus_in, gus_out, 1};

/* ---- the device ---- */

static bool has(u32 set, unsigned n)
{
    return n < 32 && set >> n & 1;
}

static bool gus_realize(struct device *d, const struct board *b, struct err *e)
{
    struct gus *g = (struct gus *)d;
    if (g->base & 15)
        return err_set(e, "addr=%x: must be 210, 220, 230, 240, 250 or 260", g->base);
    if (!has(1 << 2 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 11 | 1 << 12 | 1 << 15, g->irq_number))
        return err_set(e, "irq=%u: must be 2, 3, 5, 7, 11, 12 or 15", g->irq_number);
    if (!has(1 << 1 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7, g->dma_number))
        return err_set(e, "dma=%u: must be 1, 3, 5, 6 or 7", g->dma_number);
    g->gf1.ram = calloc(1, GF1_RAM);
    if (!g->gf1.ram)
        return err_set(e, "out of memory");
    gf1_reset(&g->gf1);
    timer_init(&g->event, b->clock, on_event, g);
    timer_init(&g->dma_timer, b->clock, gus_dma_step, g);
    timer_init(&g->record_timer, b->clock, gus_record_step, g);
    line_input_attach(d, &g->input, gus_records, g);
    gus_midi_init(g);
    g->dma.ready = gus_dma_ready;
    g->dma.dev = g;
    /* The bus' line 2 is the AT's 9. */
    unsigned line = g->irq_number == 2 ? 9 : g->irq_number;
    if (!slots_irq(d, line, LINE_DRIVEN, &g->irq, e) || !slots_dma(d, g->dma_number, &g->dma, e))
        return false;
    bus_claim(b->bus, g->base, 16, &ports, g, d->name);
    bus_claim(b->bus, (u16)(g->base + 0x100), 8, &ports, g, d->name);
    sound_attach(d, &g->sound, "gus", render, g, GF1_CLOCK, g->gf1.voices);
    return true;
}

static void gus_reset(struct device *d)
{
    struct gus *g = (struct gus *)d;
    gus_catch_up(g);
    g->mix = MIX_NO_LINE_IN | MIX_NO_OUTPUT | MIX_LINES;
    g->irq_latch = g->midi_latch = g->irq_number;
    g->dma_latch = g->dma_number;
    g->latch_open = false;
    g->register_control = 0;
    g->adlib_index = 0;
    g->page = g->select = 0;
    g->data = 0;
    g->reset = 0;
    g->address = 0;
    g->sampling_rate = 0;
    g->dma_start = 0;
    gus_midi_reset(g);
    gus_reset_gf1(g);
    gus_update(g);
}

static void registers_state(struct gus *g, struct state *s)
{
    state_u8(s, "mix", &g->mix);
    state_u8(s, "irq latch", &g->irq_latch);
    state_u8(s, "dma latch", &g->dma_latch);
    state_bool(s, "latch open", &g->latch_open);
    state_u8(s, "register control", &g->register_control);
    state_u8(s, "adlib index", &g->adlib_index);
    state_u8(s, "adlib flags", &g->adlib_flags);
    state_u8(s, "adlib mask", &g->adlib_mask);
    for (unsigned i = 0; i < 2; i++) {
        state_u8(s, "timer preset", &g->timer[i].preset);
        state_bool(s, "timer running", &g->timer[i].running);
        state_u64(s, "timer next", &g->timer[i].next);
    }
    state_u8(s, "page", &g->page);
    state_u8(s, "select", &g->select);
    state_u16(s, "data", &g->data);
    state_u8(s, "reset", &g->reset);
    state_u8(s, "timer control", &g->timer_control);
    state_u8(s, "status", &g->status);
    state_u8(s, "irq voice", &g->irq_voice);
    state_u32(s, "address", &g->address);
    state_u8(s, "sampling", &g->sampling);
    state_u8(s, "sampling rate", &g->sampling_rate);
    state_u8(s, "dma control", &g->dma_control);
    state_u16(s, "dma start", &g->dma_start);
    state_u32(s, "dma at", &g->dma_at);
    state_bool(s, "dma finishing", &g->dma_finishing);
    timer_state(&g->dma_timer, s, "dma timer");
    timer_state(&g->event, s, "event");
    state_u64(s, "origin", &g->origin);
    state_u64(s, "made", &g->made);
}

/* A snapshot is taken with all frames made: nobody can be made to catch up with years. */
static void check(struct gus *g, struct state *s)
{
    bool timers = true;
    for (unsigned i = 0; i < 2; i++)
        timers &= g->timer[i].next <= now(g) + 256 * timer_of[i].step;
    if (g->page >= GF1_VOICES || g->irq_voice >= GF1_VOICES || g->origin > now(g) ||
        g->made != frames_at(g, now(g)) || !timers)
        state_fail(s, "gus: impossible position");
}

static void gus_state(struct device *d, struct state *s)
{
    struct gus *g = (struct gus *)d;
    if (!state_loading(s))
        gus_catch_up(g);
    gf1_state(&g->gf1, s);
    registers_state(g, s);
    if (state_version(s) >= 2)
        gus_record_state(g, s);
    else
        gus_record_forget(g);
    if (state_version(s) >= 3) {
        state_u8(s, "midi latch", &g->midi_latch);
        gus_midi_state(g, s);
    } else {
        g->midi_latch = g->irq_latch;
        gus_midi_reset(g);
    }
    if (!state_digesting(s)) {
        for (unsigned i = 0; i < GUS_RECENT; i++) {
            state_u16(s, "recent left", (u16 *)&g->recent[i].left);
            state_u16(s, "recent right", (u16 *)&g->recent[i].right);
        }
    }
    sound_source_state(&g->sound, s);
    if (state_loading(s) && state_ok(s))
        check(g, s);
    if (state_loading(s) &&
        !state_ok(s)) { /* indices that hold, until the machine is thrown away */
        g->page = g->irq_voice = 0;
        g->made = frames_at(g, now(g));
    }
}

static void gus_destroy(struct device *d)
{
    struct gus *g = (struct gus *)d;
    timer_disarm(&g->event);
    timer_disarm(&g->dma_timer);
    timer_disarm(&g->record_timer);
    line_input_detach(&g->input);
    midi_socket_detach(&g->midi.in);
    free(g->gf1.ram);
}

static void gus_describe(const struct device *d, FILE *out)
{
    const struct gus *g = (const struct gus *)d;
    unsigned playing = 0;
    for (unsigned i = 0; i < g->gf1.voices; i++)
        playing += !(g->gf1.voice[i].control & (GF1_STOPPED | GF1_STOP));
    fprintf(out, "port %03x, irq %u, dma %u, %u voices, %u playing%s\n", g->base, g->irq_number,
            g->dma_number, g->gf1.voices, playing, g->reset & RUN ? "" : ", held in reset");
}

static const struct prop props[] = {
    PROP_PORT_ROW(struct gus, base, "addr", "240", 0x210, 0x260, "first of its ports"),
    PROP_U8_ROW(struct gus, irq_number, "irq", "11", 2, 15, "interrupt line"),
    PROP_U8_ROW(struct gus, dma_number, "dma", "3", 1, 7, "DMA channel"),
    PROP_END,
};

const struct device_class gus_class = {
    .name = "gus",
    .model = "gus",
    .doc = "Gravis UltraSound with 1 MB",
    .size = sizeof(struct gus),
    .props = props,
    .bus = BUS_ISA,
    .optional = true,
    .state_version = 3,
    .realize = gus_realize,
    .reset = gus_reset,
    .state = gus_state,
    .destroy = gus_destroy,
    .describe = gus_describe,
};
