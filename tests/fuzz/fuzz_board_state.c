/*
 * fuzz_board_state.c - damaged snapshots of the whole board, with a right checksum.
 *
 * The first third of the input drives the board into some state, which is saved; the second part
 * changes fields of the save; then it is loaded and, if it was accepted, the board is used, looked
 * at and saved again. A snapshot made on purpose may hold nonsense, but never bring down the
 * emulator, and what was accepted once can be saved and loaded again.
 */
#include "tests/fuzz/board.h"
#include "tests/fuzz/snapshot.h"

#include <stdio.h>

static void describe(struct board_under_test *t)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    for (unsigned i = 0; i < t->pc->device_count; i++) {
        const struct device *d = t->pc->device[i];
        if (d->class->describe)
            d->class->describe(d, nowhere);
    }
}

static void use(struct board_under_test *t, struct choices *c)
{
    while (choices_left(c))
        board_step(t, c);
    fuzz_advance(&t->clock, t->clock.now + 50 * NS_PER_MS);
    describe(t);
}

static bool same_media(struct board_under_test *t)
{
    return t->pc->fdc->drive[0].disk && atapi_medium(ide_cdrom(t->pc->ide));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct board_under_test *other;
    struct choices c = {data, data + size / 3};
    struct board_under_test *t = board_begin();
    bool whole = (choose8(&c) & 31) == 31;
    size_t length, again_length;

    if (!other)
        other = board_begin();
    while (choices_left(&c))
        board_step(t, &c);
    if (same_media(t)) {
        u8 *bytes = board_save(t, whole, &length), *damaged = malloc(length), *again;
        struct snapshot_fields fields = snapshot_fields(bytes, length);

        memcpy(damaged, bytes, length);
        c.end = data + size;
        snapshot_damage(damaged, &fields, 0, &c);
        snapshot_seal(damaged, length);
        /* Into the board as it stands, as vm_load() does it. */
        if (!board_load(t, whole, damaged, length) && !board_load(t, whole, bytes, length))
            abort(); /* refused, and the way back is, too */
        free(fields.field);
        free(bytes);
        free(damaged);
        use(t, &c);
        again = board_save(t, whole, &again_length);
        if (board_load(other, whole, again, again_length) != same_media(t))
            abort();
        free(again);
    }
    board_end(t);
    return 0;
}
