/*
 * gus_regs.c - the registers of the GF1 (SDK 2.22, chapter 2): of the voice that 3X2h chooses, and
 * of all. Registers of 8 bits are the high byte, 3X5h; a write takes effect with it, and so do the
 * reads that clear something.
 */
#include "hw/sound/gus.h"

enum {
    R_CONTROL = 0x00,
    R_FREQUENCY = 0x01,
    R_START_HIGH = 0x02,
    R_START_LOW = 0x03,
    R_END_HIGH = 0x04,
    R_END_LOW = 0x05,
    R_RAMP_RATE = 0x06,
    R_RAMP_START = 0x07,
    R_RAMP_END = 0x08,
    R_VOLUME = 0x09,
    R_CURRENT_HIGH = 0x0a,
    R_CURRENT_LOW = 0x0b,
    R_PAN = 0x0c,
    R_RAMP_CONTROL = 0x0d,
    R_VOICES = 0x0e,
    R_IRQ_SOURCE = 0x0f, /* to be read */
    R_DMA_CONTROL = 0x41,
    R_DMA_START = 0x42,
    R_ADDRESS_LOW = 0x43,
    R_ADDRESS_HIGH = 0x44,
    R_TIMER_CONTROL = 0x45,
    R_TIMER1 = 0x46,
    R_TIMER2 = 0x47,
    R_SAMPLING_RATE = 0x48,
    R_SAMPLING = 0x49,
    R_RESET = 0x4c,
    READ = 0x80 /* the voices' registers are read at other numbers */
};

/* Start and end have four bits of the nine behind the point. */
enum { LOW_BITS = 0xffe0 };

/* ---- addresses: A19 to A7 in one register, A6 to A0 and the fraction in the other ---- */

static void set_high(u32 *address, u16 v)
{
    *address = (*address & 0xffff) | (v & 0x1fffu) << 16;
}

static void set_low(u32 *address, u16 v)
{
    *address = (*address & ~0xffffu) | v;
}

/* A control register's top bit is the interrupt: what is written to it and bit 5 decides. */
static void set_control(u8 *control, u32 *pending, unsigned voice, u8 v)
{
    *control = v & 0x7f;
    *pending &= ~(1u << voice);
    if ((v & (GF1_PENDING | GF1_IRQ)) == (GF1_PENDING | GF1_IRQ))
        *pending |= 1u << voice;
}

static void write_voice(struct gus *g, unsigned n, u16 data)
{
    struct gf1_voice *v = &g->gf1.voice[n];
    u8 high = (u8)(data >> 8);
    switch (g->select) {
    case R_CONTROL:
        set_control(&v->control, &g->gf1.wave_irq, n, high);
        break;
    case R_FREQUENCY:
        v->frequency = data;
        break;
    case R_START_HIGH:
        set_high(&v->start, data);
        break;
    case R_START_LOW:
        set_low(&v->start, data & LOW_BITS);
        break;
    case R_END_HIGH:
        set_high(&v->end, data);
        break;
    case R_END_LOW:
        set_low(&v->end, data & LOW_BITS);
        break;
    case R_RAMP_RATE:
        v->ramp_rate = high;
        break;
    case R_RAMP_START:
        v->ramp_start = high;
        break;
    case R_RAMP_END:
        v->ramp_end = high;
        break;
    case R_VOLUME:
        v->volume = data >> 4;
        break;
    case R_CURRENT_HIGH:
        set_high(&v->current, data);
        break;
    case R_CURRENT_LOW:
        set_low(&v->current, data);
        break;
    case R_PAN:
        v->pan = high & 15;
        break;
    default:
        set_control(&v->ramp_control, &g->gf1.ramp_irq, n, high);
        break;
    }
}

/* ---- of all voices ---- */

static void write_timer_control(struct gus *g, u8 v)
{
    g->timer_control = v;
    g->status &= (u8) ~(v & GUS_TIMER1 ? 0 : GUS_TIMER1);
    g->status &= (u8) ~(v & GUS_TIMER2 ? 0 : GUS_TIMER2);
}

static void write_reset(struct gus *g, u8 v)
{
    g->reset = v & 7;
    if (!(v & 1))
        gus_reset_gf1(g);
}

