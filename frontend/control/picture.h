/*
 * picture.h - a screen's picture in memory and as a PNG file (libpng, when the build has it).
 */
#ifndef FERRITE_PICTURE_H
#define FERRITE_PICTURE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stdio.h>

/* Pixels are 0x00RRGGBB, row by row. */
struct picture {
    unsigned width, height;
    u32 *pixels;
};

void picture_free(struct picture *p);
bool picture_equal(const struct picture *a, const u32 *pixels, unsigned width, unsigned height);
/* Keep a copy; false when out of memory. */
bool picture_copy(struct picture *p, const u32 *pixels, unsigned width, unsigned height);

/* Does the name say PPM: .ppm, or .pnm, which such a file may be called as well? */
bool picture_is_called_ppm(const char *path);
/* Is it no other format's name than PNG's or, unless `png_only`, PPM's? What says nothing of a
 * picture is PNG as well. */
bool picture_name_suits(const char *path, bool png_only, struct err *e);

/* Can this build read and write PNG files? */
bool picture_png_supported(struct err *e);
bool picture_save(const char *path, const u32 *pixels, unsigned width, unsigned height,
                  struct err *e);
/* The same as a PPM file (netpbm's ppm(5), P6), which every build can write. */
bool picture_save_ppm(const char *path, const u32 *pixels, unsigned width, unsigned height,
                      struct err *e);
bool picture_load(struct picture *p, const char *path, struct err *e);

/* A coarse view in characters, for a log: 78 columns, dark to bright. */
void picture_sketch(const u32 *pixels, unsigned width, unsigned height, FILE *out);

#endif
