/*
 * linux_image.c - the Linux/x86 boot protocol, 16-bit entry (Documentation/x86/boot.rst of Linux):
 * real-mode setup code below 1 MB, which asks the BIOS for memory, video and the rest; the kernel
 * proper at 1 MB; the initial RAM disk as high as the kernel allows.
 *
 * Not modelled: zImage kernels that load below 1 MB, protocols before 2.02 (Linux 2.4.0-test3).
 */
#include "hw/firmware/linux_image.h"

#include "hw/firmware/kernel_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Offsets in the setup header. */
/* clang-format off */
enum {
    SETUP_SECTS = 0x1f1, VIDEO_MODE = 0x1fa, HEADER = 0x202, VERSION = 0x206, LOADER_TYPE = 0x210,
    LOAD_FLAGS = 0x211, RAMDISK_AT = 0x218, RAMDISK_SIZE = 0x21c, HEAP_END = 0x224,
    COMMAND_LINE_AT = 0x228, INITRD_MAX = 0x22c, COMMAND_LINE_SIZE = 0x238, HEADER_END = 0x250
};
/* clang-format on */
enum { LOADED_HIGH = 0x01, CAN_USE_HEAP = 0x80, LOADER_UNKNOWN = 0xff };
#define VIDEO_NORMAL 0xffff
#define VIDEO_EXTENDED 0xfffe
#define VIDEO_ASK 0xfffd

bool linux_image_is(const u8 *file, size_t size)
{
    return size >= HEADER_END && memcmp(file + HEADER, "HdrS", 4) == 0 &&
           get_le16(file + 0x1fe) == 0xaa55 && get_le16(file + VERSION) >= 0x0202;
}

/* vga=normal|ext|ask|NUMBER is for the boot loader: it goes into the header. */
static u16 video_mode(const char *command_line)
{
    const char *p = command_line;
    while ((p = strstr(p, "vga="))) {
        if (p == command_line || p[-1] == ' ') {
            p += 4;
            if (!strncmp(p, "normal", 6))
                return VIDEO_NORMAL;
            if (!strncmp(p, "ext", 3))
                return VIDEO_EXTENDED;
            if (!strncmp(p, "ask", 3))
                return VIDEO_ASK;
            return (u16)strtoul(p, NULL, 0);
        }
        p += 4;
    }
    return VIDEO_NORMAL;
}

static bool place_initrd(struct linux_image *l, const char *path, u32 ram, struct err *e)
{
    u32 kernel_end = LINUX_KERNEL + (u32)(l->file_size - l->setup_size), top = kernel_file_top(ram);
    u32 max = get_le16(l->file + VERSION) >= 0x0203 ? get_le32(l->file + INITRD_MAX) : 0x37ffffff;
    l->initrd = kernel_file_read("-initrd", path, &l->initrd_size, e);
    if (!l->initrd)
        return false;
    if (max < top)
        top = max + 1;
    if (l->initrd_size > top || (top - l->initrd_size) < kernel_end + (kernel_end - LINUX_KERNEL))
        return err_set(e, "-initrd %s: %zu bytes do not fit into memory above the kernel; try -m",
                       path, l->initrd_size);
    l->initrd_at = (top - (u32)l->initrd_size) & ~PAGE_MASK;
    return true;
}

struct linux_image *linux_image_load(u8 *file, size_t size, const char *append, const char *initrd,
                                     u32 ram, struct err *e)
{
    struct linux_image *l = calloc(1, sizeof *l);
    if (!l) {
        free(file);
        err_set(e, "out of memory");
        return NULL;
    }
    l->file = file;
    l->file_size = size;
    l->command_line = strdup(append ? append : "");
    u32 sectors = file[SETUP_SECTS] ? file[SETUP_SECTS] : 4;
    l->setup_size = (sectors + 1) * 512;
    u32 longest = get_le16(file + VERSION) >= 0x0206 ? get_le32(file + COMMAND_LINE_SIZE) : 255;
    bool ok = l->command_line != NULL;
    if (!ok)
        err_set(e, "out of memory");
    else if (!(file[LOAD_FLAGS] & LOADED_HIGH))
        ok = err_set(e, "-kernel: a zImage, which loads below 1 MB; only bzImage kernels start");
    else if (l->setup_size >= size)
        ok = err_set(e, "-kernel: truncated: %zu bytes, the setup code alone has %u", size,
                     l->setup_size);
    else if ((u64)LINUX_KERNEL + 2 * (size - l->setup_size) > ram)
        ok = err_set(e, "-kernel: %zu bytes of Linux want more memory; try -m", size);
    else if (strlen(l->command_line) > longest)
        ok = err_set(e, "-append: longer than the %u characters that this kernel takes", longest);
    else if (initrd)
        ok = place_initrd(l, initrd, ram, e);
    if (!ok) {
        linux_image_free(l);
        return NULL;
    }
    return l;
}

void linux_image_place(const struct linux_image *l, struct phys *phys)
{
    u8 header[HEADER_END];
    phys_write(phys, LINUX_SETUP, l->file, l->setup_size);
    phys_write(phys, LINUX_KERNEL, l->file + l->setup_size, (u32)(l->file_size - l->setup_size));
    phys_write(phys, LINUX_COMMAND_LINE, l->command_line, (u32)strlen(l->command_line) + 1);
    if (l->initrd)
        phys_write(phys, l->initrd_at, l->initrd, (u32)l->initrd_size);
    memcpy(header, l->file, sizeof header);
    put_le16(header + VIDEO_MODE, video_mode(l->command_line));
    header[LOADER_TYPE] = LOADER_UNKNOWN;
    header[LOAD_FLAGS] |= CAN_USE_HEAP;
    put_le16(header + HEAP_END, LINUX_COMMAND_LINE - LINUX_SETUP - 0x200);
    put_le32(header + COMMAND_LINE_AT, LINUX_COMMAND_LINE);
    put_le32(header + RAMDISK_AT, l->initrd_at);
    put_le32(header + RAMDISK_SIZE, (u32)l->initrd_size);
    phys_write(phys, LINUX_SETUP, header, sizeof header);
}

void linux_image_free(struct linux_image *l)
{
    if (!l)
        return;
    free(l->file);
    free(l->initrd);
    free(l->command_line);
    free(l);
}
