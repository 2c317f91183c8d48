/*
 * menu_draw.h - the menu and the status line as pictures, and what is where on them.
 *
 * Light on dark with a contrast of at least 7 to 1; nothing is said by colour alone: the cursor is
 * also a mark, a row that cannot be used has a dash and says "not now", and nothing blinks.
 */
#ifndef FERRITE_MENU_DRAW_H
#define FERRITE_MENU_DRAW_H

#include "frontend/view/canvas.h"
#include "frontend/view/menu.h"

enum { VIEW_PAPER = 0x101c3c, VIEW_INK = 0xffffff, VIEW_DIM = 0xb8bcc8, VIEW_MARK = 0xffe060 };

struct menu_view {
    struct canvas canvas;
    unsigned columns, lines, foot; /* of text, rows of the menu, lines below them */
    char *thumb_path;
    struct picture thumb;
};

/* Draw into view->canvas, as large as the menu needs in a room of w x h dots. */
bool menu_draw(struct menu_view *view, struct menu *m, int w, int h);
void menu_view_free(struct menu_view *view);

enum menu_spot { SPOT_NOTHING, SPOT_ROW, SPOT_LESS, SPOT_BACK, SPOT_CLOSE, SPOT_ABOVE, SPOT_BELOW };

/* What is at a dot of the canvas; *row among the rows shown. */
enum menu_spot menu_spot(const struct menu_view *view, const struct menu *m, int x, int y,
                         size_t *row);

/* ---- the status line ---- */

struct status {
    u64 read[FACTS_DRIVES], written[FACTS_DRIVES], sent, received;
    /* Shown as active until then. */
    double reading[FACTS_DRIVES], writing[FACTS_DRIVES], sending, receiving;
    char text[200]; /* what it says */
    char key[40];   /* at its right end */
};

/* Look at the facts at host time `now` (seconds). true: it says something else than before. */
bool status_update(struct status *s, const struct facts *f, const struct settings *settings,
                   double now);
/* Is there something that a person would want to know, although nothing was asked? */
bool status_urgent(const struct facts *f);
bool status_draw(const struct status *s, struct canvas *c, int w);

/* A message: in as many lines as it needs. */
int message_height(int lines); /* dots */
bool message_draw(struct canvas *c, const char *text, int w);

#endif
