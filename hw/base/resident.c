/*
 * resident.c - see resident.h.
 */
#include "hw/base/resident.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void make_resident(void *at, size_t size)
{
#ifdef MADV_POPULATE_WRITE
    long page = sysconf(_SC_PAGESIZE);
    if (page <= 0)
        return;
    size_t mask = (size_t)page - 1, before = (0 - (size_t)(uintptr_t)at) & mask;
    int saved = errno;
    if (size > before)
        madvise((char *)at + before, (size - before) & ~mask, MADV_POPULATE_WRITE);
    errno = saved;
#else
    (void)at;
    (void)size;
#endif
}
