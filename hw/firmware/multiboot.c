/*
 * multiboot.c - hands a Multiboot 1 or Linux kernel to the guest (-kernel). Multiboot Specification
 * 0.6.96, chapters 3.2 and 3.3; for Linux see linux_image.c.
 *
 * The BIOS does its power-on work as always; then the option ROM of bios/multiboot.asm takes INT
 * 19h and asks this device, through ports that no real board has, to put the kernel into memory.
 * So a reset loads it afresh, and the kernel finds an initialised PC.
 */
#include "hw/firmware/multiboot.h"

#include "bios/rom.h"
#include "hw/firmware/kernel_file.h"
#include "hw/firmware/linux_image.h"
#include "hw/firmware/multiboot_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START_MULTIBOOT = 1, START_LINUX = 2 };
/* clang-format off */
enum { ROM_BASE = 0xd0000, PORT_LOAD = 0x8910, PORT_ENTRY = 0x8914, PORT_INFO = 0x8918,
       LOW_MEMORY = 0x9fc00 /* the extended BIOS data area follows */ };
/* clang-format on */

/* Flags and offsets of the information structure. */
enum {
    MBI_MEMORY = 1 << 0,
    MBI_CMDLINE = 1 << 2,
    MBI_MODULES = 1 << 3,
    MBI_MAP = 1 << 6,
    MBI_LOADER = 1 << 9,
    MBI_SIZE = 0x78,
    MAP_ENTRY = 24,
    MODULE_ENTRY = 16
};

/* The information structure under construction, at guest address `base`. */
struct builder {
    struct phys *phys;
    u32 base, at;
};

static u32 put(struct builder *b, const void *bytes, u32 length)
{
    u32 address = b->at;
    phys_write(b->phys, address, bytes, length);
    b->at = (address + length + 3) & ~3u;
    return address;
}

static void put_map(struct builder *b, u64 base, u64 length, u32 type)
{
    u8 entry[MAP_ENTRY];
    put_le32(entry, MAP_ENTRY - 4); /* the size field does not count itself */
    put_le64(entry + 4, base);
    put_le64(entry + 12, length);
    put_le32(entry + 20, type);
    put(b, entry, sizeof(entry));
}

/* How much there is from 1 MB on: the entry of the BIOS's map that begins there. */
static u32 high_memory(const struct multiboot *d)
{
    u32 all = d->dev.board->phys->ram_size - 0x100000u;
    for (unsigned i = 0; i < d->map_count / 5; i++) {
        const u32 *e = &d->map[5 * i];
        if (e[0] == 0x100000 && !e[1] && !e[3] && e[2] < all && e[4] == 1)
            return e[2];
    }
    return all;
}

/* Modules, each on a page of its own; then the information, in memory nobody else uses. */
static u32 build_info(struct multiboot *d, u32 after)
{
    const struct multiboot_image *m = d->image;
    struct phys *phys = d->dev.board->phys;
    u8 mbi[MBI_SIZE] = {0}, list[MULTIBOOT_MODULES * MODULE_ENTRY] = {0};
    u32 end = after;

    for (unsigned i = 0; i < m->modules; i++) {
        u32 start = (end + PAGE_MASK) & ~PAGE_MASK;
        phys_write(phys, start, m->module[i].bytes, m->module[i].length);
        end = start + m->module[i].length;
        put_le32(list + MODULE_ENTRY * i, start);
        put_le32(list + MODULE_ENTRY * i + 4, end);
    }
    u32 base = (end + PAGE_MASK) & ~PAGE_MASK;
    struct builder b = {phys, base, base + MBI_SIZE};
    put_le32(mbi, MBI_MEMORY | MBI_CMDLINE | MBI_MAP | MBI_LOADER | (m->modules ? MBI_MODULES : 0));
    put_le32(mbi + 4, LOW_MEMORY / 1024);
    put_le32(mbi + 8, high_memory(d) / 1024);
    put_le32(mbi + 16, put(&b, m->command_line, (u32)strlen(m->command_line) + 1));
    for (unsigned i = 0; i < m->modules; i++)
        put_le32(list + MODULE_ENTRY * i + 8,
                 put(&b, m->module[i].text, (u32)strlen(m->module[i].text) + 1));
    put_le32(mbi + 20, m->modules);
    put_le32(mbi + 24, put(&b, list, m->modules * MODULE_ENTRY));
    u32 map = b.at;
    for (unsigned i = 0; i < d->map_count / 5; i++) {
        const u32 *e = &d->map[5 * i];
        put_map(&b, e[0] | (u64)e[1] << 32, e[2] | (u64)e[3] << 32, e[4]);
    }
    if (d->map_count < 5) { /* a BIOS that has no map */
        put_map(&b, 0, LOW_MEMORY, 1);
        put_map(&b, 0x100000, phys->ram_size - 0x100000u, 1);
    }
    put_le32(mbi + 44, b.at - map);
    put_le32(mbi + 48, map);
    put_le32(mbi + 64, put(&b, "Ferrite", 8));
    phys_write(phys, base, mbi, sizeof(mbi));
    return base;
}

