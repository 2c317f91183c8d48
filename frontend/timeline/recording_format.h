/*
 * recording_format.h - sizes in a recorded file, for the files of this room only.
 */
#ifndef FERRITE_RECORDING_FORMAT_H
#define FERRITE_RECORDING_FORMAT_H

#include "frontend/archive/sha256.h"
#include "hw/base/crc32.h"
#include "hw/base/err.h"

#define RECORDING_MAGIC "FERRREC\x1a"
enum {
    RECORDING_MAGIC_SIZE = 8,
    RECORD_HEAD = 5,
    RECORD_CHECK = 2, /* of the head, since RECORDING_CHECKED */
    RECORDING_CHECKED = 4,
    RECORD_TAIL = 4,
    RECORD_MOST = 1 << 28, /* bytes of one: a snapshot that was loaded is the largest */
    FILE_HEAD = 8 + SHA256_BYTES,
    PIECE_HEAD = 13,
    PIECE_MOST = 1 << 16, /* bytes of a file in one record */
    OPENED_HEAD = 38,
    SECTORS_HEAD = 18,
    SECTORS_MOST = 64, /* in one record */
    FACT_HEAD = 16,    /* of a JOURNAL_SECTORS */
    TIMES = 17,
    ENTRY_HEAD = 19,
    END = 24
};

enum { PACKED_NONE, PACKED_DEFLATE };
enum { OPENED_WRITABLE = 1, OPENED_FOLDER = 2, OPENED_REMOVABLE = 4 };
enum {
    RUN_STAY = 1,
    RUN_UNATTENDED = 2,
    RUN_MOUSE = 4,
    RUN_NO_PROMPT = 8,
    RUN_OUTPUT = 16,
    RUN_INPUT = 32,
    RUN_ALL = 63
};

/* Of a record's letter and length: what tells a damaged length from a file that breaks off. */
static inline u16 record_head_check(const u8 head[RECORD_HEAD])
{
    return (u16)crc32_of(0, head, RECORD_HEAD);
}

/* SHA-256 of a whole file. */
bool recording_hash_file(const char *path, u64 *size, u8 hash[SHA256_BYTES], struct err *e);

#endif
