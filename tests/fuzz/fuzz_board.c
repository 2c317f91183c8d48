/*
 * fuzz_board.c - the whole board without a processor: every device's registers, in any order, with
 * time passing and the machine saved and loaded in between. Nothing may crash, hang or write
 * outside guest memory (the sanitizers watch); a reset brings the ROM back.
 */
#include "tests/fuzz/board.h"

enum { RELOADS = 2 };

/* The same again from a snapshot; with other media in the drives than at the start it cannot be. */
static struct board_under_test *reload(struct board_under_test *t)
{
    size_t size;
    u8 *bytes = board_save(t, true, &size);
    struct board_under_test *other = board_begin();
    bool same = t->pc->fdc->drive[0].disk && atapi_medium(ide_cdrom(t->pc->ide));

    if (board_load(other, true, bytes, size) != same)
        abort();
    free(bytes);
    if (!same) {
        board_end(other);
        return t;
    }
    other->pictures = t->pictures;
    board_end(t);
    return other;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct board_under_test *t = board_begin();
    unsigned reloads = 0;

    while (choices_left(&c)) {
        board_step(t, &c);
        if (c.at < c.end && *c.at == 0xec && reloads++ < RELOADS)
            t = reload(t);
    }
    fuzz_advance(&t->clock, t->clock.now + 100 * NS_PER_MS);
    pc_reset(t->pc);
    if (phys_load(&t->pc->phys, 0xfffffff0, 1) == 0xff ||
        pci_config_read(t->pc->pci, 0, 0, 4) != 0x12378086)
        abort();
    board_end(t);
    return 0;
}
