/*
 * sdl_keys.c - which key is which: the guest's keys by their place on the keyboard, and the keys
 * that belong to the window. See window.h.
 */
#include "frontend/window/window.h"

#include "frontend/control/keymap.h"

int window_guest_key(SDL_Scancode code)
{
    static const struct {
        u16 code, key;
    } table[] = {
        {SDL_SCANCODE_ESCAPE, KEY_ESC},
        {SDL_SCANCODE_MINUS, KEY_MINUS},
        {SDL_SCANCODE_EQUALS, KEY_EQUAL},
        {SDL_SCANCODE_BACKSPACE, KEY_BACKSPACE},
        {SDL_SCANCODE_TAB, KEY_TAB},
        {SDL_SCANCODE_LEFTBRACKET, KEY_LBRACKET},
        {SDL_SCANCODE_RIGHTBRACKET, KEY_RBRACKET},
        {SDL_SCANCODE_RETURN, KEY_ENTER},
        {SDL_SCANCODE_LCTRL, KEY_LCTRL},
        {SDL_SCANCODE_SEMICOLON, KEY_SEMICOLON},
        {SDL_SCANCODE_APOSTROPHE, KEY_QUOTE},
        {SDL_SCANCODE_GRAVE, KEY_GRAVE},
        {SDL_SCANCODE_LSHIFT, KEY_LSHIFT},
        {SDL_SCANCODE_BACKSLASH, KEY_BACKSLASH},
        {SDL_SCANCODE_NONUSHASH, KEY_BACKSLASH},
        {SDL_SCANCODE_COMMA, KEY_COMMA},
        {SDL_SCANCODE_PERIOD, KEY_DOT},
        {SDL_SCANCODE_SLASH, KEY_SLASH},
        {SDL_SCANCODE_RSHIFT, KEY_RSHIFT},
        {SDL_SCANCODE_KP_MULTIPLY, KEY_KP_STAR},
        {SDL_SCANCODE_LALT, KEY_LALT},
        {SDL_SCANCODE_SPACE, KEY_SPACE},
        {SDL_SCANCODE_CAPSLOCK, KEY_CAPSLOCK},
        {SDL_SCANCODE_NUMLOCKCLEAR, KEY_NUMLOCK},
        {SDL_SCANCODE_SCROLLLOCK, KEY_SCROLLLOCK},
        {SDL_SCANCODE_KP_0, KEY_KP_0},
        {SDL_SCANCODE_KP_1, KEY_KP_1},
        {SDL_SCANCODE_KP_2, KEY_KP_2},
        {SDL_SCANCODE_KP_3, KEY_KP_3},
        {SDL_SCANCODE_KP_4, KEY_KP_4},
        {SDL_SCANCODE_KP_5, KEY_KP_5},
        {SDL_SCANCODE_KP_6, KEY_KP_6},
        {SDL_SCANCODE_KP_7, KEY_KP_7},
        {SDL_SCANCODE_KP_8, KEY_KP_8},
        {SDL_SCANCODE_KP_9, KEY_KP_9},
        {SDL_SCANCODE_KP_MINUS, KEY_KP_MINUS},
        {SDL_SCANCODE_KP_PLUS, KEY_KP_PLUS},
        {SDL_SCANCODE_KP_PERIOD, KEY_KP_DOT},
        {SDL_SCANCODE_KP_ENTER, KEY_KP_ENTER},
        {SDL_SCANCODE_KP_DIVIDE, KEY_KP_SLASH},
        {SDL_SCANCODE_NONUSBACKSLASH, KEY_LESS},
        {SDL_SCANCODE_F11, KEY_F11},
        {SDL_SCANCODE_F12, KEY_F12},
        {SDL_SCANCODE_RCTRL, KEY_RCTRL},
        {SDL_SCANCODE_PRINTSCREEN, KEY_PRINT},
        {SDL_SCANCODE_RALT, KEY_RALT},
        {SDL_SCANCODE_PAUSE, KEY_PAUSE},
        {SDL_SCANCODE_HOME, KEY_HOME},
        {SDL_SCANCODE_UP, KEY_UP},
        {SDL_SCANCODE_PAGEUP, KEY_PAGEUP},
        {SDL_SCANCODE_LEFT, KEY_LEFT},
        {SDL_SCANCODE_RIGHT, KEY_RIGHT},
        {SDL_SCANCODE_END, KEY_END},
        {SDL_SCANCODE_DOWN, KEY_DOWN},
        {SDL_SCANCODE_PAGEDOWN, KEY_PAGEDOWN},
        {SDL_SCANCODE_INSERT, KEY_INSERT},
        {SDL_SCANCODE_DELETE, KEY_DELETE},
        {SDL_SCANCODE_LGUI, KEY_LWIN},
        {SDL_SCANCODE_RGUI, KEY_RWIN},
        {SDL_SCANCODE_APPLICATION, KEY_MENU},
    };
    if (code >= SDL_SCANCODE_A && code <= SDL_SCANCODE_Z) {
        char name = (char)('a' + (code - SDL_SCANCODE_A));
        return keymap_name(&name, 1);
    }
    if (code >= SDL_SCANCODE_1 && code <= SDL_SCANCODE_9)
        return KEY_1 + (int)(code - SDL_SCANCODE_1);
    if (code == SDL_SCANCODE_0)
        return KEY_0;
    if (code >= SDL_SCANCODE_F1 && code <= SDL_SCANCODE_F10)
        return KEY_F1 + (int)(code - SDL_SCANCODE_F1);
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (table[i].code == code)
            return table[i].key;
    }
    return KEY_NONE;
}

