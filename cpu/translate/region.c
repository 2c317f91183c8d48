/*
 * region.c - a memory file mapped twice (memfd_create(2), mmap(2)). Pages that were never touched
 * take no memory. Hosts that harden programs (SELinux's execmem, seccomp, noexec tmpfs) refuse the
 * second mapping, which the caller reports.
 */
#define _GNU_SOURCE
#include "cpu/translate/region.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool region_map(struct region *r, size_t size, struct err *e)
{
    memset(r, 0, sizeof *r);
#ifdef MFD_CLOEXEC
    int fd = memfd_create("ferrite-code", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size)) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return err_set(e, "no memory file for machine code: %s", strerror(why));
    }
    void *write = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    void *run = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    int why = errno;
    close(fd);
    if (write == MAP_FAILED || run == MAP_FAILED) {
        if (write != MAP_FAILED)
            munmap(write, size);
        if (run != MAP_FAILED)
            munmap(run, size);
        return err_set(e, "the host does not let memory be executed: %s", strerror(why));
    }
    *r = (struct region){.write = write, .run = run, .size = size};
    return true;
#else
    (void)size;
    return err_set(e, "the host has no memory files (memfd_create)");
#endif
}

void region_unmap(struct region *r)
{
    if (r->write)
        munmap(r->write, r->size);
    if (r->run)
        munmap((void *)(uintptr_t)r->run, r->size);
    memset(r, 0, sizeof *r);
}
