/*
 * fuzz_loader.c - files that -kernel, -initrd, -bios and -vgabios name: damaged Multiboot and Linux
 * kernels of all shapes, lists of modules, ROMs of any size. They are refused with a reason, or
 * put into guest memory, where a BIOS of any content may run a little.
 */
#include "hw/bus/bus.h"
#include "hw/firmware/linux_image.h"
#include "hw/firmware/multiboot.h"
#include "hw/firmware/multiboot_image.h"
#include "hw/machine/vm.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT_LOAD = 0x8910, PORT_INFO = 0x8918, LONGEST = 40000 };

struct files {
    char kernel[64], initrd[64], list[300];
};

static void write_file(const char *path, const u8 *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0)
        abort();
}

/* A number that matters to who adds and compares sizes and addresses. */
static u32 some_number(struct choices *c)
{
    static const u32 numbers[] = {0,        1,        52,        4096,       32768,      0x100000,
                                  0x1ff000, 0x200000, 0x3f0000,  0x7fffffff, 0x80000000, 0xfffff000,
                                  ~0u,      0xa0000,  0x400000u, 0x10000};
    u8 how = choose8(c);
    if (how < 0x80)
        return numbers[how % ARRAY_SIZE(numbers)] + (how >> 4);
    return how < 0xc0 ? choose16(c) : choose32(c);
}

/* Fields of a header: as they should be, or other numbers. */
static void put_field(u8 *at, u32 right, unsigned width, struct choices *c)
{
    u32 value = choose8(c) & 0x18 ? right : some_number(c);
    for (unsigned i = 0; i < width; i++)
        at[i] = (u8)(value >> (8 * i));
}

static size_t multiboot_elf(u8 *f, struct choices *c)
{
    static const u8 ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    u8 count = choose8(c) & 7;

    memcpy(f, ident, sizeof(ident));
    put_le16(f + 18, 3);
    put_field(f + 24, 0x100010, 4, c);
    put_field(f + 28, 52, 4, c);
    put_field(f + 42, 32, 2, c);
    put_field(f + 44, count, 2, c);
    for (unsigned i = 0; i < count; i++) {
        u8 *p = f + 52 + 32 * i;
        put_field(p, 1, 4, c);
        put_field(p + 4, 0x400, 4, c);
        put_field(p + 8, 0x100000, 4, c);
        put_field(p + 12, 0x100000 + i * 0x1000, 4, c);
        put_field(p + 16, 0x200, 4, c);
        put_field(p + 20, 0x1000, 4, c);
    }
    return 512;
}

static size_t multiboot(u8 *f, bool elf, struct choices *c)
{
    size_t at = elf ? multiboot_elf(f, c) : (choose8(c) & 0x3fu) * 4u;
    u8 *h = f + at;
    u32 flags = elf ? 3 : 0x10003;

    if (choose8(c) >= 0xf0)
        flags = choose32(c);
    put_le32(h, 0x1badb002);
    put_le32(h + 4, flags);
    put_le32(h + 8, 0u - 0x1badb002u - flags);
    put_field(h + 12, 0x100000 + (u32)at, 4, c);
    put_field(h + 16, 0x100000, 4, c);
    put_field(h + 20, 0, 4, c);
    put_field(h + 24, 0x110000, 4, c);
    put_field(h + 28, 0x100000, 4, c);
    return 4096;
}

static size_t linux_kernel(u8 *f, struct choices *c)
{
    put_field(f + 0x1f1, 3, 1, c);
    put_le16(f + 0x1fe, 0xaa55);
    memcpy(f + 0x202, "HdrS", 4);
    put_field(f + 0x206, 0x20c, 2, c);
    put_field(f + 0x211, 1, 1, c);
    put_field(f + 0x22c, 0x37ffffff, 4, c);
    put_field(f + 0x238, 255, 4, c);
    return 8192;
}

