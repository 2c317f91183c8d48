/*
 * audio.h - who listens to a machine besides its window: the file of `-audio wav:FILE` and of the
 * command `audio wav`.
 */
#ifndef FERRITE_AUDIO_H
#define FERRITE_AUDIO_H

#include "hw/base/err.h"

struct control;

/* From now on into this file; one at a time. false + err. */
bool audio_record(struct control *c, const char *path, struct err *e);
/* The end of it: false + err when something is missing in the file. Nothing to do: true. */
bool audio_stop(struct control *c, struct err *e);
/* false + err: it cannot be written any more. */
bool audio_ok(const struct control *c, struct err *e);

#endif
