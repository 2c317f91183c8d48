/*
 * i8042.h - keyboard controller: ports 60h and 64h, two PS/2 connectors, A20 and the reset line.
 */
#ifndef FERRITE_I8042_H
#define FERRITE_I8042_H

#include "hw/bus/device.h"
#include "hw/input/ps2.h"

enum { I8042_QUEUE = 8 };

struct i8042 {
    struct device dev;
    struct irq irq_keyboard;  /* IRQ 1 */
    struct irq irq_mouse;     /* IRQ 12 */
    struct irq a20;           /* output port bit 1 */
    struct irq reset;         /* pulsed: output port bit 0 went low */
    struct ps2_link *port[2]; /* keyboard, mouse; borrowed */

    u8 ram[32]; /* ram[0] is the command byte */
    u8 output_port;
    u8 command;            /* of port 64h that waits for its data byte, 0 = none */
    bool last_was_command; /* status bit 3 */
    u8 out;                /* output buffer */
    bool full;             /* OBF */
    bool aux;              /* the output buffer's byte is from the mouse's connector */
    bool timeout;          /* status bit 6: the last byte sent was not answered */
    bool translate_break;  /* F0h was swallowed; the next code gets its break bit */
    u8 arriving;           /* connector whose byte is on the wire: 1, 2, or 0 */
    u8 queue[I8042_QUEUE]; /* the controller's own answers, until the buffer is empty */
    bool queue_aux[I8042_QUEUE];
    u8 queue_count;
    struct timer wire; /* a byte has arrived */
};

extern const struct device_class i8042_class;

/* Plug a device's cable in: port 0 keyboard, 1 mouse. */
void i8042_connect(struct i8042 *k, unsigned port, struct ps2_link *link);
/* Somebody else (port 92h) moved the shared A20 gate. */
void i8042_mirror_a20(struct i8042 *k, bool level);

#endif
