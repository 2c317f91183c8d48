/*
 * sdl_typing.c - typing=host: the guest gets what the host's keyboard types, whatever the layouts
 * of both. See window.h.
 *
 * Keys that give a character are not sent; the host's text is, as keys of the guest's layout and at
 * its pace (`paste`). Shift and AltGr, which that text has in it already, are sent only with keys
 * that give none. With Ctrl or Alt a letter goes as the key that it is on in the guest.
 *
 * Not modelled: holding a key that gives a character (the host repeats it); programs that want to
 * know when such a key is let go are what typing=position is for.
 */
#include "frontend/window/window.h"

#include "frontend/control/keyboard.h"

#include <string.h>

static const struct keyboard *guests(const struct window *w)
{
    return keyboard_find(keyboard_names[w->settings.layout]);
}

void window_tell_layout(struct window *w)
{
    const char *words[] = {"layout", keyboard_names[w->settings.layout], NULL};
    window_command(w, words);
}

static void type(struct window *w, const char *text)
{
    char typed[SDL_TEXTINPUTEVENT_TEXT_SIZE];
    if (strlen(text) >= sizeof(typed))
        return;
    const struct keyboard *layout = guests(w);
    if (keyboard_typed(layout, text, typed))
        window_say(w, "the guest's keyboard (%s) does not have \"%s\"", keyboard_name(layout),
                   text);
    const char *words[] = {"paste", typed, NULL};
    if (*typed)
        window_command(w, words);
}

/* What is held makes it no text: Ctrl, the left Alt, the Windows keys. AltGr does. */
static bool chord(const struct window *w)
{
    return (w->sdl.GetModState() & (KMOD_CTRL | KMOD_LALT | KMOD_GUI)) != 0;
}

void typing_text(struct window *w, const char *text)
{
    if (!chord(w) && !w->host_held && *text)
        type(w, text);
}

/* Keys whose text is the same everywhere; it keeps its place among the rest. */
static const char *plain_text(SDL_Scancode code)
{
    return code == SDL_SCANCODE_RETURN      ? "\n"
           : code == SDL_SCANCODE_TAB       ? "\t"
           : code == SDL_SCANCODE_BACKSPACE ? "\b"
                                            : NULL;
}

static bool gives_text(SDL_Scancode code)
{
    return (code >= SDL_SCANCODE_A && code <= SDL_SCANCODE_0) ||
           (code >= SDL_SCANCODE_SPACE && code <= SDL_SCANCODE_SLASH) ||
           code == SDL_SCANCODE_NONUSBACKSLASH;
}

static bool is_shift(SDL_Scancode code)
{
    return code == SDL_SCANCODE_LSHIFT || code == SDL_SCANCODE_RSHIFT || code == SDL_SCANCODE_RALT;
}

/* The key on which the guest has the letter of the host's key. */
static int key_of(struct window *w, const SDL_Keysym *key)
{
    struct stroke stroke[KEYBOARD_STROKES];
    bool letter = gives_text(key->scancode) && key->sym > ' ' && key->sym < 0x250;
    if (letter && keyboard_strokes(guests(w), (u32)key->sym, stroke) == 1 && !stroke[0].altgr)
        return stroke[0].key;
    return window_guest_key(key->scancode);
}

/* Shift and AltGr go to the guest now, because they belong to a key that does. */
static void send_shifts(struct window *w)
{
    static const SDL_Scancode codes[] = {SDL_SCANCODE_LSHIFT, SDL_SCANCODE_RSHIFT,
                                         SDL_SCANCODE_RALT};
    const Uint8 *held = w->sdl.GetKeyboardState(NULL);
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        int key = window_guest_key(codes[i]);
        if (held[codes[i]] && !w->down[key] && !w->eaten[codes[i]])
            window_send_key(w, key, true);
    }
}

void typing_key(struct window *w, const SDL_KeyboardEvent *e)
{
    SDL_Scancode code = e->keysym.scancode;
    bool down = e->type == SDL_KEYDOWN;
    if (!down) {
        int key = w->typed_as[code] ? w->typed_as[code] : window_guest_key(code);
        w->typed_as[code] = KEY_NONE;
        if (key != KEY_NONE && w->down[key])
            window_send_key(w, key, false);
        return;
    }
    bool text = !chord(w), shifted = (w->sdl.GetModState() & KMOD_SHIFT) != 0;
    if (is_shift(code) || (text && gives_text(code)))
        return;
    if (text && !shifted && plain_text(code)) {
        type(w, plain_text(code));
        return;
    }
    int key = key_of(w, &e->keysym);
    if (key == KEY_NONE)
        return;
    send_shifts(w);
    w->typed_as[code] = (u8)key;
    window_send_key(w, key, true);
}

void typing_repeat(struct window *w, const SDL_KeyboardEvent *e)
{
    const char *text = plain_text(e->keysym.scancode);
    if (text && !w->typed_as[e->keysym.scancode] && !chord(w))
        type(w, text);
}
