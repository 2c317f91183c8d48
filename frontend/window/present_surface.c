/*
 * present_surface.c - the window's contents made by the processor. See present.h.
 *
 * Only rectangles that changed are composed and sent to the host: the rows of the picture in which
 * the guest drew, and the layers that came, went or became others. An idle text screen is a few
 * rows around its cursor.
 */
#include "frontend/window/present.h"

#include <string.h>

enum { RECTS = 2 * LAYERS + 2 };

struct damage {
    SDL_Rect rect[RECTS];
    int count;
};

bool present_surface_open(struct present *p, struct err *e)
{
    /* SDL must not bring the pixels on the screen by a renderer of its own. */
    p->sdl->SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    p->surface = p->sdl->GetWindowSurface(p->window);
    const char *why = p->sdl->GetError(); /* may say nothing */
    return p->surface || err_set(e, "no window: %s (-display none runs without one)",
                                 *why ? why : "the display has no way to show a picture");
}

static SDL_Rect within(SDL_Rect r, int w, int h)
{
    int right = r.x + r.w < w ? r.x + r.w : w, bottom = r.y + r.h < h ? r.y + r.h : h;
    r.x = r.x > 0 ? r.x : 0;
    r.y = r.y > 0 ? r.y : 0;
    r.w = right > r.x ? right - r.x : 0;
    r.h = bottom > r.y ? bottom - r.y : 0;
    return r;
}

static SDL_Rect meet(SDL_Rect a, SDL_Rect b)
{
    int x = a.x > b.x ? a.x : b.x, y = a.y > b.y ? a.y : b.y;
    int right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
    int bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    return (SDL_Rect){x, y, right > x ? right - x : 0, bottom > y ? bottom - y : 0};
}

static void add(struct damage *d, SDL_Rect r, int w, int h)
{
    r = within(r, w, h);
    if (r.w && r.h && d->count < RECTS)
        d->rect[d->count++] = r;
}

static u32 *row_of(struct present *p, int y)
{
    return (u32 *)(void *)((u8 *)p->surface->pixels + (size_t)y * (size_t)p->surface->pitch);
}

/* The picture, and black around it. */
static void compose_picture(struct present *p, SDL_Rect r, const struct present_job *job)
{
    SDL_Rect place = {job->to.x, job->to.y, job->to.w, job->to.h};
    bool any = job->picture->width && p->scaled.pixels;
    SDL_Rect in = meet(r, place);
    for (int y = r.y; y < r.y + r.h; y++) {
        u32 *row = row_of(p, y);
        bool shown = any && in.w && y >= in.y && y < in.y + in.h;
        int left = shown ? in.x : r.x + r.w, right = shown ? in.x + in.w : r.x + r.w;
        memset(row + r.x, 0, (size_t)(left - r.x) * sizeof(*row));
        if (shown)
            memcpy(row + left,
                   p->scaled.pixels + (size_t)(y - place.y) * (size_t)place.w + (left - place.x),
                   (size_t)in.w * sizeof(*row));
        memset(row + right, 0, (size_t)(r.x + r.w - right) * sizeof(*row));
    }
}

static SDL_Rect layer_rect(const struct layer *l)
{
    if (!l->shown)
        return (SDL_Rect){0};
    return (SDL_Rect){l->x, l->y, l->canvas.width * l->scale, l->canvas.height * l->scale};
}

static void compose_layer(struct present *p, SDL_Rect r, const struct layer *l)
{
    r = meet(r, layer_rect(l));
    for (int y = r.y; y < r.y + r.h; y++) {
        const u32 *from =
            l->canvas.pixels + (size_t)((y - l->y) / l->scale) * (size_t)l->canvas.width;
        u32 *to = row_of(p, y);
        for (int x = r.x; x < r.x + r.w; x++)
            to[x] = from[(x - l->x) / l->scale];
    }
}

static bool same_place(const struct scale_place *a, const struct scale_place *b)
{
    return a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h;
}

/* What must be composed anew. */
static void find_damage(struct present *p, const struct present_job *job, struct damage *d)
{
    int w = p->surface->w, h = p->surface->h;
    unsigned from = 0, to = 0;
    bool shown = job->picture->width && job->to.w && job->to.h;
    if (shown && !scaled_update(&p->scaled, job, &from, &to))
        shown = false;
    bool all = p->blank || w != p->window_w || h != p->window_h || !same_place(&job->to, &p->was);
    p->window_w = w;
    p->window_h = h;
    p->was = job->to;
    p->blank = false;
    if (all || (job->all && !shown))
        add(d, (SDL_Rect){0, 0, w, h}, w, h);
    else if (from < to)
        add(d, (SDL_Rect){job->to.x, job->to.y + (int)from, job->to.w, (int)(to - from)}, w, h);
    for (unsigned i = 0; i < LAYERS; i++) {
        struct layer *l = &job->layer[i];
        SDL_Rect is = layer_rect(l);
        bool moved = memcmp(&is, &l->was, sizeof(is)) != 0;
        if (!all && moved)
            add(d, l->was, w, h);
        if (!all && (moved || l->changed))
            add(d, is, w, h);
        l->was = is;
    }
}

void present_surface_draw(struct present *p, const struct present_job *job)
{
    struct damage d = {.count = 0};
    /* After a change of size the old one is gone. */
    p->surface = p->sdl->GetWindowSurface(p->window);
    if (!p->surface || p->surface->format->BytesPerPixel != 4)
        return;
    find_damage(p, job, &d);
    for (int i = 0; i < d.count; i++) {
        compose_picture(p, d.rect[i], job);
        for (unsigned k = 0; k < LAYERS; k++)
            compose_layer(p, d.rect[i], &job->layer[k]);
    }
    if (d.count)
        p->sdl->UpdateWindowSurfaceRects(p->window, d.rect, d.count);
}
