/*
 * text_keys.h - from what a terminal sends to keys of a PC keyboard.
 */
#ifndef FERRITE_TEXT_KEYS_H
#define FERRITE_TEXT_KEYS_H

#include "hw/base/types.h"

#include <stddef.h>

/* A key with what is held meanwhile; key 0: nothing that a PC keyboard has. */
struct text_key {
    int key;
    bool shift, ctrl, alt;
};

/*
 * The first key of `len` bytes (1 at least); returns how many it took. A lone ESC at the end is the
 * key Esc: a terminal sends its sequences in one piece.
 */
size_t text_key_take(const u8 *p, size_t len, struct text_key *k);

#endif
