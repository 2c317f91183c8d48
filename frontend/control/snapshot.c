/*
 * snapshot.c - snapshots in files. See snapshot.h.
 */
#include "frontend/control/snapshot.h"

#include "frontend/control/media.h"
#include "frontend/control/out_file.h"
#include "hw/base/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool snapshot_save(struct vm *vm, const char *path, struct err *e)
{
    u8 *bytes;
    size_t size;
    if (!vm_save(vm, &bytes, &size, e))
        return false;
    bool ok = out_file_save(path, bytes, size, e);
    free(bytes);
    return ok;
}

/* The whole file in memory. A foreign one is found out by its first bytes, whatever its size. */
static u8 *read_whole(const char *path, FILE *f, size_t *size, struct err *e)
{
    u8 head[STATE_HEADER];
    struct stat st;
    struct err why;
    size_t have = fread(head, 1, sizeof(head), f);
    if (ferror(f) || fstat(fileno(f), &st) != 0) {
        err_set(e, "%s: cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    *size = (size_t)st.st_size;
    if (!state_check_head(head, have, *size, &why)) {
        err_set(e, "%s: %.400s", path, why.text);
        return NULL;
    }
    u8 *bytes = malloc(*size);
    if (!bytes) {
        err_set(e, "%s: out of memory for its %zu bytes", path, *size);
        return NULL;
    }
    memcpy(bytes, head, have);
    if (fread(bytes + have, 1, *size - have, f) == *size - have)
        return bytes;
    err_set(e, "%s: cannot be read: %s", path, ferror(f) ? strerror(errno) : "it became shorter");
    free(bytes);
    return NULL;
}

bool snapshot_load(struct vm *vm, const char *path, struct err *e)
{
    if (!media_readable("snapshot", path, e))
        return false;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return err_set(e, "%s: %s", path, strerror(errno));
    size_t size;
    struct err why;
    u8 *bytes = read_whole(path, f, &size, e);
    fclose(f);
    bool ok = bytes != NULL;
    if (ok && !vm_load(vm, bytes, size, &why))
        ok = err_set(e, "%s: %.400s", path, why.text);
    free(bytes);
    return ok;
}
