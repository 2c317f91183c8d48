/*
 * sdl.c - the window: picture, keyboard, mouse, speaker. The only file that knows SDL.
 *
 * Two threads. The machine's own thread runs it in slices, keeps it to the host's clock, and is
 * the only one to touch the machine. The window's thread (main) handles events and draws. They
 * meet in struct window under one lock: a queue of input one way, the last frame the other way.
 * Input enters the machine only between slices.
 *
 * Not modelled: a host keyboard layout (keys go by their position, as on a real keyboard).
 */
#include "frontend/window/sdl.h"

#include "frontend/control/keymap.h"
#include "frontend/control/media.h"
#include "frontend/window/sdl_library.h"
#include "hw/input/keys.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLICE (5 * NS_PER_MS)
#define FRAME_SECONDS (1.0 / 60)

enum { QUEUE = 512, AUDIO_RATE = 44100, MAX_TEXTURE = 4096 };

enum input_kind { IN_KEY, IN_MOUSE, IN_INSERT, IN_EJECT, IN_RESET, IN_SCREENSHOT, IN_CHORD };

struct input {
    enum input_kind kind;
    int a, b, c; /* key and down; or movement and wheel */
    unsigned buttons;
    char *path; /* IN_INSERT: freed by the receiver */
};

struct window {
    struct sdl_library sdl;
    struct machine *m;
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *screen; /* the guest's pixels */
    SDL_Texture *big;    /* the same, each pixel a whole block: the base of smooth scaling */
    unsigned screen_w, screen_h;
    double aspect;
    bool captured, fullscreen;
    unsigned buttons;
    bool down[KEY_COUNT];
    SDL_AudioDeviceID audio;
    bool audio_tried;
    double phase; /* of the speaker's square wave, 0 to 1; audio callback only */

    atomic_int quit, paused, over;
    atomic_int tone; /* 1/100 Hz */

    SDL_mutex *lock; /* for everything below */
    struct input queue[QUEUE];
    unsigned queued;
    struct picture frame;
    double frame_aspect;
    bool frame_new;
    unsigned new_first, new_end; /* lines of `frame` that the texture does not have yet */
    u64 frame_version;           /* of the machine's picture; machine's thread only */
};

/* ---- the machine's thread ---- */

static void screenshot(struct window *w)
{
    struct screen s;
    struct err e;
    char name[32];
    int n = 1;
    do
        snprintf(name, sizeof(name), "ferrite-%d.png", n);
    while (access(name, F_OK) == 0 && n++ < 9999);
    vm_screen(w->m->vm, &s);
    if (picture_save(name, s.pixels, s.width, s.height, &e))
        fprintf(stderr, "ferrite: screenshot in %s\n", name);
    else
        fprintf(stderr, "ferrite: %s\n", e.text);
}

static void insert(struct window *w, const char *path)
{
    struct media media;
    struct err e;
    const char *dot = strrchr(path, '.');
    if (dot && (strcasecmp(dot, ".iso") == 0 || strcasecmp(dot, ".cdr") == 0)) {
        if (!media_cd(&media, "CD", path, &e) || !vm_cd_insert(w->m->vm, &media, false, &e))
            fprintf(stderr, "ferrite: %s\n", e.text);
        return;
    }
    if (!media_floppy(&media, "floppy", path, w->m->options->snapshot, &e) ||
        !vm_floppy_insert(w->m->vm, 0, &media, &e))
        fprintf(stderr, "ferrite: %s\n", e.text);
}

/* Ctrl+Alt+Del, which the host keeps for itself. */
static void press_chord(struct vm *vm)
{
    static const int keys[] = {KEY_LCTRL, KEY_LALT, KEY_DELETE};
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
        vm_key(vm, keys[i], true);
    for (unsigned i = ARRAY_SIZE(keys); i-- > 0;)
        vm_key(vm, keys[i], false);
}

