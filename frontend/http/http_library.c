/*
 * http_library.c - libwebsockets as a library that is loaded on demand. See http_library.h.
 */
#include "frontend/http/http_library.h"

#include "hw/base/library.h"

static const struct library_function functions[] = {
#define X(name) {#name, offsetof(struct http_library, name)},
    HTTP_LIBRARY_FUNCTIONS(X)
#undef X
};

/* The file's number is that of the interface, which its headers (4.1 to 4.2) belong to. */
static const struct library library = {
    .what = "the page's library, libwebsockets,",
    .package = "libwebsockets" HTTP_LIBRARY_NUMBER,
    .file = "libwebsockets.so." HTTP_LIBRARY_NUMBER,
    .functions = functions,
    .count = sizeof(functions) / sizeof(functions[0]),
};

bool http_library_open(struct http_library *lib, struct err *e)
{
    lib->handle = library_open(&library, lib, e);
    return lib->handle != NULL;
}

void http_library_close(struct http_library *lib)
{
    library_close(lib->handle);
    lib->handle = NULL;
}
