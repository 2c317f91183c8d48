/*
 * ps2kbd.h - a 104-key PS/2 keyboard with scan-code sets 1, 2 and 3.
 */
#ifndef FERRITE_PS2KBD_H
#define FERRITE_PS2KBD_H

#include "hw/base/command_log.h"
#include "hw/bus/device.h"
#include "hw/input/keys.h"
#include "hw/input/ps2.h"

struct ps2kbd {
    struct device dev;
    struct ps2_link link;
    u8 set;       /* scan-code set 1..3 */
    u8 leds;      /* bit 0 scroll, 1 num, 2 caps */
    u8 typematic; /* byte of F3h: delay and rate */
    bool scanning;
    u8 command;       /* that waits for its parameter, 0 = none */
    u8 key_type[256]; /* set 3: what a key with this code sends */
    bool down[KEY_COUNT];
    u8 repeating; /* enum key, KEY_NONE = none */
    bool overrun; /* the overrun code stands at the end of the queue */
    struct timer repeat;
    struct timer bat;         /* end of the self-test */
    struct command_log codes; /* what keys have sent: the bytes, then PS2KBD_* and the set << 4 */
};

enum { PS2KBD_DOWN = 1, PS2KBD_AGAIN = 2 };

extern const struct device_class ps2kbd_class;

/* A key went down or up. A key that is already so is ignored (the keyboard repeats by itself). */
void ps2kbd_key(struct ps2kbd *k, enum key key, bool down);
/* Would the next key's codes surely fit? (Hosts that type fast wait for it.) */
bool ps2kbd_ready(const struct ps2kbd *k);

#endif
