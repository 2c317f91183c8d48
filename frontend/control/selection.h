/*
 * selection.h - a part of a text screen, as a person marks it with the mouse.
 */
#ifndef FERRITE_SELECTION_H
#define FERRITE_SELECTION_H

#include "hw/base/screen.h"

/* From one cell to another, either of which may be the first; both belong to it. */
struct selection {
    unsigned from_column, from_row, to_column, to_row;
    bool block; /* the rectangle between them; else line after line, as reading goes */
};

bool selection_has(const struct selection *s, unsigned column, unsigned row);
/*
 * Its text as UTF-8: lines without trailing blanks, '\n' between them, none at the end. What is
 * beyond the screen does not count. To be freed; NULL: out of memory.
 */
char *selection_text(const struct selection *s, const struct screen_cells *cells);

#endif