static void apply(struct window *w, const struct input *in)
{
    struct vm *vm = w->m->vm;
    struct err e;
    switch (in->kind) {
    case IN_KEY:
        vm_key(vm, in->a, in->b != 0);
        break;
    case IN_MOUSE:
        vm_mouse(vm, in->a, in->b, in->c, in->buttons);
        break;
    case IN_INSERT:
        insert(w, in->path);
        free(in->path);
        break;
    case IN_EJECT:
        if (!vm_floppy_eject(vm, 0, &e))
            fprintf(stderr, "ferrite: %s\n", e.text);
        break;
    case IN_RESET:
        vm_reset(vm);
        w->m->stopped = false;
        break;
    case IN_SCREENSHOT:
        screenshot(w);
        break;
    case IN_CHORD:
        press_chord(vm);
        break;
    }
}

static void take_input(struct window *w)
{
    struct input in[QUEUE];
    w->sdl.LockMutex(w->lock);
    unsigned n = w->queued;
    memcpy(in, w->queue, n * sizeof(in[0]));
    w->queued = 0;
    w->sdl.UnlockMutex(w->lock);
    for (unsigned i = 0; i < n; i++)
        apply(w, &in[i]);
}

/* Only the lines that became different since the last frame; a new size brings all of them. */
static bool copy_lines(struct window *w, const struct screen *s)
{
    unsigned first = 0, end = s->height;
    if (s->line_version && w->frame.width == s->width && w->frame.height == s->height) {
        while (first < end && s->line_version[first] <= w->frame_version)
            first++;
        while (end > first && s->line_version[end - 1] <= w->frame_version)
            end--;
        size_t from = (size_t)first * s->width;
        memcpy(w->frame.pixels + from, s->pixels + from,
               (size_t)(end - first) * s->width * sizeof(u32));
    } else if (!picture_copy(&w->frame, s->pixels, s->width, s->height)) {
        return false;
    }
    w->new_first = w->frame_new && w->new_first < first ? w->new_first : first;
    w->new_end = w->frame_new && w->new_end > end ? w->new_end : end;
    return true;
}

static void publish_frame(struct window *w)
{
    struct screen s;
    vm_screen(w->m->vm, &s);
    if (s.version == w->frame_version && s.aspect == w->frame_aspect)
        return;
    w->sdl.LockMutex(w->lock);
    w->frame_new = copy_lines(w, &s);
    w->frame_aspect = s.aspect;
    w->sdl.UnlockMutex(w->lock);
    w->frame_version = s.version;
}

/*
 * What the host can do, measured while the guest is busy. Unless -speed names a machine, the
 * guest's clock follows it, so that a slow host makes a slower processor and not a slow clock.
 */
struct governor {
    double cap;  /* MIPS */
    double mips; /* the present speed */
    double host; /* seconds spent running since the last measure */
    u64 instructions, guest;
};

static void govern(struct governor *g, struct vm *vm, double seconds)
{
    enum { NS_BETWEEN = 20000000 };
    g->host += seconds;
    if (g->host * 1e9 < NS_BETWEEN)
        return;
    double instructions = (double)(vm_instructions(vm) - g->instructions);
    double busy = instructions / g->mips * 1e3; /* ns of guest time */
    if (busy > 0.8 * (double)(s64)(vm_now(vm) - g->guest)) {
        double can = instructions / g->host / 1e6;
        g->mips = 0.7 * g->mips + 0.3 * (can < g->cap ? can : g->cap);
        if (g->mips < 1)
            g->mips = 1;
        vm_set_mips(vm, g->mips);
    }
    g->host = 0;
    g->instructions = vm_instructions(vm);
    g->guest = vm_now(vm);
}

