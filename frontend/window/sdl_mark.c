/*
 * sdl_mark.c - a part of the guest's text screen, marked with the mouse as in a terminal, goes onto
 * the clipboard. See window.h.
 *
 * A drag with the host key held marks, and so does the next drag after `window clipboard select`.
 * While the button is down the picture stands still, and its text is that of the moment when it was
 * pressed: what is marked is what is copied. With Shift it is a rectangle.
 */
#include "frontend/window/window.h"

#include "frontend/control/selection.h"

#include <stdlib.h>
#include <string.h>

/* ---- the machine's thread ---- */

void window_publish_cells(struct window *w)
{
    struct screen_cells *cells = malloc(sizeof(*cells));
    bool text = cells && vm_screen_cells(w->m->vm, cells) && cells->columns && cells->rows;
    if (!text) {
        free(cells);
        cells = NULL;
        window_say(w, "the guest shows a picture: there is no text to copy");
    }
    w->sdl.LockMutex(w->lock);
    free(w->cells);
    w->cells = cells;
    w->cells_new = true;
    w->sdl.UnlockMutex(w->lock);
    window_poke(w);
}

/* ---- the window's thread ---- */

static struct selection selected(const struct mark *m)
{
    const struct screen_cells *c = m->cells;
    return (struct selection){
        .from_column = m->from_x * c->columns >> 16,
        .from_row = m->from_y * c->rows >> 16,
        .to_column = m->to_x * c->columns >> 16,
        .to_row = m->to_y * c->rows >> 16,
        .block = m->block,
    };
}

/* All as it was; the picture comes anew. */
static void forget(struct window *w)
{
    free(w->mark.cells);
    w->mark = (struct mark){.on = false};
    w->shown_all = true;
}

static void copy(struct window *w)
{
    const struct selection s = selected(&w->mark);
    char *text = selection_text(&s, w->mark.cells);
    unsigned lines = 1;
    for (const char *p = text; p && *p; p++)
        lines += *p == '\n';
    if (!text)
        window_say(w, "out of memory");
    else if (!text[strspn(text, "\n")])
        window_show(w, "nothing is written there");
    else if (w->sdl.SetClipboardText(text) != 0)
        window_say(w, "the clipboard does not take the text: %s", w->sdl.GetError());
    else if (lines == 1)
        window_show(w, "the text is on the clipboard");
    else
        window_say(w, "%u lines are on the clipboard", lines);
    free(text);
}

void mark_arm(struct window *w)
{
    forget(w);
    window_capture(w, false);
    w->mark.armed = true;
    w->sdl.ShowCursor(SDL_ENABLE);
    window_show(w, "Drag over the text to copy it, with Shift a block; Esc leaves it");
}

bool mark_wanted(const struct window *w)
{
    return w->mark.on || w->mark.armed || w->host_held;
}

void mark_begin(struct window *w)
{
    forget(w);
    w->host_used = true;
    w->mark.on = true;
    w->mark.from_x = w->mark.to_x = w->at_x;
    w->mark.from_y = w->mark.to_y = w->at_y;
    window_ask_cells(w);
}

bool mark_move(struct window *w)
{
    struct mark *m = &w->mark;
    if (!m->on || m->ended)
        return false;
    m->to_x = w->at_x;
    m->to_y = w->at_y;
    m->block = (w->sdl.GetModState() & KMOD_SHIFT) != 0;
    m->moved |= m->to_x != m->from_x || m->to_y != m->from_y;
    return true;
}

void mark_end(struct window *w)
{
    struct mark *m = &w->mark;
    m->ended = true;
    if (!m->moved) /* a click */
        forget(w);
    else if (m->cells) {
        copy(w);
        forget(w);
    }
}

bool mark_cancel(struct window *w)
{
    bool was = w->mark.on || w->mark.armed;
    if (was)
        forget(w);
    return was;
}

void mark_take_cells(struct window *w)
{
    struct mark *m = &w->mark;
    w->sdl.LockMutex(w->lock);
    bool come = w->cells_new;
    struct screen_cells *cells = w->cells;
    w->cells = NULL;
    w->cells_new = false;
    w->sdl.UnlockMutex(w->lock);
    if (!come)
        return;
    if (!m->on || !cells) {
        free(cells);
        mark_cancel(w);
        return;
    }
    free(m->cells);
    m->cells = cells;
    if (m->ended)
        mark_end(w);
}

void mark_invert(const struct window *w, struct picture *p)
{
    const struct mark *m = &w->mark;
    const struct screen_cells *c = m->cells;
    if (!m->on || !m->moved || !c)
        return;
    const struct selection s = selected(m);
    for (unsigned y = 0; y < p->height; y++) {
        u32 *line = p->pixels + (size_t)y * p->width;
        for (unsigned x = 0; x < p->width; x++) {
            if (selection_has(&s, x * c->columns / p->width, y * c->rows / p->height))
                line[x] ^= 0xffffff;
        }
    }
}

void mark_free(struct window *w)
{
    free(w->mark.cells);
    free(w->cells);
    w->mark.cells = w->cells = NULL;
}
