/*
 * sdl_picture.c - the guest's picture in the window. See window.h.
 */
#include "frontend/window/window.h"

enum { MAX_TEXTURE = 4096 };

/* Textures for the guest's screen; the big one is optional. True: they are empty. */
static bool make_textures(struct window *w, int shown_w, int shown_h, bool fresh)
{
    unsigned width = w->screen_w, height = w->screen_h;
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
    if (w->screen && !fresh && big_w == (int)(kx * width) && big_h == (int)(ky * height))
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
 * A guest screen larger than the window enlarges it, as far as the desktop has room: reduced text
 * is hard to read. What the person made larger stays so.
 */
static void fit_window(struct window *w)
{
    int ww, wh, pw, ph, top = 0, left = 0, bottom = 0, right = 0;
    SDL_Rect room;
    int display = w->sdl.GetWindowDisplayIndex(w->window);
    if (w->fullscreen || w->sdl.GetDisplayUsableBounds(display < 0 ? 0 : display, &room) != 0 ||
        (w->sdl.GetWindowFlags(w->window) & SDL_WINDOW_MAXIMIZED))
        return;
    w->sdl.GetWindowSize(w->window, &ww, &wh);
    w->sdl.GetRendererOutputSize(w->renderer, &pw, &ph);
    if (ww <= 0 || pw <= 0)
        return;
    w->sdl.GetWindowBordersSize(w->window, &top, &left, &bottom, &right);
    room.w -= left + right;
    room.h -= top + bottom;
    double aspect = w->aspect > 0.1 ? w->aspect : 4.0 / 3, dpi = (double)pw / ww;
    double height = w->screen_h > w->screen_w / aspect ? w->screen_h : w->screen_w / aspect;
    int want_w = (int)(height * aspect / dpi + 0.5), want_h = (int)(height / dpi + 0.5);
    want_w = want_w < room.w ? want_w : room.w;
    want_h = want_h < room.h ? want_h : room.h;
    if (want_w <= ww && want_h <= wh)
        return;
    w->sdl.SetWindowSize(w->window, want_w > ww ? want_w : ww, want_h > wh ? want_h : wh);
    w->sdl.SetWindowPosition(w->window, SDL_WINDOWPOS_CENTERED_DISPLAY(display < 0 ? 0 : display),
                             SDL_WINDOWPOS_CENTERED_DISPLAY(display < 0 ? 0 : display));
}

/*
 * Pixels are first enlarged by whole numbers without blur, then brought to the window's size
 * smoothly: sharp, and yet every pixel equally wide.
 */
void window_draw(struct window *w)
{
    SDL_Rect to = place(w);
    bool shown = false, fresh = false;
    w->sdl.LockMutex(w->lock);
    if (w->frame.width && w->frame.height && to.w > 0 && to.h > 0) {
        w->aspect = w->frame_aspect;
        if (w->frame.width != w->screen_w || w->frame.height != w->screen_h) {
            w->screen_w = w->frame.width;
            w->screen_h = w->frame.height;
            fresh = true;
            fit_window(w);
        }
        to = place(w);
        bool all = make_textures(w, to.w, to.h, fresh);
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
    window_draw_message(w);
    w->sdl.RenderPresent(w->renderer);
}
