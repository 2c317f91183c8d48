/*
 * menu_draw.c - the menu as a picture, and what is where on it. See menu_draw.h.
 *
 * From above: the machine and its speed; where we are, with Back and Close to click on; a line; the
 * rows; a line; help, and the row's command as a script has it.
 */
#include "frontend/view/menu_draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EDGE = 4, /* dots around */
    MOST_COLUMNS = 76,
    FEWEST_COLUMNS = 20,
    MOST_LINES = 20,
    ABOVE = 3, /* lines of text above the rows, and below */
    BELOW = 4,
    TIGHT = 3,    /* the same in a small window */
    BACK_AT = 23, /* columns from the right end */
    CLOSE_AT = 10,
    THUMB_COLUMNS = 21,
    LABEL = 24
};

static void text_at(struct menu_view *v, int column, int line, u32 ink, int columns,
                    const char *text)
{
    if (columns > 0)
        canvas_text(&v->canvas, EDGE + column * GLYPH_W, EDGE + line * GLYPH_H, ink, columns, text);
}

static void rule(struct menu_view *v, int line, const char *text)
{
    int y = EDGE + line * GLYPH_H + GLYPH_H / 2;
    canvas_fill(&v->canvas, EDGE, y, (int)v->columns * GLYPH_W, 1, VIEW_DIM);
    if (*text) {
        int n = canvas_columns(text);
        canvas_fill(&v->canvas, EDGE + 2 * GLYPH_W, EDGE + line * GLYPH_H, n * GLYPH_W, GLYPH_H,
                    VIEW_PAPER);
        text_at(v, 2, line, VIEW_INK, n, text);
    }
}

/* Where we are; of a folder, its end says more. */
static void draw_title(struct menu_view *v, const struct menu *m, int room)
{
    const struct menu_level *l = &m->level[m->depth - 1];
    char before[40] = "", after[MENU_FILTER + 4] = "";
    if ((l->page == PAGE_DRIVE || l->page == PAGE_FILES) && l->arg < m->facts->drives)
        snprintf(before, sizeof(before), "%s ", m->facts->drive[l->arg].label);
    if (m->filter[0])
        snprintf(after, sizeof(after), ": %s_", m->filter);
    int first = canvas_columns(before), last = canvas_columns(after);
    const char *title = menu_title(m);
    int have = canvas_columns(title), left = room - first - last;
    for (; l->page == PAGE_FILES && have > left && *title; have--) {
        for (title++; ((u8)*title & 0xc0) == 0x80; title++)
            ;
    }
    text_at(v, 1, 1, VIEW_INK, first, before);
    text_at(v, 1 + first, 1, VIEW_INK, left, title);
    have = have > left ? left : have;
    text_at(v, 1 + first + have, 1, VIEW_MARK, last, after);
}

static void draw_head(struct menu_view *v, const struct menu *m)
{
    char text[200];
    int columns = (int)v->columns;
    const struct facts *f = m->facts;
    snprintf(text, sizeof(text), "FERRITE  %s", f->machine);
    text_at(v, 1, 0, VIEW_MARK, columns - 2, text);
    if (f->stopped)
        snprintf(text, sizeof(text), "%s", f->on ? "paused" : "power off");
    else
        snprintf(text, sizeof(text), "%s  %u %%", f->speed, f->percent);
    int n = canvas_columns(text);
    if (n < columns - 12)
        text_at(v, columns - 1 - n, 0, VIEW_INK, n, text);
    draw_title(v, m, columns - BACK_AT - 2);
    text_at(v, columns - BACK_AT, 1, VIEW_INK, BACK_AT, "[\xe2\x97\x84 Back Esc]");
    text_at(v, columns - CLOSE_AT, 1, VIEW_INK, CLOSE_AT, "[x Close]");
}

