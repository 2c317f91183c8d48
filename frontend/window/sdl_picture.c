/*
 * sdl_picture.c - the guest's frames in the window: which one is shown, how they are blended, and
 * how large the window is. See window.h.
 *
 * A frame comes when the guest's beam has finished it, so only whole ones are shown, and while a
 * mode is being set the last frame stays. pace=exact shows the newest frame at each of the host's;
 * of 70 frames on a 60 Hz screen one in seven is left out. pace=blend shows each of the host's
 * frames what the guest showed during it, the two frames that it lies across mixed by their time:
 * scrolling runs evenly, with a slight ghost.
 */
#include "frontend/window/window.h"

#include <string.h>

#define HOST_FRAME (1.0 / 60) /* when the host does not say */

/*
 * A guest screen larger than the window enlarges it, as far as the desktop has room: reduced text
 * is hard to read. A size that the person chose stays.
 */
static void fit_window(struct window *w)
{
    int ww, wh, pw, ph, top = 0, left = 0, bottom = 0, right = 0;
    SDL_Rect room;
    int display = w->sdl.GetWindowDisplayIndex(w->window);
    if (w->settings.fullscreen || w->settings.width || w->aspect < 0.1 ||
        w->sdl.GetDisplayUsableBounds(display < 0 ? 0 : display, &room) != 0 ||
        (w->sdl.GetWindowFlags(w->window) & SDL_WINDOW_MAXIMIZED))
        return;
    w->sdl.GetWindowSize(w->window, &ww, &wh);
    present_size(&w->present, &pw, &ph);
    if (ww <= 0 || pw <= 0)
        return;
    w->sdl.GetWindowBordersSize(w->window, &top, &left, &bottom, &right);
    room.w -= left + right;
    room.h -= top + bottom;
    double dpi = (double)pw / ww;
    unsigned width = w->shown.width, lines = w->shown.height;
    double height = lines > width / w->aspect ? lines : width / w->aspect;
    int want_w = (int)(height * w->aspect / dpi + 0.5), want_h = (int)(height / dpi + 0.5);
    want_w = want_w < room.w ? want_w : room.w;
    want_h = want_h < room.h ? want_h : room.h;
    if (want_w <= ww && want_h <= wh)
        return;
    w->set_w = want_w > ww ? want_w : ww;
    w->set_h = want_h > wh ? want_h : wh;
    w->sdl.SetWindowSize(w->window, w->set_w, w->set_h);
    w->sdl.SetWindowPosition(w->window, SDL_WINDOWPOS_CENTERED_DISPLAY(display < 0 ? 0 : display),
                             SDL_WINDOWPOS_CENTERED_DISPLAY(display < 0 ? 0 : display));
}

bool window_frame_waits(struct window *w)
{
    w->sdl.LockMutex(w->lock);
    bool waits = w->frame_new || w->mixing;
    w->sdl.UnlockMutex(w->lock);
    return waits && !w->mark.on;
}

/*
 * `p` becomes what `shown` is. Once it follows it differs in the lines mix_first to mix_end at
 * most, and only those are copied: a cursor that blinks costs its own lines.
 */
static bool follow_shown(const struct window *w, struct picture *p, bool *follows)
{
    const struct picture *s = &w->shown;
    if (*follows && p->width == s->width && p->height == s->height) {
        size_t from = (size_t)w->mix_first * s->width;
        if (w->mix_first < w->mix_end)
            memcpy(p->pixels + from, s->pixels + from,
                   (size_t)(w->mix_end - w->mix_first) * s->width * sizeof(u32));
        return true;
    }
    *follows = picture_copy(p, s->pixels, s->width, s->height);
    return *follows;
}

/* `before` becomes what `shown` is. */
static void keep_before(struct window *w)
{
    if (w->settings.pace == PACE_BLEND && w->shown.width)
        follow_shown(w, &w->before, &w->before_follows);
    else
        w->before_follows = w->mixed_follows = false;
}

/* Lines first to end belong to *to_first to *to_end, too. */
static void add_lines(unsigned *to_first, unsigned *to_end, unsigned first, unsigned end)
{
    if (first >= end)
        return;
    if (*to_first >= *to_end) {
        *to_first = first;
        *to_end = end;
        return;
    }
    *to_first = first < *to_first ? first : *to_first;
    *to_end = end > *to_end ? end : *to_end;
}

