/*
 * gf1.h - the wavetable of the Gravis UltraSound's GF1: voices that walk through a memory, each
 * with a frequency, a loop, a volume that can be on its way, and a place between left and right
 * (UltraSound Software Development Kit 2.22, chapter 2; hardware manual of the GF1).
 *
 * No bus and no time: one frame is a step of all voices. Between two frames a guest may look at any
 * of it; gf1_skip() comes to the same without the sound, and gf1_next_event() says when voices ask
 * for an interrupt, so that nobody has to go through frames one by one.
 */
#ifndef FERRITE_GF1_H
#define FERRITE_GF1_H

#include "hw/base/state.h"
#include "hw/sound/sound.h"

enum { GF1_VOICES = 32, GF1_LEAST_VOICES = 14, GF1_RAM = 1 << 20 };

/* Frames in a second: this through the number of active voices; 44100 for 14 of them. */
enum { GF1_CLOCK = 617400 };

/* Addresses are 20.9 bits. */
enum { GF1_FRACTION = 9 };
#define GF1_ADDRESS_MASK 0x1fffffffu

/* Of both control registers, 00h and 0Dh: a voice's way through memory, and its volume's. */
enum {
    GF1_STOPPED = 0x01,
    GF1_STOP = 0x02,
    GF1_WIDE = 0x04,     /* 00h: samples of 16 bits */
    GF1_ROLLOVER = 0x04, /* 0Dh: the end asks for an interrupt, and nothing else happens there */
    GF1_LOOP = 0x08,
    GF1_BOTH_WAYS = 0x10,
    GF1_IRQ = 0x20,
    GF1_DOWN = 0x40,
    GF1_PENDING = 0x80
};

struct gf1_voice {
    u8 control, ramp_control; /* without GF1_PENDING */
    u16 frequency;            /* 01h: 6.9 bits and one that means nothing */
    u32 start, end, current;
    u8 ramp_rate, ramp_start, ramp_end;
    u8 pan;     /* 0 left to 15 right */
    u16 volume; /* 12 bits: exponent, mantissa */
};

struct gf1 {
    u8 *ram; /* GF1_RAM bytes; the owner's */
    struct gf1_voice voice[GF1_VOICES];
    u8 voices;              /* active: 14 to 32 */
    u32 frame;              /* counter: slow ramps move with some frames only */
    u32 wave_irq, ramp_irq; /* pending, a bit each */
};

/* All voices stopped, in the middle. The memory stays. */
void gf1_reset(struct gf1 *g);

/* What the voices are at, then their step. */
struct sound_frame gf1_run(struct gf1 *g);
/* The same, n times, without the sound. */
void gf1_skip(struct gf1 *g, u64 n);
/* How many frames until one of them makes something pending that is not; GF1_NEVER. */
#define GF1_NEVER UINT64_MAX
u64 gf1_next_event(const struct gf1 *g);
/* Does anything move? If not, each frame is the last one. */
bool gf1_moves(const struct gf1 *g);

/* Linear, 2^24 the loudest: 2^exponent * (1 + mantissa / 256). */
static inline u32 gf1_gain(unsigned volume)
{
    return (256u + (volume & 255)) << (volume >> 8 & 15);
}

void gf1_state(struct gf1 *g, struct state *s);

#endif
