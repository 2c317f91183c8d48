/*
 * latin1.h - the letters and signs of Latin-1 that code page 437, and so the font of the VGA BIOS,
 * does not have.
 */
#ifndef FERRITE_LATIN1_H
#define FERRITE_LATIN1_H

#include "frontend/view/canvas.h"

/*
 * The glyph of a character between U+00A0 and U+00FF, made of the font's glyphs (`font`, by code
 * page 437) and drawn pieces. false: the font has it, or it is none of these.
 */
bool latin1_glyph(u32 c, const u8 font[256][GLYPH_H], u8 out[GLYPH_H]);

#endif
