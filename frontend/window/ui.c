/*
 * ui.c - what lies over the guest's picture: the menu, the status line, messages. See window.h.
 * What they look like is in frontend/view/; here they get their places and are kept up to date.
 */
#include "frontend/window/window.h"

#include "frontend/control/keyboard.h"
#include "hw/base/clean.h"

#include <stdarg.h>
#include <string.h>

enum { SECONDS = 5, MARGIN = 8, POINTER_BAND = 40 };

#define STATUS_SECONDS 3.0

/* ---- messages ---- */

void window_show(void *opaque, const char *text)
{
    struct window *w = opaque;
    w->sdl.LockMutex(w->lock);
    snprintf(w->message, sizeof(w->message), "%.*s", (int)strcspn(text, "\n"), text);
    w->message_end = host_seconds() + SECONDS;
    w->sdl.UnlockMutex(w->lock);
    window_poke(w);
}

void window_say(struct window *w, const char *fmt, ...)
{
    char text[MESSAGE];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    clean_printf(stderr, "ferrite: %s\n", text);
    window_show(w, text);
}

/* ---- the menu, coming and going ---- */

static void perform(void *opaque, const char *const *words)
{
    struct window *w = opaque;
    if (strncmp(words[0], "insert", 6) == 0 && words[1] && words[2])
        settings_used(&w->settings, words[2]);
    /* The row's next value goes by this one at once, however fast somebody presses; ui_apply() does
     * the rest when the command was done. */
    struct err ignored;
    const struct setting *which =
        strcmp(words[0], "window") == 0 && words[1] ? setting_find(words[1]) : NULL;
    if (which && !which->text && words[2])
        settings_set(&w->settings, words[1], words[2], &ignored);
    window_command(w, words);
}

static void hold(struct window *w)
{
    atomic_store(&w->holds, w->ui.menu.open && w->settings.menu_pause);
    atomic_store(&w->watched, w->ui.menu.open || w->ui.status_shown);
}

/* The menu was opened or closed, by whatever. */
static void follow_menu(struct window *w)
{
    struct ui *ui = &w->ui;
    if (ui->menu.open == ui->layer[LAYER_MENU].shown)
        return;
    ui->layer[LAYER_MENU].shown = ui->menu.open;
    if (ui->menu.open) {
        window_list_audio(w);
        window_release_keys(w);
        window_fast_end(w);
        w->host_held = false;
        ui->recapture = w->captured;
        w->sdl.ShowCursor(SDL_ENABLE);
        window_capture(w, false); /* whoever opens a menu wants to point at it */
        w->sdl.StartTextInput();
    } else {
        if (w->settings.typing != TYPING_HOST)
            w->sdl.StopTextInput();
        if (ui->recapture)
            window_capture(w, true);
        ui->recapture = false;
    }
    hold(w);
}

void ui_show_menu(struct window *w, enum menu_page page)
{
    menu_open(&w->ui.menu, page, 0);
    follow_menu(w);
}

void ui_hide_menu(struct window *w)
{
    menu_close(&w->ui.menu);
    follow_menu(w);
}

void window_close_asked(struct window *w)
{
    static const char *const words[] = {"quit", NULL};
    const struct menu *m = &w->ui.menu;
    bool asked = m->open && m->level[m->depth - 1].page == PAGE_ASK;
    if (asked || !w->ui.facts.on || w->ui.facts.clean) {
        atomic_store(&w->quit, 1); /* whoever asks twice means it */
        return;
    }
    menu_ask(&w->ui.menu, "The guest is not shut down. Switch it off now?", "Quit", words);
    follow_menu(w);
}

/* ---- settings ---- */

void ui_apply(struct window *w, const char *name, const char *value)
{
    struct err e;
    if (strcmp(name, "capture") == 0) {
        w->ui.recapture = false;
        window_capture(w, strcmp(value, "on") == 0);
        return;
    }
    if (strcmp(name, "clipboard") == 0) {
        window_clipboard(w, value);
        return;
    }
    if (!settings_set(&w->settings, name, value, &e)) {
        window_say(w, "%s", e.text);
        return;
    }
    if (strcmp(name, "fullscreen") == 0)
        window_fullscreen(w, w->settings.fullscreen);
    if (strcmp(name, "layout") == 0)
        window_tell_layout(w);
    if (strcmp(name, "typing") == 0) {
        window_release_keys(w);
        if (w->settings.typing == TYPING_HOST)
            w->sdl.StartTextInput();
        else if (!w->ui.menu.open)
            w->sdl.StopTextInput();
    }
    atomic_store(&w->loud, w->settings.mute ? 0 : w->settings.volume);
    window_stick_setting(w);
    window_change_audio(w);
    w->shown_all = true;
    w->ui.drawn_scale = 0; /* everything anew */
    hold(w);
    window_title(w);
    menu_refresh(&w->ui.menu);
}

