/*
 * run.c - see run.h.
 */
#include "frontend/run.h"
#include "frontend/cli/confine.h"
#include "frontend/cli/headless.h"
#include "frontend/cli/machine.h"
#include "frontend/cli/paced.h"
#include "frontend/cli/text_screen.h"
#include "frontend/version.h"
#include "frontend/vnc/vnc.h"
#include "frontend/window/sdl.h"

#include <signal.h>
#include <stdlib.h>

enum { EXIT_USER_ERROR = 2 };

int run_refused(const struct err *e)
{
    fprintf(stderr, "ferrite: %s\n", e->text);
    return EXIT_USER_ERROR;
}

static bool set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

/* A window, unless a script runs or there is nowhere to show one; then *why_not says so. */
static bool wants_window(const struct options *o, const char **why_not)
{
    *why_not = NULL;
    if (o->display != DISPLAY_AUTO)
        return o->display == DISPLAY_SDL;
    if (o->script)
        return false;
    if (!sdl_supported()) {
        *why_not = "built without SDL, running headless (Ctrl-C ends)";
        return false;
    }
    if (!set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("SDL_VIDEODRIVER")) {
        *why_not = "no display here, running headless (Ctrl-C ends)";
        return false;
    }
    return true;
}

static int run_until(const struct options *o, struct ending *ending)
{
    const char *why_not;
    struct err e;
    struct machine m;
    bool window = wants_window(o, &why_not);
    bool text = o->display == DISPLAY_TEXT, vnc = o->display == DISPLAY_VNC;
    if (text && !text_screen_possible(o, &e))
        return run_refused(&e);
    bool ok = machine_open(&m, o, ending, window || text || vnc, &e);
    if (ok && why_not)
        fprintf(stderr, "ferrite: %s\n", why_not);
    if (ok && !window && !vnc) /* they do it when they are open */
        ok = confine(&m, &e);
    if (ok && window)
        ok = sdl_run(&m, &e);
    else if (ok && vnc)
        ok = vnc_run(&m, &e);
    else if (ok && text)
        text_screen_run(&m);
    else if (ok && o->http && !o->script)
        paced_run(&m);
    else if (ok)
        headless_run(&m);
    ending_over(ending);
    int status = machine_close(&m);
    if (ok)
        return status;
    if (!ending_asked(ending))
        return run_refused(&e);
    char why[80];
    ending_words(ending, why, sizeof(why));
    fprintf(stderr, "ferrite: ended by %s before the machine ran\n", why);
    return ending_status(ending);
}

int run(const struct options *o)
{
    struct err e;
    struct ending ending;
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is seen at the write */
    if (!ending_begin(&ending, o->limit_host, &e))
        return run_refused(&e);
    struct options with = *o;
    with.build = version_words();
    int status = run_until(&with, &ending);
    ending_end(&ending);
    return status;
}
