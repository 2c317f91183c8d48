/*
 * sb.h - the Sound Blaster family: what its cards consist of. One struct serves all of them; a card
 * is what its row of sb_card says.
 *
 *   sb.c        the cards: jumpers, lines, reset, state
 *   sb_ports.c  the sixteen ports; interrupts
 *   sb_dsp.c    the DSP as programs see it: reset, commands, answers
 *   sb_exec.c   what each command does
 *   sb_dma.c    samples to and from memory at their instants
 *   sb_input.c  what is recorded; bytes from MIDI IN
 *   sb_adpcm.c  the DSP's compressed formats
 *   sb_mixer.c  the mixer chips
 *   sb_voice.c  the converter's output on its way to the machine's mixer
 *   sb_pnp.c    a card that the system may move
 */
#ifndef FERRITE_SB_H
#define FERRITE_SB_H

#include "hw/bus/device.h"
#include "hw/bus/isapnp.h"
#include "hw/sound/line_in.h"
#include "hw/sound/midi_in.h"
#include "hw/sound/mixer.h"
#include "hw/sound/mpu401.h"
#include "hw/sound/opl_card.h"
#include "hw/sound/sb_adpcm.h"

/* In the order in which they came. */
enum sb_model { SB_1, SB_2, SB_PRO, SB_PRO2, SB_16 };

enum sb_chip { SB_NO_MIXER, SB_CT1335, SB_CT1345, SB_CT1745 };

struct sb_card {
    enum sb_model model;
    u8 major, minor; /* of the DSP's firmware */
    enum sb_chip mixer;
    enum opl_kind fm;
    u16 irqs; /* that can be chosen, a bit each; 2 stands for the AT's 9 */
    u8 dmas;
};

/* Reasons for an interrupt; as mixer register 82h shows them. */
enum { SB_IRQ_8BIT = 1, SB_IRQ_16BIT = 2, SB_IRQ_MPU = 4 };

/* ---- a transfer ---- */

/* Of two that can run at once: the 8-bit and the 16-bit one. */
enum { SB_8BIT, SB_16BIT, SB_TRANSFERS };

enum sb_format { SB_PCM, SB_ADPCM2, SB_ADPCM26, SB_ADPCM4, SB_SILENCE, SB_FORMATS };

/* Of the byte of packed samples in hand, or else of the next: it is the first one after a command
 * without a reference; or of a block that goes on from another one. */
enum sb_first { SB_LATER, SB_FIRST_BYTE, SB_NEXT_BLOCK };

/*
 * A unit is what the DSP counts: a byte, or a word of 16-bit samples. Tick j (1, 2, ..) happens at
 * `anchor` + j * `period_ns` / `per_period`, rounded down.
 */
struct sb_transfer {
    bool running, paused;
    bool stalled; /* DREQ is up and the channel does not answer */
    bool record, auto_init, is_signed, stereo;
    bool reference;   /* ADPCM: the next byte is the reference */
    bool single_next; /* after this block one of `single_units`, then no more */
    u8 format;        /* enum sb_format */
    u8 done;          /* units of the present tick that have been moved */
    u8 first;         /* ADPCM: enum sb_first */
    u8 sub;           /* ADPCM: ticks left of `packed` */
    u8 packed;
    bool half_there; /* a word whose first byte came through an 8-bit channel */
    u8 half;
    u32 left;  /* units until the block ends */
    u32 block; /* units of the next blocks; */
    u32 single_units;
    u64 anchor;
    u32 tick; /* the next one */
    u32 period_ns, per_period;
    u64 wait; /* paused: from then to the tick */
};

/* ---- the DSP ---- */

enum { SB_PARAMS = 4, SB_ANSWER = 64, SB_RAM = 256 };
enum { SB_WAITING = 1024 };
enum { SB_PORTS = 16, SB_SOCKET_PORTS = 4, SB_MPU_PORTS = 2 };
/* Of AdLib's ports. */
static inline unsigned sb_fm_ports(enum opl_kind kind)
{
    return kind == OPL3 ? 4 : 2;
}

struct sb_dsp {
    u8 command;
    u8 param[SB_PARAMS];
    u8 have, want; /* parameters; want 0: a command is expected */
    u8 last_command, this_command;
    u8 answer[SB_ANSWER];
    u8 answer_at, answers;
    u8 latch; /* what reads when there is no answer */
    u64 busy_until, answer_when;

    bool reset_high;   /* 226h bit 0 */
    struct timer boot; /* from the end of RESET to AAh */
    bool speaker, high_speed;
    u8 midi;          /* 0: not in a MIDI mode, else the command that began it */
    u64 midi_since;   /* when that was: its time stamps count from then */
    bool stereo_in;   /* A8h: a Pro records left and right in turn; */
    bool right_in;    /* the next byte is the right one */
    u8 time_constant; /* 40h; */
    u16 rate;         /* 41h, 42h; 0: the time constant counts */
    u16 block;        /* 48h: length less one */
    u8 test;          /* E4h, E8h */
    u8 id_sum, id_key;
    u32 upload; /* bytes of a program for the signal processor that is not there */
    u8 locks;   /* 06h, 07h */
    u8 ram[SB_RAM];
};

struct sb {
    struct device dev;
    const struct sb_card *card;

    u16 base; /* properties: jumpers */
    u8 irq_number, dma_number, hdma_number;
    u16 mpu_base; /* 0: none */
    u8 mpu_irq;   /* of its intelligent mode */
    u16 fm_base;  /* AdLib's ports; 0: FM is at the card's own only */
    const char *fm_log;
    bool pnp; /* the above is what it begins with */
    struct isapnp_card isapnp;

