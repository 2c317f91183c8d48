/*
 * text_keys.h - from what a terminal sends to keys of a PC keyboard.
 */
#ifndef FERRITE_TEXT_KEYS_H
#define FERRITE_TEXT_KEYS_H

#include "frontend/control/keyboard.h"

#include <stddef.h>

/* A key with what is held meanwhile; key 0: nothing that a PC keyboard has. */
struct text_key {
    int key;
    bool shift, ctrl, alt, altgr;
    struct stroke before; /* a dead key that comes first; key 0: none */
};

/*
 * The first key of `len` bytes (1 at least), characters by the guest's layout; returns how many it
 * took. A lone ESC at the end is the key Esc: a terminal sends its sequences in one piece.
 */
size_t text_key_take(const u8 *p, size_t len, const struct keyboard *layout, struct text_key *k);

#endif
