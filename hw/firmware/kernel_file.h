/*
 * kernel_file.h - reading the files that -kernel and -initrd name.
 */
#ifndef FERRITE_KERNEL_FILE_H
#define FERRITE_KERNEL_FILE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* The whole file, to be freed; NULL + err (with the option's name) when it cannot be read. */
u8 *kernel_file_read(const char *option, const char *path, size_t *size, struct err *e);

/*
 * Where memory ends for kernels and what comes with them: firmware keeps its ACPI tables in the
 * last 256 KB (SeaBIOS; ours in 64) unless there is little.
 */
static inline u32 kernel_file_top(u32 ram)
{
    return ram >= 0x400000 ? ram - 0x40000 : ram;
}

#endif
