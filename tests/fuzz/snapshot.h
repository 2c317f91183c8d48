/*
 * snapshot.h - makes snapshots, and damages them on purpose, for fuzz targets: what the file's
 * checksum would refuse is of no interest, so only the contents of fields are changed and the
 * checksum is put right. Fields are found by the records that hw/base/state.c describes.
 */
#ifndef FERRITE_FUZZ_SNAPSHOT_H
#define FERRITE_FUZZ_SNAPSHOT_H

#include "hw/base/crc32.h"
#include "hw/base/state.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_HEADER = 24, SNAPSHOT_CRC = 20 };

/* What is saved as one field: `count` elements of `width` bytes. */
struct snapshot_field {
    u32 at, count;
    u8 width;
};

struct snapshot_fields {
    struct snapshot_field *field;
    u32 count;
};

/* What a rig saves and loads. */
typedef void snapshot_states(void *rig, struct state *s);

/* A snapshot; to be freed. */
static inline u8 *snapshot_save(snapshot_states *states, void *rig, size_t *size)
{
    struct state *s = state_new_save();
    states(rig, s);
    const u8 *bytes = state_finish(s, size);
    u8 *copy = malloc(*size);
    if (!state_ok(s) || !bytes || !copy)
        abort();
    memcpy(copy, bytes, *size);
    state_free(s);
    return copy;
}

/* false: it was refused. */
static inline bool snapshot_load(snapshot_states *states, void *rig, const u8 *bytes, size_t size)
{
    struct state *s = state_new_load(bytes, size, NULL);
    if (!s)
        return false;
    states(rig, s);
    bool ok = state_ok(s);
    state_free(s);
    return ok;
}

static inline void snapshot_seal(u8 *bytes, size_t size)
{
    put_le32(bytes + SNAPSHOT_CRC, crc32_of(0, bytes + SNAPSHOT_HEADER, size - SNAPSHOT_HEADER));
}

/* The fields of a snapshot that was just made. Contents of large memories are none: anything may
 * stand there. */
static inline struct snapshot_fields snapshot_fields(const u8 *bytes, size_t size)
{
    enum { BEGIN = 0xb0, END = 0xe0, MEMORY = 9 };
    static const u8 width[] = {[1] = 1, 1, 2, 4, 8, 4, 8, 1, 0, 8};
    struct snapshot_fields f = {0};
    size_t at = SNAPSHOT_HEADER, room = 0;
    while (at < size) {
        u8 tag = bytes[at];
        at += 2 + (size_t)bytes[at + 1];
        if (tag == BEGIN) {
            at += 4;
        } else if (tag == MEMORY) {
            at += 8 + 4 + 4 * (size_t)get_le32(bytes + at + 8);
            at += 9 + (size_t)get_le64(bytes + at + 1);
        } else if (tag != END) {
            if (tag >= sizeof(width))
                abort();
            u64 count = get_le64(bytes + at);
            at += 8;
            if (f.count == room) {
                room = room ? 2 * room : 1024;
                f.field = realloc(f.field, room * sizeof(*f.field));
                if (!f.field)
                    abort();
            }
            if (count)
                f.field[f.count++] = (struct snapshot_field){(u32)at, (u32)count, width[tag]};
            at += (size_t)count * width[tag];
        }
    }
    if (at != size)
        abort();
    return f;
}

/* A few fields get values that matter, or any; every other time one of the first `favour`. */
static inline void snapshot_damage(u8 *bytes, const struct snapshot_fields *f, u32 favour,
                                   struct choices *c)
{
    for (unsigned n = choose8(c) % 8 + 1; n; n--) {
        u32 pick = choose32(c), among = favour && pick & 0x8000 ? favour : f->count;
        const struct snapshot_field *field = &f->field[(pick & 0x7fff) % among];
        u8 *p = bytes + field->at + (size_t)((pick >> 16) % field->count) * field->width;
        u8 how = choose8(c);
        u64 value = 0;
        for (unsigned i = 0; i < field->width; i++)
            value |= (u64)p[i] << (8 * i);
        switch (how & 15) {
        case 0:
            value = 0;
            break;
        case 1:
            value = ~0ull;
            break;
        case 2:
            value = ~0ull >> 1;
            break;
        case 3:
        case 4:
            value += (how >> 4) - 8ull;
            break;
        case 5:
        case 6:
            value ^= 1ull << (how >> 4 << 2 | (how & 1));
            break;
        case 7:
        case 8:
            value = choose32(c);
            break;
        case 9:
            value = (u64)choose32(c) << 32 | choose32(c);
            break;
        default:
            value = choose8(c);
            break;
        }
        for (unsigned i = 0; i < field->width; i++)
            p[i] = (u8)(value >> (8 * i));
    }
}

#endif
