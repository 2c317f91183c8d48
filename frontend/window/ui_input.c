/*
 * ui_input.c - keys and the mouse, while the menu is open or over the status line. See window.h.
 */
#include "frontend/window/window.h"

#include "frontend/control/keymap.h"

#include <string.h>

/* ---- the pointer ---- */

void ui_dots(struct window *w, int *x, int *y)
{
    int ww, wh, pw, ph;
    w->sdl.GetWindowSize(w->window, &ww, &wh);
    present_size(&w->present, &pw, &ph);
    *x = ww > 0 ? (int)((s64)*x * pw / ww) : *x;
    *y = wh > 0 ? (int)((s64)*y * ph / wh) : *y;
}

static bool inside(const struct layer *l, int x, int y)
{
    return l->shown && x >= l->x && y >= l->y && x < l->x + l->canvas.width * l->scale &&
           y < l->y + l->canvas.height * l->scale;
}

static enum menu_spot spot_at(struct window *w, int x, int y, size_t *row)
{
    const struct layer *l = &w->ui.layer[LAYER_MENU];
    ui_dots(w, &x, &y);
    if (!inside(l, x, y))
        return SPOT_NOTHING;
    return menu_spot(&w->ui.view, &w->ui.menu, (x - l->x) / l->scale, (y - l->y) / l->scale, row);
}

static void click(struct window *w, const SDL_MouseButtonEvent *e)
{
    struct menu *m = &w->ui.menu;
    size_t row = 0;
    int x = e->x, y = e->y;
    enum menu_spot spot = spot_at(w, x, y, &row);
    ui_dots(w, &x, &y);
    if (e->button == SDL_BUTTON_RIGHT || e->button == SDL_BUTTON_X1) {
        menu_key(m, MENU_BACK);
        return;
    }
    if (e->button != SDL_BUTTON_LEFT)
        return;
    if (!inside(&w->ui.layer[LAYER_MENU], x, y) || spot == SPOT_CLOSE)
        menu_close(m); /* beside it, as everywhere */
    else if (spot == SPOT_BACK)
        menu_key(m, MENU_BACK);
    else if (spot == SPOT_ABOVE)
        menu_key(m, MENU_PAGE_UP);
    else if (spot == SPOT_BELOW)
        menu_key(m, MENU_PAGE_DOWN);
    else if (spot == SPOT_ROW || spot == SPOT_LESS)
        menu_click(m, row, spot == SPOT_LESS);
}

/* ---- the key catcher ---- */

static const struct {
    SDL_Keymod mod;
    SDL_Scancode code;
    int key;
} modifiers[] = {
    {KMOD_LCTRL, SDL_SCANCODE_LCTRL, KEY_LCTRL},    {KMOD_RCTRL, SDL_SCANCODE_RCTRL, KEY_RCTRL},
    {KMOD_LALT, SDL_SCANCODE_LALT, KEY_LALT},       {KMOD_RALT, SDL_SCANCODE_RALT, KEY_RALT},
    {KMOD_LSHIFT, SDL_SCANCODE_LSHIFT, KEY_LSHIFT}, {KMOD_RSHIFT, SDL_SCANCODE_RSHIFT, KEY_RSHIFT},
    {KMOD_LGUI, SDL_SCANCODE_LGUI, KEY_LWIN},       {KMOD_RGUI, SDL_SCANCODE_RGUI, KEY_RWIN},
};

static void catch_chord(struct window *w, SDL_Keymod mod, int key)
{
    char chord[80] = "";
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(modifiers) && key != modifiers[i].key; i++) {
        if (mod & modifiers[i].mod)
            n += (size_t)snprintf(chord + n, sizeof(chord) - n, "%s-",
                                  keymap_word(modifiers[i].key));
        if (n >= sizeof(chord) - 20)
            break;
    }
    snprintf(chord + n, sizeof(chord) - n, "%s", keymap_word(key));
    menu_caught(&w->ui.menu, chord);
}

