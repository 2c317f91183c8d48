/*
 * sdl_input.c - what the person does: keys, mouse, files dropped on the window. See window.h.
 *
 * The guest's keys go by their position, as on a real keyboard, unless typing=host (sdl_typing.c);
 * the window's own keys go by their letter.
 */
#include "frontend/window/window.h"

#include <stdlib.h>
#include <string.h>

void window_drop(struct input *in)
{
    if (in->request)
        request_free(in->request);
    free(in->request);
}

void window_send(struct window *w, struct input in)
{
    w->sdl.LockMutex(w->lock);
    /* Movements add up while the machine is busy; a full queue drops what comes last. */
    struct input *last = w->queued ? &w->queue[w->queued - 1] : NULL;
    bool full = false;
    if (in.kind == IN_POINT && last && last->kind == IN_POINT && last->buttons == in.buttons) {
        last->a = in.a;
        last->b = in.b;
        last->c += in.c;
    } else if (in.kind == IN_MOUSE && last && last->kind == IN_MOUSE &&
               last->buttons == in.buttons) {
        last->a += in.a;
        last->b += in.b;
        last->c += in.c;
    } else if (in.kind == IN_STICK && last && last->kind == IN_STICK && last->a == in.a &&
               last->buttons == in.buttons) {
        *last = in;
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
    window_send(w, (struct input){.kind = IN_REQUEST, .request = r});
}

static void command(struct window *w, const char *name, const char *argument)
{
    const char *words[] = {name, argument, NULL};
    window_command(w, words);
}

void window_send_key(struct window *w, int key, bool down)
{
    w->down[key] = down;
    window_send(w, (struct input){.kind = IN_KEY, .a = key, .b = down});
}

void window_release_keys(struct window *w)
{
    window_stick_release(w);
    for (int key = 1; key < KEY_COUNT; key++) {
        if (w->down[key])
            window_send_key(w, key, false);
    }
}

void window_fast_end(struct window *w)
{
    if (w->fast != SDL_SCANCODE_UNKNOWN)
        command(w, "fast-forward", "off");
    w->fast = SDL_SCANCODE_UNKNOWN;
}

/* true: fast forward from now on, until it is released. */
static bool fast_key(struct window *w, const SDL_KeyboardEvent *e)
{
    SDL_Scancode code = e->keysym.scancode;
    if (e->type != SDL_KEYDOWN || !window_fast_key(w, &e->keysym))
        return false;
    w->host_used = w->eaten[code] = true;
    w->fast = code;
    command(w, "fast-forward", "on");
    return true;
}

void window_title(struct window *w)
{
    char title[160], how[60];
    const char *host;
    if (window_host_key(&w->settings, &host) != SDL_SCANCODE_UNKNOWN)
        snprintf(how, sizeof(how), "%s or Ctrl+Alt+G", host);
    else
        snprintf(how, sizeof(how), "Ctrl+Alt+G");
    snprintf(title, sizeof(title), "Ferrite%s - %s%s",
             atomic_load(&w->paused) ? " (paused: Ctrl+Alt+P)" : "",
             w->captured ? how
             : w->shares ? "the guest follows the pointer"
                         : "click to capture the mouse",
             w->captured ? " releases the mouse" : "");
    if (strcmp(title, w->title) == 0)
        return;
    snprintf(w->title, sizeof(w->title), "%s", title);
    w->sdl.SetWindowTitle(w->window, title);
}

void window_copy(struct window *w)
{
    window_send(w, (struct input){.kind = IN_COPY});
}

void window_ask_cells(struct window *w)
{
    window_send(w, (struct input){.kind = IN_CELLS});
}

void window_capture(struct window *w, bool on)
{
    if (w->captured == on)
        return;
    w->captured = on;
    w->rest_x = w->rest_y = 0;
    w->sdl.SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
    /* The host's own keys (Alt+Tab, Alt+F4, Win) are the guest's now. */
    w->sdl.SetHint(SDL_HINT_GRAB_KEYBOARD, on ? "1" : "0");
    w->sdl.SetHint(SDL_HINT_WINDOWS_NO_CLOSE_ON_ALT_F4, on ? "1" : "0");
    w->sdl.SetWindowGrab(w->window, on ? SDL_TRUE : SDL_FALSE);
    if (!on && w->buttons) {
        w->buttons = 0;
        window_send(w, (struct input){.kind = IN_MOUSE});
    }
    window_title(w);
}

/* ---- keys ---- */

/*
 * Ctrl+Alt, or the host key, with a letter is for the window; true when it was. The letter is what
 * is printed on the host's key; where the layout has none (Cyrillic, Greek), the one at that place
 * of a US keyboard.
 */
static bool window_key(struct window *w, const SDL_Keysym *key)
{
    SDL_Keycode letter = key->sym;
    if ((letter < 'a' || letter > 'z') && letter > 0x7f && key->scancode >= SDL_SCANCODE_A &&
        key->scancode <= SDL_SCANCODE_Z)
        letter = 'a' + (SDL_Keycode)(key->scancode - SDL_SCANCODE_A);
    switch (letter) {
    case 'g':
        window_capture(w, !w->captured);
        return true;
    case 'f':
        ui_apply(w, "fullscreen", w->settings.fullscreen ? "off" : "on");
        return true;
    case 'p':
        window_send(w, (struct input){.kind = IN_PAUSE});
        return true;
    case 'd':
        window_release_keys(w);
        command(w, "key", "ctrl-alt-del");
        return true;
    case 'v':
        window_clipboard(w, "paste");
        return true;
    case 'c':
        window_clipboard(w, "copy");
        return true;
    case 's':
        command(w, "screenshot-next", NULL);
        return true;
    case 'e':
        command(w, "eject", "fda");
        return true;
    case 'r':
        window_release_keys(w);
        command(w, "reset", NULL);
        return true;
    case 'q':
        atomic_store(&w->quit, 1);
        return true;
    default:
        return false;
    }
}

/*
 * The host key never reaches the guest. Held, it makes the window's keys: the letters above, the
 * menu key (which then goes to the guest), Del (Ctrl+Alt+Del). Tapped alone it frees the mouse.
 */
static bool host_key(struct window *w, const SDL_KeyboardEvent *e)
{
    const char *name;
    SDL_Scancode code = e->keysym.scancode, host = window_host_key(&w->settings, &name);
    bool down = e->type == SDL_KEYDOWN;
    if (code == host && host != SDL_SCANCODE_UNKNOWN) {
        if (!down && w->host_held && !w->host_used)
            window_capture(w, false);
        w->host_held = down;
        w->host_used = false;
        return true;
    }
    if (!w->host_held || !down)
        return false;
    w->host_used = true;
    bool ours = code == SDL_SCANCODE_DELETE;
    if (ours) {
        window_release_keys(w);
        command(w, "key", "ctrl-alt-del");
    } else {
        ours = code != window_menu_key(&w->settings, &name) && window_key(w, &e->keysym);
    }
    w->eaten[code] = ours;
    return ours;
}

static void on_key(struct window *w, const SDL_KeyboardEvent *e)
{
    const char *name;
    SDL_Scancode code = e->keysym.scancode;
    bool down = e->type == SDL_KEYDOWN;
    if (e->repeat) { /* the guest's keyboard repeats by itself */
        if (w->settings.typing == TYPING_HOST && !w->eaten[code])
            typing_repeat(w, e);
        return;
    }
    if (fast_key(w, e) || host_key(w, e))
        return;
    if (down && code == SDL_SCANCODE_ESCAPE && mark_cancel(w)) {
        w->eaten[code] = true;
        return;
    }
    if (down && !w->host_held && code == window_menu_key(&w->settings, &name) &&
        code != SDL_SCANCODE_UNKNOWN) {
        w->eaten[code] = true;
        ui_show_menu(w, PAGE_ROOT);
        return;
    }
    if (down && (e->keysym.mod & KMOD_CTRL) && (e->keysym.mod & KMOD_ALT) &&
        window_key(w, &e->keysym)) {
        w->eaten[code] = true;
        return;
    }
    if (w->eaten[code])
        return;
    if (w->settings.typing == TYPING_HOST) {
        typing_key(w, e);
        return;
    }
    int key = window_guest_key(code);
    if (key != KEY_NONE && (down || w->down[key]))
        window_send_key(w, key, down);
}

/*
 * What was pressed for the menu is not the guest's until it is released: neither the key that
 * closed it, nor one that was held meanwhile. When the window has lost the keyboard, SDL reports
 * all keys as released, and as pressed again when it comes back; those do not count.
 */
static bool eat(struct window *w, const SDL_KeyboardEvent *e)
{
    SDL_Scancode code = e->keysym.scancode;
    const char *name;
    bool down = e->type == SDL_KEYDOWN;
    if ((unsigned)code >= SDL_NUM_SCANCODES)
        return true;
    bool was = w->eaten[code];
    if (w->ui.menu.open && down)
        w->eaten[code] = true;
    else if (!down && (w->sdl.GetWindowFlags(w->window) & SDL_WINDOW_INPUT_FOCUS))
        w->eaten[code] = false;
    if (w->ui.menu.open && down && !e->repeat && !menu_catches(&w->ui.menu) &&
        code == window_menu_key(&w->settings, &name)) {
        ui_hide_menu(w);
        return true;
    }
    return was && !w->ui.menu.open;
}

/* ---- the mouse ---- */

/* The guest takes the pointer's place as it is. */
static bool shared(const struct window *w)
{
    return w->shares && !w->captured;
}

static void send_place(struct window *w, int wheel)
{
    /* Before the first picture there are no places in it: the guest would take 0, 0 for a jump to
     * the corner. */
    if (!w->placed)
        return;
    window_send(
        w, (struct input){
               .kind = IN_POINT, .a = w->at_x, .b = w->at_y, .c = wheel, .buttons = w->buttons});
}

/* Where this is in the picture, the nearest place when it is beside it: true: it is inside. */
static bool place(struct window *w, int x, int y)
{
    const struct scale_place *p = &w->present.was;
    ui_dots(w, &x, &y);
    if (p->w < 2 || p->h < 2)
        return false;
    int px = x - p->x, py = y - p->y;
    px = px < 0 ? 0 : px >= p->w ? p->w - 1 : px;
    py = py < 0 ? 0 : py >= p->h ? p->h - 1 : py;
    w->at_x = (u16)((s64)px * 65535 / (p->w - 1));
    w->at_y = (u16)((s64)py * 65535 / (p->h - 1));
    w->placed = true;
    return px == x - p->x && py == y - p->y;
}

/* The guest draws a pointer of its own; ours is hidden over it, but for marking. */
static void share_motion(struct window *w, const SDL_MouseMotionEvent *e)
{
    bool inside = place(w, e->x, e->y);
    if (mark_wanted(w)) {
        w->sdl.ShowCursor(SDL_ENABLE);
        return;
    }
    w->sdl.ShowCursor(inside ? SDL_DISABLE : SDL_ENABLE);
    send_place(w, 0);
}

/* The guest has begun to want the pointer, or stopped. A captured mouse is let go then. */
static void share(struct window *w)
{
    bool on = atomic_load(&w->pointing);
    if (on == w->shares)
        return;
    w->shares = on;
    if (on)
        window_capture(w, false);
    else
        w->sdl.ShowCursor(SDL_ENABLE);
    w->buttons = 0;
}

/* Marking, with the left button. true: the event was for that. */
static bool mark_button(struct window *w, const SDL_MouseButtonEvent *e)
{
    bool down = e->type == SDL_MOUSEBUTTONDOWN, inside = place(w, e->x, e->y);
    if (w->mark.on) {
        mark_move(w);
        if (!down && e->button == SDL_BUTTON_LEFT)
            mark_end(w);
        return true;
    }
    if (!down || w->captured || !inside || e->button != SDL_BUTTON_LEFT || !mark_wanted(w))
        return false;
    mark_begin(w);
    return true;
}

/*
 * A click into the picture captures the mouse, unless the guest follows the pointer; that click is
 * for the window, not for the guest.
 */
static void on_button(struct window *w, const SDL_MouseButtonEvent *e)
{
    bool down = e->type == SDL_MOUSEBUTTONDOWN;
    if (!w->captured && !w->shares) {
        if (down)
            window_capture(w, true);
        return;
    }
    if (shared(w) && !place(w, e->x, e->y) && down)
        return; /* beside the picture */
    unsigned mask = e->button == SDL_BUTTON_LEFT     ? 1
                    : e->button == SDL_BUTTON_RIGHT  ? 2
                    : e->button == SDL_BUTTON_MIDDLE ? 4
                    : e->button == SDL_BUTTON_X1     ? 8
                    : e->button == SDL_BUTTON_X2     ? 16
                                                     : 0;
    w->buttons = down ? w->buttons | mask : w->buttons & ~mask;
    if (shared(w)) {
        send_place(w, 0);
        return;
    }
    window_send(w, (struct input){.kind = IN_MOUSE, .buttons = w->buttons});
}

/* By the sensitivity; what is less than a count is kept for the next movement. */
static void on_motion(struct window *w, const SDL_MouseMotionEvent *e)
{
    w->rest_x += e->xrel * w->settings.sensitivity / 100.0;
    w->rest_y += e->yrel * w->settings.sensitivity / 100.0;
    struct input in = {
        .kind = IN_MOUSE, .a = (int)w->rest_x, .b = (int)w->rest_y, .buttons = w->buttons};
    w->rest_x -= in.a;
    w->rest_y -= in.b;
    if (in.a || in.b)
        window_send(w, in);
}

static void on_drop(struct window *w, char *path)
{
    command(w, "insert-any", path);
    settings_used(&w->settings, path);
    w->sdl.free(path);
}

static void on_window(struct window *w, const SDL_WindowEvent *e)
{
    if (e->event == SDL_WINDOWEVENT_FOCUS_LOST) {
        window_release_keys(w);
        if (shared(w) && w->buttons) {
            w->buttons = 0;
            send_place(w, 0);
        }
        window_capture(w, false);
        window_fast_end(w);
        mark_cancel(w);
        w->host_held = false;
    } else if (e->event == SDL_WINDOWEVENT_FOCUS_GAINED) {
        const Uint8 *held = w->sdl.GetKeyboardState(NULL);
        for (int i = 0; i < SDL_NUM_SCANCODES; i++)
            w->eaten[i] &= held[i] != 0;
    } else if (e->event == SDL_WINDOWEVENT_SIZE_CHANGED) {
        bool ours = e->data1 == w->set_w && e->data2 == w->set_h;
        Uint32 flags = w->sdl.GetWindowFlags(w->window);
        if (!ours && !w->settings.fullscreen && !(flags & SDL_WINDOW_MAXIMIZED)) {
            w->settings.width = e->data1; /* chosen by the person */
            w->settings.height = e->data2;
        }
    } else if (e->event == SDL_WINDOWEVENT_CLOSE) {
        w->close_told = true;
    } else if (e->event == SDL_WINDOWEVENT_EXPOSED) {
        w->present.blank = true;
    }
}

bool window_event(struct window *w, const SDL_Event *e)
{
    if (e->type == SDL_KEYUP && e->key.keysym.scancode == w->fast)
        window_fast_end(w);
    if ((e->type == SDL_KEYDOWN || e->type == SDL_KEYUP) && eat(w, &e->key))
        return true;
    if (ui_event(w, e))
        return true;
    if (window_stick_event(w, e))
        return false;
    if (window_audio_event(w, e))
        return false;
    switch (e->type) {
    case SDL_QUIT:
        if (w->wayland && !w->close_told)
            window_lost(w);
        w->close_told = false;
        window_close_asked(w);
        return true;
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        on_key(w, &e->key);
        return false;
    case SDL_TEXTINPUT:
        if (w->settings.typing == TYPING_HOST)
            typing_text(w, e->text.text);
        return false;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        if (mark_button(w, &e->button))
            return true;
        on_button(w, &e->button);
        return false;
    case SDL_MOUSEMOTION:
        if (w->mark.on) {
            place(w, e->motion.x, e->motion.y);
            return mark_move(w);
        }
        if (shared(w))
            share_motion(w, &e->motion);
        else if (w->captured)
            on_motion(w, &e->motion);
        return false;
    case SDL_MOUSEWHEEL:
        if (shared(w))
            send_place(w, -e->wheel.y);
        else if (w->captured)
            window_send(w,
                        (struct input){.kind = IN_MOUSE, .c = -e->wheel.y, .buttons = w->buttons});
        return false;
    case SDL_DROPFILE:
        on_drop(w, e->drop.file);
        return false;
    case SDL_USEREVENT: /* from the machine's thread */
        atomic_store(&w->poked, 0);
        share(w);
        window_take_text(w);
        mark_take_cells(w);
        window_title(w);
        return w->mark.on || w->shown_all;
    case SDL_RENDER_TARGETS_RESET: /* the graphics processor has lost what it had */
    case SDL_RENDER_DEVICE_RESET:
        present_forget(&w->present, w->ui.layer);
        w->shown_all = true;
        return true;
    case SDL_WINDOWEVENT:
        on_window(w, &e->window);
        return true;
    default:
        return false;
    }
}
