/*
 * page_picture.h - the machine's picture for pages: the rectangles that have changed, as bytes.
 *
 * The machine's thread publishes whole frames (struct page_picture); each page takes the lines that
 * it does not have yet into a copy of its own (struct page_copy), which finds what differs in them,
 * and writes that as one binary frame. Publishing and taking want a lock of the caller's, writing
 * does not.
 */
#ifndef FERRITE_PAGE_PICTURE_H
#define FERRITE_PAGE_PICTURE_H

#include "hw/base/screen.h"
#include "hw/base/types.h"

#include <stddef.h>

/* First byte of a binary frame. */
enum { PAGE_FRAME_SCREEN = 1, PAGE_FRAME_AUDIO = 2 };

struct page_picture {
    unsigned width, height; /* 0 x 0: the display is off */
    double aspect;
    u32 *pixels;  /* 0x00RRGGBB */
    u64 *line;    /* version of each line */
    u64 version;  /* of the newest */
    u64 machines; /* the machine's own version, of the frame that was published last */
};

/* false: it is what everybody has, or there is no memory. A screen of 0 x 0: the display is off. */
bool page_picture_publish(struct page_picture *p, const struct screen *s);
void page_picture_free(struct page_picture *p);

struct page_copy {
    unsigned width, height;
    double aspect;
    u32 *pixels;
    struct page_span {
        u32 from, end; /* columns that are new in this line; equal: none */
    } * span;
    u64 seen; /* version; 0: nothing yet */
    bool whole;
};

/* false: there is nothing new, or no memory. */
bool page_copy_take(struct page_copy *c, const struct page_picture *p);
void page_copy_free(struct page_copy *c);

/*
 * The frame of what the last take has found. All numbers little endian:
 *
 *     u8 PAGE_FRAME_SCREEN, 3 bytes 0, u32 number, u16 width, u16 height, u16 aspect * 1000,
 *     u16 rectangles, and for each: u16 x, y, width, height, u32 encoding, u32 bytes, and those
 *
 * Encoding 0: red, green, blue of each pixel, row by row; 1: runs of up to 256 equal pixels: their
 * number less one, red, green, blue. page_frame_most() bytes are enough for it. Returns its length.
 */
size_t page_frame_most(const struct page_copy *c);
size_t page_frame_write(const struct page_copy *c, u32 number, u8 *out);

#endif