struct window_key {
    SDL_Scancode code;
    const char *name;
};

/* In the order of the values of the settings menu-key and host-key (frontend/view/settings.c). */
static const struct window_key menu_keys[] = {
    {SDL_SCANCODE_F12, "F12"},
    {SDL_SCANCODE_F11, "F11"},
    {SDL_SCANCODE_SCROLLLOCK, "Scroll Lock"},
    {SDL_SCANCODE_PAUSE, "Pause"},
    {SDL_SCANCODE_APPLICATION, "Menu"},
    {SDL_SCANCODE_UNKNOWN, ""},
};

static const struct window_key host_keys[] = {
    {SDL_SCANCODE_RCTRL, "Right Ctrl"},
    {SDL_SCANCODE_APPLICATION, "Menu"},
    {SDL_SCANCODE_SCROLLLOCK, "Scroll Lock"},
    {SDL_SCANCODE_PAUSE, "Pause"},
    {SDL_SCANCODE_UNKNOWN, ""},
};

/* Of the setting fast-key. */
static const struct {
    struct window_key key;
    SDL_Keymod with; /* one of these */
    bool host;       /* or the host key, and then with the two others */
} fast_keys[] = {
    {{SDL_SCANCODE_SPACE, "Space"}, KMOD_NONE, true},
    {{SDL_SCANCODE_F12, "Alt+F12"}, KMOD_ALT, false},
    {{SDL_SCANCODE_F11, "F11"}, KMOD_NONE, false},
    {{SDL_SCANCODE_SCROLLLOCK, "Scroll Lock"}, KMOD_NONE, false},
    {{SDL_SCANCODE_PAUSE, "Pause"}, KMOD_NONE, false},
    {{SDL_SCANCODE_APPLICATION, "Menu"}, KMOD_NONE, false},
    {{SDL_SCANCODE_UNKNOWN, ""}, KMOD_NONE, false},
};

bool window_fast_key(const struct window *w, const SDL_Keysym *key)
{
    size_t i = (size_t)w->settings.fast_key % ARRAY_SIZE(fast_keys);
    if (key->scancode != fast_keys[i].key.code || key->scancode == SDL_SCANCODE_UNKNOWN)
        return false;
    if (fast_keys[i].host)
        return w->host_held || ((key->mod & KMOD_CTRL) && (key->mod & KMOD_ALT));
    return !w->host_held && (!fast_keys[i].with || (key->mod & fast_keys[i].with));
}

void window_fast_name(const struct settings *s, char *buf, size_t size)
{
    size_t i = (size_t)s->fast_key % ARRAY_SIZE(fast_keys);
    const char *host = "";
    if (fast_keys[i].host && window_host_key(s, &host) == SDL_SCANCODE_UNKNOWN)
        host = "Ctrl+Alt";
    snprintf(buf, size, "%s%s%s", host, *host ? "+" : "", fast_keys[i].key.name);
}

SDL_Scancode window_menu_key(const struct settings *s, const char **name)
{
    const struct window_key *k = &menu_keys[(size_t)s->menu_key % ARRAY_SIZE(menu_keys)];
    *name = k->name;
    return k->code;
}

SDL_Scancode window_host_key(const struct settings *s, const char **name)
{
    const struct window_key *k = &host_keys[(size_t)s->host_key % ARRAY_SIZE(host_keys)];
    *name = k->name;
    return k->code;
}
