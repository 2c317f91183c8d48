/*
 * scaler.h - the guest's picture at the size in which it is shown, made by the processor.
 *
 * Sizes are in the window's own dots, so nothing scales the result again. A scaler is made once for
 * a pair of sizes; then bands of the result are made from the source, and it says which rows of the
 * result a band of the source has a part in, so that no more than what changed is made and sent.
 */
#ifndef FERRITE_SCALER_H
#define FERRITE_SCALER_H

#include "hw/base/types.h"

/*
 * FIT    the largest rectangle of the right shape in the window
 * INTEGER each of the guest's rows is a whole number of dots high; the width follows the shape
 * FREE   the whole window, whatever shape that is
 */
enum scale_mode { SCALE_FIT, SCALE_INTEGER, SCALE_FREE, SCALE_MODES };

/*
 * SHARP   every dot shows the area of the source below it: hard edges, all pixels equally wide
 * NEAREST the source's pixel below the dot's middle: no mixed colours, pixels of unequal width
 * LINEAR  smooth between the middles of pixels
 * CRT     the scan lines and the mask of a colour tube
 */
enum scale_filter { FILTER_SHARP, FILTER_NEAREST, FILTER_LINEAR, FILTER_CRT, SCALE_FILTERS };

/* "fit", "sharp" and so on; NULL beyond the last. */
const char *scale_mode_name(unsigned mode);

struct scale_place {
    int x, y, w, h;
};

/*
 * Where a picture of width x height and the shape `aspect` (width:height of the whole) goes in a
 * window of so many dots. INTEGER becomes FIT when not even one dot a row has room.
 */
struct scale_place scale_place(enum scale_mode mode, unsigned width, unsigned height, double aspect,
                               int window_w, int window_h);

struct scaler;

/* All sizes 1 to 16384. NULL when out of memory. */
struct scaler *scaler_new(enum scale_filter filter, unsigned from_w, unsigned from_h, unsigned to_w,
                          unsigned to_h);
void scaler_free(struct scaler *s);

/* Rows *to_first up to *to_end of the result show something of rows first up to end. */
void scaler_rows(const struct scaler *s, unsigned first, unsigned end, unsigned *to_first,
                 unsigned *to_end);

/*
 * Make rows first up to end of the result. `from` and `to` are the whole pictures, 0x00RRGGBB; the
 * rows of `to` are `pitch` pixels apart.
 */
void scaler_run(struct scaler *s, const u32 *from, u32 *to, size_t pitch, unsigned first,
                unsigned end);

/* Two pictures mixed: `part` 256ths of `now`, the rest of `then`. */
void scaler_mix(u32 *to, const u32 *now, const u32 *then, unsigned part, size_t count);

#endif
