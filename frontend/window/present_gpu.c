/*
 * present_gpu.c - the window's contents made by a graphics processor, with SDL's renderer. See
 * present.h.
 *
 * The guest's pixels are sent as they are. "sharp" enlarges them there by whole numbers first and
 * brings the result to its size smoothly: hard edges, and every pixel equally wide. The colour tube
 * is made by the processor, in the window's dots.
 */
#include "frontend/window/present.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TEXTURE = 4096, GL_RENDERER_NAME = 0x1f01 };

/*
 * OpenGL without a graphics processor: our own way does less work. Whoever names a renderer in
 * SDL's own variable gets it.
 */
static bool is_software(struct present *p, const SDL_RendererInfo *info)
{
    const char *named = getenv("SDL_RENDER_DRIVER");
    if (named && *named)
        return false;
    static const char *const names[] = {"llvmpipe", "softpipe", "swrast", "SwiftShader"};
    if (!(info->flags & SDL_RENDERER_ACCELERATED))
        return true;
    if (strncmp(info->name, "opengl", 6) != 0)
        return false;
    const unsigned char *(*get_string)(unsigned) = NULL;
    void *f = p->sdl->GL_GetProcAddress("glGetString");
    memcpy(&get_string, &f, sizeof(f));
    const char *name = f ? (const char *)get_string(GL_RENDERER_NAME) : NULL;
    for (size_t i = 0; name && i < ARRAY_SIZE(names); i++) {
        if (strstr(name, names[i]))
            return true;
    }
    return false;
}

/*
 * Is there any graphics processor? To ask OpenGL takes a tenth of a second of the processor's time
 * where there is none, for it loads a compiler to be one by itself; the kernel knows at once. The
 * names are those of its drivers: DRM has a folder, others a device each. Not Linux: it may be.
 */
static bool has_graphics_processor(void)
{
#ifdef __linux__
    static const char *const drivers[] = {"/dev/dri",  "/dev/nvidiactl",  "/dev/dxg",
                                          "/dev/mali", "/dev/mali0",      "/dev/kgsl-3d0",
                                          "/dev/pvr",  "/dev/nvhost-gpu", "/dev/nvmap"};
    const char *named = getenv("SDL_RENDER_DRIVER");
    bool there = named && *named; /* whoever names one wants it, whatever it runs on */
    for (size_t i = 0; !there && i < ARRAY_SIZE(drivers); i++)
        there = access(drivers[i], F_OK) == 0;
    return there;
#else
    return true;
#endif
}

bool present_gpu_open(struct present *p, bool any)
{
    SDL_RendererInfo info;
    if (!any && !has_graphics_processor())
        return false;
    p->renderer =
        p->sdl->CreateRenderer(p->window, -1, SDL_RENDERER_ACCELERATED | SDL_RENDERER_PRESENTVSYNC);
    if (!p->renderer)
        return false;
    if (p->sdl->GetRendererInfo(p->renderer, &info) == 0 && (any || !is_software(p, &info))) {
        p->smooth = info.flags & SDL_RENDERER_PRESENTVSYNC;
        return true;
    }
    p->sdl->DestroyRenderer(p->renderer);
    p->renderer = NULL;
    return false;
}

static void drop(struct present *p, SDL_Texture **t)
{
    if (*t)
        p->sdl->DestroyTexture(*t);
    *t = NULL;
}

void present_gpu_forget(struct present *p, struct layer *layers)
{
    for (unsigned i = 0; i < LAYERS; i++)
        drop(p, &layers[i].texture);
    drop(p, &p->guest);
    drop(p, &p->big);
    drop(p, &p->tube);
}

void present_gpu_close(struct present *p, struct layer *layers)
{
    present_gpu_forget(p, layers);
    p->sdl->DestroyRenderer(p->renderer);
    p->renderer = NULL;
}

static SDL_Texture *make(struct present *p, bool linear, int access, int w, int h)
{
    p->sdl->SetHint(SDL_HINT_RENDER_SCALE_QUALITY, linear ? "linear" : "nearest");
    return p->sdl->CreateTexture(p->renderer, SDL_PIXELFORMAT_RGB888, access, w, h);
}

static int times(int shown, unsigned size)
{
    int k = (shown + (int)size - 1) / (int)size;
    while (k > 1 && k * (int)size > MAX_TEXTURE)
        k--;
    return k < 1 ? 1 : k;
}

