/*
 * device_rounds.h - the rounds of a device's fuzz target: a life, its state saved and loaded again
 * undamaged, the same bytes damaged and loaded, and a life after that.
 *
 * Included behind what it needs of the target: struct rig with a `clock`, begin(), end(), step()
 * and whole_state(). The first half of the input is the first life, the second half the damage and
 * the other one.
 */
#ifndef FERRITE_FUZZ_DEVICE_ROUNDS_H
#define FERRITE_FUZZ_DEVICE_ROUNDS_H

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

#include <stdlib.h>
#include <string.h>

static void rig_states(void *rig, struct state *s)
{
    whole_state(rig, s);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size / 2};
    size_t length;
    struct rig *r = begin();
    while (choices_left(&c))
        step(r, &c);
    u8 *bytes = snapshot_save(rig_states, r, &length);
    end(r);

    r = begin();
    if (!snapshot_load(rig_states, r, bytes, length))
        abort(); /* undamaged, it must load */
    end(r);

    c.end = data + size;
    struct snapshot_fields f = snapshot_fields(bytes, length);
    snapshot_damage(bytes, &f, 0, &c);
    snapshot_seal(bytes, length);
    r = begin();
    if (snapshot_load(rig_states, r, bytes, length)) {
        while (choices_left(&c) && r->clock.now < UINT64_MAX / 2)
            step(r, &c);
    }
    end(r);
    free(f.field);
    free(bytes);
    return 0;
}

#endif
