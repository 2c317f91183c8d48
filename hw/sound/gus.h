/*
 * gus.h - the Gravis UltraSound: a GF1 with 1 MB of memory on a card (gf1.h).
 *
 *   gus.c       the card: ports, interrupts, time, state
 *   gus_regs.c  the GF1's registers, behind 3X3h to 3X5h
 *   gus_dma.c   samples to and from its memory
 *   gus_record.c  what is recorded
 *   gus_midi.c  MIDI, behind 3X0h and 3X1h
 */
#ifndef FERRITE_GUS_H
#define FERRITE_GUS_H

#include "hw/bus/device.h"
#include "hw/sound/gf1.h"
#include "hw/sound/line_in.h"
#include "hw/sound/midi_in.h"
#include "hw/sound/mixer.h"

/* 2X6h, who asks for an interrupt. */
enum {
    GUS_MIDI_OUT = 0x01,
    GUS_MIDI_IN = 0x02,
    GUS_TIMER1 = 0x04,
    GUS_TIMER2 = 0x08,
    GUS_WAVE = 0x20,
    GUS_RAMP = 0x40,
    GUS_DMA = 0x80
};
/* 2X0h: MIDI OUT is heard by MIDI IN. */
enum { GUS_MIX_LOOP = 0x20 };

/* The two timers of an AdLib: 80 and 320 us. */
struct gus_timer {
    u8 preset; /* 46h, 47h */
    bool running;
    u64 next; /* its overflow, guest ns */
};

enum { GUS_MIDI_ON_WIRE = 2 };

/* The MC6850. */
struct gus_midi {
    u8 control;   /* 3X0h */
    u8 received;  /* 3X1h */
    bool full;    /* it has not been read */
    bool lost;    /* others came meanwhile, */
    bool overrun; /* which has been told */
    struct midi_out out;
    struct midi_socket in;
    u8 loop[GUS_MIDI_ON_WIRE]; /* bytes on their way back, */
    u8 looped;
    u64 loop_at; /* the first of which arrives, guest ns */
};

enum { GUS_RECENT = 16 }; /* frames that have been made, but may not have been heard yet */

struct gus {
    struct device dev;
    u16 base;      /* property */
    u8 irq_number; /* property */
    u8 dma_number; /* property */
    struct irq irq;
    struct dma_line dma;
    struct gf1 gf1;

    /* The card's own registers. */
    u8 mix;       /* 2X0h */
    u8 irq_latch; /* 2XBh: which lines of the GF1 and of MIDI, and which channel, as their numbers
                   */
    u8 midi_latch;
    u8 dma_latch;
    bool latch_open;     /* 2XBh may be written: 2X0h has been, just before */
    u8 register_control; /* 2XFh */
    u8 adlib_index;      /* 2X8h */
    u8 adlib_flags;      /* of the timers, 40h and 20h */
    u8 adlib_mask;       /* the same bits */
    struct gus_timer timer[2];

    /* The GF1's, besides voices. */
    u8 page;          /* 3X2h: the voice whose registers are seen */
    u8 select;        /* 3X3h */
    u16 data;         /* written to 3X4h, 3X5h */
    u8 reset;         /* 4Ch */
    u8 timer_control; /* 45h */
    u8 status;        /* 2X6h: timers and DMA; the voices' bits are the GF1's */
    u8 irq_voice;     /* 8Fh: the voice that was told last */
    u32 address;      /* 43h, 44h: of 3X7h */
    u8 sampling;      /* 49h, */
    u8 sampling_rate; /* 48h */

    u8 dma_control;     /* 41h */
    u16 dma_start;      /* 42h */
    u32 dma_at;         /* the next byte */
    bool dma_finishing; /* terminal count has come, and the last bytes are on their way */
    struct timer dma_timer;

    bool record_done;          /* 49h bit 6: terminal count */
    bool record_finishing;     /* it has come, and the last samples are being taken */
    u64 record_from, recorded; /* frames since that instant */
    struct timer record_timer;
    struct line_input input;
    struct gus_midi midi;

    /* Frame k is made at origin + (k + 1) periods; a period lasts voices / GF1_CLOCK seconds. */
    u64 origin, made;
    struct timer event; /* the next thing that happens by itself */

    struct sound_source sound; /* "gus" */
    struct sound_frame recent[GUS_RECENT];
};

extern const struct device_class gus_class;

/* ---- between the files ---- */

/* Everything has come to this instant: before anything is read or written. */
void gus_catch_up(struct gus *g);
/* After anything was written: the line and the next event follow. */
void gus_update(struct gus *g);
void gus_reset_gf1(struct gus *g);
/* Another number of voices is another rate: the frames begin anew. */
void gus_set_voices(struct gus *g, u8 voices);

u8 gus_register_in(struct gus *g, bool high); /* 3X4h, 3X5h */
void gus_register_write(struct gus *g);       /* what is in `data` */

void gus_dma_start(struct gus *g);
void gus_dma_ready(void *dev);
void gus_dma_step(void *dev);

bool gus_records(const void *card);
void gus_record_start(struct gus *g); /* after 48h, 49h or a reset */
void gus_record_step(void *dev);
void gus_record_ready(struct gus *g);  /* the channel may answer now */
void gus_record_forget(struct gus *g); /* a snapshot that knows nothing of it */
void gus_record_state(struct gus *g, struct state *s);

void gus_midi_init(struct gus *g);
void gus_midi_reset(struct gus *g);
u8 gus_midi_in(struct gus *g, bool data);
void gus_midi_out(struct gus *g, bool data, u8 v);
u8 gus_midi_status(const struct gus *g); /* its bits of 2X6h */
u64 gus_midi_next(const struct gus *g);  /* when it interrupts by itself, or CLOCK_NEVER */
void gus_midi_catch_up(struct gus *g);
void gus_midi_state(struct gus *g, struct state *s);

#endif
