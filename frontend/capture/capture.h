/*
 * capture.h - a machine's picture and sound as a video file, at exact guest time.
 *
 * A picture is taken when the beam leaves it, and goes into the video when it is another one than
 * before, or a second has passed; its time is the beam's, whatever the host's speed. Time in which
 * the machine stands still is not there. So the video of a run that can be repeated is the same in
 * every run.
 *
 * CAPTURE_RAW keeps every pixel as it is, and the shape as a note in the file (the aspect of the
 * display). A video has one size: when a mode with another one is set, the next part begins, in
 * NAME-2.mkv and so on. CAPTURE_ASPECT makes one file of square pixels, all modes scaled to it.
 */
#ifndef FERRITE_CAPTURE_H
#define FERRITE_CAPTURE_H

#include "frontend/capture/encoder.h"
#include "hw/machine/vm.h"

enum capture_shape { CAPTURE_RAW, CAPTURE_ASPECT };

struct capture;

/* What was made up to now. */
struct capture_facts {
    const char *file; /* the part that is being written */
    u64 time;         /* guest ns since the beginning */
    u64 pictures;     /* in the video */
    unsigned parts;
};

/* From now on. `path` must not exist. hurry: see encoder.h. */
struct capture *capture_start(struct vm *vm, const char *path, enum capture_shape shape,
                              struct launcher *launcher, encoder_hurry *hurry, void *opaque,
                              struct err *e);
/* The guest time at which it wants to look next; until then the machine may run. */
u64 capture_next(const struct capture *c);
/* Look, if it is time, or the clock has another time than before. false + err: it has come to
 * nothing; capture_stop() frees it. */
bool capture_look(struct capture *c, struct err *e);
void capture_facts(const struct capture *c, struct capture_facts *out);
/* The end: the files are whole when this returns. Frees it; false + err: they are not. */
bool capture_stop(struct capture *c, struct err *e);

/*
 * The size of a picture with square pixels and the right shape that shows all of it: whole rows,
 * at least 720 high unless it is larger itself.
 */
void capture_square_size(unsigned width, unsigned height, double aspect, unsigned *to_width,
                         unsigned *to_height);
/*
 * The picture in a larger one of that size, in its right shape, black around it. false: out of
 * memory.
 */
bool capture_square(const u32 *pixels, unsigned width, unsigned height, double aspect, u32 *to,
                    unsigned to_width, unsigned to_height);

#endif
