/*
 * vnc_keys.h - what VNC clients call keys (RFC 6143, 7.5.4: keysyms of the X Window System; QEMU's
 * extension: scan codes of set 1) as keys of a PC keyboard.
 */
#ifndef FERRITE_VNC_KEYS_H
#define FERRITE_VNC_KEYS_H

#include "frontend/control/control.h"

/* The key of a keysym that is a place on the keyboard and no character; 0: it is none. */
int vnc_key_named(u32 keysym);
/* The character (Unicode) of a keysym; 0: it has none. */
u32 vnc_key_character(u32 keysym);
/* The key of a scan code of set 1, bit 7 for a prefix E0h; 0: there is none. */
int vnc_key_code(u32 code);

/* The hands of one client: which of its keys are down, and as what they went to the guest. */
enum { VNC_HELD = 24 };
struct vnc_hands {
    struct {
        u32 name; /* keysym, or VNC_CODE + scan code; 0: free */
        u8 key;
    } held[VNC_HELD];
};

#define VNC_CODE 0x80000000u

/*
 * A key of the client goes down or up. `code`: its scan code, 0: not told. Without one, the key is
 * the one that types the keysym on the guest's layout; where Shift or AltGr are not as it wants
 * them (the client has another layout) they are pressed or let go for the moment of the key. Keys
 * that the layout does not have are left out.
 */
void vnc_hands_key(struct vnc_hands *h, struct control *c, u32 keysym, u32 code, bool down);
/* The client is gone. */
void vnc_hands_off(struct vnc_hands *h, struct control *c);

#endif