/* Textures for the picture as it is now. true: they are empty. */
static bool make_textures(struct present *p, const struct present_job *job)
{
    unsigned w = job->picture->width, h = job->picture->height;
    bool tube = job->filter == FILTER_CRT;
    bool size = w != p->guest_w || h != p->guest_h || job->filter != p->filter;
    bool place = job->to.w != p->was.w || job->to.h != p->was.h;
    if (!size && !place && (tube ? p->tube : p->guest))
        return false;
    if (tube) {
        drop(p, &p->tube);
        p->tube = make(p, false, SDL_TEXTUREACCESS_STREAMING, job->to.w, job->to.h);
    } else if (size || !p->guest) {
        drop(p, &p->guest);
        p->guest =
            make(p, job->filter == FILTER_LINEAR, SDL_TEXTUREACCESS_STREAMING, (int)w, (int)h);
    }
    drop(p, &p->big);
    if (job->filter == FILTER_SHARP)
        p->big = make(p, true, SDL_TEXTUREACCESS_TARGET, times(job->to.w, w) * (int)w,
                      times(job->to.h, h) * (int)h);
    p->guest_w = w;
    p->guest_h = h;
    p->filter = job->filter;
    p->was = job->to;
    return size || tube;
}

/* The texture that holds the picture; NULL: none. */
static SDL_Texture *update_picture(struct present *p, const struct present_job *job)
{
    const struct picture *g = job->picture;
    if (!g->width || !job->to.w || !job->to.h)
        return NULL;
    struct present_job mine = *job;
    mine.all |= make_textures(p, job);
    if (job->filter == FILTER_CRT) {
        unsigned from, to;
        if (!p->tube || !scaled_update(&p->scaled, &mine, &from, &to))
            return NULL;
        SDL_Rect rows = {0, (int)from, job->to.w, (int)(to - from)};
        if (from < to)
            p->sdl->UpdateTexture(p->tube, &rows,
                                  p->scaled.pixels + (size_t)from * (size_t)job->to.w,
                                  job->to.w * (int)sizeof(u32));
        return p->tube;
    }
    unsigned first = mine.all ? 0 : job->first, end = mine.all ? g->height : job->end;
    SDL_Rect lines = {0, (int)first, (int)g->width, (int)(end - first)};
    if (p->guest && first < end)
        p->sdl->UpdateTexture(p->guest, &lines, g->pixels + (size_t)first * g->width,
                              (int)(g->width * sizeof(u32)));
    if (!p->guest || !p->big || p->sdl->SetRenderTarget(p->renderer, p->big) != 0)
        return p->guest;
    p->sdl->RenderCopy(p->renderer, p->guest, NULL, NULL);
    p->sdl->SetRenderTarget(p->renderer, NULL);
    return p->big;
}

static void draw_layer(struct present *p, struct layer *l)
{
    int w = l->canvas.width, h = l->canvas.height;
    if (!l->shown)
        return;
    bool fresh = !l->texture || l->texture_w != w || l->texture_h != h;
    if (fresh) {
        drop(p, &l->texture);
        l->texture = make(p, false, SDL_TEXTUREACCESS_STREAMING, w, h);
        l->texture_w = w;
        l->texture_h = h;
    }
    if (!l->texture)
        return;
    if (fresh || l->changed)
        p->sdl->UpdateTexture(l->texture, NULL, l->canvas.pixels, w * (int)sizeof(u32));
    SDL_Rect to = {l->x, l->y, w * l->scale, h * l->scale};
    p->sdl->RenderCopy(p->renderer, l->texture, NULL, &to);
}

void present_gpu_draw(struct present *p, const struct present_job *job)
{
    SDL_Texture *picture = update_picture(p, job);
    SDL_Rect to = {job->to.x, job->to.y, job->to.w, job->to.h};
    p->sdl->SetRenderDrawColor(p->renderer, 0, 0, 0, 255);
    p->sdl->RenderClear(p->renderer);
    if (picture)
        p->sdl->RenderCopy(p->renderer, picture, NULL, &to);
    for (unsigned i = 0; i < LAYERS; i++)
        draw_layer(p, &job->layer[i]);
    p->sdl->RenderPresent(p->renderer);
}
