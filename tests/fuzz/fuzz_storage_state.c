/*
 * fuzz_storage_state.c - damaged snapshots of the storage devices, with a right checksum.
 *
 * The first part of the input drives the machine into some state, which is saved; the second
 * changes bytes of the save; then it is loaded and, if it was accepted, the machine is used. A
 * snapshot made on purpose may hold nonsense, but never bring down the emulator.
 */
#include "tests/fuzz/snapshot.h"
#include "tests/fuzz/storage.h"

static void states(void *opaque, struct state *st)
{
    struct storage *s = opaque;
    clock_state(&s->clock, st);
    device_state(&s->fdc->dev, st);
    device_state(&s->ide->dev, st);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size / 3};
    struct storage s;
    size_t length;
    storage_init(&s);
    while (choices_left(&c)) {
        /* The same diskettes and disc must be in when it is loaded. */
        if (choices_left(&c) && c.at + 1 < c.end && (c.at[1] % 15 == 10 || c.at[1] % 15 == 13))
            c.at += 2;
        else
            storage_step(&s, &c);
    }
    u8 *bytes = snapshot_save(states, &s, &length);
    storage_free(&s);

    storage_init(&s);
    if (!snapshot_load(states, &s, bytes, length))
        abort(); /* undamaged, it must load */
    storage_free(&s);

    c.end = data + size;
    for (unsigned n = choose8(&c) % 4 + 1; n; n--)
        bytes[SNAPSHOT_HEADER + choose32(&c) % (length - SNAPSHOT_HEADER)] = choose8(&c);
    snapshot_seal(bytes, length);
    storage_init(&s);
    if (snapshot_load(states, &s, bytes, length)) {
        /* Time may have been set close to the end of its range: events still have to come. */
        while (choices_left(&c) && s.clock.now < UINT64_MAX / 2)
            storage_step(&s, &c);
    }
    storage_free(&s);
    free(bytes);
    return 0;
}
