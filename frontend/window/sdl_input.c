/*
 * sdl_input.c - what the person does: keys, mouse, files dropped on the window. See window.h.
 *
 * Not modelled: a host keyboard layout (the guest's keys go by their position, as on a real
 * keyboard; only the window's own keys go by their letter).
 */
#include "frontend/window/window.h"

#include "frontend/control/keymap.h"

#include <stdlib.h>
#include <string.h>

void window_drop(struct input *in)
{
    if (in->request)
        request_free(in->request);
    free(in->request);
}

static void send(struct window *w, struct input in)
{
    w->sdl.LockMutex(w->lock);
    /* Movements add up while the machine is busy; a full queue drops what comes last. */
    struct input *last = w->queued ? &w->queue[w->queued - 1] : NULL;
    bool full = false;
    if (in.kind == IN_MOUSE && last && last->kind == IN_MOUSE && last->buttons == in.buttons) {
        last->a += in.a;
        last->b += in.b;
        last->c += in.c;
    } else if (w->queued < QUEUE) {
        w->queue[w->queued++] = in;
    } else {
        full = true;
    }
    w->sdl.UnlockMutex(w->lock);
    if (full)
        window_drop(&in);
}

void window_command(struct window *w, const char *const *words)
{
    struct err e;
    struct request *r = calloc(1, sizeof(*r));
    unsigned count = 0;
    while (words[count])
        count++;
    if (!r || !request_words(r, NULL, words, count, &e)) {
        window_say(w, "%s", r ? e.text : "out of memory");
        if (r)
            request_free(r);
        free(r);
        return;
    }
    send(w, (struct input){.kind = IN_REQUEST, .request = r});
}

static void command(struct window *w, const char *name, const char *argument)
{
    const char *words[] = {name, argument, NULL};
    window_command(w, words);
}

static void send_key(struct window *w, int key, bool down)
{
    w->down[key] = down;
    send(w, (struct input){.kind = IN_KEY, .a = key, .b = down});
}

/* No key may stay down for ever because its release went to another window. */
static void release_keys(struct window *w)
{
    for (int key = 1; key < KEY_COUNT; key++) {
        if (w->down[key])
            send_key(w, key, false);
    }
}

static int guest_key(SDL_Scancode code)
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

void window_title(struct window *w)
{
    char title[120];
    snprintf(title, sizeof(title), "Ferrite%s - %s",
             atomic_load(&w->paused) ? " (paused: Ctrl+Alt+P)" : "",
             w->captured ? "Ctrl+Alt+G releases the mouse" : "click to capture the mouse");
    w->sdl.SetWindowTitle(w->window, title);
}

static void capture(struct window *w, bool on)
{
    if (w->captured == on)
        return;
    w->captured = on;
    w->sdl.SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
    /* The host's own keys (Alt+Tab, Alt+F4, Win) are the guest's now. */
    w->sdl.SetHint(SDL_HINT_GRAB_KEYBOARD, on ? "1" : "0");
    w->sdl.SetHint(SDL_HINT_WINDOWS_NO_CLOSE_ON_ALT_F4, on ? "1" : "0");
    w->sdl.SetWindowGrab(w->window, on ? SDL_TRUE : SDL_FALSE);
    if (!on && w->buttons) {
        w->buttons = 0;
        send(w, (struct input){.kind = IN_MOUSE});
    }
    window_title(w);
}

/*
 * Ctrl+Alt with a letter is for the window; true when it was. The letter is what is printed on the
 * host's key; where the layout has none (Cyrillic, Greek), the one at that place of a US keyboard.
 */
static bool window_key(struct window *w, const SDL_Keysym *key)
{
    SDL_Keycode letter = key->sym;
    if ((letter < 'a' || letter > 'z') && letter > 0x7f && key->scancode >= SDL_SCANCODE_A &&
        key->scancode <= SDL_SCANCODE_Z)
        letter = 'a' + (SDL_Keycode)(key->scancode - SDL_SCANCODE_A);
    switch (letter) {
    case 'g':
        capture(w, !w->captured);
        return true;
    case 'f':
        w->fullscreen = !w->fullscreen;
        w->sdl.SetWindowFullscreen(w->window, w->fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
        return true;
    case 'p':
        send(w, (struct input){.kind = IN_PAUSE});
        return true;
    case 'd':
        release_keys(w);
        command(w, "key", "ctrl-alt-del");
        return true;
    case 's':
        command(w, "screenshot-next", NULL);
        return true;
    case 'e':
        command(w, "eject", "fda");
        return true;
    case 'r':
        release_keys(w);
        command(w, "reset", NULL);
        return true;
    case 'q':
        atomic_store(&w->quit, 1);
        return true;
    default:
        return false;
    }
}

static void on_key(struct window *w, const SDL_KeyboardEvent *e)
{
    if (e->repeat) /* the guest's keyboard repeats by itself */
        return;
    bool down = e->type == SDL_KEYDOWN;
    if (down && (e->keysym.mod & KMOD_CTRL) && (e->keysym.mod & KMOD_ALT) &&
        window_key(w, &e->keysym))
        return;
    int key = guest_key(e->keysym.scancode);
    if (key != KEY_NONE && (down || w->down[key]))
        send_key(w, key, down);
}

static void on_button(struct window *w, const SDL_MouseButtonEvent *e)
{
    bool down = e->type == SDL_MOUSEBUTTONDOWN;
    if (!w->captured) {
        if (down)
            capture(w, true); /* this click is for the window, not for the guest */
        return;
    }
    unsigned mask = e->button == SDL_BUTTON_LEFT     ? 1
                    : e->button == SDL_BUTTON_RIGHT  ? 2
                    : e->button == SDL_BUTTON_MIDDLE ? 4
                                                     : 0;
    w->buttons = down ? w->buttons | mask : w->buttons & ~mask;
    send(w, (struct input){.kind = IN_MOUSE, .buttons = w->buttons});
}

static void on_drop(struct window *w, char *path)
{
    command(w, "insert-any", path);
    w->sdl.free(path);
}

bool window_event(struct window *w, const SDL_Event *e)
{
    switch (e->type) {
    case SDL_QUIT:
        atomic_store(&w->quit, 1);
        return false;
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        on_key(w, &e->key);
        return false;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        on_button(w, &e->button);
        return false;
    case SDL_MOUSEMOTION:
        if (w->captured)
            send(w, (struct input){.kind = IN_MOUSE,
                                   .a = e->motion.xrel,
                                   .b = e->motion.yrel,
                                   .buttons = w->buttons});
        return false;
    case SDL_MOUSEWHEEL:
        if (w->captured)
            send(w, (struct input){.kind = IN_MOUSE, .c = -e->wheel.y, .buttons = w->buttons});
        return false;
    case SDL_DROPFILE:
        on_drop(w, e->drop.file);
        return false;
    case SDL_USEREVENT: /* from the machine's thread: it has stopped, or goes on */
        window_title(w);
        return false;
    case SDL_WINDOWEVENT:
        if (e->window.event == SDL_WINDOWEVENT_FOCUS_LOST) {
            release_keys(w);
            capture(w, false);
        }
        return true;
    default:
        return false;
    }
}
