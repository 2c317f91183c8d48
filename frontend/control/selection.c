/*
 * selection.c - see selection.h.
 */
#include "frontend/control/selection.h"

#include "hw/video/cp437.h"

#include <stdlib.h>
#include <string.h>

static void order(unsigned *a, unsigned *b)
{
    if (*a > *b) {
        unsigned t = *a;
        *a = *b;
        *b = t;
    }
}

bool selection_has(const struct selection *s, unsigned column, unsigned row)
{
    struct selection t = *s;
    if (t.block) {
        order(&t.from_column, &t.to_column);
        order(&t.from_row, &t.to_row);
        return column >= t.from_column && column <= t.to_column && row >= t.from_row &&
               row <= t.to_row;
    }
    if (t.from_row > t.to_row || (t.from_row == t.to_row && t.from_column > t.to_column)) {
        order(&t.from_row, &t.to_row);
        t.from_column = s->to_column;
        t.to_column = s->from_column;
    }
    return row >= t.from_row && row <= t.to_row && (row > t.from_row || column >= t.from_column) &&
           (row < t.to_row || column <= t.to_column);
}

static bool blank(u16 code)
{
    return code <= ' ' || code == 0xa0;
}

char *selection_text(const struct selection *s, const struct screen_cells *cells)
{
    size_t used = 0, end = 0; /* end: behind the last character that is no blank */
    char *text = malloc((size_t)cells->rows * (cells->columns * 3 + 1) + 1);
    bool any = false;
    if (!text)
        return NULL;
    for (unsigned y = 0; y < cells->rows; y++) {
        bool here = false;
        for (unsigned x = 0; x < cells->columns; x++) {
            u16 code = cells->cell[y * cells->columns + x].code;
            if (!selection_has(s, x, y))
                continue;
            if (!here && any)
                text[used++] = '\n';
            end = here ? end : used;
            here = any = true;
            used += utf8_put(text + used, blank(code) ? ' ' : code);
            end = blank(code) ? end : used;
        }
        used = here ? end : used;
    }
    text[used] = 0;
    return text;
}
