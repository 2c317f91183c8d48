/*
 * sdl.c - the life of the window, and its event loop. Only the files of this folder know SDL; what
 * they share is in window.h.
 */
#include "frontend/window/sdl.h"

#include "frontend/window/window.h"

#include <stdlib.h>

static void event_loop(struct window *w)
{
    bool redraw = true;
    while (!atomic_load(&w->quit) && !atomic_load(&w->over)) {
        SDL_Event e;
        if (w->sdl.WaitEventTimeout(&e, 8)) {
            do
                redraw |= window_event(w, &e);
            while (w->sdl.PollEvent(&e));
        }
        w->sdl.LockMutex(w->lock);
        redraw |= w->frame_new;
        w->sdl.UnlockMutex(w->lock);
        redraw |= window_message_changed(w);
        if (redraw)
            window_draw(w);
        redraw = false;
        if (!w->audio_tried && atomic_load(&w->tone)) /* the first beep */
            window_open_audio(w);
    }
    atomic_store(&w->quit, 1);
    vm_interrupt(w->m->vm);
}

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
    window_title(w);
    return true;
}

/* Video, the window, and the machine's thread beside it until one of them ends. */
static bool run(struct window *w, struct err *e)
{
    /* The window may be smaller than the guest's screen, and others may be full screen. */
    w->sdl.SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
    w->sdl.SetHint(SDL_HINT_ALLOW_ALT_TAB_WHILE_GRABBED, "0");
    w->sdl.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); /* frontend/control/ending.h has them */
    if (w->sdl.Init(SDL_INIT_VIDEO) != 0)
        return err_set(e, "no window: %s (-display none runs without one)", w->sdl.GetError());
    w->lock = w->sdl.CreateMutex();
    if (!w->lock)
        return err_set(e, "out of memory");
    if (!open_window(w, e))
        return false;
    w->m->say = window_show;
    w->m->say_opaque = w;
    SDL_Thread *thread = w->sdl.CreateThread(window_machine, "machine", w);
    if (!thread)
        return err_set(e, "no thread for the machine: %s", w->sdl.GetError());
    event_loop(w);
    w->sdl.WaitThread(thread, NULL);
    w->m->say = NULL;
    return true;
}

static void close_window(struct window *w)
{
    if (w->audio)
        w->sdl.CloseAudioDevice(w->audio);
    for (unsigned i = 0; i < w->queued; i++)
        window_drop(&w->queue[i]);
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
