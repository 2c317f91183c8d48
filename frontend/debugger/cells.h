/*
 * cells.h - a terminal's picture as cells, and the bytes (ECMA-48, UTF-8) that turn what a terminal
 * shows into it: only what has changed.
 */
#ifndef FERRITE_DEBUGGER_CELLS_H
#define FERRITE_DEBUGGER_CELLS_H

#include "hw/base/types.h"

#include <stddef.h>

enum { CELLS_WIDE = 320, CELLS_HIGH = 120 };

/* How a cell looks; BOLD and so on may be added up. */
enum { CELL_PLAIN = 0, CELL_BOLD = 1, CELL_REVERSE = 2, CELL_MARK = 4, CELL_DIM = 8 };

struct cells {
    unsigned width, height;
    unsigned cursor_x, cursor_y;
    struct cell {
        u32 code;
        u8 look;
    } cell[CELLS_WIDE * CELLS_HIGH];
};

/* Empty, of this size, as far as there is room. */
void cells_clear(struct cells *c, unsigned width, unsigned height);
/*
 * A text of UTF-8 from there on, cut at `room` columns and at the edge; control characters and what
 * is no UTF-8 become U+FFFD. Returns the column behind it.
 */
unsigned cells_put(struct cells *c, unsigned x, unsigned y, unsigned room, unsigned look,
                   const char *text);
unsigned cells_printf(struct cells *c, unsigned x, unsigned y, unsigned room, unsigned look,
                      const char *fmt, ...) PRINTF_LIKE(6, 7);
/* This look for all cells of a line from x on. */
void cells_look(struct cells *c, unsigned x, unsigned y, unsigned room, unsigned look);
/*
 * What a terminal has to be sent that shows `before` (NULL: nothing, or nobody knows what). free()
 * it; NULL: out of memory.
 */
char *cells_update(const struct cells *c, const struct cells *before, size_t *len);
/* The lines as text without blanks at their ends, for tests. free() it. */
char *cells_text(const struct cells *c);

#endif
