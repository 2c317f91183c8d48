/*
 * canvas.h - a picture in memory to draw on: areas, text in the font of the VGA BIOS, small
 * pictures. What the window shows over the guest's picture is made here, dot by dot, so that it
 * looks the same on every host and can be tested without a window.
 *
 * Text is UTF-8. There is a glyph for all of code page 437 and of Latin-1 (latin1.h), everything
 * else is a question mark.
 */
#ifndef FERRITE_CANVAS_H
#define FERRITE_CANVAS_H

#include "frontend/control/picture.h"

enum { GLYPH_W = 8, GLYPH_H = 16 };

struct canvas {
    int width, height;
    u32 *pixels;                  /* 0x00RRGGBB, row by row */
    int left, top, right, bottom; /* nothing is drawn outside of them */
};

/* Another size, all of it drawable; what was drawn is lost. false when out of memory. */
bool canvas_resize(struct canvas *c, int width, int height);
void canvas_free(struct canvas *c);

/* From now on nothing outside of this rectangle changes; canvas_clip_all() takes it back. */
void canvas_clip(struct canvas *c, int x, int y, int w, int h);
void canvas_clip_all(struct canvas *c);

void canvas_fill(struct canvas *c, int x, int y, int w, int h, u32 colour);
/* An outline of one dot. */
void canvas_frame(struct canvas *c, int x, int y, int w, int h, u32 colour);
/*
 * Text from (x, y), its upper left corner; paper is left as it is. At most `columns` glyphs: of a
 * longer text the end is replaced by dots. Returns the columns used.
 */
int canvas_text(struct canvas *c, int x, int y, u32 ink, int columns, const char *text);
/* Glyphs that a text has. */
int canvas_columns(const char *text);
/* The picture in a rectangle of that size. */
void canvas_picture(struct canvas *c, int x, int y, int w, int h, const struct picture *p);

#endif
