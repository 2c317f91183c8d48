/*
 * kernel_file.h - reading the files that -kernel and -initrd name.
 */
#ifndef FERRITE_KERNEL_FILE_H
#define FERRITE_KERNEL_FILE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* The whole file, to be freed; NULL + err (with the option's name) when it cannot be read. */
u8 *kernel_file_read(const char *option, const char *path, size_t *size, struct err *e);

#endif
