/*
 * i8254.h - the programmable interval timer: three counters at 1193182 Hz.
 */
#ifndef FERRITE_I8254_H
#define FERRITE_I8254_H

#include "hw/base/curve.h"
#include "hw/bus/device.h"

#define PIT_HZ 1193182u

struct i8254_counter {
    /* Programmed. */
    u8 mode;   /* 0..5 */
    u8 access; /* RW1-0 of the control word: 1 LSB, 2 MSB, 3 both */
    bool bcd;
    u16 cr;                     /* count register as written */
    u8 cr_low;                  /* first byte of a two-byte write */
    bool write_high, read_high; /* which byte is next when access is 3 */
    bool written;               /* CR holds a count since the control word */
    bool null_count;

    /* Latches. */
    u8 latched; /* 0 none, 1 LSB, 2 MSB, 3 both: bytes of `latch` still to be read */
    u16 latch;
    bool status_latched;
    u8 status;

    /* The counting element, exact at CLK pulse `tick`. */
    u64 tick;
    u32 ce;       /* 0..modulus */
    u32 reload;   /* count of the present period (modes 2, 3) */
    bool load;    /* the next CLK pulse loads CE */
    bool idle;    /* nothing loaded since the control word, or between two bytes in mode 0 */
    bool expired; /* modes 0, 1, 4, 5: terminal count was reached, no further change of OUT */
    bool gate, out;
};

struct i8254 {
    struct device dev;
    struct i8254_counter counter[3];
    struct irq out[3];           /* OUT pins; counter 0 is IRQ 0 */
    struct timer edge[3];        /* next change of OUT, armed only for pins that lead somewhere */
    struct curve latch_curve[3]; /* of counts that are latched; hz 0: not known. No state. */
    bool pin[3];                 /* level last given to out[] */
    /* Called before counter 2 changes, or its present state is looked at; may be NULL. */
    void (*before_counter2)(void *opaque);
    void *before_opaque;
};

extern const struct device_class i8254_class;

void i8254_set_gate(struct i8254 *pit, unsigned counter, bool level);
bool i8254_out(struct i8254 *pit, unsigned counter);
/*
 * Counter 0's interrupt was acknowledged: when OUT falls does not matter now, only that it has
 * before it rises again. True when an event for the fall had been to come, which ends no slice now.
 */
bool i8254_taken(struct i8254 *pit);
u64 i8254_out_steady(const struct i8254 *pit, unsigned counter); /* until when (bus_steady_fn) */
/* Frequency of a square wave or pulse train on OUT, 0 when there is none. */
double i8254_frequency(const struct i8254 *pit, unsigned counter);

/*
 * For who follows a counter on a copy of it: CLK pulses happen at these times (guest ns, the first
 * that belongs to the pulse), `n` of them pass, and OUT may change after so many (0: never, unless
 * something is programmed).
 */
u64 i8254_tick_at(u64 ns);
u64 i8254_tick_time(u64 tick);
void i8254_count_on(struct i8254_counter *c, u64 n);
u64 i8254_next_change(const struct i8254_counter *c);

#endif
