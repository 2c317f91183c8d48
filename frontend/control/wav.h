/*
 * wav.h - a machine's sound into a WAV file: 16 bits, stereo, little endian, at the machine's rate
 * (Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0, "WAVE").
 *
 * The file is whole at any time but for the last third of a second: a program that is killed leaves
 * one that can be played. What was written is a function of guest time alone: where the machine is
 * taken back, and goes on from there, so is the file.
 */
#ifndef FERRITE_WAV_H
#define FERRITE_WAV_H

#include "hw/base/err.h"
#include "hw/sound/sound.h"

struct wav;

/*
 * Made anew, in stereo at `rate` frames a second. A regular file (or /dev/null), for the header is
 * written again and again; not one that is in use as an image (out_file.h). NULL + err.
 */
struct wav *wav_open(const char *path, u32 rate, struct err *e);
/* A struct sound_sink function; opaque is the struct wav. */
void wav_take(void *opaque, const struct sound_frame *frames, unsigned count, u64 first);
const char *wav_path(const struct wav *w);
u64 wav_frames(const struct wav *w);
/* false + err: not everything could be written; "PATH: why". */
bool wav_ok(const struct wav *w, struct err *e);
/* The rest, and the end; likewise. NULL: nothing to do. */
bool wav_close(struct wav *w, struct err *e);

#endif
