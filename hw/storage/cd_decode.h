/*
 * cd_decode.h - audio tracks in files that are compressed (FLAC, Ogg Vorbis, Opus, MP3) or of
 * another kind than a CD's samples: libsndfile, loaded when a cue sheet names one.
 */
#ifndef FERRITE_CD_DECODE_H
#define FERRITE_CD_DECODE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct cd_decoder;

/*
 * NULL + err: libsndfile is not there (the package is named), it does not know the file, or the
 * file has not 44100 samples a second in one or two channels.
 */
struct cd_decoder *cd_decoder_open(const char *path, struct err *e);
void cd_decoder_close(struct cd_decoder *d); /* NULL is fine */
/* Of all samples, as a CD has them: left, right, 16 bits each, low byte first. */
u64 cd_decoder_bytes(const struct cd_decoder *d);
/* What is behind the end is zero; false: the file cannot be read there. */
bool cd_decoder_read(struct cd_decoder *d, u64 offset, void *buf, u32 len);

#endif
