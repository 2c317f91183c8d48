/* debugger.c - see debugger.h: options, the machine, which face it has. */
#include "frontend/debugger/debugger.h"

#include "frontend/cli/confine.h"
#include "frontend/cli/subcommand.h"
#include "frontend/debugger/fullscreen.h"
#include "frontend/debugger/lines.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct own {
    bool lines;
};

static const struct option rows[] = {
    OPTION_FLAG_ROW(struct own, "line", lines,
                    "line by line, also at a terminal that could show more; usual where standard "
                    "input or output is none, or a dumb one. Comes first, before the machine's "
                    "options"),
};

const struct option_table debug_options = {rows, ARRAY_SIZE(rows)};

/* Who has standard input and output besides? */
static bool terminal_is_ours(const struct options *o, struct err *e)
{
    const char *user = o->script ? "-script" : NULL;
    for (unsigned i = 0; i < VM_SERIALS; i++)
        user = o->serial[i] && strcmp(o->serial[i], "stdio") == 0 ? "-serial stdio" : user;
    for (unsigned i = 0; i < o->devices.chardevs; i++)
        user = strcmp(o->devices.chardev[i]->to, "stdio") == 0 ? "-chardev stdio" : user;
    for (unsigned i = 0; i < o->steerings; i++)
        user = strcmp(o->steering[i].where, "stdio") == 0 ? "-monitor and -qmp on stdio" : user;
    user = o->parallel && strcmp(o->parallel, "stdio") == 0 ? "-parallel stdio" : user;
    user = o->debugcon && strcmp(o->debugcon, "stdio") == 0 ? "-debugcon stdio" : user;
    user = o->display != DISPLAY_AUTO && o->display != DISPLAY_NONE ? "-display" : user;
    return !user || err_set(e, "debug: %s cannot be used: the debugger has the terminal", user);
}

static bool is_dumb(void)
{
    const char *term = getenv("TERM");
    return !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !term || !*term ||
           strcmp(term, "dumb") == 0;
}

static int debug(struct options *o, bool lines, struct ending *ending, FILE *messages)
{
    struct err e;
    struct machine m;
    struct session s;
    bool ok = machine_open(&m, o, ending, false, &e) && ending_watch(ending, &e);
    if (ok) {
        session_begin(&s, &m);
        ending_running(ending, m.vm);
        if (!lines)
            ok = fullscreen_run(&s, &e);
        else if ((ok = confine(&m, &e)))
            lines_run(&s);
        control_cancel(&m.control, &s);
    }
    ending_over(ending);
    int status = machine_close(&m);
    return ok ? status : subcommand_refused(messages, &e);
}

int debug_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct options o;
    struct ending ending;
    struct err e;
    (void)out;
    int first = argc > 0 && (strcmp(argv[0], "-line") == 0 || strcmp(argv[0], "--line") == 0);
    char **words = calloc((size_t)argc + 2, sizeof(*words));
    if (!words)
        return SUBCOMMAND_ASKED_WRONGLY;
    words[0] = (char *)(uintptr_t) "ferrite";
    for (int i = first; i < argc; i++)
        words[i - first + 1] = argv[i];
    int status = SUBCOMMAND_ASKED_WRONGLY;
    bool ok = options_parse(&o, argc - first + 1, words, &e) && terminal_is_ours(&o, &e);
    if (ok) {
        o.display = DISPLAY_NONE;
        o.debugger = o.no_shutdown = true; /* the end of a guest is something to look at */
        signal(SIGPIPE, SIG_IGN);
        ok = ending_begin(&ending, o.limit_host, &e);
    }
    if (ok) {
        status = debug(&o, first || is_dumb(), &ending, messages);
        ending_end(&ending);
    } else {
        status = subcommand_refused(messages, &e);
    }
    options_free(&o);
    free(words);
    return status;
}
