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
#include <sys/resource.h>
#include <unistd.h>

#ifdef MFD_CLOEXEC
/* A descriptor, or -1 + err. */
static int code_file(size_t size, struct err *e)
{
    struct rlimit most;
    if (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < size) { /* a signal would end us */
        err_set(e, "the limit of file sizes (ulimit -f) forbids a memory file of %zu MB",
                size >> 20);
        return -1;
    }
    int fd = memfd_create("ferrite-code", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
        return fd;
    err_set(e, "no memory file for machine code: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}
#endif

bool region_map(struct region *r, size_t size, struct err *e)
{
    memset(r, 0, sizeof *r);
#ifdef MFD_CLOEXEC
    int fd = code_file(size, e);
    if (fd < 0)
        return false;
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

bool region_reserve(struct region *r, size_t from, size_t to, struct err *e)
{
#ifdef MADV_POPULATE_WRITE
    /* EINVAL: Linux before 5.14, where the pages come one by one as for everybody else. */
    if (madvise(r->write + from, to - from, MADV_POPULATE_WRITE) != 0 && errno != EINVAL)
        return err_set(e, "no more memory for machine code: %s", strerror(errno));
#else
    (void)r, (void)from, (void)to, (void)e;
#endif
    return true;
}

void region_unmap(struct region *r)
{
    if (r->write)
        munmap(r->write, r->size);
    if (r->run)
        munmap((void *)(uintptr_t)r->run, r->size);
    memset(r, 0, sizeof *r);
}

static bool write_all(int fd, const u8 *from, size_t n, off_t at)
{
    while (n) {
        ssize_t done = pwrite(fd, from, n, at);
        if (done <= 0)
            return false;
        from += done;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

bool region_part(struct region *r, const size_t from[2], const size_t to[2], struct err *e)
{
#ifdef MFD_CLOEXEC
    void *run = (void *)(uintptr_t)r->run;
    int fd = code_file(r->size, e);
    if (fd < 0)
        return false;
    bool ok = true;
    for (unsigned i = 0; ok && i < 2; i++)
        ok = write_all(fd, r->write + from[i], to[i] - from[i], (off_t)from[i]);
    ok = ok &&
         mmap(r->write, r->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == r->write;
    ok = ok && mmap(run, r->size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0) == run;
    int why = errno;
    close(fd);
    return ok || err_set(e, "no memory of its own for machine code: %s", strerror(why));
#else
    (void)r, (void)from, (void)to;
    return err_set(e, "the host has no memory files (memfd_create)");
#endif
}