static int machine_thread(void *opaque)
{
    struct window *w = opaque;
    struct machine *m = w->m;
    struct governor governor = {.cap = m->options->speed_max ? 100000 : 200, .mips = 200};
    double base_host = host_seconds(), last_frame = 0;
    u64 base_guest = vm_now(m->vm);
    ending_running(m->ending, m->vm);
    while (!atomic_load(&w->quit) && !machine_must_end(m)) {
        take_input(w);
        bool standing = m->stopped || atomic_load(&w->paused);
        if (!standing)
            m->held = false; /* somebody has let it go on */
        double before = host_seconds();
        if (!standing && !machine_run(m, vm_now(m->vm) + SLICE))
            break;
        if (m->held) {
            SDL_Event e = {.type = SDL_USEREVENT};
            atomic_store(&w->paused, 1);
            w->sdl.PushEvent(&e); /* for the title */
        }
        if (!standing && m->options->mips == 0 && !m->script)
            govern(&governor, m->vm, host_seconds() - before);
        atomic_store(&w->tone, standing ? 0 : (int)(vm_speaker(m->vm) * 100));
        double now = host_seconds();
        if (now - last_frame >= FRAME_SECONDS) {
            publish_frame(w);
            last_frame = now;
        }
        /* Keep to the host's clock; what cannot be caught up with is forgotten. */
        double ahead = (double)(s64)(vm_now(m->vm) - base_guest) / 1e9 - (now - base_host);
        if (standing)
            host_sleep(0.01);
        else if (ahead > 0)
            host_sleep(ahead < 0.1 ? ahead : 0.1);
        if (standing || ahead < -0.1 || ahead > 0.2) {
            base_host = host_seconds();
            base_guest = vm_now(m->vm);
        }
    }
    publish_frame(w);
    atomic_store(&w->tone, 0);
    atomic_store(&w->over, 1);
    SDL_Event e = {.type = SDL_USEREVENT};
    w->sdl.PushEvent(&e);
    return 0;
}

/* ---- sound ---- */

static void SDLCALL speaker(void *opaque, Uint8 *stream, int len)
{
    struct window *w = opaque;
    Sint16 *out = (Sint16 *)(void *)stream;
    double step = atomic_load(&w->tone) / 100.0 / AUDIO_RATE;
    for (int i = 0; i < len / 2; i++) {
        if (step <= 0 || step >= 0.5) { /* silent, or above what the ear and the rate allow */
            out[i] = 0;
            continue;
        }
        w->phase += step;
        if (w->phase >= 1)
            w->phase -= 1;
        out[i] = w->phase < 0.5 ? 3000 : -3000;
    }
}

static void open_audio(struct window *w)
{
    w->audio_tried = true;
    if (w->sdl.InitSubSystem(SDL_INIT_AUDIO) != 0)
        return; /* a machine without sound is still a machine */
    SDL_AudioSpec want = {.freq = AUDIO_RATE,
                          .format = AUDIO_S16SYS,
                          .channels = 1,
                          .samples = 512,
                          .callback = speaker,
                          .userdata = w};
    w->audio = w->sdl.OpenAudioDevice(NULL, 0, &want, NULL, 0);
    if (w->audio)
        w->sdl.PauseAudioDevice(w->audio, 0);
}

/* ---- input ---- */

static void send(struct window *w, struct input in)
{
    w->sdl.LockMutex(w->lock);
    /* Movements add up while the machine is busy; a full queue drops what comes last. */
    struct input *last = w->queued ? &w->queue[w->queued - 1] : NULL;
    if (in.kind == IN_MOUSE && last && last->kind == IN_MOUSE && last->buttons == in.buttons) {
        last->a += in.a;
        last->b += in.b;
        last->c += in.c;
    } else if (w->queued < QUEUE) {
        w->queue[w->queued++] = in;
    } else {
        free(in.path);
    }
    w->sdl.UnlockMutex(w->lock);
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

static void set_title(struct window *w)
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
    w->sdl.SetWindowGrab(w->window, on ? SDL_TRUE : SDL_FALSE);
    if (!on && w->buttons) {
        w->buttons = 0;
        send(w, (struct input){.kind = IN_MOUSE});
    }
    set_title(w);
}

