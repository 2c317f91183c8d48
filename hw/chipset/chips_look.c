/* chips_look.c - the 8259As, DMA and the clock for who looks: registers by their data sheets. */
#include "hw/chipset/chips_look.h"
#include "hw/chipset/i8237.h"
#include "hw/chipset/i8259.h"
#include "hw/chipset/mc146818.h"

#include <stdio.h>

/* ---- 8259A ---- */

static const struct register_field inputs[] = {
    FIELD_NUMBER(0, 1, "IR0"), FIELD_NUMBER(1, 1, "IR1"), FIELD_NUMBER(2, 1, "IR2"),
    FIELD_NUMBER(3, 1, "IR3"), FIELD_NUMBER(4, 1, "IR4"), FIELD_NUMBER(5, 1, "IR5"),
    FIELD_NUMBER(6, 1, "IR6"), FIELD_NUMBER(7, 1, "IR7"),
};
static const struct register_field icw1[] = {
    FIELD(3, 1, "LTIM", "edge-triggered", "level-triggered"),
    FIELD(1, 1, "SNGL", "two, in cascade", "alone"),
    FIELD(0, 1, "IC4", "no ICW4", "ICW4 is given"),
};
static const struct register_field icw2[] = {FIELD_NUMBER(3, 5, "T7-T3")};
static const struct register_field icw4[] = {
    FIELD(4, 1, "SFNM", "not nested specially", "specially nested"),
    FIELD(1, 1, "AEOI", "EOI by command", "automatic EOI"),
    FIELD(0, 1, "uPM", "8080", "8086"),
};
static const struct register_field elcr[] = {
    FIELD(3, 1, "3", "edge", "level"), FIELD(4, 1, "4", "edge", "level"),
    FIELD(5, 1, "5", "edge", "level"), FIELD(6, 1, "6", "edge", "level"),
    FIELD(7, 1, "7", "edge", "level"),
};

void i8259_look(const struct device *d, const struct register_eye *eye)
{
    const struct i8259 *pic = (const struct i8259 *)d;
    for (unsigned i = 0; i < 2; i++) {
        const struct i8259_chip *c = &pic->chip[i];
        const char *command = i ? "A0h" : "20h", *data = i ? "A1h" : "21h";
        char words[60];
        eye->group(eye->opaque, i ? "Second 8259A: IRQ 8 to 15" : "First 8259A: IRQ 0 to 7");
        look_value(eye, "IRR", command, c->irr, 8, inputs, "interrupts that are requested");
        look_value(eye, "IMR (OCW1)", data, c->imr, 8, inputs, "1: masked");
        look_value(eye, "ISR", command, c->isr, 8, inputs, "in service: not ended by EOI yet");
        look_value(eye, "Pins", "", c->pins, 8, inputs, "levels now");
        look_value(eye, "ICW1", command, c->icw1, 8, icw1, "");
        snprintf(words, sizeof(words), "IR0 is vector %02x", c->icw2 & 0xf8);
        look_value(eye, "ICW2", data, c->icw2, 8, icw2, words);
        look_plain(eye, "ICW3", data, c->icw3, 8,
                   i ? "the number of the cascade" : "inputs with another 8259A");
        look_value(eye, "ICW4", data, c->icw4, 8, icw4, "");
        look_value(eye, "ELCR", i ? "4D1h" : "4D0h", c->elcr, 8, elcr, "the PIIX3's");
        eye->text(eye->opaque, "reads as", c->read_isr ? "ISR (OCW3)" : "IRR (OCW3)");
        eye->number(eye->opaque, "lowest priority", c->lowest);
        eye->number(eye->opaque, "INT", c->output);
        if (c->init_step)
            eye->number(eye->opaque, "waits for ICW", c->init_step);
    }
}

/* ---- 8237A ---- */

static const struct register_field mode[] = {
    FIELD(6, 2, "mode", "demand", "single", "block", "cascade"),
    FIELD(5, 1, "address", "counts up", "counts down"),
    FIELD(4, 1, "auto-initialize", "off: masked at the end", "on: begins again"),
    FIELD(2, 2, "transfer", "verify", "device to memory", "memory to device", "illegal"),
};
static const struct register_field command[] = {
    FIELD(2, 1, "controller", "enabled", "disabled"),
    FIELD(4, 1, "priority", "fixed", "rotating"),
    FIELD(0, 1, "memory to memory", "off", "on"),
};
static const struct register_field masks[] = {
    FIELD(0, 1, "channel 0", "open", "masked"),
    FIELD(1, 1, "channel 1", "open", "masked"),
    FIELD(2, 1, "channel 2", "open", "masked"),
    FIELD(3, 1, "channel 3", "open", "masked"),
};
static const struct register_field tc[] = {
    FIELD(0, 1, "channel 0", "-", "at its end"),
    FIELD(1, 1, "channel 1", "-", "at its end"),
    FIELD(2, 1, "channel 2", "-", "at its end"),
    FIELD(3, 1, "channel 3", "-", "at its end"),
};

