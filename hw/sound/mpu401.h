/*
 * mpu401.h - Roland's MPU-401: a MIDI interface with a sequencer of its own. Part of a Sound
 * Blaster 16 or a card by itself.
 */
#ifndef FERRITE_MPU401_H
#define FERRITE_MPU401_H

#include "hw/base/midi.h"
#include "hw/bus/device.h"
#include "hw/sound/midi_in.h"

enum { MPU_TRACKS = 8, MPU_CONDUCTOR = MPU_TRACKS, MPU_QUEUE = 32, MPU_EVENT = 4 };
/* What MIDI IN has brought, on its way to the host: each entry a length and so many bytes. */
enum { MPU_HEARD = 1024, MPU_PIECE = 8 };

/* A track, or the conductor: the event that is to come. */
struct mpu_track {
    bool loaded; /* an event is here, or */
    bool wanted; /* the host is to be asked for one */
    u8 kind;     /* enum in mpu_play.c */
    u8 status;   /* running status */
    u8 timing;   /* ticks after the last event */
    u8 length, have;
    u8 event[MPU_EVENT];
    u32 elapsed; /* ticks since the last event */
};

struct mpu401 {
    struct device *dev; /* the card it is part of */
    struct midi_out *out;
    /* The interrupt's level; `smart`: from the sequencer, else of the UART mode. */
    void (*line)(void *card, bool smart, bool level);

    bool uart;
    u8 queue[MPU_QUEUE]; /* to the host */
    u8 queue_at, queued;
    bool message; /* what is in the queue is a message: it interrupts */
    u8 command;   /* whose data byte comes next, 0: none */
    u8 send;      /* D0h-D7h, DFh: a MIDI message comes, 0: none */
    u8 send_status, send_length, send_have;
    u8 serving;       /* whose event the host is about to write, 1 + number; 0: nobody's */
    bool timing_next; /* its first byte */

    /* The sequencer. */
    u8 timebase;        /* ticks a quarter, in units of 24: 2 to 8 */
    u8 tempo, relative; /* quarters a minute, 64 = as it is */
    u8 host_rate;       /* quarter ticks between two clocks to the host */
    u8 active;          /* tracks that play, from EC; */
    bool playing, conductor, clock_to_host, send_clocks, ended;
    u32 host_quarters; /* of ticks since the last clock to the host */
    u32 midi_ticks;
    bool clock_due; /* FDh waits for the queue */
    struct mpu_track track[MPU_TRACKS + 1];
    struct timer tick;
    u64 tick_at, tick_rest; /* the next one; rest in 1/rate of a nanosecond */

    /* MIDI IN, mpu_record.c. */
    bool heard_message;                /* what interrupts is a piece of what was heard */
    bool recording, to_host;           /* 2xh; 8Bh: also while it does not record */
    bool thru, controllers, exclusive; /* 89h, 87h, 37h */
    u8 in_status, in_have, in_length;  /* the message that is coming; length 0: none */
    u8 in_event[MPU_EVENT];
    bool in_exclusive;
    u32 in_ticks; /* since the last piece with a time */
    u8 heard[MPU_HEARD];
    u16 heard_at, heard_bytes;
};

struct mpu_card {
    struct device dev;
    u16 base;
    u8 irq_number;
    struct irq irq;
    struct midi_out out;
    struct midi_socket in;
    struct mpu401 mpu;
};

extern const struct device_class mpu401_class;

/* dev->board is known. */
void mpu_init(struct mpu401 *m, struct device *dev, struct midi_out *out,
              void (*line)(void *card, bool smart, bool level));
void mpu_reset(struct mpu401 *m); /* the RESET line */
void mpu_claim(struct mpu401 *m, u16 base);
void mpu_destroy(struct mpu401 *m);
/* `input`: with MIDI IN, which older snapshots do not have. */
void mpu_state(struct mpu401 *m, struct state *s, bool input);
void mpu_midi_in(struct mpu401 *m, u8 v); /* a byte has arrived */

/* ---- between mpu401.c, mpu_play.c and mpu_record.c ---- */

/* How many bytes a MIDI message of this status has, itself included. */
unsigned midi_length(u8 status);
void mpu_say(struct mpu401 *m, u8 v);             /* an answer for the host */
void mpu_send(struct mpu401 *m, u8 v);            /* a byte to MIDI OUT */
void mpu_set(struct mpu401 *m, u8 command, u8 v); /* commands E0h to EFh */
void mpu_play_init(struct mpu401 *m);
void mpu_play_reset(struct mpu401 *m);
void mpu_play_command(struct mpu401 *m, u8 command); /* 01h to 2Fh */
void mpu_play_event_byte(struct mpu401 *m, u8 v);    /* from the host, for `serving` */
void mpu_play_clear(struct mpu401 *m);               /* B8h: play counters */
void mpu_play_clock(struct mpu401 *m); /* what makes ticks run, or how fast, has changed */
void mpu_play_ask(struct mpu401 *m);   /* the queue may have room for a message */
void mpu_play_state(struct mpu401 *m, struct state *s);
void mpu_record_reset(struct mpu401 *m); /* before the sequencer's */
void mpu_record_state(struct mpu401 *m, struct state *s);
void mpu_record_start(struct mpu401 *m);
void mpu_record_stop(struct mpu401 *m);
void mpu_record_tick(struct mpu401 *m);
/* The queue is empty: the next piece of what was heard into it. false: there is none. */
bool mpu_record_give(struct mpu401 *m);

#endif
