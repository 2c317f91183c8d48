/*
 * fuzz_storage_state.c - damaged snapshots of the storage devices, with a right checksum.
 *
 * The first part of the input drives the machine into some state, which is saved; the second
 * changes bytes of the save; then it is loaded and, if it was accepted, the machine is used. A
 * snapshot made on purpose may hold nonsense, but never bring down the emulator.
 */
#include "hw/base/state.h"
#include "tests/fuzz/storage.h"

enum { HEADER = 24, CRC_AT = 20 };

static u32 crc32_of(const u8 *p, size_t size)
{
    u32 crc = ~0u;
    for (; size; size--) {
        crc ^= *p++;
        for (int bit_no = 0; bit_no < 8; bit_no++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static u8 *save(struct storage *s, size_t *size)
{
    struct state *st = state_new_save();
    clock_state(&s->clock, st);
    device_state(&s->fdc->dev, st);
    device_state(&s->ide->dev, st);
    const u8 *bytes = state_finish(st, size);
    u8 *copy = malloc(*size);
    if (!state_ok(st) || !copy)
        abort();
    memcpy(copy, bytes, *size);
    state_free(st);
    return copy;
}

static bool load(struct storage *s, const u8 *bytes, size_t size)
{
    struct state *st = state_new_load(bytes, size, NULL);
    if (!st)
        return false;
    clock_state(&s->clock, st);
    device_state(&s->fdc->dev, st);
    device_state(&s->ide->dev, st);
    bool ok = state_ok(st);
    state_free(st);
    return ok;
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
    u8 *bytes = save(&s, &length);
    storage_free(&s);

    storage_init(&s);
    if (!load(&s, bytes, length))
        abort(); /* undamaged, it must load */
    storage_free(&s);

    c.end = data + size;
    for (unsigned n = choose8(&c) % 4 + 1; n; n--)
        bytes[HEADER + choose32(&c) % (length - HEADER)] = choose8(&c);
    put_le32(bytes + CRC_AT, crc32_of(bytes + HEADER, length - HEADER));
    storage_init(&s);
    if (load(&s, bytes, length)) {
        /* Time may have been set close to the end of its range: events still have to come. */
        while (choices_left(&c) && s.clock.now < UINT64_MAX / 2)
            storage_step(&s, &c);
    }
    storage_free(&s);
    free(bytes);
    return 0;
}