void i8237_look(const struct device *d, const struct register_eye *eye)
{
    const struct i8237 *dma = (const struct i8237 *)d;
    for (unsigned i = 0; i < 2; i++) {
        const struct i8237_chip *c = &dma->chip[i];
        eye->group(eye->opaque, i ? "Second 8237A: words" : "First 8237A: bytes");
        look_value(eye, "Command", i ? "D0h" : "08h", c->command, 8, command, "");
        look_value(eye, "Mask", i ? "DEh" : "0Fh", c->mask, 4, masks, "");
        look_value(eye, "Status: TC", i ? "D0h" : "08h", c->tc, 4, tc, "");
    }
    for (unsigned n = 0; n < 8; n++) {
        const struct i8237_channel *x = &dma->channel[n];
        u32 words = n >= 4;
        char title[40], at[60], left[60];
        if (n == 4)
            continue; /* the cascade */
        snprintf(title, sizeof(title), "Channel %u", n);
        snprintf(at, sizeof(at), "with its page: %06x in memory",
                 words ? (u32)(x->page & 0xfe) << 16 | (u32)x->addr << 1
                       : (u32)x->page << 16 | x->addr);
        snprintf(left, sizeof(left), "%u %s to go", x->count + 1u, words ? "words" : "bytes");
        eye->group(eye->opaque, title);
        look_value(eye, "Mode", words ? "D6h" : "0Bh", x->mode, 8, mode, "");
        look_plain(eye, "Address", "", x->addr, 16, at);
        look_plain(eye, "Page", "", x->page, 8, "bits 16 to 23");
        look_plain(eye, "Count", "", x->count, 16, left);
        look_plain(eye, "Base address", "", x->base_addr, 16, "");
        look_plain(eye, "Base count", "", x->base_count, 16, "");
    }
}

/* ---- MC146818 ---- */

static const struct register_field reg_a[] = {
    FIELD_NUMBER(7, 1, "UIP"),
    FIELD(4, 3, "DV", NULL, NULL, "32768 Hz", NULL, NULL, NULL, "held", "held"),
    FIELD_NUMBER(0, 4, "RS"),
};
static const struct register_field reg_b[] = {
    FIELD(7, 1, "SET", "the clock runs", "the clock stands"),
    FIELD(6, 1, "PIE", "no periodic interrupt", "periodic interrupt"),
    FIELD(5, 1, "AIE", "no alarm", "alarm interrupt"),
    FIELD(4, 1, "UIE", "none when updated", "interrupt when updated"),
    FIELD(2, 1, "DM", "BCD", "binary"),
    FIELD(1, 1, "24/12", "12 hours", "24 hours"),
};
static const struct register_field reg_c[] = {
    FIELD(7, 1, "IRQF", "-", "IRQ 8 is asked for"),
    FIELD(6, 1, "PF", "-", "periodic"),
    FIELD(5, 1, "AF", "-", "alarm"),
    FIELD(4, 1, "UF", "-", "updated"),
};
static const struct register_field reg_d[] = {FIELD(7, 1, "VRT", "battery empty", "valid")};

void mc146818_look(const struct device *d, const struct register_eye *eye)
{
    static const char *const names[] = {"Seconds", "Seconds alarm", "Minutes", "Minutes alarm",
                                        "Hours",   "Hours alarm",   "Weekday", "Day",
                                        "Month",   "Year"};
    const struct mc146818 *rtc = (const struct mc146818 *)d;
    char place[8];
    eye->group(eye->opaque, "Clock");
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(place, sizeof(place), "%02xh", i);
        look_plain(eye, names[i], place, mc146818_peek(rtc, i), 8, "");
    }
    eye->group(eye->opaque, "Control");
    look_plain(eye, "Index", "70h", (u32)(rtc->index | rtc->nmi_masked << 7), 8,
               rtc->nmi_masked ? "NMI is masked" : "NMI is open");
    look_value(eye, "Register A", "0Ah", mc146818_peek(rtc, 10), 8, reg_a, "");
    look_value(eye, "Register B", "0Bh", mc146818_peek(rtc, 11), 8, reg_b, "");
    look_value(eye, "Register C", "0Ch", rtc->ram[12], 8, reg_c, "reading it clears it");
    look_value(eye, "Register D", "0Dh", mc146818_peek(rtc, 13), 8, reg_d, "");
}
