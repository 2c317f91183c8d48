/*
 * sdl_library.c - SDL 2 as a library that is loaded on demand. See sdl_library.h.
 */
#include "frontend/window/sdl_library.h"

#include "hw/base/library.h"

static const struct library_function functions[] = {
#define X(name) {"SDL_" #name, offsetof(struct sdl_library, name)},
    SDL_LIBRARY_FUNCTIONS(X)
#undef X
};

static const struct library library = {
    .what = "the window's library, SDL 2,",
    .package = "libsdl2-2.0-0",
    .file = "libSDL2-2.0.so.0",
    .functions = functions,
    .count = sizeof(functions) / sizeof(functions[0]),
};

bool sdl_library_open(struct sdl_library *sdl, struct err *e)
{
    sdl->handle = library_open(&library, sdl, e);
    return sdl->handle != NULL;
}

void sdl_library_close(struct sdl_library *sdl)
{
    library_close(sdl->handle);
    sdl->handle = NULL;
}