static void make_files(struct files *n, struct choices *c)
{
    static u8 f[LONGEST];
    const char *dir = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    size_t size = 0;
    u8 shape = choose8(c);

    memset(f, 0, sizeof(f));
    snprintf(n->kernel, sizeof(n->kernel), "%s/ferrite-fuzz-%d.kern", dir, (int)getpid());
    snprintf(n->initrd, sizeof(n->initrd), "%s/ferrite-fuzz-%d.init", dir, (int)getpid());
    switch (shape & 3) {
    case 0:
        size = multiboot(f, false, c);
        break;
    case 1:
        size = multiboot(f, true, c);
        break;
    case 2:
        size = linux_kernel(f, c);
        break;
    default:
        for (size = 0; choices_left(c) && size < 600; size++)
            f[size] = choose8(c);
        break;
    }
    if (shape & 4)
        size = choose16(c) % sizeof(f);
    write_file(n->kernel, f, size);
    write_file(n->initrd, f, choose16(c) % sizeof(f));
    /* Modules with arguments, empty ones, doubled commas. */
    n->list[0] = 0;
    for (unsigned i = choose8(c) % 5; i; i--) {
        static const char *const ends[] = {"", ",", ",,", " x=1,", "  ,", ", "};
        size_t used = strlen(n->list);
        snprintf(n->list + used, sizeof(n->list) - used, "%s%s", choose8(c) & 0x1c ? n->initrd : "",
                 ends[choose8(c) % ARRAY_SIZE(ends)]);
    }
}

/* The device, as pc.c sets it up and the option ROM uses it. */
static void load_kernel(const struct files *n, struct choices *c)
{
    struct bus bus;
    struct phys phys;
    struct clock clock;
    struct board board = {&bus, &phys, &clock, NULL, NULL};
    struct multiboot *d = (struct multiboot *)device_new(&multiboot_class, NULL);
    char text[0x5000];
    u32 ram = (1u << choose8(c) % 4) << 20;
    u16 length = choose16(c);

    memset(text, 'a', sizeof(text));
    memcpy(text, "vga=", 4);
    text[length & 0x8000 ? length % sizeof(text) : length & 0xff] = 0;
    clock_init(&clock);
    if (!bus_init(&bus, NULL) || !phys_init(&phys, ram, NULL))
        abort();
    phys_unmap(&phys, 0xa0000, 0x60000);
    d->kernel = n->kernel;
    d->append = choose8(c) & 1 ? text : NULL;
    d->initrd = n->list[0] ? n->list : NULL;
    if (device_realize(&d->dev, &board, NULL)) {
        device_reset(&d->dev);
        for (unsigned i = 0; i < 2; i++) {
            bus_in(&bus, PORT_LOAD, 4);
            u32 info = bus_in(&bus, PORT_INFO, 4);
            if (info >= ram) /* the kernel would find nothing there */
                abort();
        }
    }
    device_free(&d->dev);
    phys_free(&phys);
    bus_free(&bus);
    clock_free(&clock);
}

static void load_rom(const struct files *n, struct choices *c)
{
    static u8 rom[(256 << 10) + 512];
    struct vm_config config = {.ram_mb = 1, .mips = 5};
    size_t size = choose8(c) & 3 ? 64u << 10 : choose32(c) % sizeof(rom);
    bool vga = choose8(c) & 1;

    for (size_t i = 0; i < 64; i++)
        rom[i] = choose8(c);
    if (size > 1024)
        for (size_t i = 0; i < 1024; i++)
            rom[size - 1024 + i] = c->at < c->end ? c->at[i % (size_t)(c->end - c->at)] : 0xf4;
    if (vga) {
        rom[0] = 0x55;
        rom[1] = 0xaa;
    }
    write_file(n->kernel, rom, size);
    *(vga ? &config.vga_bios : &config.bios) = n->kernel;
    struct vm *vm = vm_new(&config, NULL);
    if (vm)
        vm_run(vm, 300000);
    vm_free(vm, NULL);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct files n;

    if (choose8(&c) & 7) {
        make_files(&n, &c);
        load_kernel(&n, &c);
    } else {
        make_files(&n, &c);
        load_rom(&n, &c);
    }
    unlink(n.kernel);
    unlink(n.initrd);
    return 0;
}
