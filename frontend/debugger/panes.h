/* panes.h - what the parts of the debugger's screen show. */
#ifndef FERRITE_DEBUGGER_PANES_H
#define FERRITE_DEBUGGER_PANES_H

#include "frontend/debugger/cells.h"
#include "frontend/debugger/layout.h"
#include "frontend/debugger/session.h"

enum view {
    VIEW_STACK,
    VIEW_MEMORY,
    VIEW_BRANCHES,
    VIEW_POINTS,
    VIEW_SCREEN,
    VIEWS,
    VIEW_HELP = VIEWS
};

struct panes {
    u32 top;     /* linear address of the first line of code */
    bool code32; /* for which it is */
    enum view view;
    const char *help; /* VIEW_HELP */
    u32 memory;       /* linear address that VIEW_MEMORY begins with */
    char *branches;   /* as text, at `branches_at`; NULL: not known */
    u64 branches_at;
};

void panes_free(struct panes *p);
void pane_title(struct cells *c, const struct pane *at, struct session *s);
void pane_code(struct cells *c, const struct pane *at, struct session *s, struct panes *p);
void pane_notes(struct cells *c, const struct pane *at, struct session *s);
void pane_registers(struct cells *c, const struct pane *at, const struct session *s);
void pane_view(struct cells *c, const struct pane *at, struct session *s, struct panes *p);

#endif
