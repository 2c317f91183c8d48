/*
 * debugports.h - ports that exist for testing: POST codes, debug console, exit, power-off string.
 */
#ifndef FERRITE_DEBUGPORTS_H
#define FERRITE_DEBUGPORTS_H

#include "hw/base/stream.h"
#include "hw/bus/device.h"

struct debugports {
    struct device dev;
    u16 post_port;         /* one more port for POST codes; 0 = only 80h */
    struct stream console; /* bytes written to E9h and 402h */
    struct irq exit;       /* pulsed by a write to F4h; the value is exit_value */
    struct irq power_off;  /* pulsed by "Shutdown" written to 8900h */
    u32 exit_value;
    u8 post;           /* last POST code */
    u8 shutdown_match; /* letters of "Shutdown" seen at 8900h */
};

extern const struct device_class debugports_class;

#endif
