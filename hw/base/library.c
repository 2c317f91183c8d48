/*
 * library.c - dlopen() with a message for a person. See library.h.
 */
#include "hw/base/library.h"

#ifdef FERRITE_STATIC

/* A static program has no loader to ask. */
void *library_open(const struct library *l, void *table, struct err *e)
{
    (void)table;
    err_set(e, "%s cannot be loaded by a static build of Ferrite", l->what);
    return NULL;
}

void library_close(void *handle)
{
    (void)handle;
}

#else

#include <dlfcn.h>
#include <string.h>

void *library_open(const struct library *l, void *table, struct err *e)
{
    /* It stays when it is closed: what it keeps for itself would look like a leak (and many a
     * library leaves threads or exit handlers behind). */
    void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        err_set(e, "%s cannot be loaded (%s); install it: apt-get install %s", l->what, dlerror(),
                l->package);
        return NULL;
    }
    for (size_t i = 0; i < l->count; i++) {
        void *function = dlsym(handle, l->functions[i].name);
        if (!function) {
            err_set(e, "%s (%s) is too old: it has no %s", l->what, l->file, l->functions[i].name);
            dlclose(handle);
            return NULL;
        }
        memcpy((char *)table + l->functions[i].offset, &function, sizeof(function));
    }
    return handle;
}

void library_close(void *handle)
{
    if (handle)
        dlclose(handle);
}

#endif