/* A modifier alone is one when it is released with nothing pressed meanwhile. */
static void catch_key(struct window *w, const SDL_KeyboardEvent *e)
{
    bool down = e->type == SDL_KEYDOWN;
    int key = window_guest_key(e->keysym.scancode);
    for (size_t i = 0; i < ARRAY_SIZE(modifiers); i++) {
        if (modifiers[i].code != e->keysym.scancode)
            continue;
        if (!down && w->ui.modifier == key)
            catch_chord(w, KMOD_NONE, key);
        w->ui.modifier = down ? key : KEY_NONE;
        return;
    }
    if (!down)
        return;
    w->ui.modifier = KEY_NONE;
    if (key == KEY_ESC && !(e->keysym.mod & (KMOD_CTRL | KMOD_ALT | KMOD_SHIFT)))
        menu_key(&w->ui.menu, MENU_BACK);
    else if (key != KEY_NONE)
        catch_chord(w, e->keysym.mod, key);
}

/* ---- keys ---- */

static void press(struct window *w, const SDL_Keysym *k)
{
    static const struct {
        SDL_Keycode sym;
        enum menu_key key;
    } table[] = {
        {SDLK_UP, MENU_UP},          {SDLK_DOWN, MENU_DOWN},    {SDLK_LEFT, MENU_LEFT},
        {SDLK_RIGHT, MENU_RIGHT},    {SDLK_RETURN, MENU_ENTER}, {SDLK_KP_ENTER, MENU_ENTER},
        {SDLK_ESCAPE, MENU_BACK},    {SDLK_AC_BACK, MENU_BACK}, {SDLK_BACKSPACE, MENU_ERASE},
        {SDLK_PAGEUP, MENU_PAGE_UP}, {SDLK_HOME, MENU_HOME},    {SDLK_PAGEDOWN, MENU_PAGE_DOWN},
        {SDLK_END, MENU_END},        {SDLK_TAB, MENU_DOWN},
    };
    if (k->sym == SDLK_TAB && (k->mod & KMOD_SHIFT)) {
        menu_key(&w->ui.menu, MENU_UP);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (table[i].sym == k->sym) {
            menu_key(&w->ui.menu, table[i].key);
            return;
        }
    }
}

/* UTF-8 as SDL hands it out; only its own first character counts where several come. */
static void type(struct window *w, const char *text)
{
    const u8 *p = (const u8 *)text;
    while (*p) {
        unsigned more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
        u32 c = more == 3 ? *p & 7u : more == 2 ? *p & 15u : more == 1 ? *p & 31u : *p;
        for (p++; more && (*p & 0xc0) == 0x80; more--)
            c = c << 6 | (*p++ & 0x3f);
        menu_letter(&w->ui.menu, c);
    }
}

bool ui_event(struct window *w, const SDL_Event *e)
{
    struct menu *m = &w->ui.menu;
    size_t row;
    if (!m->open) {
        int x = e->button.x, y = e->button.y;
        if (e->type != SDL_MOUSEBUTTONDOWN || w->captured)
            return false;
        ui_dots(w, &x, &y);
        if (!inside(&w->ui.layer[LAYER_STATUS], x, y))
            return false;
        ui_show_menu(w, PAGE_ROOT);
        return true;
    }
    switch (e->type) {
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        if (menu_catches(m)) {
            if (!e->key.repeat)
                catch_key(w, &e->key);
        } else if (e->type == SDL_KEYDOWN) {
            press(w, &e->key.keysym);
        }
        return true;
    case SDL_TEXTINPUT:
        if (!menu_catches(m) && !(w->sdl.GetModState() & (KMOD_CTRL | KMOD_ALT)))
            type(w, e->text.text);
        return true;
    case SDL_MOUSEMOTION:
        if (spot_at(w, e->motion.x, e->motion.y, &row) >= SPOT_ROW &&
            spot_at(w, e->motion.x, e->motion.y, &row) <= SPOT_LESS)
            menu_point(m, row);
        return true;
    case SDL_MOUSEBUTTONDOWN:
        click(w, &e->button);
        return true;
    case SDL_MOUSEBUTTONUP:
        return true;
    case SDL_MOUSEWHEEL:
        menu_wheel(m, -e->wheel.y);
        return true;
    default:
        return false;
    }
}
