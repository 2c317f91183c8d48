/*
 * vnc_library.c - libvncserver as a library that is loaded on demand. See vnc_library.h.
 */
#include "frontend/vnc/vnc_library.h"

#include "hw/base/library.h"

static const struct library_function functions[] = {
#define X(name) {#name, offsetof(struct vnc_library, name)},
    VNC_LIBRARY_FUNCTIONS(X)
#undef X
};

static const struct library library = {
    .what = "the VNC server's library, libvncserver,",
    .package = "libvncserver1",
    .file = "libvncserver.so.1",
    .functions = functions,
    .count = sizeof(functions) / sizeof(functions[0]),
};

bool vnc_library_open(struct vnc_library *lib, struct err *e)
{
    lib->handle = library_open(&library, lib, e);
    return lib->handle != NULL;
}

void vnc_library_close(struct vnc_library *lib)
{
    library_close(lib->handle);
    lib->handle = NULL;
}
