/*
 * picture_compare.h - is what is shown the picture that is expected? The whole of it or a region,
 * to the last bit or with a tolerance, without what masks cover; and a picture of the difference.
 */
#ifndef FERRITE_PICTURE_COMPARE_H
#define FERRITE_PICTURE_COMPARE_H

#include "frontend/control/picture.h"

enum { COMPARE_MASKS = 16 };

/* Places of the screen, in the guest's own pixels. */
struct picture_area {
    unsigned x, y, width, height;
};

/* All zero: to the last bit, all of it. */
struct picture_compare {
    bool has_region;
    struct picture_area region, mask[COMPARE_MASKS];
    unsigned masks;
    unsigned tolerance; /* by which each of red, green, blue may be off */
    u64 pixels;         /* so many may be off by more */
    char *differences;  /* file of the picture of the difference; NULL: named by whoever makes it */
};

/* One of `region=X,Y,WIDTH,HEIGHT`, `mask=` likewise, `tolerance=N`, `pixels=N`, `diff=FILE`. */
bool picture_compare_word(struct picture_compare *how, const char *word, struct err *e);
void picture_compare_free(struct picture_compare *how);

/*
 * What the comparison comes to. The picture that is expected is as large as the screen, or, with a
 * region, as the region.
 */
struct picture_verdict {
    bool same;
    bool comparable; /* else `why` */
    u64 off, of;     /* pixels: that differ, that were looked at */
    unsigned x, y;   /* of the first that differs, on the screen */
    char why[160];   /* in words, for a person, when they are not the same */
};
/* `how` may be NULL. */
void picture_compare(const struct picture *expected, const struct picture_compare *how,
                     const u32 *pixels, unsigned width, unsigned height, struct picture_verdict *v);
/*
 * Into a PNG file, side by side: what is expected, what is shown, and that again in grey with what
 * differs in red and what masks cover in blue.
 */
bool picture_compare_save(const char *path, const struct picture *expected,
                          const struct picture_compare *how, const u32 *pixels, unsigned width,
                          unsigned height, struct err *e);
/* What is shown, as a picture to be expected: the region of it, if there is one. false: no memory.
 */
bool picture_compare_take(struct picture *out, const struct picture_compare *how, const u32 *pixels,
                          unsigned width, unsigned height);

#endif
