/*
 * library.h - foreign libraries that are loaded when something wants them, and not at every start:
 * bringing in SDL and what hangs on it takes longer than a DOS takes to boot.
 */
#ifndef FERRITE_LIBRARY_H
#define FERRITE_LIBRARY_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* One function of a library, and where in the caller's struct its address goes. */
struct library_function {
    const char *name;
    size_t offset;
};

struct library {
    const char *what;    /* for messages: "SDL 2" */
    const char *package; /* of Debian, likewise */
    const char *file;    /* its name with the version of the interface: "libSDL2-2.0.so.0" */
    const struct library_function *functions;
    size_t count;
};

/*
 * Load it and fill in the functions of `table`. NULL + err (which names the package that brings
 * it) when the file or one of the functions is missing. The handle is for library_close().
 */
void *library_open(const struct library *l, void *table, struct err *e);
void library_close(void *handle); /* NULL is fine */

#endif
