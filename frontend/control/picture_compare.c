/*
 * picture_compare.c - see picture_compare.h.
 */
#include "frontend/control/picture_compare.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 16384 }; /* of any screen */

/* ---- what is asked for ---- */

static bool take_area(const char *text, struct picture_area *a)
{
    char rest;
    return sscanf(text, "%u,%u,%u,%u%c", &a->x, &a->y, &a->width, &a->height, &rest) == 4 &&
           a->x < SIDE && a->y < SIDE && a->width && a->width <= SIDE && a->height &&
           a->height <= SIDE && !strchr(text, '-');
}

static bool take_number(const char *text, u64 most, u64 *n)
{
    char *end;
    *n = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && *n <= most;
}

bool picture_compare_word(struct picture_compare *how, const char *word, struct err *e)
{
    size_t n = strcspn(word, "=");
    const char *value = word[n] ? word + n + 1 : "";
    u64 number;
    if (n == 6 && memcmp(word, "region", n) == 0) {
        how->has_region = true;
        return take_area(value, &how->region) ||
               err_set(e, "\"%.60s\": region=X,Y,WIDTH,HEIGHT in pixels", word);
    }
    if (n == 4 && memcmp(word, "mask", n) == 0) {
        if (how->masks == COMPARE_MASKS)
            return err_set(e, "more than %d masks", COMPARE_MASKS);
        return take_area(value, &how->mask[how->masks++]) ||
               err_set(e, "\"%.60s\": mask=X,Y,WIDTH,HEIGHT in pixels", word);
    }
    if (n == 9 && memcmp(word, "tolerance", n) == 0) {
        if (!take_number(value, 255, &number))
            return err_set(e, "\"%.60s\": tolerance=N, from 0 to 255", word);
        how->tolerance = (unsigned)number;
        return true;
    }
    if (n == 6 && memcmp(word, "pixels", n) == 0)
        return take_number(value, (u64)SIDE * SIDE, &how->pixels) ||
               err_set(e, "\"%.60s\": pixels=N, that may differ by more", word);
    if (n == 4 && memcmp(word, "diff", n) == 0 && *value) {
        if (!picture_name_suits(value, true, e))
            return false;
        free(how->differences);
        how->differences = strdup(value);
        return how->differences || err_set(e, "out of memory");
    }
    return err_set(e,
                   "\"%.60s\": region=X,Y,WIDTH,HEIGHT, mask= likewise, tolerance=N, pixels=N "
                   "or diff=FILE.png",
                   word);
}

void picture_compare_free(struct picture_compare *how)
{
    if (how)
        free(how->differences);
    free(how);
}

/* ---- comparing ---- */

static bool inside(const struct picture_area *a, unsigned x, unsigned y)
{
    return x >= a->x && x - a->x < a->width && y >= a->y && y - a->y < a->height;
}

static bool masked(const struct picture_compare *how, unsigned x, unsigned y)
{
    for (unsigned i = 0; how && i < how->masks; i++) {
        if (inside(&how->mask[i], x, y))
            return true;
    }
    return false;
}

static bool close_enough(u32 a, u32 b, unsigned tolerance)
{
    if (a == b)
        return true;
    for (unsigned shift = 0; tolerance && shift < 24; shift += 8) {
        int off = (int)(a >> shift & 255) - (int)(b >> shift & 255);
        if (abs(off) > (int)tolerance)
            return false;
    }
    return tolerance > 0 && (a ^ b) >> 24 == 0;
}

/* Where the comparison takes place: the screen's part, and where that is in the picture. */
struct place {
    struct picture_area area;
    unsigned dx, dy; /* to take from the screen's place */
};

static bool find_place(const struct picture *expected, const struct picture_compare *how,
                       unsigned width, unsigned height, struct place *p, char *why, size_t size)
{
    bool region = how && how->has_region;
    *p = (struct place){.area = {0, 0, width, height}};
    if (region) {
        p->area = how->region;
        if (width < p->area.x + p->area.width || height < p->area.y + p->area.height) {
            snprintf(why, size, "the screen is %u x %u, and the region lies outside of it", width,
                     height);
            return false;
        }
    }
    if (expected->width == width && expected->height == height)
        return true;
    if (region && expected->width == p->area.width && expected->height == p->area.height) {
        p->dx = p->area.x;
        p->dy = p->area.y;
        return true;
    }
    snprintf(why, size, "the screen is %u x %u, the picture %u x %u", width, height,
             expected->width, expected->height);
    return false;
}

