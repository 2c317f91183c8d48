/*
 * present.h - bringing a picture and what lies over it on the screen, in one of two ways:
 *
 * present_gpu.c      SDL's renderer, where a graphics processor does it: the guest's pixels are
 *                    sent as they are and made larger there; waits for the host's retrace
 * present_surface.c  the window's own pixels, where all would be done by the processor anyway: what
 *                    changed is made and sent, and nothing else
 *
 * Window's thread only.
 */
#ifndef FERRITE_PRESENT_H
#define FERRITE_PRESENT_H

#include "frontend/scale/scaler.h"
#include "frontend/view/canvas.h"
#include "frontend/window/sdl_library.h"

enum { LAYER_STATUS, LAYER_MENU, LAYER_MESSAGE, LAYERS };

/* Something over the picture, in whole multiples of its dots. */
struct layer {
    struct canvas canvas;
    int x, y, scale;
    bool shown, changed; /* since it was on the screen last */
    SDL_Texture *texture;
    int texture_w, texture_h;
    SDL_Rect was; /* where it is on the screen; w 0: nowhere */
};

/* The picture made in the window's dots by the processor. */
struct scaled {
    struct scaler *scaler;
    enum scale_filter filter;
    unsigned from_w, from_h;
    int w, h;
    u32 *pixels;
};

struct present {
    struct sdl_library *sdl;
    SDL_Window *window;
    SDL_Renderer *renderer; /* NULL: the window's own pixels */
    bool smooth;            /* the renderer waits for the host's retrace */
    SDL_Texture *guest, *big, *tube;
    enum scale_filter filter; /* what the textures are made for */
    unsigned guest_w, guest_h;
    SDL_Surface *surface;
    struct scaled scaled;
    struct scale_place was; /* where the picture is */
    int window_w, window_h; /* in dots, as they were last */
    bool blank;             /* nothing is on the screen that could be kept */
};

/* What is to be on the screen. */
struct present_job {
    const struct picture *picture; /* 0 x 0: black */
    unsigned first, end;           /* its lines that are new since the last time */
    bool all;                      /* all of them */
    struct scale_place to;
    enum scale_filter filter;
    struct layer *layer; /* LAYERS of them, the last on top */
};

bool present_open(struct present *p, struct sdl_library *sdl, SDL_Window *window, struct err *e);
void present_close(struct present *p, struct layer *layers);
/* What was given to a graphics processor is gone: give it all again. */
void present_forget(struct present *p, struct layer *layers);
/* The window's size in dots. */
void present_size(struct present *p, int *w, int *h);
void present_draw(struct present *p, const struct present_job *job);

/* ---- inside ---- */

/* present_gpu.c: false when there is no graphics processor; `any`: no renderer at all. */
bool present_gpu_open(struct present *p, bool any);
void present_gpu_close(struct present *p, struct layer *layers);
void present_gpu_forget(struct present *p, struct layer *layers);
void present_gpu_draw(struct present *p, const struct present_job *job);

bool present_surface_open(struct present *p, struct err *e);
void present_surface_draw(struct present *p, const struct present_job *job);

/*
 * Make the lines of the picture in its new size; *from and *to: rows of the result that are others.
 * false when out of memory.
 */
bool scaled_update(struct scaled *s, const struct present_job *job, unsigned *from, unsigned *to);
void scaled_free(struct scaled *s);

#endif
