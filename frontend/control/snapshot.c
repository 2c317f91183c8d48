/*
 * snapshot.c - snapshots in files. See snapshot.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/control/snapshot.h"

#include "frontend/control/media.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_file(const char *path, const u8 *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    bool ok = fwrite(bytes, 1, size, f) == size && fflush(f) == 0 && fsync(fileno(f)) == 0;
    return (fclose(f) == 0) & ok;
}

bool snapshot_save(struct vm *vm, const char *path, struct err *e)
{
    u8 *bytes;
    size_t size;
    char *beside;
    if (!vm_save(vm, &bytes, &size, e))
        return false;
    if (asprintf(&beside, "%s.part", path) < 0) {
        free(bytes);
        return err_set(e, "out of memory");
    }
    bool ok = write_file(beside, bytes, size) && rename(beside, path) == 0;
    if (!ok) {
        err_set(e, "%s: cannot be written: %s", path, strerror(errno));
        unlink(beside);
    }
    free(beside);
    free(bytes);
    return ok;
}

bool snapshot_load(struct vm *vm, const char *path, struct err *e)
{
    struct stat st;
    if (!media_readable("snapshot", path, e))
        return false;
    FILE *f = fopen(path, "rb");
    if (!f || fstat(fileno(f), &st) != 0) {
        if (f)
            fclose(f);
        return err_set(e, "%s: %s", path, strerror(errno));
    }
    size_t size = (size_t)st.st_size;
    u8 *bytes = malloc(size ? size : 1);
    bool ok = bytes && fread(bytes, 1, size, f) == size;
    fclose(f);
    struct err why;
    if (!ok)
        err_set(e, "%s: cannot be read", path);
    else if (!vm_load(vm, bytes, size, &why))
        ok = err_set(e, "%s: %.400s", path, why.text);
    free(bytes);
    return ok;
}
