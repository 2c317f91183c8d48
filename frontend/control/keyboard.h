/*
 * keyboard.h - what is printed on the guest's keys: from a character to the keys that type it
 * there.
 *
 * The guest's own driver gives keys their meaning (KEYB in DOS, the settings of Windows), so this
 * is what a person says of it. Dead keys are typed with the letter, or with a blank, behind them.
 */
#ifndef FERRITE_KEYBOARD_H
#define FERRITE_KEYBOARD_H

#include "hw/base/types.h"

#include <stddef.h>

struct keyboard;

enum { KEYBOARD_STROKES = 2 };

struct stroke {
    int key;
    bool shift, altgr;
};

/* "us", "de" and so on, NULL behind the last; the first one is what a keyboard is unless said. */
extern const char *const keyboard_names[];

/* NULL: there is none of that name. */
const struct keyboard *keyboard_find(const char *name);
const char *keyboard_name(const struct keyboard *l);

/* The keys for a character (Unicode), one after the other; 0: the layout does not have it. */
unsigned keyboard_strokes(const struct keyboard *l, u32 character,
                          struct stroke out[KEYBOARD_STROKES]);
/* Does any of the layouts have it? */
bool keyboard_any(u32 character);

/*
 * The character at the beginning of a text of `len` bytes (not 0), and how many of them it has.
 * What is no UTF-8 is one byte, and no character that a key gives (above 10FFFFh).
 */
size_t keyboard_utf8(const char *text, size_t len, u32 *character);

/*
 * What of a text (UTF-8) the layout can type, into `out` (as long as the text, and a zero); ends of
 * lines become "\n". Returns how many characters are left out.
 */
size_t keyboard_typed(const struct keyboard *l, const char *text, char *out);

#endif
