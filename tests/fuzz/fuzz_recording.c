/*
 * fuzz_recording.c - a recorded run (frontend/timeline/recording.h): bytes that may be anything,
 * and what begins as a real one. Those that are taken are replayed for a while in a small machine.
 */
#include "tests/fuzz/fuzz.h"

#include "frontend/timeline/recording.h"
#include "frontend/timeline/recording_format.h"
#include "hw/base/crc32.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 16 };

static size_t add(u8 *to, size_t at, char letter, const u8 *contents, size_t size)
{
    size_t head = RECORD_HEAD + (to[RECORDING_MAGIC_SIZE] >= RECORDING_CHECKED ? RECORD_CHECK : 0);
    if (at + head + size + RECORD_TAIL > ROOM)
        return at;
    u8 *p = to + at;
    p[0] = (u8)letter;
    put_le32(p + 1, (u32)size);
    if (head > RECORD_HEAD)
        put_le16(p + RECORD_HEAD, record_head_check(p));
    if (size)
        memcpy(p + head, contents, size);
    put_le32(p + head + size, crc32_of(0, p, head + size));
    return at + head + size + RECORD_TAIL;
}

/* Records with the right sums, of letters and contents that the input says. */
static size_t make(u8 *to, u8 format, u64 hash, const u8 *data, size_t size)
{
    static const char letters[] = "EEEEEEXZVADTFKPPOSSSR";
    u8 begin[8];
    size_t at = 12;
    memcpy(to, RECORDING_MAGIC, RECORDING_MAGIC_SIZE);
    put_le32(to + RECORDING_MAGIC_SIZE, format);
    /* A disk of a folder, whose sectors are said, or not. */
    u8 opened[OPENED_HEAD] = {VM_FLOPPIES, [5] = 16, [14] = 32, [29] = OPENED_WRITABLE};
    if (size && data[0] & 1)
        at = add(to, at, 'O', opened, sizeof(opened));
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

static struct vm *machine(const struct shown *disk)
{
    static const u8 boot[512] = {0xf4, 0xeb, 0xfd, [510] = 0x55, 0xaa}; /* hlt; jmp */
    static u8 diskette[160 * 1024];
    struct err e;
    memcpy(diskette, boot, sizeof(boot));
    struct vm_config c = {.ram_mb = 1,
                          .floppy[0] = {.bytes = diskette, .size = sizeof(diskette)},
                          .disk[0].shown = disk};
    return vm_new(&c, &e);
}

static void replay(struct recorded *r, bool loaded)
{
    struct shown_given *disks = recorded_take_disks(r);
    struct vm *vm = machine(shown_given_at(disks, VM_FLOPPIES));
    struct err e;
    if (vm)
        shown_given_journal(disks, vm_journal(vm));
    if (vm && recorded_begin(r, vm, loaded, &e)) {
        for (unsigned i = 0; i < 20 && vm_run(vm, vm_now(vm) + NS_PER_MS) != VM_REPLAYED; i++)
            continue;
        recorded_verdict(r, vm, &e);
        u8 sector[512];
        const struct shown *s = shown_given_at(disks, VM_FLOPPIES);
        for (u64 at = 0; s && at < 16; at++)
            s->read(s->opaque, 0, at, 1, sector);
    }
    vm_free(vm, NULL);
    shown_given_free(disks);
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
        struct vm *vm = machine(NULL);
        u64 hash = 0;
        if (vm && vm_state_hash(vm, &hash, &e))
            size = make(made, data[0] & 4 ? 3 : RECORDING_FORMAT, hash, data + 1, size - 1);
        vm_free(vm, NULL);
        r = recorded_from(made, size, "made", &e);
        if (r)
            replay(r, data[0] & 2);
        recorded_free(r);
    }
    return 0;
}
