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

static bool load(struct rig *r, const u8 *bytes, size_t size)
{
    struct state *s = state_new_load(bytes, size, NULL);
    if (!s)
        return false;
    whole_state(r, s);
    bool ok = state_ok(s);
    state_free(s);
    return ok;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size / 2};
    size_t length;
    struct rig *r = begin();
    while (choices_left(&c))
        step(r, &c);
    struct state *s = state_new_save();
    whole_state(r, s);
    const u8 *saved = state_finish(s, &length);
    u8 *bytes = malloc(length);
    if (!state_ok(s) || !bytes)
        abort();
    memcpy(bytes, saved, length);
    state_free(s);
    end(r);

    r = begin();
    if (!load(r, bytes, length))
        abort(); /* undamaged, it must load */
    end(r);

    c.end = data + size;
    struct snapshot_fields f = snapshot_fields(bytes, length);
    snapshot_damage(bytes, &f, 0, &c);
    snapshot_seal(bytes, length);
    r = begin();
    if (load(r, bytes, length)) {
        while (choices_left(&c) && r->clock.now < UINT64_MAX / 2)
            step(r, &c);
    }
    end(r);
    free(f.field);
    free(bytes);
    return 0;
}

#endif
