/*
 * wav_in.h - a WAV file as sound without end, at SOUND_IN_RATE: PCM of 8 to 32 bits or 32-bit
 * floats, one channel or more (the first two are taken), any usual rate (Microsoft and IBM,
 * Multimedia Programming Interface and Data Specifications 1.0, "WAVE").
 */
#ifndef FERRITE_WAV_IN_H
#define FERRITE_WAV_IN_H

#include "hw/base/err.h"
#include "hw/sound/sound.h"

struct wav_in;

/* Read whole. NULL + err: "PATH: why". */
struct wav_in *wav_in_open(const char *path, struct err *e);
/* The same of a file in memory, which is copied; `name` is for err. */
struct wav_in *wav_in_parse(const u8 *file, size_t size, const char *name, struct err *e);
/*
 * Frames `first` on of the file played over and over, resampled from its rate to SOUND_IN_RATE: a
 * function of nothing else. A file of that rate comes out as it is.
 */
void wav_in_read(const struct wav_in *w, struct sound_frame *out, unsigned count, u64 first);
void wav_in_close(struct wav_in *w);

#endif
