/*
 * opl_look.c - the FM chips for who looks: the registers as they were written, channel by channel
 * (YMF262's application manual; YM3812's).
 */
#include "hw/sound/opl3.h"
#include "hw/sound/sound_look.h"

#include <stdio.h>

static const struct register_field test[] = {
    FIELD(5, 1, "WSE", "sine waves only", "waveforms of E0h to F5h"),
};
static const struct register_field control[] = {
    FIELD(7, 1, "RST", "-", "flags cleared"),
    FIELD(6, 1, "MT1", "timer 1 tells", "timer 1 masked"),
    FIELD(5, 1, "MT2", "timer 2 tells", "timer 2 masked"),
    FIELD(1, 1, "ST2", "stopped", "timer 2 counts"),
    FIELD(0, 1, "ST1", "stopped", "timer 1 counts"),
};
static const struct register_field split[] = {
    FIELD(7, 1, "CSM", "-", "composite sine waves"),
    FIELD(6, 1, "NTS", "split by bit 9 of F-number", "split by bit 8"),
};
static const struct register_field rhythm[] = {
    FIELD(7, 1, "DAM", "tremolo 1 dB", "tremolo 4.8 dB"),
    FIELD(6, 1, "DVB", "vibrato 7 cents", "vibrato 14 cents"),
    FIELD(5, 1, "RHY", "melody", "rhythm in channels 6 to 8"),
    FIELD(4, 1, "BD", "-", "bass drum"),
    FIELD(3, 1, "SD", "-", "snare drum"),
    FIELD(2, 1, "TOM", "-", "tom-tom"),
    FIELD(1, 1, "TC", "-", "cymbal"),
    FIELD(0, 1, "HH", "-", "hi-hat"),
};
static const struct register_field new_mode[] = {
    FIELD(0, 1, "NEW", "as an OPL2", "OPL3"),
};
static const struct register_field key[] = {
    FIELD(5, 1, "KON", "released", "held"),
    FIELD_NUMBER(2, 3, "BLOCK"),
    FIELD_NUMBER(0, 2, "F-number, bits 9-8"),
};
static const struct register_field feedback[] = {
    FIELD(5, 1, "STR", "-", "right"),
    FIELD(4, 1, "STL", "-", "left"),
    FIELD_NUMBER(1, 3, "FB"),
    FIELD(0, 1, "CNT", "one modulates the other", "both are heard"),
};
static const struct register_field multiple[] = {
    FIELD(7, 1, "AM", "-", "tremolo"),
    FIELD(6, 1, "VIB", "-", "vibrato"),
    FIELD(5, 1, "EGT", "fades while held", "sustained"),
    FIELD(4, 1, "KSR", "-", "faster for higher notes"),
    FIELD_NUMBER(0, 4, "MULT"),
};
static const struct register_field level[] = {
    FIELD(6, 2, "KSL", "0 dB an octave", "3 dB", "1.5 dB", "6 dB"),
    FIELD_NUMBER(0, 6, "TL"),
};
static const struct register_field attack[] = {
    FIELD_NUMBER(4, 4, "AR"),
    FIELD_NUMBER(0, 4, "DR"),
};
static const struct register_field sustain[] = {
    FIELD_NUMBER(4, 4, "SL"),
    FIELD_NUMBER(0, 4, "RR"),
};
static const struct register_field wave[] = {
    FIELD(0, 3, "WS", "sine", "half of a sine", "absolute sine", "quarters of a sine",
          "sine, twice as fast, half of the time", "the same, absolute", "square", "logarithmic"),
};

