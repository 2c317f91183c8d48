/*
 * linux_image.h - a Linux kernel (bzImage) for -kernel: what must go where in memory.
 */
#ifndef FERRITE_LINUX_IMAGE_H
#define FERRITE_LINUX_IMAGE_H

#include "hw/base/err.h"
#include "hw/base/types.h"
#include "mmu/phys.h"

/* Where the real-mode part, its stack and heap, and the command line go. */
enum { LINUX_SETUP = 0x10000, LINUX_COMMAND_LINE = 0x20000, LINUX_KERNEL = 0x100000 };

struct linux_image {
    u8 *file, *initrd;
    size_t file_size, initrd_size;
    u32 setup_size; /* bytes of the real-mode part */
    u32 initrd_at;
    char *command_line;
};

/* Does the file begin like a Linux kernel of boot protocol 2.02 or later? */
bool linux_image_is(const u8 *file, size_t size);
/*
 * Takes over `file` (freed with the image, also on failure). NULL + err when the kernel or its
 * initial RAM disk does not fit into `ram` bytes or is damaged.
 */
struct linux_image *linux_image_load(u8 *file, size_t size, const char *append, const char *initrd,
                                     u32 ram, struct err *e);
/* Put everything into guest memory. The setup code starts at LINUX_SETUP / 16 + 20h : 0. */
void linux_image_place(const struct linux_image *l, struct phys *phys);
void linux_image_free(struct linux_image *l);

#endif
