/*
 * i8259.h - the pair of 8259A interrupt controllers as one device, with the PIIX3's ELCR.
 */
#ifndef FERRITE_I8259_H
#define FERRITE_I8259_H

#include "hw/bus/device.h"

struct i8259_chip {
    u8 irr, isr, imr;
    u8 pins;       /* levels on IR0..IR7 */
    u8 edge_done;  /* edge-triggered inputs whose present high level has been acknowledged */
    u8 elcr;       /* level-triggered inputs */
    u8 elcr_valid; /* bits of the ELCR that can be set */
    u8 icw1, icw2, icw3, icw4;
    u8 init_step; /* the ICW that is expected next (2..4), 0 = operating */
    u8 lowest;    /* IR with the lowest priority */
    bool read_isr, poll, special_mask, rotate_on_aeoi;
    bool is_master;
    bool output; /* INT pin */
};

struct i8259 {
    struct device dev;
    struct i8259_chip chip[2]; /* master, slave */
    struct irq intr;           /* to the processor's INTR */
};

extern const struct device_class i8259_class;

/* The input side: n is the IRQ number 0..15 (2 is the cascade and ignored). */
void i8259_input(void *pic, int n, int level);
/* The interrupt-acknowledge cycle: returns the vector, the spurious one when nothing is pending. */
u8 i8259_acknowledge(struct i8259 *pic);

#endif
