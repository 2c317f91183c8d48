/*
 * debugports.h - ports that exist for testing: POST codes and the power-off string; the exit port
 * and the debug console, which a machine may have elsewhere or more than once.
 */
#ifndef FERRITE_DEBUGPORTS_H
#define FERRITE_DEBUGPORTS_H

#include "hw/base/stream.h"
#include "hw/bus/device.h"

struct debugports {
    struct device dev;
    u16 post_port;        /* property: one more port for POST codes; 0 = only 80h */
    struct irq power_off; /* pulsed by "Shutdown" written to 8900h */
    u8 post;              /* last POST code */
    u8 shutdown_match;    /* letters of "Shutdown" seen at 8900h */
};

/* A value written here ends the run. */
struct debug_exit {
    struct device dev;
    u16 iobase, iosize; /* properties */
};

/* Bytes written here go to the host; reading tells a program that somebody takes them. */
struct debugcon {
    struct device dev;
    u16 iobase; /* properties */
    u8 readback;
    const char *chardev;
    struct stream console;
};

extern const struct device_class debugports_class, debug_exit_class, debugcon_class;

#endif