/* One of a channel's two operators; `slot` is its offset in each of the registers' groups. */
static void look_operator(const struct opl *o, unsigned array, unsigned slot, const char *which,
                          const struct register_eye *eye)
{
    static const struct {
        u8 at;
        const char *name;
        const struct register_field *field;
        size_t fields;
    } rows[] = {
        {0x20, "AM, VIB, EGT, KSR, MULT", multiple, ARRAY_SIZE(multiple)},
        {0x40, "KSL, TL", level, ARRAY_SIZE(level)},
        {0x60, "AR, DR", attack, ARRAY_SIZE(attack)},
        {0x80, "SL, RR", sustain, ARRAY_SIZE(sustain)},
        {0xe0, "WS", wave, ARRAY_SIZE(wave)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char name[60], place[8];
        unsigned reg = array + rows[i].at + slot;
        snprintf(name, sizeof(name), "%s: %s", which, rows[i].name);
        snprintf(place, sizeof(place), "%02xh", reg);
        eye->value(eye->opaque, name, place, o->reg[reg], 8, rows[i].field, rows[i].fields, "");
    }
}

/* Those that were never written say nothing. */
static void look_channel(const struct opl *o, unsigned n, const struct register_eye *eye)
{
    enum { A_CHIP = 9, RATE = 49716 }; /* samples a second */
    unsigned array = n / A_CHIP * 0x100, c = n % A_CHIP, slot = c / 3 * 8 + c % 3;
    u8 low = o->reg[array + 0xa0 + c], high = o->reg[array + 0xb0 + c];
    char title[20], place[8];
    if (!low && !high && !o->reg[array + 0xc0 + c] && !o->reg[array + 0x40 + slot])
        return;
    snprintf(title, sizeof(title), "Channel %u", n);
    eye->group(eye->opaque, title);
    snprintf(place, sizeof(place), "%02xh", array + 0xa0 + c);
    look_plain(eye, "F-number, bits 7-0", place, low, 8, "");
    snprintf(place, sizeof(place), "%02xh", array + 0xb0 + c);
    look_value(eye, "KON, BLOCK, F-number", place, high, 8, key, "");
    unsigned f = low | (high & 3u) << 8;
    eye->number(eye->opaque, "frequency", (double)RATE * f / (1u << (20 - (high >> 2 & 7))));
    snprintf(place, sizeof(place), "%02xh", array + 0xc0 + c);
    look_value(eye, "FB, CNT", place, o->reg[array + 0xc0 + c], 8, feedback, "");
    look_operator(o, array, slot, "modulator", eye);
    look_operator(o, array, slot + 3, "carrier", eye);
}

static void look_chip(const struct opl_card *c, unsigned which, const struct register_eye *eye)
{
    const struct opl *o = &c->chip[which];
    const struct opl_timers *t = &c->timers[which];
    bool opl3 = c->kind == OPL3;
    eye->group(eye->opaque, c->kind != OPL2_PAIR ? "FM chip"
                            : which              ? "FM chip, right"
                                                 : "FM chip, left");
    look_plain(eye, "Index", "", c->index[which], opl3 ? 9 : 8, "");
    look_value(eye, "Test", "01h", o->reg[0x01], 8, test, "");
    look_plain(eye, "Timer 1", "02h", t->timer[0].preset, 8, "80 us each");
    look_plain(eye, "Timer 2", "03h", t->timer[1].preset, 8, "320 us each");
    look_value(eye, "Timer control", "04h", t->control, 8, control, "");
    eye->text(eye->opaque, "status",
              t->flags & 0x60 ? "a timer has run over" : "no timer has run over");
    look_value(eye, "CSM, keyboard split", "08h", o->reg[0x08], 8, split, "");
    look_value(eye, "Depth, rhythm", "BDh", o->reg[0xbd], 8, rhythm, "");
    if (opl3) {
        look_plain(eye, "4-operator pairs", "104h", o->reg[0x104], 6, "a bit each");
        look_value(eye, "NEW", "105h", o->reg[0x105], 8, new_mode, "");
    }
    for (unsigned n = 0; n < (opl3 ? 18u : 9u); n++)
        look_channel(o, n, eye);
}

void opl_card_look(const struct opl_card *c, const struct register_eye *eye)
{
    look_chip(c, 0, eye);
    if (c->kind == OPL2_PAIR)
        look_chip(c, 1, eye);
}

void adlib_look(const struct device *d, const struct register_eye *eye)
{
    opl_card_look(&((const struct adlib *)d)->fm, eye);
}
