/*
 * vm_rig.h - whole machines that boot a few bytes of code, for tests of hw/machine: the built-in
 * BIOS reads them from a diskette. They fail the test that asks for what cannot be.
 */
#ifndef FERRITE_TEST_VM_RIG_H
#define FERRITE_TEST_VM_RIG_H

#include "hw/machine/vm.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* What the guest said on its debug console: a ring, and the count of all. */
struct sink {
    u8 bytes[65536];
    size_t count;
};

static inline void sink_write(void *opaque, const u8 *data, size_t len)
{
    struct sink *s = opaque;
    for (size_t i = 0; i < len; i++)
        s->bytes[s->count++ % sizeof(s->bytes)] = data[i];
}

static inline struct stream sink_stream(struct sink *s)
{
    return (struct stream){sink_write, NULL, s};
}

static inline struct vm *vm_made(const struct vm_config *c)
{
    struct err e;
    struct vm *vm = vm_new(c, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    return vm;
}

/*
 * A machine as configured, with 2 MB and the code in the boot sector of a diskette. Each byte of
 * the other sectors tells where it is from.
 */
static inline struct vm *vm_boot(struct vm_config c, const u8 *code, size_t size)
{
    static u8 diskette[160 * 1024];
    memset(diskette, 0, 512);
    for (unsigned i = 512; i < sizeof(diskette); i++)
        diskette[i] = (u8)(i / 512 * 37 + i);
    memcpy(diskette, code, size);
    diskette[510] = 0x55;
    diskette[511] = 0xaa;
    c.ram_mb = 2;
    c.floppy[0].bytes = diskette;
    c.floppy[0].size = sizeof(diskette);
    return vm_made(&c);
}

static inline void done(struct vm *vm)
{
    struct err e;
    ck_assert_msg(vm_free(vm, &e), "%s", e.text);
}

/* The log of a machine that hashes its run and tells nobody. */
static inline struct log *hashing(void)
{
    static struct log log = {.mask = LOG_HASH};
    if (!log.out)
        log.out = fopen("/dev/null", "w");
    return &log;
}

/* Runs it to `until` in pieces of changing lengths, the first of `piece` ns. */
static inline void run_in_pieces(struct vm *vm, u64 until, u64 piece)
{
    while (vm_now(vm) < until) {
        u64 to = vm_now(vm) + piece;
        ck_assert_int_eq(vm_run(vm, to < until ? to : until), VM_SLICE);
        piece = piece * 7 % 9999991 + 1000;
    }
}

/* 20 s of the guest are enough for what stops it. */
static inline enum vm_stop run_until_stop(struct vm *vm)
{
    for (u64 t = 0; t < 2000; t++) {
        enum vm_stop s = vm_run(vm, vm_now(vm) + 10 * NS_PER_MS);
        if (s != VM_SLICE)
            return s;
    }
    return VM_SLICE;
}

static inline u64 trace_of(struct vm *vm)
{
    u64 hash;
    ck_assert(vm_trace_hash(vm, &hash));
    return hash;
}

static inline u64 state_of(struct vm *vm)
{
    struct err e;
    u64 hash;
    ck_assert_msg(vm_state_hash(vm, &hash, &e), "%s", e.text);
    return hash;
}

/* The same machine, to the last byte of what is saved of it. */
static inline void same(struct vm *a, struct vm *b)
{
    u8 *bytes_a, *bytes_b;
    size_t size_a, size_b;
    struct err e;
    ck_assert_uint_eq(vm_instructions(a), vm_instructions(b));
    ck_assert_uint_eq(vm_now(a), vm_now(b));
    ck_assert_msg(vm_save(a, &bytes_a, &size_a, &e), "%s", e.text);
    ck_assert_msg(vm_save(b, &bytes_b, &size_b, &e), "%s", e.text);
    ck_assert_uint_eq(size_a, size_b);
    ck_assert_int_eq(memcmp(bytes_a, bytes_b, size_a), 0);
    free(bytes_a);
    free(bytes_b);
}

/* And the same way to it, where both hash their runs. */
static inline void same_run(struct vm *a, struct vm *b)
{
    ck_assert_uint_eq(trace_of(a), trace_of(b));
    same(a, b);
}

#endif
