/*
 * registers.h - a device's registers as its data sheet names them, with the meaning of each bit,
 * for who looks inside. A device that can be looked at so has a file of its own beside it
 * (*_look.c).
 *
 * Looking changes nothing: a register that changes when it is read is shown, not read.
 */
#ifndef FERRITE_REGISTERS_H
#define FERRITE_REGISTERS_H

#include "hw/base/types.h"

#include <stddef.h>

/* Bits of a register. */
struct register_field {
    u8 low, bits;
    const char *name;
    const char *const *meaning; /* by value, as many as it has; NULL, or an entry of it: a number */
};

struct register_eye {
    /* What follows belongs to this part: "Counter 0". */
    void (*group)(void *opaque, const char *title);
    /* place: port or index, as people write it; `says` may be "". */
    void (*value)(void *opaque, const char *name, const char *place, u32 value, unsigned bits,
                  const struct register_field *field, size_t fields, const char *says);
    /* What no register holds, but follows: "frequency". */
    void (*number)(void *opaque, const char *name, double value);
    void (*text)(void *opaque, const char *name, const char *words);
    /* A line that goes up and down: levels in turn, beginning with `first`, each so many ns. */
    void (*wave)(void *opaque, const char *name, bool first, const u64 *ns, size_t count);
    void *opaque;
};

#define MEANING(...) ((const char *const[]){__VA_ARGS__})
/* As many meanings as the bits have values. */
#define FIELD(low, bits, name, ...)                                                                \
    {                                                                                              \
        low, (bits) + 0 * sizeof(struct {                                                          \
                          _Static_assert(sizeof(MEANING(__VA_ARGS__)) == sizeof(char *) << (bits), \
                                         "a meaning for each value");                              \
                          int none;                                                                \
                      }),                                                                          \
            name, MEANING(__VA_ARGS__)                                                             \
    }
#define FIELD_NUMBER(low, bits, name)                                                              \
    {                                                                                              \
        low, bits, name, NULL                                                                      \
    }

#define look_value(eye, name, place, v, bits, fields, says)                                        \
    (eye)->value((eye)->opaque, name, place, v, bits, fields, ARRAY_SIZE(fields), says)
#define look_plain(eye, name, place, v, bits, says)                                                \
    (eye)->value((eye)->opaque, name, place, v, bits, NULL, 0, says)

#endif
