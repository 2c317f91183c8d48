/*
 * sdl_none.c - stands in for sdl.c in a build without SDL.
 */
#include "frontend/window/sdl.h"

bool sdl_supported(void)
{
    return false;
}

bool sdl_run(struct machine *m, struct err *e)
{
    (void)m;
    return err_set(e, "-display sdl: this ferrite was built without SDL; install libsdl2-dev and "
                      "build again, or use -display none");
}
