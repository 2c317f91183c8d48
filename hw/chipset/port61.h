/*
 * port61.h - system control port B: speaker gate, timer 2, refresh toggle, NMI sources.
 */
#ifndef FERRITE_PORT61_H
#define FERRITE_PORT61_H

#include "hw/bus/device.h"

struct port61 {
    struct device dev;
    u8 control;                         /* bits 0-3 as written */
    struct irq gate2;                   /* gate of timer counter 2 */
    struct irq speaker;                 /* speaker data enable */
    bool (*timer2_out)(void *opaque);   /* OUT of timer counter 2 */
    u64 (*timer2_steady)(void *opaque); /* until when it stays */
    void *timer2;
};

extern const struct device_class port61_class;

/* Does the speaker follow the timer (bits 0 and 1)? */
bool port61_speaker_on(const struct port61 *p);

#endif