/* Ctrl+Alt with a letter is for the window; true when it was. */
static bool window_key(struct window *w, SDL_Scancode code)
{
    switch (code) {
    case SDL_SCANCODE_G:
        capture(w, !w->captured);
        return true;
    case SDL_SCANCODE_F:
        w->fullscreen = !w->fullscreen;
        w->sdl.SetWindowFullscreen(w->window, w->fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
        return true;
    case SDL_SCANCODE_P:
        atomic_store(&w->paused, !atomic_load(&w->paused));
        set_title(w);
        return true;
    case SDL_SCANCODE_D:
        release_keys(w);
        send(w, (struct input){.kind = IN_CHORD});
        return true;
    case SDL_SCANCODE_S:
        send(w, (struct input){.kind = IN_SCREENSHOT});
        return true;
    case SDL_SCANCODE_E:
        send(w, (struct input){.kind = IN_EJECT});
        return true;
    case SDL_SCANCODE_R:
        release_keys(w);
        send(w, (struct input){.kind = IN_RESET});
        return true;
    case SDL_SCANCODE_Q:
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
        window_key(w, e->keysym.scancode))
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
    char *copy = strdup(path);
    w->sdl.free(path);
    if (copy)
        send(w, (struct input){.kind = IN_INSERT, .path = copy});
}

/* true: the picture must be drawn again. */
static bool on_event(struct window *w, const SDL_Event *e)
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

/* ---- the picture ---- */

/* Textures for a guest screen of this size; the big one is optional. True: they are empty. */
static bool make_textures(struct window *w, unsigned width, unsigned height, int shown_w,
                          int shown_h)
{
    unsigned kx = ((unsigned)shown_w + width - 1) / width;
    unsigned ky = ((unsigned)shown_h + height - 1) / height;
    kx = kx < 1 ? 1 : kx;
    ky = ky < 1 ? 1 : ky;
    while (kx > 1 && kx * width > MAX_TEXTURE)
        kx--;
    while (ky > 1 && ky * height > MAX_TEXTURE)
        ky--;
    int big_w = 0, big_h = 0;
    if (w->big)
        w->sdl.QueryTexture(w->big, NULL, NULL, &big_w, &big_h);
    if (w->screen && w->screen_w == width && w->screen_h == height && big_w == (int)(kx * width) &&
        big_h == (int)(ky * height))
        return false;
    if (w->screen)
        w->sdl.DestroyTexture(w->screen);
    if (w->big)
        w->sdl.DestroyTexture(w->big);
    w->sdl.SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "nearest");
    w->screen = w->sdl.CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888,
                                     SDL_TEXTUREACCESS_STREAMING, (int)width, (int)height);
    w->sdl.SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
    w->big = w->sdl.CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_TARGET,
                                  (int)(kx * width), (int)(ky * height));
    w->screen_w = width;
    w->screen_h = height;
    return true;
}

/* The lines of the frame that the texture does not have yet. */
static bool update_texture(struct window *w, bool all)
{
    unsigned first = all ? 0 : w->new_first, end = all ? w->frame.height : w->new_end;
    if (!all && (!w->frame_new || first >= end))
        return true;
    SDL_Rect lines = {0, (int)first, (int)w->frame.width, (int)(end - first)};
    return w->sdl.UpdateTexture(w->screen, &lines, w->frame.pixels + (size_t)first * w->frame.width,
                                (int)(w->frame.width * sizeof(u32))) == 0;
}

/* The largest rectangle of the right aspect in the middle of the window. */
static SDL_Rect place(const struct window *w)
{
    int ww, wh;
    w->sdl.GetRendererOutputSize(w->renderer, &ww, &wh);
    double aspect = w->aspect > 0.1 ? w->aspect : 4.0 / 3;
    SDL_Rect r = {.w = ww, .h = (int)(ww / aspect + 0.5)};
    if (r.h > wh) {
        r.h = wh;
        r.w = (int)(wh * aspect + 0.5);
    }
    r.x = (ww - r.w) / 2;
    r.y = (wh - r.h) / 2;
    return r;
}

/*
 * Pixels are first enlarged by whole numbers without blur, then brought to the window's size
 * smoothly: sharp, and yet every pixel equally wide.
 */
