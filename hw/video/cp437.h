/*
 * cp437.h - code page 437, the character set of the PC's ROM fonts, and Unicode.
 */
#ifndef FERRITE_CP437_H
#define FERRITE_CP437_H

#include "hw/base/types.h"

/* The Unicode character that looks like this glyph (0 and FFh are blanks: U+0020, U+00A0). */
u32 cp437_to_unicode(u8 code);
/* Back: the code page's byte, or -1 when the character is not in it. */
int cp437_from_unicode(u32 c);
/* Write c as UTF-8 (1 to 4 bytes); returns the length. */
unsigned utf8_put(char *out, u32 c);

#endif
