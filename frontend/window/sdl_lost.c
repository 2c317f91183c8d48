/*
 * sdl_lost.c - the X server goes away under a window: it is killed, or the connection to it is cut.
 * The machine is kept in a file before the program ends. See window.h.
 *
 * Xlib's own error handler ends the program. With one that returns, a function has its turn that
 * may be set for the connection (XSetIOErrorExitHandler, libX11 1.7). That is within whatever call
 * of SDL has met the error, so nothing of SDL that could touch the server may be used from there
 * on; the machine's thread never does.
 *
 * Not done: Wayland, where SDL says nothing else than that somebody closes the window.
 */
#include "frontend/window/window.h"

#if __has_include(<X11/Xlib.h>)

#include "frontend/control/snapshot.h"
#include "hw/base/library.h"

#include <SDL_syswm.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE 10.0 /* seconds, for the machine's slice to end */

struct x11 {
    SDL_bool (*window_info)(SDL_Window *window, SDL_SysWMinfo *info);
    XIOErrorHandler (*set_error_handler)(XIOErrorHandler handler);
    void (*set_exit_handler)(Display *display, XIOErrorExitHandler handler, void *user);
};

static const struct library_function window_info[] = {
    {"SDL_GetWindowWMInfo", offsetof(struct x11, window_info)}};
static const struct library_function handlers[] = {
    {"XSetIOErrorHandler", offsetof(struct x11, set_error_handler)},
    {"XSetIOErrorExitHandler", offsetof(struct x11, set_exit_handler)}};
static const struct library sdl = {"SDL 2", "libsdl2-2.0-0", "libSDL2-2.0.so.0", window_info, 1};
static const struct library xlib = {"Xlib", "libx11-6", "libX11.so.6", handlers,
                                    ARRAY_SIZE(handlers)};

static void keep(struct window *w)
{
    struct machine *m = w->m;
    struct err e;
    struct screen s;
    char path[SETTINGS_PATH + 20], picture[SETTINGS_PATH + 20];
    if (m->control.stopped & STOPPED_OFF) {
        fputs("ferrite: the window is lost: the display's server has gone\n", stderr);
        return;
    }
    snprintf(path, sizeof(path), "%s%slost.state", w->states, w->states[0] ? "/" : "ferrite-");
    snprintf(picture, sizeof(picture), "%s%slost.png", w->states, w->states[0] ? "/" : "ferrite-");
    if (!snapshot_save(m->vm, path, &e)) {
        fprintf(stderr, "ferrite: the window is lost: the display's server has gone; and %s\n",
                e.text);
        return;
    }
    vm_screen(m->vm, &s);
    picture_save(picture, s.pixels, s.width, s.height, NULL);
    fprintf(stderr,
            "ferrite: the window is lost: the display's server has gone. The machine was saved in "
            "%s; with the same options, -loadvm of that file goes on, as does Load state in the "
            "menu\n",
            path);
}

/* In the window's thread, from within some call of Xlib; it does not come back. */
static void on_lost(Display *display, void *opaque)
{
    struct window *w = opaque;
    double until = host_seconds() + PATIENCE;
    (void)display;
    atomic_store(&w->quit, 1);
    while (!atomic_load(&w->over) && host_seconds() < until)
        host_sleep(0.005);
    if (!atomic_load(&w->over)) { /* it hangs in a call of the host's */
        fputs("ferrite: the window is lost, and the machine does not stop: it was not saved\n",
              stderr);
        _exit(EXIT_FAILURE);
    }
    keep(w);
    ending_over(w->m->ending);
    machine_close(w->m);
    fflush(NULL);
    _exit(EXIT_FAILURE);
}

/* In place of Xlib's own, which would end the program. */
static int on_error(Display *display)
{
    (void)display;
    return 0;
}

void window_watch_server(struct window *w)
{
    struct x11 x = {NULL, NULL, NULL};
    SDL_SysWMinfo info;
    void *library = library_open(&sdl, &x, NULL), *other = NULL;
    SDL_VERSION(&info.version);
    if (library && x.window_info(w->window, &info) && info.subsystem == SDL_SYSWM_X11 &&
        (other = library_open(&xlib, &x, NULL))) {
        x.set_exit_handler(info.info.x11.display, on_lost, w);
        x.set_error_handler(on_error);
    }
    /* SDL has both of them open as long as there is a window. */
    library_close(other);
    library_close(library);
}

#else

void window_watch_server(struct window *w)
{
    (void)w;
}

#endif
