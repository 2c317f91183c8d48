/*
 * fuzz_storage.c - registers of the floppy controller and of the IDE channels, with diskettes
 * going in and out: nothing a guest writes may crash or hang the machine.
 */
#include "tests/fuzz/storage.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct storage s;
    storage_init(&s);
    while (choices_left(&c))
        storage_step(&s, &c);
    fuzz_advance(&s.clock, s.clock.now + NS_PER_SEC);
    /* Whatever happened, a reset brings the controllers back. */
    bus_out(&s.bus, 0x3f2, 0x00, 1);
    bus_out(&s.bus, 0x3f2, 0x0c, 1);
    bus_out(&s.bus, 0x3f6, 0x04, 1);
    bus_out(&s.bus, 0x3f6, 0x00, 1);
    fuzz_advance(&s.clock, s.clock.now + NS_PER_MS);
    if (bus_in(&s.bus, 0x3f4, 1) != 0x80 || bus_in(&s.bus, 0x1f7, 1) != 0x50)
        abort();
    storage_free(&s);
    return 0;
}