static void draw(struct window *w)
{
    SDL_Rect to = place(w);
    bool shown = false;
    w->sdl.LockMutex(w->lock);
    if (w->frame.width && w->frame.height && to.w > 0 && to.h > 0) {
        w->aspect = w->frame_aspect;
        to = place(w);
        bool all = make_textures(w, w->frame.width, w->frame.height, to.w, to.h);
        shown = w->screen && update_texture(w, all);
    }
    w->frame_new = false;
    w->sdl.UnlockMutex(w->lock);
    SDL_Texture *from = w->screen;
    if (shown && w->big && w->sdl.SetRenderTarget(w->renderer, w->big) == 0) {
        w->sdl.RenderCopy(w->renderer, w->screen, NULL, NULL);
        w->sdl.SetRenderTarget(w->renderer, NULL);
        from = w->big;
    }
    w->sdl.SetRenderDrawColor(w->renderer, 0, 0, 0, 255);
    w->sdl.RenderClear(w->renderer);
    if (shown)
        w->sdl.RenderCopy(w->renderer, from, NULL, &to);
    w->sdl.RenderPresent(w->renderer);
}

static void event_loop(struct window *w)
{
    bool redraw = true;
    while (!atomic_load(&w->quit) && !atomic_load(&w->over)) {
        SDL_Event e;
        if (w->sdl.WaitEventTimeout(&e, 8)) {
            do
                redraw |= on_event(w, &e);
            while (w->sdl.PollEvent(&e));
        }
        w->sdl.LockMutex(w->lock);
        redraw |= w->frame_new;
        w->sdl.UnlockMutex(w->lock);
        if (redraw)
            draw(w);
        redraw = false;
        if (!w->audio_tried && atomic_load(&w->tone)) /* the first beep */
            open_audio(w);
    }
    atomic_store(&w->quit, 1);
    vm_interrupt(w->m->vm);
}

/* ---- life ---- */

bool sdl_supported(void)
{
    return true;
}

/* 960 x 720, or what the desktop has room for. */
static bool open_window(struct window *w, struct err *e)
{
    int width = 960, height = 720;
    SDL_Rect room;
    if (w->sdl.GetDisplayUsableBounds(0, &room) == 0 && (room.w < width || room.h < height + 40)) {
        width = 640;
        height = 480;
    }
    w->window = w->sdl.CreateWindow("Ferrite", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                    width, height, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (w->window)
        w->renderer = w->sdl.CreateRenderer(w->window, -1, 0);
    if (w->window && !w->renderer)
        w->renderer = w->sdl.CreateRenderer(w->window, -1, SDL_RENDERER_SOFTWARE);
    if (!w->renderer)
        return err_set(e, "no window: %s (-display none runs without one)", w->sdl.GetError());
    w->aspect = 4.0 / 3;
    set_title(w);
    return true;
}

/* Video, the window, and the machine's thread beside it until one of them ends. */
static bool run(struct window *w, struct err *e)
{
    /* The window may be smaller than the guest's screen, and others may be full screen. */
    w->sdl.SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
    w->sdl.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); /* frontend/control/ending.h has them */
    if (w->sdl.Init(SDL_INIT_VIDEO) != 0)
        return err_set(e, "no window: %s (-display none runs without one)", w->sdl.GetError());
    w->lock = w->sdl.CreateMutex();
    if (!w->lock)
        return err_set(e, "out of memory");
    if (!open_window(w, e))
        return false;
    SDL_Thread *thread = w->sdl.CreateThread(machine_thread, "machine", w);
    if (!thread)
        return err_set(e, "no thread for the machine: %s", w->sdl.GetError());
    event_loop(w);
    w->sdl.WaitThread(thread, NULL);
    return true;
}

static void close_window(struct window *w)
{
    if (w->audio)
        w->sdl.CloseAudioDevice(w->audio);
    for (unsigned i = 0; i < w->queued; i++)
        free(w->queue[i].path);
    if (w->renderer)
        w->sdl.DestroyRenderer(w->renderer);
    if (w->window)
        w->sdl.DestroyWindow(w->window);
    if (w->lock)
        w->sdl.DestroyMutex(w->lock);
    picture_free(&w->frame);
    w->sdl.Quit();
}

bool sdl_run(struct machine *m, struct err *e)
{
    struct window *w = calloc(1, sizeof(*w));
    if (!w)
        return err_set(e, "out of memory");
    w->m = m;
    bool ok = sdl_library_open(&w->sdl, e);
    if (ok) {
        ok = run(w, e);
        close_window(w);
    }
    sdl_library_close(&w->sdl);
    free(w);
    return ok;
}
