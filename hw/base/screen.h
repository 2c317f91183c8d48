/*
 * screen.h - a picture, as a display adapter hands it out.
 */
#ifndef FERRITE_SCREEN_H
#define FERRITE_SCREEN_H

#include "hw/base/types.h"

/* The picture. Pixels are 0x00RRGGBB, row by row, owned by the machine until the next call. */
struct screen {
    const u32 *pixels;
    unsigned width, height;  /* of the picture; 0 x 0 while the display is off */
    double aspect;           /* width:height that a monitor shows, usually 4/3 */
    bool text;               /* a text mode is shown */
    u64 version;             /* changes whenever the picture does */
    const u64 *line_version; /* the version that changed each line last; NULL: not known */
};

/* The same of a text mode, as characters. */
struct screen_cells {
    unsigned columns, rows;             /* 0 while no text is shown */
    unsigned cursor_column, cursor_row; /* beyond the screen when it is off */
    struct screen_cell {
        u16 code;      /* Unicode */
        u8 attribute;  /* bits 3-0 foreground, 6-4 background, 7 blink */
    } cell[256 * 128]; /* row by row, `columns` apart */
};

#endif
