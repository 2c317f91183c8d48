/*
 * sdl_lost.c - the display's server goes away under a window: it is killed, or the connection to it
 * is cut. The machine is kept in a file before the program ends. See window.h.
 *
 * X: a request that is refused ends nothing: windows go away while somebody still writes to them,
 * our own when it is closed and other programs' that have asked for what was copied. When the
 * connection is lost, Xlib calls one handler of the process, in the thread that has met the error,
 * and ends the program when it returns; ours does not. It is called within whatever call of SDL
 * that was, so nothing of SDL that could touch the server may be used from there on.
 *
 * Two threads can meet it: the window's, and the machine's, whose SDL_PushEvent() wakes the other
 * one by a message through the server, on a connection of its own. The machine's thread is between
 * two slices then and keeps the machine itself; the window's waits until it is. Both may meet it
 * one after the other: the machine's thread says at its end that it is over, and wakes the window's
 * for it. So whoever has the machine first has it, and the other rests until the program is gone.
 *
 * Wayland: SDL says SDL_QUIT, once, as it does when somebody closes the window; but then it has
 * told before that the window is to be closed.
 */
#include "frontend/window/window.h"

#if __has_include(<X11/Xlib.h>)

#include "frontend/control/snapshot.h"
#include "hw/base/library.h"

#include <SDL_syswm.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE 10.0 /* seconds, for the machine's slice to end */

/* Xlib tells its handler nothing of ours: whose thread this is. */
static _Thread_local struct {
    struct window *window;
    bool runs_machine;
    bool refused; /* the server refused a request of this thread, which is said once */
} here;

struct x11 {
    SDL_bool (*window_info)(SDL_Window *window, SDL_SysWMinfo *info);
    XIOErrorHandler (*set_lost_handler)(XIOErrorHandler handler);
    XErrorHandler (*set_error_handler)(XErrorHandler handler);
};

static const struct library_function window_info[] = {
    {"SDL_GetWindowWMInfo", offsetof(struct x11, window_info)}};
static const struct library_function handlers[] = {
    {"XSetIOErrorHandler", offsetof(struct x11, set_lost_handler)},
    {"XSetErrorHandler", offsetof(struct x11, set_error_handler)}};
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

/* The end of the program, in a thread that may touch the machine. */
static void end(struct window *w)
{
    ending_over(w->m->ending);
    vm_go_on(w->m->vm); /* whoever ends the run has interrupted it, which saving would heed */
    if (!w->finished)
        keep(w);
    int status = machine_close(w->m);
    fflush(NULL);
    /* A signal that came before the server went may be heard of behind it. */
    bool asked = ending_asked(w->m->ending);
    _exit(w->finished ? status : asked ? ending_status(w->m->ending) : EXIT_FAILURE);
}

/* Whether the machine is this thread's now, to be kept and closed: one of the two has it. */
static bool claims(struct window *w)
{
    w->sdl.LockMutex(w->lock); /* no call to the server holds it; see event_loop() */
    bool first = !atomic_exchange(&w->claimed, 1);
    w->sdl.UnlockMutex(w->lock);
    return first;
}

static void rest_for_ever(void)
{
    for (;;)
        host_sleep(PATIENCE);
}

static void wait_for_machine(struct window *w)
{
    double until = host_seconds() + PATIENCE;
    atomic_store(&w->quit, 1);
    while (!atomic_load(&w->over) && (atomic_load(&w->claimed) || host_seconds() < until))
        host_sleep(0.005);
    if (!claims(w))
        rest_for_ever();
    if (atomic_load(&w->over))
        return;
    fputs("ferrite: the window is lost, and the machine does not stop: it was not saved\n", stderr);
    _exit(EXIT_FAILURE);
}

/* It does not come back, but to threads that are none of ours: those give the others a while. */
static int on_lost(Display *display)
{
    (void)display;
    if (!here.window) {
        host_sleep(PATIENCE);
        return 0;
    }
    if (!here.runs_machine)
        wait_for_machine(here.window);
    else if (!claims(here.window))
        rest_for_ever();
    end(here.window);
    return 0;
}

/* The server refuses a request: Xlib's own handler would end the program, and the machine in it. */
static int on_error(Display *display, XErrorEvent *error)
{
    (void)display;
    if (here.window && !here.window->finished && !here.refused)
        fprintf(stderr,
                "ferrite: the display's server refused a request (error %u of request %u)\n",
                error->error_code, error->request_code);
    here.refused = true;
    return 0;
}

void window_machine_thread(struct window *w)
{
    here.window = w;
    here.runs_machine = true;
}

void window_lost(struct window *w)
{
    wait_for_machine(w);
    end(w);
}

/*
 * SDL sets Xlib's error handler while it starts, and puts the one that it found back just before it
 * closes its connections, whose last errors come only then: ours has to be there first.
 */
void window_watch_requests(struct window *w)
{
    struct x11 x = {NULL, NULL, NULL};
    void *library = library_open(&xlib, &x, NULL);
    if (!library)
        return;
    here.window = w;
    x.set_error_handler(on_error);
    library_close(library); /* it stays, and SDL is about to open it */
}

void window_watch_server(struct window *w)
{
    struct x11 x = {NULL, NULL, NULL};
    SDL_SysWMinfo info;
    void *library = library_open(&sdl, &x, NULL), *other = NULL;
    SDL_VERSION(&info.version);
    bool known = library && x.window_info(w->window, &info);
    w->wayland = known && info.subsystem == SDL_SYSWM_WAYLAND;
    if (known && info.subsystem == SDL_SYSWM_X11 && (other = library_open(&xlib, &x, NULL))) {
        here.window = w;
        x.set_lost_handler(on_lost);
        x.set_error_handler(on_error); /* before SDL's, which tries to put the screen's mode back */
    }
    /* SDL has both of them open as long as there is a window. */
    library_close(other);
    library_close(library);
}

void window_unwatch(void)
{
    here.window = NULL;
}

#else

void window_watch_requests(struct window *w)
{
    (void)w;
}

void window_watch_server(struct window *w)
{
    (void)w;
}

void window_machine_thread(struct window *w)
{
    (void)w;
}

void window_unwatch(void)
{
}

void window_lost(struct window *w)
{
    atomic_store(&w->quit, 1);
}

#endif
