/*
 * fuzz.h - what fuzz targets share: the entry point, and an input read as a stream of choices.
 *
 * To add a target: a file fuzz_NAME.c with LLVMFuzzerTestOneInput(); CMake finds it. Inputs that
 * once broke something go into corpus/NAME/ and are run by ctest for ever.
 */
#ifndef FERRITE_FUZZ_H
#define FERRITE_FUZZ_H

#include "hw/base/clock.h"
#include "hw/base/types.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct choices {
    const u8 *at, *end;
};

static inline bool choices_left(const struct choices *c)
{
    return c->at < c->end;
}

/* The next byte; zeroes after the end. */
static inline u8 choose8(struct choices *c)
{
    return c->at < c->end ? *c->at++ : 0;
}

static inline u16 choose16(struct choices *c)
{
    u16 v = choose8(c);
    return (u16)(v | choose8(c) << 8);
}

static inline u32 choose32(struct choices *c)
{
    u32 v = choose8(c);
    v |= (u32)choose8(c) << 8;
    v |= (u32)choose8(c) << 16;
    return v | (u32)choose8(c) << 24;
}

/*
 * clock_advance(), and that it comes back: time arrives where it should, with no more events on the
 * way than devices can ask for (one in 50 ns for long, some hundreds at once).
 */
static inline void fuzz_advance(struct clock *c, u64 to)
{
    u64 from = c->now, fired = c->fired;
    clock_advance(c, to);
    fired = c->fired - fired;
    if (c->now < to || fired > 900 + (to - from) / 50) {
        fprintf(stderr, "%llu events in %llu ns\n", (unsigned long long)fired,
                (unsigned long long)(c->now - from));
        abort();
    }
}

#endif
