/*
 * keys.h - keys of a terminal: from the bytes that it sends to characters and names.
 */
#ifndef FERRITE_DEBUGGER_KEYS_H
#define FERRITE_DEBUGGER_KEYS_H

#include "hw/base/types.h"

#include <stddef.h>

/* Below these: a character, Ctrl ones among them. */
enum {
    TERM_UP = 0x200000,
    TERM_DOWN,
    TERM_RIGHT,
    TERM_LEFT,
    TERM_HOME,
    TERM_END,
    TERM_INSERT,
    TERM_DELETE,
    TERM_PAGE_UP,
    TERM_PAGE_DOWN,
    TERM_F1,
    TERM_F12 = TERM_F1 + 11,
    TERM_UNKNOWN,
    TERM_SHIFT = 0x400000, /* added: Shift or Alt was down */
};

/*
 * One key from n bytes. Returns how many it is made of; 0: the rest of it is to come. `over`: there
 * is none, so that Esc is Esc. ECMA-48 sequences as xterm, Linux and screen send them; UTF-8.
 */
size_t term_key(const u8 *in, size_t n, bool over, u32 *key);

#endif
