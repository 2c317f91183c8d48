/*
 * keymap.h - names of the keys of the keyboard, as a person writes them.
 */
#ifndef FERRITE_KEYMAP_H
#define FERRITE_KEYMAP_H

#include "hw/base/types.h"

/* The key of a name ("f1", "esc", "del", "a", "enter"), any case, or of a number ("0x1e"); 0 =
 * none. */
int keymap_name(const char *name, size_t len);

/* The key of a code of set 1, 80h more behind an E0h; 0 = none. */
int keymap_number(s64 code);

/* A key's name. */
const char *keymap_word(int key);

enum { KEYMAP_CHORD = 8 };

/*
 * "ctrl-alt-del" to the keys in order. Returns their number, or 0 with the unknown part in *bad
 * (a pointer into text, length *bad_len).
 */
unsigned keymap_chord(const char *text, int keys[KEYMAP_CHORD], const char **bad, size_t *bad_len);

#endif