    struct irq line[16]; /* those of card->irqs */
    struct dma_line dma[8];
    u8 pending; /* SB_IRQ_* */
    struct sb_dsp dsp;
    struct sb_transfer transfer[SB_TRANSFERS];
    struct sb_adpcm adpcm;
    struct timer tick; /* the next end of a block, or when it is time to catch up */

    u8 mixer_index;
    u8 mixer[256];
    struct opl_card fm;

    struct midi_out midi; /* the DSP's and the MPU-401's */
    struct midi_socket midi_in;
    struct line_input input;
    struct mpu401 mpu;

    /* sb_voice.c: what goes to the converter; nothing of it can be seen by a program */
    bool right_next;          /* SB Pro: bytes go right, left, right ..; since 0Eh was written */
    struct sound_frame level; /* the newest */
    struct sound_frame held;  /* that has been heard */
    struct sound_frame waiting[SB_WAITING];
    u16 first_waiting, waiting_count;
    bool busy; /* within sb_dma.c: what is heard must not ask for more. No state. */
    struct sound_source sound;
};

extern const struct device_class sb1_class, sb2_class, sbpro_class, sbpro2_class, sb16_class;

/* ---- sb.c ---- */
void sb_midi_byte(struct sb *sb, u8 v);

void sb_claim(struct sb *sb); /* the ports where base, fm_base and mpu_base say */

/* ---- sb_pnp.c ---- */
/* From now on a system may move it. */
bool sb_pnp_join(struct sb *sb, struct isapnp *p, struct err *e);

/* ---- sb_ports.c ---- */
extern const struct port_ops sb_port_ops, sb_fm_port_ops;
bus_steady_fn sb_steady, sb_fm_steady;
void sb_raise(struct sb *sb, u8 reason);
void sb_acknowledge(struct sb *sb, u8 reason);
void sb_drive_lines(struct sb *sb); /* after a change of reasons or of the chosen line */

/* ---- sb_dsp.c ---- */
void sb_dsp_init(struct sb *sb);
void sb_dsp_power(struct sb *sb); /* the RESET line */
void sb_dsp_reset_port(struct sb *sb, u8 v);
void sb_dsp_write(struct sb *sb, u8 v);
u8 sb_dsp_read(struct sb *sb);
u8 sb_dsp_write_status(const struct sb *sb);
/* Until when the two stay as they are (bus_steady_fn). */
u64 sb_dsp_read_steady(const struct sb *sb), sb_dsp_write_steady(const struct sb *sb);
u8 sb_dsp_read_status(const struct sb *sb);
void sb_dsp_answer(struct sb *sb, u8 v);
void sb_dsp_state(struct sb *sb, struct state *s);

/* ---- sb_exec.c ---- */
/* How many parameters this card's DSP takes after a command. */
unsigned sb_params(const struct sb *sb, u8 command);
void sb_execute(struct sb *sb);
void sb_upload(struct sb *sb, u8 v); /* a byte for the signal processor */
bool sb_upload_possible(const struct sb *sb);

/* ---- sb_dma.c ---- */
void sb_dma_init(struct sb *sb);
/* Begin what `t` says, at the DSP's rate; `when` a transfer of that kind runs, instead of it. */
void sb_transfer_start(struct sb *sb, unsigned which, const struct sb_transfer *t);
void sb_transfer_pause(struct sb *sb, unsigned which, bool pause);
void sb_new_rate(struct sb *sb); /* for what runs */
void sb_transfers_stop(struct sb *sb);
bool sb_transfers_go_on(const struct sb *sb);
void sb_transfers_sync(struct sb *sb); /* all ticks before this instant */
void sb_dma_ready(void *sb);           /* a channel may answer now */
bool sb_dma_byte(struct sb *sb, u8 v); /* one byte to memory, now */
void sb_dma_state(struct sb *sb, struct state *s, bool with_first);

/* ---- sb_input.c ---- */
void sb_input_init(struct sb *sb);
void sb_input_detach(struct sb *sb);
/* What the converter makes of the instant `when`, the right side if there are two. */
s16 sb_input_at(const struct sb *sb, u64 when, u32 rate, bool right);
u8 sb_input_now(struct sb *sb);                /* command 20h */
void sb_midi_begin(struct sb *sb, u8 command); /* a MIDI mode */
void sb_input_state(struct sb *sb, struct state *s);

/* ---- sb_mixer.c ---- */
void sb_mixer_power(struct sb *sb);
void sb_mixer_lines(struct sb *sb); /* those that irq_number and the like say */
u8 sb_mixer_read(const struct sb *sb);
void sb_mixer_write(struct sb *sb, u8 v);
/* What of the line input a side of the converter gets: its inputs, 1 left, 2 right; and 6 dB each.
 */
u8 sb_mixer_inputs(const struct sb *sb, bool right, unsigned *louder);
bool sb_mixer_stereo(const struct sb *sb); /* SB Pro: bytes are left and right in turn */
void sb_mixer_volumes(struct sb *sb);      /* as the registers are */
/* Lines and channels that are in use; a bit each. */
u16 sb_irq_chosen(const struct sb *sb);
u8 sb_dma_chosen(const struct sb *sb);

/* ---- sb_voice.c ---- */
void sb_voice_init(struct sb *sb);
/* num/den ticks a second begin now; the first one is sb_voice_tick()'s first, or one later. */
void sb_voice_begin(struct sb *sb, u32 num, u32 den, bool later);
/* The frame from a tick on. */
void sb_voice_tick(struct sb *sb, struct sound_frame f);
/* Before many ticks: what has waited for long is heard. */
void sb_voice_make_room(struct sb *sb);
/* From now on, outside all ticks. */
void sb_voice_level(struct sb *sb, struct sound_frame f);
void sb_voice_silence(struct sb *sb); /* RESET */
void sb_voice_state(struct sb *sb, struct state *s);

#endif
