/*
 * present.c - which way the window's contents go, and the picture made by the processor. See
 * present.h.
 */
#include "frontend/window/present.h"

#include <stdlib.h>

bool present_open(struct present *p, struct sdl_library *sdl, SDL_Window *window, struct err *e)
{
    *p = (struct present){.sdl = sdl, .window = window, .blank = true};
    /* Wayland has no pixels of a window's own: there it is a renderer, whatever that is done by. */
    return present_gpu_open(p, false) || present_surface_open(p, e) || present_gpu_open(p, true);
}

void present_close(struct present *p, struct layer *layers)
{
    if (p->renderer)
        present_gpu_close(p, layers);
    scaled_free(&p->scaled);
    for (unsigned i = 0; i < LAYERS; i++)
        canvas_free(&layers[i].canvas);
}

void present_forget(struct present *p, struct layer *layers)
{
    if (p->renderer)
        present_gpu_forget(p, layers);
    p->blank = true;
}

void present_size(struct present *p, int *w, int *h)
{
    *w = *h = 0;
    if (p->renderer)
        p->sdl->GetRendererOutputSize(p->renderer, w, h);
    else
        p->sdl->GetWindowSize(p->window, w, h);
}

void present_draw(struct present *p, const struct present_job *job)
{
    if (p->renderer)
        present_gpu_draw(p, job);
    else
        present_surface_draw(p, job);
    for (unsigned i = 0; i < LAYERS; i++)
        job->layer[i].changed = false;
}

bool scaled_update(struct scaled *s, const struct present_job *job, unsigned *from, unsigned *to)
{
    const struct picture *p = job->picture;
    bool all = job->all || !s->scaler || s->filter != job->filter || s->from_w != p->width ||
               s->from_h != p->height || s->w != job->to.w || s->h != job->to.h;
    if (all && (!s->scaler || s->filter != job->filter || s->from_w != p->width ||
                s->from_h != p->height || s->w != job->to.w || s->h != job->to.h)) {
        scaled_free(s);
        *s = (struct scaled){.filter = job->filter,
                             .from_w = p->width,
                             .from_h = p->height,
                             .w = job->to.w,
                             .h = job->to.h};
        s->pixels = malloc((size_t)s->w * (size_t)s->h * sizeof(*s->pixels));
        s->scaler = scaler_new(s->filter, s->from_w, s->from_h, (unsigned)s->w, (unsigned)s->h);
        if (!s->pixels || !s->scaler) {
            scaled_free(s);
            return false;
        }
    }
    *from = 0;
    *to = (unsigned)s->h;
    if (!all && job->first >= job->end)
        *to = 0;
    else if (!all)
        scaler_rows(s->scaler, job->first, job->end, from, to);
    scaler_run(s->scaler, p->pixels, s->pixels, (size_t)s->w, *from, *to);
    return true;
}

void scaled_free(struct scaled *s)
{
    scaler_free(s->scaler);
    free(s->pixels);
    *s = (struct scaled){0};
}
