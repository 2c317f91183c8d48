/*
 * es1370_look.c - the AudioPCI for who looks: the ES1370's registers with its three channels, the
 * AK4531's (data sheets of both).
 */
#include "hw/chipset/chips_look.h"
#include "hw/sound/es1370.h"
#include "hw/sound/sound_look.h"

#include <stdio.h>

static const struct register_field control[] = {
    FIELD(31, 1, "ADC_STOP", "-", "the ADC's transfers stand"),
    FIELD_NUMBER(16, 13, "PCLKDIV"),
    FIELD(12, 2, "WTSRSEL", "5512 Hz", "11025 Hz", "22050 Hz", "44100 Hz"),
    FIELD(11, 1, "DAC_SYNC", "-", "DAC2 by DAC1's clock"),
    FIELD(6, 1, "DAC1_EN", "off", "on"),
    FIELD(5, 1, "DAC2_EN", "off", "on"),
    FIELD(4, 1, "ADC_EN", "off", "on"),
    FIELD(3, 1, "UART_EN", "off", "on"),
    FIELD(2, 1, "JYSTK_EN", "off", "on"),
    FIELD(1, 1, "CDC_EN", "off", "on"),
    FIELD(0, 1, "SERR_DIS", "SERR# on", "SERR# off"),
};
static const struct register_field status[] = {
    FIELD(3, 1, "UART", "-", "waits"),
    FIELD(2, 1, "DAC1", "-", "waits"),
    FIELD(1, 1, "DAC2", "-", "waits"),
    FIELD(0, 1, "ADC", "-", "waits"),
};
#define FORMATS "mono, 8 bits", "stereo, 8 bits", "mono, 16 bits", "stereo, 16 bits"
static const struct register_field serial[] = {
    FIELD_NUMBER(19, 3, "P2_END_INC"),
    FIELD_NUMBER(16, 3, "P2_ST_INC"),
    FIELD(15, 1, "R1_LOOP_SEL", "loops", "stops"),
    FIELD(14, 1, "P2_LOOP_SEL", "loops", "stops"),
    FIELD(13, 1, "P1_LOOP_SEL", "loops", "stops"),
    FIELD(12, 1, "P2_PAUSE", "-", "paused"),
    FIELD(11, 1, "P1_PAUSE", "-", "paused"),
    FIELD(10, 1, "R1_INTR_EN", "off", "on"),
    FIELD(9, 1, "P2_INTR_EN", "off", "on"),
    FIELD(8, 1, "P1_INTR_EN", "off", "on"),
    FIELD(4, 2, "R1_FMT", FORMATS),
    FIELD(2, 2, "P2_FMT", FORMATS),
    FIELD(0, 2, "P1_FMT", FORMATS),
};

static void look_channel(const struct es1370 *e, unsigned n, const struct register_eye *eye)
{
    static const char *const titles[ES_CHANNELS] = {"DAC1 (playback 1)", "DAC2 (playback 2)",
                                                    "ADC (recording)"};
    const struct es1370_channel *c = &e->channel[n];
    const u32 *frame = e->memory[n == ES_ADC ? ES_PAGE_ADC : ES_PAGE_DAC];
    unsigned at = n == ES_DAC2 ? 2 : 0;
    char place[20];
    eye->group(eye->opaque, titles[n]);
    eye->text(eye->opaque, "state",
              c->stopped   ? "stopped at its end"
              : c->running ? "runs"
                           : "stands");
    snprintf(place, sizeof(place), "page %xh, %02xh", n == ES_ADC ? ES_PAGE_ADC : ES_PAGE_DAC,
             ES_FRAME + 4 * at);
    look_plain(eye, "Frame Address", place, frame[at], 32, "of the buffer in memory");
    snprintf(place, sizeof(place), "page %xh, %02xh", n == ES_ADC ? ES_PAGE_ADC : ES_PAGE_DAC,
             ES_FRAME + 4 * at + 4);
    look_plain(eye, "Frame Size", place, frame[at + 1] & 0xffff, 16, "double words less one");
    eye->number(eye->opaque, "Current Count", frame[at + 1] >> 16);
    snprintf(place, sizeof(place), "%02xh", ES_COUNT + 4 * n);
    look_plain(eye, "Sample Count", place, c->samples, 16, "less one, between interrupts");
    eye->number(eye->opaque, "Current Sample Count", c->left);
}

void es1370_look(const struct device *d, const struct register_eye *eye)
{
    const struct es1370 *e = (const struct es1370 *)d;
    char place[8], name[20];
    eye->group(eye->opaque, "ES1370");
    look_value(eye, "Interrupt/Chip Select Control", "00h", e->control, 32, control, "");
    look_value(eye, "Interrupt/Chip Select Status", "04h", e->pending, 32, status,
               "what the channels ask for");
    look_plain(eye, "UART Control", "09h", e->uart, 8, "");
    look_plain(eye, "Memory Page", "0Ch", e->page, 4, "which is seen from 30h on");
    look_value(eye, "Serial Interface Control", "20h", e->serial, 32, serial, "");
    for (unsigned n = 0; n < ES_CHANNELS; n++)
        look_channel(e, n, eye);
    eye->group(eye->opaque, "AK4531");
    for (unsigned i = 0; i < AK4531_REGISTERS; i++) {
        static const char *const names[] = {"Master Volume Lch", "Master Volume Rch",
                                            "Voice Volume Lch",  "Voice Volume Rch",
                                            "FM Volume Lch",     "FM Volume Rch"};
        snprintf(place, sizeof(place), "%02xh", i);
        snprintf(name, sizeof(name), "Register %02xh", i);
        look_plain(eye, i < ARRAY_SIZE(names) ? names[i] : name, place, e->codec.reg[i], 8, "");
    }
    pci_look(&e->pci, eye);
}
