/*
 * sdl_stick.c - sticks at the guest's game port: the host's game controllers, or the numeric
 * keypad. See window.h.
 *
 * One controller is both sticks: its left one and the buttons A and B are stick 1, its right one
 * and X and Y stick 2, which is how pads with four buttons were wired. Two controllers are a stick
 * each. The directional pad is a stick that is pushed all the way.
 */
#include "frontend/window/window.h"

#include <assert.h>

enum { MIDDLE = 32768 };

static void send_stick(struct window *w, unsigned stick, int x, int y, unsigned buttons)
{
    window_send(w, (struct input){.kind = IN_STICK,
                                  .a = (int)stick,
                                  .b = x + MIDDLE,
                                  .c = y + MIDDLE,
                                  .buttons = buttons});
}

static void pull_out(struct window *w, unsigned stick)
{
    window_send(w, (struct input){.kind = IN_NO_STICK, .a = (int)stick});
}

/* ---- controllers ---- */

static bool pressed(struct window *w, SDL_GameController *c, SDL_GameControllerButton b)
{
    return w->sdl.GameControllerGetButton(c, b) != 0;
}

/* An axis, unless the directional pad says more. */
static int axis(struct window *w, SDL_GameController *c, SDL_GameControllerAxis a,
                SDL_GameControllerButton less, SDL_GameControllerButton more)
{
    if (pressed(w, c, less))
        return -32768;
    if (pressed(w, c, more))
        return 32767;
    return w->sdl.GameControllerGetAxis(c, a);
}

static void look_at(struct window *w, unsigned pad)
{
    SDL_GameController *c = w->pad[pad];
    bool alone = !w->pad[0] || !w->pad[1];
    unsigned stick = alone ? 0 : pad;
    send_stick(w, stick,
               axis(w, c, SDL_CONTROLLER_AXIS_LEFTX, SDL_CONTROLLER_BUTTON_DPAD_LEFT,
                    SDL_CONTROLLER_BUTTON_DPAD_RIGHT),
               axis(w, c, SDL_CONTROLLER_AXIS_LEFTY, SDL_CONTROLLER_BUTTON_DPAD_UP,
                    SDL_CONTROLLER_BUTTON_DPAD_DOWN),
               pressed(w, c, SDL_CONTROLLER_BUTTON_A) |
                   (unsigned)pressed(w, c, SDL_CONTROLLER_BUTTON_B) << 1);
    if (alone)
        send_stick(w, 1, w->sdl.GameControllerGetAxis(c, SDL_CONTROLLER_AXIS_RIGHTX),
                   w->sdl.GameControllerGetAxis(c, SDL_CONTROLLER_AXIS_RIGHTY),
                   pressed(w, c, SDL_CONTROLLER_BUTTON_X) |
                       (unsigned)pressed(w, c, SDL_CONTROLLER_BUTTON_Y) << 1);
}

static SDL_JoystickID id_of(struct window *w, unsigned pad)
{
    return w->sdl.JoystickInstanceID(w->sdl.GameControllerGetJoystick(w->pad[pad]));
}

/* Which of ours it is; PADS: none. */
static unsigned pad_of(struct window *w, SDL_JoystickID id)
{
    unsigned i = 0;
    while (i < PADS && !(w->pad[i] && id_of(w, i) == id))
        i++;
    return i;
}

static void all_anew(struct window *w)
{
    if (!w->pad[0] && !w->pad[1]) {
        pull_out(w, 0);
        pull_out(w, 1);
    }
    for (unsigned i = 0; i < PADS; i++) {
        if (w->pad[i])
            look_at(w, i);
    }
}

static void plug_in(struct window *w, int device)
{
    unsigned i = 0;
    while (i < PADS && w->pad[i])
        i++;
    if (i == PADS || !(w->pad[i] = w->sdl.GameControllerOpen(device)))
        return;
    all_anew(w);
}

