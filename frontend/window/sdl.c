/*
 * sdl.c - the life of the window, and its event loop. Only the files of this folder know SDL; what
 * they share is in window.h.
 */
#include "frontend/window/sdl.h"

#include "frontend/cli/confine.h"
#include "frontend/control/sound_in.h"
#include "frontend/window/window.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/* Sleeps until an event comes, the machine's thread has something new, or time changes a thing. */
static void event_loop(struct window *w)
{
    bool redraw = true;
    while (!atomic_load(&w->quit) && !atomic_load(&w->over)) {
        SDL_Event e;
        double patience = redraw || w->mixing ? 0.004 : ui_patience(w, host_seconds());
        if (w->sdl.WaitEventTimeout(&e, (int)(patience * 1000) + 1)) {
            do
                redraw |= window_event(w, &e);
            while (w->sdl.PollEvent(&e));
        }
        redraw |= ui_update(w, host_seconds());
        redraw |= window_frame_waits(w);
        if (redraw)
            window_draw(w);
        ui_tell_menu(w);
        redraw = false;
        if (!w->audio_tried && atomic_load(&w->playback.heard)) /* the first sound */
            window_open_audio(w);
        if (!w->microphone_tried && sound_in_wanted(w->m->sound_in))
            window_open_microphone(w);
    }
    atomic_store(&w->quit, 1);
    w->sdl.LockMutex(w->lock);
    if (!atomic_load(&w->claimed)) /* else whoever has met the end of the server frees it */
        vm_interrupt(w->m->vm);
    w->sdl.UnlockMutex(w->lock);
}

bool sdl_supported(void)
{
    return true;
}

/*
 * The size that it had last; else 960 x 720, on a large desktop a multiple of it, on a small one
 * what it has room for.
 */
static bool open_window(struct window *w, struct err *e)
{
    SDL_Rect room;
    bool known = w->sdl.GetDisplayUsableBounds(0, &room) == 0;
    if (known && (room.w < w->settings.width || room.h < w->settings.height))
        w->settings.width = w->settings.height = 0; /* of another desktop */
    w->set_w = w->settings.width ? w->settings.width : 960;
    w->set_h = w->settings.height ? w->settings.height : 720;
    if (known && !w->settings.width && (room.w < w->set_w || room.h < w->set_h + 40)) {
        w->set_w = 640;
        w->set_h = 480;
    }
    if (known && !w->settings.width && room.w >= 2 * 960 + 200 && room.h >= 2 * 720 + 200) {
        int times = room.h / (720 + 100) < room.w / (960 + 100) ? room.h / (720 + 100)
                                                                : room.w / (960 + 100);
        w->set_w *= times;
        w->set_h *= times;
    }
    w->window =
        w->sdl.CreateWindow("Ferrite", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, w->set_w,
                            w->set_h, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!w->window)
        return err_set(e, "no window: %s (-display none runs without one)", w->sdl.GetError());
    if (!present_open(&w->present, &w->sdl, w->window, e))
        return false;
    w->aspect = 4.0 / 3;
    if (w->settings.fullscreen)
        window_fullscreen(w, true);
    atomic_store(&w->loud, w->settings.mute ? 0 : w->settings.volume);
    ui_open(w);
    window_title(w);
    return true;
}

/* What was remembered, and then what the command line says. */
static bool open_settings(struct window *w, struct err *e)
{
    settings_preset(&w->settings);
    settings_load(&w->settings);
    w->settings.fullscreen = 0; /* nobody is to be surprised by it */
    w->remembered = w->settings;
    if (!options_window(w->m->options, &w->settings, e))
        return false;
    w->given = w->settings;
    return true;
}

/*
 * SDL asks the session's bus for the screen saver and the like. Where there is no session, libdbus
 * would start one: a program that nobody wants, and that the first picture waits for.
 */
static void start_no_bus(void)
{
    static const char name[] = "DBUS_SESSION_BUS_ADDRESS";
    const char *folder = getenv("XDG_RUNTIME_DIR");
    char path[PATH_MAX];
    if (getenv(name))
        return;
    if (folder && snprintf(path, sizeof(path), "%s/bus", folder) < (int)sizeof(path) &&
        access(path, F_OK) == 0)
        return;
    setenv(name, "disabled:", 0);
}

/* Video, the window, and the machine's thread beside it until one of them ends. */
static bool run(struct window *w, struct err *e)
{
    /* The window may be smaller than the guest's screen, and others may be full screen. */
    w->sdl.SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
    w->sdl.SetHint(SDL_HINT_ALLOW_ALT_TAB_WHILE_GRABBED, "0");
    w->sdl.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); /* frontend/control/ending.h has them */
    start_no_bus();
    window_watch_requests(w);
    if (w->sdl.Init(SDL_INIT_VIDEO) != 0)
        return err_set(e, "no window: %s (-display none runs without one)", w->sdl.GetError());
    w->lock = w->sdl.CreateMutex();
    if (!w->lock)
        return err_set(e, "out of memory");
    if (!open_settings(w, e) || !open_window(w, e))
        return false;
    w->m->say = window_show;
    w->m->say_opaque = w;
    window_watch_server(w);
    if (!confine(w->m, e))
        return false;
    atomic_store(&w->over, 0);
    SDL_Thread *thread = w->sdl.CreateThread(window_machine, "machine", w);
    if (!thread) {
        atomic_store(&w->over, 1);
        return err_set(e, "no thread for the machine: %s", w->sdl.GetError());
    }
    window_stick_setting(w); /* while the machine starts */
    event_loop(w);
    w->sdl.WaitThread(thread, NULL);
    w->finished = true;
    w->m->say = NULL;
    return true;
}

static void close_window(struct window *w)
{
    if (w->lock)
        window_close_sticks(w);
    if (w->audio)
        w->sdl.CloseAudioDevice(w->audio);
    if (w->microphone)
        w->sdl.CloseAudioDevice(w->microphone);
    for (unsigned i = 0; i < w->queued; i++)
        window_drop(&w->queue[i]);
    struct err why;
    ui_close(w);
    if (w->window) {
        settings_ungive(&w->settings, &w->given, &w->remembered);
        if (!settings_save(&w->settings, &why))
            fprintf(stderr, "ferrite: %s\n", why.text);
        present_close(&w->present, w->ui.layer);
    }
    settings_free(&w->settings);
    if (w->window)
        w->sdl.DestroyWindow(w->window);
    if (w->lock)
        w->sdl.DestroyMutex(w->lock);
    window_picture_free(w);
    free(w->copied);
    reply_free(&w->menu_told);
    mark_free(w);
    w->sdl.Quit();
}

bool sdl_run(struct machine *m, struct err *e)
{
    struct window *w = calloc(1, sizeof(*w));
    if (!w)
        return err_set(e, "out of memory");
    w->m = m;
    w->stick_was = -1;
    atomic_store(&w->over, 1); /* no machine runs yet */
    bool ok = sdl_library_open(&w->sdl, e);
    if (ok) {
        ok = run(w, e);
        close_window(w);
        window_unwatch();
    }
    sdl_library_close(&w->sdl);
    free(w);
    return ok;
}
