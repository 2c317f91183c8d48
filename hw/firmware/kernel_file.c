/*
 * kernel_file.c - see kernel_file.h.
 */
#include "hw/firmware/kernel_file.h"

#include "hw/base/hostfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1u << 30)

u8 *kernel_file_read(const char *option, const char *path, size_t *size, struct err *e)
{
    const char *why;
    FILE *f = host_open_input(path, &why);
    if (!f) {
        err_set(e, "%s %s: %s", option, path, why);
        return NULL;
    }
    u8 *bytes = NULL;
    long n = -1;
    if (fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 0 && n <= (long)FILE_MAX) {
        rewind(f);
        bytes = malloc((size_t)n + 1);
        if (bytes && fread(bytes, 1, (size_t)n, f) != (size_t)n) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(f);
    if (!bytes)
        err_set(e, "%s %s: cannot be read, or is larger than 1 GB", option, path);
    *size = (size_t)n;
    return bytes;
}