static void draw_row(struct menu_view *v, const struct menu_row *r, int line, bool cursor,
                     int columns)
{
    u32 ink = r->why ? VIEW_DIM : VIEW_INK;
    char value[300];
    const char *shown = r->value ? r->value : "";
    if (cursor) {
        canvas_fill(&v->canvas, EDGE, EDGE + line * GLYPH_H, columns * GLYPH_W, GLYPH_H, VIEW_INK);
        ink = r->why ? 0x404040 : VIEW_PAPER;
    }
    text_at(v, 1, line, ink, 1, cursor ? "\xe2\x96\xba" : r->why ? "-" : "");
    if (r->kind == ROW_CHOICE)
        snprintf(value, sizeof(value), "\xe2\x97\x84 %s \xe2\x96\xba", shown);
    else if (r->why && !*shown)
        snprintf(value, sizeof(value), "not now");
    else
        snprintf(value, sizeof(value), "%s", shown);
    int label = canvas_columns(r->label ? r->label : ""), wide = canvas_columns(value);
    bool page = r->kind == ROW_PAGE || r->kind == ROW_FOLDER;
    int room = columns - 5 - 2 * page;
    /* Values stand below each other where labels are short; else at the right end. */
    int at = label <= LABEL && columns > 2 * LABEL ? 3 + LABEL + 1 : columns - 2 * page - 1 - wide;
    if (at < 5 + (label < room / 2 ? label : room / 2))
        at = 5 + (label < room / 2 ? label : room / 2);
    text_at(v, 3, line, ink, wide ? at - 4 : room, r->label ? r->label : "");
    text_at(v, at, line, ink, columns - 2 * page - at - 1, value);
    if (page)
        text_at(v, columns - 2, line, ink, 1, "\xe2\x96\xba");
}

static void draw_thumb(struct menu_view *v, const struct menu_row *r)
{
    if (!r || !r->picture)
        return;
    if (!v->thumb_path || strcmp(v->thumb_path, r->picture) != 0) {
        struct err ignored;
        free(v->thumb_path);
        picture_free(&v->thumb);
        v->thumb_path = menu_copy(r->picture);
        picture_load(&v->thumb, r->picture, &ignored);
    }
    int x = EDGE + ((int)v->columns - THUMB_COLUMNS + 1) * GLYPH_W, y = EDGE + ABOVE * GLYPH_H;
    int w = (THUMB_COLUMNS - 2) * GLYPH_W, h = w * 3 / 4;
    canvas_frame(&v->canvas, x - 1, y - 1, w + 2, h + 2, VIEW_DIM);
    canvas_picture(&v->canvas, x, y, w, h, &v->thumb);
}

/* Where a text that has no room in one line is broken: the last blank before. */
static size_t break_at(const char *text, int columns)
{
    size_t blank = 0;
    int n = 0;
    for (size_t i = 0; text[i] && n <= columns; i++) {
        if (text[i] == ' ')
            blank = i;
        n += ((u8)text[i] & 0xc0) != 0x80;
    }
    return blank;
}

/* What a row does, or why not, is worth more than how a script says it, which has what is left. */
static void draw_foot(struct menu_view *v, const struct menu *m)
{
    char help[SETTINGS_PATH], script[SETTINGS_PATH + 40], *rest = help;
    const struct menu_row *r = menu_at(m);
    int line = ABOVE + (int)v->lines + 1, end = ABOVE + (int)(v->lines + v->foot);
    int columns = (int)v->columns - 2;
    menu_help(m, help, sizeof(help));
    menu_script(r, script, sizeof(script));
    if (canvas_columns(help) > columns && help[0] == '/') { /* of a path, its end says more */
        rest = help + strlen(help) - (size_t)columns;
        while (((u8)*rest & 0xc0) == 0x80)
            rest++;
    }
    for (; *rest && line < end; line++) {
        size_t n = canvas_columns(rest) > columns && line + 1 < end ? break_at(rest, columns) : 0;
        if (n)
            rest[n] = 0;
        text_at(v, 1, line, VIEW_INK, columns, rest);
        rest += n ? n + 1 : strlen(rest);
    }
    if (line < end)
        text_at(v, 1, end - 1, VIEW_DIM, columns, script);
}

/* The rows on the screen: the cursor is among them. */
static void scroll(const struct menu_view *v, struct menu *m)
{
    struct menu_level *l = &m->level[m->depth - 1];
    if (l->cursor < l->top)
        l->top = l->cursor;
    if (l->cursor >= l->top + v->lines)
        l->top = l->cursor - v->lines + 1;
    if (l->top + v->lines > m->shown_count)
        l->top = m->shown_count > v->lines ? m->shown_count - v->lines : 0;
}

