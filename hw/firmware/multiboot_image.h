/*
 * multiboot_image.h - the file side of the Multiboot loader: what must go where in memory.
 */
#ifndef FERRITE_MULTIBOOT_IMAGE_H
#define FERRITE_MULTIBOOT_IMAGE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum { MULTIBOOT_SEGMENTS = 32, MULTIBOOT_MODULES = 32 };

/* `length` bytes of `bytes` at `address`, then zeros up to `size`. */
struct multiboot_segment {
    u32 address, length, size;
    const u8 *bytes;
};

struct multiboot_module {
    u8 *bytes;
    u32 length;
    char *text; /* file and arguments, as the kernel sees it */
};

struct multiboot_image {
    u8 *file;
    size_t file_size;
    struct multiboot_segment segment[MULTIBOOT_SEGMENTS];
    unsigned segments;
    u32 entry;
    u32 end; /* first byte after the highest segment */
    char *command_line;
    struct multiboot_module module[MULTIBOOT_MODULES];
    unsigned modules;
};

/*
 * Read kernel and modules ("FILE ARGS,FILE ARGS"; ",," is a comma). NULL + err when a file cannot
 * be read, is no Multiboot kernel, or does not fit into `ram` bytes.
 */
struct multiboot_image *multiboot_image_load(const char *kernel, const char *append,
                                             const char *initrd, u32 ram, struct err *e);
void multiboot_image_free(struct multiboot_image *m);

#endif