static void unplug(struct window *w, SDL_JoystickID id)
{
    unsigned i = pad_of(w, id);
    if (i == PADS)
        return;
    w->sdl.GameControllerClose(w->pad[i]);
    w->pad[i] = NULL;
    all_anew(w);
}

/* ---- the keypad ---- */

static const struct {
    SDL_Scancode code;
    s8 x, y;
    u8 button;
} keys[] = {
    {SDL_SCANCODE_KP_7, -1, -1, 0},    {SDL_SCANCODE_KP_8, 0, -1, 0}, {SDL_SCANCODE_KP_9, 1, -1, 0},
    {SDL_SCANCODE_KP_4, -1, 0, 0},     {SDL_SCANCODE_KP_6, 1, 0, 0},  {SDL_SCANCODE_KP_1, -1, 1, 0},
    {SDL_SCANCODE_KP_2, 0, 1, 0},      {SDL_SCANCODE_KP_3, 1, 1, 0},  {SDL_SCANCODE_KP_0, 0, 0, 1},
    {SDL_SCANCODE_KP_PERIOD, 0, 0, 2},
};

static int way(int sum)
{
    return sum < 0 ? -32768 : sum > 0 ? 32767 : 0;
}

static bool on_key(struct window *w, const SDL_KeyboardEvent *e)
{
    int x = 0, y = 0;
    unsigned buttons = 0;
    bool ours = false;
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        if (e->keysym.scancode == keys[i].code) {
            ours = true;
            w->stick_key[i] = e->type == SDL_KEYDOWN;
        }
        if (!w->stick_key[i])
            continue;
        x += keys[i].x;
        y += keys[i].y;
        buttons |= keys[i].button;
    }
    if (ours && !e->repeat)
        send_stick(w, 0, way(x), way(y), buttons);
    return ours;
}

/* ---- for the others ---- */

void window_stick_release(struct window *w)
{
    bool any = false;
    for (unsigned i = 0; i < STICK_KEYS; i++) {
        any |= w->stick_key[i];
        w->stick_key[i] = false;
    }
    if (any)
        send_stick(w, 0, 0, 0, 0);
}

bool window_stick_event(struct window *w, const SDL_Event *e)
{
    unsigned pad;
    static_assert(ARRAY_SIZE(keys) == STICK_KEYS, "window.h");
    switch (e->type) {
    case SDL_CONTROLLERDEVICEADDED:
        plug_in(w, e->cdevice.which);
        return true;
    case SDL_CONTROLLERDEVICEREMOVED:
        unplug(w, e->cdevice.which);
        return true;
    case SDL_CONTROLLERAXISMOTION:
    case SDL_CONTROLLERBUTTONDOWN:
    case SDL_CONTROLLERBUTTONUP:
        pad = pad_of(w, e->type == SDL_CONTROLLERAXISMOTION ? e->caxis.which : e->cbutton.which);
        if (pad < PADS)
            look_at(w, pad);
        return true;
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        return w->settings.stick == STICK_KEYPAD && !w->ui.menu.open && on_key(w, &e->key);
    default:
        return false;
    }
}

void window_stick_setting(struct window *w)
{
    if (w->settings.stick == w->stick_was)
        return;
    if (w->settings.stick == STICK_AUTO) /* no controllers: no more than no stick */
        w->sdl.InitSubSystem(SDL_INIT_GAMECONTROLLER);
    else
        window_close_sticks(w);
    if (w->settings.stick == STICK_KEYPAD)
        send_stick(w, 0, 0, 0, 0);
    w->stick_was = w->settings.stick;
}

void window_close_sticks(struct window *w)
{
    for (unsigned i = 0; i < PADS; i++) {
        if (w->pad[i])
            w->sdl.GameControllerClose(w->pad[i]);
        w->pad[i] = NULL;
    }
    if (w->stick_was == STICK_AUTO)
        w->sdl.QuitSubSystem(SDL_INIT_GAMECONTROLLER);
    all_anew(w);
}