static bool take_changes(struct window *w)
{
    struct setting_change change[CHANGES];
    w->sdl.LockMutex(w->lock);
    unsigned n = w->changes;
    memcpy(change, w->change, sizeof(change));
    w->changes = 0;
    w->sdl.UnlockMutex(w->lock);
    for (unsigned i = 0; i < n; i++)
        ui_apply(w, change[i].name, change[i].value);
    return n > 0;
}

void ui_tell_menu(struct window *w)
{
    struct ui *ui = &w->ui;
    struct reply now, before;
    if (ui->menu_told == ui->menu.version)
        return;
    ui->menu_told = ui->menu.version;
    reply_init(&now);
    menu_report(&ui->menu, &now);
    w->sdl.LockMutex(w->lock);
    before = w->menu_told;
    w->menu_told = now;
    w->sdl.UnlockMutex(w->lock);
    reply_free(&before);
}

void ui_open(struct window *w)
{
    menu_init(&w->ui.menu, &w->ui.facts, &w->settings, perform, w);
    w->ui.facts.on = true;
    if (w->settings.typing != TYPING_HOST)
        w->sdl.StopTextInput();
    w->m->control.layout =
        keyboard_find(keyboard_names[w->settings.layout]); /* it does not run yet */
    hold(w);
}

void ui_close(struct window *w)
{
    menu_free(&w->ui.menu);
    menu_view_free(&w->ui.view);
}

/* ---- up to date ---- */

/* What the window knows by itself. */
static void own_facts(struct window *w)
{
    struct facts *f = &w->ui.facts;
    const char *name;
    f->captured = w->captured || w->ui.recapture;
    memcpy(f->device, w->device, sizeof(f->device));
    f->devices = w->devices;
    f->sound = w->m->audible && (!w->audio_tried || w->audio);
    if (window_host_key(&w->settings, &name) != SDL_SCANCODE_UNKNOWN)
        snprintf(f->release, sizeof(f->release), "%s", name);
    else
        snprintf(f->release, sizeof(f->release), "Ctrl+Alt+G");
    window_fast_name(&w->settings, f->fast_key, sizeof(f->fast_key));
    window_menu_key(&w->settings, &name);
    snprintf(f->menu_key, sizeof(f->menu_key), "%s", name);
}

/* Is the line to be seen, when it comes and goes by itself? */
static bool status_wanted(struct window *w, double now)
{
    struct ui *ui = &w->ui;
    if (w->settings.status != STATUS_AUTO)
        return w->settings.status == STATUS_ON;
    int x, y, width, height;
    w->sdl.GetWindowSize(w->window, &width, &height);
    bool inside = w->sdl.GetMouseFocus() == w->window;
    if (inside && !w->captured) {
        w->sdl.GetMouseState(&x, &y);
        if (y >= height - POINTER_BAND)
            ui->status_until = now + 0.5;
    }
    return status_urgent(&ui->facts) || now < ui->status_until;
}

bool ui_update(struct window *w, double now)
{
    struct ui *ui = &w->ui;
    bool changed = take_changes(w), facts = false;
    w->sdl.LockMutex(w->lock);
    if (w->facts_new) {
        ui->facts = w->facts;
        w->facts_new = false;
        facts = true;
    }
    bool message = w->message_end > now;
    bool other = message && strcmp(ui->message, w->message) != 0;
    memcpy(ui->message, w->message, sizeof(ui->message));
    w->sdl.UnlockMutex(w->lock);
    bool captured = ui->facts.captured;
    own_facts(w);
    if (!captured && ui->facts.captured) /* how to leave is said when it matters */
        ui->status_until = now + STATUS_SECONDS;
    if (facts)
        menu_refresh(&ui->menu);
    follow_menu(w);
    changed |= ui->menu.version != ui->menu_drawn;
    if (message != ui->layer[LAYER_MESSAGE].shown || other) {
        ui->layer[LAYER_MESSAGE].shown = message;
        ui->drawn_scale = 0;
        changed = true;
    }
    if (status_update(&ui->status, &ui->facts, &w->settings, now) && ui->status_shown) {
        ui->drawn_scale = 0;
        changed = true;
    }
    bool wanted = status_wanted(w, now);
    if (wanted != ui->status_shown) {
        ui->status_shown = wanted;
        ui->drawn_scale = 0;
        changed = true;
        hold(w);
    }
    return changed;
}

