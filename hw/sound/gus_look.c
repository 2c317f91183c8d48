/*
 * gus_look.c - the Gravis UltraSound for who looks: the card's registers, the GF1's, and those of
 * the voices that play (UltraSound Software Development Kit 2.22, chapter 2).
 */
#include "hw/sound/gus.h"
#include "hw/sound/sound_look.h"

#include <stdio.h>

static const struct register_field mix[] = {
    FIELD(0, 1, "line in", "on", "off"),
    FIELD(1, 1, "line out", "on", "off"),
    FIELD(2, 1, "microphone", "off", "on"),
    FIELD(3, 1, "latches", "disabled", "IRQ and DMA latches on"),
    FIELD(4, 1, "channels' IRQ", "-", "combined"),
    FIELD(5, 1, "MIDI loopback", "-", "TxD to RxD"),
    FIELD(6, 1, "control register select", "DMA latch", "IRQ latch"),
};
static const struct register_field status[] = {
    FIELD(0, 1, "MIDI transmit", "-", "waits"),
    FIELD(1, 1, "MIDI receive", "-", "waits"),
    FIELD(2, 1, "timer 1", "-", "waits"),
    FIELD(3, 1, "timer 2", "-", "waits"),
    FIELD(5, 1, "wavetable", "-", "a voice waits"),
    FIELD(6, 1, "volume ramp", "-", "a ramp waits"),
    FIELD(7, 1, "DMA terminal count", "-", "waits"),
};
static const struct register_field midi_control[] = {
    FIELD(0, 2, "clock", "/1", "/16", "/64", "held in reset"),
    FIELD(5, 2, "transmit interrupt", "off", "on", "off", "off"),
    FIELD(7, 1, "receive interrupt", "off", "on"),
};
static const struct register_field dma[] = {
    FIELD(0, 1, "enable", "off", "runs"),
    FIELD(1, 1, "direction", "to the card", "from the card"),
    FIELD(2, 1, "channel", "8 bits", "16 bits"),
    FIELD_NUMBER(3, 2, "rate divider"),
    FIELD(5, 1, "terminal count interrupt", "off", "on"),
    FIELD(6, 1, "data", "8 bits", "16 bits"),
    FIELD(7, 1, "top bit", "as it is", "inverted"),
};
static const struct register_field timers[] = {
    FIELD(2, 1, "timer 1 interrupt", "off", "on"),
    FIELD(3, 1, "timer 2 interrupt", "off", "on"),
};
static const struct register_field reset[] = {
    FIELD(0, 1, "GF1", "held in reset", "runs"),
    FIELD(1, 1, "DAC", "off", "on"),
    FIELD(2, 1, "master IRQ", "off", "on"),
};
static const struct register_field voice_control[] = {
    FIELD(0, 1, "stopped", "-", "stopped"),       FIELD(1, 1, "stop", "-", "asked to"),
    FIELD(2, 1, "data", "8 bits", "16 bits"),     FIELD(3, 1, "loop", "stops at its end", "loops"),
    FIELD(4, 1, "both ways", "-", "turns round"), FIELD(5, 1, "interrupt", "off", "at its end"),
    FIELD(6, 1, "direction", "up", "down"),       FIELD(7, 1, "pending", "-", "interrupt waits"),
};
static const struct register_field ramp_control[] = {
    FIELD(0, 1, "stopped", "-", "stopped"),
    FIELD(1, 1, "stop", "-", "asked to"),
    FIELD(2, 1, "rollover", "-", "tells at the end, goes on"),
    FIELD(3, 1, "loop", "stops at its end", "loops"),
    FIELD(4, 1, "both ways", "-", "turns round"),
    FIELD(5, 1, "interrupt", "off", "at its end"),
    FIELD(6, 1, "direction", "up", "down"),
    FIELD(7, 1, "pending", "-", "interrupt waits"),
};

/* An address of 20.9 bits. */
static void look_address(const struct register_eye *eye, const char *name, const char *place,
                         u32 address)
{
    char words[40];
    snprintf(words, sizeof(words), "%05x and %u/512", address >> GF1_FRACTION,
             address & ((1u << GF1_FRACTION) - 1));
    look_plain(eye, name, place, address, 29, words);
}

