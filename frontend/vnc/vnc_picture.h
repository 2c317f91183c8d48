/*
 * vnc_picture.h - the machine's picture between its thread, which publishes whole frames, and the
 * clients', which take the lines that they do not have yet. Whoever calls holds the lock.
 */
#ifndef FERRITE_VNC_PICTURE_H
#define FERRITE_VNC_PICTURE_H

#include "frontend/control/picture.h"
#include "hw/machine/vm.h"

struct vnc_picture {
    struct picture now;
    u64 *line;    /* version of each of its lines */
    u64 version;  /* of the newest */
    u64 machines; /* the machine's own version, of the frame that was published last */
};

/* false: it is what everybody has, or there is no memory. */
bool vnc_picture_publish(struct vnc_picture *p, const struct screen *s);
/* The display is off: black, at the size that it had. */
void vnc_picture_dark(struct vnc_picture *p);
void vnc_picture_free(struct vnc_picture *p);

/* A client's own copy, of its own size: what does not fit is left out, what is missing is black. */
struct vnc_copy {
    unsigned width, height;
    u32 *pixels;
    u64 seen;                     /* version */
    unsigned of_width, of_height; /* the picture's size then */
};

/* All black. false: out of memory, and nothing has changed but that old pixels are kept. */
bool vnc_copy_size(struct vnc_copy *c, unsigned width, unsigned height);
/* Take over the lines that have changed; `changed` is told of each run of them, from the first to
 * before `end`. */
void vnc_copy_take(struct vnc_copy *c, const struct vnc_picture *p,
                   void (*changed)(void *opaque, unsigned first, unsigned end), void *opaque);

#endif
