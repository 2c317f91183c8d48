/*
 * stored_file.h - a file that a recorded run was made of: its name, size and hash, and perhaps its
 * contents, as the records F, K and P of recording.h say them.
 */
#ifndef FERRITE_STORED_FILE_H
#define FERRITE_STORED_FILE_H

#include "frontend/archive/sha256.h"
#include "hw/base/err.h"
#include "hw/base/types.h"

struct stored_piece;

struct stored_file {
    u64 size;
    u8 hash[SHA256_BYTES];
    char *path; /* then */
    struct stored_piece *piece;
    size_t pieces, room;
};

/* From the contents of a record F or K. false: it is none, or there is no memory. */
bool stored_begin(struct stored_file *f, const u8 *record, size_t size);
/* From a P that follows it; pieces come in order. Likewise. */
bool stored_piece(struct stored_file *f, const u8 *record, size_t size);
void stored_free(struct stored_file *f);

/* Are its contents here? */
bool stored_holds(const struct stored_file *f);
/* Is it what is at this path now? false + err, beginning with `name`: the recording's. */
bool stored_is(const struct stored_file *f, const char *name, const char *path, struct err *e);
/* Into a new file. false + err, likewise. */
bool stored_unpack(const struct stored_file *f, const char *name, const char *path, struct err *e);

#endif