static void look_voice(const struct gf1 *g, unsigned n, const struct register_eye *eye)
{
    const struct gf1_voice *v = &g->voice[n];
    char title[20];
    u8 wave = v->control | (u8)((g->wave_irq >> n & 1) << 7);
    u8 ramp = v->ramp_control | (u8)((g->ramp_irq >> n & 1) << 7);
    snprintf(title, sizeof(title), "Voice %u", n);
    eye->group(eye->opaque, title);
    look_value(eye, "Voice Control", "00h", wave, 8, voice_control, "");
    look_plain(eye, "Frequency Control", "01h", v->frequency, 16, "");
    eye->number(eye->opaque, "samples a second",
                (double)(v->frequency >> 1) / 512 * GF1_CLOCK / g->voices);
    look_address(eye, "Starting Address", "02h, 03h", v->start);
    look_address(eye, "End Address", "04h, 05h", v->end);
    look_address(eye, "Current Address", "0Ah, 0Bh", v->current);
    look_plain(eye, "Volume Ramp Rate", "06h", v->ramp_rate, 8, "");
    look_plain(eye, "Volume Ramp Start", "07h", v->ramp_start, 8, "");
    look_plain(eye, "Volume Ramp End", "08h", v->ramp_end, 8, "");
    look_plain(eye, "Current Volume", "09h", v->volume, 12, "exponent and mantissa");
    look_plain(eye, "Pan Position", "0Ch", v->pan, 4, "0 left, 15 right");
    look_value(eye, "Volume Ramp Control", "0Dh", ramp, 8, ramp_control, "");
}

void gus_look(const struct device *d, const struct register_eye *eye)
{
    const struct gus *g = (const struct gus *)d;
    const struct gf1 *f = &g->gf1;
    u8 waits = g->status | gus_midi_status(g) | (f->wave_irq ? GUS_WAVE : 0) |
               (f->ramp_irq ? GUS_RAMP : 0);
    unsigned still = 0;
    eye->group(eye->opaque, "Card");
    look_value(eye, "Mix Control", "2X0h", g->mix, 8, mix, "");
    look_value(eye, "IRQ Status", "2X6h", waits, 8, status, "");
    look_plain(eye, "IRQ Control", "2XBh", g->irq_latch, 8, "");
    look_plain(eye, "MIDI IRQ", "2XBh", g->midi_latch, 8, "");
    look_value(eye, "MIDI Control", "3X0h", g->midi.control, 8, midi_control, "");
    look_plain(eye, "MIDI Data", "3X1h", g->midi.received, 8, g->midi.full ? "not read yet" : "");
    look_plain(eye, "DMA Control", "2XBh", g->dma_latch, 8, "");
    look_plain(eye, "Register Controls", "2XFh", g->register_control, 8, "");
    eye->group(eye->opaque, "GF1");
    look_plain(eye, "Page", "3X2h", g->page, 5, "the voice whose registers are seen");
    look_plain(eye, "Global Register Select", "3X3h", g->select, 8, "");
    look_plain(eye, "Active Voices", "0Eh", f->voices, 6, "");
    eye->number(eye->opaque, "frames a second", (double)GF1_CLOCK / f->voices);
    look_value(eye, "DRAM DMA Control", "41h", g->dma_control, 8, dma, "");
    look_plain(eye, "DMA Start Address", "42h", g->dma_start, 16, "in units of 16 bytes");
    look_plain(eye, "DRAM I/O Address", "43h, 44h", g->address, 20, "of 3X7h");
    look_value(eye, "Timer Control", "45h", g->timer_control, 8, timers, "");
    look_plain(eye, "Timer 1 Count", "46h", g->timer[0].preset, 8,
               g->timer[0].running ? "counts" : "stands");
    look_plain(eye, "Timer 2 Count", "47h", g->timer[1].preset, 8,
               g->timer[1].running ? "counts" : "stands");
    look_plain(eye, "Sampling Frequency", "48h", g->sampling_rate, 8, "");
    look_plain(eye, "Sampling Control", "49h", g->sampling, 8, "");
    look_value(eye, "Reset", "4Ch", g->reset, 3, reset, "");
    for (unsigned n = 0; n < f->voices; n++)
        still += f->voice[n].control & f->voice[n].ramp_control & GF1_STOPPED;
    eye->number(eye->opaque, "voices that stand", still);
    for (unsigned n = 0; n < f->voices; n++)
        if (!(f->voice[n].control & f->voice[n].ramp_control & GF1_STOPPED))
            look_voice(f, n, eye);
}
