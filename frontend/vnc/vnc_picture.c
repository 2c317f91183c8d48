/*
 * vnc_picture.c - frames for VNC clients. See vnc_picture.h.
 */
#include "frontend/vnc/vnc_picture.h"

#include <stdlib.h>
#include <string.h>

static bool new_size(struct vnc_picture *p, const struct screen *s)
{
    u64 *line = calloc(s->height, sizeof(*line));
    if (!line || !picture_copy(&p->now, s->pixels, s->width, s->height)) {
        free(line);
        return false;
    }
    free(p->line);
    p->line = line;
    p->version++;
    for (unsigned y = 0; y < s->height; y++)
        line[y] = p->version;
    return true;
}

bool vnc_picture_publish(struct vnc_picture *p, const struct screen *s)
{
    if (s->version == p->machines && p->now.width)
        return false;
    u64 had = p->machines;
    if (p->now.width != s->width || p->now.height != s->height) {
        if (!new_size(p, s))
            return false;
    } else {
        p->version++;
        for (unsigned y = 0; y < s->height; y++) {
            size_t from = (size_t)y * s->width, len = s->width * sizeof(u32);
            if ((s->line_version && had && s->line_version[y] <= had) ||
                memcmp(p->now.pixels + from, s->pixels + from, len) == 0)
                continue;
            memcpy(p->now.pixels + from, s->pixels + from, len);
            p->line[y] = p->version;
        }
    }
    p->machines = s->version;
    return true;
}

void vnc_picture_dark(struct vnc_picture *p)
{
    p->machines = 0;
    if (!p->now.width)
        return;
    p->version++;
    memset(p->now.pixels, 0, (size_t)p->now.width * p->now.height * sizeof(u32));
    for (unsigned y = 0; y < p->now.height; y++)
        p->line[y] = p->version;
}

void vnc_picture_free(struct vnc_picture *p)
{
    picture_free(&p->now);
    free(p->line);
    *p = (struct vnc_picture){.line = NULL};
}

bool vnc_copy_size(struct vnc_copy *c, unsigned width, unsigned height)
{
    u32 *pixels = calloc((size_t)width * height, sizeof(*pixels));
    if (!pixels)
        return false;
    free(c->pixels);
    *c = (struct vnc_copy){.width = width, .height = height, .pixels = pixels};
    return true;
}

void vnc_copy_take(struct vnc_copy *c, const struct vnc_picture *p,
                   void (*changed)(void *opaque, unsigned first, unsigned end), void *opaque)
{
    unsigned width = c->width < p->now.width ? c->width : p->now.width;
    unsigned height = c->height < p->now.height ? c->height : p->now.height;
    if (c->seen == p->version)
        return;
    if (c->of_width != p->now.width || c->of_height != p->now.height) {
        memset(c->pixels, 0, (size_t)c->width * c->height * sizeof(u32)); /* around it */
        changed(opaque, 0, c->height);
    }
    unsigned first = 0;
    for (unsigned y = 0; y < height; y++) {
        if (p->line[y] > c->seen) {
            memcpy(c->pixels + (size_t)y * c->width, p->now.pixels + (size_t)y * p->now.width,
                   width * sizeof(u32));
            continue;
        }
        if (y > first)
            changed(opaque, first, y);
        first = y + 1;
    }
    if (height > first)
        changed(opaque, first, height);
    c->seen = p->version;
    c->of_width = p->now.width;
    c->of_height = p->now.height;
}
