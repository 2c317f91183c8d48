/*
 * square.c - pictures with square pixels, of those whose pixels are not. See capture.h.
 */
#include "frontend/capture/capture.h"

#include "frontend/scale/scaler.h"

#include <stdlib.h>
#include <string.h>

void capture_square_size(unsigned width, unsigned height, double aspect, unsigned *to_width,
                         unsigned *to_height)
{
    enum { FROM = 720, MOST = 8192 };
    if (!(aspect > 0.1 && aspect < 10))
        aspect = 4.0 / 3;
    unsigned times = height < FROM && height ? (FROM + height - 1) / height : 1;
    while ((double)times * height * aspect < width && times * height < MOST / 2)
        times++;
    *to_height = times * height;
    /* Even, as most encodings of video want it. */
    *to_width = ((unsigned)(*to_height * aspect + 0.5) + 1) / 2 * 2;
    *to_height += *to_height % 2;
}

bool capture_square(const u32 *pixels, unsigned width, unsigned height, double aspect, u32 *to,
                    unsigned to_width, unsigned to_height)
{
    struct scale_place p =
        scale_place(SCALE_FIT, width, height, aspect, (int)to_width, (int)to_height);
    memset(to, 0, (size_t)to_width * to_height * sizeof(*to));
    if (p.w <= 0 || p.h <= 0)
        return true;
    /* What was rounded to an even number is no border. */
    if ((int)to_width - p.w <= 2)
        p.x = 0, p.w = (int)to_width;
    if ((int)to_height - p.h <= 2)
        p.y = 0, p.h = (int)to_height;
    struct scaler *s = scaler_new(FILTER_SHARP, width, height, (unsigned)p.w, (unsigned)p.h);
    if (!s)
        return false;
    scaler_run(s, pixels, to + (size_t)p.y * to_width + p.x, to_width, 0, (unsigned)p.h);
    scaler_free(s);
    return true;
}
