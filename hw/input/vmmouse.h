/*
 * vmmouse.h - VMware's pointer: a mouse that says where on the screen it is. Drivers for it come
 * with many guests (Linux, X), or can be had (Windows 3.x to XP, DOS).
 */
#ifndef FERRITE_VMMOUSE_H
#define FERRITE_VMMOUSE_H

#include "hw/bus/device.h"
#include "hw/input/ps2mouse.h"

enum { VMMOUSE_PORT = 0x5658, VMMOUSE_WORDS = 256, VMMOUSE_PACKET = 4 };

struct vmmouse {
    struct device dev;
    /* Set before realize. */
    bool enabled;           /* is it there? */
    struct ps2mouse *mouse; /* whose packets tell the driver that there is news; may be NULL */
    /* Set before the first access: the registers that the protocol lives in. */
    struct processor_line processor;

    bool on;       /* a driver has said hello */
    bool absolute; /* and wants positions */
    bool nudge;    /* the PS/2 mouse is to send a packet */
    u32 word[VMMOUSE_WORDS];
    u16 head, count;
    u16 x, y; /* where the pointer was last, 0 to 65535 */
    u8 buttons;
};

extern const struct device_class vmmouse_class;

/* Does the guest want positions? Then both of these go to it, else neither does anything. */
bool vmmouse_wanted(const struct vmmouse *m);
/*
 * The pointer is at x, y: 0 is the first, 65535 the last column or line of the picture. Wheel and
 * buttons as for ps2mouse_move().
 */
void vmmouse_point(struct vmmouse *m, u16 x, u16 y, int dz, u8 buttons);
/* It has moved, nobody says from where. */
void vmmouse_move(struct vmmouse *m, int dx, int dy, int dz, u8 buttons);

#endif