double ui_patience(struct window *w, double now)
{
    double until = now + 60;
    w->sdl.LockMutex(w->lock);
    if (w->message_end > now)
        until = w->message_end;
    w->sdl.UnlockMutex(w->lock);
    if (w->ui.status_until > now && w->ui.status_until < until)
        until = w->ui.status_until;
    if (w->ui.status_shown && now + 0.2 < until)
        until = now + 0.2; /* marks of drives go out */
    return until - now;
}

/* ---- places ---- */

/*
 * Whole dots for one of the font's: by the screen's dots an inch, and not less than makes the menu
 * a good part of a large window; but its fewest columns must have room.
 */
static int ui_scale(struct window *w, int width, int height)
{
    float dpi = 0;
    int display = w->sdl.GetWindowDisplayIndex(w->window), ww, wh, scale = w->settings.ui_scale;
    w->sdl.GetWindowSize(w->window, &ww, &wh);
    if (scale == 0) {
        double dense = ww > 0 ? (double)width / ww : 1;
        if (w->sdl.GetDisplayDPI(display < 0 ? 0 : display, &dpi, NULL, NULL) != 0 || dpi < 60 ||
            dpi > 600)
            dpi = 96;
        if (dense > 1.4 && dpi < 120) /* the host speaks of its units, not of dots */
            dpi *= (float)dense;
        scale = (int)(dpi / 96 + 0.5);
        scale = scale > height / 480 ? scale : height / 480;
    }
    while (scale > 1 && (width / scale < 48 * GLYPH_W || height / scale < 14 * GLYPH_H))
        scale--;
    return scale < 1 ? 1 : scale;
}

int ui_reserved(const struct window *w)
{
    const struct layer *l = &w->ui.layer[LAYER_STATUS];
    return w->settings.status == STATUS_ON && l->shown ? l->canvas.height * l->scale : 0;
}

static void place(struct layer *l, int scale, int x, int y)
{
    l->scale = scale;
    l->x = x;
    l->y = y;
    l->changed = true;
}

/*
 * The menu's picture is the view's; the layer borrows it. It stands in the middle, and where it
 * would lie under a message or the status line, in what they leave.
 */
static void layout_menu(struct window *w, int width, int height, int scale)
{
    struct ui *ui = &w->ui;
    struct layer *l = &ui->layer[LAYER_MENU];
    l->shown = ui->menu.open && menu_draw(&ui->view, &ui->menu, width / scale, height / scale);
    ui->menu_drawn = ui->menu.version;
    /* Room for a short message is kept: a menu that moved when one comes would bring another row
     * under the pointer. */
    int line = ui->layer[LAYER_STATUS].shown ? ui->layer[LAYER_STATUS].canvas.height * scale : 0;
    int kept = line + MARGIN + message_height(1) * scale;
    kept = kept > ui->taken ? kept : ui->taken;
    if (l->shown && (height + ui->view.canvas.height * scale) / 2 > height - kept) {
        height -= kept;
        l->shown = menu_draw(&ui->view, &ui->menu, width / scale, height / scale);
    }
    if (!l->shown)
        return;
    canvas_resize(&l->canvas, ui->view.canvas.width, ui->view.canvas.height);
    memcpy(l->canvas.pixels, ui->view.canvas.pixels,
           (size_t)l->canvas.width * (size_t)l->canvas.height * sizeof(u32));
    place(l, scale, (width - l->canvas.width * scale) / 2, (height - l->canvas.height * scale) / 2);
}

void ui_layout(struct window *w, int width, int height)
{
    struct ui *ui = &w->ui;
    struct layer *status = &ui->layer[LAYER_STATUS], *message = &ui->layer[LAYER_MESSAGE];
    bool all = width != ui->drawn_w || height != ui->drawn_h || !ui->drawn_scale;
    int scale = all ? ui_scale(w, width, height) : ui->drawn_scale;
    if (!all) {
        if (ui->menu.version != ui->menu_drawn || ui->menu.open != ui->layer[LAYER_MENU].shown)
            layout_menu(w, width, height, scale);
        return;
    }
    status->shown =
        ui->status_shown && status_draw(&ui->status, &status->canvas, width / scale + 1);
    int bottom = height;
    if (status->shown) {
        bottom -= status->canvas.height * scale;
        place(status, scale, 0, bottom);
    }
    bool shown =
        message->shown && message_draw(&message->canvas, ui->message, (width - 2 * MARGIN) / scale);
    if (shown) {
        bottom -= MARGIN + message->canvas.height * scale;
        place(message, scale, MARGIN, bottom);
    } else {
        message->canvas.width = 0;
    }
    ui->taken = height - bottom;
    layout_menu(w, width, height, scale);
    ui->drawn_w = width;
    ui->drawn_h = height;
    ui->drawn_scale = scale;
}