static void write_global(struct gus *g, u16 data)
{
    u8 high = (u8)(data >> 8);
    switch (g->select) {
    case R_VOICES: {
        unsigned voices = (high & 31u) + 1;
        gus_set_voices(g, (u8)(voices < GF1_LEAST_VOICES ? GF1_LEAST_VOICES : voices));
        break;
    }
    case R_DMA_CONTROL:
        g->dma_control = high;
        g->status &= (u8)~GUS_DMA;
        gus_dma_start(g);
        break;
    case R_DMA_START:
        g->dma_start = data;
        break;
    case R_ADDRESS_LOW:
        g->address = (g->address & 0xf0000) | data;
        break;
    case R_ADDRESS_HIGH:
        g->address = (g->address & 0xffff) | (high & 15u) << 16;
        break;
    case R_TIMER_CONTROL:
        write_timer_control(g, high);
        break;
    case R_TIMER1:
    case R_TIMER2:
        g->timer[g->select - R_TIMER1].preset = high;
        break;
    case R_SAMPLING_RATE:
        g->sampling_rate = high;
        gus_record_start(g);
        break;
    case R_SAMPLING:
        g->sampling = high;
        g->record_done = false;
        gus_record_start(g);
        break;
    case R_RESET:
        write_reset(g, high);
        break;
    default:
        log_at(g->dev.board->log, LOG_GUEST, "gus: write to register %02x", g->select);
        break;
    }
}

void gus_register_write(struct gus *g)
{
    bool voice = g->select <= R_RAMP_CONTROL;
    if (voice && g->reset & 1)
        write_voice(g, g->page, g->data);
    else if (!voice)
        write_global(g, g->data);
}

/* ---- reading ---- */

/* The next voice that asks, and what for (0: that it does); it is answered with that. */
static u8 irq_source(struct gus *g, bool answer)
{
    u32 pending = g->gf1.wave_irq | g->gf1.ramp_irq;
    unsigned n = g->irq_voice;
    for (unsigned i = 0; i < GF1_VOICES && !(pending >> n & 1); i++)
        n = (n + 1) % GF1_VOICES;
    u8 wave = g->gf1.wave_irq >> n & 1, ramp = g->gf1.ramp_irq >> n & 1;
    if (answer) {
        g->gf1.wave_irq &= ~(1u << n);
        g->gf1.ramp_irq &= ~(1u << n);
        g->irq_voice = (u8)n;
    }
    return (u8)(n | 0x20 | (wave ? 0 : 0x80) | (ramp ? 0 : 0x40));
}

static u16 read_voice(const struct gus *g, unsigned reg)
{
    unsigned n = g->page;
    const struct gf1_voice *v = &g->gf1.voice[n];
    switch (reg) {
    case R_CONTROL:
        return (u16)((v->control | (g->gf1.wave_irq >> n & 1) << 7) << 8);
    case R_FREQUENCY:
        return v->frequency;
    case R_START_HIGH:
        return (u16)(v->start >> 16);
    case R_START_LOW:
        return (u16)v->start;
    case R_END_HIGH:
        return (u16)(v->end >> 16);
    case R_END_LOW:
        return (u16)v->end;
    case R_RAMP_RATE:
        return (u16)(v->ramp_rate << 8);
    case R_RAMP_START:
        return (u16)(v->ramp_start << 8);
    case R_RAMP_END:
        return (u16)(v->ramp_end << 8);
    case R_VOLUME:
        return (u16)(v->volume << 4);
    case R_CURRENT_HIGH:
        return (u16)(v->current >> 16);
    case R_CURRENT_LOW:
        return (u16)v->current;
    case R_PAN:
        return (u16)(v->pan << 8);
    default:
        return (u16)((v->ramp_control | (g->gf1.ramp_irq >> n & 1) << 7) << 8);
    }
}

static u16 read_register(struct gus *g, bool high)
{
    switch (g->select) {
    case READ + R_VOICES:
        return (u16)((0xc0 | (g->gf1.voices - 1)) << 8);
    case READ + R_IRQ_SOURCE:
        return (u16)(irq_source(g, high) << 8);
    case R_DMA_CONTROL: { /* bit 6: the transfer has come to its end; reading takes that back */
        u8 v = (u8)((g->dma_control & 0xbf) | (g->status & GUS_DMA ? 0x40 : 0));
        if (high)
            g->status &= (u8)~GUS_DMA;
        return (u16)(v << 8);
    }
    case R_DMA_START:
        return g->dma_start;
    case R_TIMER_CONTROL:
        return (u16)(g->timer_control << 8);
    case R_SAMPLING: { /* as 41h */
        u8 v = (u8)((g->sampling & 0xbf) | (g->record_done ? 0x40 : 0));
        if (high)
            g->record_done = false;
        return (u16)(v << 8);
    }
    case R_RESET:
        return (u16)(g->reset << 8);
    default:
        if (g->select >= READ && g->select <= READ + R_RAMP_CONTROL)
            return read_voice(g, g->select - READ);
        return 0xffff; /* can only be written: nobody drives the bus */
    }
}

u8 gus_register_in(struct gus *g, bool high)
{
    u16 v = read_register(g, high);
    return (u8)(high ? v >> 8 : v);
}
