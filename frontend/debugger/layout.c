/* layout.c - see layout.h. */
#include "frontend/debugger/layout.h"

enum { CODE_LEAST = 3, REGISTERS_HEIGHT = 11, VIEW_MOST = 12 };

static struct pane pane(unsigned x, unsigned y, unsigned width, unsigned height)
{
    return (struct pane){x, y, width, height};
}

void pane_layout(struct pane_layout *l, unsigned width, unsigned height, bool whole)
{
    *l = (struct pane_layout){.fits = width >= LAYOUT_LEAST_WIDTH && height >= LAYOUT_LEAST_HEIGHT};
    if (!l->fits)
        return;
    l->title = pane(0, 0, width, 1);
    l->line = pane(0, height - 2, width, 1);
    l->keys = pane(0, height - 1, width, 1);
    unsigned rest = height - 3, at = 1;
    if (whole) {
        l->view = pane(0, 1, width, rest);
        return;
    }
    /* Answers get a third, the view a quarter; the code what is left. */
    unsigned output = rest / 4, view = rest / 4;
    view = view > VIEW_MOST ? VIEW_MOST : view;
    unsigned code = rest - output - view - 1;
    bool wide = width >= REGISTERS_WIDTH + 40;
    if (code < CODE_LEAST || (!wide && code < 2 * CODE_LEAST)) { /* what matters most stays */
        code += view;
        view = 0;
    }
    unsigned registers = wide ? code : code / 2;
    registers = registers > REGISTERS_HEIGHT ? REGISTERS_HEIGHT : registers;
    if (wide) {
        l->code = pane(0, at, width - REGISTERS_WIDTH - 1, code);
        l->registers = pane(width - REGISTERS_WIDTH, at, REGISTERS_WIDTH, registers);
        at += code;
    } else {
        l->code = pane(0, at, width, code - registers);
        at += code - registers;
        l->registers = pane(0, at, width, registers);
        at += registers;
    }
    l->notes = pane(0, at++, width, 1);
    l->view = pane(0, at, width, view);
    at += view;
    l->output = pane(0, at, width, height - 2 - at);
}
