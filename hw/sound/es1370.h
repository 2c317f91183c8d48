/*
 * es1370.h - the Ensoniq ES1370 (AudioPCI): a bus master with two DACs and an ADC.
 */
#ifndef FERRITE_ES1370_H
#define FERRITE_ES1370_H

#include "hw/base/midi.h"
#include "hw/chipset/pci.h"
#include "hw/sound/ak4531.h"
#include "hw/sound/line_in.h"
#include "hw/sound/midi_in.h"
#include "hw/sound/mixer.h"

enum { ES1370_PORTS = 64, ES1370_PAGES = 16 };
enum { ES_DAC1, ES_DAC2, ES_ADC, ES_CHANNELS };

enum { /* registers; from FRAME on those of the memory page */
       ES_CONTROL = 0x00,
       ES_STATUS = 0x04,
       ES_UART = 0x08,
       ES_PAGE = 0x0c,
       ES_CODEC = 0x10,
       ES_SERIAL = 0x20,
       ES_COUNT = 0x24,
       ES_FRAME = 0x30
};
enum { ES_PAGE_DAC = 0x0c, ES_PAGE_ADC = 0x0d };

#define CTRL_ADC_STOP 0x80000000u
#define CTRL_CDC_EN 0x00000002u
#define CTRL_UART_EN 0x00000008u
#define CTRL_ADC_EN 0x00000010u
#define CTRL_DAC2_EN 0x00000020u
#define CTRL_DAC1_EN 0x00000040u
#define STAT_ADC 0x00000001u
#define STAT_DAC2 0x00000002u
#define STAT_DAC1 0x00000004u
#define STAT_UART 0x00000008u
#define STAT_INTR 0x80000000u

/* Frames that a DAC has played and the mixer has not asked for yet. */
enum { ES_WAITING = 1024 };

struct es1370;

struct es1370_channel {
    struct es1370 *chip;
    u8 index;
    bool running; /* its clock ticks: enabled, neither paused nor stopped */
    bool stopped; /* in stop mode, past the last sample */
    u16 samples;  /* SAMP_CT */
    u16 left;     /* CURR_SAMP_CT */
    u8 used;      /* bytes of the double word in hand */
    u32 word;     /* it */
    u64 anchor;   /* the tick of number 0 */
    u32 tick;     /* the next one */
    u32 divider;  /* of the base clock, while it runs */

    struct sound_source sound; /* DACs only, and the rest too */
    struct sound_frame level, held;
    struct sound_frame waiting[ES_WAITING];
    u16 first_waiting, waiting_count;
};

struct es1370 {
    struct device dev;
    const char *addr; /* property: its slot */
    struct pci_function pci;
    u32 control, serial;
    u8 page;
    u8 pending;     /* STAT_ADC, STAT_DAC2, STAT_DAC1 */
    u8 uart;        /* its control */
    u8 received;    /* by it, the newest byte, */
    bool receives;  /* which has not been read */
    u64 codec_done; /* until then the codec takes a word */
    u32 memory[ES1370_PAGES][4];
    struct ak4531 codec;
    struct midi_out midi;
    struct midi_socket midi_in;
    struct line_input input;
    struct timer tick, uart_ready;
    bool busy; /* samples are being moved */
    struct es1370_channel channel[ES_CHANNELS];
};

extern const struct device_class es1370_class;

/* es1370_channel.c */
void es1370_channels_init(struct es1370 *e);
void es1370_channels_reset(struct es1370 *e);
void es1370_channels_free(struct es1370 *e);
/* All ticks before this instant are done. */
void es1370_sync(struct es1370 *e);
/* Registers have changed (after a sync): who runs now, and when is something due? */
void es1370_settle(struct es1370 *e);
bool es1370_records(const void *card);
bool es1370_settled(const struct es1370 *e); /* nobody is to begin or to end */
/* The sample counter begins anew. */
void es1370_reload(struct es1370_channel *c);
void es1370_gains(struct es1370 *e);
void es1370_channels_state(struct es1370 *e, struct state *s);
void es1370_voices_state(struct es1370 *e, struct state *s);

/* es1370.c: an interrupt has come or gone. */
void es1370_drive_line(struct es1370 *e);
/* "Serial interface control": this channel's bits. */
bool es1370_interrupts(const struct es1370 *e, unsigned channel);
bool es1370_stop_mode(const struct es1370 *e, unsigned channel);
unsigned es1370_format(const struct es1370 *e, unsigned channel); /* 1: stereo, 2: 16 bits */
u32 es1370_enable_bit(unsigned channel);
u8 es1370_status_bit(unsigned channel);

#endif
