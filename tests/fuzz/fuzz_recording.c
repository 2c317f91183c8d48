/*
 * fuzz_recording.c - a recorded run (frontend/timeline/recording.h): bytes that may be anything,
 * and what begins as a real one. Those that are taken are replayed for a while in a small machine.
 */
#include "tests/fuzz/fuzz.h"

#include "frontend/timeline/recording.h"
#include "hw/base/crc32.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 16 };

static size_t add(u8 *to, size_t at, char letter, const u8 *contents, size_t size)
{
    if (at + size + 9 > ROOM)
        return at;
    to[at] = (u8)letter;
    put_le32(to + at + 1, (u32)size);
    if (size)
        memcpy(to + at + 5, contents, size);
    put_le32(to + at + 5 + size, crc32_of(0, to + at, 5 + size));
    return at + size + 9;
}

/* Records with the right sums, of letters and contents that the input says. */
static size_t make(u8 *to, u64 hash, const u8 *data, size_t size)
{
    static const char letters[] = "EEEEEEXZVADTF";
    u8 begin[8];
    size_t at = 12;
    memcpy(to, "FERRREC\x1a\1\0\0\0", 12);
    put_le64(begin, hash);
    at = add(to, at, 'B', begin, sizeof(begin));
    while (size > 1) {
        size_t n = data[1] < size - 2 ? data[1] : size - 2;
        at = add(to, at, letters[data[0] % (sizeof(letters) - 1)], data + 2, n);
        data += 2 + n;
        size -= 2 + n;
    }
    return at;
}

static struct vm *machine(void)
{
    static const u8 boot[512] = {0xf4, 0xeb, 0xfd, [510] = 0x55, 0xaa}; /* hlt; jmp */
    static u8 diskette[160 * 1024];
    struct err e;
    memcpy(diskette, boot, sizeof(boot));
    struct vm_config c = {.ram_mb = 1, .floppy[0] = {.bytes = diskette, .size = sizeof(diskette)}};
    return vm_new(&c, &e);
}

static void replay(struct recorded *r, bool loaded)
{
    struct vm *vm = machine();
    struct err e;
    if (vm && recorded_begin(r, vm, loaded, &e)) {
        for (unsigned i = 0; i < 20 && vm_run(vm, vm_now(vm) + NS_PER_MS) != VM_REPLAYED; i++)
            continue;
        recorded_verdict(r, vm, &e);
    }
    vm_free(vm, NULL);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static u8 made[ROOM];
    struct err e;
    if (!size)
        return 0;
    struct recorded *r = recorded_from(data + 1, size - 1, "input", &e);
    recorded_free(r);
    if (data[0] & 1) {
        struct vm *vm = machine();
        u64 hash = 0;
        if (vm && vm_state_hash(vm, &hash, &e))
            size = make(made, hash, data + 1, size - 1);
        vm_free(vm, NULL);
        r = recorded_from(made, size, "made", &e);
        if (r)
            replay(r, data[0] & 2);
        recorded_free(r);
    }
    return 0;
}
