/*
 * busmouse.h - the Logitech bus mouse, the example of hw/README.md: an optional device.
 */
#ifndef FERRITE_EXAMPLE_BUSMOUSE_H
#define FERRITE_EXAMPLE_BUSMOUSE_H

#include "hw/bus/device.h"

struct busmouse {
    struct device dev;
    u8 irq_number; /* property: the card's jumper, 3 to 5 */
    struct irq irq;

    struct timer tick; /* 60 times a second: the interrupt line is a wave of 30 Hz */
    bool wave;
    u8 signature, control;
    s32 count[2]; /* right and down since they were last held */
    u8 held[2];   /* what the guest reads, nibble by nibble */
    u8 buttons;   /* 1 left, 2 right, 4 middle */
};

extern const struct device_class busmouse_class;

/* The hand moves it so far right and down, with these buttons pressed. */
void busmouse_move(struct busmouse *m, int right, int down, u8 buttons);

#endif
