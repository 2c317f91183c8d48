/*
 * encoder.h - ffmpeg as a child of ours that makes a lossless video of a stream (mkv.h).
 *
 * Who feeds it never waits for long: what was put is written by a thread. When ENCODER_KEEP bytes
 * are waiting, putting waits for room as long as there is progress; an ffmpeg that has taken
 * nothing for ENCODER_PATIENCE seconds is ended, and the encoder has failed. So has one whose
 * ffmpeg has gone. It then stays failed, and what is put goes nowhere.
 */
#ifndef FERRITE_ENCODER_H
#define FERRITE_ENCODER_H

#include "frontend/capture/launcher.h"
#include "hw/base/err.h"
#include "hw/base/types.h"

#define ENCODER_PATIENCE 10.0
enum { ENCODER_KEEP = 64 << 20 };

struct encoder;

/* Is somebody in a hurry, so that nothing is to be waited for that long? */
typedef bool encoder_hurry(void *opaque);

/*
 * Start it; `path` is made, and must not exist: "PATH: why not", "ffmpeg: why not". hurry may be
 * NULL. launcher: who starts ffmpeg, with encoder_launch(); NULL: it is a child of ours.
 */
struct encoder *encoder_start(const char *path, struct launcher *launcher, encoder_hurry *hurry,
                              void *opaque, struct err *e);
launch_function encoder_launch;
/* Two pieces, one after the other; the second may be NULL. false: it has failed. */
bool encoder_put(struct encoder *en, const void *head, size_t head_size, const void *body,
                 size_t body_size);
bool encoder_failed(const struct encoder *en);
/* Nothing more will be put: ffmpeg ends by itself. */
void encoder_finish(struct encoder *en);
/* Is it over, one way or the other? */
bool encoder_over(const struct encoder *en);
/* Finish, wait for it as above, and free it. false + err: the file is not what it should be. */
bool encoder_close(struct encoder *en, struct err *e);
const char *encoder_path(const struct encoder *en);

#endif
