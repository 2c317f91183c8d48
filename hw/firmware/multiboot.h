/*
 * multiboot.h - the -kernel loader: Multiboot 1 kernels with their command line and modules, and
 * Linux kernels with their initial RAM disk.
 */
#ifndef FERRITE_MULTIBOOT_H
#define FERRITE_MULTIBOOT_H

#include "hw/bus/device.h"

struct multiboot_image;
struct linux_image;

enum { MULTIBOOT_MAP = 32 }; /* entries */

struct multiboot {
    struct device dev;
    /* Set before realize; the strings outlive the machine's creation only. */
    const char *kernel, *append, *initrd;

    struct multiboot_image *image;    /* NULL when there is no such kernel */
    struct linux_image *linux_kernel; /* NULL when there is no such kernel */
    u8 *rom;
    u32 entry, info; /* of the last loading */
    /* The BIOS's map of memory as the option ROM writes it: dwords, 5 an entry. */
    u32 map[5 * MULTIBOOT_MAP], map_count;
};

extern const struct device_class multiboot_class;

#endif
