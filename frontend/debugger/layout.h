/* layout.h - which part of a terminal shows what, for every size from 40 x 12 on. */
#ifndef FERRITE_DEBUGGER_LAYOUT_H
#define FERRITE_DEBUGGER_LAYOUT_H

#include "hw/base/types.h"

enum { LAYOUT_LEAST_WIDTH = 40, LAYOUT_LEAST_HEIGHT = 12, REGISTERS_WIDTH = 33 };

struct pane {
    unsigned x, y, width, height; /* height 0: there is no room for it */
};

struct pane_layout {
    bool fits;
    struct pane title; /* one line: where, which mode, when */
    struct pane code, notes, registers;
    struct pane view;   /* what F6 chooses */
    struct pane output; /* answers */
    struct pane line;   /* the command line */
    struct pane keys;   /* the last line */
};

/* `whole`: the view has all of the upper part (the guest's screen). */
void pane_layout(struct pane_layout *l, unsigned width, unsigned height, bool whole);

#endif
