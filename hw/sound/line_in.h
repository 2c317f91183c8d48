/*
 * line_in.h - the line input of a machine's sound cards: what a recording hears.
 *
 * While a card records, blocks of 10 ms come from whoever is plugged in (struct sound_inlet), each
 * at the beginning of its time, by a timer: at instants that depend on the guest alone. A journal
 * notes what comes, and a replay gets it from there. A card asks for the level at an instant, up to
 * LINE_IN_AHEAD_NS before it has come or some milliseconds after it; the answer does not depend on
 * when it asks. What is heard is LINE_IN_LATE_NS old by then, as in a converter with a filter.
 *
 * Nobody plugged in: there is no such device, and every card hears silence.
 *
 * In a card:
 *     struct line_input input;                                     in its struct
 *     line_input_attach(&c->dev, &c->input, chip_records, c);      in realize; line_input_detach()
 *     line_input_begin(&c->input);                                 when it begins to record
 *     struct sound_frame f = line_input_at(&c->input, when, rate); one sample of `rate` a second
 *
 * Not modelled: levels of line and microphone apart.
 */
#ifndef FERRITE_LINE_IN_H
#define FERRITE_LINE_IN_H

#include "hw/bus/device.h"
#include "hw/sound/sound.h"

struct line_in;
struct mixer;

/* A card's end of the cable. */
struct line_input {
    struct line_in *line; /* NULL: nobody is plugged in */
    /* Does it record? Asked before each block. */
    bool (*records)(const void *card);
    const void *card;
    struct line_input *next;
};

enum { LINE_IN_BLOCK = SOUND_IN_RATE / 100, LINE_IN_KEPT = 3 * LINE_IN_BLOCK };
#define LINE_IN_LATE_NS (2 * NS_PER_MS)
#define LINE_IN_AHEAD_NS (1 * NS_PER_MS)

struct line_in {
    struct device dev;
    const struct sound_inlet *inlet;
    struct mixer *mixer; /* whose filters are used */
    struct line_input *inputs;
    struct timer next;
    u64 block;  /* the newest one; the two before it are here, too */
    u64 wanted; /* a sample was asked for by itself: blocks come until this instant */
    s16 left[LINE_IN_KEPT], right[LINE_IN_KEPT];
};

extern const struct device_class line_in_class;

void line_input_attach(struct device *d, struct line_input *in, bool (*records)(const void *card),
                       const void *card);
void line_input_detach(struct line_input *in);
/* What line_input_attach() does with the machine's. */
void line_in_plug(struct line_in *l, struct line_input *in);
/* From this instant on `records` says true. Without this nothing comes. */
void line_input_begin(struct line_input *in);
/* A sample is wanted now, and others may follow without a beginning: programs that poll. */
void line_input_poll(struct line_input *in);
/* The level at the instant `when` (guest ns), for a converter of `rate` samples a second. */
struct sound_frame line_input_at(const struct line_input *in, u64 when, u32 rate);

#endif