/* Take the newest frame over. true: the guest's screen has another size. */
static bool take_frame(struct window *w)
{
    bool resized = false;
    w->sdl.LockMutex(w->lock);
    if (w->frame_new) {
        keep_before(w);
        const struct picture *f = &w->frame;
        resized = f->width != w->shown.width || f->height != w->shown.height;
        size_t from = (size_t)w->new_first * f->width;
        if (resized || w->aspect != w->frame_aspect) {
            w->before_follows = w->mixed_follows = false;
            picture_copy(&w->shown, f->pixels, f->width, f->height);
            w->shown_all = true;
        } else if (w->new_first < w->new_end) {
            memcpy(w->shown.pixels + from, f->pixels + from,
                   (size_t)(w->new_end - w->new_first) * f->width * sizeof(u32));
        }
        add_lines(&w->shown_first, &w->shown_end, w->new_first, w->new_end);
        if (!w->before_follows) {
            if (w->mixing) /* on the screen they have a part of older ones */
                add_lines(&w->shown_first, &w->shown_end, w->mix_first, w->mix_end);
            w->mix_first = w->mix_end = 0;
        }
        add_lines(&w->mix_first, &w->mix_end, w->new_first, w->new_end);
        w->aspect = w->frame_aspect;
        w->arrived = host_seconds();
        w->frame_new = false;
        w->mixing = w->before_follows;
    }
    w->sdl.UnlockMutex(w->lock);
    return resized;
}

static double host_frame(struct window *w)
{
    SDL_DisplayMode mode;
    int display = w->sdl.GetWindowDisplayIndex(w->window);
    if (display < 0 || w->sdl.GetCurrentDisplayMode(display, &mode) != 0 || mode.refresh_rate < 20)
        return HOST_FRAME;
    return 1.0 / mode.refresh_rate;
}

/* What is to be shown now: `shown`, with what is marked, or a mixture with the frame before it. */
static const struct picture *mix(struct window *w)
{
    if (w->mark.on) {
        w->mixing = w->mixed_follows = false;
        w->shown_all = true;
        if (!picture_copy(&w->mixed, w->shown.pixels, w->shown.width, w->shown.height))
            return &w->shown;
        mark_invert(w, &w->mixed);
        return &w->mixed;
    }
    if (!w->mixing)
        return &w->shown;
    double part = (host_seconds() - w->arrived) / host_frame(w);
    unsigned now = part >= 1 ? 256 : (unsigned)(part * 256);
    w->mixing = now < 256;
    add_lines(&w->shown_first, &w->shown_end, w->mix_first, w->mix_end);
    if (!w->mixing) { /* all are one picture again */
        follow_shown(w, &w->mixed, &w->mixed_follows);
        follow_shown(w, &w->before, &w->before_follows);
        w->mix_first = w->mix_end = 0;
        return &w->shown;
    }
    if (w->before.width != w->shown.width || w->before.height != w->shown.height ||
        !follow_shown(w, &w->mixed, &w->mixed_follows))
        return &w->shown;
    size_t from = (size_t)w->mix_first * w->shown.width;
    if (w->mix_first < w->mix_end)
        scaler_mix(w->mixed.pixels + from, w->shown.pixels + from, w->before.pixels + from, now,
                   (size_t)(w->mix_end - w->mix_first) * w->shown.width);
    return &w->mixed;
}

void window_draw(struct window *w)
{
    if (!w->mark.on && take_frame(w)) /* what is being marked stands still */
        fit_window(w);
    int width, height;
    present_size(&w->present, &width, &height);
    ui_layout(w, width, height);
    const struct picture *p = mix(w);
    struct present_job job = {.picture = p,
                              .first = w->shown_first,
                              .end = w->shown_end,
                              .all = w->shown_all,
                              .filter = (enum scale_filter)w->settings.filter,
                              .layer = w->ui.layer};
    job.to = scale_place((enum scale_mode)w->settings.scale, p->width, p->height, w->aspect, width,
                         height - ui_reserved(w));
    present_draw(&w->present, &job);
    w->shown_first = w->shown_end = 0;
    w->shown_all = false;
}

void window_picture_free(struct window *w)
{
    picture_free(&w->frame);
    picture_free(&w->shown);
    picture_free(&w->before);
    picture_free(&w->mixed);
}
