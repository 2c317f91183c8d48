/*
 * vm_input.h - keys and mouse movements on their way from the host into the machine.
 *
 * They enter between slices, wait here as long as the keyboard has no room (or the mouse has a
 * click still to report), and are part of the machine's state, so that a saved machine goes on
 * typing where it was.
 */
#ifndef FERRITE_VM_INPUT_H
#define FERRITE_VM_INPUT_H

#include "hw/base/clock.h"
#include "hw/input/ps2kbd.h"
#include "hw/input/ps2mouse.h"
#include "hw/input/sermouse.h"
#include "hw/input/usb_hid.h"
#include "hw/input/vmmouse.h"

enum { INPUT_KEYS = 1024, INPUT_MOVES = 256 };

struct input_move {
    s32 dx, dy, dz; /* `place`: dx and dy are a place on the screen, for vmmouse_point() */
    u8 buttons;
    bool place;
};

struct vm_input {
    struct ps2kbd *keyboard;
    struct ps2mouse *mouse;
    struct sermouse *sermouse; /* NULL: none; when it is there, the other one stands still */
    struct vmmouse *vmmouse;   /* gets all while the guest wants positions; NULL: there is none */
    /* NULL: there is none. While a driver has configured them, keys and positions go there. */
    struct usb_kbd *usb_kbd;
    struct usb_tablet *usb_tablet;
    struct log *log;
    u16 key[INPUT_KEYS]; /* enum key, bit 15 = down */
    u16 key_head, key_count;
    struct input_move move[INPUT_MOVES];
    u16 move_head, move_count;
    struct timer deliver;
};

void input_init(struct vm_input *in, struct clock *clock, struct ps2kbd *keyboard,
                struct ps2mouse *mouse, struct sermouse *sermouse, struct log *log);
void input_free(struct vm_input *in);
void input_key(struct vm_input *in, int key, bool down);
void input_mouse(struct vm_input *in, int dx, int dy, int dz, unsigned buttons);
/* Does the guest want positions? */
bool input_pointing(const struct vm_input *in);
/* As vm_pointer(). It waits in the same queue. */
bool input_pointer(struct vm_input *in, u16 x, u16 y, int dz, unsigned buttons);
void input_state(struct vm_input *in, struct state *s);

#endif
