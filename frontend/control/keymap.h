/*
 * keymap.h - from what a person writes to keys of the keyboard.
 */
#ifndef FERRITE_KEYMAP_H
#define FERRITE_KEYMAP_H

#include "hw/base/types.h"

/* The key that gives ASCII character c on a US keyboard, and whether Shift is held; 0 = none. */
int keymap_ascii(char c, bool *shift);

/*
 * What of a text (UTF-8) such a keyboard can type, into `out` (as long as the text, and a zero);
 * ends of lines become "\n". Returns how many characters are left out.
 */
size_t keymap_typed(const char *text, char *out);

/* The key of a name ("f1", "esc", "del", "a", "enter"), any case; 0 = none. */
int keymap_name(const char *name, size_t len);

/* A key's name. */
const char *keymap_word(int key);

enum { KEYMAP_CHORD = 8 };

/*
 * "ctrl-alt-del" to the keys in order. Returns their number, or 0 with the unknown part in *bad
 * (a pointer into text, length *bad_len).
 */
unsigned keymap_chord(const char *text, int keys[KEYMAP_CHORD], const char **bad, size_t *bad_len);

#endif
