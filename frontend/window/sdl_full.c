/*
 * sdl_full.c - full screen, and back. See window.h.
 *
 * SDL asks the window manager (EWMH, _NET_WM_STATE) and believes that it was done. On an X server
 * without one, a kiosk's or startx' for one program, nobody does it: there the window is given the
 * place and the size of its display by us. A window manager is whoever has asked the root window
 * for the requests of others (SubstructureRedirect, ICCCM 4.1), which one client at a time can.
 */
#include "frontend/window/window.h"

#if __has_include(<X11/Xlib.h>)

#include "hw/base/library.h"

#include <SDL_syswm.h>

struct x11 {
    SDL_bool (*window_info)(SDL_Window *window, SDL_SysWMinfo *info);
    Window (*root)(Display *display);
    Status (*attributes)(Display *display, Window window, XWindowAttributes *out);
};

static const struct library_function window_info[] = {
    {"SDL_GetWindowWMInfo", offsetof(struct x11, window_info)}};
static const struct library_function windows[] = {
    {"XDefaultRootWindow", offsetof(struct x11, root)},
    {"XGetWindowAttributes", offsetof(struct x11, attributes)}};
static const struct library sdl = {"SDL 2", "libsdl2-2.0-0", "libSDL2-2.0.so.0", window_info, 1};
static const struct library xlib = {"Xlib", "libx11-6", "libX11.so.6", windows,
                                    ARRAY_SIZE(windows)};

/* Is there somebody who makes windows full screen? */
static bool managed(struct window *w)
{
    struct x11 x = {NULL, NULL, NULL};
    SDL_SysWMinfo info;
    XWindowAttributes root;
    bool is = true;
    void *library = library_open(&sdl, &x, NULL), *other = NULL;
    SDL_VERSION(&info.version);
    if (library && x.window_info(w->window, &info) && info.subsystem == SDL_SYSWM_X11 &&
        (other = library_open(&xlib, &x, NULL))) {
        Display *display = info.info.x11.display;
        is = !x.attributes(display, x.root(display), &root) ||
             (root.all_event_masks & SubstructureRedirectMask);
    }
    library_close(other);
    library_close(library);
    return is;
}

#else

static bool managed(struct window *w)
{
    (void)w;
    return true;
}

#endif

static void place(struct window *w, SDL_Rect r)
{
    w->set_w = r.w; /* nobody's choice, so not remembered */
    w->set_h = r.h;
    w->sdl.SetWindowSize(w->window, r.w, r.h);
    w->sdl.SetWindowPosition(w->window, r.x, r.y);
}

void window_fullscreen(struct window *w, bool on)
{
    SDL_Rect display, *before = &w->unfull;
    if (before->w && !on) {
        place(w, *before);
        *before = (SDL_Rect){0};
        return;
    }
    int n = w->sdl.GetWindowDisplayIndex(w->window);
    if (on && !before->w && !managed(w) &&
        w->sdl.GetDisplayUsableBounds(n < 0 ? 0 : n, &display) == 0) {
        w->sdl.GetWindowPosition(w->window, &before->x, &before->y);
        w->sdl.GetWindowSize(w->window, &before->w, &before->h);
        place(w, display);
        return;
    }
    if (!before->w)
        w->sdl.SetWindowFullscreen(w->window, on ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
}
