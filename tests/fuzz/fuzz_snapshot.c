/*
 * fuzz_snapshot.c - damaged snapshots of a whole machine, with a right checksum.
 *
 * A guest that storms its devices (storm.asm) is saved at a few points between power-on and deep
 * trouble. The input chooses one of them and changes fields; if the result is accepted, the
 * machine runs, is looked at from all sides, and is saved and loaded again. The processor may find
 * itself in any mode with any registers, each device in any state that its load function lets
 * pass: nothing may crash, hang or write out of bounds.
 */
#define _GNU_SOURCE /* open_memstream */
#include "hw/input/keys.h"
#include "hw/machine/vm.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

#include <stdio.h>

/* Fields of clock, machine and processor; fuzz_board_state is faster with those of the board. */
enum { PROCESSOR = 90 };

enum { FLOPPY = 160 * 1024, DISK = 256 * 512, BASES = 4 };

extern const u8 storm_image[];
asm(".section .rodata\n"
    ".global storm_image\n"
    "storm_image: .incbin \"" STORM_IMAGE "\"\n"
    ".previous\n");

struct base {
    u8 *bytes;
    size_t size;
    struct snapshot_fields fields;
};

static struct vm *machine(void)
{
    static u8 floppy[FLOPPY];
    static const u8 zero[DISK];
    struct vm_config config = {.ram_mb = 1, .mips = 20};
    struct err e;

    memcpy(floppy, storm_image, 512);
    config.floppy[0] = (struct media){.bytes = floppy, .size = FLOPPY};
    config.disk[0] = (struct media){.bytes = zero, .size = DISK};
    config.cdrom = (struct media){.bytes = zero, .size = DISK};
    struct vm *vm = vm_new(&config, &e);
    if (!vm) {
        fprintf(stderr, "%s\n", e.text);
        abort();
    }
    return vm;
}

/* For so long, whatever the guest does to itself. */
static void run(struct vm *vm, u64 ns)
{
    u64 until = vm_now(vm) + ns;
    for (unsigned stops = 0; vm_now(vm) < until && stops < 20; stops++) {
        u64 before = vm_now(vm);
        enum vm_stop why = vm_run(vm, until);
        /* Time arrives, or something stopped the machine; a reset takes its time. */
        bool reset = why == VM_TRIPLE_FAULT || why == VM_RESET_REQUEST;
        if ((why == VM_SLICE && vm_now(vm) < until) || (reset && vm_now(vm) == before))
            abort();
        if (why == VM_TRIPLE_FAULT || why == VM_RESET_REQUEST)
            vm_reset(vm);
    }
}

static const struct base *bases(void)
{
    static const u16 milliseconds[BASES] = {3, 400, 410, 600};
    static struct base base[BASES];
    struct err e;

    if (base[0].bytes)
        return base;
    struct vm *vm = machine();
    for (unsigned i = 0; i < BASES; i++) {
        run(vm, milliseconds[i] * NS_PER_MS - vm_now(vm));
        if (!vm_save(vm, &base[i].bytes, &base[i].size, &e))
            abort();
        base[i].fields = snapshot_fields(base[i].bytes, base[i].size);
    }
    vm_free(vm, NULL);
    return base;
}

/* Everything that a person can ask the machine for. */
static void look(struct vm *vm)
{
    struct screen screen;
    char *list = NULL, *all = NULL, text[512], name[24];
    size_t list_size, all_size;

    vm_screen(vm, &screen);
    volatile u32 sum = 0; /* a sanitizer sees what is not there */
    for (size_t i = 0; i < (size_t)screen.width * screen.height; i++)
        sum = sum + screen.pixels[i];
    vm_screen_text(vm, text, sizeof(text));
    FILE *f = open_memstream(&list, &list_size), *out = open_memstream(&all, &all_size);
    if (!f || !out)
        abort();
    vm_describe(vm, NULL, f);
    fclose(f);
    for (const char *p = list; sscanf(p, "%23s", name) == 1; p = strchr(p, '\n') + 1)
        vm_describe(vm, name, out);
    fclose(out);
    free(list);
    free(all);
}

static void use(struct vm *vm, struct choices *c)
{
    vm_set_mips(vm, 20); /* at any speed that is accepted, but this one is soon done */
    for (unsigned i = 0; i < 4; i++) {
        run(vm, (1 + choose8(c)) * 4000ull);
        vm_key(vm, choose8(c) % KEY_COUNT, choose8(c) & 1);
        vm_mouse(vm, (s8)choose8(c), (s8)choose8(c), 0, choose8(c) & 7);
    }
    look(vm);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    const struct base *base = &bases()[choose8(&c) % BASES];
    u8 *bytes = malloc(base->size), *again;
    size_t again_size;
    struct err e;

    memcpy(bytes, base->bytes, base->size);
    snapshot_damage(bytes, &base->fields, PROCESSOR, &c);
    snapshot_seal(bytes, base->size);
    struct vm *vm = machine();
    bool accepted = vm_load(vm, bytes, base->size, &e);
    free(bytes);
    if (accepted) {
        use(vm, &c);
        static struct vm *other;
        if (!other)
            other = machine();
        if (!vm_save(vm, &again, &again_size, &e) || !vm_load(other, again, again_size, &e)) {
            fprintf(stderr, "saved and not accepted: %s\n", e.text);
            abort();
        }
        free(again);
    } else {
        run(vm, NS_PER_MS); /* as if nothing had happened */
    }
    vm_free(vm, NULL);
    return 0;
}
