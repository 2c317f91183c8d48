/*
 * parts.c - the tracks of a cue sheet, as the CD drive finds them. See parts.h.
 */
#include "frontend/timeline/parts.h"

#include "hw/storage/cd_disc.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_sheet(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && strcasecmp(path + len - 4, ".cue") == 0;
}

static bool known(const struct parts *p, const char *path)
{
    for (unsigned i = 0; i < p->count; i++) {
        if (strcmp(p->path[i], path) == 0)
            return true;
    }
    return false;
}

bool parts_of(const char *path, struct parts *p, struct err *e)
{
    p->count = 0;
    if (!is_sheet(path))
        return true;
    struct media m = {.path = path, .read_only = true};
    struct cd_disc *d = cd_open(&m, NULL, e);
    bool ok = d != NULL;
    for (unsigned i = 0; ok && i < d->files; i++) {
        const char *name = disk_name(d->file[i]);
        if (known(p, name))
            continue;
        ok = p->count < PARTS_MOST && (p->path[p->count] = strdup(name));
        if (ok)
            p->count++;
        else
            err_set(e, "%s: out of memory", path);
    }
    cd_close(d, NULL);
    if (!ok)
        parts_free(p);
    return ok;
}

void parts_free(struct parts *p)
{
    for (unsigned i = 0; i < p->count; i++)
        free(p->path[i]);
    p->count = 0;
}
