/*
 * state_look.h - the fields of a device by name, as they are now, for who looks inside: what its
 * state function would save, told instead of saved. So whatever is in a snapshot can be seen, and a
 * device has to do nothing for it.
 */
#ifndef FERRITE_STATE_LOOK_H
#define FERRITE_STATE_LOOK_H

#include "hw/base/state.h"

enum state_seen { STATE_SEES_BOOL, STATE_SEES_NUMBERS, STATE_SEES_SIGNED, STATE_SEES_BYTES };

struct state_eye {
    /* `count` values of `width` bytes each, as they lie in memory; NULL: only that there are. */
    void (*field)(void *opaque, const char *name, enum state_seen kind, const void *values,
                  unsigned width, size_t count);
    void (*begin)(void *opaque, const char *name); /* of a chunk */
    void (*end)(void *opaque);
    void *opaque;
};

/* A stream that tells; free it with state_free(). state_digesting() is true. NULL: no memory. */
struct state *state_new_look(const struct state_eye *eye);

#endif
