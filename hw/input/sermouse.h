/*
 * sermouse.h - a serial mouse with three buttons, as Logitech built it for Microsoft's protocol.
 */
#ifndef FERRITE_SERMOUSE_H
#define FERRITE_SERMOUSE_H

#include "hw/bus/device.h"
#include "hw/serial/uart16550.h"

enum { SERMOUSE_PACKET = 4 };

struct sermouse {
    struct device dev;
    u32 port_number;        /* property: of the serial port it is plugged into */
    struct uart16550 *port; /* found by realize, or set before it */
    struct irq dtr, rts;    /* its ends of the port's lines, which it lives on */
    bool dtr_on, rts_on;
    bool awake; /* has said who it is */
    u8 send[SERMOUSE_PACKET], send_at, send_count;
    s32 dx, dy;        /* not yet reported; dx right, dy down */
    u8 buttons;        /* bit 0 left, 1 right, 2 middle */
    u8 reported;       /* buttons in the last packet */
    struct timer byte; /* the one on the wire is complete; before that: waking up */
};

extern const struct device_class sermouse_class;

void sermouse_move(struct sermouse *m, int dx, int dy, u8 buttons);
/* Has the last change of the buttons been reported (or is nobody listening)? */
bool sermouse_ready(const struct sermouse *m);

#endif
