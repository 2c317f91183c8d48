/*
 * multiboot.h - the -kernel loader: Multiboot 1 kernels with their command line and modules, and
 * Linux kernels with their initial RAM disk.
 */
#ifndef FERRITE_MULTIBOOT_H
#define FERRITE_MULTIBOOT_H

#include "hw/device.h"

struct multiboot_image;
struct linux_image;

struct multiboot {
    struct device dev;
    /* Set before realize; the strings outlive the machine's creation only. */
    const char *kernel, *append, *initrd;

    struct multiboot_image *image;    /* NULL when there is no such kernel */
    struct linux_image *linux_kernel; /* NULL when there is no such kernel */
    u8 *rom;
    u32 entry, info; /* of the last loading */
};

extern const struct device_class multiboot_class;

#endif
