/*
 * recording_format.h - sizes in a recorded file, for recording.c and recorded.c only.
 */
#ifndef FERRITE_RECORDING_FORMAT_H
#define FERRITE_RECORDING_FORMAT_H

#include "frontend/archive/sha256.h"
#include "hw/base/err.h"

#define RECORDING_MAGIC "FERRREC\x1a"
enum {
    RECORDING_MAGIC_SIZE = 8,
    RECORD_HEAD = 5,
    RECORD_TAIL = 4,
    RECORD_MOST = 1 << 28, /* bytes of one: a snapshot that was loaded is the largest */
    FILE_HEAD = 8 + SHA256_BYTES,
    TIMES = 17,
    ENTRY_HEAD = 19,
    END = 24
};

/* SHA-256 of a whole file. */
bool recording_hash_file(const char *path, u64 *size, u8 hash[SHA256_BYTES], struct err *e);

#endif
