/*
 * state_stream.h - the snapshot stream from inside, for state.c and state_memory.c alone.
 */
#ifndef FERRITE_STATE_STREAM_H
#define FERRITE_STATE_STREAM_H

#include "hw/base/state.h"
#include "hw/base/state_look.h"

enum {
    MAX_DEPTH = 8,
    MAX_NAME = STATE_NAME - 1,
    MAX_CHUNKS = 256, /* outermost ones */
};

enum tag {
    TAG_BEGIN = 0xB0,
    TAG_END = 0xE0,
    TAG_BOOL = 1,
    TAG_U8,
    TAG_U16,
    TAG_U32,
    TAG_U64,
    TAG_S32,
    TAG_S64,
    TAG_BYTES,
    TAG_MEMORY,
    TAG_SAME,
};

struct state {
    bool loading;
    bool failed;
    char error[256];
    char chunk[MAX_DEPTH][MAX_NAME + 1]; /* names of the open chunks, for messages */
    u32 version[MAX_DEPTH];              /* of the open chunks: as found, or as saved */
    unsigned depth;
    const atomic_bool *cancel;         /* NULL: nobody cancels */
    const struct state_keeper *keeper; /* NULL: all is in the stream */
    /* Saving. */
    u8 *out;
    size_t size, capacity;
    /* Saving into a hash: `out` holds what is not in it yet. */
    bool digesting;
    u64 digest;
    const struct state_eye *eye; /* what would be saved is told; NULL: it is saved */
    /* Loading: what may be read now, and all. */
    const u8 *in, *end, *body_end;
    struct {
        const u8 *from, *to;
        bool read;
    } index[MAX_CHUNKS];
    unsigned chunks;
};

/* len bytes at the end of what is saved; NULL: the stream has failed. */
u8 *state_append(struct state *s, size_t len);
/* The next len bytes of what is loaded; NULL: the stream has failed. */
const u8 *state_take(struct state *s, size_t len);
/* The start of a field with its element count, which must be the expected one when loading. */
bool state_field(struct state *s, enum tag tag, const char *name, u64 count);
/* Digesting: what was appended goes into the hash. */
void state_digest_appended(struct state *s);
/* Looking: a field is told. */
void state_tell(struct state *s, enum tag tag, const char *name, const void *v, unsigned width,
                size_t count);

#endif
