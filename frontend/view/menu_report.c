/*
 * menu_report.c - what the menu shows, as named values: for a person who cannot see the window, for
 * a program that speaks it aloud, and for tests that go through every row. See menu.h.
 */
#include "frontend/view/menu.h"

static const char *kind_name(const struct menu_row *r)
{
    static const char *const names[] = {
        [ROW_COMMAND] = "command", [ROW_PAGE] = "page",  [ROW_CHOICE] = "choice",
        [ROW_FOLDER] = "folder",   [ROW_CATCH] = "page", [ROW_NOTE] = "note"};
    return r->question ? "question" : names[r->kind];
}

static void put_row(struct reply *out, const struct menu_row *r)
{
    char script[SETTINGS_PATH + 40];
    static const char label[] = "Script: ";
    reply_map(out, NULL);
    reply_text(out, "label", r->label ? r->label : "");
    if (r->value && *r->value)
        reply_text(out, "value", r->value);
    reply_text(out, "kind", kind_name(r));
    if (r->why)
        reply_text(out, "not-now", r->why);
    else if (r->help && *r->help)
        reply_text(out, "help", r->help);
    menu_script(r, script, sizeof(script));
    if (*script && !r->why)
        reply_text(out, "script", script + sizeof(label) - 1);
    reply_end(out);
}

void menu_report(const struct menu *m, struct reply *out)
{
    enum { MOST = 1000 }; /* of a folder with more, those around the cursor */
    reply_bool(out, "open", m->open);
    if (!m->open || !m->depth)
        return;
    const struct menu_level *l = &m->level[m->depth - 1];
    const struct menu_row *at = menu_at(m);
    size_t first = l->cursor < MOST / 2 ? 0 : l->cursor - MOST / 2;
    if (m->shown_count < MOST)
        first = 0;
    reply_text(out, "page", menu_title(m));
    if ((l->page == PAGE_DRIVE || l->page == PAGE_FILES) && l->arg < m->facts->drives)
        reply_text(out, "drive", m->facts->drive[l->arg].label);
    reply_int(out, "depth", m->depth);
    if (m->filter[0])
        reply_text(out, "filter", m->filter);
    if (at) {
        reply_int(out, "cursor", (s64)l->cursor + 1);
        reply_text(out, "on", at->label ? at->label : "");
    }
    reply_int(out, "count", (s64)m->shown_count);
    reply_int(out, "top", (s64)l->top + 1); /* the first one that is on the screen */
    reply_list(out, "rows");
    for (size_t i = first; i < m->shown_count && i < first + MOST; i++)
        put_row(out, &m->rows.row[m->shown[i]]);
    reply_end(out);
}