static void load(struct multiboot *d)
{
    static const u8 zeros[PAGE_SIZE];
    const struct multiboot_image *m = d->image;
    struct phys *phys = d->dev.board->phys;

    for (unsigned i = 0; i < m->segments; i++) {
        const struct multiboot_segment *s = &m->segment[i];
        phys_write(phys, s->address, s->bytes, s->length);
        for (u32 at = s->length; at < s->size;) {
            u32 n = s->size - at < sizeof(zeros) ? s->size - at : (u32)sizeof(zeros);
            phys_write(phys, s->address + at, zeros, n);
            at += n;
        }
    }
    d->entry = m->entry;
    d->info = build_info(d, m->end < 0x100000 ? 0x100000 : m->end);
}

static u32 multiboot_in(void *dev, u16 port, unsigned size)
{
    struct multiboot *d = dev;
    (void)size;
    switch (port) {
    case PORT_LOAD: /* what the option ROM is to start */
        if (d->linux_kernel) {
            linux_image_place(d->linux_kernel, d->dev.board->phys);
            d->entry = LINUX_SETUP >> 4;
            d->info = LINUX_COMMAND_LINE - LINUX_SETUP;
            return START_LINUX;
        }
        load(d);
        return START_MULTIBOOT;
    case PORT_ENTRY:
        return d->entry;
    case PORT_INFO:
        return d->info;
    default:
        return 0xffffffff;
    }
}

static void multiboot_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct multiboot *d = dev;
    if (port == PORT_LOAD)
        d->map_count = 0;
    else if (port == PORT_INFO && size == 4 && d->map_count < ARRAY_SIZE(d->map))
        d->map[d->map_count++] = value;
}

static const struct port_ops ports = {multiboot_in, multiboot_out, 4};

/* Information, strings and map take less than this; firmware may keep tables above them. */
#define INFO_ROOM 0x10000u

static bool multiboot_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct multiboot *d = (struct multiboot *)dev;
    if (!d->kernel)
        return true;
    u32 ram = b->phys->ram_size;
    if (ram < 0x200000 || (d->append && strlen(d->append) > 0x4000) ||
        (d->initrd && strlen(d->initrd) > 0x4000))
        return err_set(e, "-kernel: 2 MB of memory are the least, 16 KB of text the most");
    size_t size;
    u8 *file = kernel_file_read("-kernel", d->kernel, &size, e);
    if (!file)
        return false;
    if (linux_image_is(file, size)) {
        d->linux_kernel = linux_image_load(file, size, d->append, d->initrd, ram, e);
    } else {
        free(file);
        d->image = multiboot_image_load(d->kernel, d->append, d->initrd,
                                        kernel_file_top(ram) - INFO_ROOM, e);
    }
    if (!d->image && !d->linux_kernel)
        return false;
    d->rom = calloc(1, PAGE_SIZE);
    if (!d->rom)
        return err_set(e, "out of memory");
    memcpy(d->rom, multiboot_rom, multiboot_rom_size);
    phys_map_rom(b->phys, ROM_BASE, PAGE_SIZE, d->rom);
    bus_claim(b->bus, PORT_LOAD, 12, &ports, d, dev->name);
    return true;
}

static void multiboot_reset(struct device *dev)
{
    struct multiboot *d = (struct multiboot *)dev;
    d->entry = d->info = d->map_count = 0;
}

static void multiboot_state(struct device *dev, struct state *s)
{
    struct multiboot *d = (struct multiboot *)dev;
    state_u32(s, "entry", &d->entry);
    state_u32(s, "info", &d->info);
    state_u32s(s, "map", d->map, ARRAY_SIZE(d->map));
    state_u32(s, "map_count", &d->map_count);
    if (state_loading(s) && d->map_count > ARRAY_SIZE(d->map)) {
        d->map_count = 0;
        state_fail(s, "kernel loader: impossible map of memory");
    }
}

static void multiboot_destroy(struct device *dev)
{
    struct multiboot *d = (struct multiboot *)dev;
    multiboot_image_free(d->image);
    linux_image_free(d->linux_kernel);
    free(d->rom);
}

static void multiboot_describe(const struct device *dev, FILE *out)
{
    const struct multiboot *d = (const struct multiboot *)dev;
    if (d->image)
        fprintf(out, "%s\nentry %08x, information at %08x, %u modules\n", d->image->command_line,
                d->entry, d->info, d->image->modules);
    else if (d->linux_kernel)
        fprintf(out, "Linux, \"%s\", RAM disk of %zu bytes at %08x\n",
                d->linux_kernel->command_line, d->linux_kernel->initrd_size,
                d->linux_kernel->initrd_at);
    else
        fprintf(out, "no kernel\n");
}

const struct device_class multiboot_class = {
    .name = "multiboot",
    .doc = "loader of Multiboot kernels (-kernel)",
    .size = sizeof(struct multiboot),
    .state_version = 2,
    .realize = multiboot_realize,
    .reset = multiboot_reset,
    .state = multiboot_state,
    .destroy = multiboot_destroy,
    .describe = multiboot_describe,
};