bool menu_draw(struct menu_view *v, struct menu *m, int w, int h)
{
    int columns = (w - 2 * EDGE) / GLYPH_W, lines = (h - 2 * EDGE) / GLYPH_H - ABOVE;
    int foot = lines < MOST_LINES ? TIGHT : BELOW;
    lines -= foot;
    columns = columns > MOST_COLUMNS     ? MOST_COLUMNS
              : columns < FEWEST_COLUMNS ? FEWEST_COLUMNS
                                         : columns;
    lines = lines > MOST_LINES ? MOST_LINES : lines < 1 ? 1 : lines;
    v->columns = (unsigned)columns;
    v->lines = m->height = (unsigned)lines;
    v->foot = (unsigned)foot;
    if (!m->depth || !canvas_resize(&v->canvas, columns * GLYPH_W + 2 * EDGE,
                                    (lines + ABOVE + foot) * GLYPH_H + 2 * EDGE))
        return false;
    scroll(v, m);
    const struct menu_level *l = &m->level[m->depth - 1];
    canvas_fill(&v->canvas, 0, 0, v->canvas.width, v->canvas.height, VIEW_PAPER);
    canvas_frame(&v->canvas, 0, 0, v->canvas.width, v->canvas.height, VIEW_INK);
    draw_head(v, m);
    char more[40] = "";
    if (l->top)
        snprintf(more, sizeof(more), " \xe2\x96\xb2 %zu more ", l->top);
    rule(v, 2, more);
    bool thumbs = (l->page == PAGE_SAVE || l->page == PAGE_LOAD) && columns > 2 * THUMB_COLUMNS;
    for (size_t i = l->top; i < m->shown_count && i < l->top + v->lines; i++)
        draw_row(v, &m->rows.row[m->shown[i]], ABOVE + (int)(i - l->top), i == l->cursor,
                 columns - thumbs * THUMB_COLUMNS);
    size_t below = m->shown_count > l->top + v->lines ? m->shown_count - l->top - v->lines : 0;
    *more = 0;
    if (below)
        snprintf(more, sizeof(more), " \xe2\x96\xbc %zu more ", below);
    rule(v, ABOVE + lines, more);
    if (thumbs)
        draw_thumb(v, menu_at(m));
    draw_foot(v, m);
    return true;
}

void menu_view_free(struct menu_view *v)
{
    canvas_free(&v->canvas);
    free(v->thumb_path);
    picture_free(&v->thumb);
    *v = (struct menu_view){0};
}

/* Was the click on the mark before the value? */
static bool on_less(const struct menu_view *v, const struct menu_row *r, int column)
{
    int label = canvas_columns(r->label ? r->label : "");
    int at = label <= LABEL && v->columns > 2 * LABEL ? 3 + LABEL + 1 : -1;
    if (at < 0) /* at the right end: see draw_row */
        at = (int)v->columns - 5 - canvas_columns(r->value ? r->value : "");
    return r->kind == ROW_CHOICE && column >= at && column < at + 2;
}

enum menu_spot menu_spot(const struct menu_view *v, const struct menu *m, int x, int y, size_t *row)
{
    if (!m->depth || x < EDGE || y < EDGE || x >= v->canvas.width - EDGE ||
        y >= v->canvas.height - EDGE)
        return SPOT_NOTHING;
    const struct menu_level *l = &m->level[m->depth - 1];
    int column = (x - EDGE) / GLYPH_W, line = (y - EDGE) / GLYPH_H, columns = (int)v->columns;
    if (line == 1 && column >= columns - CLOSE_AT)
        return SPOT_CLOSE;
    if (line == 1 && column >= columns - BACK_AT && column < columns - CLOSE_AT - 1)
        return SPOT_BACK;
    if (line == ABOVE - 1)
        return l->top ? SPOT_ABOVE : SPOT_NOTHING;
    if (line == ABOVE + (int)v->lines)
        return l->top + v->lines < m->shown_count ? SPOT_BELOW : SPOT_NOTHING;
    if (line < ABOVE || line > ABOVE + (int)v->lines)
        return SPOT_NOTHING;
    *row = l->top + (size_t)(line - ABOVE);
    if (*row >= m->shown_count)
        return SPOT_NOTHING;
    return on_less(v, &m->rows.row[m->shown[*row]], column) ? SPOT_LESS : SPOT_ROW;
}