static u32 expected_at(const struct picture *p, const struct place *at, unsigned x, unsigned y)
{
    return p->pixels[(size_t)(y - at->dy) * p->width + (x - at->dx)];
}

void picture_compare(const struct picture *expected, const struct picture_compare *how,
                     const u32 *pixels, unsigned width, unsigned height, struct picture_verdict *v)
{
    struct place p;
    *v = (struct picture_verdict){.same = false};
    v->comparable = find_place(expected, how, width, height, &p, v->why, sizeof(v->why));
    if (!v->comparable)
        return;
    for (unsigned y = p.area.y; y < p.area.y + p.area.height; y++) {
        for (unsigned x = p.area.x; x < p.area.x + p.area.width; x++) {
            if (masked(how, x, y))
                continue;
            v->of++;
            if (close_enough(expected_at(expected, &p, x, y), pixels[(size_t)y * width + x],
                             how ? how->tolerance : 0))
                continue;
            if (!v->off++) {
                v->x = x;
                v->y = y;
            }
        }
    }
    v->same = v->off <= (how ? how->pixels : 0);
    if (!v->same)
        snprintf(v->why, sizeof(v->why), "%llu of %llu pixels differ, the first at %u,%u",
                 (unsigned long long)v->off, (unsigned long long)v->of, v->x, v->y);
}

/* ---- the picture of the difference ---- */

enum { GAP = 8 };

static void paste(u32 *to, unsigned stride, unsigned at, const u32 *from, unsigned width,
                  unsigned height)
{
    for (unsigned y = 0; y < height; y++)
        memcpy(to + (size_t)y * stride + at, from + (size_t)y * width, width * sizeof(*to));
}

/* A pixel in dark grey, so that colours stand out. */
static u32 faded(u32 p)
{
    u32 grey = ((p >> 16 & 255) * 3 + (p >> 8 & 255) * 6 + (p & 255)) / 30 + 32;
    return grey << 16 | grey << 8 | grey;
}

bool picture_compare_save(const char *path, const struct picture *expected,
                          const struct picture_compare *how, const u32 *pixels, unsigned width,
                          unsigned height, struct err *e)
{
    struct place p;
    char why[160];
    bool comparable = find_place(expected, how, width, height, &p, why, sizeof(why));
    unsigned tall = expected->height > height ? expected->height : height;
    unsigned stride = expected->width + 2 * (GAP + width), shown_at = expected->width + GAP;
    u32 *out = calloc((size_t)stride * tall + 1, sizeof(*out));
    if (!out)
        return err_set(e, "%s: out of memory", path);
    paste(out, stride, 0, expected->pixels, expected->width, expected->height);
    paste(out, stride, shown_at, pixels, width, height);
    for (unsigned y = 0; y < height; y++) {
        for (unsigned x = 0; x < width; x++) {
            u32 shown = pixels[(size_t)y * width + x], dot = faded(shown);
            if (masked(how, x, y))
                dot = (dot & 0xff) | 0xa0;
            else if (comparable && inside(&p.area, x, y) &&
                     !close_enough(expected_at(expected, &p, x, y), shown,
                                   how ? how->tolerance : 0))
                dot = 0xff2020;
            out[(size_t)y * stride + shown_at + width + GAP + x] = dot;
        }
    }
    bool ok = picture_save(path, out, stride, tall, e);
    free(out);
    return ok;
}

bool picture_compare_take(struct picture *out, const struct picture_compare *how, const u32 *pixels,
                          unsigned width, unsigned height)
{
    struct place p;
    struct picture whole = {.width = width, .height = height};
    char why[160];
    if (!find_place(&whole, how, width, height, &p, why, sizeof(why)))
        p.area = (struct picture_area){0, 0, width, height};
    u32 *room = malloc((size_t)p.area.width * p.area.height * sizeof(*room) + 1);
    if (!room)
        return false;
    for (unsigned y = 0; y < p.area.height; y++)
        memcpy(room + (size_t)y * p.area.width, pixels + (size_t)(p.area.y + y) * width + p.area.x,
               p.area.width * sizeof(*room));
    *out = (struct picture){p.area.width, p.area.height, room};
    return true;
}
